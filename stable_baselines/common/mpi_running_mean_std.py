"""Running mean and standard deviation of all data seen by all workers, kept in graph variables."""
from typing import Any, Callable, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.fast_call import fast_callable
from stable_baselines.common.tf1 import tf


class RunningMeanStd:
    """
    Sums that give mean and standard deviation.

    :param epsilon: how many zeros-and-ones rows are counted as seen at the start; keeps the first values finite
    :param shape: shape of one row
    """

    def __init__(self, epsilon: float = 1e-2, shape: Sequence[int] = ()):
        self.shape = tuple(shape)
        zeros, start = tf.zeros_initializer(), tf.constant_initializer(epsilon)
        self._sum = tf.get_variable('runningsum', self.shape, tf.float64, initializer=zeros, trainable=False)
        self._sumsq = tf.get_variable('runningsumsq', self.shape, tf.float64, initializer=start, trainable=False)
        self._count = tf.get_variable('count', (), tf.float64, initializer=start, trainable=False)
        # double precision: the difference of the squares of large, close numbers loses everything in single precision
        mean = self._sum / self._count
        variance = self._sumsq / self._count - tf.square(mean)
        self.mean = tf.cast(mean, tf.float32)
        self.std = tf.cast(tf.sqrt(tf.maximum(variance, 1e-2)), tf.float32)
        self._new_sum = tf.placeholder(tf.float64, self.shape)
        self._new_sumsq = tf.placeholder(tf.float64, self.shape)
        self._new_count = tf.placeholder(tf.float64, ())
        self._update = tf.group(tf.assign_add(self._sum, self._new_sum), tf.assign_add(self._sumsq, self._new_sumsq),
                                tf.assign_add(self._count, self._new_count))
        self._session: Optional[tf.Session] = None  # the latest that counted
        self._run_update: Optional[Callable[..., Any]] = None  # in it

    @property
    def variables(self) -> list:
        """Sum, sum of squares and count."""
        return [self._sum, self._sumsq, self._count]

    def update(self, data: np.ndarray, sess: Optional[tf.Session] = None) -> None:
        """
        Count rows in, those of all workers on every worker.

        :param data: shape [n_rows] + shape
        :param sess: the session; None means the default one
        """
        rows = np.asarray(data, dtype=np.float64).reshape((-1,) + self.shape)
        local = np.concatenate([rows.sum(axis=0).ravel(), np.square(rows).sum(axis=0).ravel(), [len(rows)]])
        total = mpi.sum_over_workers(local)
        size = int(np.prod(self.shape))
        sess = sess or tf.get_default_session()
        if sess is not self._session:
            feeds = [self._new_sum, self._new_sumsq, self._new_count]
            self._session, self._run_update = sess, fast_callable(sess, [], feeds, [self._update])
        self._run_update(total[:size].reshape(self.shape), total[size:2 * size].reshape(self.shape), total[-1])
