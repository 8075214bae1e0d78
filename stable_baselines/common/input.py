"""Turns observations of any supported space into the float tensor that networks read."""
from typing import Any, Optional, Tuple

import numpy as np

from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.tf1 import tf


def check_observation_space(space: Any) -> None:
    """
    :param space: an observation space
    :raises ValueError: naming the space, when no network here can read it
    """
    supported = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)
    if not isinstance(space, supported):
        raise ValueError('observation space {}: not supported. Supported are Box, Discrete, MultiDiscrete and '
                         'MultiBinary; wrap the environment so that it gives one of these.'.format(space_name(space)))
    if isinstance(space, spaces.MultiDiscrete) and np.ndim(space.nvec) != 1:
        raise ValueError('observation space {}: of rank {}; only MultiDiscrete spaces of rank 1 are supported. Flatten '
                         'it.'.format(space_name(space), np.ndim(space.nvec)))
    if isinstance(space, spaces.Discrete) and getattr(space, 'start', 0) != 0:
        raise ValueError('observation space {}: it starts at {}; only Discrete spaces that start at 0 are supported.'
                         .format(space_name(space), space.start))
    if np.prod(getattr(space, 'shape', None) or (), dtype=int) == 0:
        raise ValueError('observation space {}: it is empty, so there is nothing to learn from. Give it at least one '
                         'component.'.format(space_name(space)))


def is_image_space(space: Any) -> bool:
    """
    :param space: an observation space
    :return: whether it holds images: uint8 of shape (height, width, channels), from 0 to 255
    """
    return (isinstance(space, spaces.Box) and space.dtype == np.uint8 and len(space.shape) == 3
            and bool(np.all(space.low == 0)) and bool(np.all(space.high == 255)))


def check_image_size(images: tf.Tensor, least: int) -> None:
    """
    :param images: shape [batch, height, width, channels]
    :param least: pixels in each direction that a network needs
    :raises ValueError: when there are fewer; TensorFlow's own message speaks of negative sizes
    """
    height, width, channels = (int(size) for size in images.shape[1:])
    if min(height, width) < least:
        first = min(height, width) == height and channels >= least
        raise ValueError('images: at least {0} x {0} pixels expected, observations of shape {1} found{2}'.format(
            least, (height, width, channels), '. Put the channels last: (height, width, channels).' if first else
            "; enlarge them, choose 'MlpPolicy', or pass a cnn_extractor of your own in policy_kwargs."))


def observation_placeholder(space: Any, batch_size: Optional[int] = None, name: str = 'Ob') -> tf.Tensor:
    """
    :param space: an observation space
    :param batch_size: rows of a batch; None leaves it open
    :param name: name of the placeholder
    :return: placeholder of shape [batch_size] + the space's shape and of the space's own type
    """
    check_observation_space(space)
    if isinstance(space, spaces.Discrete):
        return tf.placeholder(tf.int32, [batch_size], name=name)
    if isinstance(space, spaces.MultiDiscrete):
        return tf.placeholder(tf.int32, [batch_size, len(space.nvec)], name=name)
    if isinstance(space, spaces.MultiBinary):
        return tf.placeholder(tf.int32, [batch_size] + list(space.shape), name=name)
    return tf.placeholder(space.dtype, [batch_size] + list(space.shape), name=name)


def encode_observation(space: Any, observation: tf.Tensor, scale: bool = False) -> tf.Tensor:
    """
    :param space: the observation space
    :param observation: shape [batch] + the space's shape
    :param scale: map bounded boxes to 0 ... 1, as networks for images want it
    :return: float32: one-hot for Discrete [batch, n] and MultiDiscrete [batch, sum of n], else the observation's shape
    """
    if isinstance(space, spaces.Discrete):
        return tf.one_hot(observation, int(space.n))
    if isinstance(space, spaces.MultiDiscrete):
        return tf.concat([tf.one_hot(observation[:, number], int(n)) for number, n in enumerate(space.nvec)], axis=-1)
    encoded = tf.cast(observation, tf.float32)
    if scale and isinstance(space, spaces.Box):
        low, width = space.low.astype(np.float64), space.high.astype(np.float64) - space.low
        # bounds that are the largest of all numbers, as CartPole's, mean none: scaled, everything would be the same
        if np.all(width <= np.finfo(np.float32).max) and np.any(width > 0.0):
            encoded = (encoded - low.astype(np.float32)) / np.where(width > 0.0, width, 1.0).astype(np.float32)
    return encoded


def observation_input(ob_space: Any, batch_size: Optional[int] = None, name: str = 'Ob',
                      scale: bool = False) -> Tuple[tf.Tensor, tf.Tensor]:
    """
    :param ob_space: the observation space
    :param batch_size: rows of a batch; None leaves it open
    :param name: name of the placeholder
    :param scale: map bounded boxes to 0 ... 1
    :return: the placeholder, and the encoded observation that networks read
    """
    placeholder = observation_placeholder(ob_space, batch_size, name)
    return placeholder, encode_observation(ob_space, placeholder, scale)
