"""What a discriminator can be besides the original one."""
from typing import Any, Callable, NamedTuple, Union

from stable_baselines.common.tf1 import tf
from stable_baselines.gail.regularization import Regularization
from stable_baselines.gail.rewards import check_reward_type

__all__ = ['ACTIVATIONS', 'AdversaryOptions', 'Activation']

Activation = Union[str, Callable[[tf.Tensor], tf.Tensor]]
ACTIVATIONS = ('tanh', 'relu', 'leaky_relu', 'elu', 'sigmoid', 'softplus')


class AdversaryOptions(NamedTuple):
    """
    :param reward_type: form of the reward, see ``rewards``
    :param activation: after each fully connected hidden layer: one of ``ACTIVATIONS``, or a function of a tensor
    :param use_actions: whether it sees actions, or only observations
    :param absorbing_states: whether it sees what follows the end of an episode, see ``absorbing``
    :param regularization: what keeps it from winning too easily
    """

    reward_type: str = 'gail'
    activation: Activation = 'tanh'
    use_actions: bool = True
    absorbing_states: bool = False
    regularization: Regularization = Regularization()

    def check(self) -> None:
        """
        :raises ValueError: names the first option that cannot be used
        :raises TypeError: for an activation that is none
        """
        check_reward_type(self.reward_type)
        self.regularization.check()
        activation_function('adversary_activation', self.activation)


def activation_function(name: str, value: Any) -> Callable[[tf.Tensor], tf.Tensor]:
    """
    :param name: the argument
    :param value: as given for it
    :return: the function
    :raises ValueError: for an unknown name
    :raises TypeError: for something else than a name or a function
    """
    if isinstance(value, str):
        if value not in ACTIVATIONS:
            raise ValueError('{}={!r} is unknown; choose one of {}, or give a function of a tensor.'.format(
                name, value, ', '.join(map(repr, ACTIVATIONS))))
        return getattr(tf.nn, value)
    if not callable(value):
        raise TypeError('{}={!r}: expected a name such as {!r}, or a function of a tensor, such as tf.nn.relu.'.format(
            name, value, ACTIVATIONS[0]))
    return value
