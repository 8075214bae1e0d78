"""Finds what is wrong with an environment before training does."""
import copy
import inspect
import time
import warnings
from typing import Any, Callable, Dict, Optional, Tuple

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.env_space_checks import (
    check_value,
    fault,
    hints_on_actions,
    hints_on_observations,
    is_known_space,
    is_number,
    is_space,
)
from stable_baselines.common.vec_env import VecEnv

__all__ = ['check_env']

_N_STEPS = 300  # with random actions
_MOST_SECONDS = 10.0  # for them, where an environment is slow
_TRUNCATED = 'TimeLimit.truncated'
_OLD, _NEW = 'before gym 0.26', 'since gym 0.26'
Warn = Callable[[str], Any]


def check_env(env: Any, warn: bool = True, skip_render_check: bool = True) -> None:
    """
    Check that an environment keeps to the interface of gym or gymnasium, and gives what models can learn from. It is
    stepped with random actions, and left open, in the middle of an episode. Everything found says how to mend it.

    :param env: an environment of gym, of the form before or since version 0.26, or of gymnasium
    :param warn: whether to warn of what is legal but unwise
    :param skip_render_check: leave drawing out; otherwise each mode that it names is tried, 'human' too
    :raises AssertionError: for the first mistake
    """
    messages: Dict[str, None] = {}  # each once, in order
    try:
        _check(env, skip_render_check, lambda message: messages.setdefault(message))
    finally:
        for message in messages if warn else ():
            warnings.warn('env: ' + message, stacklevel=2)


def _check(env: Any, skip_render_check: bool, tell: Warn) -> None:
    _check_kind(env)
    observation_space = gym_api.as_gym_space(env.observation_space)
    for hint in (*hints_on_observations(observation_space), *hints_on_actions(gym_api.as_gym_space(env.action_space))):
        tell(hint)
    _Trial(env, observation_space, tell).run()
    if not skip_render_check:
        _check_drawing(env, tell)


def _check_kind(env: Any) -> None:
    """
    :param env: what the caller gave
    :raises AssertionError: unless it is an environment with two spaces
    """
    if isinstance(env, VecEnv):
        raise fault('env is a {}, one single environment expected: check_env(venv.envs[0]), say.', type(env).__name__)
    if not gym_api.is_env(env):
        raise fault('env={!r} is no environment. {}', env, 'Give an object, not its class: check_env({}(...)).'.format(
            env.__name__) if isinstance(env, type) else 'Let its class inherit from gym.Env.')
    for name, example in (('observation_space', 'spaces.Box(-1.0, 1.0, (3,), np.float32)'),
                          ('action_space', 'spaces.Discrete(2)')):
        space = getattr(env, name, None)
        if not is_space(space):
            raise fault('env.{} is {!r}, a space of gym expected. Set it in __init__, such as self.{} = {}.', name,
                        space, name, example)


class _Trial:
    """
    Plays an environment at random, and looks at all it returns.

    :param env: the environment
    :param observation_space: its space, of gym
    :param tell: takes what is legal but unwise
    """

    def __init__(self, env: Any, observation_space: Any, tell: Warn):
        self.env, self.tell = env, tell
        self.observation_space = observation_space
        self.action_space = copy.deepcopy(env.action_space)  # the environment's own goes on with its numbers
        self.action_space.seed(0)
        self.form: Optional[str] = None

    def run(self) -> None:
        """Play some episodes, or a part of one."""
        self.reset()
        self._check_seeding()
        ends, n_steps, stop_at = 0, 0, time.monotonic() + _MOST_SECONDS
        while n_steps < _N_STEPS and time.monotonic() < stop_at:
            n_steps += 1
            if self.step():
                ends += 1
                self.reset()
        if ends == 0 and self._time_limit() is None:
            self.tell('no episode ended within {} steps with random actions, and there is no time limit. Wrap it: '
                      'gym.wrappers.TimeLimit(env, max_episode_steps=1000).'.format(n_steps))

    def reset(self, **kwargs) -> Any:
        """
        :param kwargs: handed on
        :return: the first observation
        """
        result = self.env.reset(**kwargs)
        is_pair = isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict)
        if isinstance(result, tuple) and not is_pair and is_known_space(self.observation_space):
            raise fault('reset() returned a tuple of {} values. Return the observation, or, as since gym 0.26, the '
                        'observation and a dictionary: return observation, {{}}.', len(result))
        self.form = _NEW if is_pair else _OLD
        observation = result[0] if is_pair else result
        self._check_observation(observation, 'the observation that reset() returned')
        return observation

    def _check_seeding(self) -> None:
        if self.form == _NEW and not _takes(self.env.unwrapped.reset, 'seed'):
            raise fault('reset() returns (observation, info), as since gym 0.26, but does not take a seed. Write '
                        'def reset(self, *, seed=None, options=None), and begin it with super().reset(seed=seed).')
        if self.form == _OLD and not callable(getattr(self.env, 'seed', None)):
            self.tell('there is no way to seed it. Write def seed(self, seed=None), which keeps '
                      'np.random.RandomState(seed) for all that is random.')
            return
        if not is_known_space(self.observation_space):
            return
        twice = [np.array(self._seeded_reset()) for _ in range(2)]
        if not np.array_equal(*twice):
            self.tell('two episodes of one seed begin differently, so no run can be repeated. Draw all that is random '
                      'from one generator that {} sets.'.format(
                          'reset(seed=...)' if self.form == _NEW else 'seed()'))

    def _seeded_reset(self) -> Any:
        if self.form == _NEW:
            return self.reset(seed=1)
        self.env.seed(1)
        return self.reset()

    def step(self) -> bool:
        """
        :return: whether the episode ended
        """
        action = self.action_space.sample()
        given = copy.deepcopy(action)
        result = self.env.step(action)
        if not _same(given, action):
            self.tell('step() changes the action that it is given, which is the caller\'s. Begin with '
                      'action = {}(action).'.format(
                          'copy.deepcopy' if isinstance(action, (dict, tuple)) else 'np.array'))
        expected = 5 if self.form == _NEW else 4
        if not isinstance(result, tuple) or len(result) not in (4, 5):
            raise fault('step() returned {}. Return observation, reward, done, info, or, as since gym 0.26, '
                        'observation, reward, terminated, truncated, info.', _described(result))
        if len(result) != expected:
            raise fault('step() returned {} values, as {}, but reset() {}, as {}. Return {} from step().', len(result),
                        _NEW if expected == 4 else _OLD, 'the observation alone' if expected == 4 else 'a pair',
                        self.form, 'observation, reward, done, info' if expected == 4 else
                        'observation, reward, terminated, truncated, info')
        self._check_observation(result[0], 'the observation that step() returned')
        _check_reward(result[1])
        flags = dict(zip(('done',) if expected == 4 else ('terminated', 'truncated'), result[2:-1]))
        _check_flags(flags)
        _check_info(result[-1], any(flags.values()), self.form)
        return any(flags.values())

    def _check_observation(self, observation: Any, what: str) -> None:
        if is_known_space(self.observation_space):
            check_value(observation, self.observation_space, what, self.tell)
        elif not self.env.observation_space.contains(observation):
            raise fault('{}, {!r}, is not in {}. Mend observation_space or what is returned.', what, observation,
                        self.env.observation_space)

    def _time_limit(self) -> Optional[int]:
        limit = getattr(getattr(self.env, 'spec', None), 'max_episode_steps', None)
        env = self.env
        while limit is None and env is not None:
            limit = vars(env).get('_max_episode_steps')
            env = vars(env).get('env')
        return limit


def _same(one: Any, other: Any) -> bool:
    """
    :param one: a value of any space; of Dict and Tuple it holds further ones
    :param other: the same
    :return: whether they are equal
    """
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(part, other[name]) for name, part in one.items())
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return np.array_equal(one, other)


def _takes(function: Callable, name: str) -> bool:
    parameters = inspect.signature(function).parameters.values()
    return any(parameter.name == name or parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def _described(result: Any) -> str:
    return 'a tuple of {} values'.format(len(result)) if isinstance(result, tuple) else type(result).__name__


def _check_reward(reward: Any) -> None:
    if not is_number(reward):
        raise fault('step() returned the reward {!r} of type {}, a single number expected. Return float(reward).',
                    reward, type(reward).__name__)
    if not np.isfinite(reward):
        raise fault('step() returned the reward {}: nothing can be learned from that. Find where it arises, such as a '
                    'division by 0 or a logarithm.', reward)


def _check_flags(flags: Dict[str, Any]) -> None:
    for name, flag in flags.items():
        if not isinstance(flag, (bool, np.bool_)):
            raise fault('step() returned {}={!r} of type {}, True or False expected. Return bool({}).', name, flag,
                        type(flag).__name__, name)


def _check_info(info: Any, done: bool, form: str) -> None:
    if not isinstance(info, dict):
        raise fault('step() returned an info of type {}, a dictionary expected. Return {{}} where there is nothing to '
                    'tell.', type(info).__name__)
    if form == _OLD and info.get(_TRUNCATED) and not done:
        raise fault('info[{!r}] is true in a step that does not end the episode. Set it in the last step alone, where '
                    'a time limit ended it, together with done=True.', _TRUNCATED)


def _check_drawing(env: Any, tell: Warn) -> None:
    """
    :param env: the environment, in the middle of an episode
    :param tell: takes what is legal but unwise
    :raises AssertionError: when it does not draw what it says
    """
    metadata = getattr(env, 'metadata', None) or {}
    modes = metadata.get('render_modes') or metadata.get('render.modes') or []
    if not modes:
        tell("it names no mode to draw in, so it cannot be filmed. Set metadata = {'render_modes': ['rgb_array'], "
             "'render_fps': 30} in the class, and write render().")
        return
    if not (metadata.get('render_fps') or metadata.get('video.frames_per_second')):
        tell("metadata says nothing of the speed, so films take 30 pictures a second. Set metadata['render_fps'].")
    for mode in _modes_to_try(env, modes, tell):
        picture = gym_api.render(env, mode)
        if mode == 'rgb_array':
            _check_picture(picture)


def _modes_to_try(env: Any, modes: Any, tell: Warn) -> Tuple[str, ...]:
    if _takes(env.unwrapped.render, 'mode'):
        return tuple(modes)
    mode = getattr(env, 'render_mode', None)
    if mode is None:
        tell("it was made without a render_mode, so it does not draw. Make it with render_mode='rgb_array' to film it.")
        return ()
    if mode not in modes:
        raise fault("render_mode={!r} is none of those in metadata['render_modes'], {}. Add it there, or make the "
                    'environment with another one.', mode, list(modes))
    return (mode,)


def _check_picture(picture: Any) -> None:
    if not isinstance(picture, np.ndarray) or picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        found = '{} of shape {}'.format(picture.dtype, picture.shape) if isinstance(picture, np.ndarray) \
            else type(picture).__name__
        raise fault("render() returned {} for 'rgb_array', an array of uint8 of shape (height, width, 3) expected. "
                    'Return np.asarray(picture, np.uint8).', found)
