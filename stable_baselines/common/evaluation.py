"""How well a policy does."""
import copy
import warnings
from typing import Any, Callable, List, Optional, Tuple, Union

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.common.checks import check_whole
from stable_baselines.common.progress import ProgressBar
from stable_baselines.common.vec_env import VecEnv, as_vec_env, unwrap_vec_normalize
from stable_baselines.common.vec_env.finite import describe_bad_number

__all__ = ['evaluate_policy', 'random_return']

Episodes = Tuple[List[float], List[int]]


def evaluate_policy(model: Any, env: Any, n_eval_episodes: int = 10, deterministic: bool = True, render: bool = False,
                    callback: Optional[Callable[[dict, dict], None]] = None, reward_threshold: Optional[float] = None,
                    return_episode_rewards: bool = False, progress_bar: Union[bool, str] = False
                    ) -> Union[Tuple[float, float], Episodes]:
    """
    Run a policy for some episodes. A return is the sum of the rewards as ``env`` gives them: a ``VecNormalize`` with
    ``norm_reward`` gives normalized ones, and with ``training`` goes on counting.

    Observations and rewards that are not a number are warned of, by environment and step.

    With several environments each one contributes a number of episodes fixed beforehand: taking whichever end first
    would favour short ones.

    :param model: anything with ``predict(observation, state=, mask=, deterministic=)`` that returns actions and its
        next state; the mask, one flag an environment, is True where an episode begins
    :param env: environment of gym or gymnasium, or a ``VecEnv``; it stays open
    :param n_eval_episodes: episodes in all
    :param deterministic: whether the model takes its likeliest actions
    :param render: whether to draw the environment at each step
    :param callback: called after each step with the local variables (among them ``reward``, ``done``, ``obs``,
        ``new_obs`` (the same), ``action``, ``i`` (episodes finished before), ``episode_reward`` and ``episode_length``
        so far, ``episode_rewards``, ``episode_lengths``) and the global ones
    :param reward_threshold: least mean return; None asks for none
    :param return_episode_rewards: whether to return the numbers of each episode
    :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
    :return: mean and standard deviation of the returns; or, if asked for, all returns and all lengths
    :raises TypeError: for a model, an environment or a callback that is none
    :raises ValueError: when ``n_eval_episodes`` is not a positive whole number
    :raises AssertionError: when the mean return is below ``reward_threshold``
    """
    check_whole('n_eval_episodes', n_eval_episodes, 1)
    _check_parts(model, env, callback)
    _warn_of_raw_observations(model, env)
    env = as_vec_env(env) if isinstance(env, VecEnv) else env
    run = _run_vec_env if isinstance(env, VecEnv) else _run_single_env
    with ProgressBar(n_eval_episodes, 'evaluation', 'episode', progress_bar) as bar:
        episode_rewards, episode_lengths = run(model, env, n_eval_episodes, deterministic, render, callback, bar)
    mean_reward, std_reward = float(np.mean(episode_rewards)), float(np.std(episode_rewards))
    if reward_threshold is not None and not mean_reward >= reward_threshold:
        raise AssertionError('the mean return over {} episodes, {:.2f}, is below reward_threshold={}.'
                             .format(n_eval_episodes, mean_reward, reward_threshold))
    return (episode_rewards, episode_lengths) if return_episode_rewards else (mean_reward, std_reward)


def _check_parts(model: Any, env: Any, callback: Any) -> None:
    for name, part, method, expected in (('model', model, 'predict', 'a model'),
                                         ('env', env, 'step', "an environment, such as gym.make('CartPole-v1'),")):
        if isinstance(part, type) or not callable(getattr(part, method, None)):
            raise TypeError('{}={!r}: expected {} with a method {}(), {} found'.format(
                name, part, expected, method, type(part).__name__))
    if callback is not None and not callable(callback):
        raise TypeError('callback={!r}: expected a function of locals and globals, or None'.format(callback))


def _warn_of_raw_observations(model: Any, env: Any) -> None:
    find = getattr(model, 'get_vec_normalize_env', lambda: None)
    normalizer = find()
    if normalizer is None or not normalizer.norm_obs or unwrap_vec_normalize(env) is not None:
        return
    warnings.warn('env: the model learned from observations that VecNormalize had normalized, and this environment '
                  'gives them raw. Wrap it in VecNormalize(venv, training=False, norm_reward=False) and give it the '
                  'statistics: sync_envs_normalization(model.get_env(), env), or VecNormalize.load(path, venv).',
                  stacklevel=3)


class _NanWatch:
    """
    Names the environment that gives NaN first, which would otherwise show up as a mean return of NaN, or not at all.

    :param n_envs: number of environments
    """

    def __init__(self, n_envs: int) -> None:
        self._n_envs, self._step, self._silent = n_envs, 0, False

    def reset(self, observations: Any) -> None:
        self._look_at('observation', observations)

    def step(self, observations: Any, rewards: Any) -> None:
        self._step += 1
        self._look_at('observation', observations)
        self._look_at('reward', rewards)

    def _look_at(self, kind: str, numbers: Any) -> None:
        rows = np.asarray(numbers)
        if self._silent or rows.dtype.kind != 'f' or not np.isnan(rows).any():
            return
        self._silent = True
        warnings.warn('env: {} is not a number, and the returns from there on say little. Mend the environment.'.format(
            describe_bad_number(kind, rows.reshape(self._n_envs, -1), self._step, allow_infinite=True,
                                counted='of the evaluation')), stacklevel=5)


def _run_single_env(model: Any, env: Any, n_eval_episodes: int, deterministic: bool, render: bool,
                    callback: Optional[Callable], bar: ProgressBar) -> Episodes:
    """Run one environment that is not in a ``VecEnv``: the model sees single observations."""
    episode_rewards, episode_lengths = [], []
    state, nan_watch = None, _NanWatch(1)
    for i in range(n_eval_episodes):  # noqa: B007 (callbacks find it in locals)
        obs = gym_api.reset(env)
        nan_watch.reset(obs)
        done, starts, episode_reward, episode_length = False, True, 0.0, 0
        while not done:
            action, state = model.predict(obs, state=state, mask=np.array([starts]), deterministic=deterministic)
            new_obs, reward, done, _info = gym_api.step(env, action)
            obs = new_obs
            nan_watch.step(obs, reward)
            starts = False
            episode_reward += float(reward)
            episode_length += 1
            if callback is not None:
                callback(locals(), globals())
            if render:
                gym_api.render(env)
        episode_rewards.append(episode_reward)
        episode_lengths.append(episode_length)
        bar.advance()
    return episode_rewards, episode_lengths


def _run_vec_env(model: Any, env: VecEnv, n_eval_episodes: int, deterministic: bool, render: bool,
                 callback: Optional[Callable], bar: ProgressBar) -> Episodes:
    """
    Run a ``VecEnv``: the model sees one observation each environment. A callback finds return and length of the
    episodes under way in ``episode_reward`` and ``episode_length``, and those of an episode that ends in its last step:
    numbers of a single environment, otherwise arrays [n].
    """
    episode_rewards, episode_lengths = [], []
    episodes_left = (n_eval_episodes + np.arange(env.num_envs)) // env.num_envs
    current_rewards, current_lengths = np.zeros(env.num_envs), np.zeros(env.num_envs, int)
    obs, nan_watch = env.reset(), _NanWatch(env.num_envs)
    nan_watch.reset(obs)
    state, done = None, np.ones(env.num_envs, bool)
    while episodes_left.any():
        action, state = model.predict(obs, state=state, mask=done, deterministic=deterministic)
        new_obs, reward, done, _info = env.step(action)
        obs, i = new_obs, len(episode_rewards)  # callbacks find both in locals
        nan_watch.step(obs, reward)
        current_rewards += reward
        current_lengths += 1
        if callback is not None:
            episode_reward, episode_length = _of_one_or_all(current_rewards), _of_one_or_all(current_lengths)
        for index in np.flatnonzero(done):
            if episodes_left[index] > 0:
                episodes_left[index] -= 1
                episode_rewards.append(float(current_rewards[index]))
                episode_lengths.append(int(current_lengths[index]))
                bar.advance()
            current_rewards[index], current_lengths[index] = 0.0, 0
        if callback is not None:
            callback(locals(), globals())
        if render:
            env.render()
    return episode_rewards, episode_lengths


def _of_one_or_all(numbers: np.ndarray) -> Any:
    return numbers.item() if len(numbers) == 1 else numbers.copy()


class _RandomPolicy:
    """
    Takes any action, each as probable as the others; where a Box has no bounds, as its ``sample`` does.

    :param action_space: of the environment
    :param seed: of its generator; None for a new one
    """

    def __init__(self, action_space: Any, seed: Optional[int]) -> None:
        self._space = copy.deepcopy(action_space)  # the environment's own goes on with its numbers
        self._space.seed(seed)

    def predict(self, observation: np.ndarray, state: Any = None, mask: Any = None, deterministic: bool = True
                ) -> Tuple[np.ndarray, None]:
        return np.stack([np.asarray(self._space.sample()) for _ in observation]), None


def random_return(env: Any, n_episodes: int = 20, seed: Optional[int] = 0, progress_bar: Union[bool, str] = False
                  ) -> float:
    """
    The mean return of uniformly random actions: the level that a policy begins at, for
    ``results_plotter.plot_training(random_return=...)``.

    :param env: environment of gym or gymnasium, its id, or a ``VecEnv``; it stays open, but is seeded
    :param n_episodes: episodes in all
    :param seed: of actions and environment; None takes new ones
    :param progress_bar: see ``evaluate_policy``
    :return: the mean of the returns, by the rewards that ``env`` gives
    :raises TypeError: when ``env`` is no environment
    :raises ValueError: when a number is out of range
    """
    check_whole('n_episodes', n_episodes, 1)
    if seed is not None:
        check_whole('seed', seed, 0)
    env = gym_api.make(env) if isinstance(env, str) else env
    if not isinstance(env, VecEnv) and not gym_api.is_env(env):
        raise TypeError('env={!r}: an environment of gym or gymnasium, its id, or a VecEnv expected.'.format(env))
    venv = as_vec_env(env)
    if seed is not None:
        venv.seed(int(seed))
    policy = _RandomPolicy(venv.action_space, seed)
    return evaluate_policy(policy, venv, n_episodes, progress_bar=progress_bar)[0]
