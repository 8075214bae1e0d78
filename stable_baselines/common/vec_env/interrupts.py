"""Ctrl-C at a time when nothing is half done."""
import signal
import threading
from typing import Any, Callable, List, Tuple

__all__ = ['without_interrupt']


def without_interrupt(function: Callable[..., Any], *arguments: Any) -> Any:
    """
    Call a function to its end: Ctrl-C takes effect after it. Only the main thread is ever interrupted.

    :param function: short, and sure to end
    :param arguments: its arguments
    :return: what it returns
    """
    handler = signal.getsignal(signal.SIGINT)
    if not callable(handler) or threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    seen: List[Tuple] = []
    signal.signal(signal.SIGINT, lambda *information: seen.append(information))
    try:
        return function(*arguments)
    finally:
        signal.signal(signal.SIGINT, handler)
        if seen:
            handler(*seen[0])
