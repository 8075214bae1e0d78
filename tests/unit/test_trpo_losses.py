"""TRPO's losses: values by hand, gradients, who gets none, shapes."""
import numpy as np
import pytest
from scipy import special

from stable_baselines.common.distributions import CategoricalProbabilityDistribution
from stable_baselines.common.tf1 import tf
from stable_baselines.trpo_mpi.losses import policy_losses, value_loss
from tests.graphs import evaluate, finite_differences

NEW = np.array([[0.5, -0.2, 0.1], [1.0, 0.0, -1.0]])
OLD = np.array([[0.0, 0.3, 0.1], [0.5, 0.5, -0.5]])
ACTIONS, ADVANTAGES, ENTCOEFF = np.array([1, 0]), np.array([2.0, -1.0]), 0.1


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def build():
    new, old, advantages = (tf.constant(values, tf.float32) for values in (NEW, OLD, ADVANTAGES))
    losses = policy_losses(CategoricalProbabilityDistribution(new), CategoricalProbabilityDistribution(old),
                           tf.constant(ACTIONS, tf.int64), advantages, ENTCOEFF)
    return losses, new, old, advantages


def by_hand(new):
    log_new, log_old = special.log_softmax(new, axis=1), special.log_softmax(OLD, axis=1)
    rows = np.arange(2)
    ratios = np.exp(log_new[rows, ACTIONS] - log_old[rows, ACTIONS])
    entropy = -(np.exp(log_new) * log_new).sum(axis=1).mean()
    kl = (np.exp(log_old) * (log_old - log_new)).sum(axis=1).mean()
    gain = (ratios * ADVANTAGES).mean()
    return [gain + ENTCOEFF * entropy, kl, ENTCOEFF * entropy, gain, entropy]


def test_values_by_hand():
    losses = build()[0]
    assert losses._fields == ('optimgain', 'meankl', 'entloss', 'surrgain', 'entropy')
    assert np.allclose(evaluate(list(losses)), by_hand(NEW), rtol=1e-5)


def test_equal_policies():
    logits = tf.constant(NEW, tf.float32)
    distribution = CategoricalProbabilityDistribution(logits)
    losses = policy_losses(distribution, distribution, tf.constant(ACTIONS, tf.int64),
                           tf.constant(ADVANTAGES, tf.float32), 0.0)
    found = evaluate(losses)
    assert found.meankl == pytest.approx(0.0, abs=1e-7)
    assert found.surrgain == pytest.approx(0.5)  # the mean advantage
    assert found.optimgain == found.surrgain


@pytest.mark.parametrize('number', range(5))
def test_gradients(number):
    losses, new, _, _ = build()
    found = evaluate(tf.gradients(losses[number], new)[0])
    assert np.allclose(found, finite_differences(lambda point: by_hand(point)[number], NEW), rtol=1e-4, atol=1e-6)


def test_entropy_needs_neither_the_old_policy_nor_the_advantages():
    losses, _, old, advantages = build()
    for loss in (losses.entropy, losses.entloss):
        assert tf.gradients(loss, [old, advantages]) == [None, None]
    assert tf.gradients(losses.meankl, advantages) == [None]


def test_advantages_of_another_shape_are_refused():
    distribution = CategoricalProbabilityDistribution(tf.constant(NEW, tf.float32))
    with pytest.raises(ValueError, match=r'advantages: shape \[batch\] expected, \(2, 1\) found'):
        policy_losses(distribution, distribution, tf.constant(ACTIONS, tf.int64),
                      tf.constant(ADVANTAGES[:, None], tf.float32), 0.0)


def test_value_loss():
    values, returns = tf.constant([1.0, 2.0]), tf.constant([0.0, 5.0])
    loss = value_loss(values, returns)
    assert evaluate(loss) == pytest.approx(5.0)
    assert np.allclose(evaluate(tf.gradients(loss, values)[0]), [1.0, -3.0])


def test_value_loss_of_other_shapes_is_refused():
    with pytest.raises(ValueError, match='returns: shape'):
        value_loss(tf.constant([1.0, 2.0]), tf.constant([[0.0], [5.0]]))
