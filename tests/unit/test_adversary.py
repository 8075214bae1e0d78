"""The discriminator: its network, normalizer, reward and step."""
import numpy as np
import pytest
from scipy import special

from stable_baselines.common import tf_util
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.mpi_adam import MpiAdam
from stable_baselines.common.tf1 import make_session, tf
from stable_baselines.gail.adversary import TransitionClassifier, logit_bernoulli_entropy, logsigmoid
from stable_baselines.gail.discriminator_step import DiscriminatorStep
from tests.environments import sample

VECTOR, BOX = spaces.Box(-5.0, 5.0, (3,), np.float32), spaces.Box(-1.0, 1.0, (2,), np.float32)


class Discriminator:
    """A classifier with its step and rows of both sides."""

    def __init__(self, observation_space=VECTOR, action_space=BOX, **kwargs):
        self.graph = tf.Graph()
        np.random.seed(0)
        with self.graph.as_default():
            self.sess = make_session(1)
            self.classifier = TransitionClassifier(observation_space, action_space, 8, sess=self.sess, **kwargs)
            self.step = DiscriminatorStep(self.sess, self.classifier)
            self.sess.run(tf.global_variables_initializer())
        random = np.random.RandomState(1)
        self.generator, self.expert = ([np.array([sample(space, random) for _ in range(n_rows)])
                                        for space in (observation_space, action_space)] for n_rows in (16, 12))
        if observation_space is VECTOR:  # something to tell them apart by
            self.generator[0], self.expert[0] = -np.abs(self.generator[0]), np.abs(self.expert[0])

    def train(self, rate=1e-2):
        return self.step(*self.generator, *self.expert, rate)

    def total_loss(self):
        classifier = self.classifier
        feed = dict(zip([classifier.generator_obs_ph, classifier.generator_acs_ph, classifier.expert_obs_ph,
                         classifier.expert_acs_ph], self.generator + self.expert))
        return self.sess.run(classifier.total_loss, feed)


@pytest.fixture(scope='module')
def built():
    return Discriminator()


@pytest.fixture
def discriminator(built):
    with built.graph.as_default():
        np.random.seed(0)
        built.sess.run(tf.global_variables_initializer())
    return built


def test_variables(discriminator):
    names = [variable.name for variable in discriminator.classifier.get_trainable_variables()]
    assert names == ['adversary/' + name for name in (
        'fully_connected/weights:0', 'fully_connected/biases:0', 'fully_connected_1/weights:0',
        'fully_connected_1/biases:0', 'fully_connected_2/weights:0', 'fully_connected_2/biases:0')]
    assert [variable.name for variable in discriminator.classifier.get_normalizer_variables()] == [
        'adversary/obfilter/runningsum:0', 'adversary/obfilter/runningsumsq:0', 'adversary/obfilter/count:0']
    assert discriminator.classifier.loss_name == ['generator_loss', 'expert_loss', 'entropy', 'entropy_loss',
                                                  'generator_acc', 'expert_acc']


def test_a_training_loop_of_ones_own(discriminator):
    """As the original's users write it."""
    sess, classifier = discriminator.sess, discriminator.classifier
    with discriminator.graph.as_default(), sess.as_default():
        variables = classifier.get_trainable_variables()
        whole = tf_util.function([classifier.generator_obs_ph, classifier.generator_acs_ph, classifier.expert_obs_ph,
                                  classifier.expert_acs_ph],
                                 classifier.losses + [tf_util.flatgrad(classifier.total_loss, variables)])
        adam = MpiAdam(variables, epsilon=1e-5, sess=sess)
        sess.run(tf.variables_initializer(set(tf.global_variables()) - set(classifier.get_normalizer_variables())))
        totals = []
        for _ in range(20):
            *losses, gradient = classifier.lossandgrad(*discriminator.generator, *discriminator.expert)
            expected = whole(*discriminator.generator, *discriminator.expert)
            assert len(losses) == len(classifier.loss_name) == 6
            for mine, theirs in zip(losses + [gradient], expected):
                np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-7)
            totals.append(losses[0] + losses[1] + losses[3])
            adam.update(gradient, 1e-2)
        assert totals[-1] < 0.9 * totals[0]
    assert discriminator.total_loss() < totals[-1]


def test_reward_by_hand(discriminator):
    discriminator.train()
    sess, classifier = discriminator.sess, discriminator.classifier
    weights = sess.run(classifier.get_trainable_variables())
    mean, std = sess.run([classifier.obs_rms.mean, classifier.obs_rms.std])
    observations, actions = discriminator.generator
    hidden = np.concatenate([(observations - mean) / std, actions], axis=1)
    for weight, bias in zip(weights[:4:2], weights[1:4:2]):
        hidden = np.tanh(hidden @ weight + bias)
    expected = np.logaddexp(0.0, hidden @ weights[4] + weights[5])
    assert np.allclose(classifier.get_reward(observations, actions), expected, rtol=1e-5)


def test_reward_of_one_step(discriminator):
    observations, actions = discriminator.generator
    rewards = discriminator.classifier.get_reward(observations, actions)
    assert rewards.shape == (16, 1)
    one = discriminator.classifier.get_reward(observations[3], actions[3])
    assert one.shape == (1, 1)
    assert one[0, 0] == pytest.approx(rewards[3, 0], rel=1e-6)


def test_a_step_lowers_its_own_loss(discriminator):
    discriminator.train(rate=0.0)  # the normalizer has seen the rows now
    for _ in range(5):
        losses = discriminator.train(rate=1e-3)
        total = losses['generator_loss'] + losses['expert_loss'] + losses['entropy_loss']
        assert discriminator.total_loss() < total + 1e-2  # the normalizer moved a little too
    before = discriminator.total_loss()
    for _ in range(30):
        discriminator.train(rate=1e-2)
    assert discriminator.total_loss() < 0.5 * before


def test_training_tells_the_sides_apart(discriminator):
    for _ in range(100):
        losses = discriminator.train(rate=1e-2)
    assert losses['generator_acc'] == losses['expert_acc'] == 1.0
    assert (discriminator.classifier.get_reward(*discriminator.expert).min()
            > discriminator.classifier.get_reward(*discriminator.generator).max())


def test_normalizer_counts_both_sides(discriminator):
    discriminator.train(rate=0.0)
    rows = np.concatenate([discriminator.generator[0], discriminator.expert[0]])
    mean, std = discriminator.sess.run([discriminator.classifier.obs_rms.mean, discriminator.classifier.obs_rms.std])
    assert np.allclose(mean, rows.mean(axis=0), atol=0.01)
    assert np.allclose(std, rows.std(axis=0), atol=0.01)


def test_a_rate_of_zero_moves_no_weight(discriminator):
    before = discriminator.sess.run(discriminator.classifier.get_trainable_variables())
    discriminator.train(rate=0.0)
    after = discriminator.sess.run(discriminator.classifier.get_trainable_variables())
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(before, after))


@pytest.mark.parametrize('observation_space, normalized', [
    (VECTOR, True), (spaces.Box(0, 255, (4, 4, 3), np.uint8), False), (spaces.Discrete(3), False),
    (spaces.MultiBinary(3), False), (spaces.MultiDiscrete([2, 3]), False)], ids=str)
def test_only_vectors_of_unknown_spread_are_normalized(observation_space, normalized):
    built = Discriminator(observation_space, spaces.Discrete(2))
    assert built.classifier.normalize is normalized
    assert len(built.classifier.get_normalizer_variables()) == (3 if normalized else 0)
    built.train()


def test_normalizing_can_be_switched_off():
    built = Discriminator(normalize=False)
    assert built.classifier.get_normalizer_variables() == []
    built.train()


def test_other_scope_and_default_session():
    with tf.Graph().as_default(), tf.Session() as sess:
        classifier = TransitionClassifier(VECTOR, spaces.Discrete(2), 4, scope='judge')
        sess.run(tf.global_variables_initializer())
        assert all(variable.name.startswith('judge/') for variable in classifier.get_trainable_variables())
        assert classifier.get_reward(np.zeros(3), 1).shape == (1, 1)


def test_entropy_bonus_weighs_as_told():
    by_weight = {}
    for weight in (0.0, 0.1):
        built = Discriminator(entcoeff=weight)
        losses = built.train(rate=0.0)
        by_weight[weight] = built.total_loss()
        assert losses['entropy_loss'] == pytest.approx(-weight * losses['entropy'])
    assert by_weight[0.1] == pytest.approx(by_weight[0.0] - 0.1 * losses['entropy'], rel=1e-3)


def test_helpers_are_importable_from_here():
    with tf.Graph().as_default(), tf.Session() as sess:
        values = sess.run([logsigmoid(tf.constant(0.5)), logit_bernoulli_entropy(tf.constant(0.5))])
    probability = special.expit(0.5)
    assert values[0] == pytest.approx(np.log(probability))
    assert values[1] == pytest.approx(special.entr(probability) + special.entr(1.0 - probability))


@pytest.mark.parametrize('action_space, discrete, n_actions', [
    (spaces.Discrete(4), True, 4), (BOX, False, 2), (spaces.MultiBinary(3), False, 3)])
def test_what_is_known_of_actions(action_space, discrete, n_actions):
    with tf.Graph().as_default():
        classifier = TransitionClassifier(VECTOR, action_space, 4)
    assert classifier.discrete_actions is discrete and classifier.n_actions == n_actions
