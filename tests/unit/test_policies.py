"""Policies: networks and their variables, options, steps, names."""
import numpy as np
import pytest

from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import (
    ActorCriticPolicy,
    BasePolicy,
    CnnPolicy,
    FeedForwardPolicy,
    MlpPolicy,
    get_policy_from_name,
    mlp_extractor,
    nature_cnn,
    register_policy,
)
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.sac.policies import SACPolicy

VECTOR = spaces.Box(-1.0, 1.0, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 36, 2), np.uint8)
DISCRETE, BOX = spaces.Discrete(3), spaces.Box(-1.0, 1.0, (2,), np.float32)


def build(sess, policy=MlpPolicy, observation_space=VECTOR, action_space=DISCRETE, **kwargs):
    built = policy(sess, observation_space, action_space, 1, 1, None, **kwargs)
    sess.run(tf.global_variables_initializer())
    return built


def shapes():
    return {variable.name: variable.shape.as_list() for variable in tf.trainable_variables()}


def test_variables_of_the_default_network(sess):
    build(sess)
    assert shapes() == {
        'model/pi_fc0/w:0': [3, 64], 'model/pi_fc0/b:0': [64], 'model/vf_fc0/w:0': [3, 64], 'model/vf_fc0/b:0': [64],
        'model/pi_fc1/w:0': [64, 64], 'model/pi_fc1/b:0': [64], 'model/vf_fc1/w:0': [64, 64], 'model/vf_fc1/b:0': [64],
        'model/vf/w:0': [64, 1], 'model/vf/b:0': [1], 'model/pi/w:0': [64, 3], 'model/pi/b:0': [3],
        'model/q/w:0': [64, 3], 'model/q/b:0': [3]}


@pytest.mark.parametrize('kwargs, expected', [
    (dict(net_arch=[]), {}),
    (dict(net_arch=[5, 4]), {'shared_fc0': [3, 5], 'shared_fc1': [5, 4]}),
    (dict(net_arch=[5, dict(vf=[4], pi=[6, 7])]),
     {'shared_fc0': [3, 5], 'vf_fc0': [5, 4], 'pi_fc0': [5, 6], 'pi_fc1': [6, 7]}),
    (dict(net_arch=[dict(pi=[6])]), {'pi_fc0': [3, 6]}),
    (dict(layers=[5, 4]), {'pi_fc0': [3, 5], 'vf_fc0': [3, 5], 'pi_fc1': [5, 4], 'vf_fc1': [5, 4]}),
])
def test_network_architectures(sess, kwargs, expected):
    build(sess, **kwargs)
    found = {name[len('model/'):-len('/w:0')]: shape for name, shape in shapes().items() if name.endswith('/w:0')}
    assert {name: found[name] for name in found if 'fc' in name} == expected


def test_activation(sess):
    used = []
    build(sess, act_fun=lambda tensor: used.append(tensor) or tf.nn.relu(tensor))
    assert len(used) == 4


def test_one_set_of_weights_may_serve_two_batches(sess):
    first = build(sess)
    second = MlpPolicy(sess, VECTOR, DISCRETE, 1, 1, None, reuse=True)
    assert len(tf.trainable_variables()) == 14
    assert first.obs_ph is not second.obs_ph
    rows = np.ones((2, 3), np.float32)
    assert np.array_equal(first.proba_step(rows), second.proba_step(rows))


def test_attributes(sess):
    policy = build(sess)
    assert (policy.is_discrete, policy.recurrent, policy.initial_state, policy.action_ph) == (True, False, None, None)
    assert policy.obs_ph.shape.as_list() == policy.processed_obs.shape.as_list() == [None, 3]
    for tensor, shape in ((policy.value_fn, [None, 1]), (policy.value_flat, [None]), (policy.action, [None]),
                          (policy.neglogp, [None]), (policy.policy, [None, 3]), (policy.q_value, [None, 3]),
                          (policy.policy_proba, [None, 3])):
        assert tensor.shape.as_list() == shape
    assert not build_in_new_graph(action_space=BOX).is_discrete


def build_in_new_graph(**kwargs):
    with tf.Graph().as_default():
        return build(make_session(1), **kwargs)


@pytest.mark.parametrize('action_space, action_shape', [
    (DISCRETE, ()), (BOX, (2,)), (spaces.MultiDiscrete([2, 3]), (2,)), (spaces.MultiBinary(4), (4,))], ids=str)
def test_steps(action_space, action_shape):
    policy = build_in_new_graph(action_space=action_space)
    rows = np.random.RandomState(0).normal(size=(5, 3)).astype(np.float32)
    actions, values, state, neglogp = policy.step(rows)
    assert actions.shape == (5,) + action_shape
    assert values.shape == neglogp.shape == (5,)
    assert state is None
    assert np.allclose(values, policy.value(rows))
    certain = [policy.step(rows, deterministic=True)[0] for _ in range(2)]
    assert np.array_equal(certain[0], certain[1])


def test_probabilities():
    rows = np.zeros((5, 3), np.float32)
    assert np.allclose(build_in_new_graph().proba_step(rows).sum(axis=1), 1.0)
    mean, std = build_in_new_graph(action_space=BOX).proba_step(rows)
    assert mean.shape == std.shape == (5, 2)
    assert (std == 1.0).all()
    assert build_in_new_graph(action_space=spaces.MultiBinary(4)).proba_step(rows).shape == (5, 4)
    parts = build_in_new_graph(action_space=spaces.MultiDiscrete([2, 3])).proba_step(rows)
    assert [part.shape for part in parts] == [(5, 2), (5, 3)]
    assert all(np.allclose(part.sum(axis=1), 1.0) for part in parts)


def test_images(sess):
    policy = build(sess, CnnPolicy, IMAGE)
    assert shapes()['model/c1/w:0'] == [8, 8, 2, 32]
    assert shapes()['model/fc1/w:0'] == [64, 512]
    rows = np.random.RandomState(0).randint(256, size=(2, 36, 36, 2)).astype(np.uint8)
    assert sess.run(policy.processed_obs, {policy.obs_ph: rows}).max() <= 1.0
    assert np.allclose(policy.proba_step(rows).sum(axis=1), 1.0)


def test_own_extractor_and_its_options(sess):
    def extractor(images, scale):
        return scale * tf.reduce_mean(images, axis=[1, 2])

    build(sess, CnnPolicy, IMAGE, cnn_extractor=extractor, scale=2.0, net_arch=[7])
    assert shapes()['model/shared_fc0/w:0'] == [2, 7]


def test_nature_network(sess):
    assert nature_cnn(tf.zeros([2, 84, 84, 4])).shape.as_list() == [2, 512]


@pytest.mark.parametrize('shape, advice', [((35, 36, 3), "'MlpPolicy'.*cnn_extractor"), ((3, 36, 36), 'channels last')])
def test_nature_network_on_other_images(sess, shape, advice):
    assert nature_cnn(tf.zeros([2, 36, 36, 4])).shape.as_list() == [2, 512]
    with pytest.raises(ValueError, match='36 x 36 pixels expected, .*shape \\({}.*'.format(shape[0]) + advice):
        build(sess, CnnPolicy, spaces.Box(0, 255, shape, np.uint8))


def test_extractor(sess):
    pi, vf = mlp_extractor(tf.zeros([2, 3]), [4, dict(pi=[5])], tf.nn.relu)
    assert (pi.shape.as_list(), vf.shape.as_list()) == ([2, 5], [2, 4])


class FromScratch(ActorCriticPolicy):
    """A policy written as stable-baselines' documentation tells to."""

    def __init__(self, sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=False, **kwargs):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=True)
        with tf.variable_scope('model', reuse=reuse):
            hidden = tf.get_variable('hidden', [3, 4])
            latent = tf.tanh(tf.matmul(self.processed_obs, hidden))
            value = tf.matmul(latent, tf.get_variable('vf_weights', [4, 1]))
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(latent, latent, init_scale=0.01)
        self._value_fn = value
        self._setup_init()


def test_policies_from_scratch(sess):
    policy = build(sess, FromScratch)
    assert policy.step(np.zeros((2, 3)))[0].shape == (2,)


def test_forgotten_parts_are_named(sess):
    class Unfinished(ActorCriticPolicy):
        """Sets nothing."""

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            self._setup_init()

    with pytest.raises(ValueError, match='Unfinished: set _proba_distribution and _value_fn'):
        build(sess, Unfinished)


@pytest.mark.parametrize('base', [ActorCriticPolicy, SACPolicy])
def test_policies_of_one_s_own_may_check_their_options(base):
    base._kwargs_check('mlp', {})
    base._kwargs_check('cnn', dict(n_filters=3))
    with pytest.raises(ValueError, match="unexpected options \\['size'\\]"):
        base._kwargs_check('mlp', dict(size=3))


def test_action_placeholder(sess):
    class WithActions(MlpPolicy):
        """Only its placeholder is of interest."""

        def __init__(self, sess, ob_space, ac_space, *args, **kwargs):
            BasePolicy.__init__(self, sess, ob_space, ac_space, 1, 1, None, add_action_ph=True)

    assert WithActions(sess, VECTOR, BOX).action_ph.shape.as_list() == [None, 2]


@pytest.mark.parametrize('policy, kwargs, error, message', [
    (CnnPolicy, dict(), ValueError, "CnnPolicy: images expected .*Box\\(3,\\) float32 found. Use 'MlpPolicy'"),
    (MlpPolicy, dict(size=3), TypeError, "MlpPolicy: unexpected options \\['size'\\] in policy_kwargs"),
    (MlpPolicy, dict(net_arch=3), ValueError, 'net_arch=3'),
    (MlpPolicy, dict(net_arch=[0]), ValueError, r'net_arch=\[0\].*whole number'),
    (MlpPolicy, dict(net_arch=[dict(q=[3])]), ValueError, "branches \\['q'\\] found, 'pi' and 'vf' expected"),
    (MlpPolicy, dict(net_arch=[dict(pi=3)]), ValueError, 'net_arch='),
    (MlpPolicy, dict(layers=['a']), ValueError, "'a'"),
    (MlpPolicy, dict(layers=3), ValueError, 'layers=3: '),
    (MlpPolicy, dict(act_fun='tanh'), TypeError, "act_fun='tanh'"),
    (FeedForwardPolicy, dict(feature_extraction='rnn'), ValueError, "='rnn'; expected 'cnn' or 'mlp'"),
])
def test_wrong_options_are_refused(sess, policy, kwargs, error, message):
    with pytest.raises(error, match=message):
        build(sess, policy, **kwargs)


def test_policies_by_name():
    assert get_policy_from_name(ActorCriticPolicy, 'MlpPolicy') is MlpPolicy
    with pytest.raises(ValueError, match="policy='Unknown'.*known are .*CnnPolicy, .*MlpPolicy"):
        get_policy_from_name(ActorCriticPolicy, 'Unknown')
    register_policy('FromScratch', FromScratch)
    register_policy('FromScratch', FromScratch)
    assert get_policy_from_name(ActorCriticPolicy, 'FromScratch') is FromScratch
    with pytest.raises(ValueError, match="'FromScratch' belongs to FromScratch already"):
        register_policy('FromScratch', MlpPolicy)
    with pytest.raises(ValueError, match='int belongs to none of the families'):
        register_policy('Number', int)
