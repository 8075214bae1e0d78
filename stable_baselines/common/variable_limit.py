"""Keeps a graph that is built of a file in proportion to the file."""
import contextlib
from typing import Any, Iterator, Sequence

import numpy as np

from stable_baselines.common.tf1 import tf

# Beside parameters there are copies of some, and two moments of optimizers for each.
_MOST_TIMES = 8
_FREE_VARIABLES, _FREE_ELEMENTS = 100, 10000


@contextlib.contextmanager
def in_proportion_to(arrays: Sequence[np.ndarray]) -> Iterator[None]:
    """
    Settings of a few bytes can ask for a network of any size. It is not begun where the file holds no parameters for
    it.

    :param arrays: the file's parameters
    :return: context manager, in which variables are made
    :raises ValueError: before the first one is made that is too much
    """
    most_variables = _FREE_VARIABLES + _MOST_TIMES * len(arrays)
    held = sum(np.size(array) for array in arrays)
    most_elements = _FREE_ELEMENTS + _MOST_TIMES * held
    sizes = {}

    def checked(getter: Any, name: str, shape: Any = None, **options: Any) -> tf.Variable:
        sizes[name] = _elements(shape)
        if len(sizes) > most_variables or sum(sizes.values()) > most_elements:
            raise ValueError('its parameters are not those of the network that its settings describe, which is too '
                             'large for {} arrays of {} elements in all'.format(len(arrays), held))
        return getter(name, shape=shape, **options)

    with tf.variable_scope(tf.get_variable_scope(), custom_getter=checked):
        yield


def _elements(shape: Any) -> int:
    """
    :param shape: list, tuple or ``TensorShape``; None where the first value gives it
    :return: their product
    """
    sizes = [] if shape is None else tf.TensorShape(shape).as_list()
    product = 1
    for size in sizes:
        product *= int(size or 1)
    return product
