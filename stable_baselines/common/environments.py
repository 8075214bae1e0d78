"""Accepts the environments that users hand to models, and the observations that they hand to ``predict``."""
from typing import Any, Tuple

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.gym_api import space_name, spaces
from stable_baselines.common.vec_env import DummyVecEnv, VecEnv


def resolve_env(env: Any) -> Any:
    """
    :param env: an environment id, an environment of gym or gymnasium, or a VecEnv
    :return: the environment or VecEnv
    :raises ValueError: when gym knows no such id
    :raises TypeError: for anything else
    """
    if isinstance(env, str):
        return gym_api.make(env)
    if isinstance(env, VecEnv) or gym_api.is_env(env):
        return env
    raise TypeError('env={!r}: expected an environment id such as "CartPole-v1", a gym environment or a VecEnv; this '
                    'is of type {}'.format(env, type(env).__name__))


def as_vec_env(env: Any) -> VecEnv:
    """
    :param env: what ``resolve_env`` returned
    :return: the VecEnv through which models step it
    """
    return env if isinstance(env, VecEnv) else DummyVecEnv([lambda: env])


def as_batch(observation: Any, space: Any) -> Tuple[np.ndarray, bool]:
    """
    :param observation: one observation, or a batch of them along a new first axis
    :param space: the observation space
    :return: the batch in the space's type, and whether it was a batch already
    :raises ValueError: naming the shape or type found and those expected
    """
    if isinstance(observation, tuple) and len(observation) == 2 and isinstance(observation[1], dict):
        raise ValueError('observation: a pair (observation, info) found, as env.reset() returns it since gym 0.26. '
                         'Unpack it: obs, info = env.reset()')
    array = np.asarray(observation)
    if array.dtype.kind not in 'biuf':
        raise ValueError('observation: numbers expected for the space {}, {} of type {} found'.format(
            space_name(space), type(observation).__name__, array.dtype))
    shape = tuple(space.shape or ())
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary)):
        array = _whole_numbers(array, space)
    if array.shape == shape:
        return array[None].astype(space.dtype, copy=False), False
    if array.shape[1:] == shape and array.ndim == len(shape) + 1:
        return array.astype(space.dtype, copy=False), True
    raise ValueError('observation: shape {} found; the observation space {} expects {} for one observation or {} for n '
                     'of them'.format(array.shape, space_name(space), shape, ('n',) + shape))


def _whole_numbers(array: np.ndarray, space: Any) -> np.ndarray:
    if array.dtype.kind == 'f' and not np.array_equal(array, np.floor(array)):
        raise ValueError('observation: whole numbers expected for the space {}, {} found'.format(
            space_name(space), array.ravel()[:5].tolist()))
    highest = (space.n if isinstance(space, spaces.Discrete)
               else np.asarray(space.nvec) if isinstance(space, spaces.MultiDiscrete) else 2)
    if array.shape[array.ndim - len(space.shape or ()):] == tuple(space.shape or ()) and (
            np.any(array < 0) or np.any(array >= highest)):
        raise ValueError('observation: {} is outside of the space {}'.format(
            array.ravel()[:5].tolist(), space_name(space)))
    return array


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
