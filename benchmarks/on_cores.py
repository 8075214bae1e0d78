"""Pieces of work at the same time, each in a process bound to a core of its own."""
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, List, Sequence, TypeVar

__all__ = ['bound_to', 'on_cores']

Item = TypeVar('Item')


def bound_to(core: int) -> List[str]:
    """
    :param core: a processor
    :return: what a command begins with, so that it stays there; nothing where the system cannot do that
    """
    return ['taskset', '-c', str(core)] if hasattr(os, 'sched_setaffinity') else []


def on_cores(work: Callable[[Item, int], None], items: Sequence[Item], jobs: int) -> None:
    """
    Do all, in order, so many at a time. After a failure the rest is still done.

    :param work: called with an item and the core it may use
    :param items: what to do
    :param jobs: how many at the same time
    :raises Exception: the first that ``work`` raised
    """
    cores = list(range(jobs))

    def with_core(item: Item) -> None:
        core = cores.pop()
        try:
            work(item, core)
        finally:
            cores.append(core)
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(with_core, item) for item in items]
    for future in futures:
        future.result()
