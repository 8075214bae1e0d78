"""GAIL's objective (Ho and Ermon 2016, arXiv:1606.03476), as pure functions of logits.

Everywhere a high logit means that the discriminator takes a row for the expert's: D = sigmoid(logit) is the probability
of that. (The paper's D is the probability of the opposite.)
"""
from typing import NamedTuple

from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import require_rank


class DiscriminatorLosses(NamedTuple):
    """Scalars, in the order in which they are logged."""

    generator_loss: tf.Tensor
    expert_loss: tf.Tensor
    entropy: tf.Tensor
    entropy_loss: tf.Tensor
    generator_acc: tf.Tensor
    expert_acc: tf.Tensor

    @property
    def total(self) -> tf.Tensor:
        """What the discriminator minimizes."""
        return self.generator_loss + self.expert_loss + self.entropy_loss


def logsigmoid(input_tensor: tf.Tensor) -> tf.Tensor:
    """
    :param input_tensor: logits
    :return: log D = -softplus(-logit), exact where D itself would round to 0
    """
    return -tf.nn.softplus(-input_tensor)


def logit_bernoulli_entropy(logits: tf.Tensor) -> tf.Tensor:
    """
    :param logits: any shape
    :return: entropy of each Bernoulli distribution in nats: (1 - D) logit - log D
    """
    return (1.0 - tf.sigmoid(logits)) * logits - logsigmoid(logits)


def discriminator_losses(generator_logits: tf.Tensor, expert_logits: tf.Tensor, entcoeff: float) -> DiscriminatorLosses:
    """
    Cross entropy of telling the two apart, less an entropy bonus that keeps the discriminator from being too sure.

    :param generator_logits: rows of the policy, shape [n, 1]
    :param expert_logits: rows of the expert, shape [m, 1]; m may differ from n, both sides weigh the same
    :param entcoeff: weight of the bonus
    :return: mean losses, entropy, and the share of rows on the right side of D = 1/2
    :raises ValueError: for logits of another rank
    """
    require_rank(2, '[batch, 1]', generator_logits=generator_logits, expert_logits=expert_logits)
    entropy = tf.reduce_mean(logit_bernoulli_entropy(tf.concat([generator_logits, expert_logits], axis=0)))
    return DiscriminatorLosses(
        generator_loss=tf.reduce_mean(-logsigmoid(-generator_logits)),
        expert_loss=tf.reduce_mean(-logsigmoid(expert_logits)),
        entropy=entropy,
        entropy_loss=-entcoeff * entropy,
        generator_acc=tf.reduce_mean(tf.cast(generator_logits < 0.0, tf.float32)),
        expert_acc=tf.reduce_mean(tf.cast(expert_logits > 0.0, tf.float32)))


REWARD_SIGN = 1  # of ``imitation_reward``: 1 where it is never negative, -1 never positive, 0 where it can be both


def imitation_reward(logits: tf.Tensor) -> tf.Tensor:
    """
    The reward -log(1 - D) = softplus(logit): never negative, the higher the more like the expert.

    :param logits: any shape
    :return: rewards, same shape
    """
    return tf.nn.softplus(logits)
