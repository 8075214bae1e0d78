"""Demonstrations by hand: a human plays an environment from the keyboard.

gym's own ``gym.utils.play`` is not used, only its convention of keys and actions. In gym 0.17.3 and 0.26.2 it runs
until its window is closed, so that an episode can be neither taken back nor repeated, and no number of them be asked
for; it takes action 0 without a key (0.17.3) and starts every episode with the same seed (0.26.2); it imports
matplotlib and changes its backend; 0.26.2 takes five results of ``step`` only, 0.17.3 four only.
"""
import contextlib
import os
from typing import Any, Dict, Iterator, List, Mapping, Optional, Union

import numpy as np

from stable_baselines.common import gym_api
from stable_baselines.gail.dataset import images, trajectories
from stable_baselines.gail.dataset.formats.assemble import join_episodes
from stable_baselines.gail.dataset.formats.registry import write_demonstrations
from stable_baselines.gail.dataset.human.key_bindings import KeyBindings, keys_of_env
from stable_baselines.gail.dataset.human.keyboard_window import KeyboardWindow, key_code
from stable_baselines.gail.dataset.human.played_episodes import Controls, Episode, HumanPlay
from stable_baselines.gail.dataset.loader import at_least_one

__all__ = ['record_human']

PathLike = Union[str, 'os.PathLike[str]']
_SPACES = ('Box', 'Discrete', 'MultiDiscrete', 'MultiBinary')


def record_human(env: Any, save_path: Optional[PathLike], keys_to_action: Optional[Mapping[Any, Any]] = None,
                 noop: Any = None, n_episodes: Optional[int] = None, fps: Optional[float] = None,
                 zoom: Optional[float] = None, seed: Optional[int] = None, image_folder: str = 'recorded_images',
                 start_key: str = 'return', restart_key: str = 'tab', discard_key: str = 'backspace',
                 quit_key: str = 'escape') -> Dict[str, np.ndarray]:
    """
    Let a human play an environment in a window, and keep what was seen and done, as ``generate_expert_traj`` does.

    Every episode waits for ``start_key``. Only whole episodes count: ``restart_key`` gives the running one up and
    begins anew, ``discard_key`` takes the last finished one back. ``quit_key``, or closing the window, ends the
    recording and saves; so does Ctrl-C, and an exception of the environment, which is raised again then.

    :param env: environment of gym or gymnasium, not a VecEnv, that gives pictures (``render_mode='rgb_array'`` since
        gym 0.26) and is left open; or the id of a registered environment
    :param save_path: .npz file to write, '.npz' is added if missing; it appears whole or not at all. None: no file
    :param keys_to_action: keys -> action, such as ``{'left': 0, 'right': 1}``; keys held together are a tuple
        ``('left', 'up')`` or a text ``'wa'``, codes of pygame serve as well. None asks the environment's
        ``get_keys_to_action()``
    :param noop: action while no key is held. None: time stands still until a key is pressed
    :param n_episodes: stop after so many, at least 1; None goes on until ``quit_key``
    :param fps: steps per second, above 0; None takes the environment's own, or 30
    :param zoom: window's size over the picture's, above 0; None magnifies small pictures
    :param seed: of the environment
    :param image_folder: as in ``generate_expert_traj``, for observations that are images
    :param start_key: name of the key that starts an episode, and ends the recording after ``n_episodes``
    :param restart_key: name of the key that gives the running episode up
    :param discard_key: name of the key that takes the last finished episode back
    :param quit_key: name of the key that ends the recording
    :return: arrays for ``ExpertDataset(traj_data=...)``
    :raises ValueError: for arguments that cannot be used, or an environment that gives no pictures; names the argument
    :raises TypeError: when ``env`` is no environment
    :raises RuntimeError: where no window can be opened, or when no episode was finished
    :raises ImportError: without pygame, or for image observations without Pillow
    :raises KeyboardInterrupt: when interrupted before the first episode was finished
    """
    wanted = None if n_episodes is None else at_least_one(n_episodes, 'n_episodes')
    _check_positive(fps, 'fps')
    _check_positive(zoom, 'zoom')
    path = None if save_path is None else os.path.abspath(trajectories.with_suffix(save_path, 'save_path'))
    if path is not None:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # an unwritable place is better known now
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(_opened(env))
        bindings = _bindings(opened, keys_to_action, noop)
        controls = _controls(bindings, start_key=start_key, restart_key=restart_key, discard_key=discard_key,
                             quit_key=quit_key)
        writer = stack.enter_context(images.image_writer(opened.observation_space, path, image_folder))
        window = stack.enter_context(contextlib.closing(
            KeyboardWindow('Demonstrations', fps or gym_api.pictures_per_second(opened), zoom)))
        first_seed = None if seed is None else gym_api.seed(opened, seed)
        play = HumanPlay(opened, window, bindings, controls, wanted, writer, first_seed)
        try:
            play.run()
        except KeyboardInterrupt:
            if not play.finished:
                raise
            print('Interrupted: the episodes finished so far are kept.')
        except Exception:
            if play.finished:
                _save(play.finished, path, writer)
            raise
        return _save(play.finished, path, writer)


def _check_positive(value: Any, name: str) -> None:
    """
    :param value: as given by the caller
    :param name: of the argument
    :raises ValueError: unless it is None or a number above 0
    """
    if value is not None and not (isinstance(value, (int, float, np.number)) and 0 < value < np.inf):
        raise ValueError('{}={!r}: a number above 0 is needed, or None.'.format(name, value))


@contextlib.contextmanager
def _opened(env: Any) -> Iterator[Any]:
    """
    :param env: as given by the caller
    :return: context manager giving the environment; one that was made here is closed at the end
    :raises ValueError: when it has a space of another kind than the supported ones, or there is no such id
    :raises TypeError: when it is something else
    """
    if isinstance(env, str):
        opened = gym_api.make(env, **gym_api.render_kwargs('rgb_array'))
    elif gym_api.is_env(env):
        opened = env
    else:
        raise TypeError('env={!r} is not an environment of gym or gymnasium, nor the id of one. A human plays a single '
                        'environment, so a VecEnv does not serve.'.format(env))
    try:
        for kind, space in (('observation', opened.observation_space), ('action', opened.action_space)):
            if type(space).__name__ not in _SPACES:
                raise ValueError('env: the {} space {} cannot be recorded; {} can.'.format(
                    kind, gym_api.space_name(space), ', '.join(_SPACES)))
        yield opened
    finally:
        if opened is not env:
            opened.close()


def _bindings(env: Any, keys_to_action: Optional[Mapping[Any, Any]], noop: Any) -> KeyBindings:
    """
    :param env: the environment
    :param keys_to_action: as given by the caller
    :param noop: as given by the caller
    :return: what keys mean
    :raises ValueError: when nobody says what keys mean, or they cannot mean that
    """
    if keys_to_action is None:
        keys_to_action = keys_of_env(env)
    if keys_to_action is None:
        raise ValueError("keys_to_action=None: {} has no get_keys_to_action() that says which key is which action; "
                         "pass a dict, such as {{'left': 0, 'right': 1}}.".format(type(env.unwrapped).__name__))
    return KeyBindings(keys_to_action, noop, env.action_space, key_code)


def _controls(bindings: KeyBindings, **names: Any) -> Controls:
    """
    :param bindings: what the other keys mean
    :param names: argument -> name of a key, in the order of ``Controls``
    :return: their codes
    :raises ValueError: for a name that no key has, or a key that means something else already
    """
    codes: List[int] = []
    for argument, name in names.items():
        code = key_code(name) if isinstance(name, str) and name else None
        if code is None:
            raise ValueError("{}={!r}: no key has this name; use one such as 'return', 'tab' or 'q'.".format(
                argument, name))
        if code in codes or code in bindings.keys:
            raise ValueError('{}={!r}: this key has another meaning already; choose another one.'.format(
                argument, name))
        codes.append(code)
    return Controls(*codes)


def _save(episodes: List[Episode], path: Optional[str], writer: Optional[images.ImageWriter]) -> Dict[str, np.ndarray]:
    """
    :param episodes: the finished ones
    :param path: .npz file to be written, or None
    :param writer: what images were written with, or None
    :return: the arrays
    :raises RuntimeError: when there are no episodes
    """
    if not episodes:
        raise RuntimeError('No episode was finished, so there is nothing to save.')
    recorded = join_episodes([np.array(episode.observations) for episode in episodes],
                             [np.array(episode.actions) for episode in episodes],
                             [np.array(episode.rewards) for episode in episodes], 'played episodes')
    with images.published(recorded, writer, path) as recorded:
        arrays = trajectories.to_dict(recorded)
        if path is not None:
            write_demonstrations(path, arrays)
    returns = recorded.episode_returns
    print('Recorded {} episodes, {} steps, return {:.2f} +/- {:.2f}'.format(
        len(returns), len(recorded.actions), returns.mean(), returns.std()))
    return arrays
