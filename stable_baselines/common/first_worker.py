"""Files that all MPI workers are about to write are written by the first one alone."""
import contextlib
import os
import time
from typing import Any, Iterator, List, Optional

from stable_baselines.common import mpi

__all__ = ['once']


@contextlib.contextmanager
def once(deed: str, path: str, patience: float) -> Iterator[bool]:
    """
    Of a file that all workers are about to write, the first one writes the only copy: ::

        with once('record', path, 10.0) as mine:
            if mine:
                ...

    Workers need not all ask: what only some of them do, each does for itself. So they do, too, in a script that uses
    mpi4py itself, until they have made a model together.

    :param deed: what is done, and with what; workers that say something else are not about to do the same
    :param path: of the file
    :param patience: seconds for which another worker waits for the first one to begin the same
    :return: context manager; True for whoever shall write, False where the file is there
    """
    # what was said of an earlier file of that name, when not all took part, is of no interest any more
    found, key = mpi.channel(), '{} {} after {}'.format(deed, os.path.abspath(path), mpi.n_joint_operations())
    if found is None:
        yield True
    elif found.Get_rank() == 0:
        _messages.tell_others(found, 'begun ' + key)
        try:
            yield True
        finally:
            _messages.tell_others(found, 'done ' + key)
    else:
        begun = _messages.hear(found, 'begun ' + key, patience)
        with mpi.waiting():
            done = begun and _messages.hear(found, 'done ' + key, None)
        yield not (done and os.path.exists(path))  # another host may have another disk


class _Messages:
    """Short texts from the first worker to the others. Nobody has to listen."""

    _TAG, _INTERVAL = 2712, 0.005  # seconds between looks

    def __init__(self) -> None:
        self._sent: List[Any] = []
        self._heard: List[str] = []

    def tell_others(self, communicator: Any, text: str) -> None:
        """
        :param communicator: of all workers
        :param text: what to say
        """
        self._sent = [request for request in self._sent if not request.Test()]
        self._sent += [communicator.isend(text, dest=worker, tag=self._TAG)
                       for worker in range(1, communicator.Get_size())]

    def hear(self, communicator: Any, text: str, patience: Optional[float]) -> bool:
        """
        :param communicator: of all workers
        :param text: what to wait for
        :param patience: for how many seconds; None for ever
        :return: whether it was said
        """
        deadline = time.monotonic() + (patience or 0.0)
        while True:
            while communicator.Iprobe(source=0, tag=self._TAG):
                self._heard.append(communicator.recv(source=0, tag=self._TAG))
            if text in self._heard:
                self._heard.remove(text)
                return True
            if patience is not None and time.monotonic() > deadline:
                return False
            time.sleep(self._INTERVAL)


_messages = _Messages()
