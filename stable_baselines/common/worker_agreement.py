"""What all MPI workers must have alike, or they would wait for each other for ever, or average what does not belong
together."""
from numbers import Number
from typing import Any, Dict

import numpy as np

from stable_baselines.common import mpi

__all__ = ['require_agreement']


def require_agreement(call: str, settings: Dict[str, Any]) -> None:
    """
    To be called by all workers before they do something together.

    :param call: what is about to happen
    :param settings: by name, what it takes that must be the same for all
    :raises RuntimeError: on all of them, when another call is about to happen in one
    :raises ValueError: on all of them, when they differ in a setting; names the first
    """
    if mpi.size() == 1:
        return
    told = mpi.gather_objects((call, {name: _comparable(value) for name, value in settings.items()}))
    calls = [other for other, _ in told]
    if len(set(calls)) > 1:
        raise RuntimeError('the workers call {}, in the order of their ranks. Let all make the same calls.'.format(
            ', '.join(calls)))
    for name in dict.fromkeys(name for _, others in told for name in others):
        values = [others.get(name) for _, others in told]
        if any(value != values[0] for value in values):
            raise ValueError('{}: {} needs the same of all workers, found {}, in the order of their ranks.'.format(
                name, call, ', '.join(map(str, values))))


def _comparable(value: Any) -> Any:
    """
    :param value: of a setting
    :return: what can be sent to the other workers, and is equal where the value is; of functions and of objects of
        unknown kinds, only the name
    """
    if isinstance(value, dict):
        return {str(name): _comparable(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return tuple(_comparable(item) for item in value)
    if isinstance(value, np.ndarray):
        return _comparable(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, (bool, str, Number)):
        return value
    return getattr(value, '__qualname__', type(value).__qualname__)
