"""Mean and variance of a stream."""
import numpy as np
import pytest

from stable_baselines.common.running_mean_std import RunningMeanStd


@pytest.mark.parametrize('shape', [(), (3,), (2, 2)])
def test_batches_together_give_the_moments_of_all(shape):
    random = np.random.RandomState(0)
    batches = [random.normal(5, 3, size=(count,) + shape) for count in (10, 1, 200, 0)]
    running = RunningMeanStd(epsilon=0.0, shape=shape)
    for batch in batches:
        running.update(batch)
    everything = np.concatenate(batches)
    np.testing.assert_allclose(running.mean, everything.mean(axis=0))
    np.testing.assert_allclose(running.var, everything.var(axis=0))
    assert running.count == 211 and running.mean.shape == shape


def test_the_start_counts_as_epsilon_observations():
    running = RunningMeanStd(epsilon=1.0)
    running.update(np.array([3.0]))
    np.testing.assert_allclose(running.mean, 1.5)
    np.testing.assert_allclose(running.var, (1 + 1 * 1.5 ** 2 + 1.5 ** 2) / 2)
    assert running.count == 2


def test_float32_data_far_from_zero_keep_their_variance():
    running = RunningMeanStd(epsilon=0.0)
    data = (1e5 + np.random.RandomState(0).rand(1000)).astype(np.float32)
    running.update(data)
    np.testing.assert_allclose(running.var, data.astype(np.float64).var(), rtol=1e-9)


def test_moments_can_be_merged():
    running = RunningMeanStd(epsilon=0.0)
    running.update_from_moments(1.0, 4.0, 2)
    running.update_from_moments(3.0, 0.0, 2)
    assert (running.mean, running.var, running.count) == (2.0, 3.0, 4)


def test_observations_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r'found \(5, 3\)'):
        RunningMeanStd(shape=(2,)).update(np.zeros((5, 3)))
    with pytest.raises(ValueError, match=r'found \(\)'):
        RunningMeanStd().update(1.0)


@pytest.mark.parametrize('shape', [(), (3,), (2, 2)])
@pytest.mark.parametrize('dtype', [np.float32, np.float64, np.uint8])
def test_single_observations_count_as_batches_of_one(shape, dtype):
    quick, plain = RunningMeanStd(shape=shape), RunningMeanStd(shape=shape)
    for _ in range(5):
        one = (np.random.RandomState(0).rand(1, *shape) * 100).astype(dtype)
        quick.update(one)
        plain.update_from_moments(np.mean(one, axis=0, dtype=np.float64), np.var(one, axis=0, dtype=np.float64), 1)
        for part in ('mean', 'var', 'count'):
            np.testing.assert_array_equal(getattr(quick, part), getattr(plain, part))
            assert np.shape(getattr(quick, part)) == np.shape(getattr(plain, part))
