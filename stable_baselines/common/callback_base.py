"""What a callback is, and how several, or plain functions, become one."""
import contextlib
from abc import ABC
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

import numpy as np

from stable_baselines import logger

__all__ = ['BaseCallback', 'CallbackList', 'ConvertCallback', 'EventCallback', 'NullCallback', 'as_callback',
           'released']


class BaseCallback(ABC):  # noqa: B024 (an ABC, as it was, though each method is optional)
    """
    Follows a training run. Subclasses define those of the methods ``_on_...`` and ``_init_callback`` that they need.

    At hand in all of them: ``model``, ``training_env``, ``locals`` and ``globals`` of the training function,
    ``logger``, ``num_timesteps`` (environment steps so far), ``n_calls`` (steps this callback saw), ``verbose``, and
    ``parent`` (the callback that calls this one, None for the outermost).

    :param verbose: 0 prints nothing, 1 what happens, 2 more
    """

    listens = True  # whether steps are of interest to it; a training run that nobody listens to is faster

    def __init__(self, verbose: int = 0) -> None:
        self.model: Any = None
        self.training_env: Any = None
        self.n_calls = 0
        self.num_timesteps = 0
        self.verbose = verbose
        self.locals: Dict[str, Any] = {}
        self.globals: Dict[str, Any] = {}
        self.logger = logger
        self.parent: Optional[BaseCallback] = None

    def init_callback(self, model: Any) -> None:
        """
        Get to know the model, once before training.

        :param model: what will be trained
        """
        self.model = model
        self.training_env = model.get_env()
        self.logger = getattr(model, 'logger', logger)  # the model's own one, if it has one
        self._init_callback()

    def on_training_start(self, locals_: Dict[str, Any], globals_: Dict[str, Any]) -> None:
        """
        :param locals_: local variables of the training function
        :param globals_: its global variables
        """
        self.locals = locals_
        self.globals = globals_
        self._on_training_start()

    def on_rollout_start(self) -> None:
        """Called before the model collects experience."""
        self._on_rollout_start()

    def on_step(self) -> bool:
        """
        Called after each step of the environment (of all environments, when there are several).

        :return: False to end training
        """
        self.n_calls += 1
        self.num_timesteps = self.model.num_timesteps
        return _goes_on(self._on_step())

    def on_rollout_end(self) -> None:
        """Called when experience is collected, before the model learns from it."""
        self._on_rollout_end()

    def on_training_end(self) -> None:
        """Called once, before the training function returns."""
        self._on_training_end()

    def release(self) -> None:
        """Put away what is held, such as a progress bar; called last, also when training failed."""

    def update_locals(self, locals_: Dict[str, Any]) -> None:
        """
        :param locals_: local variables of the training function that have changed
        """
        self.locals.update(locals_)
        self.update_child_locals(locals_)

    def update_child_locals(self, locals_: Dict[str, Any]) -> None:
        """
        Pass changed variables on to callbacks inside this one.

        :param locals_: as of ``update_locals``
        """

    def _init_callback(self) -> None:
        """For subclasses: the model is known now."""

    def _on_training_start(self) -> None:
        """For subclasses: training begins."""

    def _on_rollout_start(self) -> None:
        """For subclasses: experience will be collected."""

    def _on_step(self) -> bool:
        """
        For subclasses: a step was taken.

        :return: False, Python's or NumPy's, to end training; anything else (None, 0, an empty list) goes on
        """
        return True

    def _on_rollout_end(self) -> None:
        """For subclasses: experience is collected."""

    def _on_training_end(self) -> None:
        """For subclasses: training ends."""


def _goes_on(answer: Any) -> bool:
    """
    :param answer: what a callback returned
    :return: whether training goes on: unless it is False, or NumPy's, which a comparison of its numbers gives
    """
    return answer is True or not (answer is False or isinstance(answer, np.bool_) and not answer)


class NullCallback(BaseCallback):
    """Does nothing."""

    listens = False

    def _on_step(self) -> bool:
        return True


class EventCallback(BaseCallback):
    """
    Calls another callback whenever something happens. Subclasses call ``_on_event``.

    :param callback: what to call; None for nothing
    :param verbose: as of ``BaseCallback``
    """

    def __init__(self, callback: Optional[BaseCallback] = None, verbose: int = 0) -> None:
        super().__init__(verbose=verbose)
        self.callback = callback
        if callback is not None:
            callback.parent = self

    def init_callback(self, model: Any) -> None:
        super().init_callback(model)
        if self.callback is not None:
            self.callback.init_callback(model)

    def _on_training_start(self) -> None:
        if self.callback is not None:
            self.callback.on_training_start(self.locals, self.globals)

    def _on_event(self) -> bool:
        """
        Call the other callback.

        :return: False to end training
        """
        return self.callback is None or self.callback.on_step()

    def _on_step(self) -> bool:
        return True

    def release(self) -> None:
        if self.callback is not None:
            self.callback.release()

    def update_child_locals(self, locals_: Dict[str, Any]) -> None:
        if self.callback is not None:
            self.callback.update_locals(locals_)


class CallbackList(BaseCallback):
    """
    Several callbacks, called in order; training ends when any of them says so, after all were called.

    :param callbacks: the callbacks
    :raises TypeError: when one is none
    """

    def __init__(self, callbacks: Sequence[BaseCallback]) -> None:
        super().__init__()
        for index, callback in enumerate(callbacks):
            if not isinstance(callback, BaseCallback):
                raise TypeError('callbacks[{}]={!r} is no BaseCallback.'.format(index, callback))
        self.callbacks = list(callbacks)

    @property
    def listens(self) -> bool:
        """Whether any of them does."""
        return any(callback.listens for callback in self.callbacks)

    def _init_callback(self) -> None:
        for callback in self.callbacks:
            callback.parent = self.parent  # a list is not what they care about, only what calls it
            callback.init_callback(self.model)

    def _on_training_start(self) -> None:
        for callback in self.callbacks:
            callback.on_training_start(self.locals, self.globals)

    def _on_rollout_start(self) -> None:
        for callback in self.callbacks:
            callback.on_rollout_start()

    def _on_step(self) -> bool:
        answers = [_goes_on(callback.on_step()) for callback in self.callbacks if callback.listens]
        return all(answers)

    def _on_rollout_end(self) -> None:
        for callback in self.callbacks:
            callback.on_rollout_end()

    def _on_training_end(self) -> None:
        for callback in self.callbacks:
            callback.on_training_end()

    def release(self) -> None:
        for callback in self.callbacks:
            callback.release()

    def update_child_locals(self, locals_: Dict[str, Any]) -> None:
        for callback in self.callbacks:
            callback.update_locals(locals_)


class ConvertCallback(BaseCallback):
    """
    Makes a callback of a plain function.

    :param callback: function of ``locals`` and ``globals``; training ends when it returns False, see ``BaseCallback``
    :param verbose: as of ``BaseCallback``
    """

    def __init__(self, callback: Callable[[Dict[str, Any], Dict[str, Any]], Optional[bool]], verbose: int = 0) -> None:
        super().__init__(verbose)
        self.callback = callback

    def _on_step(self) -> bool:
        return self.callback is None or self.callback(self.locals, self.globals)


def as_callback(callback: Union[None, Callable, BaseCallback, List[Any]]) -> BaseCallback:
    """
    Make one callback of whatever a training function takes.

    :param callback: None, a callback, a function of ``locals`` and ``globals``, or a list of such
    :return: the callback
    :raises TypeError: for anything else
    """
    if callback is None:
        return NullCallback()
    if isinstance(callback, BaseCallback):
        return callback
    if isinstance(callback, (list, tuple)):
        return CallbackList([as_callback(element) for element in callback])
    if callable(callback) and not isinstance(callback, type):
        return ConvertCallback(callback)
    raise TypeError('callback={!r}: expected a callback object, a function of locals and globals, a list of such, or '
                    'None.'.format(callback))


@contextlib.contextmanager
def released(callback: BaseCallback) -> Iterator[None]:
    """
    :param callback: what puts its things away when the block ends, in whichever way
    """
    try:
        yield
    finally:
        callback.release()
