"""The NumPy twin computes what the graph computes, and steps aside where it cannot."""
import warnings

import numpy as np
import pytest

from stable_baselines.common.forward import NumpyOrSession, SessionForward, forward_function
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.numpy_operations import Untranslatable
from stable_baselines.common.numpy_policy import NumpyTwin
from stable_baselines.common.policies import MlpPolicy
from stable_baselines.common.tf1 import tf
from tests.environments import sample

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)
OBSERVATIONS = {
    'vector': VECTOR,
    'float64': spaces.Box(-3.0, 3.0, (3,), np.float64),
    'matrix': spaces.Box(-1.0, 1.0, (2, 3), np.float32),
    'uint8': spaces.Box(0, 255, (4, 4, 3), np.uint8),
    'discrete': spaces.Discrete(5),
    'multi_binary': spaces.MultiBinary(4),
}
ACTIONS = {
    'discrete': spaces.Discrete(3),
    'box': spaces.Box(-1.0, 1.0, (2,), np.float32),
    'multi_discrete': spaces.MultiDiscrete([3, 2]),
    'multi_binary': spaces.MultiBinary(4),
}
NETWORKS = {
    'default': dict(),
    'layers': dict(layers=[8]),
    'shared': dict(net_arch=[8, 4]),
    'none': dict(net_arch=[]),
    'branches': dict(net_arch=[8, dict(pi=[4], vf=[4, 4])]),
    'relu': dict(act_fun=tf.nn.relu),
    'elu': dict(act_fun=tf.nn.elu),
    'leaky relu': dict(act_fun=tf.nn.leaky_relu),
    'sigmoid': dict(act_fun=tf.nn.sigmoid),
    'softplus': dict(act_fun=tf.nn.softplus),
    'own function': dict(act_fun=lambda x: tf.maximum(0.1 * x, tf.minimum(x, 1.0)) - tf.square(x) / 9.0),
}


def build(sess, observation_space=VECTOR, action_space=ACTIONS['discrete'], **kwargs):
    policy = MlpPolicy(sess, observation_space, action_space, 1, 1, None, **kwargs)
    sess.run(tf.global_variables_initializer())
    # initial policies are next to constant: larger weights tell more; pixels of up to 255 do so anyway
    scale = 0.003 if observation_space.dtype == np.uint8 else 0.3
    sess.run([tf.assign(variable, np.random.normal(scale=scale, size=variable.shape.as_list()))
              for variable in tf.trainable_variables()])
    return policy, [policy.proba_distribution.flatparam(), policy.value_fn]


def twin_of(sess, placeholders, outputs):
    forward = forward_function(sess, placeholders, outputs)
    assert isinstance(forward, NumpyOrSession)
    return forward.twin


def assert_equal(policy, outputs, sess, n_rows=(1, 2, 37)):
    twin = twin_of(sess, [policy.obs_ph], outputs)
    random = np.random.RandomState(1)
    for rows in n_rows:
        observations = np.array([sample(policy.ob_space, random) for _ in range(rows)])
        observations = observations.astype(policy.obs_ph.dtype.as_numpy_dtype)
        for mine, theirs in zip(twin(observations), sess.run(outputs, {policy.obs_ph: observations})):
            assert mine.dtype == theirs.dtype
            assert mine.shape == theirs.shape
            assert np.abs(mine - theirs).max() <= 1e-6 * max(1.0, np.abs(theirs).max())
    return twin


@pytest.mark.parametrize('space', list(OBSERVATIONS.values()), ids=list(OBSERVATIONS))
def test_observations(sess, space):
    assert_equal(*build(sess, observation_space=space), sess=sess)


@pytest.mark.parametrize('space', list(ACTIONS.values()), ids=list(ACTIONS))
def test_actions(sess, space):
    assert_equal(*build(sess, action_space=space), sess=sess)


@pytest.mark.parametrize('kwargs', list(NETWORKS.values()), ids=list(NETWORKS))
def test_networks(sess, kwargs):
    assert_equal(*build(sess, **kwargs), sess=sess)


@pytest.mark.parametrize('name', ['sigmoid', 'softplus', 'elu', 'relu', 'default'])
def test_large_activations_warn_of_nothing(sess, name):
    policy, outputs = build(sess, **NETWORKS[name])
    twin = twin_of(sess, [policy.obs_ph], outputs)
    # each row with a single number: large summands that nearly cancel would leave another rest on each machine, which
    # tanh and sigmoid then take for numbers between 0 and 1
    observations = np.float32([[1e3, 0.0, 0.0], [0.0, -1e4, 0.0], [0.0, 0.0, 1e4]])
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        found = twin(observations)
    for mine, theirs in zip(found, sess.run(outputs, {policy.obs_ph: observations})):
        assert np.allclose(mine, theirs, rtol=1e-5, atol=1e-5)


def test_every_number_of_rows(sess):
    policy, outputs = build(sess)
    twin = assert_equal(policy, outputs, sess, n_rows=(1, 2, 8, 63, 64, 65, 66, 500, 8, 1))
    sess.run([tf.assign(variable, 0.5 * variable) for variable in tf.trainable_variables()])
    twin.refresh()
    observations = np.random.RandomState(0).normal(size=(500, 3)).astype(np.float32)
    expected = sess.run(outputs, {policy.obs_ph: observations})
    for rows in (0, 1, 2, 8, 64, 65, 500):
        for mine, theirs in zip(twin(observations[:rows]), expected):
            np.testing.assert_allclose(mine, theirs[:rows], rtol=1e-5, atol=1e-6)


def test_numbers_of_rows_that_change_inside(sess):
    observations = tf.placeholder(tf.float32, [None, 6])
    halves = tf.tanh(tf.reshape(observations, [-1, 3]) + tf.constant([1.0, 2.0, 3.0]))
    centre = tf.reduce_mean(halves, axis=0, keepdims=True) + tf.constant([1.0, 2.0, 3.0])
    twin = twin_of(sess, [observations], [halves, centre])
    for rows in (1, 2, 3, 100):
        values = np.random.RandomState(rows).normal(size=(rows, 6)).astype(np.float32)
        for mine, theirs in zip(twin(values), sess.run([halves, centre], {observations: values})):
            assert mine.shape == theirs.shape
            np.testing.assert_allclose(mine, theirs, rtol=1e-5)


def test_new_parameters_count_after_refresh(sess):
    policy, outputs = build(sess)
    twin = assert_equal(policy, outputs, sess)
    observations = np.ones((2, 3), np.float32)
    before = twin(observations)[0].copy()
    sess.run([tf.assign(variable, 0.5 * variable) for variable in tf.trainable_variables()])
    assert np.array_equal(twin(observations)[0], before)
    twin.refresh()
    after = twin(observations)[0]
    assert not np.allclose(after, before)
    assert np.allclose(after, sess.run(outputs[0], {policy.obs_ph: observations}), rtol=1e-5, atol=1e-6)


def test_results_are_not_overwritten_by_the_next_call(sess):
    policy, outputs = build(sess)
    twin = twin_of(sess, [policy.obs_ph], outputs)
    first = twin(np.zeros((1, 3), np.float32))[0]
    kept = first.copy()
    twin(np.ones((1, 3), np.float32))
    assert np.array_equal(first, kept)


def small_graph(sess, function):
    placeholder = tf.placeholder(tf.float32, [None, 3])
    return placeholder, function(placeholder)


@pytest.mark.parametrize('function', [
    lambda x: tf.cumsum(x, axis=1),
    lambda x: tf.matmul(x, tf.ones([2, 3]), transpose_b=True),
    tf.sin,
    lambda x: tf.reshape(x, [3 * tf.shape(x)[0]]),
], ids=['cumsum', 'transposed product', 'sine', 'shape of the batch'])
def test_other_operations_run_in_the_session(sess, function):
    placeholder, output = small_graph(sess, function)
    with pytest.raises(Untranslatable):
        NumpyTwin(sess, [placeholder], [output])
    forward = forward_function(sess, [placeholder], [output])
    assert isinstance(forward, SessionForward)
    forward.refresh()
    observations = np.random.RandomState(0).normal(size=(4, 3)).astype(np.float32)
    assert np.array_equal(forward(observations)[0], sess.run(output, {placeholder: observations}))


def test_what_needs_another_placeholder_is_no_function_of_observations(sess):
    placeholder, other = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [])
    with pytest.raises(Untranslatable, match='another placeholder'):
        NumpyTwin(sess, [placeholder], [placeholder * other])


def test_a_twin_that_disagrees_is_not_used(sess, monkeypatch):
    from stable_baselines.common import numpy_operations
    monkeypatch.setitem(numpy_operations.TRANSLATIONS, 'Tanh', lambda operation: [np.sinh])
    policy, outputs = build(sess)
    assert isinstance(forward_function(sess, [policy.obs_ph], outputs), SessionForward)
