"""A process that is forked has none of its parent's threads, though all that waits for them."""
import os
import weakref
from typing import Any

__all__ = ['will_lose_threads']

_LOSERS: 'weakref.WeakSet[Any]' = weakref.WeakSet()


def will_lose_threads(owner: Any) -> None:
    """
    :param owner: has started threads; its ``lose_threads`` will be called in every process forked from now on
    """
    _LOSERS.add(owner)


def _after_fork() -> None:
    for owner in list(_LOSERS):
        owner.lose_threads()


if hasattr(os, 'register_at_fork'):  # not on Windows, where nothing forks
    os.register_at_fork(after_in_child=_after_fork)
