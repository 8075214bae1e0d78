"""Stand-ins for environments and models that complain when they are used wrongly."""
from typing import Any, Dict, List, Optional, Tuple

import gym
import numpy as np
from gym import spaces

TRUNCATED = 'TimeLimit.truncated'


class CheckedEnv(gym.Env):
    """
    Environment of the older dialect (gym 0.17) that counts: the observation is [number of the episode, step in it].

    It insists on actions of its action space, on a reset before the first step and after each end, and on not being
    used once closed.

    :param episode_length: steps an episode
    :param reward: what each step yields
    :param time_limit: whether episodes end as by a time limit
    :param action_space: default ``Discrete(3)``
    :param observation_dtype: of the observation space
    """

    metadata = {'render.modes': ['human', 'rgb_array'], 'render_modes': ['human', 'rgb_array']}

    def __init__(self, episode_length: int = 5, reward: float = 1.0, time_limit: bool = False,
                 action_space: Optional[spaces.Space] = None, observation_dtype: type = np.float32) -> None:
        self.observation_space = spaces.Box(-1000, 1000, (2,), dtype=observation_dtype)
        self.action_space = spaces.Discrete(3) if action_space is None else action_space
        self.episode_length = episode_length
        self.reward = reward
        self.time_limit = time_limit
        self.seeds: List[Optional[int]] = []
        self.actions: List[Any] = []
        self.episode = -1
        self.step_in_episode = 0
        self.needs_reset = True
        self.closed = False
        self.drawn = 0
        self._observation = np.zeros(2, observation_dtype)  # one array for ever, as some environments do

    def seed(self, seed: Optional[int] = None) -> List[Optional[int]]:
        self.seeds.append(seed)
        return [seed]

    def reset(self) -> np.ndarray:
        assert not self.closed, 'reset() of a closed environment'
        self.episode += 1
        self.step_in_episode = 0
        self.needs_reset = False
        return self._observe()

    def step(self, action: Any) -> Tuple[np.ndarray, float, bool, Dict[str, Any]]:
        assert not self.closed, 'step() of a closed environment'
        assert not self.needs_reset, 'step() before reset()'
        assert self.action_space.contains(action), 'action {!r} is not in {}'.format(action, self.action_space)
        self.actions.append(np.copy(action))
        self.step_in_episode += 1
        self.needs_reset = self.step_in_episode >= self.episode_length
        info: Dict[str, Any] = {'step': self.step_in_episode}
        if self.needs_reset and self.time_limit:
            info[TRUNCATED] = True
        return self._observe(), self.reward, self.needs_reset, info

    def render(self, mode: str = 'human') -> Optional[np.ndarray]:
        assert mode in ('human', 'rgb_array'), mode
        self.drawn += 1
        return np.full((4, 6, 3), self.step_in_episode, np.uint8) if mode == 'rgb_array' else None

    def close(self) -> None:
        self.closed = True

    def _observe(self) -> np.ndarray:
        self._observation[:] = self.episode, self.step_in_episode
        return self._observation


class CheckedNewApiEnv(CheckedEnv):
    """The same in the dialect of gym 0.26 and gymnasium: five results of ``step``, two of ``reset``, seeded there."""

    seed = None  # the newer dialect has no such method

    def reset(self, seed: Optional[int] = None, options: Optional[dict] = None) -> Tuple[np.ndarray, Dict[str, Any]]:
        self.seeds.append(seed)
        return super().reset(), {}

    def step(self, action: Any) -> Tuple[np.ndarray, float, bool, bool, Dict[str, Any]]:
        observation, reward, done, info = super().step(action)
        truncated = bool(info.pop(TRUNCATED, False))
        return observation, reward, done and not truncated, truncated, info


class ScriptedModel:
    """
    Model whose action depends only on how often it was asked, and that checks what it is asked with.

    Its state counts the steps of the running episode of each environment, so a test can see that state and mask come
    back as they should.

    :param action: the action for every observation
    :param observation_shape: shape of one environment's observation
    :param env: what ``get_env`` returns
    """

    def __init__(self, action: Any = 1, observation_shape: Tuple[int, ...] = (2,), env: Any = None) -> None:
        self.action = action
        self.observation_shape = observation_shape
        self.env = env
        self.num_timesteps = 0
        self.saved: List[str] = []
        self.states: List[Any] = []
        self.deterministic: List[bool] = []

    def get_env(self) -> Any:
        return self.env

    def predict(self, observation: Any, state: Any = None, mask: Any = None,
                deterministic: bool = False) -> Tuple[Any, Any]:
        observation = np.asarray(observation)
        batch_shape = observation.shape[:observation.ndim - len(self.observation_shape)]
        assert observation.shape == batch_shape + self.observation_shape, observation.shape
        assert len(batch_shape) <= 1
        count = np.zeros(batch_shape) if state is None else np.asarray(state)
        assert count.shape == batch_shape, 'the state of other environments came back'
        if mask is not None:
            assert np.shape(mask) == (batch_shape or (1,)), 'one flag an environment'
            count = np.where(np.reshape(mask, batch_shape), 0, count)
        count = count + 1
        self.states.append(count)
        self.deterministic.append(deterministic)
        return (np.array([self.action] * batch_shape[0]) if batch_shape else self.action), count

    def save(self, path: str) -> None:
        self.saved.append(path)
        with open(path + '.zip', 'wb') as file:
            file.write(b'a model')
