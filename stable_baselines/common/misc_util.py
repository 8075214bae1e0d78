"""Odds and ends: seeds, command line flags, lists."""
import random
from argparse import ArgumentParser
from typing import Any, Iterable, Iterator, List, Optional, Sequence

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.common.tf1 import tf

__all__ = ['boolean_flag', 'flatten_lists', 'mpi_rank_or_zero', 'set_global_seeds', 'zipsame']


def set_global_seeds(seed: Optional[int]) -> None:
    """
    Seed the generators a program shares: Python's ``random``, numpy's global one, TensorFlow's of the default graph.

    Operations that already exist in the graph keep their seeds, so call this before building it.

    :param seed: from 0 to 2**32 - 1; None seeds Python and numpy from the operating system and unsets TensorFlow's
    :raises ValueError: when it is no such integer
    """
    if seed is not None:
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2 ** 32:
            raise ValueError('seed={!r}: expected an integer from 0 to 2**32 - 1, or None.'.format(seed))
        seed = int(seed)
    random.seed(seed)
    np.random.seed(seed)
    tf.set_random_seed(seed)


def mpi_rank_or_zero() -> int:
    """
    :return: this worker's MPI rank, 0 without MPI
    """
    return mpi.rank()


def zipsame(*seqs: Sequence[Any]) -> Iterator[tuple]:
    """
    ``zip`` that insists on sequences of one length.

    :param seqs: the sequences
    :return: iterator over tuples
    :raises ValueError: when the lengths differ; names them
    """
    lengths = [len(sequence) for sequence in seqs]
    if len(set(lengths)) > 1:
        raise ValueError('sequences must be equally long, found lengths {}.'.format(lengths))
    return zip(*seqs)


def flatten_lists(listoflists: Iterable[Iterable[Any]]) -> List[Any]:
    """
    :param listoflists: lists in a list
    :return: their elements in one list
    """
    return [element for inner in listoflists for element in inner]


def boolean_flag(parser: ArgumentParser, name: str, default: bool = False, help_msg: Optional[str] = None) -> None:
    """
    Add the pair of options ``--name`` and ``--no-name`` to a parser; the later one on a command line counts.

    :param parser: what to add to
    :param name: the option, whose value is found under this name with underscores for dashes
    :param default: value when neither is given
    :param help_msg: help text
    """
    destination = name.replace('-', '_')
    parser.add_argument('--' + name, action='store_true', default=default, dest=destination, help=help_msg)
    parser.add_argument('--no-' + name, action='store_false', default=default, dest=destination)
