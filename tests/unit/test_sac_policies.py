"""SAC's policies: names of variables, shapes, options."""
import numpy as np
import pytest
from gym import spaces

from stable_baselines.common.policies import get_policy_from_name
from stable_baselines.common.tf1 import tf
from stable_baselines.sac import CnnPolicy, LnCnnPolicy, LnMlpPolicy, MlpPolicy
from stable_baselines.sac.policies import FeedForwardPolicy, SACPolicy

VECTORS = spaces.Box(-1.0, 1.0, (3,), dtype=np.float32)
IMAGES = spaces.Box(0, 255, (36, 36, 1), dtype=np.uint8)
ACTIONS = spaces.Box(-2.0, 2.0, (2,), dtype=np.float32)


def build(policy_class, ob_space=VECTORS, ac_space=ACTIONS, **options):
    """All networks of a policy, as SAC makes them: the policy and the outputs by name."""
    sess = tf.Session()
    policy = policy_class(sess, ob_space, ac_space, **options)
    with tf.variable_scope('model'):
        deterministic, random, logp = policy.make_actor()
        action = tf.placeholder(tf.float32, [None, int(np.prod(ac_space.shape))])
        qf1, qf2, value = policy.make_critics(action=action)
        policy.make_critics(action=random, reuse=True, create_vf=False)
    return policy, dict(deterministic=deterministic, random=random, logp=logp, qf1=qf1, qf2=qf2, value=value,
                        action=action)


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def names():
    return [variable.name for variable in tf.trainable_variables()]


def layer_names(scope, layers):
    return ['{}/{}/{}:0'.format(scope, layer, part) for layer in layers for part in ('kernel', 'bias')]


def test_mlp_variables_are_those_of_the_file_format():
    build(MlpPolicy)
    assert names() == (layer_names('model/pi', ['fc0', 'fc1', 'dense', 'dense_1'])
                       + layer_names('model/values_fn/vf', ['fc0', 'fc1', 'vf'])
                       + layer_names('model/values_fn/qf1', ['fc0', 'fc1', 'qf1'])
                       + layer_names('model/values_fn/qf2', ['fc0', 'fc1', 'qf2']))


def test_layer_norm_variables():
    build(LnMlpPolicy)
    assert [name for name in names() if name.startswith('model/pi')] == [
        'model/pi/fc0/kernel:0', 'model/pi/fc0/bias:0', 'model/pi/LayerNorm/beta:0', 'model/pi/LayerNorm/gamma:0',
        'model/pi/fc1/kernel:0', 'model/pi/fc1/bias:0', 'model/pi/LayerNorm_1/beta:0', 'model/pi/LayerNorm_1/gamma:0',
        'model/pi/dense/kernel:0', 'model/pi/dense/bias:0', 'model/pi/dense_1/kernel:0', 'model/pi/dense_1/bias:0']


@pytest.mark.parametrize('policy_class, normalizes', [(CnnPolicy, False), (LnCnnPolicy, True)])
def test_image_networks_are_one_for_the_actor_and_one_for_the_critics(policy_class, normalizes):
    build(policy_class, IMAGES)
    convolutions = [name for name in names() if '/c1/w' in name]
    assert convolutions == ['model/pi/c1/w:0', 'model/values_fn/c1/w:0']
    assert any('LayerNorm' in name for name in names()) == normalizes


def test_shapes():
    policy, tensors = build(MlpPolicy, layers=[8])
    policy.sess.run(tf.global_variables_initializer())
    values = policy.sess.run(tensors, {policy.obs_ph: np.zeros((5, 3)), tensors['action']: np.zeros((5, 2))})
    assert {name: value.shape for name, value in values.items()} == dict(
        deterministic=(5, 2), random=(5, 2), logp=(5,), qf1=(5, 1), qf2=(5, 1), value=(5, 1), action=(5, 2))
    assert [variable.shape.as_list() for variable in tf.trainable_variables()][0] == [3, 8]


def test_actions_of_any_rank_are_rows():
    policy, tensors = build(MlpPolicy, ac_space=spaces.Box(-1.0, 1.0, (2, 3), dtype=np.float32))
    policy.sess.run(tf.global_variables_initializer())
    assert policy.step(np.zeros((4, 3))).shape == (4, 6)


def test_critics_that_were_not_asked_for_are_none():
    policy = MlpPolicy(None, VECTORS, ACTIONS)
    assert policy.make_critics(scope='a', create_qf=False)[:2] == (None, None)
    assert policy.make_critics(scope='b', action=tf.zeros([1, 2]), create_vf=False)[2] is None


def test_step_is_random_unless_told_otherwise():
    policy, _ = build(MlpPolicy)
    policy.sess.run(tf.global_variables_initializer())
    observations = np.ones((4, 3), np.float32)
    assert not np.array_equal(policy.step(observations), policy.step(observations))
    first = policy.step(observations, deterministic=True)
    np.testing.assert_array_equal(first, policy.step(observations, deterministic=True))
    mean, std = policy.proba_step(observations)
    np.testing.assert_allclose(np.tanh(mean), first, rtol=1e-5)
    assert np.all(std > 0) and std.shape == (4, 2)


def test_fed_noise_makes_the_actions():
    policy, tensors = build(MlpPolicy)
    policy.sess.run(tf.global_variables_initializer())
    noise = np.random.RandomState(0).normal(size=(4, 2)).astype(np.float32)
    feed = {policy.obs_ph: np.ones((4, 3)), policy.noise: noise}
    mean, std, actions, logp = policy.sess.run([policy.act_mu, policy.std, tensors['random'], tensors['logp']], feed)
    np.testing.assert_allclose(actions, np.tanh(mean + std * noise), rtol=1e-5)
    expected = (-0.5 * noise ** 2 - np.log(std) - 0.5 * np.log(2 * np.pi) - np.log(1 - actions ** 2 + 1e-6)).sum(axis=1)
    np.testing.assert_allclose(logp, expected, rtol=1e-4, atol=1e-5)


def test_log_standard_deviation_is_limited():
    policy, _ = build(MlpPolicy)
    policy.sess.run(tf.global_variables_initializer())
    bias = [variable for variable in tf.trainable_variables() if variable.name == 'model/pi/dense_1/bias:0'][0]
    for value, limit in ((50.0, 2.0), (-50.0, -20.0)):
        policy.sess.run(tf.assign(bias, [value, value]))
        np.testing.assert_allclose(np.log(policy.proba_step(np.zeros((1, 3)))[1]), limit, rtol=1e-5)


def test_regularization_by_hand():
    policy, _ = build(MlpPolicy, reg_weight=0.1)
    policy.sess.run(tf.global_variables_initializer())
    loss, mean, log_std = policy.sess.run([policy.reg_loss, policy.act_mu, policy.log_std],
                                          {policy.obs_ph: np.ones((4, 3))})
    np.testing.assert_allclose(loss, 0.05 * (np.mean(mean ** 2) + np.mean(log_std ** 2)), rtol=1e-5)
    assert build_without_regularization().reg_loss is None


def build_without_regularization():
    with tf.Graph().as_default():
        return build(MlpPolicy)[0]


def test_activation_and_own_extractor():
    seen = []

    def extractor(images, factor=1.0):
        seen.append(factor)
        return factor * tf.reshape(images, [-1, 36 * 36])
    policy, _ = build(FeedForwardPolicy, IMAGES, layers=[4], act_fun=tf.sin, cnn_extractor=extractor, factor=2.0)
    assert set(seen) == {2.0}
    assert 'Sin' in {operation.type for operation in policy.act_mu.graph.get_operations()}


def test_images_are_scaled():
    policy, _ = build(CnnPolicy, IMAGES)
    images = np.full((1, 36, 36, 1), 255, np.uint8)
    np.testing.assert_allclose(policy.sess.run(policy.processed_obs, {policy.obs_ph: images}), 1.0)


@pytest.mark.parametrize('policy_class, options, error, message', [
    (CnnPolicy, {}, ValueError, 'images expected'),
    (MlpPolicy, dict(net_arch=[64]), TypeError, "unexpected options .'net_arch'."),
    (MlpPolicy, dict(layers=[64, 0]), ValueError, 'layers='),
    (MlpPolicy, dict(layers=['64']), ValueError, 'layers='),
    (FeedForwardPolicy, dict(feature_extraction='rnn'), ValueError, "feature_extraction='rnn'")])
def test_wrong_options(policy_class, options, error, message):
    with pytest.raises(error, match=message):
        policy_class(None, VECTORS, ACTIONS, **options)


def test_known_by_name():
    found = {name: get_policy_from_name(SACPolicy, name) for name in ('MlpPolicy', 'LnMlpPolicy', 'CnnPolicy',
                                                                      'LnCnnPolicy')}
    assert found == dict(MlpPolicy=MlpPolicy, LnMlpPolicy=LnMlpPolicy, CnnPolicy=CnnPolicy, LnCnnPolicy=LnCnnPolicy)
    with pytest.raises(ValueError, match='LnMlpPolicy'):
        get_policy_from_name(SACPolicy, 'MlpLstmPolicy')
