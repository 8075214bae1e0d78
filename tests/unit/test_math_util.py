"""Discounting, explained variance, scaling of actions."""
import numpy as np
import pytest
from gym import spaces
from hypothesis import given
from hypothesis import strategies as st

from stable_baselines.common.math_util import (
    discount,
    discount_with_boundaries,
    explained_variance,
    explained_variance_2d,
    flatten_arrays,
    safe_mean,
    scale_action,
    unflatten_vector,
    unscale_action,
)


def test_discount_by_hand():
    np.testing.assert_allclose(discount([1.0, 2.0, 4.0], 0.5), [3.0, 4.0, 4.0])
    np.testing.assert_allclose(discount(np.array([1, 2, 4]), 0.5), [3.0, 4.0, 4.0])  # no rounding to integers
    np.testing.assert_allclose(discount(np.array([[1.0, 0.0], [0.0, 2.0]]), 0.5), [[1.0, 1.0], [0.0, 2.0]])
    assert discount([], 0.5).shape == (0,)


def test_discount_leaves_its_argument_alone():
    vector = np.ones(3)
    discount(vector, 0.9)
    np.testing.assert_array_equal(vector, 1.0)


def test_discount_stops_at_episode_starts():
    np.testing.assert_allclose(discount_with_boundaries([1, 1, 1, 1], [1, 0, 1, 0], 0.5), [1.5, 1.0, 1.5, 1.0])
    np.testing.assert_allclose(discount_with_boundaries(np.ones(3), np.array([True, False, True]), 0.5),
                               [1.5, 1.0, 1.0])
    with pytest.raises(ValueError, match='found 2 and 1'):
        discount_with_boundaries([1, 2], [1], 0.5)
    with pytest.raises(ValueError, match='time axis'):
        discount(1.0, 0.5)


def test_explained_variance():
    truth = np.array([1.0, 2.0, 3.0, 4.0])
    assert explained_variance(truth, truth) == 1
    assert explained_variance(np.zeros(4), truth) == 0
    assert explained_variance(-truth, truth) == -3
    assert np.isnan(explained_variance(truth, np.ones(4)))
    with pytest.raises(ValueError, match=r'\(4,\) and \(3,\)'):
        explained_variance(truth, truth[:3])


def test_explained_variance_by_column():
    truth = np.array([[1.0, 5.0, 1.0], [3.0, 5.0, 3.0]])
    guess = np.array([[1.0, 4.0, 0.0], [3.0, 5.0, 0.0]])
    np.testing.assert_allclose(explained_variance_2d(guess, truth), [1, 0, 0])
    with pytest.raises(ValueError, match='2 axes'):
        explained_variance_2d(truth[0], truth[0])


@given(st.lists(st.lists(st.integers(0, 3), max_size=3).map(tuple), min_size=1, max_size=4))
def test_flattened_arrays_come_back(shapes):
    arrays = [np.random.RandomState(0).rand(*shape) for shape in shapes]
    arrays = [np.asarray(array).reshape(shape) for array, shape in zip(arrays, shapes)]
    back = unflatten_vector(flatten_arrays(arrays), shapes)
    assert len(back) == len(arrays)
    for array, again in zip(arrays, back):
        np.testing.assert_array_equal(array, again)


def test_a_vector_of_the_wrong_length_is_not_cut():
    with pytest.raises(ValueError, match='vec has 4 numbers.* hold 5'):
        unflatten_vector(np.zeros(4), [(2,), (3, 1)])


def test_safe_mean():
    assert np.isnan(safe_mean([]))
    assert safe_mean([1, 2]) == 1.5


def test_scaling_actions():
    space = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([2.0, 10.0], np.float32), dtype=np.float32)
    np.testing.assert_allclose(scale_action(space, np.array([[-2.0, 10.0], [0.0, 5.0]])), [[-1, 1], [0, 0]])
    actions = np.array([[0.3, 7.0], [-1.9, 0.1]], np.float32)
    again = unscale_action(space, scale_action(space, actions))
    np.testing.assert_allclose(again, actions, rtol=1e-5)
    assert again.dtype == np.float32


@pytest.mark.parametrize('function', [scale_action, unscale_action])
@pytest.mark.parametrize('low, high', [(-np.inf, 1.0), (1.0, 1.0)])
def test_unbounded_actions_cannot_be_scaled(function, low, high):
    with pytest.raises(ValueError, match='finite bounds'):
        function(spaces.Box(low, high, (1,), dtype=np.float32), np.zeros(1))
