"""Layers on plain TensorFlow variables: nothing from ``tf.layers``, Keras or ``tf.contrib``, which come and go."""
from typing import Any, Callable, Optional, Sequence

import numpy as np

from stable_baselines.common.initializers import glorot_uniform_init, ortho_init
from stable_baselines.common.lstm import lnlstm, lstm
from stable_baselines.common.normalization import standardized
from stable_baselines.common.tf1 import tf

__all__ = ['conv', 'conv_to_fc', 'dense', 'glorot_uniform_init', 'layer_normalization', 'linear', 'lnlstm', 'lstm',
           'mlp', 'ortho_init']

def linear(input_tensor: tf.Tensor, scope: str, n_hidden: int, *, init_scale: float = 1.0,
           init_bias: float = 0.0) -> tf.Tensor:
    """
    A fully connected layer without activation, variables ``w`` and ``b``, orthogonal initial weights.

    :param input_tensor: shape [batch, n_in]
    :param scope: variable scope
    :param n_hidden: how many outputs
    :param init_scale: scale of the initial weights
    :param init_bias: initial bias
    :return: shape [batch, n_hidden]
    """
    with tf.variable_scope(scope):
        weight = tf.get_variable('w', [int(input_tensor.shape[1]), n_hidden], initializer=ortho_init(init_scale))
        bias = tf.get_variable('b', [n_hidden], initializer=tf.constant_initializer(init_bias))
        return tf.nn.bias_add(tf.matmul(input_tensor, weight), bias)  # its gradient is one operation, not seven


def dense(input_tensor: tf.Tensor, scope: str, n_hidden: int, *, kernel: str = 'kernel', bias: str = 'bias',
          activ_fn: Optional[Callable] = None) -> tf.Tensor:
    """
    A fully connected layer with Glorot initial weights and zero biases.

    :param input_tensor: shape [batch, n_in]
    :param scope: variable scope
    :param n_hidden: how many outputs
    :param kernel: name of the weights
    :param bias: name of the biases
    :param activ_fn: what is applied to the sum; None for nothing
    :return: shape [batch, n_hidden]
    """
    with tf.variable_scope(scope):
        weights = tf.get_variable(kernel, [int(input_tensor.shape[1]), n_hidden], initializer=glorot_uniform_init())
        biases = tf.get_variable(bias, [n_hidden], initializer=tf.zeros_initializer())
        output = tf.nn.bias_add(tf.matmul(input_tensor, weights), biases)
    return output if activ_fn is None else activ_fn(output)


def conv(input_tensor: tf.Tensor, scope: str, *, n_filters: int, filter_size: Any, stride: int, pad: str = 'VALID',
         init_scale: float = 1.0, data_format: str = 'NHWC', one_dim_bias: bool = False) -> tf.Tensor:
    """
    A two-dimensional convolution without activation, variables ``w`` and ``b``, orthogonal initial weights.

    :param input_tensor: shape [batch, height, width, channels], or [batch, channels, height, width] for 'NCHW'
    :param scope: variable scope
    :param n_filters: how many output channels
    :param filter_size: height and width of the filter, or one number for both
    :param stride: step of the filter in both directions
    :param pad: 'VALID' or 'SAME'
    :param init_scale: scale of the initial weights
    :param data_format: 'NHWC' or 'NCHW'
    :param one_dim_bias: a bias of shape [n_filters] instead of [1, n_filters, 1, 1]
    :return: the convolved images, channels where they were
    :raises ValueError: for another ``data_format`` or a ``filter_size`` of another length
    """
    if data_format not in ('NHWC', 'NCHW'):
        raise ValueError("conv: data_format={!r}; expected 'NHWC' or 'NCHW'".format(data_format))
    height, width = (filter_size, filter_size) if np.isscalar(filter_size) else _filter_pair(filter_size)
    channels_last = data_format == 'NHWC'
    n_channels = int(input_tensor.shape[3 if channels_last else 1])
    strides = [1, stride, stride, 1] if channels_last else [1, 1, stride, stride]
    with tf.variable_scope(scope):
        weight = tf.get_variable('w', [height, width, n_channels, n_filters], initializer=ortho_init(init_scale))
        # four axes are the shape in stable-baselines' files, whatever the order of the images' own
        bias = tf.get_variable('b', [n_filters] if one_dim_bias else [1, n_filters, 1, 1],
                               initializer=tf.constant_initializer(0.0))
        convolved = tf.nn.conv2d(input_tensor, weight, strides=strides, padding=pad, data_format=data_format)
        return tf.nn.bias_add(convolved, bias if one_dim_bias else tf.reshape(bias, [-1]), data_format=data_format)


def _filter_pair(filter_size: Sequence[int]) -> Sequence[int]:
    if len(filter_size) != 2:
        raise ValueError('conv: filter_size={!r}; expected a number or (height, width)'.format(filter_size))
    return filter_size


def conv_to_fc(input_tensor: tf.Tensor) -> tf.Tensor:
    """
    Flatten everything but the batch.

    :param input_tensor: shape [batch, ...]
    :return: shape [batch, product of the rest]
    """
    return tf.reshape(input_tensor, [-1, int(np.prod([int(size) for size in input_tensor.shape[1:]]))])


def layer_normalization(input_tensor: tf.Tensor, scope: str = 'LayerNorm') -> tf.Tensor:
    """
    Normalize each row to mean 0 and variance 1, then scale and shift (Ba et al. 2016, arXiv:1607.06450).

    :param input_tensor: shape [batch, n]
    :param scope: variable scope of ``beta`` and ``gamma``
    :return: shape [batch, n]
    """
    n_features = int(input_tensor.shape[-1])
    with tf.variable_scope(scope):
        shift = tf.get_variable('beta', [n_features], initializer=tf.zeros_initializer())
        gain = tf.get_variable('gamma', [n_features], initializer=tf.ones_initializer())
        return standardized(input_tensor, 1e-12) * gain + shift


def mlp(input_tensor: tf.Tensor, layers: Sequence[int], activ_fn: Callable = tf.nn.relu,
        layer_norm: bool = False) -> tf.Tensor:
    """
    Fully connected layers ``fc0``, ``fc1``, ... with variables ``kernel`` and ``bias``.

    :param input_tensor: shape [batch, n_in]
    :param layers: outputs of each layer
    :param activ_fn: activation after each layer
    :param layer_norm: normalize each layer before its activation
    :return: shape [batch, layers[-1]]
    """
    output = input_tensor
    for number, n_hidden in enumerate(layers):
        output = dense(output, 'fc{}'.format(number), n_hidden)
        if layer_norm:
            output = layer_normalization(output, 'LayerNorm' if number == 0 else 'LayerNorm_{}'.format(number))
        output = activ_fn(output)
    return output
