"""Results of VecEnvs and wrappers that users wrote: what does not fit is named before NumPy or TensorFlow stumble."""
from typing import Any, Callable, Dict, Sequence

import numpy as np

__all__ = ['require_batch', 'require_last_observation', 'step_of']

_OWN = __name__.split('.')[0]


def step_of(env: Any) -> Callable[[Any], Any]:
    """
    :param env: a VecEnv
    :return: its ``step``, whose results stay as they are when it is called again: a VecEnv or wrapper that a user wrote
        may hand out the same arrays every time
    """
    venv = env
    while type(venv).__module__.split('.')[0] == _OWN:
        if 'venv' not in venv.__dict__:  # no wrapper: the innermost
            return env.step
        venv = venv.venv

    def copied_step(actions: Any) -> Any:
        *arrays, infos = env.step(actions)
        return (*[np.array(array) for array in arrays], infos)
    return copied_step


def require_batch(method: str, env: Any, name: str, values: Any, shape: Sequence[int] = ()) -> np.ndarray:
    """
    :param method: that gave them
    :param env: the VecEnv
    :param name: what they are
    :param values: one row an environment
    :param shape: of a row
    :return: the values as an array
    :raises ValueError: when they are anything but that shape
    """
    expected = (env.num_envs,) + tuple(shape or ())
    array = np.asarray(values)
    if array.shape != expected:
        raise ValueError('env: {}() of {} gave {} of shape {}, but {} is needed. Mend the VecEnv.'.format(
            method, type(env).__name__, name, array.shape, expected))
    return array


def require_last_observation(env: Any, info: Dict[str, Any], shape: Sequence[int], index: int) -> np.ndarray:
    """
    :param env: the VecEnv
    :param info: of an episode's last step
    :param shape: of the observations beside it
    :param index: number of the environment
    :return: its last observation, shape [1, ...]
    :raises ValueError: when it has another shape
    """
    last = np.asarray(info['terminal_observation'])
    if last.shape != tuple(shape):
        raise ValueError("env: info['terminal_observation'] of environment {} has shape {}, but observations have {}. "
                         'Wrappers must treat both alike; the outermost one is {}.'.format(
                             index, last.shape, tuple(shape), type(env).__name__))
    return last[None]
