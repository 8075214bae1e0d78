"""Policies with memory: names, variables, forms of ``net_arch``, what state and mask do, the NumPy twin."""
import numpy as np
import pytest

from stable_baselines.common.actor import Actor
from stable_baselines.common.forward import NumpyOrSession, SessionForward, forward_function
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import (
    ActorCriticPolicy,
    CnnLnLstmPolicy,
    CnnLstmPolicy,
    LstmPolicy,
    MlpLnLstmPolicy,
    MlpLstmPolicy,
    RecurrentActorCriticPolicy,
    get_policy_from_name,
    register_policy,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import linear

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 36, 1), np.uint8)
DISCRETE, BOX = spaces.Discrete(2), spaces.Box(-1.0, 1.0, (2,), np.float32)
BY_NAME = {'MlpLstmPolicy': MlpLstmPolicy, 'MlpLnLstmPolicy': MlpLnLstmPolicy, 'CnnLstmPolicy': CnnLstmPolicy,
           'CnnLnLstmPolicy': CnnLnLstmPolicy}
MLP = [MlpLstmPolicy, MlpLnLstmPolicy]
OBSERVATIONS = np.random.RandomState(2).uniform(-1.0, 1.0, (4, 3)).astype(np.float32)


class CustomLSTMPolicy(LstmPolicy):
    """As users write it."""

    def __init__(self, sess, ob_space, ac_space, n_env, n_steps, n_batch, n_lstm=64, reuse=False, **_kwargs):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, n_lstm, reuse,
                         net_arch=[8, 'lstm', dict(vf=[5, 10], pi=[10])],
                         layer_norm=True, feature_extraction="mlp", **_kwargs)


def build(sess, policy=MlpLstmPolicy, observation_space=VECTOR, action_space=DISCRETE, n_steps=1, **kwargs):
    """A policy with weights that make it far from constant."""
    built = policy(sess, observation_space, action_space, 4, n_steps, None, **dict(dict(n_lstm=5), **kwargs))
    sess.run(tf.global_variables_initializer())
    sess.run([tf.assign(var, np.random.normal(scale=0.5, size=var.shape.as_list()))
              for var in tf.trainable_variables()])
    return built


def shapes():
    return {var.name.replace('model/', '').replace(':0', ''): var.shape.as_list() for var in tf.trainable_variables()}


def random_state(policy, n_rows=4):
    return np.random.RandomState(5).normal(size=(n_rows,) + policy.state_shape).astype(np.float32)


# ---------------------------------------------------------------- names and variables

@pytest.mark.parametrize('name', sorted(BY_NAME))
def test_names(name):
    assert get_policy_from_name(ActorCriticPolicy, name) is BY_NAME[name]
    assert issubclass(BY_NAME[name], RecurrentActorCriticPolicy)
    assert BY_NAME[name].recurrent


def test_own_policies_can_be_registered():
    register_policy('CustomLSTMPolicy', CustomLSTMPolicy)
    assert get_policy_from_name(ActorCriticPolicy, 'CustomLSTMPolicy') is CustomLSTMPolicy


def test_variables_of_the_default_network(sess):
    MlpLstmPolicy(sess, VECTOR, BOX, 1, 1, None)
    assert shapes() == {
        'pi_fc0/w': [3, 64], 'pi_fc0/b': [64], 'pi_fc1/w': [64, 64], 'pi_fc1/b': [64],
        'lstm1/wx': [64, 1024], 'lstm1/wh': [256, 1024], 'lstm1/b': [1024],
        'vf/w': [256, 1], 'vf/b': [1], 'pi/w': [256, 2], 'pi/b': [2], 'pi/logstd': [1, 2],
        'q/w': [256, 2], 'q/b': [2]}


NORMALIZATION = {'lstm1/' + name: [size] for name, size in
                 (('gx', 20), ('bx', 20), ('gh', 20), ('bh', 20), ('gc', 5), ('bc', 5))}


@pytest.mark.parametrize('kwargs, layers, last', [
    (dict(layers=[7]), {'pi_fc0': [3, 7]}, {'vf': 5, 'pi': 5, 'q': 5}),
    (dict(layers=[]), {}, {'vf': 5, 'pi': 5, 'q': 5}),
    (dict(net_arch=['lstm']), {}, {'vf': 5, 'pi': 5, 'q': 5}),
    (dict(net_arch=[7, 6, 'lstm']), {'shared_fc0': [3, 7], 'shared_fc1': [7, 6]}, {'vf': 5, 'pi': 5, 'q': 5}),
    (dict(net_arch=[7, 'lstm', 9, dict(pi=[4], vf=[8])]),
     {'shared_fc0': [3, 7], 'shared_fc2': [5, 9], 'pi_fc0': [9, 4], 'vf_fc0': [9, 8]}, {'vf': 8, 'pi': 4, 'q': 8}),
    (dict(net_arch=['lstm', dict(pi=[4, 3])]), {'pi_fc0': [5, 4], 'pi_fc1': [4, 3]}, {'vf': 5, 'pi': 3, 'q': 5}),
], ids=str)
def test_network_architectures(sess, kwargs, layers, last):
    build(sess, **kwargs)
    found = {name: shape for name, shape in shapes().items() if name.endswith('/w')}
    expected = {name + '/w': shape for name, shape in layers.items()}
    expected.update({name + '/w': [n_in, 1 if name == 'vf' else 2] for name, n_in in last.items()})
    assert found == expected


def test_layer_norm_adds_its_variables(sess):
    build(sess, MlpLnLstmPolicy)
    found = shapes()
    assert {name: found.get(name) for name in NORMALIZATION} == NORMALIZATION


def test_activation_of_the_layers(sess):
    policy = build(sess, act_fun=tf.nn.relu)
    kinds = {operation.type for operation in sess.graph.get_operations()}
    assert 'Relu' in kinds
    assert policy.value(OBSERVATIONS).shape == (4,)


def test_a_custom_policy_as_users_write_it(sess):
    policy = CustomLSTMPolicy(sess, VECTOR, DISCRETE, 1, 1, None)
    assert policy.initial_state.shape == (1, 128)
    assert shapes()['lstm1/gx'] == [256]
    assert {name: shape for name, shape in shapes().items() if name.endswith('/w')} == {
        'shared_fc0/w': [3, 8], 'vf_fc0/w': [64, 5], 'vf_fc1/w': [5, 10], 'pi_fc0/w': [64, 10], 'vf/w': [10, 1],
        'pi/w': [10, 2], 'q/w': [10, 2]}


@pytest.mark.parametrize('policy', [CnnLstmPolicy, CnnLnLstmPolicy])
def test_images(sess, policy):
    built = policy(sess, IMAGE, DISCRETE, 2, 1, None, n_lstm=4)
    sess.run(tf.global_variables_initializer())
    assert shapes()['c1/w'] == [8, 8, 1, 32]
    assert shapes()['lstm1/wx'] == [512, 16]
    actions, values, state, _ = built.step(np.zeros((2, 36, 36, 1), np.uint8))
    assert actions.shape == values.shape == (2,)
    assert state.shape == (2, 8)


def test_own_extractor(sess):
    def extractor(images, width=3, **kwargs):
        return linear(tf.reshape(images, [-1, 36 * 36]), 'mine', width)
    build(sess, CnnLstmPolicy, IMAGE, cnn_extractor=extractor, width=6)
    assert shapes()['lstm1/wx'] == [6, 20]


@pytest.mark.parametrize('kwargs, parts', [
    (dict(net_arch=[64]), ["'lstm'", 'found 0 times']),
    (dict(net_arch=['lstm', 'lstm']), ["'lstm'", 'found 2 times']),
    (dict(net_arch=[64, dict(pi=['lstm'], vf=[])]), ["'lstm'", 'found 0 times']),
    (dict(net_arch=['lstm', dict(pi=['lstm'])]), ['size of a layer', "'lstm'"]),
    (dict(net_arch=['lstm', dict(q=[4])]), ["'q'", "'pi' and 'vf'"]),
    (dict(net_arch=['lstm', 0]), ['size of a layer', '0']),
    (dict(net_arch=[dict(pi=[4]), 'lstm']), ['size of a layer']),
    (dict(net_arch=64), ['net_arch=64']),
    (dict(net_arch=['lstm'], layers=[64]), ['both given']),
    (dict(layers=[64, -1]), ['layers', '-1']),
    (dict(n_lstm=0), ['n_lstm', '0']),
    (dict(feature_extraction='rnn'), ['feature_extraction', 'rnn']),
    (dict(unknown=3), ['unknown']),
], ids=str)
def test_wrong_options_are_refused(sess, kwargs, parts):
    with pytest.raises((ValueError, TypeError)) as error:
        LstmPolicy(sess, VECTOR, DISCRETE, 1, 1, None, **dict(dict(feature_extraction='mlp'), **kwargs))
    assert all(part in str(error.value) for part in parts), error.value


def test_image_networks_want_images(sess):
    with pytest.raises(ValueError, match='image'):
        CnnLstmPolicy(sess, VECTOR, DISCRETE, 1, 1, None)


# ---------------------------------------------------------------- state and mask

@pytest.mark.parametrize('policy', MLP)
def test_what_is_remembered_matters(sess, policy):
    policy = build(sess, policy)
    state = random_state(policy)
    for function in (policy.value, policy.proba_step):
        empty = function(OBSERVATIONS)
        assert np.array_equal(function(OBSERVATIONS, np.zeros_like(state), np.zeros(4)), empty)  # the defaults
        assert np.array_equal(function(OBSERVATIONS, state, np.ones(4)), empty)  # a start empties the memory
        assert np.abs(function(OBSERVATIONS, state) - empty).min() > 1e-4
    some = policy.value(OBSERVATIONS, state, np.array([True, False, True, False]))
    assert np.allclose(some[[0, 2]], policy.value(OBSERVATIONS)[[0, 2]], atol=1e-6)
    assert np.allclose(some[[1, 3]], policy.value(OBSERVATIONS, state)[[1, 3]], atol=1e-6)


@pytest.mark.parametrize('policy', MLP)
def test_rows_are_independent(sess, policy):
    policy = build(sess, policy, action_space=BOX)
    state, mask = random_state(policy), np.array([0, 1, 0, 1])
    together = policy.step(OBSERVATIONS, state, mask, deterministic=True)[:3]
    for row in range(4):
        one = slice(row, row + 1)
        alone = policy.step(OBSERVATIONS[one], state[one], mask[one], deterministic=True)[:3]
        assert all(np.allclose(mine, all_of_them[one], atol=1e-6) for mine, all_of_them in zip(alone, together))


def test_steps(sess):
    policy = build(sess)
    assert policy.initial_state.shape == (4, 10)
    assert not policy.initial_state.any()
    actions, values, state, neglogp = policy.step(OBSERVATIONS, policy.initial_state, np.zeros(4))
    assert [array.shape for array in (actions, values, state, neglogp)] == [(4,), (4,), (4, 10), (4,)]
    probabilities = policy.proba_step(OBSERVATIONS, policy.initial_state, np.zeros(4))
    assert np.allclose(neglogp, -np.log(probabilities[np.arange(4), actions]), atol=1e-5)
    assert np.array_equal(policy.step(OBSERVATIONS, deterministic=True)[0], probabilities.argmax(axis=1))


@pytest.mark.parametrize('policy', MLP)
def test_sequences_do_what_single_steps_do(sess, policy):
    single = build(sess, policy)
    several = policy(sess, VECTOR, DISCRETE, 2, 6, None, reuse=True, n_lstm=5)
    random = np.random.RandomState(0)
    observations, state = random.uniform(-1.0, 1.0, (2, 6, 3)).astype(np.float32), random_state(single, 2)
    mask = random.random_sample((2, 6)) < 0.3
    assert mask.any()
    found = several.value(observations.reshape(12, 3), state, mask.reshape(12)).reshape(2, 6)
    found_after = several.step(observations.reshape(12, 3), state, mask.reshape(12))[2]
    for step in range(6):
        _, values, state, _ = single.step(observations[:, step], state, mask[:, step])
        assert np.allclose(found[:, step], values, atol=1e-5)
    assert np.allclose(found_after, state, atol=1e-5)


# ---------------------------------------------------------------- the NumPy twin

@pytest.mark.parametrize('action_space', [DISCRETE, BOX, spaces.MultiDiscrete([2, 3]), spaces.MultiBinary(3)], ids=str)
@pytest.mark.parametrize('policy', MLP)
def test_numpy_computes_what_the_session_does(sess, policy, action_space):
    policy = build(sess, policy, action_space=action_space)
    twin = Actor(policy, sess)._forward.twin
    outputs = list(policy.pdtype.acting_tensors(policy.proba_distribution)) + [policy.snew]
    for rows in (1, 4):
        inputs = [OBSERVATIONS[:rows], random_state(policy, rows), np.float32([0, 1, 0, 0][-rows:])]
        expected = sess.run(outputs, dict(zip(policy.input_phs, inputs)))
        for mine, theirs in zip(twin(*inputs), expected):
            assert mine.dtype == theirs.dtype
            assert mine.shape == theirs.shape
            assert np.abs(mine - theirs).max() <= 1e-6 * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize('policy, kwargs', [
    (MlpLstmPolicy, dict(net_arch=[4, 'lstm', 6, dict(pi=[4], vf=[8])])),
    (MlpLnLstmPolicy, dict(net_arch=['lstm'])),
    (CustomLSTMPolicy, dict()),
    (MlpLstmPolicy, dict(layers=[4], act_fun=tf.nn.relu)),
], ids=str)
def test_other_networks_have_a_twin_too(sess, policy, kwargs):
    assert isinstance(Actor(build(sess, policy, **kwargs), sess)._forward, NumpyOrSession)


@pytest.mark.parametrize('observation_space', [spaces.Discrete(3), spaces.MultiBinary(4),
                                               spaces.Box(-1.0, 1.0, (2, 2), np.float64)], ids=str)
def test_other_observations_have_a_twin_too(sess, observation_space):
    assert isinstance(Actor(build(sess, observation_space=observation_space), sess)._forward, NumpyOrSession)


def test_image_networks_act_through_the_session(sess):
    policy = CnnLstmPolicy(sess, IMAGE, DISCRETE, 1, 1, None, n_lstm=4)
    sess.run(tf.global_variables_initializer())
    actor = Actor(policy, sess)
    assert isinstance(actor._forward, SessionForward)
    _, state = actor.act(np.ones((1, 36, 36, 1), np.uint8), actor.draw_noise(np.random.RandomState(0), 1, 1)[0],
                         actor.initial_state(1), np.array([True]))
    assert state.shape == (1, 8)


def test_the_memory_handed_out_is_not_overwritten(sess):
    actor = Actor(build(sess), sess)
    noise = actor.draw_noise(np.random.RandomState(0), 2, 4)
    _, first = actor.act(OBSERVATIONS, noise[0], actor.initial_state(4), np.ones(4, bool))
    kept = first.copy()
    _, second = actor.act(OBSERVATIONS, noise[1], first, np.zeros(4, bool))
    assert np.array_equal(first, kept)
    assert not np.allclose(second, kept)


@pytest.mark.parametrize('axis, shape', [(1, [6]), (-1, [6]), (2, [3, 6])])
def test_splits_along_the_last_axis(sess, axis, shape):
    rows = tf.placeholder(tf.float32, [None] + shape)
    parts = tf.split(rows, 2, axis=axis)
    values = np.random.RandomState(0).normal(size=[2] + shape).astype(np.float32)
    forward = forward_function(sess, [rows], [parts[1], parts[0]])
    assert isinstance(forward, NumpyOrSession)
    for mine, theirs in zip(forward.twin(values), sess.run([parts[1], parts[0]], {rows: values})):
        assert np.array_equal(mine, theirs)


def test_splits_along_other_axes_run_in_the_session(sess):
    rows = tf.placeholder(tf.float32, [None, 4, 3])
    assert isinstance(forward_function(sess, [rows], tf.split(rows, 2, axis=1)), SessionForward)


@pytest.mark.parametrize('keepdims', [False, True])
def test_means_and_unequal_splits(sess, keepdims):
    rows = tf.placeholder(tf.float32, [None, 6])
    outputs = [tf.reduce_mean(rows, axis=-1, keepdims=keepdims)] + tf.split(rows, [1, 3, 2], axis=1)
    values = np.random.RandomState(0).normal(size=(3, 6)).astype(np.float32)
    forward = forward_function(sess, [rows], outputs)
    assert isinstance(forward, NumpyOrSession)
    for mine, theirs in zip(forward.twin(values), sess.run(outputs, {rows: values})):
        assert mine.shape == theirs.shape
        assert np.allclose(mine, theirs, atol=1e-6)


# ---------------------------------------------------------------- one's own kind of memory

class Forgetful(RecurrentActorCriticPolicy):
    """Set up without ``snew``."""

    def __init__(self, sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=False, **_kwargs):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, state_shape=(3,), reuse=reuse)
        with tf.variable_scope('model', reuse=reuse):
            self._value_fn = linear(self.processed_obs, 'vf', 1)
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(self.processed_obs, self.processed_obs)
        self._setup_init()


def test_a_policy_without_its_next_memory_is_refused(sess):
    with pytest.raises(ValueError, match='Forgetful: set snew'):
        build(sess, Forgetful)
