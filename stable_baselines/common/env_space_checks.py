"""What is wrong, or unwise, with an environment's spaces, and with a value that should be in one."""
from typing import Any, Callable, Iterator

import numpy as np

from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.input import check_observation_space

__all__ = ['check_value', 'fault', 'hints_on_actions', 'hints_on_observations', 'is_known_space', 'is_number',
           'is_space']

_LEAST_IMAGE = 36  # pixels in each direction that the network of 'CnnPolicy' needs
_CHANNELS = (1, 3, 4)


def fault(message: str, *values: Any) -> AssertionError:
    """
    :param message: with places for the values
    :param values: to be put in
    :return: what to raise: stable-baselines' checker asserts, and scripts rely on that
    """
    return AssertionError(message.format(*values))


def is_known_space(space: Any) -> bool:
    """
    :param space: a space
    :return: whether its values can be checked here: one that networks of this library could read
    """
    return isinstance(space, (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary))


def hints_on_observations(space: Any) -> Iterator[str]:
    """
    :param space: the observation space, of gym
    :return: what is legal but unwise in it
    :raises AssertionError: when no observation could be in it
    """
    try:
        check_observation_space(space)
    except ValueError as error:
        yield 'models of this library cannot read its observations: {}'.format(error)
        return
    if not isinstance(space, spaces.Box):
        return
    _check_bounds('observation', space)
    if len(space.shape) == 3:
        yield from _hints_on_images(space)
    elif len(space.shape) != 1:
        yield ('observations of rank {} are flattened by MlpPolicy, whatever the axes mean. Flatten them yourself '
               '(gym.wrappers.FlattenObservation), or make images of shape (height, width, channels) of them.'.format(
                   len(space.shape)))
    if np.any(space.low == space.high):
        yield ('element {} of the observation space has equal bounds, {:g}: it never changes, so it tells nothing. '
               'Leave it out, or mend the bounds.'.format(*_first(space.low == space.high, space.low)))


def _hints_on_images(space: Any) -> Iterator[str]:
    height, width, channels = space.shape
    if space.dtype != np.uint8:
        yield ('observations of rank 3 are taken for images only if they are uint8, found {}. Give '
               'spaces.Box(0, 255, {}, np.uint8), and images from 0 to 255.'.format(space.dtype, space.shape))
    elif not (np.all(space.low == 0) and np.all(space.high == 255)):
        yield ('images should have bounds from 0 to 255, found {:g} to {:g}: policies scale by the bounds. Give '
               'spaces.Box(0, 255, {}, np.uint8).'.format(float(space.low.min()), float(space.high.max()), space.shape))
    if height in _CHANNELS and channels not in _CHANNELS:
        yield ('images of shape {} seem to have their channels first. Put them last: np.moveaxis(image, 0, -1).'.format(
            space.shape))
    elif min(height, width) < _LEAST_IMAGE:
        yield ("images of {} x {} pixels are too small for CnnPolicy, which needs {}. Enlarge them, choose "
               "'MlpPolicy', or pass a cnn_extractor.".format(height, width, _LEAST_IMAGE))


def hints_on_actions(space: Any) -> Iterator[str]:
    """
    :param space: the action space, of gym
    :return: what is legal but unwise in it
    :raises AssertionError: when no action could be in it
    """
    if not is_known_space(space):
        yield ('models of this library cannot act in the action space {}. Use Box, Discrete, MultiDiscrete or '
               'MultiBinary.'.format(space_name(space)))
        return
    if isinstance(space, spaces.Discrete) and getattr(space, 'start', 0) != 0:
        yield ('the action space {} starts at {}, and models choose from 0. Use spaces.Discrete({}), and add {} in '
               'step().'.format(space_name(space), space.start, space.n, space.start))
    if not isinstance(space, spaces.Box):
        return
    _check_bounds('action', space)
    if not (np.all(np.isfinite(space.low)) and np.all(np.isfinite(space.high))):
        yield ('the action space {} has no bounds, and SAC cannot scale to it. Give spaces.Box(-1.0, 1.0, {}, '
               'np.float32), and scale in step().'.format(space_name(space), space.shape))
    elif not (np.all(space.low == -1.0) and np.all(space.high == 1.0)):
        yield ('actions run from {:g} to {:g}. Policies begin with actions around 0, of standard deviation 1: let them '
               'run from -1 to 1, spaces.Box(-1.0, 1.0, {}, np.float32), and scale in step().'.format(
                   float(space.low.min()), float(space.high.max()), space.shape))


def _check_bounds(kind: str, space: Any) -> None:
    wrong = ~(space.low <= space.high)  # true of NaN as well
    if wrong.any():
        index, low = _first(wrong, space.low)
        raise fault('{}_space: element {} has bounds from {} to {}. Mend low and high of the Box.', kind, index, low,
                    space.high[wrong][0])


def check_value(value: Any, space: Any, what: str, warn: Callable[[str], None]) -> None:
    """
    :param value: an observation
    :param space: its space, of gym
    :param what: where it came from, for messages
    :param warn: takes what is legal but unwise
    :raises AssertionError: when the value is not in the space; says why
    """
    if not isinstance(space, spaces.Box):
        _check_whole(value, space, what)
        return
    if not isinstance(value, (np.ndarray, np.generic)):
        raise fault('{} is of type {}, an array expected. Return np.array(..., dtype=np.{}).', what,
                    type(value).__name__, space.dtype)
    if value.shape != space.shape:
        raise fault('{} has shape {}, its space {}. Mend observation_space or what is returned.', what, value.shape,
                    space.shape)
    if value.dtype.kind not in 'fiub' or (value.dtype.kind == 'f' and space.dtype.kind != 'f'):
        raise fault('{} is of dtype {}, which does not fit {} of its space. Return it as .astype(np.{}), or give the '
                    'space that dtype.', what, value.dtype, space.dtype, space.dtype)
    if not np.all(np.isfinite(value)):
        raise fault('{} holds {} at element {}: nothing can be learned from that. Find where it arises (a division by '
                    '0, a logarithm, an unstable simulation), or end the episode before.', what,
                    *_first(~np.isfinite(value), value)[::-1])
    outside = (value < space.low) | (value > space.high)
    if outside.any():
        index, found = _first(outside, value)
        raise fault('{} holds {} at element {}, where its space goes from {} to {}. Widen the bounds of '
                    'observation_space, or clip what is returned.', what, found, index, space.low[outside][0],
                    space.high[outside][0])
    if value.dtype != space.dtype:
        warn('observations are of dtype {}, their space of {}: they are converted at each step. Return them as '
             '.astype(np.{}).'.format(value.dtype, space.dtype, space.dtype))


def _check_whole(value: Any, space: Any, what: str) -> None:
    array = np.asarray(value)
    if isinstance(space, spaces.Discrete):
        if array.shape != () or array.dtype.kind not in 'iu':
            raise fault('{} is {!r}, a whole number expected for {}. Return int(...).', what, value, space_name(space))
    elif not isinstance(value, np.ndarray) or array.dtype.kind not in 'iub' or array.shape != tuple(space.shape):
        raise fault('{} is {!r}, an array of whole numbers of shape {} expected for {}. Return np.array(..., '
                    'dtype=np.{}).', what, value, tuple(space.shape), space_name(space), space.dtype)
    if not space.contains(value if isinstance(value, np.ndarray) else int(value)):
        raise fault('{} is {!r}, which is not in {}. Mend observation_space or what is returned.', what, value,
                    space_name(space))


def _first(where: np.ndarray, values: np.ndarray) -> tuple:
    """
    :param where: flags
    :param values: of the same shape
    :return: index of the first true one, a number in a vector, and the value there
    """
    index = tuple(int(number) for number in np.argwhere(where)[0])
    return (index[0] if len(index) == 1 else index), np.asarray(values)[index]


def is_number(value: Any) -> bool:
    """
    :param value: anything
    :return: whether it is a single real number, and no flag
    """
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def is_space(candidate: Any) -> bool:
    """
    :param candidate: anything
    :return: whether it is a space of gym or gymnasium
    """
    return isinstance(candidate, spaces.Space) or any(
        base.__name__ == 'Space' and base.__module__.startswith('gymnasium') for base in type(candidate).__mro__)
