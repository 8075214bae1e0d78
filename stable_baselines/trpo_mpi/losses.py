"""What TRPO optimizes (Schulman et al. 2015, arXiv:1502.05477), as pure functions of tensors."""
from typing import NamedTuple

from stable_baselines.common.distributions import ProbabilityDistribution
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_util import require_rank


class PolicyLosses(NamedTuple):
    """Scalars, in the order in which they are logged."""

    optimgain: tf.Tensor  # what the step maximizes
    meankl: tf.Tensor
    entloss: tf.Tensor
    surrgain: tf.Tensor
    entropy: tf.Tensor


def policy_losses(new: ProbabilityDistribution, old: ProbabilityDistribution, actions: tf.Tensor,
                  advantages: tf.Tensor, entcoeff: float) -> PolicyLosses:
    """
    The surrogate objective and its constraint (equation 14 with importance sampling from the old policy).

    :param new: the policy that is optimized
    :param old: the policy that acted
    :param actions: shape [batch] + action shape
    :param advantages: shape [batch], standardized over the batch
    :param entcoeff: weight of the entropy bonus
    :return: surrogate gain plus bonus, mean KL divergence of new from old, bonus, surrogate gain, mean entropy
    :raises ValueError: for advantages of another rank
    """
    log_ratio = new.logp(actions) - old.logp(actions)
    require_rank(1, '[batch]', log_ratio=log_ratio, advantages=advantages)
    ratio = tf.exp(log_ratio)
    entropy = tf.reduce_mean(new.entropy())
    surrogate_gain = tf.reduce_mean(ratio * advantages)
    bonus = entcoeff * entropy
    return PolicyLosses(surrogate_gain + bonus, tf.reduce_mean(old.kl(new)), bonus, surrogate_gain, entropy)


def value_loss(values: tf.Tensor, returns: tf.Tensor) -> tf.Tensor:
    """
    :param values: V(s), shape [batch]
    :param returns: targets, shape [batch]
    :return: mean squared error
    :raises ValueError: for other ranks
    """
    require_rank(1, '[batch]', values=values, returns=returns)
    # the mean of squares, but with a gradient of two operations instead of a dozen: add_n has no axes to align
    residuals = tf.add_n([values, -returns])
    return 2.0 / tf.cast(tf.size(returns), tf.float32) * tf.nn.l2_loss(residuals)
