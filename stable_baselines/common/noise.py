"""Noise added to the actions of a deterministic or slowly exploring policy.

All draw from numpy's global generator, which ``set_global_seeds`` (and the ``seed`` of a model) seeds.
"""
from abc import ABC, abstractmethod
from typing import Optional, Tuple

import numpy as np

__all__ = ['ActionNoise', 'NormalActionNoise', 'OrnsteinUhlenbeckActionNoise']


class ActionNoise(ABC):
    """A stream of noise; calling it gives the next value."""

    def reset(self) -> None:
        """Begin anew: called at the end of each episode. Noise without memory has nothing to do."""

    @abstractmethod
    def __call__(self) -> np.ndarray:
        """
        :return: the next value, of the shape of one action
        """


class NormalActionNoise(ActionNoise):
    """
    Independent normal noise.

    :param mean: mean of each component, shape of one action (or one number)
    :param sigma: standard deviation, same shape (or one number)
    :raises ValueError: when the shapes do not fit, or a deviation is negative
    """

    def __init__(self, mean: np.ndarray, sigma: np.ndarray) -> None:
        self._mu, self._sigma = _checked(mean, sigma)

    def __call__(self) -> np.ndarray:
        return self._mu + self._sigma * np.random.standard_normal(self._mu.shape)

    def __repr__(self) -> str:
        return 'NormalActionNoise(mu={}, sigma={})'.format(self._mu, self._sigma)


class OrnsteinUhlenbeckActionNoise(ActionNoise):
    """
    Noise that drifts back to its mean: the Ornstein-Uhlenbeck process ``dx = theta (mean - x) dt + sigma dW`` by
    Euler's scheme, as in DDPG (Lillicrap et al. 2016, section 7).

    :param mean: mean of each component, shape of one action (or one number)
    :param sigma: scale of the noise, same shape (or one number)
    :param theta: rate of the return to the mean, per unit of time
    :param dt: time between two calls
    :param initial_noise: value to begin with; None means zero
    :raises ValueError: when the shapes do not fit, or a scale is negative
    """

    def __init__(self, mean: np.ndarray, sigma: np.ndarray, theta: float = 0.15, dt: float = 0.01,
                 initial_noise: Optional[np.ndarray] = None) -> None:
        self._mu, self._sigma = _checked(mean, sigma)
        self._theta = theta
        self._dt = dt
        self.initial_noise = initial_noise
        self.noise_prev = np.zeros(self._mu.shape)
        self.reset()

    def __call__(self) -> np.ndarray:
        drift = self._theta * (self._mu - self.noise_prev) * self._dt
        shock = self._sigma * np.sqrt(self._dt) * np.random.standard_normal(self._mu.shape)
        self.noise_prev = self.noise_prev + drift + shock
        return self.noise_prev

    def reset(self) -> None:
        """Go back to the initial value."""
        start = 0.0 if self.initial_noise is None else self.initial_noise
        self.noise_prev = np.zeros(self._mu.shape) + start

    def __repr__(self) -> str:
        return 'OrnsteinUhlenbeckActionNoise(mu={}, sigma={})'.format(self._mu, self._sigma)


def _checked(mean: np.ndarray, sigma: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """
    :param mean: array or number
    :param sigma: array or number
    :return: both as floating point arrays of one shape
    """
    try:
        mean, sigma = np.broadcast_arrays(np.asarray(mean, np.float64), np.asarray(sigma, np.float64))
    except ValueError as error:
        raise ValueError('mean and sigma must have the same shape (or be single numbers), found {} and {}.'
                         .format(np.shape(mean), np.shape(sigma))) from error
    if not np.all(sigma >= 0):
        raise ValueError('sigma={} must not be negative.'.format(sigma))
    return mean.copy(), sigma.copy()
