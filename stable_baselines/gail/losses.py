"""GAIL's objective (Ho and Ermon 2016, arXiv:1606.03476), as pure functions of logits.

Everywhere a high logit means that the discriminator takes a row for the expert's: D = sigmoid(logit) is the probability
of that. (The paper's D is the probability of the opposite.)
"""
from typing import NamedTuple, Optional

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
        """What the discriminator minimizes, but for a gradient penalty."""
        return self.generator_loss + self.expert_loss + self.entropy_loss


class AbsorbingRows(NamedTuple):
    """
    What follows an episode's end: steps in one state that nothing leads out of.

    :param logits: of that state, shape [1, 1]
    :param generator_weight: how many of these steps there are for each real one of the policy, scalar
    :param expert_weight: the same of the expert, scalar
    """

    logits: tf.Tensor
    generator_weight: tf.Tensor
    expert_weight: tf.Tensor


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


def discriminator_losses(generator_logits: tf.Tensor, expert_logits: tf.Tensor, entcoeff: float,
                         label_smoothing: float = 0.0, absorbing: Optional[AbsorbingRows] = None
                         ) -> DiscriminatorLosses:
    """
    Cross entropy of telling the two apart, less an entropy bonus that keeps the discriminator from being too sure.

    :param generator_logits: rows of the policy, shape [n, 1]
    :param expert_logits: rows of the expert, shape [m, 1]; m may differ from n, both sides weigh the same
    :param entcoeff: weight of the bonus
    :param label_smoothing: s: an expert's row counts as the expert's by 1 - s, and as the policy's by s
    :param absorbing: further rows, for the two losses; entropy and shares are those of real rows
    :return: mean losses, entropy, and the share of rows on the right side of D = 1/2
    :raises ValueError: for logits of another rank
    """
    require_rank(2, '[batch, 1]', generator_logits=generator_logits, expert_logits=expert_logits)
    entropy = tf.reduce_mean(logit_bernoulli_entropy(tf.concat([generator_logits, expert_logits], axis=0)))
    generator_loss = tf.reduce_mean(_as_the_policys(generator_logits))
    expert_loss = tf.reduce_mean(_as_the_experts(expert_logits, label_smoothing))
    if absorbing is not None:
        generator_loss = _weighted(generator_loss, _as_the_policys(absorbing.logits), absorbing.generator_weight)
        expert_loss = _weighted(expert_loss, _as_the_experts(absorbing.logits, label_smoothing),
                                absorbing.expert_weight)
    return DiscriminatorLosses(
        generator_loss=generator_loss,
        expert_loss=expert_loss,
        entropy=entropy,
        entropy_loss=-entcoeff * entropy,
        generator_acc=tf.reduce_mean(tf.cast(generator_logits < 0.0, tf.float32)),
        expert_acc=tf.reduce_mean(tf.cast(expert_logits > 0.0, tf.float32)))


def _as_the_policys(logits: tf.Tensor) -> tf.Tensor:
    return -logsigmoid(-logits)


def _as_the_experts(logits: tf.Tensor, label_smoothing: float) -> tf.Tensor:
    losses = -logsigmoid(logits)
    if label_smoothing:  # by (1 - s) (-log D) + s (-log(1 - D)), of which the latter is the former plus the logit
        losses += label_smoothing * logits
    return losses


def _weighted(mean: tf.Tensor, further: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
    """
    :param mean: over real rows, scalar
    :param further: loss of the one further kind of row, shape [1, 1]
    :param weight: how many of these there are for each real one
    :return: mean over all of them
    """
    return (mean + weight * further[0, 0]) / (1.0 + weight)
