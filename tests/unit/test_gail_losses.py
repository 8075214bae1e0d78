"""The discriminator's losses and the reward: values by hand, gradients, who gets none, shapes."""
import numpy as np
import pytest
from scipy import special

from stable_baselines.common.tf1 import tf
from stable_baselines.gail.losses import discriminator_losses, logit_bernoulli_entropy, logsigmoid
from stable_baselines.gail.rewards import gail_reward
from tests.graphs import evaluate, finite_differences

GENERATOR, EXPERT, ENTCOEFF = np.array([[0.5], [-1.0], [2.0]]), np.array([[1.5], [-0.5]]), 0.01


@pytest.fixture(autouse=True)
def graph():
    with tf.Graph().as_default():
        yield


def by_hand(generator, expert):
    logits = np.concatenate([generator, expert])
    d = special.expit(logits)
    entropy = -(d * np.log(d) + (1 - d) * np.log(1 - d)).mean()
    return dict(generator_loss=-np.log(1 - special.expit(generator)).mean(),
                expert_loss=-np.log(special.expit(expert)).mean(), entropy=entropy, entropy_loss=-ENTCOEFF * entropy)


def build():
    generator, expert = tf.constant(GENERATOR, tf.float32), tf.constant(EXPERT, tf.float32)
    return discriminator_losses(generator, expert, ENTCOEFF), generator, expert


def test_values_by_hand():
    losses = build()[0]
    assert losses._fields == ('generator_loss', 'expert_loss', 'entropy', 'entropy_loss', 'generator_acc', 'expert_acc')
    found, total = evaluate([losses, losses.total])
    for name, value in by_hand(GENERATOR, EXPERT).items():
        assert getattr(found, name) == pytest.approx(value, rel=1e-5), name
    assert found.generator_acc == pytest.approx(1.0 / 3.0)
    assert found.expert_acc == pytest.approx(0.5)
    assert total == pytest.approx(found.generator_loss + found.expert_loss + found.entropy_loss)


def test_gradients():
    losses, generator, expert = build()

    def total(first, second):
        values = by_hand(first, second)
        return values['generator_loss'] + values['expert_loss'] + values['entropy_loss']

    found = evaluate(tf.gradients(losses.total, [generator, expert]))
    expected = [finite_differences(lambda point: total(point, EXPERT), GENERATOR),
                finite_differences(lambda point: total(GENERATOR, point), EXPERT)]
    assert all(np.allclose(mine, theirs, rtol=1e-4, atol=1e-6) for mine, theirs in zip(found, expected))


def test_descent_raises_logits_of_the_expert_and_lowers_the_others():
    losses, generator, expert = build()
    of_generator, of_expert = evaluate(tf.gradients(losses.generator_loss + losses.expert_loss, [generator, expert]))
    assert (of_generator > 0.0).all()
    assert (of_expert < 0.0).all()


def test_each_side_gets_gradient_from_its_own_loss_only():
    losses, generator, expert = build()
    assert tf.gradients(losses.generator_loss, expert) == [None]
    assert tf.gradients(losses.expert_loss, generator) == [None]
    assert tf.gradients([losses.generator_acc, losses.expert_acc], [generator, expert]) == [None, None]


def test_other_shapes_are_refused():
    logits = tf.constant(GENERATOR, tf.float32)
    with pytest.raises(ValueError, match=r'expert_logits: shape \[batch, 1\] expected, \(3,\) found'):
        discriminator_losses(logits, logits[:, 0], ENTCOEFF)


@pytest.mark.parametrize('logit', [-200.0, -30.0, -1.0, 0.0, 2.0, 30.0, 200.0])
def test_reward_is_softplus_at_any_logit(logit):
    found = evaluate(gail_reward(tf.constant([[logit]])))
    assert found[0, 0] == pytest.approx(np.logaddexp(0.0, logit), rel=1e-6)


def test_gradient_of_the_reward_is_the_probability():
    logits = tf.constant(GENERATOR, tf.float32)
    assert np.allclose(evaluate(tf.gradients(gail_reward(logits), logits)[0]), special.expit(GENERATOR), rtol=1e-5)


@pytest.mark.parametrize('logit', [-200.0, -1.0, 0.0, 3.0, 200.0])
def test_helpers_are_finite_everywhere(logit):
    found = evaluate([logsigmoid(tf.constant(logit)), logit_bernoulli_entropy(tf.constant(logit))])
    assert found[0] == pytest.approx(special.log_expit(logit) if hasattr(special, 'log_expit')
                                     else -np.logaddexp(0.0, -logit), rel=1e-5)
    probability = special.expit(logit)
    assert found[1] == pytest.approx(special.entr(probability) + special.entr(1.0 - probability), abs=1e-5)
