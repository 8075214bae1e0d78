"""The one place that knows gym's versions.

The library speaks the older dialect inside: ``reset`` returns an observation, ``step`` returns (observation, reward,
done, info), and an episode that ended at a time limit says so in ``info['TimeLimit.truncated']``. The functions here
translate gym 0.17 - 0.26 and gymnasium into it.
"""
import inspect
import sys
import warnings
from typing import Any, Dict, Iterator, Optional, Tuple

import gym
import numpy as np
from gym import spaces

from stable_baselines.common.errors import level_of_caller

__all__ = ['gym', 'spaces', 'is_env', 'make', 'reset', 'step', 'attribute', 'seed', 'seed_and_answer', 'render',
           'picture', 'pictures_per_second', 'time_limit', 'as_gym_space', 'same_space', 'space_name', 'render_kwargs']

_TRUNCATED = 'TimeLimit.truncated'


def is_env(candidate: Any) -> bool:
    """
    :param candidate: anything
    :return: whether it is an environment of gym or gymnasium
    """
    gymnasium = sys.modules.get('gymnasium')
    return isinstance(candidate, gym.Env) or (gymnasium is not None and isinstance(candidate, gymnasium.Env))


def make(env_id: str, **kwargs) -> gym.Env:
    """
    Build a registered environment.

    :param env_id: gym's name of it, such as ``'CartPole-v1'``
    :param kwargs: handed to ``gym.make``
    :return: the environment
    :raises ValueError: when gym has no such environment; the message holds gym's reason
    """
    try:
        return gym.make(env_id, **kwargs)
    except gym.error.Error as error:
        reason = str(error).strip().rstrip('.')
        raise ValueError('env={!r} cannot be built by gym {}: {}. Pass the id of a registered environment, or an '
                         'environment itself.'.format(env_id, gym.__version__, reason)) from error


def render_kwargs(mode: str) -> Dict[str, str]:
    """
    What ``make`` needs so that ``render`` can later be called with a mode.

    :param mode: 'human' or 'rgb_array'
    :return: keyword arguments for ``make``: gym 0.26 chooses the mode there, older ones in ``render``
    """
    major, minor = (int(part) for part in gym.__version__.split('.')[:2])
    return {'render_mode': mode} if (major, minor) >= (0, 26) else {}


def seed(env: Any, value: Optional[int]) -> Optional[int]:
    """
    Seed an environment in the way it offers. Where neither ``seed`` nor ``reset`` take one, a warning tells: before gym
    0.26 every environment had a ``seed``, though many an environment's did nothing.

    :param env: environment of gym or gymnasium
    :param value: the seed
    :return: the seed that the next ``reset`` must be given, or None where the environment is seeded already
    """
    return seed_and_answer(env, value)[0]


def seed_and_answer(env: Any, value: Optional[int]) -> Tuple[Optional[int], Any]:
    """
    :param env: as of ``seed``
    :param value: as of ``seed``
    :return: as of ``seed``; what the environment's own ``seed`` returned, or a list of the value where it has none
    """
    value = None if value is None else int(value)  # newer versions refuse NumPy's
    if hasattr(env.action_space, 'seed'):
        env.action_space.seed(value)
    method = getattr(env, 'seed', None)
    if callable(method):
        return None, method(value)
    return None if value is None else _seed_through_reset(env, value), [value]


def _seed_through_reset(env: Any, value: int) -> Optional[int]:
    """
    :param env: environment of gym or gymnasium without ``seed``
    :param value: the seed
    :return: the seed, where all wrappers' ``reset`` hand it on; otherwise the environment inside is reset with it here
    """
    layers = list(_layers(env))
    refusing = [depth for depth, layer in enumerate(layers) if not _takes_seed(layer)]
    if not refusing:
        return value
    inside = layers[refusing[-1] + 1:]
    if inside:
        inside[0].reset(seed=value)  # what it draws from then on follows from the seed
    else:
        warnings.warn('env: {} cannot be seeded, so what is random in it does not repeat: it has no seed(), and its '
                      'reset() takes no seed. Give it one of the two, if anything in it is random.'.format(
                          type(layers[-1]).__name__), stacklevel=level_of_caller())
    return None


def _takes_seed(env: Any) -> bool:
    try:
        parameters = inspect.signature(env.reset).parameters.values()
    except (TypeError, ValueError):  # not written in Python
        return True
    return any(parameter.name == 'seed' or parameter.kind == parameter.VAR_KEYWORD for parameter in parameters)


def _layers(env: Any) -> Iterator[Any]:
    """
    :param env: environment of gym or gymnasium
    :return: it and what it is wrapped around, from the outside
    """
    while env is not None:
        yield env
        env = getattr(env, '__dict__', {}).get('env')  # wrappers hand out names of those inside as theirs


def reset(env: Any, seed: Optional[int] = None, **kwargs) -> Any:
    """
    Start an episode.

    :param env: environment of gym or gymnasium
    :param seed: what ``seed()`` returned
    :param kwargs: handed on
    :return: the first observation
    """
    if seed is not None:
        kwargs['seed'] = int(seed)
    result = env.reset(**kwargs)
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
        return result[0]
    return result


def step(env: Any, action: Any) -> Tuple[Any, float, bool, Dict[str, Any]]:
    """
    Take one step.

    :param env: environment of gym or gymnasium
    :param action: an action of its action space
    :return: observation, reward, whether the episode ended, info; after an end, ``info['TimeLimit.truncated']`` is True
        where only a limit ended it
    :raises ValueError: when the environment returns anything else
    """
    result = env.step(action)
    try:
        if len(result) == 4:
            return result
        observation, reward, terminated, truncated, info = result
    except (TypeError, ValueError):
        raise ValueError('env: step() of {} gave {!r}, but (observation, reward, done, info) or (observation, reward, '
                         'terminated, truncated, info) is needed. Mend the environment.'.format(
                             type(env).__name__, result)) from None
    if truncated:
        info = dict(info, **{_TRUNCATED: not terminated})  # the environment may keep its own for ever
    return observation, reward, bool(terminated or truncated), info


def attribute(env: Any, name: str) -> Any:
    """
    :param env: environment of gym or gymnasium, whose wrappers do not hand on what they do not have
    :param name: of an attribute or method
    :return: the outermost one
    :raises AttributeError: when no wrapper has it, nor the environment itself
    """
    while True:
        try:
            return getattr(env, name)
        except AttributeError:
            env = getattr(env, 'env', None)
            if env is None:
                raise


def render(env: Any, mode: str = 'human') -> Any:
    """
    Draw an environment.

    :param env: environment of gym or gymnasium
    :param mode: 'human' or 'rgb_array'; with gym 0.26 and gymnasium the mode given to ``make`` counts
    :return: what the environment returns: an image of shape (height, width, 3), uint8, for 'rgb_array'
    """
    built_for = getattr(env, 'render_mode', None)
    if built_for is None:
        return env.render(mode=mode)
    drawn = env.render()
    if built_for == 'rgb_array' and isinstance(drawn, list) and drawn:  # gym 0.25: all pictures since the last call
        return drawn[-1]
    return drawn


def picture(env: Any) -> np.ndarray:
    """
    :param env: environment of gym or gymnasium
    :return: what it looks like now, shape (height, width, 3), uint8
    :raises ValueError: when it was not built to give pictures, or gives something else
    """
    mode = getattr(env, 'render_mode', None)
    if mode != 'rgb_array' and (mode is not None or not _chooses_mode_late(env)):
        raise ValueError("env: {} was built with render_mode={!r}, which gives no pictures. Build it with "
                         "gym.make(..., render_mode='rgb_array').".format(type(env.unwrapped).__name__, mode))
    drawn = render(env, 'rgb_array')
    if not isinstance(drawn, np.ndarray) or drawn.dtype != np.uint8 or drawn.ndim != 3 or drawn.shape[2] != 3:
        found = '{} {}'.format(drawn.dtype, drawn.shape) if isinstance(drawn, np.ndarray) else type(drawn).__name__
        raise ValueError("env: render() of {} gave {} for 'rgb_array'; a picture of shape (height, width, 3), uint8, "
                         'is needed.'.format(type(env.unwrapped).__name__, found))
    return drawn


def _chooses_mode_late(env: Any) -> bool:
    """
    :param env: environment of gym or gymnasium
    :return: whether ``render`` takes the mode, as before gym 0.26
    """
    parameters = inspect.signature(env.unwrapped.render).parameters.values()
    return any(parameter.name == 'mode' or parameter.kind == parameter.VAR_KEYWORD for parameter in parameters)


def pictures_per_second(env: Any) -> float:
    """
    :param env: environment of gym or gymnasium
    :return: how many pictures make a second of its time, by its own word; 30 where it does not say
    """
    metadata = getattr(env, 'metadata', None) or {}
    return float(metadata.get('render_fps') or metadata.get('video.frames_per_second') or 30)


def time_limit(env: Any) -> Optional[int]:
    """
    :param env: an environment
    :return: steps after which a TimeLimit wrapper ends its episodes, the lowest of several; None without. What its
        registration says does not count by itself: ``unwrapped`` environments keep it, but nothing ends their episodes
    """
    # from __dict__, since wrappers refuse to hand out private names, or hand out those of others
    limits = [getattr(layer, '__dict__', {}).get('_max_episode_steps') for layer in _layers(env)]
    return min((int(limit) for limit in limits if limit is not None), default=None)


def as_gym_space(space: Any) -> spaces.Space:
    """
    Turn gymnasium's spaces into gym's; gym's pass through.

    :param space: a space of gym or gymnasium
    :return: the equal space of the installed gym; an unknown kind is returned as it is, for the caller to refuse
    """
    if isinstance(space, spaces.Space):
        return space
    kind = type(space).__name__
    if kind == 'Box':
        return spaces.Box(low=space.low, high=space.high, dtype=space.dtype.type)
    if kind == 'Discrete' and getattr(space, 'start', 0) == 0:
        return spaces.Discrete(int(space.n))
    if kind == 'MultiDiscrete' and not np.any(getattr(space, 'start', 0)):
        return spaces.MultiDiscrete(np.asarray(space.nvec))
    if kind == 'MultiBinary':
        return spaces.MultiBinary(space.n if np.isscalar(space.n) else list(space.n))
    return space


def space_name(space: Any) -> str:
    """
    :param space: a space
    :return: short text for messages, such as ``Box(3,) float32`` or ``Discrete(2)``
    """
    kind = type(space).__name__
    if kind == 'Box':
        return 'Box{} {}'.format(tuple(space.shape), space.dtype)
    if kind == 'MultiDiscrete':
        return 'MultiDiscrete({})'.format(np.asarray(space.nvec).tolist())
    return '{}({})'.format(kind, space.n) if hasattr(space, 'n') else kind


def same_space(one: Any, other: Any) -> bool:
    """
    Whether models and environments fit: the same kind, shape and bounds. Bounds are compared as float32, since gym's
    versions round them differently.

    :param one: a space of gym
    :param other: a space of gym
    :return: whether they describe the same things
    """
    if type(one).__name__ != type(other).__name__:
        return False
    if isinstance(one, spaces.Box):
        return (tuple(one.shape) == tuple(other.shape) and np.dtype(one.dtype).kind == np.dtype(other.dtype).kind
                and np.allclose(np.float32(one.low), np.float32(other.low))
                and np.allclose(np.float32(one.high), np.float32(other.high)))
    if isinstance(one, spaces.MultiDiscrete):
        return np.array_equal(one.nvec, other.nvec)
    return np.array_equal(getattr(one, 'n', None), getattr(other, 'n', None))
