"""Parameters and gradients as one vector."""
from typing import Any, List, Optional, Sequence

import numpy as np

from stable_baselines.common.tf1 import tf


def var_shape(tensor: tf.Tensor) -> List[int]:
    """
    :param tensor: a tensor or variable whose shape is known
    :return: the shape as numbers
    :raises ValueError: when part of the shape is unknown
    """
    shape = tensor.get_shape().as_list()
    if any(size is None for size in shape):
        raise ValueError('{}: the shape {} is not fully known'.format(tensor.name, shape))
    return shape


def intprod(tensor: Sequence[int]) -> int:
    """
    :param tensor: numbers
    :return: their product as an int
    """
    return int(np.prod(tensor))


def numel(tensor: tf.Tensor) -> int:
    """
    :param tensor: a tensor or variable whose shape is known
    :return: how many numbers it holds
    """
    return intprod(var_shape(tensor))


def flatten(tensors: Sequence[tf.Tensor]) -> tf.Tensor:
    """
    :param tensors: tensors of any shapes
    :return: all their numbers in one vector
    """
    return tf.concat([tf.reshape(tensor, [-1]) for tensor in tensors], axis=0)


def flatten_gradients(gradients: Sequence[Optional[tf.Tensor]], variables: Sequence[tf.Variable]) -> tf.Tensor:
    """
    :param gradients: what ``tf.gradients`` gives, one for each variable
    :param variables: the variables
    :return: all in one vector, zeros where there is none
    """
    return flatten([tf.zeros_like(variable) if gradient is None else gradient
                    for variable, gradient in zip(variables, gradients)])


def split_vector(vector: tf.Tensor, variables: Sequence[tf.Variable]) -> List[tf.Tensor]:
    """
    The reverse of ``flatten``.

    :param vector: shape [number of parameters]
    :param variables: what gives the shapes, in the order of ``flatten``
    :return: the parts, each in the shape of its variable
    """
    parts = tf.split(vector, [numel(variable) for variable in variables])
    return [tf.reshape(part, var_shape(variable)) for part, variable in zip(parts, variables)]


def flat_gradient(target: tf.Tensor, variables: Sequence[tf.Variable], grad_ys: Any = None) -> tf.Tensor:
    """
    The gradient as one vector, zeros where the target does not depend on a variable.

    :param target: what is differentiated
    :param variables: with respect to what, in this order
    :param grad_ys: weights on the target's elements (a vector-Jacobian product); None means ones
    :return: shape [number of parameters]
    """
    return flatten_gradients(tf.gradients(target, variables, grad_ys=grad_ys), variables)


def assign_from_flat(variables: Sequence[tf.Variable], vector: tf.Tensor) -> tf.Operation:
    """
    :param variables: what is assigned, in the order of ``flatten``
    :param vector: shape [number of parameters]
    :return: the operation that assigns all of them
    """
    return tf.group(*[tf.assign(variable, part) for variable, part in zip(variables, split_vector(vector, variables))])
