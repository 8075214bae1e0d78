"""What ends one MPI worker must end all: the others would wait for it for ever."""
import atexit
import contextlib
import os
import sys
import threading
import time
from itertools import product
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

__all__ = ['EndWatch', 'watch_ends']

_TAG = 2711  # of the messages that tell of an end
_unwatched = True
_failed = False  # by an exception, before MPI was initialized


def watch_ends(communicator: Callable[[bool], Any], channel: Callable[[bool], Any], starts_mpi: bool) -> None:
    """
    From now on, an exception in this worker ends all, and other workers hear when it ends by itself: also before it has
    made a model, since they would wait for that. Calling it again does nothing.

    :param communicator: gives the one of all workers, None where there is none; told whether to initialize MPI for it
    :param channel: gives the one to tell others by, in the same way
    :param starts_mpi: whether MPI is initialized at the latest when this worker ends: others wait for that as well
    """
    global _unwatched
    if _unwatched:
        _unwatched = False
        _end_all_on_exceptions(communicator)
        atexit.register(_tell_others, channel, starts_mpi, os.getpid())


def _end_all_on_exceptions(communicator: Callable[[bool], Any]) -> None:
    earlier = sys.excepthook

    def report_and_abort(kind: Any, error: Any, traceback: Any) -> None:
        global _failed
        _failed, workers = True, communicator(False)
        if workers is None:
            earlier(kind, error, traceback)
            return
        sys.stdout.flush()
        print('{} failed and ends all:'.format(_name(workers)), file=sys.stderr)
        earlier(kind, error, traceback)
        sys.stderr.flush()
        workers.Abort(1)
    sys.excepthook = report_and_abort


def _tell_others(channel: Callable[[bool], Any], starts_mpi: bool, process: int) -> None:
    if os.getpid() != process:  # a fork of the worker
        return
    workers = channel(starts_mpi and not _failed)  # a failure without MPI is the launcher's to notice
    for worker in range(0 if workers is None else workers.Get_size()):
        if worker != workers.Get_rank():
            workers.isend(None, dest=worker, tag=_TAG)


def _name(communicator: Any) -> str:
    return 'Worker {} of {}'.format(communicator.Get_rank(), communicator.Get_size())


class _Call(NamedTuple):
    """A ``joint_call`` of a worker, as all workers know it."""

    n_done: int  # operations that all had done together before it
    n_left: int  # how often the worker had left such a call by an exception since then


class _Departure(NamedTuple):
    """What a worker tells the others when it leaves by an exception what all do together."""

    call: _Call
    by: str  # the exception
    may_return: bool  # whether its script may call again: it has done nothing yet together with the others


class _Return:
    """What it tells them when it comes again."""


class EndWatch:
    """
    Ends all when this worker waits for another that has ended, by ``sys.exit`` or at the end of a script of its own, or
    that has left what all do together by an exception, which its script has caught. It waits inside MPI, so that only
    another thread can look.

    :param communicator: of all workers
    :param channels: gives the communicators by which others may tell of their ends
    :param channel: gives the one to tell others by; None while there is none
    :param n_done: how many operations all workers have done together so far
    :param is_closed: whether MPI has been finalized
    """

    _INTERVAL = 0.5  # seconds between looks at messages
    _PATIENCE = 1.0  # seconds that a wait may last yet: what the worker has sent before its end is on the way
    _RETURN = 7.0  # seconds for a script that has caught an exception to call again

    def __init__(self, communicator: Any, channels: Callable[[], List[Any]], channel: Callable[[], Any],
                 n_done: Callable[[], int], is_closed: Callable[[], bool]) -> None:
        self._communicator, self._channels, self._channel = communicator, channels, channel
        self._n_done, self._is_closed = n_done, is_closed
        self._ended: Dict[int, float] = {}  # number of a worker -> when this one heard of its end
        self._departed: Dict[int, Tuple[float, _Departure]] = {}  # likewise; the latest
        self._left: Optional[_Call] = None  # the latest call that this worker has left by an exception
        self._calls: List[_Call] = []  # those that go on, the outermost first
        self._sent: List[Any] = []
        self._waits_since: Optional[float] = None
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name='mpi-end-watch', daemon=True)
        self._thread.start()
        atexit.register(self._stop)

    def __enter__(self) -> None:
        self._waits_since = time.monotonic()

    def __exit__(self, *_error: Any) -> None:
        self._waits_since = None

    @contextlib.contextmanager
    def joint_call(self) -> Iterator[None]:
        """
        :return: context manager of what all workers do together, in the same order
        """
        call = _Call(self._n_done(), 0)
        if self._left is not None and self._left.n_done == call.n_done:
            call = _Call(call.n_done, self._left.n_left + 1)
            self._tell_others(_Return())
        self._calls.append(call)
        try:
            yield
        except BaseException as error:  # of those, too, that would end the program if its script did not catch them
            self._left = call
            by = '{}: {}'.format(type(error).__name__, error).rstrip(': ')
            self._tell_others(_Departure(call, by, may_return=self._n_done() == call.n_done))
            raise
        finally:
            self._calls.remove(call)

    def _tell_others(self, news: Any) -> None:
        channel = self._channel()
        for worker in range(0 if channel is None else channel.Get_size()):
            if worker != channel.Get_rank():
                self._sent.append(channel.isend(news, dest=worker, tag=_TAG))

    def _stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(self._INTERVAL) and not self._is_closed():
            for channel, worker in product(self._channels(), range(self._communicator.Get_size())):
                while channel.Iprobe(source=worker, tag=_TAG):
                    self._hear(worker, channel.recv(source=worker, tag=_TAG))
            since = self._waits_since
            if since is not None:
                self._judge(since)

    def _hear(self, worker: int, news: Any) -> None:
        if news is None:
            self._ended[worker] = time.monotonic()
        elif isinstance(news, _Departure):
            self._departed[worker] = time.monotonic(), news
        else:
            self._departed.pop(worker, None)

    def _judge(self, since: float) -> None:
        """
        End all where a wait is in vain.

        :param since: when it began
        """
        now = time.monotonic()
        for worker, heard in self._ended.items():
            if now - max(since, heard) > self._PATIENCE:
                self._end_all('{}, which has ended'.format(worker), 'Let all workers learn equally long, and none '
                              'leave early, as by sys.exit or an exception.')
        for worker, (heard, departure) in self._departed.items():
            patience = self._RETURN if departure.may_return else self._PATIENCE
            if worker not in self._ended and self._misses(departure.call) and now - max(since, heard) > patience:
                self._end_all('{}, which has left by an exception ({})'.format(worker, departure.by),
                              'Where a script catches it and goes on, it must do so in all workers.')

    def _misses(self, left: _Call) -> bool:
        """
        :param left: a call that another worker has left
        :return: whether this one is in the same: one that has left as often itself has gone on to the next
        """
        return any(left.n_done == own.n_done and left.n_left >= own.n_left for own in list(self._calls))

    def _end_all(self, whom: str, advice: str) -> None:
        sys.stdout.flush()
        print('{} waits for worker {}, and ends all. {}'.format(_name(self._communicator), whom, advice),
              file=sys.stderr, flush=True)
        self._communicator.Abort(1)
