"""Programs of the library's own, ``python -m ...``, that MPI workers may run together: the first one talks."""
import argparse
import contextlib
import os
from typing import Callable, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi

__all__ = ['parsed', 'status_of_first']


def parsed(parser: argparse.ArgumentParser, arguments: Optional[Sequence[str]]) -> argparse.Namespace:
    """
    :param parser: of the command line
    :param arguments: of the command line; None takes the program's own
    :return: what they say; of MPI workers, only the first prints help and errors of usage
    """
    if mpi.is_root():
        return parser.parse_args(arguments)
    with open(os.devnull, 'w') as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        return parser.parse_args(arguments)


def status_of_first(run: Callable[[], int]) -> int:
    """
    :param run: what the first MPI worker does, while the others wait; returns an exit status
    :return: that status, for all
    """
    return int(mpi.broadcast(np.array(run() if mpi.is_root() else 0)))
