"""Numbers that would spoil training are named where they appear."""
from typing import Any, Dict, Iterator, Optional, Sequence, Tuple

import numpy as np

__all__ = ['LAST_OBSERVATION', 'describe_bad_number', 'last_observations', 'require_finite']

LAST_OBSERVATION = 'last observation of an episode,'


def last_observations(dones: Sequence[bool], infos: Sequence[Dict[str, Any]]) -> Iterator[Tuple[int, np.ndarray]]:
    """
    :param dones: whether episodes ended with a step
    :param infos: of the step
    :return: iterator over those that did: number of the environment, and the last observation as one row
    """
    for index in np.flatnonzero(dones):
        last = infos[index].get('terminal_observation')
        if last is not None:
            yield int(index), np.asarray(last)[None]


def describe_bad_number(kind: str, array: np.ndarray, step: int, allow_infinite: bool = False, first: int = 0,
                        counted: str = 'since reset()') -> Optional[str]:
    """
    :param kind: 'observation', 'reward' or 'action'
    :param array: one row an environment
    :param step: number of the step
    :param allow_infinite: look for NaN only
    :param first: number of the first row's environment
    :param counted: from where steps are counted
    :return: who gave what, and when; None when all numbers are good
    """
    if array.dtype.kind != 'f':
        return None
    bad = np.isnan(array) if allow_infinite else ~np.isfinite(array)
    if not bad.any():
        return None
    index = int(np.argwhere(bad)[0][0])
    row = array[index]
    return 'the {} {} of environment {} in step {} {}'.format(kind, row.tolist(), first + index, step, counted)


def require_finite(kind: str, array: np.ndarray, step: int, why: str, first: int = 0) -> None:
    """
    :param kind: 'observation' or 'reward'
    :param array: one row an environment
    :param step: number of the step since ``reset``
    :param why: what it would harm, for the message
    :param first: number of the first row's environment
    :raises ValueError: when it holds something infinite, or not a number; names the environment and the step
    """
    if array.dtype.kind == 'f' and not np.isfinite(array).all():
        raise ValueError('env: {} is not finite, and {}. Mend the environment.'.format(
            describe_bad_number(kind, array, step, first=first), why))
