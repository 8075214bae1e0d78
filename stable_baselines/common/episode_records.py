"""What a ``Monitor`` or ``VecMonitor`` tells of the latest episodes, for callbacks and for SAC's table."""
from collections import deque
from typing import Any, Deque, Dict, Optional, Sequence

import numpy as np

__all__ = ['Records', 'keep_ended', 'keep_ended_of_segment', 'new_records']

Records = Deque[Dict[str, Any]]  # each with r (return), l (length in steps), and what else was recorded

_WINDOW = 100  # episodes


def new_records() -> Records:
    """
    :return: none yet; the latest 100 will be kept
    """
    return deque(maxlen=_WINDOW)


def keep_ended(records: Optional[Records], dones: Sequence[bool], infos: Sequence[Dict[str, Any]]) -> None:
    """
    Keep the records of the episodes that ended in a step.

    :param records: where they are kept; None for nowhere
    :param dones: where an episode ended, [n_envs]
    :param infos: of the step, [n_envs]
    """
    if records is not None:
        for column, info in enumerate(infos):
            if info and 'episode' in info and dones[column]:  # in this order, as looking into an array takes longest
                _keep(records, info)


def keep_ended_of_segment(records: Optional[Records], ends: np.ndarray, infos: Sequence[Sequence[Dict[str, Any]]]
                          ) -> None:
    """
    Keep the records of the episodes that ended in several steps.

    :param records: where they are kept; None for nowhere
    :param ends: where an episode ended, bool [T, n_envs]
    :param infos: of the steps, [T][n_envs]
    """
    if records is not None:
        for step, column in zip(*np.nonzero(ends)):
            _keep(records, infos[step][column])


def _keep(records: Records, info: Dict[str, Any]) -> None:
    record = info.get('episode')
    if isinstance(record, dict) and 'r' in record and 'l' in record:  # others may call something else an episode
        records.append(record)
