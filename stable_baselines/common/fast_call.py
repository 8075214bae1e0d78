"""Session runs for hot loops, without what ``Session.run`` and ``make_callable`` do in Python on each call."""
import sys
from typing import Any, Callable, List, Sequence

import numpy as np

from stable_baselines.common.tf1 import tf


def fast_callable(sess: tf.Session, tensors: Sequence[tf.Tensor], feeds: Sequence[tf.Tensor],
                  operations: Sequence[tf.Operation] = ()) -> Callable[..., List[np.ndarray]]:
    """
    A function that makes one session run. Where something is fed, ``make_callable`` checks every feed and takes the
    fetches apart and together again each time, which for a small graph costs as much as the run: 0.15 to 0.2
    milliseconds. Here all of it is done once, at the first call: TensorFlow 2 adds outputs to loops when they are
    differentiated, which it must not do once the session knows them. Shapes are not checked beyond what the operations
    themselves need.

    :param sess: the session
    :param tensors: whose values are returned
    :param feeds: placeholders, in the order of the function's arguments
    :param operations: what is run as well
    :return: the function
    """
    # neither the method nor the message is part of TensorFlow's public interface, though both are there since 1.8
    if not tensors and not operations:  # TensorFlow refuses to run nothing
        return lambda *values: []
    message = getattr(sys.modules[tf.ConfigProto.__module__], 'CallableOptions', None)
    make = getattr(sess, '_make_callable_from_options', None)
    if message is None or make is None:
        return _slow_callable(sess, tensors, feeds, operations)
    options = message(feed=[feed.name for feed in feeds], fetch=[tensor.name for tensor in tensors],
                      target=[operation.name for operation in operations])
    dtypes = [feed.dtype.as_numpy_dtype for feed in feeds]
    prepared: List[Callable] = []

    def run(*values: np.ndarray) -> List[np.ndarray]:
        if not prepared:
            prepared.append(make(options))
        return prepared[0](*[np.asarray(value, dtype) for value, dtype in zip(values, dtypes)])
    return run


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


def in_rows(run: Callable[..., Any], feeds: Sequence[tf.Tensor]) -> Callable[..., Any]:
    """
    Let a function take sequences where it expects rows.

    :param run: function of one value a placeholder
    :param feeds: the placeholders, [batch] + the shape of a row
    :return: function of values [sequences, steps] + the shape of a row (or [sequences] + it, which stays)
    """
    shapes = [[-1] + [int(size) for size in feed.shape[1:]] if feed.shape.rank else [] for feed in feeds]
    return lambda *values: run(*[np.reshape(value, shape) for value, shape in zip(values, shapes)])


def built_at_first_call(sess: tf.Session, build: Callable[[], Callable]) -> Callable:
    """
    Spares a piece of graph that not every program needs.

    It is built at once where the graph holds functions, such as loops: TensorFlow 2 adds outputs to them when they are
    differentiated, which it must not do once the session knows them.

    :param sess: on whose graph it is built
    :param build: adds the piece and returns a function
    :return: that function, built when it is called first
    """
    if _holds_functions(sess.graph):
        with sess.graph.as_default():
            return build()
    built: List[Callable] = []

    def call(*values):
        if not built:
            with sess.graph.as_default():
                built.append(build())
        return built[0](*values)
    return call


def _holds_functions(graph: tf.Graph) -> bool:
    attributes = (attribute for operation in graph.get_operations() if operation.type != 'Const'
                  for attribute in operation.node_def.attr.values())
    return any(attribute.HasField('func') or attribute.list.func for attribute in attributes)


def _slow_callable(sess: tf.Session, tensors: Sequence[tf.Tensor], feeds: Sequence[tf.Tensor],
                   operations: Sequence[tf.Operation]) -> Callable[..., List[np.ndarray]]:
    prepared: List[Callable] = []

    def run(*values: np.ndarray) -> List[np.ndarray]:
        if not prepared:
            prepared.append(sess.make_callable(list(tensors) + list(operations), list(feeds)))
        return prepared[0](*values)[:len(tensors)]
    return run
