"""Minibatches out of arrays."""
import numpy as np
import pytest

from stable_baselines.common.dataset import Dataset, iterbatches


def make(count=10, **kwargs):
    return Dataset({'x': np.arange(count), 'y': -np.arange(count)}, **kwargs)


def test_rows_stay_together_and_all_come_once():
    data = make(random_state=np.random.RandomState(0))
    batches = [data.next_batch(4) for _ in range(3)]
    assert [len(batch['x']) for batch in batches] == [4, 4, 2]
    seen = np.concatenate([batch['x'] for batch in batches])
    assert sorted(seen) == list(range(10)) and list(seen) != list(range(10))
    np.testing.assert_array_equal(np.concatenate([batch['y'] for batch in batches]), -seen)
    again = np.concatenate([data.next_batch(5)['x'] for _ in range(2)])
    assert sorted(again) == list(range(10)) and list(again) != list(seen)


def test_without_shuffling_the_order_stays():
    data = make(shuffle=False)
    for _ in range(2):
        assert data.next_batch(6)['x'].tolist() == [0, 1, 2, 3, 4, 5]
        assert data.next_batch(6)['x'].tolist() == [6, 7, 8, 9]


def test_one_pass_in_full_batches():
    data = make(shuffle=False)
    data.next_batch(3)
    assert [batch['x'].tolist() for batch in data.iterate_once(4)] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert data.next_batch(1)['x'].tolist() == [0]


def test_subset():
    part = make(shuffle=False).subset(3, shuffle=False)
    assert part.n_samples == 3 and part.next_batch(9)['y'].tolist() == [0, -1, -2]
    assert not np.array_equal(make(50).subset(50).next_batch(50)['x'], np.arange(50))


@pytest.mark.parametrize('data_map', [{}, {'x': np.zeros(2), 'y': np.zeros(3)}])
def test_arrays_that_do_not_fit_are_refused(data_map):
    with pytest.raises(ValueError, match='equally long'):
        Dataset(data_map)


def test_iterbatches_by_size():
    arrays = (np.arange(5), np.arange(5) * 2)
    batches = list(iterbatches(arrays, batch_size=2, shuffle=False))
    assert [x.tolist() for x, _ in batches] == [[0, 1], [2, 3], [4]]
    assert [y.tolist() for _, y in batches] == [[0, 2], [4, 6], [8]]
    full = list(iterbatches(arrays, batch_size=2, shuffle=False, include_final_partial_batch=False))
    assert [x.tolist() for x, _ in full] == [[0, 1], [2, 3]]


def test_iterbatches_by_count():
    batches = list(iterbatches((np.arange(5),), num_batches=2, shuffle=False, include_final_partial_batch=False))
    assert [x.tolist() for x, in batches] == [[0, 1, 2], [3, 4]]


def test_iterbatches_shuffles_with_the_given_generator():
    first, again, other = (np.concatenate([x for x, in iterbatches((np.arange(20),), batch_size=3,
                                                                   random_state=np.random.RandomState(seed))])
                           for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert sorted(first) == list(range(20)) and not np.array_equal(first, other)


def test_iterbatches_refuses_at_once():
    with pytest.raises(ValueError, match='exactly one of num_batches and batch_size'):
        iterbatches((np.zeros(3),))
    with pytest.raises(ValueError, match='exactly one of num_batches and batch_size'):
        iterbatches((np.zeros(3),), num_batches=1, batch_size=1)
    with pytest.raises(ValueError, match=r'lengths \[3, 2\]'):
        iterbatches((np.zeros(3), np.zeros(2)), batch_size=1)
