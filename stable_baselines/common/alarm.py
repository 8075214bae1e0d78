"""How an MPI worker interrupts the others while each works for itself."""
from typing import Optional

from stable_baselines.common import mpi

__all__ = ['Alarm']


class Alarm:
    """Lets a worker interrupt the others, without waiting. All make it, after they have done something together."""

    _TAG = 2710  # of its messages
    _NOTHING = b''

    def __init__(self) -> None:
        self._channel = mpi.channel()
        self._sent: Optional[list] = None

    def sound(self) -> None:
        """Call the others; ``clear`` must follow, on all workers."""
        if self._channel is not None and self._sent is None:
            others = [number for number in range(mpi.size()) if number != mpi.rank()]
            self._sent = [self._channel.isend(self._NOTHING, dest=number, tag=self._TAG) for number in others]

    @property
    def is_heard(self) -> bool:
        """Whether another worker called; about a microsecond."""
        return self._channel is not None and self._channel.Iprobe(tag=self._TAG)

    def clear(self) -> None:
        """Make it as new; to be called by all workers."""
        if self._channel is None:
            return
        for number, called in enumerate(mpi.gather_objects(self._sent is not None)):
            if called and number != mpi.rank():
                self._channel.recv(source=number, tag=self._TAG)
        for request in self._sent or ():
            request.wait()
        self._sent = None
