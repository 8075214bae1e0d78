"""Accepts the environments that users hand to models, and the observations that they hand to ``predict``."""
import warnings
from typing import Any, Tuple

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.input import is_image_space
from stable_baselines.common.vec_env import UnbatchedVecEnv, VecEnv, as_vec_env


def resolve_env(env: Any) -> Any:
    """
    :param env: an environment id, an environment of gym or gymnasium, or a VecEnv
    :return: the environment or VecEnv; a VecEnv of the one that an id names
    :raises ValueError: when gym knows no such id
    :raises TypeError: for anything else
    """
    if isinstance(env, str):
        return as_vec_env(gym_api.make(env))
    if isinstance(env, VecEnv) or gym_api.is_env(env):
        return env
    raise TypeError('env={!r}: expected an environment id such as "CartPole-v1", a gym environment or a VecEnv; this '
                    'is of type {}'.format(env, type(env).__name__))


def shown_env(env: Any) -> Any:
    """
    :param env: what ``resolve_env`` returned
    :return: what a model's ``get_env`` answers: a VecEnv of one environment is stepped without a batch, as by
        stable-baselines' TRPO, GAIL and SAC; everything else is as it was given
    """
    return UnbatchedVecEnv(env) if isinstance(env, VecEnv) and env.num_envs == 1 and not env.is_unbatched else env


def as_batch(values: Any, space: Any, name: str = 'observation') -> Tuple[np.ndarray, bool]:
    """
    :param values: one observation (or action), or a batch of them along a new first axis
    :param space: its space
    :param name: the argument's name, for messages
    :return: the batch in the space's type, and whether it was a batch already
    :raises ValueError: naming the shape or type found and those expected
    """
    if isinstance(values, tuple) and len(values) == 2 and isinstance(values[1], dict):
        raise ValueError('{0}: a pair ({0}, info) found, as env.reset() returns it since gym 0.26. Unpack it: '
                         'obs, info = env.reset()'.format(name))
    array = _numbers(values, space, name)
    shape = tuple(space.shape or ())
    if array.shape[1:] == (1,) and isinstance(space, spaces.Discrete):
        array = array[:, 0]
    if array.shape == shape:
        batch, is_batch = array[None], False
    elif array.shape[1:] == shape and array.ndim == len(shape) + 1:
        batch, is_batch = array, True
    else:
        raise ValueError('{}: shape {} found; the space {} expects {} for one, or {} for n of them{}'.format(
            name, array.shape, space_name(space), shape, str(('n',) + shape).replace("'", ''),
            _hint_on_channels(array.shape, space)))
    if isinstance(space, spaces.Box) and space.dtype.kind == 'f':
        return _finite(batch, space, name), is_batch
    _check_whole_numbers(batch, space, name)
    return batch.astype(space.dtype, copy=False), is_batch


def _hint_on_channels(found: Tuple[int, ...], space: Any) -> str:
    if is_image_space(space) and found[-3:] == (space.shape[2],) + space.shape[:2]:
        return '. Here the channels come last: np.moveaxis(images, -3, -1) puts them there.'
    return ''


def _finite(batch: np.ndarray, space: Any, name: str) -> np.ndarray:
    """
    :param batch: shape [n] + the space's shape
    :param space: a Box of floats
    :param name: for the message
    :return: the same in the space's type
    :raises ValueError: when there is no answer to it, since a number is infinite or none
    """
    with np.errstate(over='ignore'):  # becomes infinite, and is reported as such
        converted = batch.astype(space.dtype, copy=False)
    good = np.isfinite(converted)
    if not good.all():
        raise ValueError('{}: finite numbers expected for the space {}, {} found'.format(
            name, space_name(space), batch[~good][:5].tolist()))
    return converted


def _numbers(values: Any, space: Any, name: str) -> np.ndarray:
    """
    :param values: anything
    :param space: for the message
    :param name: for the message
    :return: the same as an array
    :raises ValueError: when it is not made of numbers, or ragged
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')  # of NumPy, about ragged lists
            array = np.asarray(values)
    except ValueError:
        array = np.empty((), dtype=object)
    if array.dtype.kind not in 'biuf':
        raise ValueError('{}: numbers expected for the space {}, {} found'.format(
            name, space_name(space), 'rows of different lengths' if isinstance(values, (list, tuple))
            else '{} of type {}'.format(type(values).__name__, array.dtype)))
    return array


def _check_whole_numbers(batch: np.ndarray, space: Any, name: str) -> None:
    """
    :param batch: shape [n] + the space's shape
    :param space: its space, one of whole numbers
    :param name: for the message
    :raises ValueError: when the batch holds others
    """
    whole = np.ones(batch.shape, bool) if batch.dtype.kind != 'f' else batch == np.floor(batch)
    if not whole.all():
        raise ValueError('{}: whole numbers expected for the space {}, {} of type {} found{}'.format(
            name, space_name(space), batch[~whole][:5].tolist(), batch.dtype, _hint_on_scaling(batch, space)))
    lowest, highest = _range(space)
    outside = (batch < lowest) | (batch > highest)
    if outside.any():
        found = batch if batch.size <= 5 else batch[outside][:5]  # short ones are clearer as a whole
        raise ValueError('{}: {} is outside of the space {}'.format(name, found.ravel().tolist(), space_name(space)))


def _hint_on_scaling(batch: np.ndarray, space: Any) -> str:
    if is_image_space(space) and np.nanmin(batch) >= 0.0 and np.nanmax(batch) <= 1.0:
        return '. Give images from 0 to 255, as the environment does: the policy scales them itself.'
    return ''


def _range(space: Any) -> Tuple[Any, Any]:
    if isinstance(space, spaces.Box):
        return np.iinfo(space.dtype).min, np.iinfo(space.dtype).max  # what its type can hold
    if isinstance(space, spaces.Discrete):
        return 0, space.n - 1
    return 0, np.asarray(space.nvec) - 1 if isinstance(space, spaces.MultiDiscrete) else 1


def check_fits(what: str, env: Any, observation_space: Any, action_space: Any) -> None:
    """
    :param what: what the environment shall fit, for the message
    :param env: an environment
    :param observation_space: the space expected
    :param action_space: the space expected
    :raises ValueError: naming both spaces when one differs
    """
    for name, expected in (('observation', observation_space), ('action', action_space)):
        found = gym_api.as_gym_space(getattr(env, name + '_space'))
        if not gym_api.same_space(found, expected):
            raise ValueError('env: its {0} space {1} is not the {0} space {2} of {3}'.format(
                name, _bounds(found), _bounds(expected), what))


def _bounds(space: Any) -> str:
    if not isinstance(space, spaces.Box):
        return space_name(space)
    return '{} from {} to {}'.format(space_name(space), _short(space.low), _short(space.high))


def _short(bound: np.ndarray) -> str:
    values = np.unique(bound)
    return '{:g}'.format(values[0]) if len(values) == 1 else np.array2string(bound.ravel(), threshold=8, edgeitems=3)
