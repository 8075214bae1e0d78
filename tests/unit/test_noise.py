"""Noise on actions."""
import numpy as np
import pytest

from stable_baselines.common.noise import ActionNoise, NormalActionNoise, OrnsteinUhlenbeckActionNoise


def test_normal_noise_has_its_mean_and_deviation():
    np.random.seed(0)
    noise = NormalActionNoise(mean=np.array([1.0, -1.0]), sigma=np.array([0.5, 2.0]))
    draws = np.array([noise() for _ in range(4000)])
    assert draws.shape == (4000, 2) and draws.dtype == np.float64
    np.testing.assert_allclose(draws.mean(axis=0), [1, -1], atol=0.1)
    np.testing.assert_allclose(draws.std(axis=0), [0.5, 2.0], rtol=0.05)
    noise.reset()
    assert isinstance(noise, ActionNoise)
    assert repr(noise) == 'NormalActionNoise(mu=[ 1. -1.], sigma=[0.5 2. ])'


def test_numpys_seed_makes_it_repeat():
    for kind in (NormalActionNoise, OrnsteinUhlenbeckActionNoise):
        draws = []
        for _ in range(2):
            np.random.seed(3)
            noise = kind(np.zeros(2), np.ones(2))
            draws.append([noise() for _ in range(3)])
        np.testing.assert_array_equal(draws[0], draws[1])


def test_ornstein_uhlenbeck_without_noise_decays_to_its_mean():
    noise = OrnsteinUhlenbeckActionNoise(mean=np.ones(1), sigma=np.zeros(1), theta=0.5, dt=1.0,
                                         initial_noise=np.array([5.0]))
    assert [float(noise()[0]) for _ in range(3)] == [3.0, 2.0, 1.5]
    noise.reset()
    assert float(noise()[0]) == 3.0


def test_ornstein_uhlenbeck_reaches_its_stationary_spread():
    np.random.seed(0)
    noise = OrnsteinUhlenbeckActionNoise(mean=np.zeros(500), sigma=np.full(500, 0.3), theta=0.15, dt=0.1)
    for _ in range(400):
        sample = noise()
    np.testing.assert_allclose(sample.std(), 0.3 / np.sqrt(2 * 0.15), rtol=0.1)


def test_values_given_out_stay_as_they_are():
    noise = OrnsteinUhlenbeckActionNoise(np.zeros(2), np.ones(2))
    first = noise()
    kept = first.copy()
    noise()
    np.testing.assert_array_equal(first, kept)
    assert repr(noise).startswith('OrnsteinUhlenbeckActionNoise(mu=[0. 0.]')


@pytest.mark.parametrize('kind', [NormalActionNoise, OrnsteinUhlenbeckActionNoise])
def test_bad_parameters_are_refused(kind):
    with pytest.raises(ValueError, match=r'found \(2,\) and \(3,\)'):
        kind(np.zeros(2), np.ones(3))
    with pytest.raises(ValueError, match='negative'):
        kind(np.zeros(2), -np.ones(2))
    assert kind(np.zeros(2), 0.1)().shape == (2,)
