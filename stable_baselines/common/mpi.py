"""The one place that knows mpi4py: a few collective operations that also work for a single process.

mpi4py is loaded only where a launcher (``mpirun``, ``srun``, ...) started this process, or where the program itself has
loaded it already: importing it initializes MPI, which is slow, and fails where no MPI library is installed.
"""
import logging
import os
import sys
from typing import Any, Optional

import numpy as np

_LAUNCHER_VARIABLES = ('OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'PMIX_RANK', 'MPI_LOCALNRANKS', 'MV2_COMM_WORLD_SIZE')
_UNKNOWN = object()
_world: Any = _UNKNOWN


def world() -> Optional[Any]:
    """
    :return: the communicator of all workers, or None when this process works alone
    """
    global _world
    if _world is _UNKNOWN:
        _world = _find_world()
    return _world


def _find_world() -> Optional[Any]:
    launched = any(name in os.environ for name in _LAUNCHER_VARIABLES)
    if not launched and 'mpi4py.MPI' not in sys.modules:
        return None
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError, OSError) as error:  # a broken MPI library shows up as any of these
        logging.getLogger(__name__).debug('mpi4py cannot be used, working as one process: %s', error)
        return None
    if MPI.COMM_WORLD.Get_size() == 1:
        return None
    _end_together(MPI.COMM_WORLD)
    return MPI.COMM_WORLD


def _end_together(communicator: Any) -> None:
    """
    Without this, workers would wait for ever for one that an exception, or Ctrl-C, has ended.

    :param communicator: of all workers
    """
    earlier = sys.excepthook

    def report_and_abort(kind: Any, error: Any, traceback: Any) -> None:
        sys.stdout.flush()
        print('Worker {} of {} failed and ends all:'.format(communicator.Get_rank(), communicator.Get_size()),
              file=sys.stderr)
        earlier(kind, error, traceback)
        sys.stderr.flush()
        communicator.Abort(1)
    sys.excepthook = report_and_abort


def rank() -> int:
    """
    :return: this worker's number, 0 when alone
    """
    return world().Get_rank() if world() is not None else 0


def size() -> int:
    """
    :return: how many workers there are, 1 when alone
    """
    return world().Get_size() if world() is not None else 1


def is_root() -> bool:
    """
    :return: whether this worker is the one that prints and writes files
    """
    return rank() == 0


def sum_over_workers(array: Any) -> np.ndarray:
    """
    Add an array up over all workers; every worker gets the same result.

    :param array: numbers, of the same shape and dtype on every worker
    :return: the sum, same shape and dtype
    """
    array = np.asarray(array, order='C')
    if world() is None:
        return array
    total = np.empty_like(array)
    world().Allreduce(array, total)  # the operation is MPI.SUM unless told otherwise
    return total


def mean_over_workers(array: Any) -> np.ndarray:
    """
    Average an array over all workers; every worker gets the same result.

    :param array: floating point numbers, of the same shape and dtype on every worker
    :return: the mean, same shape and dtype
    """
    array = np.asarray(array)
    if world() is None:
        return array
    return sum_over_workers(array) / array.dtype.type(size())


def broadcast(array: Any) -> np.ndarray:
    """
    Give every worker the root worker's array.

    :param array: numbers, of the same shape and dtype on every worker
    :return: the root's values
    """
    received = np.array(array, order='C')  # a copy; ascontiguousarray would make a vector of a single number
    if world() is None:
        return received
    world().Bcast(received, root=0)
    return received


def any_worker(flag: bool) -> bool:
    """
    :param flag: this worker's
    :return: whether it is true for any of the workers; the same for all of them
    """
    return bool(sum_over_workers(np.array(int(flag))) > 0)


def gather_objects(item: Any) -> list:
    """
    Collect one picklable object from each worker on every worker.

    :param item: this worker's object
    :return: the objects in rank order
    """
    return [item] if world() is None else world().allgather(item)


class Alarm:
    """Lets a worker interrupt the others while each works for itself, without any of them waiting."""

    _TAG = 2710  # of its messages
    _NOTHING = b''

    def __init__(self) -> None:
        self._sent: Optional[list] = None

    def sound(self) -> None:
        """Call the others; ``clear`` must follow, on all workers."""
        if world() is not None and self._sent is None:
            others = [number for number in range(size()) if number != rank()]
            self._sent = [world().isend(self._NOTHING, dest=number, tag=self._TAG) for number in others]

    @property
    def is_heard(self) -> bool:
        """Whether another worker called; about a microsecond."""
        return world() is not None and world().Iprobe(tag=self._TAG)

    def clear(self) -> None:
        """Make it as new; to be called by all workers."""
        if world() is None:
            return
        for number, called in enumerate(gather_objects(self._sent is not None)):
            if called and number != rank():
                world().recv(source=number, tag=self._TAG)
        for request in self._sent or ():
            request.wait()
        self._sent = None
