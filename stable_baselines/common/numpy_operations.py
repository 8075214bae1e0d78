"""TensorFlow's operations in NumPy, as far as networks of policies are made of them."""
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from stable_baselines.common.numpy_tanh import sigmoid, sigmoid_of_many, tanh_of_many
from stable_baselines.common.tf1 import tf

__all__ = ['OF_MANY', 'SPLITS', 'TRANSLATIONS', 'Untranslatable']

Translation = List[Any]  # a function, and arguments to add to the operation's own


class Untranslatable(Exception):
    """The network holds an operation that has no translation."""


def _matmul(operation: tf.Operation) -> Translation:
    if operation.get_attr('transpose_a') or operation.get_attr('transpose_b'):
        raise Untranslatable('MatMul of a transposed matrix')
    return [np.ndarray.dot]  # twice as fast as np.dot for a row


def _cast(operation: tf.Operation) -> Translation:
    dtype = np.dtype(operation.get_attr('DstT').as_numpy_dtype)
    return [lambda values: values.astype(dtype, copy=False)]


def _concat(operation: tf.Operation) -> Translation:
    return [lambda *parts_and_axis: np.concatenate(parts_and_axis[:-1], axis=int(parts_and_axis[-1]))]


def _one_hot(operation: tf.Operation) -> Translation:
    if operation.get_attr('axis') != -1:
        raise Untranslatable('OneHot along another axis')
    return [lambda index, depth, on_value, off_value: np.where(
        np.asarray(index)[..., None] == np.arange(int(depth)), on_value, off_value).astype(on_value.dtype)]


def _mean(operation: tf.Operation) -> Translation:
    keeps = operation.get_attr('keep_dims')
    return [lambda values, axes: values.mean(axis=tuple(np.atleast_1d(axes)), keepdims=keeps)]


def _split(part: tf.Tensor) -> Tuple[tf.Tensor, Callable]:
    axis, values = part.op.inputs
    return values, _slice_of(part, values, axis)


def _split_v(part: tf.Tensor) -> Tuple[tf.Tensor, Callable]:
    values, _, axis = part.op.inputs
    return values, _slice_of(part, values, axis)


def _slice_of(part: tf.Tensor, values: tf.Tensor, axis: tf.Tensor) -> Callable:
    widths = [tensor.shape.as_list()[-1] if tensor.shape.rank else None for tensor in part.op.outputs]
    if tf.get_static_value(axis) not in (-1, values.shape.rank - 1) or None in widths:
        raise Untranslatable('a split along another axis than the last')
    end = sum(widths[:part.value_index + 1])
    columns = (Ellipsis, slice(end - widths[part.value_index], end))
    return lambda array: array[columns]


def _leaky_relu(operation: tf.Operation) -> Translation:
    slope = np.float32(operation.get_attr('alpha'))
    return [lambda values: np.where(values > 0, values, slope * values)]


def _plain(function: Callable, *fixed: Any) -> Callable[[tf.Operation], Translation]:
    return lambda operation: [function] + list(fixed)


_ZERO = np.float32(0.0)
TRANSLATIONS: Dict[str, Callable[[tf.Operation], Translation]] = {
    'MatMul': _matmul,
    'Cast': _cast,
    'ConcatV2': _concat,
    'OneHot': _one_hot,
    'LeakyRelu': _leaky_relu,
    'Add': _plain(np.add),
    'AddV2': _plain(np.add),
    'BiasAdd': _plain(np.add),
    'Sub': _plain(np.subtract),
    'Mul': _plain(np.multiply),
    'RealDiv': _plain(np.divide),
    'Maximum': _plain(np.maximum),
    'Minimum': _plain(np.minimum),
    'Mean': _mean,
    'Rsqrt': _plain(lambda values: 1.0 / np.sqrt(values)),
    'SquaredDifference': _plain(lambda left, right: np.square(left - right)),
    'Tanh': _plain(np.tanh),
    'Exp': _plain(np.exp),
    'Square': _plain(np.square),
    'Reshape': _plain(np.reshape),
    'Relu': _plain(np.maximum, _ZERO),
    'Sigmoid': _plain(sigmoid),
    'Elu': _plain(lambda values: np.where(values > 0, values, np.expm1(np.minimum(values, _ZERO)))),
    'Softplus': _plain(lambda values: np.logaddexp(_ZERO, values)),
}
# operations of several outputs: (output) -> the tensor it is cut from, and how
SPLITS: Dict[str, Callable[[tf.Tensor], Tuple[tf.Tensor, Callable]]] = {'Split': _split, 'SplitV': _split_v}
# what is faster for many numbers
OF_MANY: Dict[Callable, Callable] = {np.tanh: tanh_of_many, sigmoid: sigmoid_of_many}
