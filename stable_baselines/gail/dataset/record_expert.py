"""Record demonstrations from a trained model, or from any function that maps an observation to an action."""
import contextlib
import operator
import os
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from stable_baselines.common import gym_api, mpi
from stable_baselines.common.first_worker import once
from stable_baselines.common.progress import AUTO, ProgressBar, beside_bars, wants_bar
from stable_baselines.common.vec_env import UnbatchedVecEnv, VecEnv, as_vec_env
from stable_baselines.common.vec_env.finite import require_finite
from stable_baselines.gail.dataset import image_names, images, source, trajectories
from stable_baselines.gail.dataset.episode_collector import EpisodeCollector, RawView, raw_view
from stable_baselines.gail.dataset.expert_actions import actions_for, expert_for
from stable_baselines.gail.dataset.loader import at_least_one
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['generate_expert_traj']

PathLike = Union[str, 'os.PathLike[str]']
_HARM = 'demonstrations are finite numbers'
_PATIENCE = 10.0  # seconds after which an MPI worker records what the first one does not
_SPACES = ('Box', 'Discrete', 'MultiDiscrete', 'MultiBinary')


def generate_expert_traj(model: Any, save_path: Optional[PathLike] = None, env: Any = None, n_timesteps: int = 0,
                         n_episodes: int = 100, image_folder: str = 'recorded_images', deterministic: bool = True,
                         progress_bar: Union[bool, str] = AUTO) -> Dict[str, np.ndarray]:
    """
    Let an expert act, and keep what it saw and did.

    Only whole episodes count. Every environment of a VecEnv contributes its share of them, decided beforehand, so that
    environments with short episodes are not over-represented. Under VecNormalize the expert sees normalized
    observations, but the raw observations and rewards are recorded, and the running statistics stay as they are. The
    environment is left open. On Ctrl-C the episodes finished so far are saved and returned; nothing is kept under
    ``mpirun``, which then ends all. When all MPI workers record under one name, the first one does, and the others get
    what it has recorded.

    :param model: a model with ``predict`` (and, for ``n_timesteps``, ``learn``), or a function from raw observation to
        action, which needs ``env``: for a plain environment one observation and one action, for a VecEnv those of all
        environments at once, shapes [num_envs, ...]. A function of two arguments ``(observation, state)`` gets one
        observation of either kind and returns (action, next state); its state is None where an episode begins, and each
        environment has one
    :param save_path: .npz file to write, '.npz' is added if missing; it appears whole or not at all. None: no file
    :param env: environment of gym or gymnasium, or a VecEnv; None takes the model's own
    :param n_timesteps: train the model for so many steps first
    :param n_episodes: how many episodes to record, at least 1
    :param image_folder: folder, in that of ``save_path`` or below, for image observations: uint8 of shape (height,
        width, 1, 3 or 4) are written there as PNG files, without loss, if there is a ``save_path``. Images that are
        there already, of an earlier recording perhaps, stay
    :param deterministic: whether a model takes its most likely action rather than a random one
    :param progress_bar: whether to draw a progress bar; 'auto' does where the standard error is a terminal
    :return: arrays for ``ExpertDataset(traj_data=...)``: ``actions`` (clipped to the action space; [N, 1] if Discrete),
        ``obs`` (or paths of images), ``rewards`` [N], ``episode_returns`` [n_episodes], ``episode_starts`` [N]
    :raises ValueError: for numbers out of range, a missing environment, unsupported spaces, an action that the
        environment does not have, or another number of actions than of environments
    :raises TypeError: for a ``model`` or ``env`` that is none
    :raises ImportError: for image observations without Pillow
    """
    n_episodes = at_least_one(n_episodes, 'n_episodes')
    n_timesteps = _timesteps(model, n_timesteps)
    wants_bar(progress_bar)
    venv, is_batch = _vectorized(model, env)
    path = None if save_path is None else trajectories.with_suffix(save_path, 'save_path')
    if path is not None:
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)  # an unwritable place is better known now
    expert = expert_for(model, deterministic, venv.action_space, is_batch)
    if n_timesteps > 0 and mpi.size() > 1:  # all workers learn, before one of them records
        model.learn(n_timesteps)
        n_timesteps = 0
    with contextlib.nullcontext(True) if path is None else once('record', path, _PATIENCE) as mine:
        if not mine:
            return trajectories.to_dict(source.load(path, None).trajectories)
        with images.image_writer(venv.observation_space, path, image_folder) as writer:
            if n_timesteps > 0:
                model.learn(n_timesteps)
            collector = EpisodeCollector(n_episodes, venv, writer)
            with raw_view(venv) as view:
                _record(view, expert, collector, progress_bar)
            recorded = collector.result()
            with images.published(recorded, writer, path) as recorded:
                if path is not None:
                    _save(recorded, path)
    if mpi.is_root():
        _report(recorded.episode_returns, len(recorded.actions))
    return trajectories.to_dict(recorded)


def _report(returns: np.ndarray, n_steps: int) -> None:
    with beside_bars():
        print('Recorded {} episodes, {} steps, return {:.2f} +/- {:.2f}'.format(
            len(returns), n_steps, returns.mean(), returns.std()))


def _timesteps(model: Any, n_timesteps: Any) -> int:
    """
    :param model: as given by the caller
    :param n_timesteps: as given by the caller
    :return: the same as int
    :raises TypeError: for a model that is none
    :raises ValueError: for a negative number, or one that cannot be used because the model cannot learn
    """
    if not callable(getattr(model, 'predict', model)):
        raise TypeError('model={!r} is neither a model with a predict() method nor a function from observation to '
                        'action.'.format(model))
    try:
        count = operator.index(n_timesteps)
    except TypeError:
        count = int(n_timesteps) if isinstance(n_timesteps, float) and n_timesteps.is_integer() else -1
    if count < 0:
        raise ValueError('n_timesteps={!r}: a whole number of at least 0 is needed.'.format(n_timesteps))
    if count > 0 and not hasattr(model, 'learn'):
        raise ValueError('n_timesteps={}: {!r} cannot be trained, because it has no learn() method; use n_timesteps=0.'
                         .format(count, model))
    return count


def _vectorized(model: Any, env: Any) -> Tuple[VecEnv, bool]:
    """
    :param model: as given by the caller
    :param env: as given by the caller
    :return: the environment, as a VecEnv; whether it was one that steps batches
    :raises ValueError: when there is none, or it has a space of another kind than the supported ones
    :raises TypeError: when it is something else
    """
    if env is None:
        env = model.get_env() if hasattr(model, 'get_env') else None
        if env is None:
            raise ValueError('env=None: there is no environment to record from; pass one as env{}.'.format(
                ', or set it with model.set_env()' if hasattr(model, 'set_env') else ''))
    of_original = type(env).__name__ == '_UnvecWrapper'  # so stable-baselines' own models show a single environment
    is_batch = isinstance(env, VecEnv) and not (of_original or isinstance(env, UnbatchedVecEnv))
    if of_original:
        env = env.venv
    if not isinstance(env, VecEnv) and not gym_api.is_env(env):
        raise TypeError('env={!r} is not an environment; pass one of gym or gymnasium, or a VecEnv.'.format(env))
    env = as_vec_env(env)
    for kind, space in (('observation', env.observation_space), ('action', env.action_space)):
        if type(space).__name__ not in _SPACES:
            raise ValueError('The {} space {} cannot be recorded; {} can.'.format(
                kind, gym_api.space_name(space), ', '.join(_SPACES)))
    return env, is_batch


def _record(view: RawView, expert: Any, collector: EpisodeCollector, progress_bar: Union[bool, str]) -> None:
    """
    Let the expert act until the collector has all its episodes, or the user loses patience.

    :param view: the environment
    :param expert: answers observations, see ``expert_for``
    :param collector: takes what happens
    :param progress_bar: see ``generate_expert_traj``
    :raises KeyboardInterrupt: when interrupted before the first episode was finished
    :raises ValueError: when the environment gives something infinite, or not a number
    """
    venv, dones, n_steps = view.venv, None, 0
    observations = venv.reset()
    with ProgressBar(collector.missing, 'Recording', 'episode', progress_bar) as bar:
        try:
            while collector.missing:
                raw = view.observations(observations)
                require_finite('observation', raw, n_steps, _HARM)
                actions = actions_for(expert.act(observations, raw, dones), venv.action_space, venv.num_envs)
                observations, rewards, dones, _ = venv.step(actions)
                n_steps += 1
                raw_rewards = view.rewards(rewards)
                require_finite('reward', raw_rewards, n_steps, _HARM)
                bar.advance(collector.add(raw, actions, raw_rewards, dones))
        except KeyboardInterrupt:
            if not collector.finished:
                raise
            print('Interrupted: {} episodes are missing, those finished are kept.'.format(collector.missing))


def _save(recorded: Trajectories, path: str) -> None:
    """
    :param recorded: the episodes; names of images are paths that can be opened
    :param path: .npz file; names of images below its folder are stored relative to it, so that the folder can be moved
    """
    if recorded.observations.dtype.kind == 'U':
        folder = os.path.dirname(os.path.abspath(path))
        names = [image_names.stored_name(name, folder) for name in recorded.observations.tolist()]
        recorded = recorded._replace(observations=np.array(names))
    trajectories.write(path, recorded)
