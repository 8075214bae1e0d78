"""Session runs for hot loops, without what ``Session.run`` and ``make_callable`` do in Python on each call."""
import sys
from typing import Callable, List, Sequence

import numpy as np

from stable_baselines.common.tf1 import tf


def fast_callable(sess: tf.Session, tensors: Sequence[tf.Tensor], feeds: Sequence[tf.Tensor],
                  operations: Sequence[tf.Operation] = ()) -> Callable[..., List[np.ndarray]]:
    """
    A function that makes one session run. Where something is fed, ``make_callable`` checks every feed and takes the
    fetches apart and together again each time, which for a small graph costs as much as the run: 0.15 to 0.2
    milliseconds. Here all of it is done once; shapes are not checked beyond what the operations themselves need.

    :param sess: the session
    :param tensors: whose values are returned
    :param feeds: placeholders, in the order of the function's arguments
    :param operations: what is run as well
    :return: the function
    """
    # neither the method nor the message is part of TensorFlow's public interface, though both are there since 1.8
    message = getattr(sys.modules[tf.ConfigProto.__module__], 'CallableOptions', None)
    make = getattr(sess, '_make_callable_from_options', None)
    if message is None or make is None:
        return _slow_callable(sess, tensors, feeds, operations)
    run = make(message(feed=[feed.name for feed in feeds], fetch=[tensor.name for tensor in tensors],
                       target=[operation.name for operation in operations]))
    dtypes = [feed.dtype.as_numpy_dtype for feed in feeds]
    return lambda *values: run(*[np.asarray(value, dtype) for value, dtype in zip(values, dtypes)])


def fast_value(sess: tf.Session, tensor: tf.Tensor, feeds: Sequence[tf.Tensor],
               operations: Sequence[tf.Operation] = ()) -> Callable[..., np.ndarray]:
    """
    ``fast_callable`` for a single value.

    :param sess: the session
    :param tensor: whose value is returned
    :param feeds: placeholders, in the order of the function's arguments
    :param operations: what is run as well
    :return: the function
    """
    run = fast_callable(sess, [tensor], feeds, operations)
    return lambda *values: run(*values)[0]


def built_at_first_call(sess: tf.Session, build: Callable[[], Callable]) -> Callable:
    """
    Spares a piece of graph that not every program needs.

    :param sess: on whose graph it is built
    :param build: adds the piece and returns a function
    :return: that function, built when it is called first
    """
    built: List[Callable] = []

    def call(*values):
        if not built:
            with sess.graph.as_default():
                built.append(build())
        return built[0](*values)
    return call


def _slow_callable(sess: tf.Session, tensors: Sequence[tf.Tensor], feeds: Sequence[tf.Tensor],
                   operations: Sequence[tf.Operation]) -> Callable[..., List[np.ndarray]]:
    run = sess.make_callable(list(tensors) + list(operations), list(feeds))
    return lambda *values: run(*values)[:len(tensors)]
