"""What keeps a discriminator from winning too easily. Each piece is off unless it is asked for."""
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from stable_baselines.common.checks import check_number
from stable_baselines.common.tf1 import tf

__all__ = ['Regularization', 'SpectralNormalization', 'gradient_penalty', 'interpolated', 'noisy']

_TINY = 1e-12  # keeps the gradient of a root, and quotients, finite at 0


class Regularization(NamedTuple):
    """
    :param gradient_penalty: weight of ``gradient_penalty``; 10 in Gulrajani et al. 2017
    :param spectral_normalization: whether each layer's weights are divided by their largest singular value
    :param label_smoothing: the expert's rows count as the expert's by 1 less this (Salimans et al. 2016,
        arXiv:1606.03498, section 3.4: one side only)
    :param input_noise: standard deviation of noise on all that the discriminator reads while it learns (Arjovsky and
        Bottou 2017, arXiv:1701.04862, section 3), in units of normalized observations; pixels run from 0 to 1
    """

    gradient_penalty: float = 0.0
    spectral_normalization: bool = False
    label_smoothing: float = 0.0
    input_noise: float = 0.0

    def check(self) -> None:
        """
        :raises ValueError: names the first number that is out of range
        """
        check_number('gradient_penalty', self.gradient_penalty, 0.0)
        check_number('input_noise', self.input_noise, 0.0)
        check_number('label_smoothing', self.label_smoothing, 0.0, 0.5)

    @property
    def draws(self) -> bool:
        """Whether an update needs random numbers."""
        return self.gradient_penalty > 0.0 or self.input_noise > 0.0


def interpolated(generator_inputs: Sequence[tf.Tensor], expert_inputs: Sequence[tf.Tensor], seed: tf.Tensor
                 ) -> List[tf.Tensor]:
    """
    A random point on the line between each row of the policy and one of the expert.

    :param generator_inputs: what the discriminator reads, each [n, ...]
    :param expert_inputs: the same of the expert, each [m, ...]; the first min(n, m) rows of both are taken
    :param seed: shape [2], int32; the same seed gives the same points
    :return: as the inputs, min(n, m) rows each
    """
    n_rows = tf.minimum(tf.shape(generator_inputs[0])[0], tf.shape(expert_inputs[0])[0])
    share = tf.random.stateless_uniform([n_rows], seed)
    return [_between(one[:n_rows], other[:n_rows], share) for one, other in zip(generator_inputs, expert_inputs)]


def _between(one: tf.Tensor, other: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
    share = tf.reshape(share, [-1] + [1] * (len(one.shape) - 1))
    return share * one + (1.0 - share) * other


def gradient_penalty(logits: Callable[[List[tf.Tensor]], tf.Tensor], points: List[tf.Tensor]) -> tf.Tensor:
    """
    mean((|gradient of the logit by all that the discriminator reads| - 1) ** 2), which holds the discriminator's slope
    near 1 between the policy and the expert (Gulrajani et al. 2017, arXiv:1704.00028, equation 3).

    :param logits: from what the discriminator reads, each [n, ...], to logits [n, 1]
    :param points: where to take the gradient, see ``interpolated``
    :return: scalar, without the weight
    """
    gradients = tf.gradients(logits(points), points)
    squares = [tf.reduce_sum(tf.square(gradient), axis=list(range(1, len(point.shape))))
               for gradient, point in zip(gradients, points) if gradient is not None]
    return tf.reduce_mean(tf.square(tf.sqrt(tf.add_n(squares) + _TINY) - 1.0))


def noisy(inputs: Sequence[tf.Tensor], deviation: float, seed: tf.Tensor) -> List[tf.Tensor]:
    """
    :param inputs: what the discriminator reads, each [n, ...]
    :param deviation: standard deviation of the noise
    :param seed: shape [2], int32
    :return: the same plus normal noise
    """
    return [tensor + deviation * tf.random.stateless_normal(tf.shape(tensor), seed + number)
            for number, tensor in enumerate(inputs)]


class SpectralNormalization:
    """
    Divides weights by their largest singular value, so that no layer stretches anything (Miyato et al. 2018,
    arXiv:1802.05957, algorithm 1). The value is estimated by power iteration, from a vector kept with each matrix. One
    iteration after each small step of the weights keeps up with them; new weights take many, see
    ``DiscriminatorStep.settle``.

    To be used as ``custom_getter`` of a variable scope: matrices, and filters of convolutions taken as matrices
    [height * width * channels, filters], are normalized; biases are not.
    """

    def __init__(self) -> None:
        self._vectors: Dict[str, Tuple[tf.Variable, tf.Tensor]] = {}  # by the weights' name: vector, matrix

    def __call__(self, getter: Callable[..., tf.Variable], name: str, *arguments: Any, **options: Any) -> tf.Tensor:
        weights = getter(name, *arguments, **options)
        if len(weights.shape) < 2 or options.get('trainable') is False:  # statistics are no weights
            return weights
        matrix = tf.reshape(weights, [-1, int(weights.shape[-1])])
        if name not in self._vectors:
            # The same start everywhere: any vector that is not orthogonal to the first singular one will do.
            start = np.random.RandomState(0).normal(size=int(matrix.shape[0]))
            vector = getter(name + '_singular_vector', shape=start.shape, dtype=tf.float32, trainable=False,
                            initializer=tf.constant_initializer(start / np.linalg.norm(start)))
            self._vectors[name] = vector, matrix
        vector = self._vectors[name][0]
        left, right = tf.stop_gradient(vector), tf.stop_gradient(_direction(tf.linalg.matvec(matrix, vector, True)))
        return weights / tf.tensordot(left, tf.linalg.matvec(matrix, right), 1)

    @property
    def variables(self) -> List[tf.Variable]:
        """The vectors, to be saved with the weights."""
        return [vector for vector, _ in self._vectors.values()]

    def lags(self, absent: Sequence[str]) -> bool:
        """
        :param absent: names of the variables that were left as they are while others got new values
        :return: whether some weights got new values, and their vector did not
        """
        return any(vector.name in absent and weights + ':0' not in absent
                   for weights, (vector, _) in self._vectors.items())

    def iteration(self) -> tf.Operation:
        """
        :return: operation that brings each vector nearer to the singular one of its weights' present values
        """
        return tf.group(*[tf.assign(vector, _direction(tf.linalg.matvec(matrix, _direction(
            tf.linalg.matvec(matrix, vector, True))))) for vector, matrix in self._vectors.values()])


def _direction(vector: tf.Tensor) -> tf.Tensor:
    return vector / (tf.norm(vector) + _TINY)
