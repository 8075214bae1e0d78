"""What all MPI workers must have alike, or they would wait for each other for ever, or average what does not belong
together."""
from typing import Any, Dict

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
    told = mpi.gather_objects((call, settings))
    calls = [other for other, _ in told]
    if len(set(calls)) > 1:
        raise RuntimeError('the workers call {}, in the order of their ranks. Let all make the same calls.'.format(
            ', '.join(calls)))
    for name in dict.fromkeys(name for _, others in told for name in others):
        values = [others.get(name) for _, others in told]
        if any(value != values[0] for value in values):
            raise ValueError('{}: {} needs the same of all workers, found {}, in the order of their ranks.'.format(
                name, call, ', '.join(map(str, values))))
