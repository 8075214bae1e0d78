"""Code called while a model trains: to stop it, save it, evaluate it, or look at it."""
import contextlib
import os
from typing import Any, Iterator, List, Optional, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.callback_base import (
    BaseCallback,
    CallbackList,
    ConvertCallback,
    EventCallback,
    NullCallback,
    as_callback,
    released,
)
from stable_baselines.common.checkpoints import Checkpoint, remove_all_but
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.progress import AUTO, ProgressBar, beside_bars, some_bar_is_drawn, wants_bar
from stable_baselines.common.vec_env import VecEnv, as_vec_env, sync_envs_normalization, unwrap_vec_normalize

__all__ = ['BaseCallback', 'CallbackList', 'CheckpointCallback', 'ConvertCallback', 'EvalCallback', 'EventCallback',
           'EveryNTimesteps', 'NullCallback', 'ProgressBarCallback', 'StopTrainingOnRewardThreshold', 'as_callback',
           'released']


class CheckpointCallback(BaseCallback):
    """
    Saves the model every so many steps as ``<save_path>/<name_prefix>_<timesteps>_steps.zip``. Under MPI only the
    first worker does. A kill at any moment leaves whole files; ``Model.load(save_path)`` takes the newest. What goes on
    from it collects the batch anew that was being collected.

    :param save_freq: calls between two saves (steps of each environment)
    :param save_path: folder; created when missing
    :param name_prefix: start of the file names
    :param verbose: 2 prints the file names
    :param keep_last: how many checkpoints of this prefix to keep, the newest ones; None keeps all. With the old ones
        goes what saves that were killed left behind
    :param save_replay_buffer: save the replay buffer beside it, where the model has one, as
        ``<name_prefix>_replay_buffer_<timesteps>_steps.npz``
    :param save_vecnormalize: save the statistics of a VecNormalize beside it, where there is one, as
        ``<name_prefix>_vecnormalize_<timesteps>_steps.pkl``
    :raises ValueError: when ``save_freq`` or ``keep_last`` is not positive
    """

    def __init__(self, save_freq: int, save_path: str, name_prefix: str = 'rl_model', verbose: int = 0,
                 keep_last: Optional[int] = None, save_replay_buffer: bool = False,
                 save_vecnormalize: bool = False) -> None:
        super().__init__(verbose)
        self.save_freq = _positive('save_freq', save_freq)
        self.save_path = save_path
        self.name_prefix = name_prefix
        self.keep_last = None if keep_last is None else _positive('keep_last', keep_last)
        self.save_replay_buffer, self.save_vecnormalize = save_replay_buffer, save_vecnormalize

    def _on_step(self) -> bool:
        if self.n_calls % self.save_freq == 0 and mpi.is_root():
            os.makedirs(self.save_path, exist_ok=True)
            checkpoint = Checkpoint(self.num_timesteps, os.fspath(self.save_path), self.name_prefix)
            self._save_companions(checkpoint)
            self.model.save(checkpoint.stem)
            if self.verbose > 1:
                with beside_bars():
                    print('Saved the model to {}'.format(checkpoint.stem))
            if self.keep_last is not None:
                remove_all_but(self.keep_last, self.save_path, self.name_prefix)
        return True

    def _save_companions(self, checkpoint: Checkpoint) -> None:
        """They come before the model: where that is, they are whole."""
        if self.save_replay_buffer and hasattr(self.model, 'save_replay_buffer'):
            self.model.save_replay_buffer(checkpoint.companion('replay_buffer'))
        normalizer = unwrap_vec_normalize(self.training_env) if self.save_vecnormalize else None
        if normalizer is not None:
            normalizer.save(checkpoint.companion('vecnormalize'))


class EveryNTimesteps(EventCallback):
    """
    Calls another callback every so many environment steps; in a run that begins anew, counted from its beginning.

    :param n_steps: environment steps (of all environments together) between two calls
    :param callback: what to call
    :raises ValueError: when ``n_steps`` is not positive
    """

    def __init__(self, n_steps: int, callback: BaseCallback) -> None:
        super().__init__(callback)
        self.n_steps = _positive('n_steps', n_steps)
        self.last_time_trigger = 0

    def _on_training_start(self) -> None:
        super()._on_training_start()
        self.last_time_trigger = min(self.last_time_trigger, self.model.num_timesteps)  # a new run counts from 0 again

    def _on_step(self) -> bool:
        if self.num_timesteps - self.last_time_trigger < self.n_steps:
            return True
        self.last_time_trigger = self.num_timesteps
        return self._on_event()


class EvalCallback(EventCallback):
    """
    Evaluates the model every so many steps. Under MPI the first worker does so for all, whose parameters are the same;
    what the others' callbacks know of rewards stays as it was. Where the environment that the model is trained in has a
    ``VecNormalize``, that of evaluation needs one, too: it gets a copy of the statistics before each evaluation, and
    does not change them. Give it ``norm_reward=False`` for returns that are not normalized.

    :param eval_env: environment to evaluate in, or a ``VecEnv`` of any number of them
    :param callback_on_new_best: called whenever the mean reward is the best so far
    :param n_eval_episodes: episodes an evaluation
    :param eval_freq: calls between two evaluations (steps of each environment); 0 or less never evaluates
    :param log_path: folder for ``evaluations.npz``, which holds ``timesteps`` [N], ``results`` (returns) and
        ``ep_lengths`` [N, n_eval_episodes] of all evaluations so far; None writes none
    :param best_model_save_path: folder for ``best_model.zip``; None saves none
    :param deterministic: whether the model takes its likeliest actions
    :param render: whether to draw the environment
    :param verbose: 1 prints each result
    """

    def __init__(self, eval_env: Any, callback_on_new_best: Optional[BaseCallback] = None, n_eval_episodes: int = 5,
                 eval_freq: int = 10000, log_path: Optional[str] = None, best_model_save_path: Optional[str] = None,
                 deterministic: bool = True, render: bool = False, verbose: int = 1) -> None:
        super().__init__(callback_on_new_best, verbose=verbose)
        self.eval_env = as_vec_env(eval_env)
        self.n_eval_episodes = _positive('n_eval_episodes', n_eval_episodes)
        self.eval_freq = eval_freq
        self.log_path = None if log_path is None else os.path.join(log_path, 'evaluations')
        self.best_model_save_path = best_model_save_path
        self.deterministic = deterministic
        self.render = render
        self.best_mean_reward = -np.inf
        self.last_mean_reward = -np.inf
        self.evaluations_timesteps: List[int] = []
        self.evaluations_results: List[List[float]] = []
        self.evaluations_length: List[List[int]] = []

    def _init_callback(self) -> None:
        super()._init_callback()
        sync_envs_normalization(self.training_env, self.eval_env)  # raises now rather than after hours

    def _on_step(self) -> bool:
        if self.eval_freq <= 0 or self.n_calls % self.eval_freq != 0 or not mpi.is_root():
            return True
        sync_envs_normalization(self.training_env, self.eval_env)
        progress_bar = AUTO if self.verbose > 0 or some_bar_is_drawn() else False
        with _unchanging_statistics(self.eval_env):
            returns, lengths = evaluate_policy(self.model, self.eval_env, n_eval_episodes=self.n_eval_episodes,
                                               deterministic=self.deterministic, render=self.render,
                                               return_episode_rewards=True, progress_bar=progress_bar)
        self.last_mean_reward = float(np.mean(returns))
        is_best = self.last_mean_reward > self.best_mean_reward
        self._write(returns, lengths)
        self._print(returns, lengths, is_best)
        if not is_best:
            return True
        self.best_mean_reward = self.last_mean_reward
        if self.best_model_save_path is not None:
            os.makedirs(self.best_model_save_path, exist_ok=True)
            self.model.save(os.path.join(self.best_model_save_path, 'best_model'))
        return self._on_event()

    def _write(self, returns: List[float], lengths: List[int]) -> None:
        if self.log_path is None:
            return
        self.evaluations_timesteps.append(self.num_timesteps)
        self.evaluations_results.append(returns)
        self.evaluations_length.append(lengths)
        with replace_on_success(self.log_path + '.npz') as file:
            np.savez(file, timesteps=self.evaluations_timesteps, results=self.evaluations_results,
                     ep_lengths=self.evaluations_length)

    def _print(self, returns: List[float], lengths: List[int], is_best: bool) -> None:
        if self.verbose > 0:
            with beside_bars():
                print('Evaluation after {} steps: return {:.2f} +/- {:.2f}{}, episode length {:.2f} +/- {:.2f}'.format(
                    self.num_timesteps, np.mean(returns), np.std(returns), ' (best so far)' if is_best else '',
                    np.mean(lengths), np.std(lengths)))


class StopTrainingOnRewardThreshold(BaseCallback):
    """
    Ends training once the best mean reward is high enough. For ``EvalCallback(callback_on_new_best=...)``.

    :param reward_threshold: least mean reward to end at
    :param verbose: 1 prints that it ends
    """

    def __init__(self, reward_threshold: float, verbose: int = 0) -> None:
        super().__init__(verbose=verbose)
        self.reward_threshold = reward_threshold

    def _init_callback(self) -> None:
        if not hasattr(self.parent, 'best_mean_reward'):
            raise ValueError('StopTrainingOnRewardThreshold needs an EvalCallback that calls it, found {!r}. Write '
                             'EvalCallback(env, callback_on_new_best=StopTrainingOnRewardThreshold(...)).'
                             .format(self.parent))

    def _on_step(self) -> bool:
        best = self.parent.best_mean_reward
        goes_on = best < self.reward_threshold
        if self.verbose > 0 and not goes_on:
            with beside_bars():
                print('Training ends: the best mean reward {:.2f} reached the threshold {}'
                      .format(best, self.reward_threshold))
        return bool(goes_on)


class ProgressBarCallback(BaseCallback):
    """
    Shows how far training is: environment steps made of those asked for, steps a second, and the return of the latest
    episode, by the environment's rewards. It looks at whole rollouts only, a few times a second, so it costs next to
    nothing. Under MPI the first worker draws, and counts the steps of all. ``learn(progress_bar=True)`` makes one.

    :param progress_bar: True draws it wherever the standard error goes (a line every few seconds where that is no
        terminal), 'auto' in a terminal only, False never
    :param verbose: as of ``BaseCallback``
    """

    listens = False

    def __init__(self, progress_bar: Union[bool, str] = True, verbose: int = 0) -> None:
        super().__init__(verbose)
        wants_bar(progress_bar)
        self.progress_bar = progress_bar
        self.bar: Optional[ProgressBar] = None
        self._steps_before = 0

    def _on_training_start(self) -> None:
        self.release()
        self._steps_before = self.model.num_timesteps
        self.bar = ProgressBar(self.locals['total_timesteps'], type(self.model).__name__, 'step', self.progress_bar)

    def _on_step(self) -> bool:
        self._on_rollout_end()
        return True

    def _on_rollout_end(self) -> None:
        if self.bar is not None and self.bar.is_due:
            self._move()

    def _on_training_end(self) -> None:
        if self.bar is not None:
            self._move()
            self.release()

    def _move(self) -> None:
        returns = self.locals.get('episode_returns')
        self.bar.move_to(self.model.num_timesteps - self._steps_before,
                         'return {:.4g}'.format(returns[-1]) if returns else None, now=True)

    def release(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


@contextlib.contextmanager
def _unchanging_statistics(env: VecEnv) -> Iterator[None]:
    """
    :param env: whose VecNormalize, if it has one, does not count what it sees for a while
    """
    normalizer = unwrap_vec_normalize(env)
    if normalizer is None:
        yield
        return
    before, normalizer.training = normalizer.training, False
    try:
        yield
    finally:
        normalizer.training = before


def _positive(name: str, value: int) -> int:
    if value < 1:
        raise ValueError('{}={!r} must be at least 1.'.format(name, value))
    return value
