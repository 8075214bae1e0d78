"""ExpertDataset: what it loads, how it divides and shuffles rows, what it refuses."""
import copy
import os
import pickle
import warnings

import numpy as np
import pytest
from gym import spaces
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.common import mpi
from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays


def make_dataset(lengths=(3, 2, 4), **kwargs):
    kwargs.setdefault('verbose', 0)
    return ExpertDataset(traj_data=make_arrays(lengths), **kwargs)


def epoch(dataset, split=None):
    """Row numbers that come in an epoch, in order."""
    loader = {None: dataset.dataloader, 'train': dataset.train_loader, 'val': dataset.val_loader}[split]
    return [row for _ in range(len(loader)) for row in dataset.get_next_batch(split)[1][:, 0].tolist()]


@pytest.fixture
def expert_file(tmp_path):
    name = str(tmp_path / 'expert.npz')
    np.savez(name, **make_arrays())
    return name


def test_attributes_describe_the_data():
    dataset, arrays = make_dataset(), make_arrays()
    np.testing.assert_array_equal(dataset.observations, arrays['obs'])
    np.testing.assert_array_equal(dataset.actions, arrays['actions'])
    np.testing.assert_array_equal(dataset.returns, arrays['episode_returns'])
    assert dataset.returns.tolist() == [4.5, 8.0, 28.0]
    assert dataset.avg_ret == pytest.approx(13.5) and dataset.std_ret == pytest.approx(10.35213, abs=1e-5)
    assert (dataset.num_traj, dataset.num_transition) == (3, 9)
    assert dataset.episode_lengths.tolist() == [3, 2, 4]
    assert dataset.path is None and dataset.dataloader is None
    assert dataset.randomize and not dataset.sequential_preprocessing and dataset.verbose == 0


@pytest.mark.parametrize('cut', [0, 4])
def test_file_is_found_with_and_without_suffix_from_anywhere(expert_file, cut, monkeypatch):
    monkeypatch.chdir(os.path.dirname(expert_file))
    dataset = ExpertDataset('expert.npz'[:len('expert.npz') - cut], verbose=0)
    assert dataset.path == expert_file and dataset.num_traj == 3


@pytest.mark.parametrize('count, rows', [(1, 3), (2, 5), (3, 9), (-1, 9), (np.int64(2), 5)])
def test_limit_keeps_whole_trajectories_and_their_statistics(count, rows):
    dataset, arrays = make_dataset(traj_limitation=count), make_arrays()
    np.testing.assert_array_equal(dataset.observations, arrays['obs'][:rows])
    np.testing.assert_array_equal(dataset.actions, arrays['actions'][:rows])
    expected = arrays['episode_returns'][:count if count > 0 else None]
    np.testing.assert_array_equal(dataset.returns, expected)
    assert dataset.num_traj == len(expected) and dataset.num_transition == rows
    assert dataset.avg_ret == pytest.approx(expected.mean()) and dataset.std_ret == pytest.approx(expected.std())


def test_shares_of_workers(monkeypatch):
    assert make_dataset((3, 2, 4), sharded=True).num_traj == 3  # alone
    monkeypatch.setattr(mpi, 'size', lambda: 2)
    for rank, lengths in ((0, [3, 4]), (1, [2])):
        monkeypatch.setattr(mpi, 'rank', lambda rank=rank: rank)
        assert make_dataset((3, 2, 4), sharded=True).episode_lengths.tolist() == lengths
        assert make_dataset((3, 2, 4)).num_traj == 3
    monkeypatch.setattr(mpi, 'size', lambda: 4)
    with pytest.raises(ValueError, match='sharded=True: 3 episodes cannot be divided among 4 workers'):
        make_dataset((3, 2, 4), sharded=True)


def test_limit_above_the_content_warns_and_uses_all(expert_file):
    with pytest.warns(UserWarning, match=r'traj_limitation=4, but .*expert\.npz holds only 3 episodes') as caught:
        dataset = ExpertDataset(expert_file, traj_limitation=4, verbose=0)
    assert dataset.num_traj == 3
    assert caught[0].filename == __file__  # points at the caller
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        ExpertDataset(expert_file, traj_limitation=3, verbose=0)


@settings(max_examples=60, deadline=None)
@given(lengths=st.lists(st.integers(1, 6), min_size=1, max_size=6), batch_size=st.integers(1, 40),
       fraction=st.floats(0.01, 1.0), randomize=st.booleans())
def test_rows_are_divided_without_loss_or_empty_batches(lengths, batch_size, fraction, randomize):
    rows = sum(lengths)
    if rows == 1:
        fraction = 1.0
    dataset = make_dataset(tuple(lengths), train_fraction=fraction, batch_size=batch_size, randomize=randomize)
    dataset.init_dataloader(batch_size)
    for _ in range(2):
        train = epoch(dataset, 'train')
        val = epoch(dataset, 'val') if dataset.val_loader is not None else []
        assert sorted(train + val) == list(range(rows)) == sorted(epoch(dataset))
        if not randomize:
            assert train + val == list(range(rows))
    assert len(train) == (rows if fraction == 1 else min(max(int(fraction * rows), 1), rows - 1))
    assert len(dataset.train_loader) == -(-len(train) // batch_size)


def test_batches_without_init_dataloader():
    dataset = make_dataset(batch_size=4, randomize=False)
    observations, actions = dataset.get_next_batch()
    assert observations.shape == (4, 2) and actions[:, 0].tolist() == [0, 1, 2, 3]


def test_batch_larger_than_the_data_holds_all_rows():
    dataset = make_dataset()
    dataset.init_dataloader(1000)
    for _ in range(3):
        assert sorted(dataset.get_next_batch()[1][:, 0].tolist()) == list(range(9))


def test_seed_decides_the_batches():
    def batches(dataset):
        dataset.init_dataloader(2)
        return [epoch(dataset, split) for split in (None, 'train', 'val', None)]
    rows = (20, 30)
    one = batches(make_dataset(rows, seed=1))
    assert one == batches(make_dataset(rows, seed=1))
    assert one != batches(make_dataset(rows, seed=2))
    assert one[0] != one[3]  # another order in the next epoch
    later = make_dataset(rows, seed=2)
    batches(later)
    later.seed(1)
    assert batches(later) == one


def test_seeding_restarts_a_running_dataloader_with_its_batch_size():
    dataset = make_dataset(batch_size=5)
    dataset.init_dataloader(2)
    dataset.seed(3)
    first = dataset.get_next_batch()[1]
    dataset.get_next_batch()
    dataset.seed(3)
    np.testing.assert_array_equal(dataset.get_next_batch()[1], first)
    assert len(first) == 2


def test_numpys_seed_governs_an_unseeded_dataset():
    orders = []
    for seed in (5, 5, 6):
        np.random.seed(seed)
        orders.append(epoch(make_dataset((50,)), 'train'))
    assert orders[0] == orders[1] != orders[2]


def test_rows_keep_shape_and_type():
    observations = np.arange(9 * 3 * 4, dtype=np.int16).reshape(9, 3, 4)
    actions = np.arange(18.0).reshape(9, 1, 2)
    arrays = dict(make_arrays(), obs=observations, actions=actions)
    dataset = ExpertDataset(traj_data=arrays, verbose=0, randomize=False)
    batch = dataset.get_next_batch()
    np.testing.assert_array_equal(batch[0], observations)
    np.testing.assert_array_equal(batch[1], actions)
    assert batch[0].dtype == np.int16 and batch[1].dtype == np.float64


def test_log_info_is_printed_only_when_wanted(capsys):
    make_dataset()
    assert capsys.readouterr().out == ''
    make_dataset(verbose=1)
    assert capsys.readouterr().out == 'Demonstrations: 3 episodes, 9 steps, return 13.5 +/- 10.4\n'


def test_digest_identifies_the_rows_in_use(expert_file):
    whole = ExpertDataset(expert_file, verbose=0)
    assert whole.digest() == make_dataset(seed=9).digest() == whole.digest()
    assert whole.digest() != make_dataset(traj_limitation=2).digest()
    assert len(whole.digest()) == 64


@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda dataset: pickle.loads(pickle.dumps(dataset))])
def test_copies_go_on_with_the_same_batches(duplicate):
    dataset = make_dataset((20, 20), batch_size=3)
    dataset.get_next_batch()
    dataset.prepare_pickling()
    twin = duplicate(dataset)
    for split in (None, 'train', 'val', None):
        assert epoch(twin, split) == epoch(dataset, split)


@pytest.mark.parametrize('arguments, message', [
    ({}, 'either expert_path .* or traj_data .*; neither was given'),
    ({'expert_path': 'expert', 'traj_data': make_arrays()}, 'both were given'),
    ({'expert_path': 3}, 'expert_path=3'),
    ({'traj_data': [1, 2]}, 'traj_data is of type list'),
    ({'traj_data': {}}, "'obs', 'episode_returns', 'episode_starts' are missing"),
    ({'train_fraction': 0}, 'train_fraction=0'),
    ({'train_fraction': 1.1}, 'train_fraction=1.1'),
    ({'train_fraction': float('nan')}, 'train_fraction=nan'),
    ({'train_fraction': '0.7'}, "train_fraction='0.7'"),
    ({'batch_size': 0}, 'batch_size=0'),
    ({'traj_limitation': 0}, 'traj_limitation=0'),
    ({'traj_limitation': -2}, 'traj_limitation=-2'),
    ({'traj_limitation': 1.5}, 'traj_limitation=1.5'),
    ({'traj_limitation': None}, 'traj_limitation=None'),
    ({'traj_limitation': True}, 'traj_limitation=True: a number of episodes'),
    ({'traj_limitation': np.True_}, 'traj_limitation=.*True.*: a number of episodes'),
    ({'batch_size': True}, 'batch_size=True: an integer'),
    ({'subsample': True}, 'subsample=True: an integer'),
    ({'seed': -1}, 'seed=-1'),
    ({'seed': 'x'}, "seed='x'"),
])
def test_bad_arguments_are_refused(arguments, message):
    if arguments and not {'expert_path', 'traj_data'} & set(arguments):
        arguments = dict(arguments, traj_data=make_arrays())
    with pytest.raises(ValueError, match=message):
        ExpertDataset(verbose=0, **arguments)


def test_single_row_is_enough_when_all_train():
    dataset = make_dataset((1,), train_fraction=1.0)
    assert epoch(dataset, 'train') == [0] and dataset.get_next_batch()[0].shape == (1, 2)


@pytest.mark.parametrize('dataset', [
    lambda: ExpertDataset.from_episodes([(np.zeros((1, 2)), np.zeros(1))], verbose=0),
    lambda: ExpertDataset(traj_data=make_arrays((15,)), subsample=20, verbose=0),
    lambda: ExpertDataset(traj_data=make_arrays((1, 4)), traj_limitation=1, verbose=0)],
    ids=['given', 'subsample', 'traj_limitation'])
def test_a_single_row_trains_and_nothing_validates(dataset):
    dataset = dataset()
    assert dataset.num_transition == 1 and dataset.val_loader is None and len(dataset.train_loader) == 1
    dataset.seed(3)
    assert len(dataset.get_next_batch('train')[0]) == len(dataset.get_next_batch()[0]) == 1
    with pytest.raises(ValueError, match="split='val': no rows were kept for validation, because there is only one"):
        dataset.get_next_batch('val')
    assert '1 training, 0 validation' in dataset.summary()


def test_missing_and_broken_files_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere.npz'):
        ExpertDataset(str(tmp_path / 'nowhere'))
    (tmp_path / 'broken.npz').write_bytes(b'PK\3\4 not really')
    with pytest.raises(FileFormatError, match='broken.npz'):
        ExpertDataset(tmp_path / 'broken.npz')


def test_unknown_split_and_missing_validation_rows_are_refused():
    dataset = make_dataset(train_fraction=1.0)
    assert dataset.val_loader is None
    with pytest.raises(ValueError, match="split='val': no rows.*train_fraction=1.0"):
        dataset.get_next_batch('val')
    with pytest.raises(ValueError, match="split='test' is unknown.*'train', 'val'"):
        dataset.get_next_batch('test')
    with pytest.raises(ValueError, match='batch_size=0'):
        dataset.init_dataloader(0)


class SomeEnv:
    observation_space = spaces.Box(-1, 1, (2,), dtype=np.float32)
    action_space = spaces.Discrete(9)


def test_fitting_spaces_pass():
    dataset = make_dataset()
    dataset.validate(SomeEnv.observation_space, SomeEnv.action_space)
    dataset.validate(SomeEnv())
    flat = ExpertDataset(traj_data=dict(make_arrays(), actions=np.arange(9)), verbose=0)
    flat.validate(SomeEnv())  # Discrete actions may also be a flat array
    wide = ExpertDataset(traj_data=dict(make_arrays(), actions=np.full((9, 2), 7.5)), verbose=0)
    wide.validate(SomeEnv.observation_space, spaces.Box(-1, 1, (2,), dtype=np.float32))  # clipped where they are used
    pairs = ExpertDataset(traj_data=dict(make_arrays(), obs=np.tile([0., 1.], (9, 1)), actions=np.tile([2, 4], (9, 1))),
                          verbose=0)
    pairs.validate(spaces.MultiBinary(2), spaces.MultiDiscrete([3, 5]))


@pytest.mark.parametrize('observation_space, action_space, message', [
    (spaces.Box(-1, 1, (3,), dtype=np.float32), SomeEnv.action_space,
     r'observations have shape \(2,\) .* observation space is Box\(3,\) float32, with shape \(3,\)'),
    (spaces.Discrete(4), SomeEnv.action_space, r'observations have shape \(2,\) .* Discrete\(4\), with shape \(\)'),
    (SomeEnv.observation_space, spaces.Box(-1, 1, (2,), dtype=np.float32),
     r'actions have shape \(1,\) .* action space is Box\(2,\) float32, with shape \(2,\)'),
    (SomeEnv.observation_space, spaces.Discrete(8), r'action 8 in row 8 .* Discrete\(8\), .* from 0 to 7'),
    (SomeEnv.observation_space, spaces.MultiDiscrete([5]), r'action 5 in row 5 .* MultiDiscrete\(\[5\]\), .* 0 to 4'),
    (spaces.MultiBinary(2), SomeEnv.action_space, r'observation 2.0 in row 1 .* from 0 to 1'),
    (spaces.Dict({}), SomeEnv.action_space, 'observation space Dict cannot be imitated; Box'),
    (SomeEnv.observation_space, None, 'needs an environment, or an observation space and an action space'),
])
def test_spaces_that_do_not_fit_are_refused(observation_space, action_space, message):
    with pytest.raises(ValueError, match=message):
        make_dataset().validate(observation_space, action_space)


def test_fractional_discrete_actions_are_refused():
    dataset = ExpertDataset(traj_data=dict(make_arrays(), actions=np.full((9, 1), 0.5)), verbose=0)
    with pytest.raises(ValueError, match='action 0.5 in row 0 .* whole numbers'):
        dataset.validate(SomeEnv())
