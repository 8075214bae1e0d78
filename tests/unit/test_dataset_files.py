"""Several files, fewer steps, saving, the summary, and actions out of bounds."""
import os

import numpy as np
import pytest
from gym import spaces

from stable_baselines.common import mpi
from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays

BOX = spaces.Box(-1, 1, (2,), dtype=np.float32)
OBSERVATIONS = spaces.Box(-100, 100, (2,), dtype=np.float32)


def make_dataset(lengths=(3, 2, 4), changes=None, **options):
    return ExpertDataset(traj_data=dict(make_arrays(lengths), **changes or {}), **dict(dict(verbose=0), **options))


@pytest.fixture
def files(tmp_path):
    """Two files, of three and of two episodes."""
    for name, lengths in (('one', (3, 2, 4)), ('two', (5, 1))):
        np.savez(str(tmp_path / name), **make_arrays(lengths))
    return [tmp_path / 'one', str(tmp_path / 'two.npz')]


# ---------------------------------------------------------------- several files

@pytest.mark.parametrize('kind', [list, tuple, iter, lambda files: (name for name in files)])
def test_files_are_joined_in_their_order(files, kind):
    dataset, one, two = ExpertDataset(kind(files), verbose=0), make_arrays(), make_arrays((5, 1))
    assert dataset.episode_lengths.tolist() == [3, 2, 4, 5, 1]
    for key, found in (('obs', dataset.observations), ('actions', dataset.actions),
                       ('episode_returns', dataset.returns), ('rewards', dataset.trajectories.rewards)):
        np.testing.assert_array_equal(found, np.concatenate([one[key], two[key]]))
    assert dataset.paths == [str(name) + '.npz' * (not str(name).endswith('.npz')) for name in files]
    assert dataset.path is None and ExpertDataset(files[:1], verbose=0).path == dataset.paths[0]


def test_limits_count_over_all_files(files):
    assert ExpertDataset(files, traj_limitation=4, verbose=0).episode_lengths.tolist() == [3, 2, 4, 5]
    with pytest.warns(UserWarning, match='traj_limitation=9, but .*one.npz and 1 more file holds only 5') as caught:
        ExpertDataset(files, traj_limitation=9, verbose=0)
    assert caught[0].filename == __file__


def test_files_beyond_the_limit_do_not_spoil_the_returns(tmp_path):
    unknown = dict(make_arrays((2,)), episode_returns=np.full(1, np.nan), subsample=3)
    unknown.pop('rewards')
    paths = [str(tmp_path / name) for name in ('known.npz', 'unknown.npz', 'other.npz')]
    for path, arrays in zip(paths, (make_arrays(), unknown, dict(make_arrays(), obs=np.zeros((9, 3))))):
        np.savez(path, **arrays)
    for limit in (1, 3):
        dataset = ExpertDataset(paths[:2], traj_limitation=limit, verbose=0)
        assert dataset.returns.tolist() == make_arrays()['episode_returns'][:limit].tolist()
        assert dataset.trajectories.rewards is not None and dataset.subsample == 1
    for limit in (4, -1):
        dataset = ExpertDataset(paths[:2], traj_limitation=limit, verbose=0)
        assert np.isnan(dataset.returns).all() and len(dataset.returns) == 4 and dataset.trajectories.rewards is None
    with pytest.raises(ValueError, match=r'known.npz but .* in .*other.npz'):
        ExpertDataset(paths[::2], traj_limitation=1, verbose=0)


@pytest.mark.parametrize('paths, message', [
    ([], r'expert_path=\[\] is empty'), (['one.npz', 3], r'expert_path\[1\]=3: the name of an .npz file'),
    (b'one.npz', "expert_path=b'one.npz': the name"), ({'a': 1}, 'expert_path={.*: the name'),
])
def test_lists_of_other_things_are_refused(paths, message, files, monkeypatch):
    monkeypatch.chdir(os.path.dirname(files[1]))
    with pytest.raises(ValueError, match=message):
        ExpertDataset(paths, verbose=0)


# ---------------------------------------------------------------- subsampling

def test_rows_kept_follow_the_seed():
    def kept(seed, **options):
        return make_dataset((50, 50, 50), subsample=20, seed=seed, **options).actions[:, 0].tolist()
    assert kept(1) == kept(1) and len({tuple(kept(seed)) for seed in range(20)}) > 15
    assert kept(None) == kept(None) == kept(0)  # so that workers of MPI agree


def test_offsets_are_uniform_and_each_trajectory_has_its_own():
    offsets = []
    for seed in range(400):
        dataset = make_dataset((50, 7), subsample=20, seed=seed)
        offsets.append([dataset.actions[0, 0], dataset.actions[dataset.episode_lengths[0], 0] - 50])
    long, short = np.transpose(offsets)
    assert set(long) == set(range(20)) and set(short) == set(range(7))
    assert np.bincount(long).min() > 5 and abs(np.corrcoef(long, short)[0, 1]) < 0.2


def test_seeding_later_shuffles_but_keeps_the_rows():
    dataset = make_dataset((50, 50), subsample=10, seed=1)
    before = dataset.actions.copy()
    dataset.seed(2)
    np.testing.assert_array_equal(dataset.actions, before)


def test_workers_share_what_one_alone_would_have(monkeypatch):
    alone = make_dataset((30, 40, 50, 60), subsample=7)
    monkeypatch.setattr(mpi, 'size', lambda: 2)
    shares = []
    for rank in range(2):
        monkeypatch.setattr(mpi, 'rank', lambda rank=rank: rank)
        share = make_dataset((30, 40, 50, 60), subsample=7, sharded=True)
        assert share.subsample == 7 and share.num_traj == 2
        shares += share.actions[:, 0].tolist()
    assert sorted(shares) == alone.actions[:, 0].tolist()


def test_memories_and_transitions_need_every_step(tmp_path):
    dataset = make_dataset((50, 50), subsample=10)
    loaded = ExpertDataset(dataset.save(tmp_path / 'few'), verbose=0)
    assert loaded.subsample == 10
    assert ExpertDataset(tmp_path / 'few', subsample=3, verbose=0).subsample == 30
    for each in (dataset, loaded):
        with pytest.raises(ValueError, match='subsample=10: a memory has to see every step'):
            each.sequence_batches('train', 4)
        with pytest.raises(ValueError, match='subsample=10: a memory has to see every step'):
            each.sequence_stream(2, 4)
        with pytest.raises(ValueError, match='subsample=10: a transition ends in the step after'):
            each.batches_in_order()


@pytest.mark.parametrize('subsample', [0, -1, 2.5, 'all', None])
def test_other_strides_are_refused(subsample):
    with pytest.raises(ValueError, match='subsample={!r}: an integer of at least 1'.format(subsample)):
        make_dataset(subsample=subsample)


# ---------------------------------------------------------------- saving

def test_saved_file_can_be_read_without_this_library(tmp_path):
    name = make_dataset(traj_limitation=2).save(tmp_path / 'new' / 'cut')
    assert name == str(tmp_path / 'new' / 'cut.npz') and os.listdir(str(tmp_path / 'new')) == ['cut.npz']
    with np.load(name) as file:
        assert sorted(file.files) == sorted(make_arrays())
        np.testing.assert_array_equal(file['actions'], np.arange(5).reshape(5, 1))


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    make_dataset().save(tmp_path / 'expert')

    def fail_half_way(file, **arrays):
        file.write(b'PK')
        raise OSError('disk full')

    monkeypatch.setattr(np, 'savez', fail_half_way)
    with pytest.raises(OSError, match='disk full'):
        make_dataset((1, 1)).save(tmp_path / 'expert')
    assert os.listdir(str(tmp_path)) == ['expert.npz']
    assert ExpertDataset(tmp_path / 'expert', verbose=0).num_traj == 3


def test_a_file_can_be_saved_over_itself(files):
    dataset = ExpertDataset(files, verbose=0)
    dataset.save(files[0])
    assert ExpertDataset(files[0], verbose=0).digest() == dataset.digest()


# ---------------------------------------------------------------- summary

def test_summary_is_printed_and_returned(files, capsys):
    text = ExpertDataset(files, verbose=0).summary()
    assert capsys.readouterr().out == text + '\n'
    assert text.splitlines()[:2] == [str(files[0]) + '.npz', files[1]]
    for line in ('  episodes     5', '  steps        15', '  length       1 to 5, mean 3 +/- 1.4142',
                 '  observation  float32, shape (2,), 0 to 17', '  action       int64, shape (1,), 0 to 8',
                 '  rows for     10 training, 5 validation'):
        assert line in text.splitlines()


def test_summary_says_what_was_kept_and_what_is_unknown():
    dataset = ExpertDataset.from_transitions(np.zeros((40, 3, 1)), np.linspace(-2, 2, 80).reshape(40, 2),
                                             np.arange(40) % 20 == 0, subsample=5, verbose=0, train_fraction=1.0)
    lines = dataset.summary().splitlines()
    assert '  steps        8, one out of 5 of each episode' in lines
    assert '  return       unknown, because there are no rewards' in lines
    assert '  reward       not noted' in lines
    assert '  observation  float64, shape (3, 1), 0 to 0' in lines
    assert any(line.startswith('    [1]') for line in lines)  # the range of each element


def test_other_workers_stay_silent(monkeypatch, capsys):
    monkeypatch.setattr(mpi, 'is_root', lambda: False)
    assert 'episodes     3' in make_dataset().summary()
    assert capsys.readouterr().out == ''


# ---------------------------------------------------------------- actions out of bounds

def actions_outside():
    actions = np.zeros((9, 2))
    actions[4], actions[7, 1] = [0.5, 3.0], -1.5
    return {'actions': actions}


@pytest.mark.parametrize('where', ['data set', 'validate'])
def test_actions_out_of_bounds_are_allowed_clipped_or_refused(where):
    def validated(rule):
        dataset = make_dataset(changes=actions_outside(), randomize=False, batch_size=9, train_fraction=1.0,
                               **{'out_of_bounds': rule} if where == 'data set' and rule else {})
        digest = dataset.digest()
        dataset.get_next_batch()
        dataset.validate(OBSERVATIONS, BOX, *[rule] if where == 'validate' and rule else [])
        return dataset, digest

    original = actions_outside()['actions']
    for rule in (None, 'allow'):
        dataset, digest = validated(rule)
        np.testing.assert_array_equal(dataset.actions, original)
        assert dataset.digest() == digest
    dataset, digest = validated('clip')
    for found in (dataset.actions, dataset.get_next_batch()[1], dataset.get_next_batch('train')[1]):
        np.testing.assert_array_equal(found, np.clip(original, -1, 1))
        assert found.dtype == original.dtype
    assert dataset.digest() != digest
    dataset.validate(OBSERVATIONS, BOX, 'refuse')
    with pytest.raises(ValueError, match=r'traj_data: action 3.0 in row 4, element \[1\], is outside .* Box\(2,\) '
                                         r'float32, which goes from -1.0 to 1.0 there; 2 of 9 rows are outside'):
        validated('refuse')


@pytest.mark.parametrize('dtype', [np.float16, np.float32, np.float64, np.int64])
def test_clipped_actions_are_inside_whatever_their_type(dtype):
    space = spaces.Box(np.float32([-0.3, -7]), np.float32([0.3, 2.5]), dtype=np.float32)
    dataset = make_dataset(changes={'actions': np.tile(np.array([9, -9], dtype), (9, 1))})
    dataset.validate(OBSERVATIONS, space, 'clip')
    assert dataset.actions.tolist()[0] == [float(np.float32(0.3)), -7.0]
    dataset.validate(OBSERVATIONS, space, 'refuse')
    exact = make_dataset(changes={'actions': np.tile([0.3, 2.5], (9, 1))})  # 0.3 in 64 bits is below that in 32
    exact.validate(OBSERVATIONS, space, 'refuse')
    rounded = make_dataset(changes={'actions': np.full((9, 2), 0.7)})  # and 0.7 is above, but the same when rounded
    rounded.validate(OBSERVATIONS, spaces.Box(-0.7, 0.7, (2,), np.float32), 'refuse')


def test_discrete_actions_have_no_bounds_to_be_clipped_to():
    with pytest.raises(ValueError, match='action 5 in row 5'):
        make_dataset(out_of_bounds='clip').validate(OBSERVATIONS, spaces.Discrete(5))
    make_dataset(out_of_bounds='refuse').validate(OBSERVATIONS, spaces.Discrete(9))


def test_other_rules_are_refused():
    with pytest.raises(ValueError, match="out_of_bounds='drop' is unknown; use one of 'allow', 'clip', 'refuse'"):
        make_dataset(out_of_bounds='drop')
    with pytest.raises(ValueError, match='out_of_bounds=True'):
        make_dataset().validate(OBSERVATIONS, BOX, True)
