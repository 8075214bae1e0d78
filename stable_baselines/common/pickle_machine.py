"""A pickle interpreter that builds data and calls nothing.

A pickle is a program for a stack machine. Python's own machine imports whatever module the program names and calls what
it finds there. This one knows the instructions that build numbers, text and containers; a name becomes a ``Global``
only when the caller admits it, and an instruction that would call a name runs the constructor which the caller wrote
for it, or fails. It is bounded in memory and time: the work is limited by the length of the program, whatever sizes the
program claims.
"""
import struct
from collections import OrderedDict
from typing import Any, Callable, List, Optional, Tuple

from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.pickle_budget import MAX_INSTRUCTIONS, Budget

__all__ = ['Machine', 'Global', 'Record']

_MAX_NAME = 200
_MAX_INTEGER_BYTES = 64
_KEY_TYPES = (str, int, float, bool, bytes, type(None))


class Record:
    """An object under construction: what a pickle says about it, without the object."""

    state = None  # type: Any
    construct = None  # type: Optional[Callable[[Tuple], Any]]  # what stands in for calling the object

    def build(self, state: Any) -> None:
        """
        :param state: what the pickle would hand to ``__setstate__``
        """
        self.state = state


class Global:
    """A name that the caller admits.

    :param path: module and name, for messages
    :param construct: what stands in for calling it: tuple of arguments -> object; None when it must not be called
    :param value: what the name itself means as a value in the result; None when it means nothing
    """

    def __init__(self, path: str, construct: Optional[Callable[[Tuple], Any]] = None, value: Any = None):
        self.path = path
        self.construct = construct
        self.value = value


class Machine:
    """Runs one pickle.

    :param blob: the pickle
    :param source: where it comes from; messages start with it
    :param admit: (module, name) -> Global, or raises PickleRefused
    :param budget: what is left for this pickle; None for a new one
    """

    def __init__(self, blob: bytes, source: str, admit: Callable[[str, str], Global], budget: Optional[Budget] = None):
        self._blob = blob
        self._budget = Budget() if budget is None else budget
        self._source = source
        self._admit = admit
        self._position = 0
        self._stack = []  # type: List[Any]
        self._marks = []  # type: List[List[Any]]
        self._memo = {}  # type: Dict[int, Any]

    def run(self) -> Any:
        """
        :return: the object at the end, which may hold Records and Globals
        :raises FileFormatError: when the pickle is malformed or too long
        :raises PickleRefused: when it uses an instruction or a name that is not admitted
        """
        count = 0
        try:
            while count < self._budget.instructions:
                count += 1
                code = self._take(1)
                if code == b'.':
                    return self._pop()
                instruction = _INSTRUCTIONS.get(code)
                if instruction is None:
                    raise PickleRefused('{}: the pickle uses instruction {!r}, which is not read.'
                                        .format(self._source, code))
                instruction(self)
        finally:
            self._budget.instructions -= count
        raise self._error('it has more than {} instructions'.format(MAX_INSTRUCTIONS))

    def _error(self, reason: str) -> FileFormatError:
        """
        :param reason: what is wrong
        :return: the exception
        """
        return FileFormatError('{}: the pickle cannot be read, {} (byte {}).'
                               .format(self._source, reason, self._position))

    # Reading the program.

    def _take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._blob):
            raise self._error('it ends {} bytes early'.format(end - len(self._blob)))
        data = self._blob[self._position:end]
        self._position = end
        return data

    def _number(self, width: int, signed: bool = False) -> int:
        return int.from_bytes(self._take(width), 'little', signed=signed)

    def _line(self) -> str:
        end = self._blob.find(b'\n', self._position, self._position + _MAX_NAME)
        if end < 0:
            raise self._error('a name has no end')
        return self._take(end + 1 - self._position)[:-1].decode('utf-8')

    # The stack.

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _push_new(self, container: Any) -> None:
        self._budget.take_container()
        self._stack.append(container)

    def _pop(self) -> Any:
        if not self._stack:
            raise self._error('it takes more from its stack than it put there')
        return self._stack.pop()

    def _pop_to_mark(self) -> List[Any]:
        if not self._marks:
            raise self._error('a mark is missing')
        items, self._stack = self._stack, self._marks.pop()
        return items

    def _top(self, *types: type) -> Any:
        if not self._stack or type(self._stack[-1]) not in types:
            raise self._error('an instruction expects {} on the stack'.format(' or '.join(t.__name__ for t in types)))
        return self._stack[-1]

    # Instructions.

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._push_new(None)
        self._stack.pop()
        self._stack = []

    def _tuple_of(self, count: int) -> None:
        items = [self._pop() for _ in range(count)]
        self._push_new(tuple(reversed(items)))

    def _long(self, width: int) -> None:
        length = self._number(width)
        if length > _MAX_INTEGER_BYTES:
            raise self._error('an integer claims {} bytes'.format(length))
        self._push(self._number(length, signed=True))

    def _text(self, width: int) -> None:
        self._push(self._take(self._number(width)).decode('utf-8', 'surrogatepass'))

    def _extend(self, items: List[Any]) -> None:
        self._top(list).extend(items)

    def _set_items(self, items: List[Any]) -> None:
        target = self._top(dict, OrderedDict)
        if len(items) % 2:
            raise self._error('a dictionary has a key without a value')
        target.update(zip(map(self._key, items[::2]), items[1::2]))

    def _append_one(self) -> None:
        item = self._pop()
        self._extend([item])

    def _set_one(self) -> None:
        value, key = self._pop(), self._pop()
        self._set_items([key, value])

    def _dict(self) -> None:
        items = self._pop_to_mark()
        self._push_new({})
        self._set_items(items)

    def _key(self, key: Any) -> Any:
        # Nested tuples are refused: their hash takes time that doubles with each level.
        parts = key if type(key) is tuple else (key,)
        if len(parts) > 16 or any(type(part) not in _KEY_TYPES for part in parts):
            raise PickleRefused('{}: the pickle holds a dictionary whose keys are neither text nor numbers.'
                                .format(self._source))
        self._budget.take_key(key)
        return key

    def _frozenset(self) -> None:
        self._pop_to_mark()
        self._push_new(Record())  # which is no data

    def _put(self, index: int) -> None:
        if not self._stack:
            raise self._error('there is nothing to remember')
        self._memo[index] = self._stack[-1]

    def _get(self, index: int) -> None:
        if index not in self._memo:
            raise self._error('it refers to object {}, which it did not build'.format(index))
        self._push(self._memo[index])

    def _global(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str) or len(module) + len(name) > 2 * _MAX_NAME:
            raise self._error('a name is not text')
        self._push_new(self._admit(module, name))

    def _read_global(self) -> None:
        module = self._line()
        self._global(module, self._line())

    def _stack_global(self) -> None:
        name, module = self._pop(), self._pop()
        self._global(module, name)

    def _construct(self) -> None:
        arguments, callee = self._pop(), self._pop()
        if not isinstance(callee, (Global, Record)) or callee.construct is None or type(arguments) is not tuple:
            raise PickleRefused('{}: the pickle calls {}, which is not admitted. Nothing was executed.'.format(
                self._source, callee.path if isinstance(callee, Global) else 'a ' + type(callee).__name__))
        self._push_new(callee.construct(arguments))

    def _construct_with_keywords(self) -> None:
        if self._pop() != {}:
            raise self._error('a constructor with keyword arguments is not read')
        self._construct()

    def _build(self) -> None:
        state = self._pop()
        record = self._pop()
        if not isinstance(record, Record):
            raise PickleRefused('{}: the pickle sets the state of a {}, which is not admitted. Nothing was executed.'
                                .format(self._source, type(record).__name__))
        record.build(state)
        self._push(record)


def _constant(value: Any) -> Callable[[Machine], None]:
    return lambda machine: machine._push(value)


_INSTRUCTIONS = {
    b'\x80': lambda m: m._number(1),                                   # protocol
    b'\x95': lambda m: m._number(8),                                   # frame
    b'(': Machine._mark,
    b'0': Machine._pop,
    b'N': _constant(None), b'\x88': _constant(True), b'\x89': _constant(False),
    b'K': lambda m: m._push(m._number(1)),
    b'M': lambda m: m._push(m._number(2)),
    b'J': lambda m: m._push(m._number(4, signed=True)),
    b'\x8a': lambda m: m._long(1),
    b'\x8b': lambda m: m._long(4),
    b'G': lambda m: m._push(struct.unpack('>d', m._take(8))[0]),
    b'\x8c': lambda m: m._text(1), b'X': lambda m: m._text(4), b'\x8d': lambda m: m._text(8),
    b'C': lambda m: m._push(m._take(m._number(1))),
    b'B': lambda m: m._push(m._take(m._number(4))),
    b'\x8e': lambda m: m._push(m._take(m._number(8))),
    b'\x96': lambda m: m._push(m._take(m._number(8))),                  # bytearray: as bytes, arrays copy it
    b']': lambda m: m._push_new([]), b'}': lambda m: m._push_new({}), b')': lambda m: m._push(()),
    b'a': Machine._append_one,
    b'e': lambda m: m._extend(m._pop_to_mark()),
    b's': Machine._set_one,
    b'u': lambda m: m._set_items(m._pop_to_mark()),
    b't': lambda m: m._push_new(tuple(m._pop_to_mark())),
    b'l': lambda m: m._push_new(m._pop_to_mark()),
    b'd': Machine._dict,
    b'\x85': lambda m: m._tuple_of(1), b'\x86': lambda m: m._tuple_of(2), b'\x87': lambda m: m._tuple_of(3),
    b'\x91': Machine._frozenset,
    b'q': lambda m: m._put(m._number(1)), b'r': lambda m: m._put(m._number(4)),
    b'\x94': lambda m: m._put(len(m._memo)),
    b'h': lambda m: m._get(m._number(1)), b'j': lambda m: m._get(m._number(4)),
    b'c': Machine._read_global, b'\x93': Machine._stack_global,
    b'R': Machine._construct, b'\x81': Machine._construct, b'\x92': Machine._construct_with_keywords,
    b'b': Machine._build,
}  # type: Dict[bytes, Callable[[Machine], Any]]
