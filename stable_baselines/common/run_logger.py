"""Collectors of named values and messages: one of the whole program, and one of each model that trains."""
import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from stable_baselines.common.log_formats import HumanOutputFormat, KVWriter, SeqWriter, StandardOutputFormat

__all__ = ['DEBUG', 'DISABLED', 'ERROR', 'INFO', 'Logger', 'RunLogger', 'WARN', 'active_logger', 'activated']

DEBUG = 10
INFO = 20
WARN = 30
ERROR = 40
DISABLED = 50


class Logger:
    """
    Collects named values until they are dumped, and passes messages on.

    Inside a training run ``Logger.CURRENT`` collects for the model that trains, as the functions of the module do.

    :param folder: where files go; None when there are none
    :param output_formats: what is written to
    """

    DEFAULT: 'Logger'  # what is in use before configure() and after reset()
    CURRENT: 'Logger'  # what the functions of ``stable_baselines.logger`` use outside of training

    def __init__(self, folder: Optional[str], output_formats: Sequence[KVWriter]) -> None:
        self._values: Dict[str, Any] = defaultdict(float)
        self._counts: Dict[str, int] = defaultdict(int)
        self.level = INFO
        self.dir = folder
        self.output_formats = output_formats

    def _meant(self) -> 'Logger':
        return _active.loggers[-1] if _active.loggers and self is Logger.CURRENT else self

    @property
    def name2val(self) -> Dict[str, Any]:
        """The values kept for the next dump, by name; what is not there yet is 0."""
        return self._meant()._values

    @property
    def name2cnt(self) -> Dict[str, int]:
        """Of how many numbers each mean among them is."""
        return self._meant()._counts

    def logkv(self, key: str, val: Any) -> None:
        """
        Keep a value for the next dump; a later one of the same name replaces it.

        :param key: its name
        :param val: the value
        """
        self.name2val[key] = val

    def logkvs(self, key_values: Mapping[str, Any]) -> None:
        """
        :param key_values: values to keep for the next dump, by name
        """
        for key, value in key_values.items():
            self.logkv(key, value)

    def logkv_mean(self, key: str, val: Optional[float]) -> None:
        """
        Keep the mean of the values given under a name until the next dump.

        :param key: the name
        :param val: a number; None makes the value None, until a number begins a new mean
        """
        if val is None:
            self.name2val[key] = None
            return
        count = 0 if self.name2val.get(key) is None else self.name2cnt[key]
        self.name2val[key] = val if count == 0 else self.name2val[key] + (val - self.name2val[key]) / (count + 1)
        self.name2cnt[key] = count + 1

    def getkvs(self) -> Dict[str, Any]:
        """
        :return: the values kept for the next dump, by name
        """
        return self.name2val

    def dumpkvs(self) -> None:
        """Write the values kept, and forget them."""
        meant = self._meant()
        meant._dump(meant.output_formats)

    @property
    def file_formats(self) -> List[KVWriter]:
        """What is no screen."""
        return [output_format for output_format in self.output_formats if not _is_screen(output_format)]

    def dump_to_files(self) -> None:
        """Write the values kept, but not on the screen, and forget them."""
        self._dump(self.file_formats)

    def _dump(self, output_formats: Sequence[KVWriter]) -> None:
        for output_format in output_formats:
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

    def debug(self, *args) -> None:
        """
        :param args: words of a message that helps to find faults
        """
        self.log(*args, level=DEBUG)

    def info(self, *args) -> None:
        """
        :param args: words of a message of the usual kind
        """
        self.log(*args, level=INFO)

    def warn(self, *args) -> None:
        """
        :param args: words of a warning
        """
        self.log(*args, level=WARN)

    def error(self, *args) -> None:
        """
        :param args: words of a message about something that failed
        """
        self.log(*args, level=ERROR)

    def set_level(self, level: int) -> None:
        """
        :param level: the least important level to write; DISABLED writes nothing at all
        """
        self.level = level

    def get_level(self) -> int:
        """
        :return: the least important level that is written
        """
        return self.level

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

    # what callbacks may call it by, since their ``logger`` is this object or the module
    record_tabular = logkv
    dump_tabular = dumpkvs


class RunLogger(Logger):
    """Collects what belongs to one model, or one scope, and writes it to the program's logger of the time."""

    def __init__(self) -> None:
        self._values: Dict[str, Any] = defaultdict(float)
        self._counts: Dict[str, int] = defaultdict(int)

    @property
    def output_formats(self) -> Sequence[KVWriter]:
        """Those of the program's logger."""
        return Logger.CURRENT.output_formats

    @property
    def level(self) -> int:
        """That of the program's logger."""
        return Logger.CURRENT.level

    @property
    def dir(self) -> Optional[str]:
        """That of the program's logger."""
        return Logger.CURRENT.dir

    def set_level(self, level: int) -> None:
        Logger.CURRENT.set_level(level)

    def close(self) -> None:
        Logger.CURRENT.close()


def _is_screen(output_format: KVWriter) -> bool:
    return isinstance(output_format, StandardOutputFormat) or (
        isinstance(output_format, HumanOutputFormat) and not output_format.own_file)


class _Active(threading.local):
    """Of each thread, the loggers that its training runs and scopes use; the innermost is last."""

    def __init__(self) -> None:
        self.loggers: List[Logger] = []


_active = _Active()


def active_logger() -> Logger:
    """
    :return: that of the training run this is called from, the innermost one; the program's outside of training
    """
    return _active.loggers[-1] if _active.loggers else Logger.CURRENT


@contextmanager
def activated(logger: Logger) -> Iterator[None]:
    """
    Context in which the functions of ``stable_baselines.logger`` use a logger, in this thread.

    :param logger: the logger
    """
    _active.loggers.append(logger)
    try:
        yield
    finally:
        _active.loggers.pop()
