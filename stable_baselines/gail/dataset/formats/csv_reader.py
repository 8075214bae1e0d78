"""Reads demonstrations from CSV files, row by row, without other libraries."""
import csv
import math
import os
import warnings
from array import array
from typing import Any, Callable, Iterator, List, Mapping, Optional, Sequence, Set, TextIO

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset.formats.assemble import from_file, rows_of_whole_episodes
from stable_baselines.gail.dataset.formats.csv_columns import Columns, find_columns
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['read_csv']

_FLAGS = {'0': False, '1': True, '0.0': False, '1.0': True, 'false': False, 'true': True}
_DELIMITERS = (',', ';', '\t')
_EXACT = 2.0 ** 53  # whole numbers below are exact as floating-point numbers of 64 bits


def read_csv(path: str, observation_shape: Optional[Sequence[int]] = None,
             action_shape: Optional[Sequence[int]] = None, columns: Optional[Mapping[str, Any]] = None,
             keep_unfinished: bool = False) -> Trajectories:
    """
    Read a file with one row a step, in UTF-8, separated by commas, semicolons or tabs. Its first line names columns.

    Observations and actions become int64 where all of them are whole numbers without a decimal point, else float64.

    :param path: the file
    :param observation_shape: shape of an observation; None takes it from the names of the columns
    :param action_shape: shape of an action; None takes it from the names of the columns
    :param columns: columns named otherwise, see ``find_columns``
    :param keep_unfinished: keep the rows behind the last end, where a column marks ends; they are dropped otherwise,
        with a warning
    :return: the episodes
    :raises FileFormatError: names the file, the line and the column at fault
    :raises ValueError: for an argument that does not fit the file
    """
    with open(path, newline='', encoding='utf-8-sig') as file:
        lines = _Lines(file, path)
        found = find_columns(lines.header, path, observation_shape, action_shape, columns)
        if found.unknown:
            warnings.warn('{}: columns {} mean nothing here and are not read.'.format(
                path, ', '.join(map(repr, found.unknown[:20]))), stacklevel=2)
        table = _Table(found, lines)
        for fields in lines:
            table.add(fields)
    return table.result(path, keep_unfinished)


class _Lines:
    """
    The rows of a CSV file as texts, one for each column.

    :param file: open, at its start
    :param path: its name, for messages
    :raises FileFormatError: here and later, when it is empty, not text, or a row has too few or too many fields
    """

    def __init__(self, file: TextIO, path: str) -> None:
        self.path = path
        try:
            first = file.readline(1 << 20)
            while first and not first.strip():
                first = file.readline(1 << 20)
        except UnicodeDecodeError as error:
            raise self._no_text(error) from None
        file.seek(0)
        delimiter = max(_DELIMITERS, key=first.count)  # the first of them where there is but one column
        self._reader = csv.reader(file, delimiter=delimiter, strict=True)
        self.header: List[str] = []
        self.header = next(iter(self), [])
        if not self.header:
            raise FileFormatError('{}: the file is empty; a line that names the columns is needed, and one row a step.'
                                  .format(path))

    @property
    def number(self) -> int:
        """Line of the file, from 1, that the last row ended in."""
        return self._reader.line_num

    def __iter__(self) -> Iterator[List[str]]:
        try:
            for fields in self._reader:
                if len(fields) < 2 and not ''.join(fields).strip():
                    continue  # an empty line
                if self.header and len(fields) != len(self.header):
                    raise FileFormatError('{}: line {} has {} fields, but line 1 names {} columns.'.format(
                        self.path, self.number, len(fields), len(self.header)))
                yield fields
        except UnicodeDecodeError as error:
            raise self._no_text(error) from None
        except csv.Error as error:
            # the end of the file is behind its last line; other faults are in the line that was read last
            line = self.number + ('unexpected end' in str(error))
            raise FileFormatError('{}: line {}: {}.'.format(self.path, line, error)) from None

    def _no_text(self, error: UnicodeDecodeError) -> FileFormatError:
        return FileFormatError('{}: it is not a text file in UTF-8 ({}).'.format(self.path, error.reason))


class _Numbers:
    """
    Numbers of some columns, collected row by row.

    :param places: the columns, in the order wanted
    :param columns: of the file
    :param lines: for the place of an error
    """

    def __init__(self, places: List[int], columns: Columns, lines: _Lines) -> None:
        self._places, self._columns, self._lines = places, columns, lines
        self._whole = True
        self._values = array('d')
        adjacent = bool(places) and places == list(range(places[0], places[0] + len(places)))
        part = slice(places[0], places[0] + len(places)) if adjacent else None
        # A slice is several times as fast as picking fields one by one.
        self._pick: Callable[[List[str]], List[str]] = (
            (lambda fields: fields[part]) if adjacent else (lambda fields: [fields[place] for place in places]))

    def add(self, fields: List[str]) -> None:
        """
        :param fields: a row
        :raises FileFormatError: when one of the columns holds no finite number
        """
        texts = self._pick(fields)
        if self._whole:
            try:
                return self._values.extend([int(text) for text in texts])
            except (ValueError, OverflowError):
                self._whole = False
        try:
            values = list(map(float, texts))
        except ValueError:
            raise self._fault(fields) from None
        # One sum instead of a look at each: it is finite unless one of them is not, or they are enormous.
        if not math.isfinite(sum(values)) and not all(map(math.isfinite, values)):
            raise self._fault(fields)
        self._values.extend(values)

    def _fault(self, fields: List[str]) -> FileFormatError:
        for place in self._places:
            text, reason = fields[place].strip(), None
            try:
                reason = None if math.isfinite(float(text)) else 'is not a finite number'
            except ValueError:
                reason = 'is not a number' if text else 'is empty, a number is needed'
            if reason:
                return FileFormatError('{}: line {}, column {!r}: {!r} {}.'.format(
                    self._lines.path, self._lines.number, self._columns.names[place], text[:50], reason))
        raise AssertionError(fields)

    def array(self, rows: int, shape: Sequence[int]) -> np.ndarray:
        """
        :param rows: how many rows to give
        :param shape: of each
        :return: shape [rows, *shape], int64 or float64
        """
        values = np.frombuffer(self._values, dtype=np.float64) if self._values else np.zeros(0)
        if self._whole and (not len(values) or np.abs(values).max() < _EXACT):
            values = values.astype(np.int64)
        return values.reshape((-1,) + tuple(shape))[:rows]


class _Table:
    """
    The rows of a file, in memory as numbers.

    :param columns: which is which
    :param lines: for the place of an error
    """

    def __init__(self, columns: Columns, lines: _Lines) -> None:
        self._columns, self._lines = columns, lines
        self._obs = _Numbers(columns.obs, columns, lines)
        self._actions = _Numbers(columns.action, columns, lines)
        self._rewards = _Numbers([] if columns.reward is None else [columns.reward], columns, lines)
        self._images: List[str] = []
        self._starts: List[bool] = []
        self._done = True  # the first row starts an episode
        self._episode: Optional[str] = None
        self._episodes: Set[str] = set()

    def add(self, fields: List[str]) -> None:
        """
        :param fields: a row
        :raises FileFormatError: when it cannot be used
        """
        columns = self._columns
        if columns.image is None:
            self._obs.add(fields)
        else:
            self._images.append(fields[columns.image].strip())
        self._actions.add(fields)
        if columns.reward is not None:
            self._rewards.add(fields)
        self._starts.append(self._is_start(fields))

    def _is_start(self, fields: List[str]) -> bool:
        columns = self._columns
        if columns.episode_start is not None:
            start = self._flag(fields, columns.episode_start)
            if not start and not self._starts:
                raise self._error(columns.episode_start, 'the first row must start an episode')
            return start
        if columns.episode is not None:
            return self._is_next_episode(fields[columns.episode].strip())
        start = self._done
        marks = [self._flag(fields, place) for place in columns.done]  # each of them is checked
        self._done = any(marks)
        return start

    def _is_next_episode(self, name: str) -> bool:
        if name == self._episode:
            return False
        if name in self._episodes:
            raise self._error(self._columns.episode, 'episode {!r} goes on after another one began; rows of an episode '
                                                     'must stand together'.format(name[:50]))
        self._episode = name
        self._episodes.add(name)
        return True

    def _flag(self, fields: List[str], place: int) -> bool:
        text = fields[place].strip().lower()
        if text not in _FLAGS:
            raise self._error(place, '{!r} is not 0 or 1 (or false or true)'.format(fields[place][:50]))
        return _FLAGS[text]

    def _error(self, place: int, reason: str) -> FileFormatError:
        return FileFormatError('{}: line {}, column {!r}: {}.'.format(
            self._lines.path, self._lines.number, self._columns.names[place], reason))

    def result(self, path: str, keep_unfinished: bool) -> Trajectories:
        """
        :param path: the file, for messages
        :param keep_unfinished: keep rows behind the last end
        :return: the episodes
        :raises FileFormatError: when there are none
        """
        columns, rows = self._columns, len(self._starts)
        if not rows:
            raise FileFormatError('{}: there are no rows below line 1; one row a step is needed.'.format(path))
        by_ends = columns.episode_start is None and columns.episode is None
        if by_ends and not self._done and not keep_unfinished:
            rows = rows_of_whole_episodes(path, rows, int(np.flatnonzero(self._starts)[-1]),
                                          ' or '.join(repr(columns.names[place]) for place in columns.done))
        obs = np.array(self._images[:rows]) if columns.image is not None else self._obs.array(rows, columns.obs_shape)
        rewards = None if columns.reward is None else self._rewards.array(rows, ()).astype(np.float64)
        return from_file(os.fspath(path), obs, self._actions.array(rows, columns.action_shape), rewards,
                         np.array(self._starts[:rows]))
