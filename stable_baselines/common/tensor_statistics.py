"""Small statistics of tensors: losses, entropies, norms."""
import numpy as np

from stable_baselines.common.tf1 import tf

__all__ = ['avg_norm', 'calc_entropy', 'huber_loss', 'mse', 'q_explained_variance', 'sample']


def huber_loss(tensor: tf.Tensor, delta: float = 1.0) -> tf.Tensor:
    """
    Quadratic near zero, linear beyond (Huber 1964).

    :param tensor: errors
    :param delta: where the loss turns linear, in units of the error
    :return: the loss of each element
    """
    size = tf.abs(tensor)
    return tf.where(size < delta, 0.5 * tf.square(tensor), delta * (size - 0.5 * delta))


def mse(pred: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """
    :param pred: predictions
    :param target: same shape
    :return: mean squared error, a scalar
    """
    return tf.reduce_mean(tf.square(pred - target))


def sample(logits: tf.Tensor) -> tf.Tensor:
    """
    Draw categories by the Gumbel-max trick.

    :param logits: shape [batch, n_categories]
    :return: shape [batch], int64
    """
    uniform = tf.random_uniform(tf.shape(logits), minval=np.finfo(np.float32).tiny)
    return tf.argmax(logits - tf.log(-tf.log(uniform)), axis=-1)


def calc_entropy(logits: tf.Tensor) -> tf.Tensor:
    """
    :param logits: shape [batch, n_categories]
    :return: entropy of each categorical distribution in nats, shape [batch]
    """
    log_probabilities = tf.nn.log_softmax(logits)
    return -tf.reduce_sum(tf.exp(log_probabilities) * log_probabilities, axis=-1)


def avg_norm(tensor: tf.Tensor) -> tf.Tensor:
    """
    :param tensor: shape [..., n]
    :return: mean length of its rows, a scalar
    """
    return tf.reduce_mean(tf.norm(tensor, axis=-1))


def q_explained_variance(q_pred: tf.Tensor, q_true: tf.Tensor) -> tf.Tensor:
    """
    :param q_pred: predicted values, shape [n, m]
    :param q_true: what they should be, the same shape
    :return: share of the true values' variance that the predictions know: 1 for all of it, 0 for none; a scalar
    """
    def variance(tensor: tf.Tensor) -> tf.Tensor:
        return tf.reduce_mean(tf.square(tensor - tf.reduce_mean(tensor)))
    return 1.0 - variance(q_true - q_pred) / variance(q_true)
