"""Squashed Gaussian actions: in the graph, and their density in NumPy."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.tf1 import tf
from stable_baselines.sac.action_scaling import ActionScaling
from stable_baselines.sac.density import log_density
from stable_baselines.sac.policies import (
    apply_squashing_func,
    clip_but_pass_gradient,
    gaussian_entropy,
    gaussian_likelihood,
)
from stable_baselines.sac.squashed_gaussian import standard_likelihood

RANDOM = np.random.RandomState(0)
MEAN, LOG_STD, NOISE = (RANDOM.normal(size=(5, 2)).astype(np.float32) for _ in range(3))


def evaluate(function, *arrays):
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(function(*[tf.constant(array) for array in arrays]))


def log_normal(values, mean, log_std):
    return np.sum(-0.5 * np.square((values - mean) / np.exp(log_std)) - log_std - 0.5 * np.log(2 * np.pi), axis=1)


def test_gaussian_likelihood_is_the_log_density():
    values = MEAN + np.exp(LOG_STD) * NOISE
    expected = log_normal(values, MEAN, LOG_STD)
    np.testing.assert_allclose(evaluate(gaussian_likelihood, values, MEAN, LOG_STD), expected, rtol=1e-4)
    np.testing.assert_allclose(evaluate(standard_likelihood, NOISE, LOG_STD), expected, rtol=1e-5)


def test_likelihood_of_tiny_spreads_stays_exact():
    log_std = np.full((1, 1), -20.0, np.float32)
    found = evaluate(standard_likelihood, np.ones((1, 1), np.float32), log_std)
    np.testing.assert_allclose(found, [-0.5 + 20.0 - 0.5 * np.log(2 * np.pi)], rtol=1e-6)


def test_gaussian_entropy_is_minus_the_mean_log_density():
    samples = np.random.RandomState(1).normal(size=(200000, 2)).astype(np.float32)
    log_std = np.broadcast_to(LOG_STD[:1], samples.shape)
    mean_log_density = np.mean(log_normal(samples * np.exp(log_std), 0.0, log_std))
    np.testing.assert_allclose(evaluate(gaussian_entropy, LOG_STD[:1]), [-mean_log_density], atol=0.01)


def test_squashing_by_hand():
    log_probabilities = np.arange(5, dtype=np.float32)
    means, actions, squashed = evaluate(apply_squashing_func, MEAN, NOISE, log_probabilities)
    np.testing.assert_allclose(means, np.tanh(MEAN), rtol=1e-5)
    np.testing.assert_allclose(actions, np.tanh(NOISE), rtol=1e-5)
    expected = log_probabilities - np.log(1 - np.tanh(NOISE) ** 2 + 1e-6).sum(axis=1)
    np.testing.assert_allclose(squashed, expected, rtol=1e-4)


def test_squashing_stays_finite_where_tanh_is_one():
    far = np.full((1, 1), 50.0, np.float32)
    assert np.isfinite(evaluate(apply_squashing_func, far, far, np.zeros(1, np.float32))[2]).all()


def test_clip_but_pass_gradient():
    with tf.Graph().as_default(), tf.Session() as sess:
        values = tf.constant([-3.0, 0.5, 2.0])
        clipped = clip_but_pass_gradient(values, -1.0, 1.0)
        np.testing.assert_allclose(sess.run(clipped), [-1.0, 0.5, 1.0])
        np.testing.assert_allclose(sess.run(tf.gradients(clipped, values)[0]), [1.0, 1.0, 1.0])


SPACE = spaces.Box(np.array([-2.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))


@pytest.mark.parametrize('mean, std', [(0.0, 0.3), (0.7, 1.0), (-1.0, 0.1)])
def test_density_integrates_to_one(mean, std):
    scaling = ActionScaling(spaces.Box(-2.0, 1.0, (1,), dtype=np.float32))
    width = 3.0 / 60000
    actions = (-2.0 + width * (np.arange(60000) + 0.5))[:, None]
    shape = (len(actions), 1)
    total = np.sum(np.exp(log_density(scaling, actions, np.full(shape, mean), np.full(shape, std)))) * width
    np.testing.assert_allclose(total, 1.0, atol=1e-3)


def test_density_is_that_of_the_graph_after_scaling():
    scaling = ActionScaling(SPACE)
    noise = 0.5 * NOISE
    log_std = 0.3 * LOG_STD
    _, squashed, log_probabilities = evaluate(
        lambda mean, log_std, noise: apply_squashing_func(mean, mean + tf.exp(log_std) * noise,
                                                          standard_likelihood(noise, log_std)), MEAN, log_std, noise)
    expected = log_probabilities - np.log(1.5) - np.log(2.5)  # half the spans
    found = log_density(scaling, scaling.to_env(squashed), MEAN, np.exp(log_std))
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def test_density_at_and_beyond_the_bounds():
    scaling = ActionScaling(SPACE)
    actions = np.array([[1.0, 5.0], [-2.0, 0.0], [1.1, 2.0], [0.0, -0.1]])
    found = log_density(scaling, actions, np.zeros((4, 2)), np.ones((4, 2)))
    assert np.isfinite(found[:2]).all()
    assert np.all(found[2:] == -np.inf)
