"""Progress bars: all are made here. They nest, only the first worker draws, and none appears where nobody looks."""
import contextlib
import os
import sys
import time
from typing import Any, Dict, Iterable, Iterator, List, Optional, Union

import numpy as np

from stable_baselines.common import mpi

__all__ = ['AUTO', 'ProgressBar', 'beside_bars', 'slow_loop', 'some_bar_is_drawn', 'wants_bar']

AUTO = 'auto'
SECONDS_BETWEEN_DRAWINGS = 0.1  # in a terminal, where a bar is one line that moves
SECONDS_BETWEEN_LINES = 5.0  # elsewhere, where each drawing stays
_SECONDS_TO_BE_SLOW = 1.0
_USUAL_COLUMNS = 100
_drawn: List['ProgressBar'] = []  # that are open now, the outermost first


def wants_bar(progress_bar: Union[bool, str]) -> bool:
    """
    :param progress_bar: True asks for a bar wherever the standard error goes, 'auto' for one where it is a terminal or
        another bar is drawn already, False for none
    :return: whether to draw one; only the first worker does
    :raises ValueError: for anything else
    """
    if progress_bar == AUTO:
        return mpi.is_root() and (bool(_drawn) or _is_terminal())
    if not isinstance(progress_bar, (bool, np.bool_)):
        raise ValueError("progress_bar={!r}: True draws a bar, False none, 'auto' one where the standard error is a "
                         'terminal.'.format(progress_bar))
    return bool(progress_bar) and mpi.is_root()


def some_bar_is_drawn() -> bool:
    """
    :return: whether a new bar would be inside another one
    """
    return bool(_drawn)


class ProgressBar:
    """
    One bar, or none. A bar inside another one has a line of its own, which vanishes at the end.

    :param total: how many units there are to do
    :param description: what is done
    :param unit: what is counted; the rate is shown in units a second
    :param progress_bar: see ``wants_bar``
    """

    def __init__(self, total: int, description: str, unit: str, progress_bar: Union[bool, str] = AUTO):
        self.total, self.count = int(total), 0
        self.bar: Any = None
        self._due = 0.0  # when to draw it again
        if wants_bar(progress_bar):
            from tqdm import tqdm
            self._between = SECONDS_BETWEEN_DRAWINGS if _is_terminal() else SECONDS_BETWEEN_LINES
            # leave=None keeps the outermost bar only; the time between drawings is counted here
            self.bar = tqdm(total=self.total, desc=description, unit=unit, leave=None, mininterval=0.0, miniters=1,
                            file=sys.stderr, **_width())
            if (getattr(self.bar, 'nrows', None) or 1) < 1:  # it takes the terminal for one of no rows
                self.bar.nrows = None
            self._due = time.monotonic() + self._between
            _drawn.append(self)

    def __enter__(self) -> 'ProgressBar':
        return self

    def __exit__(self, *exc_info) -> None:
        self.close()

    @property
    def is_due(self) -> bool:
        """Whether it is time to draw it: cheap to ask, for whoever has work to do before."""
        return self.bar is not None and time.monotonic() >= self._due

    def advance(self, count: int = 1, note: Optional[str] = None) -> None:
        """
        :param count: units done since the last call
        :param note: text after the bar
        """
        self.move_to(self.count + count, note)

    def move_to(self, count: int, note: Optional[str] = None, now: bool = False) -> None:
        """
        :param count: units done so far; more than the total enlarge that
        :param note: text after the bar
        :param now: draw it even if it was drawn just before
        """
        self.count = count
        if now or self.is_due:
            self._draw(note)

    def _draw(self, note: Optional[str]) -> None:
        if self.bar is None:
            return
        if self.count > self.bar.total:
            self.bar.total = self.count
        if note is not None:
            self.bar.set_postfix_str(note, refresh=False)
        self.bar.update(self.count - self.bar.n)
        self._due = time.monotonic() + self._between

    def close(self) -> None:
        """Draw it for the last time; the outermost stays to be seen."""
        if self.bar is not None:
            if self.bar.n != self.count:
                self._draw(None)
            self.bar.close()
            _drawn.remove(self)
            self.bar = None


def slow_loop(items: Iterable[Any], total: int, description: str, unit: str) -> Iterator[Any]:
    """
    A loop with a bar inside another one's, which appears when the loop has lasted a second.

    :param items: to loop over
    :param total: how many there are
    :param description: see ``ProgressBar``
    :param unit: see ``ProgressBar``
    :return: the items
    """
    if not _drawn:
        yield from items
        return
    began, bar = time.monotonic(), None
    try:
        for count, item in enumerate(items):
            if bar is not None:
                bar.move_to(count)
            elif time.monotonic() - began > _SECONDS_TO_BE_SLOW:
                bar = ProgressBar(total, description, unit)
                bar.move_to(count, now=True)
            yield item
    finally:
        if bar is not None:
            bar.close()


@contextlib.contextmanager
def beside_bars() -> Iterator[None]:
    """Context in which to print: bars in a terminal make room, and are drawn again below."""
    if not _drawn or not _is_terminal():
        yield
        return
    from tqdm import tqdm
    with tqdm.external_write_mode():
        yield


def _width() -> Dict[str, Any]:
    """
    :return: tqdm's arguments for the width of bars: that of the terminal, also after it changed
    """
    if not _is_terminal():
        return dict(ncols=_USUAL_COLUMNS)
    try:
        known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    except (OSError, ValueError, AttributeError):
        known = False
    return dict(dynamic_ncols=True) if known else dict(ncols=_USUAL_COLUMNS)  # of 0 columns, none would be seen


def _is_terminal() -> bool:
    """
    :return: whether somebody sees the standard error at once; a program may have closed or replaced it
    """
    try:
        return sys.stderr is not None and sys.stderr.isatty()
    except (AttributeError, ValueError):
        return False
