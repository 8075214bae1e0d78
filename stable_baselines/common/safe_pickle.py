"""Reads pickled data without running it.

Admitted are numbers, text, containers, NumPy arrays and scalars, spaces of gym and gymnasium, registered classes, and,
by name only, this library's policy classes and TensorFlow's activation functions. Any other name ends in PickleRefused
before anything is imported or called.
"""
import contextlib
from typing import Any, Dict, Iterator, List, Optional, Tuple

import numpy as np

from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.named_objects import RegisteredType, find_activation, find_policy, registered_by_path
from stable_baselines.common.pickle_budget import Budget
from stable_baselines.common.pickle_builtins import builtin_constructors
from stable_baselines.common.pickle_machine import Global, Machine, Record
from stable_baselines.common.pickle_numpy import ArrayRecord, DtypeRecord, numpy_constructors
from stable_baselines.common.space_description import SPACE_KINDS, space_from_attributes

__all__ = ['loads', 'loads_items']

_MAX_DEPTH = 64
_BYTES_A_VALUE = 64  # of texts and arrays, in counting repetitions
_PLAIN = (type(None), bool, int, float, str, bytes)
_NUMBER_TYPES = ('bool_', 'int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64', 'float16',
                 'float32', 'float64')
# A space keeps its random generator; generators are read past, not restored.
_GENERATOR_MODULES = ('numpy.random', 'gym.utils.seeding', 'gymnasium.utils.seeding')
_RENAMED = (('numpy._core.', 'numpy.core.'), ('__builtin__', 'builtins'), ('copy_reg', 'copyreg'))


def loads(blob: bytes, source: str, budget: Optional[Budget] = None) -> Any:
    """
    Read a pickle that may come from a stranger.

    :param blob: the pickle, protocol 2 to 5
    :param source: where it comes from (a file's name, and the key in it); messages start with it
    :param budget: what is left of what all pickles of the file may take; None for a pickle by itself
    :return: the data; spaces are made by the installed gym, whichever release wrote them
    :raises PickleRefused: when it needs anything that is not admitted
    :raises FileFormatError: when it is malformed
    """
    reader = _Reader(len(blob), source, budget)
    with _one_error(source):
        return reader.finish(reader.run(blob), 0)


def loads_items(blob: bytes, source: str) -> Tuple[Dict[Any, Any], List[Any], Any]:
    """
    Read a pickle of a dictionary and something else, where some of the dictionary's items may not be admitted.

    :param blob: the pickle, protocol 2 to 5
    :param source: as of ``loads``
    :return: the items that are admitted, the keys of the others, and what stands beside the dictionary
    :raises PickleRefused: when that is not admitted
    :raises FileFormatError: when the pickle is malformed, or of something else
    """
    reader = _Reader(len(blob), source, marks_refused=True)
    admitted, refused = {}, []
    with _one_error(source):
        items, beside = reader.run(blob)
        for key, value in items.items():
            try:
                admitted[key] = reader.finish(value, 0)
            except PickleRefused:
                refused.append(key)
        return admitted, refused, reader.finish(beside, 0)


@contextlib.contextmanager
def _one_error(source: str) -> Iterator[None]:
    """
    :param source: where a pickle comes from
    :return: context manager that turns what a malformed one leads to into one exception
    :raises FileFormatError: in place of all others
    """
    try:
        yield
    except FileFormatError:
        raise
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
            MemoryError) as error:
        raise FileFormatError('{}: the pickle cannot be read ({}: {}).'
                              .format(source, type(error).__name__, str(error)[:300])) from error


class _SpaceRecord(Record):
    """A space: its class, and its attributes as pickled.

    :param kind: class name, such as 'Box'
    """

    def __init__(self, kind: str):
        self.kind = kind


class _RegisteredRecord(Record):
    """An instance of a registered class.

    :param entry: how instances of the class are made
    """

    def __init__(self, entry: RegisteredType):
        self.entry = entry


class _GeneratorRecord(Record):
    """A random generator, or a part of one; it stays unread."""


class _RefusedRecord(Record):
    """In place of an object that is not admitted. It swallows whatever the pickle does with it.

    :param path: the name that was not admitted
    """

    def __init__(self, path: str):
        self.path = path
        self.construct = lambda arguments: self


class _Reader:
    """Decides which names a pickle may use, and turns the records it leaves behind into objects.

    :param length: bytes of the pickle, which bound what arrays may take
    :param source: where it comes from
    :param budget: what it may take besides; None for a new one
    :param marks_refused: let the pickle use names that are not admitted; ``finish`` refuses what depends on them
    """

    def __init__(self, length: int, source: str, budget: Optional[Budget] = None, marks_refused: bool = False):
        self._marks_refused, self._budget = marks_refused, Budget() if budget is None else budget
        self._size = 0  # of what is finished, with all repetitions
        # A pickle can name the same bytes many times, and each array copies them.
        self._allowance = 1024 ** 2 + 4 * length
        self._source = source
        self._finished = {}  # type: Dict[int, Tuple[Any, Any, int]]  # id -> value, its object, and the size of that
        self._admitted = {}  # type: Dict[Tuple[str, str], Global]
        self._constructors = numpy_constructors(self._spend)
        self._constructors.update(builtin_constructors(self._spend))

    def run(self, blob: bytes) -> Any:
        """
        :param blob: the pickle
        :return: what the machine leaves, for ``finish``
        """
        return Machine(blob, self._source, self.admit, self._budget).run()

    def _spend(self, count: int) -> None:
        self._allowance -= count
        if self._allowance < 0:
            raise FileFormatError('{}: the pickle asks for far more memory than its own size.'.format(self._source))

    def admit(self, module: str, name: str) -> Global:
        """
        :param module: as the pickle names it
        :param name: as the pickle names it
        :return: what the name stands for
        :raises PickleRefused: when it stands for nothing that is admitted
        """
        if (module, name) not in self._admitted:
            self._admitted[module, name] = self._look_up(module, name)
        return self._admitted[module, name]

    def _look_up(self, module: str, name: str) -> Global:
        for old, new in _RENAMED:
            if module == old or (old.endswith('.') and module.startswith(old)):
                module = new + module[len(old):]
        path = '{}.{}'.format(module, name)
        if path in self._constructors:
            return Global(path, self._constructors[path])
        found = _admit_class(module, name, path) or _admit_value(module, name, path)
        if found is None and self._marks_refused:
            return Global(path, _RefusedRecord(path).construct)
        if found is None:
            raise PickleRefused('{}: the pickle refers to {!r}, which is neither data nor a class known here. Nothing '
                                'was executed.'
                                .format(self._source, path[:200]))
        return found

    def finish(self, value: Any, depth: int) -> Any:
        """
        Replace records by the objects they describe.

        :param value: what the machine left
        :param depth: of nesting
        :return: the object
        :raises FileFormatError: when it is nested too deep, or contains itself
        """
        if type(value) in _PLAIN or isinstance(value, np.generic):
            self._size += 1 + _bulk(value)
            self._budget.repeat(_bulk(value))
            return value
        if depth > _MAX_DEPTH:
            raise FileFormatError('{}: the pickled data is nested more than {} deep.'.format(self._source, _MAX_DEPTH))
        if id(value) in self._finished:
            size = self._finished[id(value)][2]
            self._budget.repeat(size)
            self._size += size
        else:
            before = self._size
            result = self._finish_new(value, depth + 1)
            self._size += 1 + _bulk(result)
            # The value is kept beside its result: its id must not be given to another object meanwhile.
            self._finished[id(value)] = (value, result, self._size - before)
        return self._finished[id(value)][1]

    def _finish_new(self, value: Any, depth: int) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(self.finish(item, depth) for item in value)
        if isinstance(value, dict):
            return type(value)((key, self.finish(item, depth)) for key, item in value.items())
        if isinstance(value, ArrayRecord):
            return value.complete(lambda item: self.finish(item, depth))
        if isinstance(value, DtypeRecord):
            return value.dtype
        if isinstance(value, _SpaceRecord):
            return space_from_attributes(value.kind, self._attributes(value, depth, ('_np_random', 'np_random')))
        if isinstance(value, _RegisteredRecord):
            return value.entry.from_dict(self._attributes(value, depth, ()))
        if isinstance(value, Global) and value.value is not None:
            return value.value
        name = getattr(value, 'path', 'a set or a random generator')[:200]
        raise PickleRefused('{}: the pickle holds {}, which is not data. Nothing was executed.'
                            .format(self._source, name))

    def _attributes(self, record: Record, depth: int, ignored: Tuple[str, ...]) -> Dict[str, Any]:
        """
        :param record: an instance as pickled
        :param depth: of nesting
        :param ignored: attributes that are left out
        :return: its attributes
        :raises FileFormatError: when the pickle gave it something else
        """
        state = record.state
        if isinstance(state, tuple) and len(state) == 2:
            # Objects with slots: their dictionary, then the slots.
            state = {**(state[0] or {}), **(state[1] or {})}
        if not isinstance(state, dict):
            raise FileFormatError('{}: a pickled object has no attributes.'.format(self._source))
        return {key: self.finish(item, depth) for key, item in state.items() if key not in ignored}


def _bulk(value: Any) -> int:
    """
    :param value: a part of the result
    :return: what it counts for beyond being one value
    """
    size = value.nbytes if isinstance(value, (np.ndarray, np.generic)) else 0
    return (len(value) if isinstance(value, (str, bytes)) else size) // _BYTES_A_VALUE


def _admit_class(module: str, name: str, path: str) -> Optional[Global]:
    """
    :param module: name of a module
    :param name: name in it
    :param path: both
    :return: a class whose instances are read as records, None when it is not one
    """
    if name in SPACE_KINDS and module.split('.')[0] in ('gym', 'gymnasium') and module.split('.')[1:2] == ['spaces']:
        return Global(path, lambda arguments: _SpaceRecord(name))
    if any(module == known or module.startswith(known + '.') for known in _GENERATOR_MODULES):
        return Global(path, lambda arguments: _GeneratorRecord())
    entry = registered_by_path(module, name)
    return None if entry is None else Global(path, lambda arguments: _RegisteredRecord(entry))


def _admit_value(module: str, name: str, path: str) -> Optional[Global]:
    """
    :param module: name of a module
    :param name: name in it
    :param path: both
    :return: a name that is a value in itself and never called, None when it is not one
    """
    if path in ('builtins.object', 'numpy.ndarray'):
        return Global(path)
    if module == 'numpy' and name in _NUMBER_TYPES:
        return Global(path, value=getattr(np, name))
    value = find_policy(module, name)
    if value is None and module.startswith('tensorflow.'):
        value = find_activation(name)
    return None if value is None else Global(path, value=value)
