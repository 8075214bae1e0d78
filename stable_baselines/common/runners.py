"""Collecting experience outside of ``learn``: with a model, or with a policy and an environment alone."""
from abc import ABC, abstractmethod
from typing import Any, Callable, Dict, Iterator, List, Optional

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.action_rows import ActionRows
from stable_baselines.common.callback_locals import with_single_names
from stable_baselines.common.callbacks import BaseCallback, as_callback
from stable_baselines.common.checks import check_whole
from stable_baselines.common.episode_statistics import EpisodeStatistics
from stable_baselines.common.rollout import RewardSource, SegmentCollector
from stable_baselines.common.vec_env import VecEnv, as_vec_env
from stable_baselines.common.vec_env.results import step_of

__all__ = ['AbstractEnvRunner', 'SegmentRunner', 'traj_segment_generator']


class AbstractEnvRunner(ABC):
    """
    Steps environments with a model. Subclasses define ``_run``.

    At hand: ``env`` (a ``VecEnv``), ``model``, ``n_steps``, ``n_envs``, ``batch_ob_shape`` (of all observations of a
    run, one after the other), ``callback``, and ``continue_training``, which is False after a callback has ended a run.

    :param env: environment of gym or gymnasium, or a ``VecEnv``
    :param model: the model
    :param n_steps: steps of each environment in a run
    :raises ValueError: when ``n_steps`` is not a positive whole number
    """

    def __init__(self, *, env: Any, model: Any, n_steps: int):
        check_whole('n_steps', n_steps, 1)
        self.env: VecEnv = as_vec_env(env)
        self.model, self.n_steps = model, n_steps
        self.n_envs = self.env.num_envs
        self.batch_ob_shape = (self.n_envs * n_steps,) + tuple(self.env.observation_space.shape or ())
        self.actor = getattr(model, 'actor', None)  # by which a model knows whether it is still the one that acts
        self.callback: Optional[BaseCallback] = None
        self.continue_training = True

    def run(self, callback: Any = None) -> Any:
        """
        Collect experience.

        :param callback: as of ``learn``; hears of each step, and may end the run
        :return: what the subclass collects
        """
        self.callback, self.continue_training = as_callback(callback), True
        if self.callback.model is None:
            self.callback.init_callback(self.model)
        return self._run()

    @abstractmethod
    def _run(self) -> Any:
        """
        For subclasses: collect.

        :return: what was collected
        """

    def _tell(self, step_locals: Dict[str, Any]) -> bool:
        """
        :param step_locals: of one step of all environments, see ``SegmentCollector.collect``
        :return: whether to go on
        """
        self.model.num_timesteps += self.n_envs
        if self.callback.listens:
            self.callback.update_locals(dict(with_single_names(step_locals), self=self.model))
            self.continue_training = self.callback.on_step() is not False
        return self.continue_training


class SegmentRunner(AbstractEnvRunner):
    """
    Collects what TRPO and GAIL learn from; ``model.runner`` is one. A run goes on where the last one ended. It gives a
    dictionary, shapes beginning with [n_steps, n_envs]: ``observations``, ``actions`` (before clipping), ``rewards``
    (with GAIL the discriminator's), ``true_rewards`` (the environment's), ``vpred`` (values), ``nextvpred`` (values of
    what follows each step, 0 after an end), ``dones``, ``episode_starts``; and of the episodes that ended ``ep_rets``,
    ``ep_true_rets``, ``ep_lens``; ``total_timestep``, the steps made; ``continue_training``. Where a callback ended the
    run, it holds ``continue_training=False`` and ``total_timestep`` only.

    :param env: see ``AbstractEnvRunner``
    :param model: see there
    :param n_steps: see there
    :param value_function: see ``SegmentCollector``
    :param reward_source: gives the rewards to learn from
    :param renormalize: see ``SegmentCollector``
    """

    def __init__(self, *, env: Any, model: Any, n_steps: int, value_function: Callable[..., np.ndarray],
                 reward_source: RewardSource, renormalize: bool = False):
        super().__init__(env=env, model=model, n_steps=n_steps)
        self._collector = SegmentCollector(self.env, model.actor, value_function, n_steps, model.random_state,
                                           renormalize)
        self._collector.statistics = EpisodeStatistics(self.n_envs, window=n_steps * self.n_envs)
        self._reward_source = reward_source

    def _run(self) -> Dict[str, Any]:
        steps_before, statistics = self.model.num_timesteps, self._collector.statistics
        episodes_before = statistics.n_episodes
        segment = self._collector.collect(self._reward_source, self._tell)
        made = self.model.num_timesteps - steps_before
        if segment is None:
            return dict(continue_training=False, total_timestep=made)
        ended = statistics.n_episodes - episodes_before

        def latest(numbers: Any) -> List[float]:
            return list(numbers)[len(numbers) - ended:]
        return dict(observations=segment.observations, actions=segment.actions, rewards=segment.rewards,
                    true_rewards=segment.true_rewards, vpred=segment.values, nextvpred=segment.next_values,
                    dones=segment.ends, episode_starts=segment.episode_starts, ep_rets=latest(statistics.returns),
                    ep_true_rets=latest(statistics.true_returns), ep_lens=latest(statistics.lengths),
                    total_timestep=made, continue_training=True)


def traj_segment_generator(policy: Any, env: Any, horizon: int, reward_giver: Any = None, gail: bool = False,
                           callback: Optional[BaseCallback] = None) -> Iterator[Dict[str, Any]]:
    """
    Steps one environment with a policy, for ever.

    :param policy: with ``step(observations, state, mask)`` and ``value`` of the same, such as ``model.policy_pi``
    :param env: environment of gym or gymnasium, or a ``VecEnv`` of one
    :param horizon: T, steps of a segment
    :param reward_giver: with ``get_reward(observations, actions)``, such as ``model.reward_giver``
    :param gail: whether ``reward_giver`` gives the rewards
    :param callback: hears of each step; False ends it all
    :return: of each segment a dictionary: ``observations`` and ``actions`` [T, ...], ``rewards``, ``true_rewards`` (the
        environment's), ``vpred`` (values), ``dones`` and ``episode_starts`` [T], ``nextvpred`` (value of what follows,
        0 after an end), ``ep_rets``, ``ep_true_rets`` and ``ep_lens`` of the episodes that ended, ``total_timestep``
        and ``continue_training``; after a callback's False the arrays are as long as what was made
    :raises ValueError: when there are several environments, ``horizon`` is not positive, or a reward giver is missing
    """
    check_whole('horizon', horizon, 1)
    if gail and reward_giver is None:
        raise ValueError('gail=True: needs reward_giver, such as model.reward_giver of a GAIL.')
    venv = as_vec_env(env)
    if venv.num_envs != 1:
        raise ValueError('env: a VecEnv of {} environments found, one environment expected. model.runner steps several.'
                         .format(venv.num_envs))
    return _segments(_Walk(policy, venv, reward_giver if gail else None), horizon, as_callback(callback))


def _segments(walk: '_Walk', horizon: int, callback: BaseCallback) -> Iterator[Dict[str, Any]]:
    goes_on = True
    while goes_on:
        callback.on_rollout_start()
        walk.begin()
        while goes_on and len(walk.columns['rewards']) < horizon:
            step_locals = walk.step()
            if callback.listens:
                callback.update_locals(step_locals)
                goes_on = callback.on_step() is not False
        if goes_on:
            callback.on_rollout_end()
        yield dict(walk.segment(), continue_training=goes_on)


class _Walk:
    """
    One environment, stepped by a policy.

    :param policy: see ``traj_segment_generator``
    :param venv: a VecEnv of one environment
    :param reward_giver: None for the environment's rewards
    """

    def __init__(self, policy: Any, venv: VecEnv, reward_giver: Any):
        self._policy, self._step_env, self._reward_giver = policy, step_of(venv), reward_giver
        self._rows = ActionRows(gym_api.as_gym_space(venv.action_space))
        self._observations, self._starts = np.array(venv.reset()), np.ones(1, bool)
        initial = getattr(policy, 'initial_state', None)
        self._state = None if initial is None else np.asarray(initial)[:1]
        self._running = np.zeros(3)  # return, true return and length of the running episode
        self.begin()

    def begin(self) -> None:
        """Begin a segment."""
        self.columns: Dict[str, List[Any]] = {name: [] for name in (
            'observations', 'actions', 'rewards', 'true_rewards', 'vpred', 'dones', 'episode_starts')}
        self._ended: List[np.ndarray] = []

    def step(self) -> Dict[str, Any]:
        """
        :return: what callbacks see of it
        """
        before, starts = self._observations, self._starts
        actions, values, self._state, _ = self._policy.step(before, self._state, starts)
        executed = self._rows.to_env(actions)
        self._observations, true_rewards, self._starts, infos = self._step_env(executed)
        rewards = true_rewards if self._reward_giver is None else np.reshape(
            self._reward_giver.get_reward(before, executed), -1)
        for name, column in zip(self.columns, (before, actions, rewards, true_rewards, np.reshape(values, -1),
                                               self._starts, starts)):
            self.columns[name].append(column[0])
        self._running += float(rewards[0]), float(true_rewards[0]), 1
        if self._starts[0]:
            self._ended.append(self._running.copy())
            self._running[:] = 0
        return dict(with_single_names(dict(obs=before, new_obs=self._observations, actions=actions, dones=self._starts,
                                           clipped_actions=executed, rewards=rewards, infos=infos)),
                    true_reward=true_rewards[0])

    def segment(self) -> Dict[str, Any]:
        """
        :return: what was made since ``begin``
        """
        found: Dict[str, Any] = {name: np.array(column) for name, column in self.columns.items()}
        following = np.reshape(self._policy.value(self._observations, self._state, self._starts), -1)[0]
        returns, true_returns, lengths = np.reshape(self._ended, (-1, 3)).T.tolist()
        return dict(found, nextvpred=0.0 if self._starts[0] else float(following), ep_rets=returns,
                    ep_true_rets=true_returns, ep_lens=[int(length) for length in lengths],
                    total_timestep=len(found['rewards']))
