"""The one place that knows mpi4py: a few collective operations that also work for a single process.

mpi4py is loaded only where a launcher (``mpirun``, ``srun``, ...) started this process, or where the program itself has
loaded it already: importing it initializes MPI, which is slow, and fails where no MPI library is installed.
"""
import contextlib
import importlib.util
import logging
import os
import sys
from typing import Any, ContextManager, Iterator, Optional

import numpy as np

from stable_baselines.common.worker_ends import EndWatch, watch_ends

_SIZE_VARIABLES = ('OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'MV2_COMM_WORLD_SIZE')
_LAUNCHER_VARIABLES = _SIZE_VARIABLES + ('PMIX_RANK', 'MPI_LOCALNRANKS')
# what begins the names by which a process finds out that a launcher started it, and as which worker
_LAUNCHER_MARKS = ('OMPI_COMM_WORLD_', 'OMPI_WORLD_', 'OMPI_MCA_', 'PMIX_', 'PMI_', 'PRTE_', 'MPI_LOCAL',
                   'MV2_COMM_WORLD_')
_IN_MPI = 'STABLE_BASELINES_MPI_PROCESS'  # environment variable: the process that works as the launcher's worker
_log = logging.getLogger(__name__)
_UNKNOWN = object()
_world: Any = _UNKNOWN
_private: Any = None  # the library's own communicator, as soon as all workers have done something together
_started_here = False  # whether it was not the script that initialized MPI
_rank_alone = 0  # where there is no communicator
_waiting: Any = contextlib.nullcontext()  # to be entered while this worker waits for others
_n_joint = 0  # what all workers have done together so far: operations


def world() -> Optional[Any]:
    """
    :return: the communicator of all workers, or None when this process works alone
    """
    global _world
    if _world is _UNKNOWN:
        _world = _find_world()
    return _world


def _find_world() -> Optional[Any]:
    global _waiting
    if not _launched() and 'mpi4py.MPI' not in sys.modules:
        _log.debug('working as one process: %s', 'no launcher such as mpirun has started this one, so mpi4py is left '
                   'alone' if _is_installed() else 'mpi4py is not installed')
        return None
    found = _communicator(starts_mpi=True)
    if found is None:
        return None
    watch_ends(_communicator, _channel, False)
    os.environ[_IN_MPI] = str(os.getpid())
    from mpi4py import MPI
    if MPI.Query_thread() >= MPI.THREAD_MULTIPLE:  # else such a wait is not noticed
        _waiting = EndWatch(found, lambda: [found] if _private is None else [found, _private], channel,
                            n_joint_operations, MPI.Is_finalized)
    return found


def _communicator(starts_mpi: bool) -> Optional[Any]:
    """
    :param starts_mpi: whether to initialize MPI
    :return: the communicator of all workers; None without MPI, before or after its time, or where there is one worker
    """
    global _started_here
    if _world is None or not starts_mpi and 'mpi4py.MPI' not in sys.modules:
        return None
    _started_here = _started_here or 'mpi4py.MPI' not in sys.modules
    try:
        from mpi4py import MPI
        usable = MPI.Is_initialized() and not MPI.Is_finalized() and MPI.COMM_WORLD.Get_size() > 1
    except Exception as error:  # a broken MPI shows up as AttributeError, ImportError, RuntimeError, OSError, ...
        _log.debug('working as one process: mpi4py cannot be used: %s', error)
        return None
    return MPI.COMM_WORLD if usable else None


def _channel(starts_mpi: bool) -> Optional[Any]:
    """
    :param starts_mpi: whether to initialize MPI
    :return: the library's own communicator; before there is one, that of all, unless the script may use it, too
    """
    found = _communicator(starts_mpi)
    if found is None or _private is not None:
        return None if found is None else _private
    return found if _started_here else None


def channel() -> Optional[Any]:
    """
    :return: a communicator for messages between single workers; None when this process works alone, and as long as the
        script may have messages of its own that these would be taken for
    """
    return None if world() is None else _channel(starts_mpi=False)


def _own_communicator() -> Any:
    """
    :return: the library's own; all workers make it, as the first thing that they do together
    """
    global _private
    if _private is None:
        _private = world().Dup()
    return _private


def _together() -> Any:
    """
    :return: the library's own communicator, for an operation of all workers
    """
    global _n_joint
    _n_joint += 1
    return _own_communicator()


def n_joint_operations() -> int:
    """
    :return: how often all workers have done something together so far: the same for all at the same place in a script
    """
    return _n_joint


def _launched() -> bool:
    if os.environ.get(_IN_MPI, str(os.getpid())) != str(os.getpid()):  # a worker has started this process for itself
        return False
    return any(name in os.environ for name in _LAUNCHER_VARIABLES)


def _is_installed() -> bool:
    try:
        return importlib.util.find_spec('mpi4py') is not None
    except (ImportError, ValueError):  # some finders raise, and so does a module that somebody has taken out
        return False


def rank() -> int:
    """
    :return: this worker's number, 0 when alone; in a worker's helper process, the worker's
    """
    return world().Get_rank() if world() is not None else _rank_alone


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


def file_suffix() -> str:
    """
    :return: what tells this worker's files from those of the same name of others; nothing for the first one's
    """
    return '-rank{:03d}'.format(rank()) if rank() > 0 else ''


@contextlib.contextmanager
def helpers_started() -> Iterator[None]:
    """
    Processes that are started inside do not look as if the launcher had started them. They would otherwise pose as this
    worker as soon as anything in them initializes MPI, which crashes them or hangs all.
    """
    hidden = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(_LAUNCHER_MARKS)}
    try:
        yield
    finally:
        os.environ.update(hidden)


def be_helper(worker: int) -> None:
    """
    To be called first in a process that a worker has started for itself: it works alone.

    :param worker: the worker's number
    """
    global _world, _rank_alone
    for name in list(os.environ):  # a forkserver may be older than ``helpers_started``
        if name.startswith(_LAUNCHER_MARKS):
            del os.environ[name]
    _world, _rank_alone = None, worker


def waiting() -> ContextManager:
    """
    :return: context manager, to be entered while this worker waits for others: should one have ended, it ends all
    """
    return _waiting


@contextlib.contextmanager
def joint_call() -> Iterator[None]:
    """
    To be entered by all workers for what they do together. The script of one that leaves by an exception may catch it
    and go on; those that wait for it then end all.
    """
    if world() is None or not isinstance(_waiting, EndWatch):
        yield
        return
    with _waiting:
        _own_communicator()  # by which this worker tells of an exception
    with _waiting.joint_call():
        yield


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
    with _waiting:
        _together().Allreduce(array, total)  # the operation is MPI.SUM unless told otherwise
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
    with _waiting:
        _together().Bcast(received, root=0)
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
    if world() is None:
        return [item]
    with _waiting:
        return _together().allgather(item)


if _launched():  # a worker that ends before it has made a model must not let the others wait for it
    watch_ends(_communicator, _channel, any(os.environ.get(name, '1') != '1' for name in _SIZE_VARIABLES))
