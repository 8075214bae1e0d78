"""What behaviour cloning minimizes, as pure functions of a policy's distributions and the expert's actions."""
from typing import Any, NamedTuple, Optional

from stable_baselines.common.distributions import DiagGaussianProbabilityDistribution, ProbabilityDistribution
from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.tf1 import tf

__all__ = ['CloningObjective', 'cloning_objective', 'loss_for']

_LOSSES = ('mse', 'nll')


class CloningObjective(NamedTuple):
    """How well a policy does on each row, shape [batch]."""

    errors: tf.Tensor
    agreement: Optional[tf.Tensor] = None  # 1 where its most probable action is the expert's; None for Box actions


def loss_for(loss: Optional[str], action_space: Any) -> str:
    """
    :param loss: as given by the caller; None chooses
    :param action_space: the model's
    :return: 'mse' or 'nll'
    :raises ValueError: for another name, or for one that does not suit the actions
    """
    continuous = isinstance(action_space, spaces.Box)
    if loss is None:
        return 'mse' if continuous else 'nll'
    if loss not in _LOSSES:
        raise ValueError("loss={!r}: expected 'mse' (squared error of the most probable action, Box only), 'nll' "
                         "(minus log-probability) or None, which takes 'mse' for Box and 'nll' for others".format(loss))
    if loss == 'mse' and not continuous:
        raise ValueError("loss='mse': squared errors are for Box actions, and {} has none. Use loss='nll'.".format(
            space_name(action_space)))
    return loss


def cloning_objective(distribution: ProbabilityDistribution, actions: tf.Tensor, loss: str) -> CloningObjective:
    """
    How far a policy is from the expert's actions.

    :param distribution: the policy's action distributions
    :param actions: the expert's, shape [batch] + action shape
    :param loss: 'mse': mean squared error of the most probable action, for Gaussian policies; leaves their spread
        alone. 'nll': minus log-probability, which fits the spread as well
    :return: errors, and for all but Gaussian policies whether the whole action agrees
    """
    if isinstance(distribution, DiagGaussianProbabilityDistribution):
        if loss == 'mse':
            return CloningObjective(tf.reduce_mean(tf.square(distribution.mode() - actions), axis=-1))
        return CloningObjective(distribution.neglogp(actions))
    same = tf.equal(tf.cast(distribution.mode(), tf.int64), tf.cast(actions, tf.int64))
    if same.shape.ndims == 2:  # several choices make an action
        same = tf.reduce_all(same, axis=-1)
    return CloningObjective(distribution.neglogp(actions), tf.cast(same, tf.float32))
