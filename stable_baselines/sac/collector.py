"""Steps the environment for SAC, one transition at a time."""
from typing import Any, Dict, NamedTuple, Optional

import numpy as np

from stable_baselines.sac.action_scaling import ActionScaling


class Transition(NamedTuple):
    """One step, in the order of ``OffPolicyRLModel.replay_buffer_add``. Observations and reward are not normalized."""

    observation: np.ndarray
    action: np.ndarray  # [size], from -1 to 1
    reward: float
    next_observation: np.ndarray  # the last one of the episode where it ended
    done: bool
    info: Dict[str, Any]


class TransitionCollector:
    """
    Steps an environment.

    :param env: a VecEnv of one environment
    :param normalizer: the VecNormalize among its wrappers, None without one
    """

    def __init__(self, env: Any, normalizer: Optional[Any] = None):
        self.env, self.normalizer = env, normalizer
        self.scaling = ActionScaling(env.action_space)
        self.observations = env.reset()  # as the policy sees them, [1, ...]
        self._raw = self._before_normalization(self.observations)

    def step(self, rows: np.ndarray) -> Transition:
        """
        :param rows: the action, shape [1, size], from -1 to 1
        :return: what came of it
        """
        before = self._raw
        self.observations, rewards, dones, infos = self.env.step(self.scaling.to_env(rows))
        self._raw = self._before_normalization(self.observations)
        if self.normalizer is not None:
            rewards = self.normalizer.get_original_reward()
        following = infos[0]['terminal_observation'] if dones[0] else self._raw[0]
        return Transition(before[0], rows[0], rewards[0], following, dones[0], infos[0])

    def _before_normalization(self, observations: np.ndarray) -> np.ndarray:
        return observations if self.normalizer is None else self.normalizer.get_original_obs()
