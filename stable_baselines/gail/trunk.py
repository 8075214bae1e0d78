"""What the discriminator makes of an observation before its fully connected layers: features, [batch, n]."""
from typing import Any, Callable, List, NamedTuple, Optional

import numpy as np

from stable_baselines.common.gym_api import space_name
from stable_baselines.common.input import encode_observation, is_image_space
from stable_baselines.common.tf1 import tf
from stable_baselines.common.tf_layers import conv, conv_to_fc

CnnExtractor = Callable[[tf.Tensor], tf.Tensor]
_LARGE_SIDE = 24  # pixels; from here on the first convolution may look at every fourth place only
_LAST_SIDE = 12  # places; a larger map would give the first fully connected layer millions of weights


class Convolution(NamedTuple):
    """One layer of the trunk; the filter is square, and wider than its step, so that no pixel is left out."""

    n_filters: int
    filter_size: int
    stride: int


def check_extractor(name: str, extractor: Optional[CnnExtractor], observation_space: Any) -> None:
    """
    :param name: the argument
    :param extractor: what was given for it; None is always right
    :param observation_space: of the discriminator; None while it is not known
    :raises TypeError: when it is no function
    :raises ValueError: when there are no images for it
    """
    if extractor is None:
        return
    if not callable(extractor):
        raise TypeError('{}={!r}: expected a function from images [batch, height, width, channels], 0 to 1, to '
                        'features, such as stable_baselines.common.policies.nature_cnn'.format(name, extractor))
    if observation_space is not None and not is_image_space(observation_space):
        raise ValueError('{}={!r}: images expected (Box of shape (height, width, channels), uint8, 0 to 255), '
                         'observation space {} found. Leave it out.'.format(name, extractor,
                                                                           space_name(observation_space)))


def plan_convolutions(height: int, width: int) -> List[Convolution]:
    """
    Two layers as in Mnih et al. 2013 (arXiv:1312.5602, section 4.1), which were enough for Atari games and take half of
    the time of the three layers of 2015; finer steps for small images, and more layers for large ones.

    :param height: of the images, in pixels
    :param width: of the images, in pixels
    :return: the layers; they leave at most 12 x 12 places
    """
    large = max(height, width) > _LARGE_SIDE
    plan = [Convolution(16, 8, 4) if large else Convolution(16, 4, 2), Convolution(32, 4, 2)]
    side = max(height, width)
    for layer in plan:
        side = -(-side // layer.stride)
    while side > _LAST_SIDE:
        plan.append(Convolution(32, 4, 2))
        side = -(-side // 2)
    return plan


def convolutional_trunk(scaled_images: tf.Tensor) -> tf.Tensor:
    """
    Convolutions with padding, so that images of any size pass, each followed by a rectifier; then flattened, because it
    matters where things are.

    :param scaled_images: shape [batch, height, width, channels], from 0 to 1
    :return: features, shape [batch, n]
    """
    features = scaled_images
    plan = plan_convolutions(int(scaled_images.shape[1]), int(scaled_images.shape[2]))
    for number, layer in enumerate(plan, start=1):
        features = tf.nn.relu(conv(features, 'c{}'.format(number), n_filters=layer.n_filters, pad='SAME',
                                   filter_size=layer.filter_size, stride=layer.stride, init_scale=np.sqrt(2),
                                   one_dim_bias=True))
    return conv_to_fc(features)


def image_features(scaled: tf.Tensor, extractor: Optional[CnnExtractor] = None) -> tf.Tensor:
    """
    :param scaled: images, shape [batch, height, width, channels], from 0 to 1
    :param extractor: takes the scaled images instead of ``convolutional_trunk``
    :return: features, shape [batch, n]; variables are made under ``cnn/``
    :raises ValueError: when the extractor returns something else than a tensor [batch, ...] of known size
    """
    with tf.variable_scope('cnn'):
        features = convolutional_trunk(scaled) if extractor is None else extractor(scaled)
    if not isinstance(features, tf.Tensor) or features.shape.ndims in (None, 0, 1) \
            or not features.shape[1:].is_fully_defined():
        raise ValueError('cnn_extractor={!r}: it returned {!r}; expected a tensor [batch, n] with n known'.format(
            extractor, features))
    return conv_to_fc(features)


def readable(space: Any, observations: tf.Tensor) -> tf.Tensor:
    """
    :param space: the observation space
    :param observations: shape [batch] + the space's shape
    :return: float32: pixels of images from 0 to 1, [batch, height, width, channels]; else [batch, n]: the numbers of
        other boxes, one-hot for Discrete and each component of MultiDiscrete, zeros and ones for MultiBinary
    """
    if is_image_space(space):
        return tf.cast(observations, tf.float32) / 255.0  # one scale for all pixels: their differences are the picture
    return conv_to_fc(encode_observation(space, observations))


def features_of(space: Any, inputs: tf.Tensor, extractor: Optional[CnnExtractor] = None) -> tf.Tensor:
    """
    :param space: the observation space
    :param inputs: see ``readable``
    :param extractor: for images, see ``image_features``
    :return: features, shape [batch, n]: of images those of convolutions, else the inputs
    """
    return image_features(inputs, extractor) if is_image_space(space) else inputs
