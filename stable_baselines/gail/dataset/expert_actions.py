"""What an expert is to the recorder, and how its answers become actions that an environment has."""
import inspect
from typing import Any, Callable, Optional, Tuple

import numpy as np

from stable_baselines.common.gym_api import space_name

__all__ = ['BatchExpert', 'FunctionExpert', 'ModelExpert', 'actions_for', 'expert_for']


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


class BatchExpert:
    """
    A function from the observations of all environments of a VecEnv to an action for each.

    :param function: called with the raw observations
    :param space: the action space
    """

    def __init__(self, function: Callable[[np.ndarray], Any], space: Any) -> None:
        self._function = function
        self._space = space

    def act(self, observations: np.ndarray, raw: np.ndarray, dones: Optional[np.ndarray]) -> np.ndarray:
        """
        :param observations: not used by a function
        :param raw: shape [num_envs, ...], before any normalization
        :param dones: None before the first step
        :return: shape [num_envs, *action shape]
        :raises ValueError: when these are not as many actions as there are environments, or the function fails at once
        """
        try:
            answers = self._function(np.array(raw))  # the function may change what it is given
        except (TypeError, ValueError, IndexError) as error:
            if dones is not None:
                raise
            raise ValueError('The expert {!r} failed with {}: {}. {}'.format(
                self._function, type(error).__name__, error, self._advice(raw))) from error
        shape = (len(raw),) + _action_shape(self._space)
        try:
            actions = np.asarray(answers, dtype=np.float64)
        except (TypeError, ValueError):
            actions = None
        if actions is None or not _is_for_each(actions, shape):
            found = '' if actions is None else ' of shape {}'.format(actions.shape)
            raise ValueError('The expert {!r} answered {!r}{}, but an action for each of {} environment{} is needed: '
                             'shape {} for the action space {}. {}'.format(
                                 self._function, answers, found, len(raw), 's' if len(raw) > 1 else '', shape,
                                 space_name(self._space), self._advice(raw)))
        return actions.reshape(shape)

    @staticmethod
    def _advice(raw: np.ndarray) -> str:
        return ('A VecEnv gives it the observations of all environments at once, here of shape {}. Let it answer with '
                'an action for each, or record from a plain environment, which gives one at a time.'.format(
                    np.shape(raw)))


def _is_for_each(actions: np.ndarray, shape: Tuple[int, ...]) -> bool:
    """
    :param actions: what an expert answered
    :param shape: (num_envs, *action shape)
    :return: whether there is an action for each environment; axes of length 1 may be missing or too many, and a single
        environment's action needs no axis of environments
    """
    sizes = [[size for size in found if size != 1] for found in (actions.shape, shape)]
    return sizes[0] == sizes[1] and (shape[0] == 1 or actions.shape[:1] == shape[:1])


def _action_shape(space: Any) -> Tuple[int, ...]:
    return () if type(space).__name__ == 'Discrete' else tuple(space.shape)


def expert_for(model: Any, deterministic: bool, space: Any, is_batch: bool) -> Any:
    """
    :param model: a model, or a function
    :param deterministic: for a model
    :param space: the action space
    :param is_batch: whether functions without a state are asked for all environments at once, as a VecEnv steps them
    :return: has ``act``
    """
    if hasattr(model, 'predict'):
        return ModelExpert(model, deterministic)
    return BatchExpert(model, space) if is_batch and not _takes_state(model) else FunctionExpert(model)


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
    shape = (num_envs,) + _action_shape(space)
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
