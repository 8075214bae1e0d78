"""Collects segments of experience: the policy acts, whoever is asked rewards."""
from collections import deque
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.actor import Actor
from stable_baselines.common.raw_observations import observation_normalizer
from stable_baselines.common.shared_statistics import SharedStatistics
from stable_baselines.common.vec_env import unwrap_vec_normalize

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


class Episode(NamedTuple):
    """One that has ended."""

    total: float  # return by the rewards learned from
    true_total: float  # by the environment's
    length: int
    steps: int  # that its environment had made in all when it ended


class EpisodeStatistics:
    """
    Returns and lengths of the latest episodes.

    :param n_envs: number of environments
    :param window: how many episodes are kept
    """

    def __init__(self, n_envs: int, window: int = 40):
        self._running = np.zeros((3, n_envs))
        self.returns, self.true_returns, self.lengths = (deque(maxlen=window) for _ in range(3))
        self.n_episodes, self._n_steps = 0, 0
        self._ended: List[Episode] = []

    def count(self, episode: Episode) -> None:
        """
        :param episode: one that ended, here or at another worker
        """
        self.returns.append(episode.total)
        self.true_returns.append(episode.true_total)
        self.lengths.append(episode.length)
        self.n_episodes += 1

    def take_ended(self) -> List[Episode]:
        """
        :return: the episodes that ended since the last call, in the order of their ends
        """
        ended, self._ended = self._ended, []
        return ended

    def buffers(self) -> Dict[str, Any]:
        """
        :return: the latest episodes, by the names that callbacks find them under in ``locals``; they go on growing.
            ``rewbuffer`` has the returns by the rewards learned from, the others those of the environment
        """
        return dict(episode_returns=self.true_returns, episode_lengths=self.lengths, rewbuffer=self.returns,
                    true_rewbuffer=self.true_returns, lenbuffer=self.lengths)

    def update(self, rewards: np.ndarray, true_rewards: np.ndarray, ends: np.ndarray) -> int:
        """
        Count a segment in.

        :param rewards: shape [T, n_envs]
        :param true_rewards: shape [T, n_envs]
        :param ends: shape [T, n_envs]
        :return: how many episodes ended in it
        """
        totals = np.cumsum([rewards, true_rewards, np.ones_like(rewards)], axis=1, dtype=np.float64)
        before = -self._running  # what the running episodes had gathered when the segment began
        steps, columns = np.nonzero(ends)
        for step, column in zip(steps, columns):
            episode = totals[:, step, column] - before[:, column]
            before[:, column] = totals[:, step, column]
            self._ended.append(Episode(float(episode[0]), float(episode[1]), int(episode[2]),
                                       self._n_steps + int(step) + 1))
            self.count(self._ended[-1])
        self._running = totals[:, -1] - before
        self._n_steps += len(rewards)
        return len(steps)


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
    :raises ValueError: when that cannot be done, see ``observation_normalizer``
    """

    def __init__(self, env: Any, actor: Actor, value_function: Callable[..., np.ndarray], n_steps: int,
                 random_state: np.random.RandomState, renormalize: bool = False):
        self.env, self.actor, self.value_function = env, actor, value_function
        self.n_steps, self.random_state = n_steps, random_state
        self.action_rows = ActionRows(env.action_space)
        self.statistics = EpisodeStatistics(env.num_envs)
        self._shared = SharedStatistics(env)
        self._observation_normalizer = observation_normalizer(env, 'the reward') if renormalize else None
        normalizer = unwrap_vec_normalize(env)
        self._reward_normalizer = normalizer if normalizer is not None and normalizer.norm_reward else None
        self.observations = env.reset()
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
        act, to_env, env_step = self.actor.act, self.action_rows.to_env, self.env.step
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
                if not on_step(dict(obs=observations[step], actions=rows, clipped_actions=executed, rewards=reward,
                                    dones=done, infos=info, new_obs=observation)):
                    return None
        self.observations, self.episode_starts, self.states = observation, done, state
        return self._finish(observations, _stacked(actions), _stacked(rewards), _stacked(dones), infos,
                            _stacked(states) if self.remembers else None, raw, reward_source)

    def share_statistics(self) -> None:
        """Let the VecNormalize of all workers agree; to be called by all of them, after each segment."""
        self._shared.combine()

    def _finish(self, observations: np.ndarray, actions: np.ndarray, env_rewards: np.ndarray, dones: np.ndarray,
                infos: List[List[Dict[str, Any]]], states: Optional[np.ndarray], raw: '_BeforeNormalization',
                reward_source: RewardSource) -> Segment:
        _require_finite('observation', observations)
        _require_finite('reward', env_rewards)
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
        last = [infos[step][column]['terminal_observation'] for step, column in cut]
        inputs = [np.concatenate([_joined(observations), self.observations] + [np.asarray(row)[None] for row in last])]
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


def _require_finite(name: str, array: np.ndarray) -> None:
    if array.dtype.kind == 'f' and not np.isfinite(array).all():
        step, column = np.argwhere(~np.isfinite(array))[0][:2]
        raise ValueError('env: environment {} gave the {} {} in step {} of a batch; training needs finite numbers. '
                         'Mend the environment.'.format(column, name, array[step, column].tolist(), step))


def _stacked(rows: Sequence[np.ndarray]) -> np.ndarray:
    """
    :param rows: arrays of one shape
    :return: the same as np.stack, in a third of its time
    """
    return np.concatenate(rows).reshape((len(rows),) + np.shape(rows[0]))


def _joined(array: np.ndarray) -> np.ndarray:
    return array.reshape((-1,) + array.shape[2:])
