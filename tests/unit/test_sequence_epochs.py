"""Episodes side by side, for behaviour cloning of policies with memory."""
import numpy as np
import pytest

from stable_baselines.gail import ExpertDataset
from stable_baselines.gail.dataset.sequences import SequenceEpoch, arrange
from tests.demonstrations import make_arrays

LENGTHS = [5, 3, 4, 9, 1]


def episodes_of(lengths):
    ends = np.cumsum(lengths)
    return [np.arange(end - length, end) for length, end in zip(lengths, ends)]


def lanes_of(arrangement):
    """Each array as [lanes, batches * steps]."""
    return [array.swapaxes(0, 1).reshape(array.shape[1], -1) for array in arrangement]


@pytest.mark.parametrize('n_lanes, n_steps', [(1, 1), (1, 4), (2, 4), (3, 5), (4, 30), (9, 2)])
def test_every_row_once_and_in_order(n_lanes, n_steps):
    arrangement = arrange(episodes_of(LENGTHS), n_lanes, n_steps)
    assert arrangement.rows.shape == arrangement.starts.shape == arrangement.weights.shape
    assert arrangement.rows.shape[1:] == (n_lanes, n_steps)
    firsts = {rows[0] for rows in episodes_of(LENGTHS)}
    seen = []
    for rows, starts, weights in zip(*lanes_of(arrangement)):
        used = int(weights.sum())
        assert weights.tolist() == [1.0] * used + [0.0] * (len(weights) - used)  # what only fills comes last
        seen += rows[:used].tolist()
        for step in range(used):
            assert starts[step] == float(rows[step] in firsts)
            assert starts[step] or rows[step] == rows[step - 1] + 1
    assert sorted(seen) == list(range(sum(LENGTHS)))


def test_lanes_are_about_equally_long():
    _, _, weights = lanes_of(arrange(episodes_of([10] * 8), 4, 3))
    assert weights.sum(axis=1).tolist() == [20.0] * 4
    assert weights.shape == (4, 21)


def test_a_lane_goes_on_from_batch_to_batch():
    arrangement = arrange(episodes_of([10]), 1, 4)
    assert arrangement.rows[:, 0].tolist() == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 0, 0]]
    assert arrangement.starts[:, 0].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert arrangement.weights[2, 0].tolist() == [1, 1, 0, 0]


def test_no_more_lanes_than_episodes():
    rows = np.arange(10.0)
    epoch = SequenceEpoch(episodes_of([6, 4]), rows, rows, 20, 4, False)
    assert [batch.weights.size for batch in epoch] == [8, 8]
    assert len(SequenceEpoch([], rows, rows, 20, 4, False)) == 0


def test_batches_hold_the_rows_of_their_lanes():
    rows = np.arange(sum(LENGTHS))
    epoch = SequenceEpoch(episodes_of(LENGTHS), np.stack([rows, -rows], axis=1), rows[:, None] * 10, 2, 4, False)
    arrangement = arrange(episodes_of(LENGTHS), 2, 4)
    for _ in range(2):  # an epoch can be gone through again
        batches = list(epoch)
        assert len(batches) == len(epoch) == len(arrangement.rows)
        for batch, expected, starts, weights in zip(batches, *arrangement):
            expected = expected.reshape(-1)
            assert np.array_equal(batch.observations, np.stack([expected, -expected], axis=1))
            assert np.array_equal(batch.actions, expected[:, None] * 10)
            assert np.array_equal(batch.starts, starts.reshape(-1))
            assert np.array_equal(batch.weights, weights.reshape(-1))


# ---------------------------------------------------------------- of a data set

def rows_of(dataset, split, n_steps=4):
    """Rows of an epoch; the demonstrations number them."""
    found = [batch.actions[batch.weights > 0, 0] for batch in dataset.sequence_batches(split, n_steps)]
    return np.concatenate(found).tolist() if found else []


@pytest.mark.parametrize('randomize', [False, True])
def test_validation_has_episodes_of_its_own(randomize):
    dataset = ExpertDataset(traj_data=make_arrays([5, 3, 4, 9, 1, 6, 2, 8, 7, 5]), verbose=0, batch_size=16, seed=0,
                            randomize=randomize)
    first, again, kept = [rows_of(dataset, split) for split in ('train', 'train', 'val')]
    assert set(first) == set(again)
    assert set(first).isdisjoint(kept)
    assert sorted(first + kept) == list(range(dataset.num_transition))
    of_episode = np.repeat(np.arange(dataset.num_traj), dataset.episode_lengths)
    assert len(set(of_episode[first])) == 7  # of ten: train_fraction is 0.7
    assert len(set(of_episode[kept])) == 3
    assert (first != again) == randomize
    if not randomize:
        assert set(of_episode[kept]) == {7, 8, 9}


def test_same_seed_same_order():
    orders = [rows_of(ExpertDataset(traj_data=make_arrays([4] * 12), verbose=0, seed=seed), 'train')
              for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize('arguments', [dict(), dict(train_fraction=1.0)])
def test_a_single_episode_is_for_training(arguments):
    dataset = ExpertDataset(traj_data=make_arrays([9]), verbose=0, **arguments)
    assert rows_of(dataset, 'train') == list(range(9))
    assert rows_of(dataset, 'val') == []


def test_everything_is_for_training_where_that_is_asked():
    dataset = ExpertDataset(traj_data=make_arrays(LENGTHS), verbose=0, train_fraction=1.0)
    assert sorted(rows_of(dataset, 'train')) == list(range(sum(LENGTHS)))
    assert rows_of(dataset, 'val') == []


@pytest.mark.parametrize('batch_size, n_steps, rows', [(16, 4, 16), (18, 4, 16), (2, 4, 4)])
def test_batches_are_about_as_large_as_asked(batch_size, n_steps, rows):
    dataset = ExpertDataset(traj_data=make_arrays([4] * 20), verbose=0, batch_size=batch_size)
    assert all(len(batch.actions) == rows for batch in dataset.sequence_batches('train', n_steps))
