"""The forms in which logged values are written: table, CSV, JSON, TensorBoard."""
import csv
import json
import math
import os
import sys
from typing import Any, Iterable, List, Mapping, TextIO, Union

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.figures import CLOCKS, groups_of, unit_of
from stable_baselines.common.progress import beside_bars

__all__ = ['CSVOutputFormat', 'HumanOutputFormat', 'JSONOutputFormat', 'KVWriter', 'SeqWriter',
           'StandardOutputFormat', 'TensorBoardOutputFormat', 'make_output_format', 'valid_float_value']

_MOST_CHARACTERS = 40  # of a cell in a table


class KVWriter:
    """Takes named values, such as one row of a table."""

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        """
        :param kvs: values by name
        """
        raise TypeError('{} does not define writekvs(kvs).'.format(type(self).__name__))


class SeqWriter:
    """Takes messages."""

    def writeseq(self, seq: Iterable[str]) -> None:
        """
        :param seq: words of one line
        """
        raise TypeError('{} does not define writeseq(seq).'.format(type(self).__name__))


class HumanOutputFormat(KVWriter, SeqWriter):
    """
    Writes tables and messages for people.

    :param filename_or_file: name of a file to write anew, or an open text file (such as ``sys.stdout``)
    :raises TypeError: when it is neither
    """

    def __init__(self, filename_or_file: Union[str, TextIO]) -> None:
        self.own_file = isinstance(filename_or_file, str)
        if not self.own_file and not hasattr(filename_or_file, 'write'):
            raise TypeError('filename_or_file={!r}: expected the name of a file or an open text file.'
                            .format(filename_or_file))
        self.file = open(filename_or_file, 'w', encoding='utf-8') if self.own_file else filename_or_file

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        if not kvs:
            return
        groups = [[(_shorten(str(key)), _shorten(_with_unit(key, kvs[key]))) for key in group]
                  for group in _in_groups(kvs)]
        key_width, value_width = [max(len(cells[column]) for group in groups for cells in group) for column in (0, 1)]
        border = '-' * (key_width + value_width + 7)
        lines = [border]
        for group in groups:
            lines += ['| {} | {} |'.format(key.ljust(key_width), value.ljust(value_width)) for key, value in group]
            lines.append(border)
        self.file.write('\n'.join(lines) + '\n')
        self.file.flush()

    def writeseq(self, seq: Iterable[str]) -> None:
        self.file.write(' '.join(seq) + '\n')
        self.file.flush()

    def close(self) -> None:
        """Close the file, if this object opened it."""
        if self.own_file:
            self.file.close()


class StandardOutputFormat(HumanOutputFormat):
    """Writes to what ``sys.stdout`` is at the time, since programs (and test runners) put other files there."""

    def __init__(self) -> None:
        super().__init__(sys.stdout)

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        self.file = sys.stdout
        with beside_bars():
            super().writekvs(kvs)

    def writeseq(self, seq: Iterable[str]) -> None:
        self.file = sys.stdout
        with beside_bars():
            super().writeseq(seq)


def _in_groups(kvs: Mapping[str, Any]) -> List[List[str]]:
    """
    :param kvs: a row
    :return: its names: the library's figures as they come, in their groups, then all others, sorted
    """
    groups, common = [], frozenset()
    for key in (key for key in kvs if groups_of(key)):
        common &= groups_of(key)
        if not common:
            groups.append([])
            common = groups_of(key)
        groups[-1].append(key)
    others = sorted(key for key in kvs if not groups_of(key))
    return groups + [others] if others else groups


def _with_unit(key: str, value: Any) -> str:
    return ' '.join(filter(None, [_readable(value), unit_of(key)]))


def _readable(value: Any) -> str:
    if hasattr(value, 'item') and np.ndim(value) == 0:
        value = value.item()
    if not isinstance(value, float):
        return str(value)
    return '{:.0f}'.format(value) if 1e3 <= abs(value) < 1e6 else '{:.3g}'.format(value)


def _shorten(text: str) -> str:
    text = ' '.join(text.split())  # a line break would break the table
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS - 3] + '...'


class JSONOutputFormat(KVWriter):
    """
    Writes one JSON object a line. JSON knows no NaN and no infinity: they are written as null. Tuples become lists, and
    whatever else JSON does not know becomes text.

    :param filename: file to write anew
    """

    def __init__(self, filename: str) -> None:
        self.file = open(filename, 'w', encoding='utf-8')

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        self.file.write(json.dumps({key: _jsonable(value) for key, value in sorted(kvs.items())}, default=str) + '\n')
        self.file.flush()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _jsonable(value: Any) -> Any:
    if hasattr(value, 'tolist') and not isinstance(value, type):  # numpy's arrays and numbers
        value = value.tolist()
    if isinstance(value, dict):
        return {str(key): _jsonable(element) for key, element in value.items()}
    if isinstance(value, (list, tuple)):
        return [_jsonable(element) for element in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class CSVOutputFormat(KVWriter):
    """
    Writes a table of comma-separated values. When a name turns up that has no column yet, the file is written again
    with the column added; rows without a value for it leave it empty.

    :param filename: file to write anew
    """

    def __init__(self, filename: str) -> None:
        self.filename = filename
        self.keys: List[str] = []
        self.file = open(filename, 'w', encoding='utf-8', newline='')

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        new_keys = sorted(set(kvs) - set(self.keys))
        if new_keys:
            self._add_columns(new_keys)
        row = [kvs.get(key) for key in self.keys]
        _csv_writer(self.file).writerow(['' if value is None else value for value in row])
        self.file.flush()

    def _add_columns(self, new_keys: List[str]) -> None:
        self.file.close()
        with open(self.filename, encoding='utf-8', newline='') as old_file:
            rows = list(csv.reader(old_file))[1:]
        self.keys += new_keys
        with replace_on_success(self.filename, 'w') as new_file:
            writer = _csv_writer(new_file)
            writer.writerow(self.keys)
            writer.writerows(row + [''] * len(new_keys) for row in rows)
        self.file = open(self.filename, 'a', encoding='utf-8', newline='')

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _csv_writer(file: TextIO) -> Any:
    return csv.writer(file, lineterminator='\n')


class TensorBoardOutputFormat(KVWriter):
    """
    Writes event files for TensorBoard, at the row's environment steps, or at step n in the n-th call where a row does
    not say them. Tags are the names of the columns. Values that are no numbers are left out.

    :param folder: where; created when missing
    """

    def __init__(self, folder: str) -> None:
        from stable_baselines.common.tensorboard import ScalarWriter  # loads TensorFlow
        self.step = 1
        self.writer = ScalarWriter(folder)

    def writekvs(self, kvs: Mapping[str, Any]) -> None:
        steps = [kvs[clock] for clock in CLOCKS if clock in kvs]
        self.writer.add_scalars({key: value for key, value in kvs.items() if valid_float_value(value)},
                                steps[0] if steps else self.step)
        self.writer.flush()
        self.step += 1

    def close(self) -> None:
        """End the file."""
        self.writer.close()


def valid_float_value(value: Any) -> bool:
    """
    :param value: anything
    :return: whether ``float`` takes it
    """
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def make_output_format(_format: str, ev_dir: str, log_suffix: str = '') -> KVWriter:
    """
    Open a form of output.

    :param _format: 'stdout', 'log' (``log.txt``), 'json' (``progress.json``), 'csv' (``progress.csv``) or
        'tensorboard' (``tb/``)
    :param ev_dir: folder of the files; created when missing
    :param log_suffix: put before the endings
    :return: the writer
    :raises ValueError: for another form
    """
    os.makedirs(ev_dir, exist_ok=True)
    if _format == 'stdout':
        return StandardOutputFormat()
    file_formats = {'log': (HumanOutputFormat, 'log{}.txt'), 'json': (JSONOutputFormat, 'progress{}.json'),
                    'csv': (CSVOutputFormat, 'progress{}.csv'), 'tensorboard': (TensorBoardOutputFormat, 'tb{}')}
    if _format not in file_formats:
        raise ValueError("the log format {!r} is unknown. Known: 'stdout', 'log', 'json', 'csv', 'tensorboard'."
                         .format(_format))
    cls, name = file_formats[_format]
    return cls(os.path.join(ev_dir, name.format(log_suffix)))
