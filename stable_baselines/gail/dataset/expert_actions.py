"""What an expert is to the recorder, and how its answers become actions that an environment has."""
import inspect
from typing import Any, Callable, Optional

import numpy as np

from stable_baselines.common.gym_api import space_name

__all__ = ['FunctionExpert', 'ModelExpert', 'actions_for']


class ModelExpert:
    """
    A model: acts on all environments at once, and on what it sees of them (normalized observations, say).

    :param model: has ``predict(observation, state, mask, deterministic)``
    :param deterministic: handed to it
    """

    def __init__(self, model: Any, deterministic: bool) -> None:
        self._model = model
        self._deterministic = deterministic
        self._state: Any = None

    def act(self, observations: np.ndarray, raw: np.ndarray, dones: Optional[np.ndarray]) -> Any:
        """
        :param observations: shape [num_envs, ...], as the environment gives them
        :param raw: not used by a model
        :param dones: shape [num_envs]: whether the last step ended an episode, None before the first
        :return: one action per environment
        """
        actions, self._state = self._model.predict(observations, state=self._state, mask=dones,
                                                   deterministic=self._deterministic)
        return actions


class FunctionExpert:
    """
    A function from one observation to one action, a PID controller for example; or, with a memory, from one observation
    and a state to an action and the next state.

    :param function: called with each environment's raw observation in turn. It also gets a state where its second
        argument has no default, or is named ``state``: None where an episode begins, later what it returned for this
        environment before
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._remembers = _takes_state(function)
        self._states: Any = None

    def act(self, observations: np.ndarray, raw: np.ndarray, dones: Optional[np.ndarray]) -> Any:
        """
        :param observations: not used by a function
        :param raw: shape [num_envs, ...], before any normalization
        :param dones: shape [num_envs]: whether the last step ended an episode, None before the first
        :return: one action per environment
        :raises ValueError: when a function with a state answers without one
        """
        copies = [np.array(observation) for observation in raw]  # the function may change what it is given
        if not self._remembers:
            return [self._function(observation) for observation in copies]
        if dones is None:
            self._states = [None] * len(copies)
        else:
            self._states = [None if done else state for state, done in zip(self._states, dones)]
        answers = [self._function(observation, state) for observation, state in zip(copies, self._states)]
        for answer in answers:
            if not isinstance(answer, tuple) or len(answer) != 2:
                raise ValueError('The expert {!r} takes a state, so it must answer with a tuple (action, next state); '
                                 'it answered {!r}.'.format(self._function, answer))
        self._states = [state for _, state in answers]
        return [action for action, _ in answers]


def _takes_state(function: Callable[..., Any]) -> bool:
    """
    :param function: anything that can be called
    :return: whether it wants a state beside the observation
    """
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some functions written in C do not tell
        return False
    if len(parameters) < 2 or parameters[1].kind not in (inspect.Parameter.POSITIONAL_ONLY,
                                                         inspect.Parameter.POSITIONAL_OR_KEYWORD):
        return False
    return parameters[1].default is inspect.Parameter.empty or parameters[1].name == 'state'


def actions_for(answers: Any, space: Any, num_envs: int) -> np.ndarray:
    """
    :param answers: one action per environment, in whatever form the expert gave them
    :param space: the action space
    :param num_envs: number of environments
    :return: shape [num_envs, *action shape], with the space's type; clipped to a Box
    :raises ValueError: when they are not numbers, not of the space's shape, or not in a discrete space
    """
    shape = (num_envs,) + (() if type(space).__name__ == 'Discrete' else tuple(space.shape))
    try:
        actions = np.asarray([np.asarray(answer, dtype=np.float64) for answer in answers])
        actions = actions.reshape(shape)
        sane = bool(np.isfinite(actions).all())
    except (TypeError, ValueError):
        sane = False
    if not sane:
        raise ValueError('The expert answered {!r} for {} environment{}, but the action space {} needs finite numbers '
                         'of shape {} for each.'.format(answers, num_envs, 's' if num_envs > 1 else '',
                                                        space_name(space), shape[1:]))
    if type(space).__name__ == 'Box':
        # Rounding to the space's type before clipping, since rounding a clipped number could leave the bounds again.
        return np.clip(actions.astype(space.dtype), space.low, space.high)
    whole = actions.astype(space.dtype)
    if not (whole == actions).all() or not all(space.contains(_element(row, space)) for row in whole):
        raise ValueError('The expert answered {!r}, which is not in the action space {}.'.format(answers,
                                                                                                 space_name(space)))
    return whole


def _element(row: np.ndarray, space: Any) -> Any:
    return int(row) if type(space).__name__ == 'Discrete' else row
