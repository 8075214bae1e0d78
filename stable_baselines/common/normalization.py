"""Layer normalization (Ba et al. 2016, arXiv:1607.06450)."""
from stable_baselines.common.tf1 import tf


def standardized(tensor: tf.Tensor, epsilon: float) -> tf.Tensor:
    """
    Bring rows to mean 0 and standard deviation 1 over their last axis.

    :param tensor: shape [..., n]
    :param epsilon: added to the variance
    :return: same shape
    """
    centred = tensor - tf.reduce_mean(tensor, axis=-1, keepdims=True)
    # Epsilon goes inside of the mean on purpose. Where it stands behind it, as usual, TensorFlow 2 recognizes the layer
    # and, on Intel's processors, runs an operation of its own instead, with an epsilon of 0.001 whatever stands here;
    # but only where no gradient is computed, so that a policy would act otherwise than it learns.
    return centred * tf.rsqrt(tf.reduce_mean(tf.square(centred) + epsilon, axis=-1, keepdims=True))
