"""Gaussian actions with a diagonal covariance that does not depend on the state (``Box``)."""
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.distributions.base import (
    NumpySampling,
    ProbabilityDistribution,
    ProbabilityDistributionType,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import linear


class DiagGaussianProbabilityDistribution(ProbabilityDistribution):
    """
    Gaussian distributions with diagonal covariance.

    :param flat: means, then logarithms of the standard deviations, shape [batch, 2 * size]
    """

    def __init__(self, flat: tf.Tensor):
        self.flat = flat
        self.mean, self.logstd = tf.split(flat, 2, axis=-1)
        self.std = tf.exp(self.logstd)
        self.acting_tensors = [self.mean, self.std]

    def flatparam(self) -> tf.Tensor:
        return self.flat

    def mode(self) -> tf.Tensor:
        return self.mean

    def neglogp(self, x: tf.Tensor) -> tf.Tensor:
        size = int(self.mean.shape[-1])
        return (0.5 * tf.reduce_sum(tf.square((x - self.mean) / self.std), axis=-1)
                + 0.5 * np.log(2.0 * np.pi) * size + tf.reduce_sum(self.logstd, axis=-1))

    def kl(self, other: 'DiagGaussianProbabilityDistribution') -> tf.Tensor:
        spread = (tf.square(self.std) + tf.square(self.mean - other.mean)) / (2.0 * tf.square(other.std))
        return tf.reduce_sum(other.logstd - self.logstd + spread - 0.5, axis=-1)

    def entropy(self) -> tf.Tensor:
        return tf.reduce_sum(self.logstd + 0.5 * np.log(2.0 * np.pi * np.e), axis=-1)

    def sample(self) -> tf.Tensor:
        return self.mean + self.std * tf.random_normal(tf.shape(self.mean))

    @classmethod
    def fromflat(cls, flat: tf.Tensor) -> 'DiagGaussianProbabilityDistribution':
        """
        :param flat: means, then logarithms of the standard deviations, shape [batch, 2 * size]
        :return: the distributions
        """
        return cls(flat)


class DiagGaussianProbabilityDistributionType(ProbabilityDistributionType, NumpySampling):
    """
    Distributions for ``Box`` actions, flattened to vectors.

    :param size: numbers in one action
    """

    def __init__(self, size: int):
        self.size = int(size)

    def probability_distribution_class(self) -> type:
        return DiagGaussianProbabilityDistribution

    def proba_distribution_from_latent(self, pi_latent_vector: tf.Tensor, vf_latent_vector: tf.Tensor,
                                       init_scale: float = 1.0, init_bias: float = 0.0
                                       ) -> Tuple[ProbabilityDistribution, tf.Tensor, tf.Tensor]:
        mean = linear(pi_latent_vector, 'pi', self.size, init_scale=init_scale, init_bias=init_bias)
        logstd = tf.get_variable('pi/logstd', [1, self.size], initializer=tf.zeros_initializer())
        flat = tf.concat([mean, mean * 0.0 + logstd], axis=1)
        q_values = linear(vf_latent_vector, 'q', self.size, init_scale=init_scale, init_bias=init_bias)
        distribution = self.proba_distribution_from_flat(flat)
        distribution.acting_tensors = [mean, tf.exp(logstd)]  # one row of standard deviations serves all
        return distribution, mean, q_values

    def param_shape(self) -> List[int]:
        return [2 * self.size]

    def sample_shape(self) -> List[int]:
        return [self.size]

    def sample_dtype(self) -> tf.DType:
        return tf.float32

    def draw_noise(self, random_state: np.random.RandomState, batch_shape: Sequence[int]) -> np.ndarray:
        return random_state.standard_normal(tuple(batch_shape) + (self.size,)).astype(np.float32)

    def acting_tensors(self, distribution: ProbabilityDistribution) -> List[tf.Tensor]:
        return distribution.acting_tensors

    def numpy_action(self, parameters: Sequence[np.ndarray], noise: Optional[np.ndarray] = None) -> Any:
        mean, std = parameters
        return mean if noise is None else mean + std * noise
