"""What environments must be to go into one VecEnv, and what its steps must be given."""
from typing import Any, Callable, List, Sequence, Tuple

import numpy as np

from stable_baselines.common import gym_api

__all__ = ['actions_of_envs', 'build_envs', 'check_env_fns', 'common_spaces']

_SUPPORTED_SPACES = (gym_api.spaces.Box, gym_api.spaces.Discrete, gym_api.spaces.MultiDiscrete,
                     gym_api.spaces.MultiBinary)


def check_env_fns(env_fns: Any, kind: str = 'DummyVecEnv') -> None:
    """
    :param env_fns: what a VecEnv was given
    :param kind: of VecEnv, for messages
    :raises TypeError: when it is anything but a list of functions
    :raises ValueError: when it is empty
    """
    if gym_api.is_env(env_fns) or callable(env_fns):
        raise TypeError('env_fns must be a list of functions that build environments, found {!r}. Write '
                        '{}([lambda: env]).'.format(env_fns, kind))
    if not isinstance(env_fns, Sequence) or isinstance(env_fns, str):
        raise TypeError('env_fns must be a list of functions that build environments, found {!r}.'.format(env_fns))
    if len(env_fns) == 0:
        raise ValueError('env_fns is empty. Give at least one function that builds an environment.')
    for index, env_fn in enumerate(env_fns):
        if gym_api.is_env(env_fn) or not callable(env_fn):
            raise TypeError('env_fns[{}] is {!r}, expected a function that builds an environment. Write '
                            'lambda: env.'.format(index, env_fn))


def build_envs(env_fns: Sequence[Callable[[], Any]]) -> List[Any]:
    """
    :param env_fns: functions without arguments, each building one environment
    :return: the environments
    :raises TypeError: for anything but functions that return environments
    :raises ValueError: when there are none, or two are one object
    """
    check_env_fns(env_fns)
    envs = []
    for index, env_fn in enumerate(env_fns):
        env = env_fn()
        if not all(hasattr(env, name) for name in ('reset', 'step', 'observation_space', 'action_space')):
            raise TypeError('env_fns[{}]() returned {!r}, expected an environment.'.format(index, env))
        if getattr(env, 'num_envs', None) is not None and not getattr(type(env), 'is_unbatched', False):
            raise TypeError('env_fns[{}]() returned a {}, which is {} environments already; expected a single one. '
                            'Give a function for each.'.format(index, type(env).__name__, env.num_envs))
        envs.append(env)
    _refuse_shared_envs(envs)
    return envs


def _refuse_shared_envs(envs: List[Any]) -> None:
    first_use = {}
    for index, env in enumerate(envs):
        core = getattr(env, 'unwrapped', env)
        earlier = first_use.setdefault(id(core), index)
        if earlier != index:
            raise ValueError('env_fns[{}] and env_fns[{}] return the same environment, {!r}. Let each function build '
                             'its own: their steps would mix.'.format(earlier, index, env))


def common_spaces(spaces: Sequence[Tuple[Any, Any]]) -> Tuple[Any, Any]:
    """
    :param spaces: observation and action space of each environment, of gym or gymnasium
    :return: the observation and action space that all of them have, of gym
    :raises ValueError: when they differ, or observations are of a kind that does not fit one array
    """
    pairs = [(gym_api.as_gym_space(observations), gym_api.as_gym_space(actions)) for observations, actions in spaces]
    observation_space, action_space = pairs[0]
    if not isinstance(observation_space, _SUPPORTED_SPACES):
        raise ValueError('the observation space {} is not supported: use Box, Discrete, MultiDiscrete or MultiBinary '
                         '(for example through gym.wrappers.FlattenObservation).'.format(observation_space))
    for index, (other_observations, other_actions) in enumerate(pairs):
        _refuse_difference('observation', index, observation_space, other_observations)
        _refuse_difference('action', index, action_space, other_actions)
    return observation_space, action_space


def _refuse_difference(kind: str, index: int, first: Any, other: Any) -> None:
    if first == other and first.dtype == other.dtype:
        return
    names = [_describe(first), _describe(other)]
    if names[0] == names[1]:  # they differ in a bound that is not the lowest nor the highest
        names = ['{} to {}'.format(space.low.tolist(), space.high.tolist()) for space in (first, other)]
    raise ValueError('environments 0 and {} have different {} spaces: {} and {}. All environments of one VecEnv must '
                     'have the same.'.format(index, kind, *names))


def _describe(space: Any) -> str:
    name = gym_api.space_name(space)
    if isinstance(space, gym_api.spaces.Box) and space.shape:
        return '{} in [{:g}, {:g}]'.format(name, np.min(space.low), np.max(space.high))
    return name


def actions_of_envs(actions: Any, num_envs: int) -> Sequence[Any]:
    """
    Whole numbers become Python's own, which ``sample()`` of ``Discrete`` gives, too: gym checks those of NumPy so
    thoroughly that a step of CartPole takes a quarter longer.

    :param actions: what ``step_async`` was given
    :param num_envs: number of environments
    :return: one action for each environment
    :raises ValueError: unless there is one for each
    """
    try:
        count = len(actions)
    except TypeError:  # a single number
        count = 0
    if count != num_envs:
        raise ValueError('actions must hold one action for each of the {} environments, found {!r}. Give an array '
                         'whose first axis counts environments.'.format(num_envs, actions))
    if isinstance(actions, np.ndarray) and actions.ndim == 1 and actions.dtype.kind in 'iu':
        return actions.tolist()
    return actions
