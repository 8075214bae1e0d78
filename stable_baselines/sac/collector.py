"""Steps the environments for SAC, one transition of each at a time."""
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from stable_baselines.common.episode_records import Records, keep_ended
from stable_baselines.common.raw_observations import observation_normalizer, require_last_word
from stable_baselines.common.vec_env import unwrap_vec_normalize
from stable_baselines.common.vec_env.finite import LAST_OBSERVATION, require_finite
from stable_baselines.common.vec_env.results import require_batch, require_last_observation, step_of
from stable_baselines.sac.action_scaling import ActionScaling

_HARM = 'training needs finite numbers'


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
    Steps environments.

    :param env: a VecEnv
    :param records: takes what a ``Monitor`` tells of each episode that ends; None keeps nothing
    :raises ValueError: when an environment gives something infinite, or not a number; or when a wrapper around the
        VecNormalize changes the observations, so that they cannot be normalized when they are drawn
    """

    def __init__(self, env: Any, records: Optional[Records] = None):
        self.env, self.records = env, records
        self._of_observations = observation_normalizer(env, 'the replay buffer')
        self._of_rewards = unwrap_vec_normalize(env)
        self.normalizer = self._of_observations or self._of_rewards  # what is drawn from the buffer
        self.scaling = ActionScaling(env.action_space)
        self._env_step = step_of(env)
        self.observations = np.array(env.reset())  # as the policy sees them, [n, ...]
        require_last_word(self._of_observations, self.observations, 'the replay buffer')
        self._raw = self._before_normalization(self.observations)
        self._n_steps = 0
        self._require_finite('observation', self._raw)

    def step(self, rows: np.ndarray) -> List[Transition]:
        """
        :param rows: the actions, shape [n, size], from -1 to 1
        :return: what came of them, one item an environment
        """
        before = self._raw
        self.observations, rewards, dones, infos = self._env_step(self.scaling.to_env(rows))
        rewards = require_batch('step', self.env, 'rewards', rewards)
        dones = require_batch('step', self.env, 'dones', dones)
        self._n_steps += 1
        self._raw = self._before_normalization(self.observations)
        if self._of_rewards is not None and self._of_rewards.norm_reward:
            rewards = self._of_rewards.get_original_reward()
        self._require_finite('observation', self._raw)
        self._require_finite('reward', rewards)
        keep_ended(self.records, dones, infos)
        return [Transition(before[index], rows[index], rewards[index],
                           self._last(index, infos[index]) if dones[index] else self._raw[index], dones[index],
                           infos[index]) for index in range(len(rows))]

    def _last(self, index: int, info: Dict[str, Any]) -> np.ndarray:
        """
        :param index: of an environment whose episode ended
        :param info: of the step
        :return: the last observation before normalization; where nobody kept it, the first one of the next episode,
            which matters only after a time limit
        """
        if 'terminal_observation' not in info:
            return self._raw[index]
        last = require_last_observation(self.env, info, self.observations.shape[1:], index)
        if self._of_observations is not None:
            if 'original_terminal_observation' not in info:
                raise ValueError('env: a wrapper around VecNormalize ended an episode of environment {}, so that its '
                                 'last observation before normalization is not known, which the replay buffer needs. '
                                 'Put VecNormalize around that wrapper.'.format(index))
            last = np.asarray(info['original_terminal_observation'])[None]
        require_finite(LAST_OBSERVATION, last, self._n_steps, _HARM, index)
        return last[0]

    def _before_normalization(self, observations: np.ndarray) -> np.ndarray:
        return observations if self._of_observations is None else self._of_observations.get_original_obs()

    def _require_finite(self, kind: str, array: np.ndarray) -> None:
        require_finite(kind, array, self._n_steps, _HARM)


def step_locals(transitions: Sequence[Transition], scaling: ActionScaling) -> Dict[str, Any]:
    """
    :param transitions: of one step, one item an environment
    :param scaling: of their actions
    :return: what callbacks see of it; numbers as they are where there is one environment, besides arrays of them
    """
    obs, action, reward, new_obs, done, info = transitions[0]
    if len(transitions) > 1:
        obs, action, reward, new_obs, done = [np.stack(column) for column in list(zip(*transitions))[:5]]
        info = [transition.info for transition in transitions]
    single = len(transitions) == 1
    actions = action[None] if single else action
    executed = scaling.to_env(actions)
    return dict(obs=obs, new_obs=new_obs, action=action, actions=actions,
                unscaled_action=executed[0] if single else executed, clipped_actions=executed, reward=reward,
                rewards=np.array([reward]) if single else reward, done=done, dones=np.array([done]) if single else done,
                info=info, infos=[info] if single else info)
