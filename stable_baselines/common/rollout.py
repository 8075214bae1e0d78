"""Collects segments of experience: the policy acts, whoever is asked rewards."""
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.actor import Actor
from stable_baselines.common.episode_records import Records, keep_ended, keep_ended_of_segment
from stable_baselines.common.episode_statistics import EpisodeStatistics
from stable_baselines.common.raw_observations import observation_normalizer, require_last_word
from stable_baselines.common.shared_statistics import SharedStatistics
from stable_baselines.common.vec_env import unwrap_vec_normalize
from stable_baselines.common.vec_env.finite import LAST_OBSERVATION, describe_bad_number
from stable_baselines.common.vec_env.results import require_batch, require_last_observation, step_of

# (observations [N, ...], actions [N, ...] as executed, environment's rewards [N], episode starts [N]), the steps of all
# environments one after the other -> rewards [N] to learn from
RewardSource = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Segment(NamedTuple):
    """T steps of each of n environments; shapes start with [T, n]."""

    observations: np.ndarray
    actions: np.ndarray  # as the policy chose them, before clipping
    rewards: np.ndarray  # from the reward source
    true_rewards: np.ndarray  # from the environment, before any VecNormalize
    values: np.ndarray
    next_values: np.ndarray  # what follows each step: 0 after a terminal state
    episode_starts: np.ndarray
    ends: np.ndarray  # whether an episode ended with the step
    terminals: np.ndarray  # whether it did so by itself, not by a time limit
    states: Optional[np.ndarray] = None  # memory before each step, of policies that have one
    judged: Optional[np.ndarray] = None  # observations as the reward source saw them
    raw: Optional[np.ndarray] = None  # the same before VecNormalize


class SegmentCollector:
    """
    Steps the environments with the policy.

    :param env: a VecEnv
    :param actor: chooses actions
    :param value_function: values [N] of observations [N, ...] and, for policies with memory, states [N, ...] and
        episode starts [N]
    :param n_steps: T, steps of each environment in a segment
    :param random_state: generator of the actions' randomness
    :param renormalize: show the reward source all observations of a segment under one statistics, those at its end,
        where a VecNormalize stands around the environments; the policy saw each under those of its time
    :param records: takes what a ``Monitor`` tells of each episode that ends: at once where somebody follows the steps,
        otherwise at the end of a segment. None keeps nothing
    :raises ValueError: when that cannot be done, see ``observation_normalizer`` and ``require_last_word``
    """

    def __init__(self, env: Any, actor: Actor, value_function: Callable[..., np.ndarray], n_steps: int,
                 random_state: np.random.RandomState, renormalize: bool = False, records: Optional[Records] = None):
        self.env, self.actor, self.value_function = env, actor, value_function
        self.n_steps, self.random_state, self.records = n_steps, random_state, records
        self.action_rows = ActionRows(env.action_space)
        self.statistics = EpisodeStatistics(env.num_envs)
        self._shared = SharedStatistics(env)
        self._observation_normalizer = observation_normalizer(env, 'the reward') if renormalize else None
        normalizer = unwrap_vec_normalize(env)
        self._reward_normalizer = normalizer if normalizer is not None and normalizer.norm_reward else None
        self.observations = require_batch('reset', env, 'observations', env.reset(), env.observation_space.shape)
        require_last_word(self._observation_normalizer, self.observations, 'the reward')
        self.episode_starts = np.ones(env.num_envs, dtype=bool)
        self.states = actor.initial_state(env.num_envs)
        self.remembers = self.states is not None

    def collect(self, reward_source: RewardSource, on_step: Optional[Callable[[Dict[str, Any]], bool]] = None
                ) -> Optional[Segment]:
        """
        Collect one segment.

        :param reward_source: gives the rewards to learn from
        :param on_step: called after each step with 'obs', 'actions', 'clipped_actions' (as executed), 'rewards',
            'dones', 'infos' and 'new_obs'; returning False ends the collection
        :return: the segment; None when ``on_step`` ended it
        :raises ValueError: when an environment gave something infinite, or not a number
        """
        act, to_env, env_step = self.actor.act, self.action_rows.to_env, step_of(self.env)
        noise = self.actor.draw_noise(self.random_state, self.n_steps, self.env.num_envs)
        observations = np.empty((self.n_steps,) + self.observations.shape, self.observations.dtype)
        actions, rewards, dones, infos, states = [], [], [self.episode_starts], [], []
        raw = _BeforeNormalization(self._observation_normalizer, self._reward_normalizer)
        keeps_raw = raw.keeps_something
        observation, done, state = self.observations, self.episode_starts, self.states
        for step, step_noise in enumerate(noise):  # the loop that training spends most of its time in
            observations[step] = observation
            states.append(state)
            rows, state = act(observation, step_noise, state, done)
            if keeps_raw:
                raw.before_step()
            executed = to_env(rows)
            observation, reward, done, info = env_step(executed)
            if keeps_raw:
                raw.after_step()
            actions.append(rows)
            rewards.append(reward)
            dones.append(done)
            infos.append(info)
            if on_step is not None:
                self.observations, self.episode_starts, self.states = observation, done, state
                keep_ended(self.records, done, info)
                if not on_step(dict(obs=observations[step], actions=rows, clipped_actions=executed, rewards=reward,
                                    dones=done, infos=info, new_obs=observation)):
                    return None
        self.observations, self.episode_starts, self.states = np.asarray(observation), done, state
        require_batch('step', self.env, 'rewards', reward)
        require_batch('step', self.env, 'dones', done)
        dones = _stacked(dones).astype(bool)
        if on_step is None:
            keep_ended_of_segment(self.records, dones[1:], infos)
        return self._finish(observations, _stacked(actions), _stacked(rewards), dones, infos,
                            _stacked(states) if self.remembers else None, raw, reward_source)

    def share_statistics(self) -> None:
        """Let the VecNormalize of all workers agree; to be called by all of them, after each segment."""
        self._shared.combine()

    def _finish(self, observations: np.ndarray, actions: np.ndarray, env_rewards: np.ndarray, dones: np.ndarray,
                infos: List[List[Dict[str, Any]]], states: Optional[np.ndarray], raw: '_BeforeNormalization',
                reward_source: RewardSource) -> Segment:
        _require_finite('observation', observations, 0)
        _require_finite('observation', self.observations[None], self.n_steps)
        _require_finite('reward', env_rewards, 1)
        starts, ends = dones[:-1], dones[1:]
        values, next_values, terminals = self._values(observations, dones, states, infos)
        executed = self.action_rows.clip(_joined(actions))
        unnormalized = raw.observations(observations)
        judged = raw.observations_now(observations, unnormalized)
        rewards = reward_source(_joined(judged), executed, _joined(env_rewards), _joined(starts))
        rewards = rewards.reshape(ends.shape)
        true_rewards = raw.true_rewards(env_rewards)
        self.statistics.update(rewards, true_rewards, ends)
        return Segment(observations, actions, rewards, true_rewards, values, next_values, starts, ends, terminals,
                       states, judged, unnormalized)

    def _values(self, observations: np.ndarray, dones: np.ndarray, states: Optional[np.ndarray],
                infos: List[List[Dict[str, Any]]]) -> Tuple[np.ndarray, np.ndarray, np.ndarray]:
        ends = dones[1:]
        terminals = ends.copy()
        cut = [(step, column) for step, column in zip(*np.nonzero(ends))
               if infos[step][column].get('TimeLimit.truncated', False)
               and 'terminal_observation' in infos[step][column]]
        last = [self._last_observation(infos, step, column) for step, column in cut]
        inputs = [np.concatenate([_joined(observations), self.observations] + last)]
        if self.remembers:
            memory = np.concatenate([_joined(states), self.states])
            after = [(step + 1) * ends.shape[1] + column for step, column in cut]
            inputs += [np.concatenate([memory, memory[after]]),
                       np.concatenate([dones.reshape(-1), np.zeros(len(cut), bool)])]
        scores = self.value_function(*inputs)
        values = scores[:ends.size].reshape(ends.shape)
        following = np.concatenate([values[1:], scores[None, ends.size:ends.size + ends.shape[1]]])
        next_values = np.where(ends, np.float32(0.0), following)
        for (step, column), score in zip(cut, scores[ends.size + ends.shape[1]:]):
            next_values[step, column] = score  # a time limit is no end in itself: the state would have had a future
            terminals[step, column] = False
        return values, next_values, terminals


    def _last_observation(self, infos: List[List[Dict[str, Any]]], step: int, column: int) -> np.ndarray:
        row = require_last_observation(self.env, infos[step][column], self.observations.shape[1:], column)
        bad = describe_bad_number(LAST_OBSERVATION, row, step + 1, first=column, counted='of a batch')
        if bad is not None:
            raise ValueError('env: {}; training needs finite numbers. Mend the environment.'.format(bad))
        return row


class _BeforeNormalization:
    """
    Keeps what a VecNormalize hides of a segment.

    :param observations: the VecNormalize whose observations are to be kept; None keeps none
    :param rewards: the VecNormalize whose rewards are to be kept; None keeps none
    """

    def __init__(self, observations: Any, rewards: Any):
        self._of_observations, self._of_rewards = observations, rewards
        self.keeps_something = observations is not None or rewards is not None
        self._observations: List[np.ndarray] = []
        self._rewards: List[np.ndarray] = []

    def before_step(self) -> None:
        """To be called before each step."""
        if self._of_observations is not None:
            self._observations.append(self._of_observations.get_original_obs())

    def after_step(self) -> None:
        """To be called after each step."""
        if self._of_rewards is not None:
            self._rewards.append(self._of_rewards.get_original_reward())

    def observations(self, seen: np.ndarray) -> np.ndarray:
        """
        :param seen: observations under the statistics of their time, shape [T, n, ...]
        :return: the same before normalization
        """
        return seen if self._of_observations is None else _stacked(self._observations)

    def observations_now(self, seen: np.ndarray, unnormalized: np.ndarray) -> np.ndarray:
        """
        :param seen: observations under the statistics of their time, shape [T, n, ...]
        :param unnormalized: the same before normalization
        :return: the same under the statistics of now
        """
        return seen if self._of_observations is None else self._of_observations.normalize_obs(unnormalized)

    def true_rewards(self, seen: np.ndarray) -> np.ndarray:
        """
        :param seen: rewards as the environment's wrappers gave them, shape [T, n]
        :return: the same before normalization
        """
        return seen if self._of_rewards is None else _stacked(self._rewards)


def _require_finite(name: str, array: np.ndarray, first_step: int) -> None:
    """
    :param name: what it is
    :param array: shape [T, n, ...]
    :param first_step: number of the step, counted from 1, that the first row came of
    :raises ValueError: when it holds something infinite, or not a number
    """
    if array.dtype.kind == 'f' and not np.isfinite(array).all():
        step, column = np.argwhere(~np.isfinite(array))[0][:2]
        raise ValueError('env: environment {} gave the {} {} in step {} of a batch; training needs finite numbers. '
                         'Mend the environment.'.format(column, name, array[step, column].tolist(), first_step + step))


def _stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """
    :param rows: arrays of one shape
    :return: the same as np.stack, in a third of its time
    """
    return np.concatenate(rows).reshape((len(rows),) + np.shape(rows[0]))


def _joined(array: np.ndarray) -> np.ndarray:
    return array.reshape((-1,) + array.shape[2:])
