"""Policies as users write them: by subclassing, with TensorFlow imported under its own name."""
import numpy as np
import pytest

from stable_baselines import GAIL, SAC, TRPO
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.policies import ActorCriticPolicy, FeedForwardPolicy
from stable_baselines.common.policies import register_policy as register
from stable_baselines.common.tf1 import tensorflow_major_version
from stable_baselines.common.tf_layers import conv, conv_to_fc, linear
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv, random_demonstrations, sample

CLASSIC = tensorflow_major_version() == 1
if CLASSIC:
    import tensorflow as tf
else:
    import tensorflow.compat.v1 as tf

VECTOR, IMAGE = spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Box(0, 255, (12, 12, 3), np.uint8)
BOX, CHOICE = spaces.Box(-1.0, 1.0, (2,), np.float32), spaces.Discrete(3)


class Wide(FeedForwardPolicy):
    """Another architecture, as the guide of stable-baselines gives it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, net_arch=[dict(pi=[128, 128, 128], vf=[128, 128, 128])],
                         feature_extraction='mlp')


def small_cnn(images, **kwargs):
    """Features of images, out of the library's layers."""
    hidden = tf.nn.relu(conv(images, 'first', n_filters=4, filter_size=4, stride=2, init_scale=np.sqrt(2), **kwargs))
    return tf.nn.relu(linear(conv_to_fc(hidden), 'features', 16, init_scale=np.sqrt(2)))


class SmallCnn(FeedForwardPolicy):
    """Another extractor and activation."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, cnn_extractor=small_cnn, act_fun=tf.nn.relu, net_arch=[8, dict(vf=[8])])


def layer(rows, size, name):
    """A fully connected layer of nothing but TensorFlow's variables."""
    with tf.variable_scope(name):
        weights = tf.get_variable('kernel', [int(rows.shape[1]), size])
        return tf.matmul(rows, weights) + tf.get_variable('bias', [size], initializer=tf.zeros_initializer())


class FromScratch(ActorCriticPolicy):
    """Everything by hand: network, and how it is asked. Value layers are named as stable-baselines names them."""

    dense, names = staticmethod(layer), ('pi_fc{}', 'vf_fc{}', 'vf')

    def __init__(self, sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=False, **kwargs):
        super().__init__(sess, ob_space, ac_space, n_env, n_steps, n_batch, reuse=reuse, scale=True)
        self.options = kwargs
        with tf.variable_scope('model', reuse=reuse):
            pi_latent = vf_latent = self.features()
            for number in range(2):
                pi_latent = tf.nn.relu(self.dense(pi_latent, 16, name=self.names[0].format(number)))
                vf_latent = tf.nn.relu(self.dense(vf_latent, 16, name=self.names[1].format(number)))
            value = self.dense(vf_latent, 1, name=self.names[2])
            self._proba_distribution, self._policy, self.q_value = \
                self.pdtype.proba_distribution_from_latent(pi_latent, vf_latent, init_scale=0.01)
        self._value_fn = value
        self._setup_init()

    def features(self):
        return self.processed_obs

    def step(self, obs, state=None, mask=None, deterministic=False):
        action = self.deterministic_action if deterministic else self.action
        action, value, neglogp = self.sess.run([action, self.value_flat, self.neglogp], {self.obs_ph: obs})
        return action, value, self.initial_state, neglogp

    def proba_step(self, obs, state=None, mask=None):
        return self.sess.run(self.policy_proba, {self.obs_ph: obs})

    def value(self, obs, state=None, mask=None):
        return self.sess.run(self.value_flat, {self.obs_ph: obs})


class OtherNames(FromScratch):
    """Layers whose names do not tell whether they are the policy's or the values', and no ``step`` of its own."""

    names = ('actor{}', 'critic{}', 'worth')
    step, proba_step, value = ActorCriticPolicy.step, ActorCriticPolicy.proba_step, ActorCriticPolicy.value


class ImagesFromScratch(FromScratch):
    """On images."""

    def features(self):
        return small_cnn(self.processed_obs)


CASES = [(Wide, VECTOR, BOX), (SmallCnn, IMAGE, CHOICE), (FromScratch, VECTOR, BOX), (FromScratch, VECTOR, CHOICE),
         (OtherNames, VECTOR, CHOICE), (ImagesFromScratch, IMAGE, BOX)]
if CLASSIC:
    class OfLayers(FromScratch):
        """As the guide writes it; TensorFlow 2 has no ``tf.layers`` any more."""

        dense = staticmethod(tf.layers.dense)

    CASES.append((OfLayers, VECTOR, BOX))


def build(algorithm, policy, observation_space, action_space):
    extra = dict(g_step=1, hidden_size_adversary=8) if algorithm is GAIL else {}
    return algorithm(policy, RandomEnv(observation_space, action_space), seed=0, timesteps_per_batch=32, cg_iters=2,
                     vf_stepsize=1e-2, **extra)


@pytest.mark.parametrize('algorithm', [TRPO, GAIL])
@pytest.mark.parametrize('policy, observation_space, action_space', CASES,
                         ids=['{}-{}'.format(case[0].__name__, type(case[2]).__name__) for case in CASES])
def test_whole_life(algorithm, policy, observation_space, action_space, tmp_path):
    dataset = random_demonstrations(observation_space, action_space)
    model = build(algorithm, policy, observation_space, action_space)
    if algorithm is GAIL:
        model.expert_dataset = dataset
    before = model.get_parameters()
    model.learn(32)
    learned = model.get_parameters()
    assert all(np.isfinite(value).all() for value in learned.values())
    unmoved = {name for name in before if np.array_equal(before[name], learned[name]) and not name.startswith('oldpi/')}
    assert unmoved <= {'model/q/w:0', 'model/q/b:0'}  # on which nothing depends
    model.pretrain(dataset, n_epochs=1)
    cloned = {name for name, value in model.get_parameters().items() if not np.array_equal(value, learned[name])}
    assert 'model/pi/w:0' in cloned and not cloned & {'model/vf/w:0', 'model/vf/kernel:0', 'model/worth/kernel:0'}

    random = np.random.RandomState(3)
    observations = np.array([sample(observation_space, random) for _ in range(4)])
    assert model.predict(observations)[0].shape == (4,) + tuple(action_space.shape or ())
    model.save(str(tmp_path / 'model'))
    loaded = algorithm.load(str(tmp_path / 'model'), **(dict(policy=policy) if algorithm is TRPO else {}))
    assert type(loaded.policy_pi) is policy
    assert np.array_equal(loaded.predict(observations, deterministic=True)[0],
                          model.predict(observations, deterministic=True)[0])
    saved = model.get_parameters()
    assert all(np.array_equal(value, saved[name]) for name, value in loaded.get_parameters().items())


def test_an_own_policy_is_recorded_and_imitated(tmp_path):
    expert = build(TRPO, FromScratch, VECTOR, CHOICE)
    generate_expert_traj(expert, tmp_path / 'expert', n_episodes=3)
    dataset = ExpertDataset(tmp_path / 'expert.npz', verbose=0)
    build_kwargs = dict(timesteps_per_batch=32, cg_iters=2, seed=0)
    model = GAIL(OtherNames, expert.get_env(), dataset, **build_kwargs)
    assert model.learn(32).num_timesteps >= 32


def test_classes_made_in_a_function(tmp_path):
    """Nobody finds those by name: the file says so, and ``policy`` is the way."""
    class Local(Wide):
        """Not to be found."""

    build(TRPO, Local, VECTOR, CHOICE).save(str(tmp_path / 'model'))
    with pytest.raises(ValueError, match="'policy'.*custom_objects"):
        TRPO.load(str(tmp_path / 'model'))
    assert TRPO.load(str(tmp_path / 'model'), policy=Local).policy is Local
    assert TRPO.load(str(tmp_path / 'model'), custom_objects=dict(policy=Local)).policy is Local


def test_policies_given_to_load_are_checked(tmp_path):
    build(TRPO, 'MlpPolicy', VECTOR, CHOICE).save(str(tmp_path / 'model'))
    with pytest.raises(ValueError, match='policy=.*TRPO needs a subclass of .*ActorCriticPolicy'):
        TRPO.load(str(tmp_path / 'model'), policy=SAC)
    with pytest.raises(ValueError, match="^policy='NoSuch'"):
        TRPO.load(str(tmp_path / 'model'), policy='NoSuch')
    with pytest.raises(ValueError, match='model.*its parameters are not those'):
        TRPO.load(str(tmp_path / 'model'), policy=Wide)
    assert TRPO.load(str(tmp_path / 'model'), policy='MlpPolicy').predict(np.zeros(3))[0] in range(3)


def test_an_own_policy_by_name(tmp_path):
    register('WidePolicy', Wide)
    model = build(TRPO, 'WidePolicy', VECTOR, CHOICE)
    assert model.policy is Wide
    model.save(str(tmp_path / 'model'))
    assert TRPO.load(str(tmp_path / 'model'), policy='WidePolicy').policy is Wide


def test_options_of_an_own_policy_are_saved(tmp_path):
    """What is in ``policy_kwargs`` reaches the class again after loading, without being named a second time."""
    model = TRPO(FromScratch, RandomEnv(VECTOR, CHOICE), policy_kwargs=dict(temperature=2.0))
    assert model.policy_pi.options == dict(temperature=2.0)
    model.save(str(tmp_path / 'model'))
    assert TRPO.load(str(tmp_path / 'model')).policy_pi.options == dict(temperature=2.0)
