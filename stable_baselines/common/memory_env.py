"""An environment that only a policy with memory solves."""
from typing import Any, Dict, List, Optional, Tuple

import numpy as np

from stable_baselines.common.gym_api import gym, spaces

__all__ = ['CueEnv', 'CueExpert']


class CueEnv(gym.Env):
    """
    Shows one of some cues in the first step of an episode and asks for it some steps later; what is seen in between and
    when it asks says nothing. The return is 1 for the right answer, else 0, so that of guessing is 1 / n_cues.

    Observations are the cue's number, ``n_cues`` while nothing is to be seen, and ``n_cues + 1`` with the question. The
    actions taken before the question do not matter. It speaks the older dialect of gym, as ``IdentityEnv`` does.

    :param n_cues: how many cues there are
    :param delay: steps from the cue to the question
    """

    metadata = {'render.modes': [], 'render_modes': []}

    def __init__(self, n_cues: int = 3, delay: int = 6) -> None:
        if n_cues < 2 or delay < 1:
            raise ValueError('n_cues={!r}, delay={!r}: at least 2 cues and 1 step expected'.format(n_cues, delay))
        self.n_cues, self.delay = n_cues, delay
        self.observation_space = spaces.Discrete(n_cues + 2)
        self.action_space = spaces.Discrete(n_cues)
        self._random = np.random.RandomState()
        self._cue = self._step = 0

    def seed(self, seed: Optional[int] = None) -> List[Optional[int]]:
        """
        :param seed: of the cues to come
        :return: the same, in a list
        """
        self._random = np.random.RandomState(seed)
        return [seed]

    def reset(self) -> int:
        """
        Start an episode.

        :return: the cue
        """
        self._cue, self._step = int(self._random.randint(self.n_cues)), 0
        return self._cue

    def step(self, action: Any) -> Tuple[int, float, bool, Dict[str, Any]]:
        """
        :param action: a number of a cue
        :return: observation, reward, whether the question has been answered, info
        """
        done = self._step == self.delay
        reward = float(done and int(action) == self._cue)
        self._step += 1
        return self.n_cues + int(self._step == self.delay), reward, done, {}


class CueExpert:
    """
    Repeats the latest cue in every step; a model as far as ``predict`` goes, for ``generate_expert_traj``.

    :param env: a ``CueEnv``
    """

    def __init__(self, env: CueEnv) -> None:
        self._n_cues = env.n_cues

    def predict(self, observation: np.ndarray, state: Optional[np.ndarray] = None, mask: Optional[np.ndarray] = None,
                deterministic: bool = True) -> Tuple[np.ndarray, np.ndarray]:
        """
        :param observation: shape [n]
        :param state: the latest cues, shape [n]; None for none
        :param mask: not needed, since episodes begin with a cue
        :param deterministic: not needed, since the expert is
        :return: actions and the latest cues, both of shape [n]
        """
        before = np.zeros(len(observation), int) if state is None else state
        cues = np.where(observation < self._n_cues, observation, before)
        return cues, cues
