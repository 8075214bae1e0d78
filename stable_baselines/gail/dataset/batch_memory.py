"""Memory for batches of images, used again when nobody holds it: fresh memory costs as much as half of the decoding."""
import sys
from typing import List, Optional, Tuple

import numpy as np

__all__ = ['BatchMemory']


class BatchMemory:
    """
    Gives out arrays of one shape. One that its user has let go of, with all views of it, is given out again.

    :param shape: of a batch
    :param most: how many arrays to keep at most
    """

    def __init__(self, shape: Tuple[int, ...], most: int) -> None:
        self.shape = tuple(shape)
        self._most = most
        self._arrays: List[np.ndarray] = []

    def take(self) -> np.ndarray:
        """
        :return: an array of uint8 with anything in it
        """
        unused = _first_unused(self._arrays, _REFERENCES_OF_UNUSED)
        if unused is not None:
            return unused
        array = np.empty(self.shape, np.uint8)
        if len(self._arrays) < self._most:
            self._arrays.append(array)
        return array

    def __getstate__(self) -> dict:
        return dict(self.__dict__, _arrays=[])


def _first_unused(arrays: List[np.ndarray], references: int) -> Optional[np.ndarray]:
    """
    :param arrays: any
    :param references: what Python counts for an array that only this list holds
    :return: the first of these
    """
    for array in arrays:
        if sys.getrefcount(array) == references:
            return array
    return None


def _count_of_unused() -> int:
    arrays = [np.empty(0)]
    return next(count for count in range(1, 9) if _first_unused(arrays, count) is not None)


_REFERENCES_OF_UNUSED = _count_of_unused()  # differs between versions of Python
