"""What ends one MPI worker must end all: the others would wait for it for ever."""
import atexit
import contextlib
import os
import sys
import threading
import time
from typing import Any, Callable, ContextManager, Dict, Optional

__all__ = ['EndWatch', 'end_together']


def end_together(communicator: Any, several_threads: bool, is_closed: Callable[[], bool]) -> ContextManager:
    """
    From now on, an exception in this worker ends all, and so does waiting for a worker that has ended.

    :param communicator: of all workers
    :param several_threads: whether several threads may use it; else such a wait is not noticed
    :param is_closed: whether MPI has been finalized
    :return: context manager, to be entered around each wait for other workers
    """
    _end_all_on_exceptions(communicator)
    return EndWatch(communicator, is_closed) if several_threads else contextlib.nullcontext()


def _end_all_on_exceptions(communicator: Any) -> None:
    earlier = sys.excepthook

    def report_and_abort(kind: Any, error: Any, traceback: Any) -> None:
        sys.stdout.flush()
        print('{} failed and ends all:'.format(_name(communicator)), file=sys.stderr)
        earlier(kind, error, traceback)
        sys.stderr.flush()
        communicator.Abort(1)
    sys.excepthook = report_and_abort


def _name(communicator: Any) -> str:
    return 'Worker {} of {}'.format(communicator.Get_rank(), communicator.Get_size())


class EndWatch:
    """
    Tells the other workers when this one ends, by ``sys.exit`` or at the end of a script of its own; and ends all when
    this one waits for another that has ended. It waits inside MPI, so that only another thread can look.

    :param communicator: of all workers
    :param is_closed: whether MPI has been finalized
    """

    _TAG = 2711  # of the messages
    _INTERVAL = 0.5  # seconds between looks at them
    _PATIENCE = 1.0  # seconds that a wait may last yet: what the worker has sent before its end is on the way

    def __init__(self, communicator: Any, is_closed: Callable[[], bool]) -> None:
        self._communicator, self._is_closed, self._pid = communicator, is_closed, os.getpid()
        self._ended: Dict[int, float] = {}  # number of a worker -> when this one heard of its end
        self._waits_since: Optional[float] = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name='mpi-end-watch', daemon=True)
        self._thread.start()
        atexit.register(self._tell)

    def __enter__(self) -> None:
        self._waits_since = time.monotonic()

    def __exit__(self, *_error: Any) -> None:
        self._waits_since = None

    def _tell(self) -> None:
        if os.getpid() != self._pid:  # a fork of the worker
            return
        self._over.set()
        self._thread.join()
        if self._is_closed():
            return
        for worker in range(self._communicator.Get_size()):
            if worker != self._communicator.Get_rank():
                self._communicator.isend(None, dest=worker, tag=self._TAG)

    def _look(self) -> None:
        while not self._over.wait(self._INTERVAL) and not self._is_closed():
            for worker in range(self._communicator.Get_size()):
                if self._communicator.Iprobe(source=worker, tag=self._TAG):
                    self._communicator.recv(source=worker, tag=self._TAG)
                    self._ended[worker] = time.monotonic()
            since = self._waits_since
            if since is not None and self._ended:
                worker, heard = min(self._ended.items(), key=lambda item: item[1])
                if time.monotonic() - max(since, heard) > self._PATIENCE:
                    self._end_all(worker)

    def _end_all(self, worker: int) -> None:
        sys.stdout.flush()
        print('{} waits for worker {}, which has ended, and ends all. Let all workers learn equally long.'.format(
            _name(self._communicator), worker), file=sys.stderr, flush=True)
        self._communicator.Abort(1)
