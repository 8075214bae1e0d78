"""Layers: names and shapes of variables, initial weights, values."""
import numpy as np
import pytest

from stable_baselines.common import tf_layers
from stable_baselines.common.tf1 import tf


def run(sess, tensors, feed=None):
    sess.run(tf.global_variables_initializer())
    return sess.run(tensors, feed)


def shapes():
    return {variable.name: variable.shape.as_list() for variable in tf.trainable_variables()}


@pytest.mark.parametrize('shape', [(5, 3), (3, 5), (4, 4), (2, 2, 3, 8)])
def test_orthogonal_weights(shape):
    weights = tf_layers.ortho_init(scale=2.0)(shape)
    assert weights.shape == shape
    assert weights.dtype == np.float32
    matrix = weights.reshape(-1, shape[-1])
    product = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    assert np.allclose(product, 4.0 * np.eye(len(product)), atol=1e-5)


def test_orthogonal_weights_need_rank_two_or_four():
    with pytest.raises(ValueError, match=r'\(3,\)'):
        tf_layers.ortho_init()((3,))


def test_glorot_weights():
    weights = tf_layers.glorot_uniform_init()((300, 200))
    limit = np.sqrt(6.0 / 500.0)
    assert np.abs(weights).max() <= limit
    assert weights.std() == pytest.approx(limit / np.sqrt(3.0), rel=0.02)


def test_linear(sess):
    inputs = np.random.RandomState(0).normal(size=(4, 3)).astype(np.float32)
    output = tf_layers.linear(tf.constant(inputs), 'layer', 2, init_scale=0.5, init_bias=0.25)
    assert shapes() == {'layer/w:0': [3, 2], 'layer/b:0': [2]}
    found, weight = run(sess, [output, tf.trainable_variables()[0]])
    assert np.allclose(found, inputs @ weight + 0.25, atol=1e-6)
    assert np.allclose(weight.T @ weight, 0.25 * np.eye(2), atol=1e-6)


def test_dense(sess):
    output = tf_layers.dense(tf.ones([2, 3]), 'layer', 4, kernel='weights', bias='biases', activ_fn=tf.nn.relu)
    assert shapes() == {'layer/weights:0': [3, 4], 'layer/biases:0': [4]}
    found, weight = run(sess, [output, tf.trainable_variables()[0]])
    assert np.allclose(found, np.maximum(weight.sum(axis=0), 0.0), atol=1e-6)


@pytest.mark.parametrize('one_dim_bias, bias_shape', [(False, [1, 2, 1, 1]), (True, [2])])
def test_convolution(sess, one_dim_bias, bias_shape):
    images = np.random.RandomState(0).normal(size=(2, 6, 6, 3)).astype(np.float32)
    output = tf_layers.conv(tf.constant(images), 'c', n_filters=2, filter_size=3, stride=2, one_dim_bias=one_dim_bias)
    assert shapes() == {'c/w:0': [3, 3, 3, 2], 'c/b:0': bias_shape}
    found, weight = run(sess, [output, tf.trainable_variables()[0]])
    assert found.shape == (2, 2, 2, 2)
    patch = images[1, 2:5, 0:3]
    assert np.allclose(found[1, 1, 0], (patch[..., None] * weight).sum(axis=(0, 1, 2)), atol=1e-5)


def test_convolution_of_other_forms(sess):
    images = tf.zeros([1, 8, 8, 3])
    assert tf_layers.conv(images, 'pair', n_filters=2, filter_size=(3, 5), stride=1).shape.as_list() == [1, 6, 4, 2]
    same = tf_layers.conv(images, 'same', n_filters=2, filter_size=3, stride=1, pad='SAME')
    assert same.shape.as_list() == [1, 8, 8, 2]
    channels_first = tf.transpose(images, [0, 3, 1, 2])
    assert tf_layers.conv(channels_first, 'first', n_filters=2, filter_size=3, stride=1,
                          data_format='NCHW').shape.as_list() == [1, 2, 6, 6]
    with pytest.raises(ValueError, match="data_format='HWC'"):
        tf_layers.conv(images, 'x', n_filters=2, filter_size=3, stride=1, data_format='HWC')
    with pytest.raises(ValueError, match='filter_size'):
        tf_layers.conv(images, 'y', n_filters=2, filter_size=(3, 3, 3), stride=1)


def test_flattening(sess):
    array = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(run(sess, tf_layers.conv_to_fc(tf.constant(array))), array.reshape(2, 12))
    assert tf_layers.conv_to_fc(tf.placeholder(tf.float32, [None])).shape.as_list() == [None, 1]


def test_layer_normalization(sess):
    rows = np.random.RandomState(0).normal(3.0, 5.0, size=(4, 20)).astype(np.float32)
    found = run(sess, tf_layers.layer_normalization(tf.constant(rows)))
    assert shapes() == {'LayerNorm/beta:0': [20], 'LayerNorm/gamma:0': [20]}
    assert np.allclose(found.mean(axis=1), 0.0, atol=1e-5)
    assert np.allclose(found.std(axis=1), 1.0, atol=1e-4)


def test_layer_normalization_of_small_numbers(sess):
    """Where no gradient is computed, TensorFlow 2 replaces the usual form by one whose epsilon is 0.001."""
    rows = np.random.RandomState(0).normal(scale=0.01, size=(4, 20))
    placeholder = tf.placeholder(tf.float32, [None, 20])
    found = run(sess, tf_layers.layer_normalization(placeholder), {placeholder: rows})
    expected = (rows - rows.mean(axis=1, keepdims=True)) / rows.std(axis=1, keepdims=True)
    assert np.allclose(found, expected, atol=1e-5)


def test_mlp(sess):
    output = tf_layers.mlp(tf.ones([2, 3]), [5, 4], layer_norm=True)
    assert output.shape.as_list() == [2, 4]
    assert shapes() == {'fc0/kernel:0': [3, 5], 'fc0/bias:0': [5], 'LayerNorm/beta:0': [5], 'LayerNorm/gamma:0': [5],
                        'fc1/kernel:0': [5, 4], 'fc1/bias:0': [4], 'LayerNorm_1/beta:0': [4],
                        'LayerNorm_1/gamma:0': [4]}
    assert (run(sess, output) >= 0.0).all()


def test_initial_weights_follow_numpy_s_seed():
    weights = []
    for seed in (0, 0, 1):
        with tf.Graph().as_default(), tf.Session() as sess:
            np.random.seed(seed)
            weights.append(run(sess, tf_layers.linear(tf.ones([1, 4]), 'layer', 4)))
    assert np.array_equal(weights[0], weights[1])
    assert not np.array_equal(weights[0], weights[2])
