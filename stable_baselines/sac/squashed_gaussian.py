"""Gaussian actions squashed by tanh (SAC, appendix C), as pure functions of tensors."""
from typing import Tuple

import numpy as np

from stable_baselines.common.tf1 import tf

EPS = 1e-6  # keeps the logarithm of 1 - tanh^2 finite where tanh rounds to 1
LOG_STD_MIN = -20.0
LOG_STD_MAX = 2.0


def gaussian_likelihood(input_: tf.Tensor, mu_: tf.Tensor, log_std: tf.Tensor) -> tf.Tensor:
    """
    Log-density of a Gaussian with independent components.

    :param input_: where to evaluate it, shape [batch, size]
    :param mu_: means, shape [batch, size]
    :param log_std: logarithms of the standard deviations, shape [batch, size]
    :return: shape [batch]
    """
    return standard_likelihood((input_ - mu_) / (tf.exp(log_std) + EPS), log_std)


def standard_likelihood(noise: tf.Tensor, log_std: tf.Tensor) -> tf.Tensor:
    """
    Log-density of ``mean + std * noise`` under its own Gaussian. Neither mean nor spread is divided out, so it is exact
    however small the spread.

    :param noise: shape [batch, size]
    :param log_std: logarithms of the standard deviations, shape [batch, size]
    :return: shape [batch]
    """
    return -tf.reduce_sum(0.5 * tf.square(noise) + log_std + np.float32(0.5 * np.log(2.0 * np.pi)), axis=1)


def gaussian_entropy(log_std: tf.Tensor) -> tf.Tensor:
    """
    :param log_std: logarithms of the standard deviations, shape [batch, size]
    :return: entropy in nats, shape [batch]
    """
    return tf.reduce_sum(log_std + np.float32(0.5 * np.log(2.0 * np.pi * np.e)), axis=-1)


def apply_squashing_func(mu_: tf.Tensor, pi_: tf.Tensor, logp_pi: tf.Tensor) -> Tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """
    Squash Gaussian actions to (-1, 1); the density changes by the derivative of tanh (equation 21).

    :param mu_: means, shape [batch, size]
    :param pi_: actions, shape [batch, size]
    :param logp_pi: log-densities of the actions, shape [batch]
    :return: squashed means, squashed actions, log-densities of the latter
    """
    squashed = tf.tanh(pi_)
    return tf.tanh(mu_), squashed, logp_pi - tf.reduce_sum(tf.log(1.0 - tf.square(squashed) + EPS), axis=1)


def expert_likelihood(actions: tf.Tensor, mean: tf.Tensor, std: tf.Tensor) -> tf.Tensor:
    """
    Log-density that squashed Gaussians give to actions from outside. Actions at the bounds, which tanh never reaches,
    count as the nearest ones that single precision tells apart from them well.

    :param actions: shape [batch, size], from -1 to 1
    :param mean: before squashing, shape [batch, size]
    :param std: before squashing, shape [batch, size]
    :return: shape [batch]
    """
    inside = tf.clip_by_value(actions, EPS - 1.0, 1.0 - EPS)
    noise = (tf.atanh(inside) - mean) / std
    return standard_likelihood(noise, tf.log(std)) - tf.reduce_sum(tf.log(1.0 - tf.square(inside)), axis=1)


def clip_but_pass_gradient(input_: tf.Tensor, lower: float = -1.0, upper: float = 1.0) -> tf.Tensor:
    """
    Limit values, but let the gradient through as if they were not limited.

    :param input_: any shape
    :param lower: least value
    :param upper: greatest value
    :return: same shape
    """
    return input_ + tf.stop_gradient(tf.clip_by_value(input_, lower, upper) - input_)
