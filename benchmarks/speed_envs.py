"""Environments that measure: they count steps and note when a goal was reached. Under gym 0.17 and 0.26 alike."""
import time
from collections import deque
from typing import Any, List, Optional

import gym
import numpy as np

LEARNING_STEPS, WINDOW = 300000, 25000
GOAL, GOAL_EPISODES = 475.0, 20


class ImageEnv(gym.Env):
    """Shows noise in the format of preprocessed Atari frames; costs next to nothing itself."""

    observation_space = gym.spaces.Box(0, 255, (84, 84, 1), np.uint8)
    action_space = gym.spaces.Discrete(4)
    length = 200

    def __init__(self):
        self._frames = np.random.RandomState(0).randint(256, size=(64, 84, 84, 1)).astype(np.uint8)
        self._step = 0

    def reset(self, **_options: Any) -> Any:
        """
        :return: an image, in the form of this gym's version
        """
        self._step = 0
        return (self._frames[0], {}) if gym.__version__ >= '0.26' else self._frames[0]

    def step(self, action: Any) -> Any:
        """
        :param action: not looked at
        :return: image, reward, whether the episode ended, info
        """
        self._step += 1
        return self._frames[self._step % len(self._frames)], float(self._step % 3), self._step >= self.length, {}


class CountingEnv(gym.Wrapper):
    """Counts steps."""

    n_steps = 0

    def step(self, action: Any) -> Any:
        """
        :param action: an action
        :return: what the environment returns
        """
        self.n_steps += 1
        return self.env.step(action)


class Finished(Exception):
    """The environment has taken all the steps that it should."""


class RecordingEnv(CountingEnv):
    """Keeps the returns of episodes and when their mean first reached the goal; stops the program in the end."""

    def __init__(self, env: gym.Env):
        super().__init__(env)
        self.began = time.perf_counter()
        self.goal_after: Optional[float] = None
        self.ends: List[int] = []
        self.returns: List[float] = []
        self._return, self._latest = 0.0, deque(maxlen=GOAL_EPISODES)

    def step(self, action: Any) -> Any:
        """
        :param action: an action
        :return: what the environment returns
        """
        result = super().step(action)
        self._return += result[1]
        if result[2] or (len(result) == 5 and result[3]):
            self._end_episode()
        if self.n_steps >= LEARNING_STEPS:
            raise Finished
        return result

    def _end_episode(self) -> None:
        self.ends.append(self.n_steps)
        self.returns.append(self._return)
        self._latest.append(self._return)
        self._return = 0.0
        if self.goal_after is None and len(self._latest) == GOAL_EPISODES and np.mean(self._latest) >= GOAL:
            self.goal_after = time.perf_counter() - self.began

    def window_means(self) -> List[float]:
        """
        :return: mean return of the episodes that ended in each window of steps
        """
        windows = np.array(self.ends) // WINDOW
        return [float(np.mean(np.array(self.returns)[windows == number])) if np.any(windows == number) else None
                for number in range(LEARNING_STEPS // WINDOW)]
