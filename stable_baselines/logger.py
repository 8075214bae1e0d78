"""Values and messages of a training run, written as a table, text, CSV, JSON or for TensorBoard.

Until ``configure`` is called, everything goes to the standard output of the first worker, and no file is made. Each
model keeps its values apart from those of others: called from a callback, these functions mean the model in training.
"""
import datetime
import functools
import os
import tempfile
import time
from contextlib import ExitStack
from typing import Any, Callable, Dict, Mapping, Optional, Sequence

from stable_baselines.common import mpi
from stable_baselines.common.log_formats import (
    CSVOutputFormat,
    HumanOutputFormat,
    JSONOutputFormat,
    KVWriter,
    SeqWriter,
    StandardOutputFormat,
    TensorBoardOutputFormat,
    make_output_format,
    valid_float_value,
)
from stable_baselines.common.log_readers import read_csv, read_json, read_tb, summary_val
from stable_baselines.common.run_logger import (
    DEBUG,
    DISABLED,
    ERROR,
    INFO,
    WARN,
    Logger,
    RunLogger,
    activated,
    active_logger,
)

__all__ = ['CSVOutputFormat', 'DEBUG', 'DISABLED', 'ERROR', 'HumanOutputFormat', 'INFO', 'JSONOutputFormat', 'KVWriter',
           'Logger', 'ProfileKV', 'ScopedConfigure', 'SeqWriter', 'TensorBoardOutputFormat', 'WARN', 'configure',
           'debug', 'dump_tabular', 'dumpkvs', 'error', 'get_dir', 'get_level', 'getkvs', 'info', 'log', 'logkv',
           'logkv_mean', 'logkvs', 'make_logger', 'make_output_format', 'profile', 'read_csv', 'read_json', 'read_tb',
           'record_tabular', 'reset', 'set_level', 'summary_val', 'valid_float_value', 'warn']

_OF_FIRST_WORKER = ('stdout', 'tensorboard')  # forms that other MPI workers leave out


class _RootOutputFormat(StandardOutputFormat):
    """Standard output of the first worker; the others are silent."""

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        if mpi.is_root():
            super().writekvs(kvs)

    def writeseq(self, seq: Sequence[str]) -> None:
        if mpi.is_root():
            super().writeseq(seq)


Logger.DEFAULT = Logger.CURRENT = Logger(folder=None, output_formats=[_RootOutputFormat()])


def make_logger(folder: Optional[str] = None, format_strs: Optional[Sequence[str]] = None) -> Logger:
    """
    Open a logger, such as one model's own: ``model.set_logger(make_logger('log/mine'))``.

    :param folder: where files go; created when missing. None takes the environment variable ``OPENAI_LOGDIR``, else a
        new folder among the temporary files
    :param format_strs: forms of output, see ``make_output_format``. None takes the environment variable
        ``OPENAI_LOG_FORMAT``, a list with commas, else stdout, log and csv. Under MPI, workers other than the first
        leave out stdout and tensorboard; for None they take ``OPENAI_LOG_FORMAT_MPI``, else log. They put their rank
        into the names of the files
    :return: the logger
    :raises ValueError: when a form is unknown
    """
    if folder is None:
        folder = os.environ.get('OPENAI_LOGDIR') or os.path.join(
            tempfile.gettempdir(), datetime.datetime.now().strftime('openai-%Y-%m-%d-%H-%M-%S-%f'))
    folder = os.path.expanduser(os.fspath(folder))
    if format_strs is None:
        variable, default = ('OPENAI_LOG_FORMAT', 'stdout,log,csv') if mpi.is_root() else (
            'OPENAI_LOG_FORMAT_MPI', 'log')
        format_strs = os.environ.get(variable, default).split(',')
    elif not mpi.is_root():
        format_strs = [name for name in format_strs if name not in _OF_FIRST_WORKER]
    os.makedirs(folder, exist_ok=True)
    return Logger(folder, [make_output_format(name, folder, mpi.file_suffix()) for name in format_strs if name])


def configure(folder: Optional[str] = None, format_strs: Optional[Sequence[str]] = None) -> None:
    """
    Begin to log into files: the program, and all models without a logger of their own.

    :param folder: see ``make_logger``
    :param format_strs: see ``make_logger``
    :raises ValueError: when a form is unknown
    """
    Logger.CURRENT = make_logger(folder, format_strs)
    Logger.CURRENT.log('Logging to {}'.format(Logger.CURRENT.dir))


def reset() -> None:
    """Close the files, and write to the standard output again."""
    if Logger.CURRENT is not Logger.DEFAULT:
        Logger.CURRENT.close()
        Logger.CURRENT = Logger.DEFAULT


class ScopedConfigure:
    """
    Context manager that logs into files inside its block, and as before after it.

    :param folder: as of ``configure``
    :param format_strs: as of ``configure``
    """

    def __init__(self, folder: Optional[str] = None, format_strs: Optional[Sequence[str]] = None) -> None:
        self.dir = folder
        self.format_strs = format_strs
        self.prevlogger: Optional[Logger] = None
        self._active = ExitStack()

    def __enter__(self) -> None:
        self.prevlogger = Logger.CURRENT
        configure(self.dir, self.format_strs)
        self._active.enter_context(activated(RunLogger()))  # also where a callback opens it

    def __exit__(self, *_exception) -> None:
        self._active.close()
        Logger.CURRENT.close()
        Logger.CURRENT = self.prevlogger


class ProfileKV:
    """
    Context manager that adds the seconds spent in its block to the value ``wait_<name>`` of the next dump.

    :param name: what is measured
    """

    def __init__(self, name: str) -> None:
        self.name = 'wait_' + name
        self.start_time = 0.0

    def __enter__(self) -> None:
        self.start_time = time.time()

    def __exit__(self, *_exception) -> None:
        getkvs()[self.name] += time.time() - self.start_time


def profile(name: str) -> Callable[[Callable], Callable]:
    """
    Decorator: add the seconds spent in a function to the value ``wait_<name>`` of the next dump.

    :param name: what is measured
    :return: the decorator
    """
    def decorator(func: Callable) -> Callable:
        @functools.wraps(func)
        def measured(*args, **kwargs):
            with ProfileKV(name):
                return func(*args, **kwargs)
        return measured
    return decorator


def logkv(key: str, val: Any) -> None:
    """
    Keep a value for the next dump; a later one of the same name replaces it.

    :param key: its name
    :param val: the value
    """
    active_logger().logkv(key, val)


def logkv_mean(key: str, val: Optional[float]) -> None:
    """
    Keep the mean of the values given under a name until the next dump.

    :param key: the name
    :param val: a number; None makes the value None
    """
    active_logger().logkv_mean(key, val)


def logkvs(key_values: Mapping[str, Any]) -> None:
    """
    :param key_values: values to keep for the next dump, by name
    """
    active_logger().logkvs(key_values)


def dumpkvs() -> None:
    """Write the values kept, and forget them."""
    active_logger().dumpkvs()


def getkvs() -> Dict[str, Any]:
    """
    :return: the values kept for the next dump, by name
    """
    return active_logger().getkvs()


record_tabular = logkv
dump_tabular = dumpkvs


def log(*args, level: int = INFO) -> None:
    """
    Write a message.

    :param args: its words
    :param level: how important it is
    """
    active_logger().log(*args, level=level)


def debug(*args) -> None:
    """
    :param args: words of a message that helps to find faults
    """
    log(*args, level=DEBUG)


def info(*args) -> None:
    """
    :param args: words of a message of the usual kind
    """
    log(*args, level=INFO)


def warn(*args) -> None:
    """
    :param args: words of a warning
    """
    log(*args, level=WARN)


def error(*args) -> None:
    """
    :param args: words of a message about something that failed
    """
    log(*args, level=ERROR)


def set_level(level: int) -> None:
    """
    :param level: the least important level to write; DISABLED writes nothing at all
    """
    active_logger().set_level(level)


def get_level() -> int:
    """
    :return: the least important level that is written
    """
    return active_logger().get_level()


def get_dir() -> Optional[str]:
    """
    :return: the folder of the files, None when there are none
    """
    return active_logger().get_dir()
