"""Helpers for tests that build small graphs."""
import numpy as np

from stable_baselines.common.tf1 import tf


def evaluate(tensors, feed=None):
    """Values of tensors of the current graph, whose variables are initialized first."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        return sess.run(tensors, feed)


def finite_differences(function, point, step=1e-5):
    """Gradient of a function of a NumPy array in double precision, same shape."""
    point = np.array(point, dtype=np.float64)
    gradient = np.zeros_like(point)
    for index in np.ndindex(*point.shape):
        for sign in (1.0, -1.0):
            moved = point.copy()
            moved[index] += sign * step
            gradient[index] += sign * float(function(moved)) / (2.0 * step)
    return gradient
