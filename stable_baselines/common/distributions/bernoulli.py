"""Independent yes-or-no actions (``MultiBinary``)."""
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.distributions.base import (
    NumpySampling,
    ProbabilityDistribution,
    ProbabilityDistributionType,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import linear


class BernoulliProbabilityDistribution(ProbabilityDistribution):
    """
    Independent Bernoulli distributions.

    :param logits: log-odds of a one, shape [batch, size]
    """

    def __init__(self, logits: tf.Tensor):
        self.logits = logits
        self.probabilities = tf.sigmoid(logits)

    def flatparam(self) -> tf.Tensor:
        return self.logits

    def mode(self) -> tf.Tensor:
        return tf.cast(self.logits > 0.0, tf.int32)

    def neglogp(self, x: tf.Tensor) -> tf.Tensor:
        return tf.reduce_sum(self._cross_entropy(tf.cast(x, tf.float32)), axis=-1)

    def kl(self, other: 'BernoulliProbabilityDistribution') -> tf.Tensor:
        mine, theirs = self._cross_entropy(self.probabilities), other._cross_entropy(self.probabilities)
        return tf.reduce_sum(theirs - mine, axis=-1)

    def entropy(self) -> tf.Tensor:
        return tf.reduce_sum(self._cross_entropy(self.probabilities), axis=-1)

    def sample(self) -> tf.Tensor:
        return tf.cast(tf.random_uniform(tf.shape(self.probabilities)) < self.probabilities, tf.int32)

    def _cross_entropy(self, labels: tf.Tensor) -> tf.Tensor:
        return tf.nn.softplus(self.logits) - self.logits * labels

    @classmethod
    def fromflat(cls, flat: tf.Tensor) -> 'BernoulliProbabilityDistribution':
        """
        :param flat: log-odds, shape [batch, size]
        :return: the distributions
        """
        return cls(flat)


class BernoulliProbabilityDistributionType(ProbabilityDistributionType, NumpySampling):
    """
    Distributions for ``MultiBinary`` actions.

    :param size: numbers in one action
    """

    def __init__(self, size: int):
        self.size = int(size)

    def probability_distribution_class(self) -> type:
        return BernoulliProbabilityDistribution

    def proba_distribution_from_latent(self, pi_latent_vector: tf.Tensor, vf_latent_vector: tf.Tensor,
                                       init_scale: float = 1.0, init_bias: float = 0.0
                                       ) -> Tuple[ProbabilityDistribution, tf.Tensor, tf.Tensor]:
        logits = linear(pi_latent_vector, 'pi', self.size, init_scale=init_scale, init_bias=init_bias)
        q_values = linear(vf_latent_vector, 'q', self.size, init_scale=init_scale, init_bias=init_bias)
        return self.proba_distribution_from_flat(logits), logits, q_values

    def param_shape(self) -> List[int]:
        return [self.size]

    def sample_shape(self) -> List[int]:
        return [self.size]

    def sample_dtype(self) -> tf.DType:
        return tf.int32

    def draw_noise(self, random_state: np.random.RandomState, batch_shape: Sequence[int]) -> np.ndarray:
        # a logistic number above minus the log-odds comes up with the probability that the log-odds stand for
        return random_state.logistic(size=tuple(batch_shape) + (self.size,)).astype(np.float32)

    def numpy_action(self, parameters: Sequence[np.ndarray], noise: Optional[np.ndarray] = None) -> Any:
        logits = parameters[0]
        return ((logits if noise is None else logits + noise) > 0.0).astype(np.int32)
