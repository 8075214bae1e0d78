"""What stands in for functions of Python that a pickle names to build plain data."""
from collections import OrderedDict
from typing import Any, Callable, Dict, Tuple

from stable_baselines.common.pickle_machine import Global, Record

__all__ = ['builtin_constructors']


def _ordered_dict(arguments: Tuple) -> OrderedDict:
    """
    :param arguments: empty; the items follow by other instructions
    :return: a new one
    :raises ValueError: for the form of Python 2, which gives the items here
    """
    if arguments:
        raise ValueError('an OrderedDict of Python 2 is not read')
    return OrderedDict()


def _no_bytes(arguments: Tuple) -> bytes:
    """
    Pickle protocol 2 writes empty bytes as this call.

    :param arguments: empty
    :return: empty bytes
    :raises ValueError: when there are arguments: a number would be a size
    """
    if arguments:
        raise ValueError('bytes are written in an unknown way')
    return b''


def _latin1(arguments: Tuple) -> bytes:
    """
    Pickle protocol 2 has no bytes: it writes them as text and asks to encode it.

    :param arguments: text, 'latin1'
    :return: the bytes
    :raises ValueError: for another encoding
    """
    text, encoding = arguments
    if type(text) is not str or encoding != 'latin1':
        raise ValueError('bytes are written in an unknown way')
    return text.encode('latin1')


def _reconstruct(arguments: Tuple) -> Record:
    """
    :param arguments: a class that is read as records, then, in protocol 2, its base and the base's state
    :return: a new record
    :raises ValueError: when the first is no such class
    """
    if not arguments or not isinstance(arguments[0], Global) or arguments[0].construct is None:
        raise ValueError('an instance of an unknown class')
    record = arguments[0].construct(())
    if not isinstance(record, Record):
        raise ValueError('an instance of {} is not read in this form'.format(arguments[0].path))
    return record


def builtin_constructors(spend: Callable[[int], None]) -> Dict[str, Callable[[Tuple], Any]]:
    """
    :param spend: number of bytes -> None; raises when the pickle has used up what its length allows
    :return: path of a function -> what stands in for calling it
    """
    def latin1(arguments: Tuple) -> bytes:
        content = _latin1(arguments)
        spend(len(content))
        return content

    return {'collections.OrderedDict': _ordered_dict, '_codecs.encode': latin1, 'builtins.bytes': _no_bytes,
            'copyreg._reconstructor': _reconstruct, 'copyreg.__newobj__': _reconstruct}
