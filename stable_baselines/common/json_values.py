"""Values of a model's description as JSON, and back.

JSON's own types are written as they are. Other values become an object with one of the keys below; what none of them
can express (functions, instances of unknown classes) is pickled, and then read back only by a caller who allows it.
"""
import base64
from collections import OrderedDict
from typing import Any, Callable, Dict, NamedTuple, Optional

import numpy as np

from stable_baselines.common.array_json import (
    ARRAY_KEY,
    NUMBER_KEY,
    describe_array,
    describe_number,
    describe_scalar,
    restore_array,
    restore_scalar,
)
from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.named_objects import (
    activation_name,
    find_activation,
    find_policy,
    policy_reference,
    registered_by_tag,
    registered_for,
)
from stable_baselines.common.pickle_budget import MAX_COLLIDING, Budget, may_collide
from stable_baselines.common.safe_pickle import loads
from stable_baselines.common.space_description import SPACE_KEY, build_space, describe_space, is_space

__all__ = ['UNSAVED_KEY', 'encode', 'decode']

# The two keys of stable-baselines' own files.
TYPE_KEY, PICKLE_KEY = ':type:', ':serialized:'
# In the place of a value that could be neither described nor pickled: why.
UNSAVED_KEY = '__unsaved__'
TUPLE_KEY, ITEMS_KEY, FLOAT_KEY = '__tuple__', '__items__', '__float__'
POLICY_KEY, TENSORFLOW_KEY, OBJECT_KEY = '__policy__', '__tf__', '__object__'
_MAX_DEPTH = 64


def encode(value: Any) -> Any:
    """
    :param value: anything
    :return: what ``json.dumps(..., allow_nan=False)`` accepts and ``decode`` turns back into an equal value
    :raises ValueError: when the value can be neither described nor pickled; names its type
    """
    return _describe(value, 0)


def _describe(value: Any, depth: int) -> Any:
    """
    :param value: anything
    :param depth: of nesting
    :return: JSON
    :raises ValueError: when it can be neither described nor pickled, or is nested too deep
    """
    if depth > _MAX_DEPTH:
        raise ValueError('it is nested more than {} deep'.format(_MAX_DEPTH))
    try:
        simple = _describe_simple(value)
    except ValueError:
        return _pickled(value)
    if simple is not None or value is None:
        return simple
    if type(value) is list:
        return [_describe(item, depth + 1) for item in value]
    if type(value) is tuple:
        return {TUPLE_KEY: [_describe(item, depth + 1) for item in value]}
    if type(value) in (dict, OrderedDict):
        return _describe_dict(value, depth)
    entry = registered_for(value)
    if entry is not None:
        return {OBJECT_KEY: entry.tag, 'state': _describe(entry.to_dict(value), depth + 1)}
    return _describe_named(value)


def _describe_simple(value: Any) -> Any:
    """
    :param value: anything
    :return: JSON of a number, text, an array or a space; None for everything else
    :raises ValueError: for arrays and spaces that cannot be described
    """
    # NumPy's float64 is a float as well: its type is to survive, so NumPy comes first.
    if isinstance(value, np.generic):
        return describe_scalar(value)
    if isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        number = describe_number(float(value))
        return {FLOAT_KEY: number} if isinstance(number, str) else number
    if isinstance(value, np.ndarray):
        return describe_array(value)
    return describe_space(value) if is_space(value) else None


def _describe_dict(value: Dict[Any, Any], depth: int) -> Dict[str, Any]:
    """
    :param value: dictionary
    :param depth: of nesting
    :return: JSON object, or a list of pairs where the keys are not text or look like keys of this module
    """
    if all(type(key) is str and not key.startswith(('__', ':')) for key in value):
        return {key: _describe(item, depth + 1) for key, item in value.items()}
    if sum(map(may_collide, value)) > MAX_COLLIDING:
        raise ValueError('it is a dictionary with more than {} keys that are neither text nor short integers'.format(
            MAX_COLLIDING))
    return {ITEMS_KEY: [[_describe(key, depth + 1), _describe(item, depth + 1)] for key, item in value.items()]}


def _describe_named(value: Any) -> Dict[str, Any]:
    """
    :param value: an object of a kind not described otherwise
    :return: JSON of its name, or of its pickle when it has none that may stand in a file
    :raises ValueError: when it cannot be pickled either
    """
    reference = policy_reference(value)
    if reference is not None:
        description = {POLICY_KEY: reference['name'], 'module': reference['module']}
        if not reference['module'].startswith('stable_baselines.'):
            # A user's class: by name where the program that loads has it, else by value for those who allow pickle.
            description.update(_pickle_if_possible(value))
        return description
    name = activation_name(value)
    return _pickled(value) if name is None else {TENSORFLOW_KEY: name}


def _pickle_if_possible(value: Any) -> Dict[str, str]:
    """
    :param value: anything
    :return: its pickle as JSON, empty when it cannot be pickled
    """
    try:
        return _pickled(value)
    except ValueError:
        return {}


def _pickled(value: Any) -> Dict[str, str]:
    """
    :param value: anything
    :return: its pickle as JSON
    :raises ValueError: when it cannot be pickled
    """
    import cloudpickle
    try:
        # Protocol 4 is the newest that every supported Python reads.
        blob = cloudpickle.dumps(value, protocol=4)
    except Exception as error:
        raise ValueError('{!r} of {} can be neither described nor pickled ({}: {}).'
                         .format(value, type(value), type(error).__name__, error)) from error
    return {TYPE_KEY: str(type(value)), PICKLE_KEY: base64.b64encode(blob).decode('ascii')}


class _Origin(NamedTuple):
    """Where an item comes from.

    :param source: the file and the key, for messages
    :param allow_pickle: whether its pickles may be run
    :param budget: what all pickles and dictionaries of the file may take
    """

    source: str
    allow_pickle: bool
    budget: Budget


def decode(item: Any, source: str, allow_pickle: bool = False, budget: Optional[Budget] = None) -> Any:
    """
    :param item: what ``encode`` gave, or an item of a file of stable-baselines
    :param source: the file and the key, for messages
    :param allow_pickle: restore what can only be restored by running the pickle in the file
    :param budget: shared by all items of the file; None for an item by itself
    :return: the value
    :raises PickleRefused: when only that would restore it and it is not allowed or fails, or it names what is not
        loaded
    :raises FileFormatError: when the item is malformed
    """
    try:
        return _restore(item, _Origin(source, allow_pickle, Budget() if budget is None else budget), 0)
    except FileFormatError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, MemoryError) as error:
        raise FileFormatError('{}: malformed ({}: {}).'
                              .format(source, type(error).__name__, str(error)[:300])) from error


def _restore(item: Any, origin: _Origin, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError('nested more than {} deep'.format(_MAX_DEPTH))

    def inner(part: Any) -> Any:
        return _restore(part, origin, depth + 1)

    if isinstance(item, list):
        return [inner(part) for part in item]
    if not isinstance(item, dict):
        return item
    if PICKLE_KEY in item:
        return _restore_pickled(item, origin)
    for key, restore in _RESTORERS.items():
        if key in item:
            return restore(item, inner, origin)
    return {key: inner(part) for key, part in item.items()}


def _restore_pickled(item: Dict[str, Any], origin: _Origin) -> Any:
    """
    :param item: with a base64 pickle, and perhaps a policy's name
    :param origin: where it comes from
    :return: the value
    :raises FileFormatError: when it is not restored
    """
    policy = find_policy(item.get('module'), item.get(POLICY_KEY))
    if policy is not None:
        return policy
    blob = base64.b64decode(item[PICKLE_KEY], validate=True)
    try:
        # First without running it, even where that is allowed: spaces then fit the installed gym.
        return loads(blob, origin.source, origin.budget)
    except FileFormatError:
        if not origin.allow_pickle:
            raise
    import cloudpickle
    try:
        return cloudpickle.loads(blob)
    except Exception as error:
        raise PickleRefused('{}: its pickle does not load here ({}: {}).'
                            .format(origin.source, type(error).__name__, error)) from error


def _restore_policy(item: Dict[str, Any], inner: Callable[[Any], Any], origin: _Origin) -> type:
    policy = find_policy(item.get('module'), item[POLICY_KEY])
    if policy is None:
        raise PickleRefused('{}: the policy class {}.{} is not loaded. Import its module first.'
                            .format(origin.source, item.get('module'), item[POLICY_KEY]))
    return policy


def _restore_activation(item: Dict[str, Any], inner: Callable[[Any], Any], origin: _Origin) -> Any:
    function = find_activation(item[TENSORFLOW_KEY])
    if function is None:
        raise PickleRefused('{}: tf.{} is not a known activation function.'.format(origin.source, item[TENSORFLOW_KEY]))
    return function


def _restore_registered(item: Dict[str, Any], inner: Callable[[Any], Any], origin: _Origin) -> Any:
    entry = registered_by_tag(item[OBJECT_KEY])
    if entry is None:
        raise PickleRefused('{}: nothing is registered under the name {!r}.'.format(origin.source, item[OBJECT_KEY]))
    return entry.from_dict(inner(item['state']))


def _refuse_unsaved(item: Dict[str, Any], inner: Callable[[Any], Any], origin: _Origin) -> Any:
    raise PickleRefused('{}: its value could not be saved ({}).'.format(origin.source, str(item[UNSAVED_KEY])[:300]))


def _pairs(item: Dict[str, Any], inner: Callable[[Any], Any], origin: _Origin) -> Dict[Any, Any]:
    pairs = [(inner(key), inner(value)) for key, value in item[ITEMS_KEY]]
    for key, _ in pairs:
        origin.budget.take_key(key)
    return dict(pairs)


_RESTORERS = {
    TUPLE_KEY: lambda item, inner, origin: tuple(inner(part) for part in item[TUPLE_KEY]),
    ITEMS_KEY: _pairs,
    FLOAT_KEY: lambda item, inner, origin: float(item[FLOAT_KEY]),
    SPACE_KEY: lambda item, inner, origin: build_space(item),
    ARRAY_KEY: lambda item, inner, origin: restore_array(item),
    NUMBER_KEY: lambda item, inner, origin: restore_scalar(item),
    POLICY_KEY: _restore_policy, TENSORFLOW_KEY: _restore_activation, OBJECT_KEY: _restore_registered,
    UNSAVED_KEY: _refuse_unsaved,
}  # type: Dict[str, Callable[[Dict[str, Any], Callable[[Any], Any], _Origin], Any]]
