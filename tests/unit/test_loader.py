"""Batches: every row exactly once an epoch, none empty, always the rows that belong together."""
import collections
import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stable_baselines.gail.dataset.images import write_png
from stable_baselines.gail.dataset.loader import DataLoader


def make_loader(rows=10, batch_size=4, **kwargs):
    observations = np.arange(rows * 2, dtype=np.float32).reshape(rows, 2)
    return DataLoader(np.arange(rows), observations, np.arange(rows).reshape(rows, 1), batch_size, **kwargs)


def rows_of(batch):
    """The rows in a batch of ``make_loader``, after checking that observations and actions belong together."""
    observations, actions = batch
    np.testing.assert_array_equal(observations, np.hstack([2 * actions, 2 * actions + 1]))
    return actions[:, 0].tolist()


@settings(max_examples=80, deadline=None)
@given(rows=st.integers(1, 40), batch_size=st.integers(1, 50), shuffle=st.booleans(), endless=st.booleans(),
       sequential=st.booleans(), data=st.data())
def test_every_row_once_an_epoch_and_no_empty_batch(rows, batch_size, shuffle, endless, sequential, data):
    mine = data.draw(st.lists(st.integers(0, rows - 1), min_size=1, max_size=rows, unique=True))
    observations = np.arange(rows * 2).reshape(rows, 2)
    loader = DataLoader(mine, observations, np.arange(rows).reshape(rows, 1), batch_size, infinite_loop=endless,
                        shuffle=shuffle, sequential=sequential, random_state=np.random.RandomState(rows))
    for _ in range(3):
        batches = [rows_of(batch) for batch in loader]
        assert [len(batch) for batch in batches[:-1]] == [batch_size] * (len(loader) - 1)
        assert 1 <= len(batches[-1]) <= batch_size
        seen = [row for batch in batches for row in batch]
        assert (sorted(seen) == sorted(mine)) if shuffle else (seen == mine)


def test_without_partial_batches_all_are_full():
    loader = make_loader(10, 4, partial_minibatch=False, infinite_loop=False)
    assert len(loader) == 2 and [rows_of(batch) for batch in loader] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    loader = make_loader(10, 4, partial_minibatch=False, shuffle=True, random_state=np.random.RandomState(0))
    left_out = collections.Counter(range(10))
    for _ in range(20):
        for batch in loader:
            left_out.update(rows_of(batch))
    assert len(set(left_out.values())) > 1 and min(left_out.values()) > 5  # another two rows each time


def test_epochs_are_shuffled_anew_and_by_the_seed():
    def epochs(seed):
        loader = make_loader(30, 30, shuffle=True, random_state=np.random.RandomState(seed))
        return [rows_of(batch) for _ in range(2) for batch in loader]
    assert epochs(1) == epochs(1)
    assert epochs(1) != epochs(2)
    assert epochs(1)[0] != epochs(1)[1]


def test_without_own_generator_numpys_global_one_decides():
    batches = []
    for _ in range(2):
        np.random.seed(7)
        batches.append(rows_of(next(make_loader(30, 30, shuffle=True))))
    assert batches[0] == batches[1] != list(range(30))


def test_finite_loader_starts_over_where_an_endless_one_goes_on():
    finite, endless = make_loader(infinite_loop=False), make_loader()
    for loader in (finite, endless):
        for batch in loader:
            assert rows_of(batch) == [0, 1, 2, 3]
            break
    assert rows_of(next(iter(finite))) == [0, 1, 2, 3]
    assert rows_of(next(iter(endless))) == [4, 5, 6, 7]


@pytest.mark.parametrize('images', [False, True])
@pytest.mark.parametrize('sequential', [False, True])
@pytest.mark.parametrize('endless', [False, True])
def test_each_loop_is_one_epoch(endless, sequential, images, tmp_path):
    observations = np.arange(10)
    if images:
        names = [str(tmp_path / '{}.png'.format(row)) for row in range(10)]
        for row, name in enumerate(names):
            write_png(name, np.full((2, 2, 1), row, np.uint8))
        observations = np.array(names)
    for shuffle in (False, True):
        loader = DataLoader(np.arange(10), observations, np.arange(10), 4, infinite_loop=endless, max_queue_len=5,
                            shuffle=shuffle, sequential=sequential, random_state=np.random.RandomState(1))
        epochs = []
        for _ in range(4):
            epochs.append([actions.tolist() for _, actions in loader])
            assert [len(rows) for rows in epochs[-1]] == [4, 4, 2]
            assert sorted(sum(epochs[-1], [])) == list(range(10))
        assert (epochs[0] == epochs[1]) is not shuffle
        loader.close()


def test_a_loop_after_the_last_batch_of_an_epoch_is_a_whole_epoch():
    for sequential in (False, True):
        loader = make_loader(10, 4, sequential=sequential)
        for _ in range(3):
            next(loader)
        assert [rows_of(batch) for batch in loader] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_a_loop_over_an_endless_loader_goes_on_within_an_epoch_unless_it_is_sequential():
    for sequential, expected in ((False, [[4, 5, 6, 7], [8, 9]]), (True, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])):
        loader = make_loader(10, 4, sequential=sequential)
        next(loader)
        assert [rows_of(batch) for batch in loader] == expected


def test_endless_loader_tells_of_each_end_and_goes_on():
    loader = make_loader(4, 4)
    for _ in range(3):
        assert rows_of(next(loader)) == [0, 1, 2, 3]
        with pytest.raises(StopIteration):
            next(loader)


@pytest.mark.parametrize('kwargs', [{'infinite_loop': False}, {'sequential': True}])
def test_what_only_iter_begins_stays_at_its_end(kwargs):
    loader = make_loader(4, 4, **kwargs)
    for _ in range(3):
        assert rows_of(next(iter(loader))) == [0, 1, 2, 3]
        for _ in range(2):
            with pytest.raises(StopIteration):
                next(loader)


def test_next_rows_can_be_looked_up():
    loader = make_loader(10, 4, shuffle=True, infinite_loop=False, random_state=np.random.RandomState(0))
    for _ in range(2):
        seen = []
        for _ in range(3):
            expected = loader._minibatch_indices.tolist()
            assert rows_of(next(loader)) == expected
            seen += expected
        assert sorted(seen) == list(range(10))
        assert len(loader._minibatch_indices) == 4  # of the next epoch, though this one's end was not yet reported
        with pytest.raises(StopIteration):
            next(loader)
        iter(loader)


def test_sequential_next_goes_on_where_next_was():
    loader = make_loader(10, 4)
    assert rows_of(next(loader)) == [0, 1, 2, 3]
    assert rows_of(loader.sequential_next()) == [4, 5, 6, 7]
    assert rows_of(next(loader)) == [8, 9]


def test_batches_are_copies():
    loader = make_loader(4, 4)
    batch = next(loader)
    batch[0][:] = -1
    batch[1][:] = -1
    assert rows_of(next(iter(loader))) == [0, 1, 2, 3]


@pytest.mark.parametrize('duplicate', [copy.deepcopy, lambda loader: pickle.loads(pickle.dumps(loader))])
def test_copy_goes_on_in_the_same_order(duplicate):
    loader = make_loader(10, 3, shuffle=True, random_state=np.random.RandomState(3))
    next(loader)
    twin = duplicate(loader)
    for _ in range(3):
        assert [rows_of(batch) for batch in twin] == [rows_of(batch) for batch in loader]


def test_images_in_memory_keep_their_shape():
    pixels = np.random.RandomState(0).randint(0, 256, (5, 4, 6, 3)).astype(np.uint8)
    observations, actions = next(DataLoader([3, 1], pixels, np.zeros((5, 2)), 2))
    np.testing.assert_array_equal(observations, pixels[[3, 1]])
    assert observations.dtype == np.uint8 and actions.shape == (2, 2)


@pytest.mark.parametrize('arguments, message', [
    ({'batch_size': 0}, 'batch_size=0'),
    ({'batch_size': 2.5}, 'batch_size=2.5'),
    ({'batch_size': None}, 'batch_size=None'),
    ({'n_workers': 0}, 'n_workers=0'),
    ({'max_queue_len': -1}, 'max_queue_len=-1'),
    ({'backend': 'threads'}, "backend='threads' is unknown.*threading"),
    ({'batch_size': 6, 'partial_minibatch': False}, 'there are 5 rows for batch_size=6'),
    ({'indices': []}, r'indices has shape \(0,\)'),
    ({'indices': [0.5]}, 'dtype float64'),
    ({'indices': [0, 5]}, 'indices runs from 0 to 5, but the 5 rows'),
    ({'indices': [-1, 2]}, 'indices runs from -1 to 2'),
    ({'actions': np.zeros((4, 1))}, r'\(5, 2\) and actions of shape \(4, 1\)'),
])
def test_bad_arguments_are_refused(arguments, message):
    given = dict({'indices': np.arange(5), 'observations': np.zeros((5, 2)), 'actions': np.zeros((5, 1)),
                  'batch_size': 2}, **arguments)
    with pytest.raises(ValueError, match=message):
        DataLoader(**given)
