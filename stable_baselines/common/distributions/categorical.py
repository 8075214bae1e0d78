"""Categorical actions: one of n (``Discrete``) or one of n_i for each i (``MultiDiscrete``)."""
from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.distributions.base import (
    NumpySampling,
    ProbabilityDistribution,
    ProbabilityDistributionType,
    gumbel_noise,
)
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import linear
from stable_baselines.common.tf_util import calc_entropy, sample


class CategoricalProbabilityDistribution(ProbabilityDistribution):
    """
    Categorical distributions.

    :param logits: unnormalized log-probabilities, shape [batch, n_categories]
    """

    def __init__(self, logits: tf.Tensor):
        self.logits = logits

    def flatparam(self) -> tf.Tensor:
        return self.logits

    def mode(self) -> tf.Tensor:
        return tf.argmax(self.logits, axis=-1)

    def neglogp(self, x: tf.Tensor) -> tf.Tensor:
        # a dense product instead of sparse_softmax_cross_entropy, whose second derivative TensorFlow does not know
        return -tf.reduce_sum(tf.one_hot(x, int(self.logits.shape[-1])) * tf.nn.log_softmax(self.logits), axis=-1)

    def kl(self, other: 'CategoricalProbabilityDistribution') -> tf.Tensor:
        log_p, log_q = tf.nn.log_softmax(self.logits), tf.nn.log_softmax(other.logits)
        return tf.reduce_sum(tf.exp(log_p) * (log_p - log_q), axis=-1)

    def entropy(self) -> tf.Tensor:
        return calc_entropy(self.logits)

    def sample(self) -> tf.Tensor:
        return sample(self.logits)

    @classmethod
    def fromflat(cls, flat: tf.Tensor) -> 'CategoricalProbabilityDistribution':
        """
        :param flat: logits, shape [batch, n_categories]
        :return: the distributions
        """
        return cls(flat)


class CategoricalProbabilityDistributionType(ProbabilityDistributionType, NumpySampling):
    """
    Distributions for ``Discrete`` actions.

    :param n_cat: number of categories
    """

    def __init__(self, n_cat: int):
        self.n_cat = int(n_cat)

    def probability_distribution_class(self) -> type:
        return CategoricalProbabilityDistribution

    def proba_distribution_from_latent(self, pi_latent_vector: tf.Tensor, vf_latent_vector: tf.Tensor,
                                       init_scale: float = 1.0, init_bias: float = 0.0
                                       ) -> Tuple[ProbabilityDistribution, tf.Tensor, tf.Tensor]:
        logits = linear(pi_latent_vector, 'pi', self.n_cat, init_scale=init_scale, init_bias=init_bias)
        q_values = linear(vf_latent_vector, 'q', self.n_cat, init_scale=init_scale, init_bias=init_bias)
        return self.proba_distribution_from_flat(logits), logits, q_values

    def param_shape(self) -> List[int]:
        return [self.n_cat]

    def sample_shape(self) -> List[int]:
        return []

    def sample_dtype(self) -> tf.DType:
        return tf.int64

    def draw_noise(self, random_state: np.random.RandomState, batch_shape: Sequence[int]) -> np.ndarray:
        return gumbel_noise(random_state, list(batch_shape) + [self.n_cat])

    def numpy_action(self, parameters: Sequence[np.ndarray], noise: Optional[np.ndarray] = None) -> Any:
        logits = parameters[0]
        return (logits if noise is None else logits + noise).argmax(-1)


class MultiCategoricalProbabilityDistribution(ProbabilityDistribution):
    """
    Independent categorical distributions side by side.

    :param nvec: number of categories of each
    :param flat: all their logits, shape [batch, sum of nvec]
    """

    def __init__(self, nvec: Sequence[int], flat: tf.Tensor):
        self.flat = flat
        self.categoricals = [CategoricalProbabilityDistribution(logits)
                             for logits in tf.split(flat, [int(n) for n in nvec], axis=-1)]

    def flatparam(self) -> tf.Tensor:
        return self.flat

    def mode(self) -> tf.Tensor:
        return tf.stack([categorical.mode() for categorical in self.categoricals], axis=-1)

    def neglogp(self, x: tf.Tensor) -> tf.Tensor:
        return tf.add_n([categorical.neglogp(choice)
                         for categorical, choice in zip(self.categoricals, tf.unstack(x, axis=-1))])

    def kl(self, other: 'MultiCategoricalProbabilityDistribution') -> tf.Tensor:
        return tf.add_n([mine.kl(theirs) for mine, theirs in zip(self.categoricals, other.categoricals)])

    def entropy(self) -> tf.Tensor:
        return tf.add_n([categorical.entropy() for categorical in self.categoricals])

    def sample(self) -> tf.Tensor:
        return tf.stack([categorical.sample() for categorical in self.categoricals], axis=-1)

    @classmethod
    def fromflat(cls, flat: tf.Tensor) -> 'MultiCategoricalProbabilityDistribution':
        """
        Not possible from the logits alone: how many belong to each choice is unknown.

        :param flat: logits
        :raises TypeError: always; call ``proba_distribution_from_flat`` of the type, which knows
        """
        raise TypeError('MultiCategoricalProbabilityDistribution needs nvec besides the logits: use '
                        'MultiCategoricalProbabilityDistributionType(nvec).proba_distribution_from_flat(flat)')


class MultiCategoricalProbabilityDistributionType(ProbabilityDistributionType, NumpySampling):
    """
    Distributions for ``MultiDiscrete`` actions.

    :param n_vec: number of categories of each choice
    """

    def __init__(self, n_vec: Sequence[int]):
        self.n_vec = np.asarray(n_vec, dtype=np.int64)
        if self.n_vec.ndim != 1 or np.any(self.n_vec < 1):
            raise ValueError('MultiDiscrete actions: a vector of positive numbers expected, found {}'.format(
                self.n_vec.tolist()))
        self._starts = np.concatenate(([0], np.cumsum(self.n_vec)[:-1]))

    def probability_distribution_class(self) -> type:
        return MultiCategoricalProbabilityDistribution

    def proba_distribution_from_flat(self, flat: tf.Tensor) -> MultiCategoricalProbabilityDistribution:
        return MultiCategoricalProbabilityDistribution(self.n_vec, flat)

    def proba_distribution_from_latent(self, pi_latent_vector: tf.Tensor, vf_latent_vector: tf.Tensor,
                                       init_scale: float = 1.0, init_bias: float = 0.0
                                       ) -> Tuple[ProbabilityDistribution, tf.Tensor, tf.Tensor]:
        n_logits = self.param_shape()[0]
        logits = linear(pi_latent_vector, 'pi', n_logits, init_scale=init_scale, init_bias=init_bias)
        q_values = linear(vf_latent_vector, 'q', n_logits, init_scale=init_scale, init_bias=init_bias)
        return self.proba_distribution_from_flat(logits), logits, q_values

    def param_shape(self) -> List[int]:
        return [int(self.n_vec.sum())]

    def sample_shape(self) -> List[int]:
        return [len(self.n_vec)]

    def sample_dtype(self) -> tf.DType:
        return tf.int64

    def draw_noise(self, random_state: np.random.RandomState, batch_shape: Sequence[int]) -> np.ndarray:
        return gumbel_noise(random_state, list(batch_shape) + self.param_shape())

    def numpy_action(self, parameters: Sequence[np.ndarray], noise: Optional[np.ndarray] = None) -> Any:
        scores = parameters[0] if noise is None else parameters[0] + noise
        return np.stack([scores[..., start:start + n].argmax(-1)
                         for start, n in zip(self._starts, self.n_vec)], axis=-1)
