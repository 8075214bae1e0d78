"""Whatever the episodes are like: nothing is lost, nothing comes twice, no episode runs into the next."""
import os
import tempfile

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.gail.dataset import ExpertDataset
from tests.demonstrations import make_arrays

LENGTHS = st.lists(st.integers(1, 9), min_size=1, max_size=8)
KINDS = st.sampled_from(['traj_data', 'episodes', 'starts', 'dones', 'files'])


def build(kind, lengths, **options):
    """The demonstrations of ``make_arrays``, whose actions number the rows, made in one of several ways."""
    arrays = make_arrays(tuple(lengths))
    options = dict(dict(verbose=0, train_fraction=1.0), **options)
    if kind == 'traj_data':
        return ExpertDataset(traj_data=arrays, **options)
    columns = [arrays[key] for key in ('obs', 'actions', 'rewards')]
    if kind == 'episodes':
        edges = np.cumsum(lengths)[:-1]
        return ExpertDataset.from_episodes(list(zip(*[np.split(column, edges) for column in columns])), **options)
    starts = arrays['episode_starts']
    if kind == 'files':
        half = len(lengths) // 2
        if half == 0:
            return build('traj_data', lengths, **options)
        with tempfile.TemporaryDirectory() as folder:
            cut = sum(lengths[:half])
            for name, part, number in (('one', slice(None, cut), slice(None, half)), ('two', slice(cut, None),
                                                                                      slice(half, None))):
                np.savez(os.path.join(folder, name), episode_returns=arrays['episode_returns'][number],
                         **{key: arrays[key][part] for key in arrays if key != 'episode_returns'})
            return ExpertDataset([os.path.join(folder, name) for name in ('one', 'two')], **options)
    how = dict(episode_starts=starts) if kind == 'starts' else dict(dones=np.append(starts[1:], True))
    return ExpertDataset.from_transitions(columns[0], columns[1], rewards=columns[2], **dict(how, **options))


def rows_of(batch):
    """The rows in a batch, after checking that observations and actions belong together."""
    observations, actions = batch[:2]
    np.testing.assert_array_equal(observations, np.hstack([2 * actions, 2 * actions + 1]))
    return actions[:, 0].tolist()


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, lengths=LENGTHS)
def test_nothing_is_lost_however_it_comes(kind, lengths):
    dataset, arrays = build(kind, lengths), make_arrays(tuple(lengths))
    assert dataset.episode_lengths.tolist() == lengths
    whole = dataset.trajectories
    for key, found in (('obs', dataset.observations), ('actions', dataset.actions), ('rewards', whole.rewards),
                       ('episode_returns', dataset.returns), ('episode_starts', whole.episode_starts)):
        np.testing.assert_array_equal(found, arrays[key])
        assert found.dtype == arrays[key].dtype


@settings(max_examples=80, deadline=None)
@given(kind=KINDS, lengths=LENGTHS, batch_size=st.integers(1, 20), fraction=st.floats(0.01, 1.0),
       randomize=st.booleans())
def test_every_row_comes_once_an_epoch(kind, lengths, batch_size, fraction, randomize):
    fraction = 1.0 if sum(lengths) == 1 else fraction
    dataset = build(kind, lengths, batch_size=batch_size, train_fraction=fraction, randomize=randomize)
    dataset.init_dataloader(batch_size)
    for _ in range(2):
        seen = {}
        for split, loader in ((None, dataset.dataloader), ('train', dataset.train_loader), ('val', dataset.val_loader)):
            batches = [rows_of(dataset.get_next_batch(split)) for _ in range(len(loader) if loader is not None else 0)]
            assert all(0 < len(batch) <= batch_size for batch in batches)
            seen[split] = [row for batch in batches for row in batch]
        everything = list(range(sum(lengths)))
        assert sorted(seen[None]) == sorted(seen['train'] + seen['val']) == everything
        if not randomize:
            assert seen[None] == seen['train'] + seen['val'] == everything


@settings(max_examples=80, deadline=None)
@given(lengths=LENGTHS, batch_size=st.integers(1, 30), n_steps=st.integers(1, 6), fraction=st.floats(0.01, 1.0),
       randomize=st.booleans())
def test_sequences_keep_to_their_episodes(lengths, batch_size, n_steps, fraction, randomize):
    fraction = 1.0 if sum(lengths) == 1 else fraction
    dataset = build('traj_data', lengths, batch_size=batch_size, train_fraction=fraction, randomize=randomize)
    firsts = set(np.flatnonzero(dataset.trajectories.episode_starts).tolist())
    everything = []
    for split in ('train', 'val'):
        before = {}
        for batch in dataset.sequence_batches(split, n_steps):
            rows, lanes = rows_of(batch), len(batch.weights) // n_steps
            assert batch.weights.any()
            for lane in range(lanes):
                for place in range(lane * n_steps, (lane + 1) * n_steps):
                    if batch.weights[place]:
                        assert batch.starts[place] == (rows[place] in firsts)
                        assert batch.starts[place] or rows[place] == before[lane] + 1
                        before[lane] = rows[place]
                        everything.append(rows[place])
    assert sorted(everything) == list(range(sum(lengths)))


@settings(max_examples=60, deadline=None)
@given(kind=KINDS, lengths=LENGTHS)
def test_k_trajectories_are_k_whole_trajectories(kind, lengths):
    arrays = make_arrays(tuple(lengths))
    for count in range(1, len(lengths) + 1):
        dataset = build(kind, lengths, traj_limitation=count)
        rows, returns = sum(lengths[:count]), arrays['episode_returns'][:count]
        assert dataset.num_traj == count and dataset.episode_lengths.tolist() == lengths[:count]
        np.testing.assert_array_equal(dataset.actions[:, 0], np.arange(rows))
        np.testing.assert_array_equal(dataset.returns, returns)
        assert np.isclose(dataset.avg_ret, returns.mean()) and np.isclose(dataset.std_ret, returns.std())
        assert np.isclose(dataset.trajectories.rewards.sum(), returns.sum())


@settings(max_examples=80, deadline=None)
@given(kind=KINDS, lengths=LENGTHS, stride=st.integers(1, 12), seed=st.integers(0, 2 ** 32 - 1), data=st.data())
def test_subsampling_keeps_every_nth_row_of_each_trajectory(kind, lengths, stride, seed, data):
    count = data.draw(st.integers(1, len(lengths)))
    dataset = build(kind, lengths, subsample=stride, seed=seed, traj_limitation=count)
    arrays = make_arrays(tuple(lengths))
    assert dataset.num_traj == count  # first so many trajectories, then some rows of each
    np.testing.assert_array_equal(dataset.returns, arrays['episode_returns'][:count])
    first = 0
    for length, kept in zip(lengths, np.split(dataset.actions[:, 0], np.cumsum(dataset.episode_lengths)[:-1])):
        assert first <= kept[0] < first + min(stride, length)
        assert kept.tolist() == list(range(kept[0], first + length, stride))
        first += length
    np.testing.assert_array_equal(dataset.observations[:, 0], 2 * dataset.actions[:, 0])
    np.testing.assert_array_equal(dataset.trajectories.rewards, dataset.actions[:, 0] + 0.5)


@settings(max_examples=40, deadline=None)
@given(lengths=LENGTHS, stride=st.integers(1, 5), rewarded=st.booleans(), count=st.integers(1, 8))
def test_what_is_saved_is_what_is_loaded(lengths, stride, rewarded, count):
    arrays = make_arrays(tuple(lengths))
    dataset = ExpertDataset.from_transitions(
        arrays['obs'], arrays['actions'], arrays['episode_starts'], arrays['rewards'] if rewarded else None,
        subsample=stride, traj_limitation=min(count, len(lengths)), verbose=0, train_fraction=1.0)
    with tempfile.TemporaryDirectory() as folder:
        again = ExpertDataset(dataset.save(os.path.join(folder, 'saved')), verbose=0, train_fraction=1.0)
        assert os.listdir(folder) == ['saved.npz']
    assert again.digest() == dataset.digest() and again.subsample == dataset.subsample == stride
    np.testing.assert_array_equal(again.returns, dataset.returns)
    assert np.isnan(again.returns).all() != rewarded
