"""What soft actor-critic optimizes (Haarnoja et al. 2018, arXiv:1801.01290, arXiv:1812.05905), as pure functions."""
from typing import NamedTuple

from stable_baselines.common.tf1 import tf

# All functions raise ValueError for a column [batch, 1] instead of a vector [batch]: the two together would broadcast.


class CriticLosses(NamedTuple):
    """Scalars."""

    qf1_loss: tf.Tensor
    qf2_loss: tf.Tensor
    value_loss: tf.Tensor


def action_value_target(rewards: tf.Tensor, dones: tf.Tensor, next_values: tf.Tensor, gamma: float) -> tf.Tensor:
    """
    :param rewards: shape [batch]
    :param dones: 1 where the episode ended for good, shape [batch]
    :param next_values: the target network's V(s'), shape [batch]
    :param gamma: discount
    :return: r + gamma V(s'), without V(s') after an end, shape [batch] (1801.01290, equation 8); gets no gradient
    """
    _require_vectors(rewards=rewards, dones=dones, next_values=next_values)
    return tf.stop_gradient(rewards + gamma * (1.0 - dones) * next_values)


def value_target(qf1: tf.Tensor, qf2: tf.Tensor, log_probabilities: tf.Tensor, ent_coef: tf.Tensor) -> tf.Tensor:
    """
    :param qf1: Q1(s, a) of the policy's own actions, shape [batch]
    :param qf2: Q2(s, a) of the same, shape [batch]
    :param log_probabilities: of these actions, shape [batch]
    :param ent_coef: weight of the entropy
    :return: min(Q1, Q2) plus weighted entropy, shape [batch] (1801.01290, equation 3); gets no gradient
    """
    _require_vectors(qf1=qf1, qf2=qf2, log_probabilities=log_probabilities)
    return tf.stop_gradient(tf.minimum(qf1, qf2) - ent_coef * log_probabilities)


def critic_losses(qf1: tf.Tensor, qf2: tf.Tensor, q_target: tf.Tensor, values: tf.Tensor,
                  v_target: tf.Tensor) -> CriticLosses:
    """
    Half the mean squared errors (1801.01290, equations 5 and 7).

    :param qf1: Q1 of the actions taken, shape [batch]
    :param qf2: Q2 of the same, shape [batch]
    :param q_target: what both should be, shape [batch]
    :param values: V(s), shape [batch]
    :param v_target: what it should be, shape [batch]
    :return: the losses
    """
    _require_vectors(qf1=qf1, qf2=qf2, q_target=q_target, values=values, v_target=v_target)
    return CriticLosses(_half_mean_square(qf1 - q_target), _half_mean_square(qf2 - q_target),
                        _half_mean_square(values - v_target))


def policy_loss(qf1: tf.Tensor, log_probabilities: tf.Tensor, ent_coef: tf.Tensor) -> tf.Tensor:
    """
    :param qf1: Q1(s, a) of the policy's own actions, shape [batch]
    :param log_probabilities: of these actions, shape [batch]
    :param ent_coef: weight of the entropy
    :return: scalar (1801.01290, equation 12)
    """
    _require_vectors(qf1=qf1, log_probabilities=log_probabilities)
    return tf.reduce_mean(ent_coef * log_probabilities - qf1)


def ent_coef_loss(log_ent_coef: tf.Tensor, log_probabilities: tf.Tensor, target_entropy: float) -> tf.Tensor:
    """
    Falls with a larger coefficient while the policy's entropy is below its target.

    :param log_ent_coef: logarithm of the coefficient, scalar; only this gets a gradient
    :param log_probabilities: of the policy's own actions, shape [batch]
    :param target_entropy: in nats
    :return: scalar (1812.05905, equation 18, with the logarithm for the coefficient itself)
    """
    _require_vectors(log_probabilities=log_probabilities)
    return -tf.reduce_mean(log_ent_coef * tf.stop_gradient(log_probabilities + target_entropy))


def _half_mean_square(errors: tf.Tensor) -> tf.Tensor:
    return 0.5 * tf.reduce_mean(tf.square(errors))


def _require_vectors(**tensors: tf.Tensor) -> None:
    for name, tensor in tensors.items():
        if tensor.shape.ndims != 1:
            raise ValueError('{}: shape [batch] expected, {} found'.format(name, tensor.shape))
