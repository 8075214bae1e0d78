"""Numbers that would spoil training are named where they appear."""
from typing import Optional

import numpy as np

__all__ = ['describe_bad_number', 'require_finite']


def describe_bad_number(kind: str, array: np.ndarray, step: int, allow_infinite: bool = False) -> Optional[str]:
    """
    :param kind: 'observation', 'reward' or 'action'
    :param array: one row an environment
    :param step: number of the step since ``reset``
    :param allow_infinite: look for NaN only
    :return: who gave what, and when; None when all numbers are good
    """
    if array.dtype.kind != 'f':
        return None
    bad = np.isnan(array) if allow_infinite else ~np.isfinite(array)
    if not bad.any():
        return None
    index = int(np.argwhere(bad)[0][0])
    row = array[index]
    return 'the {} {} of environment {} in step {} since reset()'.format(kind, row.tolist(), index, step)


def require_finite(kind: str, array: np.ndarray, step: int, why: str) -> None:
    """
    :param kind: 'observation' or 'reward'
    :param array: one row an environment
    :param step: number of the step since ``reset``
    :param why: what it would harm, for the message
    :raises ValueError: when it holds something infinite, or not a number; names the environment and the step
    """
    if array.dtype.kind == 'f' and not np.isfinite(array).all():
        raise ValueError('env: {} is not finite, and {}. Mend the environment.'.format(
            describe_bad_number(kind, array, step), why))
