"""Standardizes what a policy sees by statistics that are part of the model: they are saved and loaded with it.

A graph has at most one filter; every policy built in it, the old policy's copy too, looks through it.
"""
import contextlib
from typing import Any, Iterator, List, Mapping, Optional

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.input import is_image_space
from stable_baselines.common.tf1 import tf

__all__ = ['FILTERS', 'ObservationFilter', 'can_be_filtered', 'check_filter', 'check_filter_kept', 'filtered']

FILTERS = (None, 'running', 'expert')
_COLLECTION = 'observation_filter'
_LEAST_DEVIATION = 1e-2  # what hardly varies, in few demonstrations for instance, must not be blown up


class ObservationFilter:
    """
    Mean and standard deviation of observations, in variables of the graph; 0 and 1 until it has seen some.

    :param sess: the session
    :param space: observation space, a Box that holds no images
    """

    def __init__(self, sess: tf.Session, space: Any):
        self.shape = tuple(space.shape)
        zeros, ones = tf.zeros_initializer(), tf.ones_initializer()
        with tf.variable_scope('observation_filter'):
            self._mean = tf.get_variable('mean', self.shape, tf.float64, zeros, trainable=False)
            self._variance = tf.get_variable('variance', self.shape, tf.float64, ones, trainable=False)
            self._count = tf.get_variable('count', (), tf.float64, zeros, trainable=False)
        self._shift = tf.cast(self._mean, tf.float32)
        self._scale = tf.cast(1.0 / tf.maximum(tf.sqrt(self._variance), _LEAST_DEVIATION), tf.float32)
        self._sess = sess
        self._new = [tf.placeholder(tf.float64, variable.shape) for variable in self.variables]
        self._assign = tf.group(*[tf.assign(variable, new) for variable, new in zip(self.variables, self._new)])
        tf.add_to_collection(_COLLECTION, self)

    @property
    def variables(self) -> List[tf.Variable]:
        """Mean, variance and how many observations they are of."""
        return [self._mean, self._variance, self._count]

    @property
    def count(self) -> float:
        """How many observations have been counted."""
        return float(self._sess.run(self._count))

    def apply(self, observations: tf.Tensor) -> tf.Tensor:
        """
        :param observations: float32, [batch] + the space's shape
        :return: the same, standardized
        """
        return (observations - self._shift) * self._scale

    def update(self, observations: np.ndarray) -> None:
        """
        Count observations in, those of all workers on every worker (Chan, Golub, LeVeque 1979: the pairwise form).

        :param observations: shape [n, ...]
        """
        rows = np.asarray(observations, np.float64).reshape((-1,) + self.shape)
        mean, variance, count = self._sess.run(self.variables)
        sums = np.concatenate([rows.sum(0).ravel(), [len(rows)]])
        total = mpi.sum_over_workers(sums)
        n_rows = total[-1]
        row_mean = (total[:-1] / n_rows).reshape(self.shape)
        squares = mpi.sum_over_workers(np.square(rows - row_mean).sum(0).ravel()).reshape(self.shape)
        share = n_rows / (count + n_rows)
        difference = row_mean - mean
        spread = variance * count + squares + np.square(difference) * count * share
        self._sess.run(self._assign, dict(zip(self._new, [mean + difference * share, spread / (count + n_rows),
                                                          count + n_rows])))

    @contextlib.contextmanager
    def begun(self, observations: np.ndarray) -> Iterator[None]:
        """
        A policy cloned under the statistics of nothing would be lost as soon as there are some.

        :param observations: the first that are counted, if none have been; shape [n, ...]
        :return: context manager; when what is done within fails, nothing has been counted
        """
        if self.count:
            yield
            return
        before = self._sess.run(self.variables)
        self.update(observations)
        try:
            yield
        except BaseException:
            self._sess.run(self._assign, dict(zip(self._new, before)))
            raise


def filtered(observations: tf.Tensor) -> tf.Tensor:
    """
    :param observations: as a network reads them, float32
    :return: the same through the graph's filter, where there is one
    """
    found: List[ObservationFilter] = tf.get_collection(_COLLECTION)
    return found[0].apply(observations) if found else observations


def check_filter_kept(saved: Optional[str], changes: Mapping[str, Any]) -> None:
    """
    :param saved: ``observation_normalization`` of a saved model
    :param changes: hyperparameters to replace the saved ones
    :raises ValueError: when only one of the two has a filter
    """
    given = changes.get('observation_normalization', saved)
    if (saved is None) != (given is None):
        raise ValueError('observation_normalization: {!r} given, the saved model has {!r}. Its networks learned from '
                         'observations that look so; leave it out.'.format(given, saved))


def can_be_filtered(space: Any) -> bool:
    """
    :param space: observation space
    :return: whether there are numbers in it to standardize
    """
    return isinstance(space, spaces.Box) and not is_image_space(space)


def check_filter(name: str, value: Optional[str], choices: Any, space: Any) -> None:
    """
    :param name: the argument
    :param value: what was given for it
    :param choices: what may be
    :param space: observation space; None while it is not known
    :raises ValueError: for something else, or where observations are no vectors
    """
    if value not in choices:
        raise ValueError('{}={!r} is unknown; choose one of {}.'.format(name, value, ', '.join(map(repr, choices))))
    if value is not None and space is not None and not can_be_filtered(space):
        raise ValueError('{}={!r}: it standardizes boxes of numbers; the observation space {} holds none. Leave it '
                         'out.'.format(name, value, space_name(space)))
