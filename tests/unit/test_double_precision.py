"""Networks copied in double precision, and products of the Fisher matrix that are made of them."""
import numpy as np
import pytest

from stable_baselines import TRPO
from stable_baselines.common.double_precision import NoDoublePrecision, double_precision_copy
from stable_baselines.common.gym_api import gym, spaces
from stable_baselines.common.policies import FeedForwardPolicy
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv, conv_to_fc, linear
from stable_baselines.trpo_mpi import fisher
from tests.environments import RandomEnv

BOX = spaces.Box(-1.0, 1.0, (3,), np.float32)
IMAGE = spaces.Box(0, 255, (36, 36, 1), np.uint8)
OBSERVATIONS = {'Box': BOX, 'integers': spaces.Box(0, 9, (2, 2), np.int32), 'Discrete': spaces.Discrete(4),
                'MultiDiscrete': spaces.MultiDiscrete([2, 3]), 'MultiBinary': spaces.MultiBinary(3)}
ACTIONS = {'Box': BOX, 'Discrete': spaces.Discrete(3), 'MultiDiscrete': spaces.MultiDiscrete([2, 3]),
           'MultiBinary': spaces.MultiBinary(3)}


def make_model(observation_space, action_space, policy='MlpPolicy', **kwargs):
    return TRPO(policy, RandomEnv(observation_space, action_space), seed=0, n_cpu_tf_sess=1, **kwargs)


def precision_of_products(model):
    """What the Fisher matrix's products of a model are made of."""
    with model.graph.as_default():
        graph = model.trpo_graph
        return fisher._flat_and_parameters(graph.policy, graph.policy_variables)[0].dtype


def test_a_copy_gives_what_numpy_gives_in_doubles(sess):
    rows = tf.placeholder(tf.float32, [None, 3])
    hidden = tf.tanh(linear(rows, 'first', 8, init_scale=1.0))
    outputs = linear(hidden, 'second', 2, init_scale=1.0) * 0.1
    variables = tf.trainable_variables()
    copy, parameters = double_precision_copy(outputs, [rows], variables, False)
    assert copy.dtype == tf.float64 and [tensor.dtype for tensor in parameters] == [tf.float64] * 4
    sess.run(tf.global_variables_initializer())
    given = np.float32(np.random.RandomState(1).normal(size=(5, 3)))
    weights, biases, more_weights, more_biases = [np.float64(value) for value in sess.run(variables)]
    exact = (np.tanh(given @ weights + biases) @ more_weights + more_biases) * np.float64(np.float32(0.1))
    assert np.allclose(sess.run(copy, {rows: given}), exact, rtol=1e-14, atol=0)
    gradient, = tf.gradients(copy, parameters[:1])
    slopes = (1.0 - np.square(np.tanh(given @ weights + biases))) * (more_weights.sum(axis=1) * np.float32(0.1))
    assert np.allclose(sess.run(gradient, {rows: given}), np.float64(given).T @ slopes, rtol=1e-13)


def test_unknown_operations_are_not_copied(sess):
    rows = tf.placeholder(tf.float32, [None, 3])

    @tf.custom_gradient
    def halved(tensor):
        return 0.5 * tensor, lambda gradient: gradient
    with tf.control_dependencies([tf.no_op()]):
        waits = rows * 2.0
    for tensor in (tf.sin(rows), tf.stop_gradient(rows), halved(rows), waits):
        with pytest.raises(NoDoublePrecision):
            double_precision_copy(tensor, [rows], [], True)


def test_what_is_no_network_is_its_own_copy(sess):
    rows, choices = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.int32, [None])
    assert double_precision_copy(rows, [rows], [], False)[0].dtype == tf.float64
    assert double_precision_copy(choices, [choices], [], False)[0] is choices


@pytest.mark.parametrize('observation', sorted(OBSERVATIONS))
@pytest.mark.parametrize('action', sorted(ACTIONS))
def test_policies_of_vectors_have_products_in_doubles(observation, action):
    model = make_model(OBSERVATIONS[observation], ACTIONS[action])
    assert precision_of_products(model) == tf.float64
    rows = np.stack([OBSERVATIONS[observation].sample() for _ in range(6)])
    vector = np.random.RandomState(0).normal(size=model.trpo_graph.get_parameters().shape)
    exact = model.trpo_graph.fisher_vector_product(rows, vector)
    single = make_single(OBSERVATIONS[observation], ACTIONS[action])
    single.load_parameters(model.get_parameters())
    found = single.trpo_graph.fisher_vector_product(rows, vector)
    assert exact.dtype == np.float64
    assert np.linalg.norm(found - exact) < 1e-5 * np.linalg.norm(exact)


def make_single(observation_space, action_space):
    """A model whose products are of single precision."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fisher, '_OF_ANY_PRECISION', ())
        model = make_model(observation_space, action_space)
        model.trpo_graph.fisher_vector_product(  # built at the first call
            np.stack([observation_space.sample()]), np.zeros_like(model.trpo_graph.get_parameters()))
    return model


@pytest.mark.parametrize('kwargs', [
    dict(policy_kwargs=dict(net_arch=[8, dict(pi=[8], vf=[8])], act_fun=tf.nn.relu)),
    dict(policy_kwargs=dict(net_arch=[8], act_fun=tf.nn.elu)),
    dict(observation_normalization='running'),
], ids=['relu', 'elu', 'filter'])
def test_options_keep_them(kwargs):
    model = make_model(BOX, BOX, **kwargs)
    assert precision_of_products(model) == tf.float64
    model.learn(64)


def pooling_network(images, **_kwargs):
    """A convolution, the greatest of each four, and a layer."""
    convolved = tf.nn.relu(conv(images, 'c1', n_filters=4, filter_size=8, stride=4))
    pooled = tf.nn.max_pool(convolved, [1, 2, 2, 1], [1, 2, 2, 1], 'SAME')
    return tf.tanh(linear(conv_to_fc(pooled), 'fc1', 8))


class PoolingPolicy(FeedForwardPolicy):
    """For images."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, cnn_extractor=pooling_network, feature_extraction='cnn')


@pytest.mark.parametrize('policy', ['CnnPolicy', PoolingPolicy])
def test_images_have_them_where_actions_are_gaussian(policy, monkeypatch):
    model = make_model(IMAGE, BOX, policy, timesteps_per_batch=20)
    assert precision_of_products(model) == tf.float64
    model.learn(40)
    assert precision_of_products(make_model(IMAGE, spaces.Discrete(3), policy)) == tf.float32
    monkeypatch.setattr(fisher, 'has_graphics_card', lambda session: True)
    assert precision_of_products(model) == tf.float32


class SinePolicy(FeedForwardPolicy):
    """A network that is not copied."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs, act_fun=tf.sin, net_arch=[8], feature_extraction='mlp')


def test_other_networks_have_them_in_single_precision():
    model = make_model(BOX, BOX, SinePolicy, timesteps_per_batch=32)
    assert precision_of_products(model) == tf.float32
    before = model.trpo_graph.get_parameters()
    model.learn(64)
    assert not np.array_equal(model.trpo_graph.get_parameters(), before)


class Drift(gym.Env):
    """A number that drifts to where actions push it; the nearer to zero, the better."""

    observation_space = spaces.Box(-np.inf, np.inf, (1,), np.float32)
    action_space = spaces.Box(-1.0, 1.0, (2,), np.float32)

    def __init__(self):
        self.random = np.random.RandomState(0)
        self.effect = 0.3 * self.random.normal(size=(2, 1))

    def seed(self, seed=None):
        self.random = np.random.RandomState(seed)
        return [seed]

    def reset(self):
        self.number, self.n_steps = self.random.normal(size=1), 0
        return np.float32(self.number)

    def step(self, action):
        self.number = 0.95 * self.number + action @ self.effect + 0.02 * self.random.normal(size=1)
        self.n_steps += 1
        return np.float32(self.number), -float(self.number @ self.number), self.n_steps >= 50, {}


def test_updates_do_not_depend_on_the_order_of_rows():
    """With products in single precision they differ by some thousandths."""
    model = TRPO('MlpPolicy', Drift(), seed=0, timesteps_per_batch=260, n_cpu_tf_sess=1)
    natural_gradient, differences = model.trpo_graph.natural_gradient, []

    def of_any_order(*batch):
        """Every fifth row makes the Fisher matrix, so these five kinds of rows are shuffled among themselves."""
        order = np.random.RandomState(0).permutation(52)[:, None] * 5 + np.arange(5)
        starts = [natural_gradient(*[array[rows] for array in batch]) for rows in (slice(None), order.reshape(-1))]
        first, second = [start.direction * np.sqrt(model.max_kl / start.curvature) for start in starts]
        differences.append(np.abs(first - second).max())
        return starts[0]
    model.trpo_graph = model.trpo_graph._replace(natural_gradient=of_any_order)
    model.learn(20 * 260)
    assert len(differences) == 20
    assert max(differences) < 1e-5
