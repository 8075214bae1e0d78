"""What every action distribution offers, in the graph and in NumPy."""
from abc import ABC, abstractmethod
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.tf1 import tf


class ProbabilityDistribution(ABC):
    """A batch of distributions over actions, in the graph."""

    @abstractmethod
    def flatparam(self) -> tf.Tensor:
        """
        :return: the parameters, shape [batch, n_parameters]
        """

    @abstractmethod
    def mode(self) -> tf.Tensor:
        """
        :return: the most probable actions, shape [batch] + action shape
        """

    @abstractmethod
    def neglogp(self, x: tf.Tensor) -> tf.Tensor:
        """
        :param x: actions, shape [batch] + action shape
        :return: minus the log-probability (or log-density) of each, in nats, shape [batch]
        """

    @abstractmethod
    def kl(self, other: 'ProbabilityDistribution') -> tf.Tensor:
        """
        :param other: distributions of the same kind
        :return: Kullback-Leibler divergence of this from the other, in nats, shape [batch]
        """

    @abstractmethod
    def entropy(self) -> tf.Tensor:
        """
        :return: (differential) entropy in nats, shape [batch]
        """

    @abstractmethod
    def sample(self) -> tf.Tensor:
        """
        :return: one random action each, shape [batch] + action shape
        """

    def logp(self, x: tf.Tensor) -> tf.Tensor:
        """
        :param x: actions, shape [batch] + action shape
        :return: log-probability (or log-density) of each, in nats, shape [batch]
        """
        return -self.neglogp(x)


class ProbabilityDistributionType(ABC):
    """The kind of distribution that fits an action space."""

    @abstractmethod
    def probability_distribution_class(self) -> type:
        """
        :return: the class of the distributions
        """

    def proba_distribution_from_flat(self, flat: tf.Tensor) -> ProbabilityDistribution:
        """
        :param flat: parameters, shape [batch, n_parameters]
        :return: the distributions
        """
        return self.probability_distribution_class()(flat)

    @abstractmethod
    def proba_distribution_from_latent(self, pi_latent_vector: tf.Tensor, vf_latent_vector: tf.Tensor,
                                       init_scale: float = 1.0, init_bias: float = 0.0
                                       ) -> Tuple[ProbabilityDistribution, tf.Tensor, tf.Tensor]:
        """
        Add the last layers: parameters of the distribution (``pi``) and action values (``q``).

        :param pi_latent_vector: features for the policy, shape [batch, n]
        :param vf_latent_vector: features for the values, shape [batch, m]
        :param init_scale: scale of the initial weights
        :param init_bias: initial bias
        :return: the distributions, the policy layer's output, the value layer's output
        """

    @abstractmethod
    def param_shape(self) -> List[int]:
        """
        :return: shape of one distribution's parameters
        """

    @abstractmethod
    def sample_shape(self) -> List[int]:
        """
        :return: shape of one action
        """

    @abstractmethod
    def sample_dtype(self) -> tf.DType:
        """
        :return: type of an action
        """

    def param_placeholder(self, prepend_shape: Sequence[Optional[int]], name: Optional[str] = None) -> tf.Tensor:
        """
        :param prepend_shape: the batch's shape
        :param name: name of the placeholder
        :return: placeholder for parameters
        """
        return tf.placeholder(tf.float32, list(prepend_shape) + self.param_shape(), name=name)

    def sample_placeholder(self, prepend_shape: Sequence[Optional[int]], name: Optional[str] = None) -> tf.Tensor:
        """
        :param prepend_shape: the batch's shape
        :param name: name of the placeholder
        :return: placeholder for actions
        """
        return tf.placeholder(self.sample_dtype(), list(prepend_shape) + self.sample_shape(), name=name)


class NumpySampling(ABC):
    """
    A kind of distribution that can also choose actions outside of the graph. A user's own kind that does not offer this
    acts through the session.
    """

    @abstractmethod
    def draw_noise(self, random_state: np.random.RandomState, batch_shape: Sequence[int]) -> np.ndarray:
        """
        The randomness of actions, drawn ahead for a whole segment.

        :param random_state: generator
        :param batch_shape: the batch's shape
        :return: what ``numpy_action`` takes, first axes as ``batch_shape``
        """

    def acting_tensors(self, distribution: ProbabilityDistribution) -> List[tf.Tensor]:
        """
        :param distribution: of this kind
        :return: the tensors whose values ``numpy_action`` takes
        """
        return [distribution.flatparam()]

    @abstractmethod
    def numpy_action(self, parameters: Sequence[np.ndarray], noise: Optional[np.ndarray] = None) -> Any:
        """
        Choose actions outside of the graph.

        :param parameters: values of ``acting_tensors``, each [batch, ...] or [1, ...] for all rows alike
        :param noise: from ``draw_noise`` with the same batch shape; None for the most probable actions
        :return: shape [batch] + action shape
        """


def gumbel_noise(random_state: np.random.RandomState, shape: Sequence[int]) -> np.ndarray:
    """
    :param random_state: generator
    :param shape: shape of the result
    :return: standard Gumbel numbers, float32; the argmax of logits plus these is a categorical sample
    """
    return random_state.gumbel(size=tuple(shape)).astype(np.float32)

