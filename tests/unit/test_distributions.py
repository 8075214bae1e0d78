"""Action distributions: closed forms, SciPy, gradients, and frequencies of samples drawn in the graph and in NumPy."""
import numpy as np
import pytest
from scipy import special, stats

from stable_baselines.common.distributions import (
    BernoulliProbabilityDistributionType,
    CategoricalProbabilityDistributionType,
    DiagGaussianProbabilityDistributionType,
    MultiCategoricalProbabilityDistribution,
    MultiCategoricalProbabilityDistributionType,
    make_proba_dist_type,
    shape_el,
)
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.tf1 import tf
from tests.graphs import finite_differences


class Categorical:
    """Three choices, in SciPy."""

    kind, n_parameters = CategoricalProbabilityDistributionType(3), 3
    actions = np.array([0, 2, 1, 2])

    @staticmethod
    def neglogp(flat, actions):
        return -special.log_softmax(flat, axis=1)[np.arange(len(flat)), actions]

    @staticmethod
    def entropy(flat):
        return stats.entropy(special.softmax(flat, axis=1), axis=1)

    @staticmethod
    def kl(flat, other):
        return stats.entropy(special.softmax(flat, axis=1), special.softmax(other, axis=1), axis=1)

    @staticmethod
    def mode(flat):
        return flat.argmax(axis=1)

    @staticmethod
    def outcomes(samples):
        return np.eye(3)[samples]

    @staticmethod
    def probabilities(flat):
        return special.softmax(flat, axis=-1)


class Bernoulli:
    """Two yes-or-no actions."""

    kind, n_parameters = BernoulliProbabilityDistributionType(2), 2
    actions = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])

    @staticmethod
    def neglogp(flat, actions):
        return -stats.bernoulli.logpmf(actions, special.expit(flat)).sum(axis=1)

    @staticmethod
    def entropy(flat):
        return stats.bernoulli(special.expit(flat)).entropy().sum(axis=1)

    @staticmethod
    def kl(flat, other):
        p, q = special.expit(flat), special.expit(other)
        return (p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))).sum(axis=1)

    @staticmethod
    def mode(flat):
        return (flat > 0).astype(int)

    @staticmethod
    def outcomes(samples):
        return samples

    @staticmethod
    def probabilities(flat):
        return special.expit(flat)


class MultiCategorical:
    """Two choices, of two and of three."""

    kind, n_parameters = MultiCategoricalProbabilityDistributionType([2, 3]), 5
    actions = np.array([[0, 2], [1, 0], [1, 1], [0, 0]])

    @staticmethod
    def neglogp(flat, actions):
        return Categorical.neglogp(flat[:, :2], actions[:, 0]) + Categorical.neglogp(flat[:, 2:], actions[:, 1])

    @staticmethod
    def entropy(flat):
        return Categorical.entropy(flat[:, :2]) + Categorical.entropy(flat[:, 2:])

    @staticmethod
    def kl(flat, other):
        return Categorical.kl(flat[:, :2], other[:, :2]) + Categorical.kl(flat[:, 2:], other[:, 2:])

    @staticmethod
    def mode(flat):
        return np.stack([flat[:, :2].argmax(axis=1), flat[:, 2:].argmax(axis=1)], axis=1)

    @staticmethod
    def outcomes(samples):
        return np.concatenate([np.eye(2)[samples[..., 0]], np.eye(3)[samples[..., 1]]], axis=-1)

    @staticmethod
    def probabilities(flat):
        return np.concatenate([special.softmax(part, axis=-1) for part in (flat[..., :2], flat[..., 2:])], axis=-1)


class Gaussian:
    """Two numbers; outcomes are whether each is above its mean, and whether within a standard deviation of it."""

    kind, n_parameters = DiagGaussianProbabilityDistributionType(2), 4
    actions = np.array([[0.3, -1.0], [2.0, 0.1], [-0.5, 0.5], [0.0, 0.0]])

    @staticmethod
    def neglogp(flat, actions):
        return -stats.norm.logpdf(actions, flat[:, :2], np.exp(flat[:, 2:])).sum(axis=1)

    @staticmethod
    def entropy(flat):
        return stats.norm(flat[:, :2], np.exp(flat[:, 2:])).entropy().sum(axis=1)

    @staticmethod
    def kl(flat, other):
        variances, others = np.exp(2 * flat[:, 2:]), np.exp(2 * other[:, 2:])
        distances = np.square(flat[:, :2] - other[:, :2])
        return 0.5 * (np.log(others / variances) + (variances + distances) / others - 1.0).sum(axis=1)

    @staticmethod
    def mode(flat):
        return flat[:, :2]

    @staticmethod
    def outcomes(samples):
        standard = (samples - FLAT[0, :2]) / np.exp(FLAT[0, 2:4])
        return np.concatenate([standard > 0.0, np.abs(standard) < 1.0], axis=-1)

    @staticmethod
    def probabilities(flat):
        return np.repeat([0.5, stats.norm.cdf(1.0) - stats.norm.cdf(-1.0)], 2)


FLAT = np.random.RandomState(0).normal(size=(4, 5))
OTHER = np.random.RandomState(1).normal(size=(4, 5))


def acting(kind, flat):
    """What ``numpy_action`` takes, for given parameters."""
    with tf.Graph().as_default(), tf.Session() as sess:
        distribution = kind.proba_distribution_from_flat(tf.constant(flat))
        return sess.run(kind.acting_tensors(distribution))


class Graph:
    """Everything about one kind of distribution, run once."""

    def __init__(self, expected, flat=FLAT, other=OTHER):
        self.expected = expected
        self.flat = np.float32(flat[:, :expected.n_parameters])
        self.other = np.float32(other[:, :expected.n_parameters])
        with tf.Graph().as_default():
            tf.set_random_seed(3)
            flat = expected.kind.param_placeholder([None])
            other = expected.kind.param_placeholder([None])
            actions = expected.kind.sample_placeholder([None])
            distribution = expected.kind.proba_distribution_from_flat(flat)
            measures = dict(neglogp=distribution.neglogp(actions), entropy=distribution.entropy(),
                            kl=distribution.kl(expected.kind.proba_distribution_from_flat(other)))
            tensors = dict(measures, logp=distribution.logp(actions), mode=distribution.mode(),
                           flatparam=distribution.flatparam(), sample=distribution.sample())
            tensors.update({'gradient of ' + name: tf.gradients(value, flat)[0] for name, value in measures.items()})
            tensors['gradient of kl to the other'] = tf.gradients(measures['kl'], other)[0]
            tensors['curvature'] = tf.gradients(tensors['gradient of kl to the other'], other)[0]
            with tf.Session() as sess:
                feed = {flat: self.flat, other: self.other, actions: expected.actions}
                self.values = sess.run(tensors, feed)
                self.samples = sess.run(tensors['sample'], {flat: np.repeat(self.flat[:1], 20000, axis=0)})


@pytest.fixture(scope='module', params=[Categorical, Bernoulli, MultiCategorical, Gaussian],
                ids=lambda case: case.__name__)
def graph(request):
    return Graph(request.param)


def measures_of(graph, flat):
    return dict(neglogp=graph.expected.neglogp(flat, graph.expected.actions), entropy=graph.expected.entropy(flat),
                kl=graph.expected.kl(flat, np.float64(graph.other)))


def test_values(graph):
    for name, expected in measures_of(graph, np.float64(graph.flat)).items():
        assert graph.values[name].shape == (4,)
        assert np.allclose(graph.values[name], expected, rtol=1e-5, atol=1e-6), name
    assert np.array_equal(graph.values['logp'], -graph.values['neglogp'])
    assert np.array_equal(graph.values['flatparam'], graph.flat)


@pytest.mark.parametrize('name', ['neglogp', 'entropy', 'kl'])
def test_gradients(graph, name):
    expected = finite_differences(lambda flat: measures_of(graph, flat)[name].sum(), graph.flat)
    assert np.allclose(graph.values['gradient of ' + name], expected, rtol=1e-4, atol=1e-5)


def test_gradient_of_the_divergence_to_the_other(graph):
    expected = finite_differences(lambda other: graph.expected.kl(np.float64(graph.flat), other).sum(), graph.other)
    assert np.allclose(graph.values['gradient of kl to the other'], expected, rtol=1e-4, atol=1e-5)


def test_second_derivative_of_the_divergence(graph):
    """What a Fisher product needs: the derivative of the gradient's sum."""
    def slope(other):
        return finite_differences(lambda moved: graph.expected.kl(np.float64(graph.flat), moved).sum(), other).sum()

    expected = finite_differences(slope, graph.other, step=1e-3)
    assert np.allclose(graph.values['curvature'], expected, rtol=1e-3, atol=1e-4)


def test_mode(graph):
    expected = graph.expected.mode(graph.flat)
    assert graph.values['mode'].shape == expected.shape
    assert np.allclose(graph.values['mode'], expected)
    in_numpy = graph.expected.kind.numpy_action(acting(graph.expected.kind, graph.flat))
    assert in_numpy.shape == expected.shape
    assert np.allclose(in_numpy, expected)


def test_shapes_and_types(graph):
    kind = graph.expected.kind
    assert kind.param_shape() == [graph.expected.n_parameters]
    assert list(graph.values['sample'].shape[1:]) == kind.sample_shape()
    assert graph.values['sample'].dtype == kind.sample_dtype().as_numpy_dtype
    noise = kind.draw_noise(np.random.RandomState(0), (3, 2))
    flat = np.zeros((2, graph.expected.n_parameters), np.float32)
    assert list(kind.numpy_action(acting(kind, flat), noise[1]).shape) == [2] + kind.sample_shape()
    assert kind.numpy_action(acting(kind, flat), noise[1]).dtype == graph.values['sample'].dtype


def frequencies_are_right(graph, samples):
    expected = graph.expected.probabilities(np.float64(graph.flat[0]))
    found = np.float64(graph.expected.outcomes(samples)).mean(axis=0)
    spread = np.sqrt(expected * (1.0 - expected) / len(samples))
    return np.all(np.abs(found - expected) < 4.5 * spread)


def test_samples_of_the_graph_have_the_right_frequencies(graph):
    assert frequencies_are_right(graph, graph.samples)


def test_samples_of_numpy_have_the_right_frequencies(graph):
    kind = graph.expected.kind
    noise = kind.draw_noise(np.random.RandomState(4), (20000,))
    parameters = acting(kind, np.repeat(graph.flat[:1], 20000, axis=0))
    assert frequencies_are_right(graph, kind.numpy_action(parameters, noise))


def test_noise_is_drawn_anew_for_each_environment_and_step(graph):
    noise = graph.expected.kind.draw_noise(np.random.RandomState(0), (5, 3))
    assert len(np.unique(noise)) == noise.size


# ---------------------------------------------------------------- parameters near the ends of what is sensible

SURE = 50.0 * np.array([[1, -1, 1, -1, 1], [-1, 1, -1, -1, -1], [1, 1, 1, 1, 1], [0, -1, 1, 0, -1]])
SURE_OTHERS = 50.0 * np.array([[1, -1, 1, -1, 1], [1, -1, 1, -1, 1], [1, -1, -1, -1, -1], [-1, 1, 0, 1, 0]])
NARROW = np.array([[50.0, -50.0, -10.0, -10.0], [0.0, 1.0, -10.0, 3.0],
                   [1e-4, 0.0, -10.0, -9.0], [-5.0, 5.0, 3.0, 3.0]])
NARROW_OTHERS = np.array([[50.0, -50.0, -10.0, -9.0], [1.0, 0.0, 3.0, -3.0],
                          [0.0, 0.0, -10.0, -10.0], [5.0, 5.0, 3.0, -3.0]])


class PairsOfLogits(Bernoulli):
    """The same as categorical distributions over no (logit 0) and yes, as exact where yes is as good as certain."""

    @staticmethod
    def neglogp(flat, actions):
        return sum(Categorical.neglogp(_no_and_yes(flat[:, i]), actions[:, i]) for i in range(2))

    @staticmethod
    def entropy(flat):
        return sum(Categorical.entropy(_no_and_yes(flat[:, i])) for i in range(2))

    @staticmethod
    def kl(flat, other):
        return sum(Categorical.kl(_no_and_yes(flat[:, i]), _no_and_yes(other[:, i])) for i in range(2))


def _no_and_yes(logits):
    return np.stack([np.zeros_like(logits), logits], axis=1)


@pytest.fixture(scope='module', params=[Categorical, PairsOfLogits, MultiCategorical, Gaussian],
                ids=lambda case: case.__name__)
def extreme(request):
    flat, other = (NARROW, NARROW_OTHERS) if request.param is Gaussian else (SURE, SURE_OTHERS)
    return Graph(request.param, flat, other)


def test_extreme_values(extreme):
    assert all(np.isfinite(value).all() for value in extreme.values.values())
    for name, expected in measures_of(extreme, np.float64(extreme.flat)).items():
        assert np.allclose(extreme.values[name], expected, rtol=1e-4, atol=1e-4), name


@pytest.mark.parametrize('name', ['neglogp', 'entropy', 'kl'])
def test_extreme_gradients(extreme, name):
    expected = finite_differences(lambda flat: measures_of(extreme, flat)[name].sum(), extreme.flat)
    scale = np.abs(expected).max()
    assert np.allclose(extreme.values['gradient of ' + name], expected, rtol=1e-3, atol=1e-4 + 1e-6 * scale)


def test_samples_of_extreme_parameters(extreme):
    """The graph's and NumPy's are what is as good as certain."""
    kind = extreme.expected.kind
    for row in (0, 1):
        parameters = acting(kind, np.repeat(extreme.flat[row:row + 1], 1000, axis=0))
        samples = kind.numpy_action(parameters, kind.draw_noise(np.random.RandomState(4), (1000,)))
        assert np.isfinite(samples).all()
        for found in (samples, extreme.values['sample'][row:row + 1]):
            if extreme.expected is Gaussian:
                spread = np.exp(extreme.flat[row, 2:])
                assert np.all(np.abs(found - extreme.flat[row, :2]) < 6.0 * spread + 1e-5)
            else:
                assert np.all(extreme.expected.outcomes(found)[..., sure(extreme, row)]
                              == extreme.expected.probabilities(extreme.flat[row]).round()[sure(extreme, row)])


def sure(extreme, row):
    """Outcomes that are as good as certain, or as good as impossible."""
    probabilities = extreme.expected.probabilities(np.float64(extreme.flat[row]))
    return np.minimum(probabilities, 1.0 - probabilities) < 1e-9


def test_last_layer_starts_near_uniform_and_names_its_variables():
    with tf.Graph().as_default():
        latent = tf.constant(np.random.RandomState(0).normal(size=(4, 6)), tf.float32)
        with tf.variable_scope('model'):
            results = DiagGaussianProbabilityDistributionType(2).proba_distribution_from_latent(latent, latent, 0.01)
        names = {variable.name for variable in tf.trainable_variables()}
        assert names == {'model/pi/w:0', 'model/pi/b:0', 'model/pi/logstd:0', 'model/q/w:0', 'model/q/b:0'}
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            mean, std, policy = sess.run([results[0].mean, results[0].std, results[1]])
    assert np.array_equal(policy, mean)
    assert np.abs(mean).max() < 0.1
    assert np.array_equal(std, np.ones((4, 2)))


@pytest.mark.parametrize('space, expected', [
    (spaces.Discrete(4), CategoricalProbabilityDistributionType),
    (spaces.Box(-1.0, 1.0, (2, 3), np.float32), DiagGaussianProbabilityDistributionType),
    (spaces.MultiDiscrete([2, 3]), MultiCategoricalProbabilityDistributionType),
    (spaces.MultiBinary(3), BernoulliProbabilityDistributionType),
])
def test_each_space_has_its_kind(space, expected):
    assert type(make_proba_dist_type(space)) is expected
    assert expected is not DiagGaussianProbabilityDistributionType or make_proba_dist_type(space).size == 6


@pytest.mark.parametrize('space, name', [
    (spaces.Tuple([spaces.Discrete(2)]), 'Tuple'), (spaces.Dict(dict(a=spaces.Discrete(2))), 'Dict'),
    (spaces.Box(0, 3, (2,), np.int64), 'Box(2,) int64')])
def test_other_spaces_are_refused_by_name(space, name):
    with pytest.raises(ValueError) as caught:
        make_proba_dist_type(space)
    assert 'action space {}'.format(name) in str(caught.value)
    assert 'Supported are' in str(caught.value)


@pytest.mark.parametrize('space, message', [
    (spaces.Box(-1.0, 1.0, (2, 0), np.float32), 'Box.2, 0. float32: it is empty'),
    (spaces.Box(np.float32([0.0, 1.0]), np.float32([1.0, 0.0])), 'lower bound lies above'),
])
def test_boxes_without_actions_are_refused(space, message):
    with pytest.raises(ValueError, match='action space.*' + message):
        make_proba_dist_type(space)


def test_choices_need_positive_sizes():
    with pytest.raises(ValueError, match='positive'):
        MultiCategoricalProbabilityDistributionType([2, 0])


def test_several_choices_need_to_know_their_sizes():
    with pytest.raises(TypeError, match='nvec'):
        MultiCategoricalProbabilityDistribution.fromflat(None)


def test_from_flat_and_sizes():
    with tf.Graph().as_default():
        flat = tf.placeholder(tf.float32, [None, 4])
        for kind in (Categorical, Bernoulli, Gaussian):
            built = kind.kind.probability_distribution_class().fromflat(flat)
            assert built.flatparam() is flat
        assert shape_el(flat, 1) == 4
        with tf.Session() as sess:
            assert sess.run(shape_el(flat, 0), {flat: np.zeros((7, 4))}) == 7
