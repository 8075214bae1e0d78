"""Values and messages of a training run, written as a table, text, CSV, JSON or for TensorBoard.

Until ``configure`` is called, everything goes to the standard output of the first worker, and no file is made.
"""
import datetime
import os
import tempfile
from collections import OrderedDict, defaultdict
from typing import Any, Dict, Mapping, Optional, Sequence

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

__all__ = ['CSVOutputFormat', 'DEBUG', 'DISABLED', 'ERROR', 'HumanOutputFormat', 'INFO', 'JSONOutputFormat', 'KVWriter',
           'Logger', 'ScopedConfigure', 'SeqWriter', 'TensorBoardOutputFormat', 'WARN', 'configure', 'debug',
           'dump_tabular', 'dumpkvs', 'error', 'get_dir', 'get_level', 'getkvs', 'info', 'log', 'logkv', 'logkv_mean',
           'logkvs', 'make_output_format', 'read_csv', 'read_json', 'read_tb', 'record_tabular', 'reset', 'set_level',
           'summary_val', 'valid_float_value', 'warn']

DEBUG = 10
INFO = 20
WARN = 30
ERROR = 40
DISABLED = 50


class Logger:
    """
    Collects named values until they are dumped, and passes messages on.

    :param folder: where files go; None when there are none
    :param output_formats: what is written to
    """

    DEFAULT: 'Logger'  # what is in use before configure() and after reset()
    CURRENT: 'Logger'  # what the functions of this module use

    def __init__(self, folder: Optional[str], output_formats: Sequence[KVWriter]) -> None:
        self.name2val: Dict[str, Any] = OrderedDict()
        self.name2cnt: Dict[str, int] = defaultdict(int)
        self.level = INFO
        self.dir = folder
        self.output_formats = output_formats

    def logkv(self, key: str, val: Any) -> None:
        """
        Keep a value for the next dump; a later one of the same name replaces it.

        :param key: its name
        :param val: the value
        """
        self.name2val[key] = val

    def logkv_mean(self, key: str, val: Optional[float]) -> None:
        """
        Keep the mean of the values given under a name until the next dump.

        :param key: the name
        :param val: a number; None makes the value None
        """
        if val is None:
            self.name2val[key] = None
            return
        count = self.name2cnt[key]
        self.name2val[key] = val if count == 0 else self.name2val[key] + (val - self.name2val[key]) / (count + 1)
        self.name2cnt[key] = count + 1

    def dumpkvs(self) -> None:
        """Write the values kept, and forget them."""
        for output_format in self.output_formats:
            if isinstance(output_format, KVWriter) and self.level != DISABLED:
                output_format.writekvs(self.name2val)
        self.name2val.clear()
        self.name2cnt.clear()

    def log(self, *args, level: int = INFO) -> None:
        """
        Write a message.

        :param args: its words
        :param level: how important it is; less important ones than the level of this logger are dropped
        """
        if level < self.level:
            return
        for output_format in self.output_formats:
            if isinstance(output_format, SeqWriter):
                output_format.writeseq([str(word) for word in args])

    def set_level(self, level: int) -> None:
        """
        :param level: the least important level to write; DISABLED writes nothing at all
        """
        self.level = level

    def get_dir(self) -> Optional[str]:
        """
        :return: the folder of the files, None when there are none
        """
        return self.dir

    def close(self) -> None:
        """Close the files."""
        for output_format in self.output_formats:
            close = getattr(output_format, 'close', None)
            if close is not None:
                close()


class _RootOutputFormat(StandardOutputFormat):
    """Standard output of the first worker; the others are silent."""

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        if mpi.is_root():
            super().writekvs(kvs)

    def writeseq(self, seq: Sequence[str]) -> None:
        if mpi.is_root():
            super().writeseq(seq)


Logger.DEFAULT = Logger.CURRENT = Logger(folder=None, output_formats=[_RootOutputFormat()])


def configure(folder: Optional[str] = None, format_strs: Optional[Sequence[str]] = None) -> None:
    """
    Begin to log into files.

    :param folder: where; created when missing. None takes the environment variable ``OPENAI_LOGDIR``, else a new folder
        among the temporary files
    :param format_strs: forms of output, see ``make_output_format``. None takes the environment variable
        ``OPENAI_LOG_FORMAT``, a list with commas, else stdout, log and csv. Under MPI, workers other than the first
        take ``OPENAI_LOG_FORMAT_MPI``, else log, and put their rank into the names of the files
    :raises ValueError: when a form is unknown
    """
    if folder is None:
        folder = os.environ.get('OPENAI_LOGDIR') or os.path.join(
            tempfile.gettempdir(), datetime.datetime.now().strftime('openai-%Y-%m-%d-%H-%M-%S-%f'))
    folder = os.path.expanduser(os.fspath(folder))
    rank = mpi.rank()
    if format_strs is None:
        variable, default = ('OPENAI_LOG_FORMAT', 'stdout,log,csv') if rank == 0 else ('OPENAI_LOG_FORMAT_MPI', 'log')
        format_strs = os.environ.get(variable, default).split(',')
    suffix = '-rank{:03d}'.format(rank) if rank > 0 else ''
    os.makedirs(folder, exist_ok=True)
    output_formats = [make_output_format(name, folder, suffix) for name in format_strs if name]
    Logger.CURRENT = Logger(folder=folder, output_formats=output_formats)
    log('Logging to {}'.format(folder))


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
        self.folder = folder
        self.format_strs = format_strs
        self.previous: Optional[Logger] = None

    def __enter__(self) -> None:
        self.previous = Logger.CURRENT
        configure(self.folder, self.format_strs)

    def __exit__(self, *_exception) -> None:
        Logger.CURRENT.close()
        Logger.CURRENT = self.previous


def logkv(key: str, val: Any) -> None:
    """
    Keep a value for the next dump; a later one of the same name replaces it.

    :param key: its name
    :param val: the value
    """
    Logger.CURRENT.logkv(key, val)


def logkv_mean(key: str, val: Optional[float]) -> None:
    """
    Keep the mean of the values given under a name until the next dump.

    :param key: the name
    :param val: a number; None makes the value None
    """
    Logger.CURRENT.logkv_mean(key, val)


def logkvs(key_values: Mapping[str, Any]) -> None:
    """
    :param key_values: values to keep for the next dump, by name
    """
    for key, value in key_values.items():
        logkv(key, value)


def dumpkvs() -> None:
    """Write the values kept, and forget them."""
    Logger.CURRENT.dumpkvs()


def getkvs() -> Dict[str, Any]:
    """
    :return: the values kept for the next dump, by name
    """
    return Logger.CURRENT.name2val


record_tabular = logkv
dump_tabular = dumpkvs


def log(*args, level: int = INFO) -> None:
    """
    Write a message.

    :param args: its words
    :param level: how important it is
    """
    Logger.CURRENT.log(*args, level=level)


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
    Logger.CURRENT.set_level(level)


def get_level() -> int:
    """
    :return: the least important level that is written
    """
    return Logger.CURRENT.level


def get_dir() -> Optional[str]:
    """
    :return: the folder of the files, None when there are none
    """
    return Logger.CURRENT.get_dir()
