"""Observation and action spaces as plain JSON, independent of the gym that made them.

A pickled space holds whatever attributes its class had in that release of gym, so it often cannot be restored by
another. Here a space is what defines it (bounds, type, shape, counts) and is built anew by the gym that is installed.
"""
from collections import OrderedDict
from typing import Any, Dict, Mapping, Optional, Tuple, Union

import numpy as np

from stable_baselines.common.array_json import describe_array, describe_number, restore_array
from stable_baselines.common.gym_api import spaces

__all__ = ['SPACE_KEY', 'SPACE_KINDS', 'is_space', 'describe_space', 'build_space', 'check_box_sizes',
           'space_from_attributes']

SPACE_KEY = '__space__'
# Elements of a Box. A file can declare any shape in a few bytes; no observation is that large.
MAX_BOX_SIZE = 2 ** 23
SPACE_KINDS = ('Box', 'Discrete', 'MultiDiscrete', 'MultiBinary', 'Tuple', 'Dict')
_PACKAGES = ('gym', 'gymnasium')


def is_space(candidate: Any) -> bool:
    """
    :param candidate: anything
    :return: whether its class is one of those that can be described, of gym or gymnasium
    """
    return _kind(candidate) is not None


def _kind(candidate: Any) -> Optional[str]:
    """
    :param candidate: anything
    :return: name of the known space class it is an instance of, else None
    """
    for base in type(candidate).__mro__:
        if base.__name__ in SPACE_KINDS and base.__module__.split('.')[0] in _PACKAGES:
            return base.__name__
    return None


def describe_space(space: Any) -> Dict[str, Any]:
    """
    :param space: a space of gym or gymnasium for which ``is_space`` holds
    :return: JSON-ready dictionary, the inverse of ``build_space``
    :raises ValueError: for any other kind of space; names it
    """
    kind = _kind(space)
    if kind == 'Box':
        return {SPACE_KEY: kind, 'dtype': space.dtype.name, 'shape': list(space.shape),
                'low': _describe_bound(space.low), 'high': _describe_bound(space.high)}
    if kind == 'Discrete':
        return {SPACE_KEY: kind, 'n': int(space.n), 'start': int(getattr(space, 'start', 0))}
    if kind == 'MultiDiscrete':
        return {SPACE_KEY: kind, 'nvec': np.asarray(space.nvec).tolist()}
    if kind == 'MultiBinary':
        return {SPACE_KEY: kind, 'n': np.asarray(space.n).tolist()}
    if kind == 'Tuple':
        return {SPACE_KEY: kind, 'spaces': [describe_space(part) for part in space.spaces]}
    if kind == 'Dict':
        # Pairs, because JSON objects know only text as keys.
        return {SPACE_KEY: kind, 'spaces': [[_checked_key(key), describe_space(part)]
                                            for key, part in space.spaces.items()]}
    raise ValueError('space={!r} of {} cannot be described. Known spaces are {}.'
                     .format(space, type(space), ', '.join(SPACE_KINDS)))


def _checked_key(key: Any) -> Union[str, int]:
    """
    :param key: key of a part of a Dict space
    :return: the key
    :raises ValueError: unless it is text or an integer
    """
    if type(key) not in (str, int):
        raise ValueError('The key {!r} of a Dict space cannot be described: keys must be text or integers.'.format(key))
    return key


def build_space(description: Mapping[str, Any]) -> spaces.Space:
    """
    :param description: what ``describe_space`` gave
    :return: the space, made by the installed gym
    :raises ValueError: when the description is incomplete or contradicts itself
    """
    try:
        check_box_sizes(description)
        return _build(description[SPACE_KEY], description)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, OverflowError, RecursionError) as error:
        raise ValueError('space description {}: {}: {}. Expected what describe_space writes.'
                         .format(_shortened(description), type(error).__name__, error)) from error


def space_from_attributes(kind: str, attributes: Mapping[str, Any]) -> spaces.Space:
    """
    Make a space from the attributes some release of gym gave it. Only what defines the space is read.

    :param kind: class name, such as 'Box'
    :param attributes: its instance attributes; parts of a Tuple or Dict must be spaces already
    :return: the space, made by the installed gym
    :raises ValueError: when a defining attribute is missing or wrong
    """
    values = dict(attributes)
    if 'shape' not in values and '_shape' in values:
        values['shape'] = values['_shape']
    if kind in ('Tuple', 'Dict') and isinstance(values.get('spaces'), Mapping):
        values['spaces'] = list(values['spaces'].items())
    try:
        return _build(kind, values)
    except (ValueError, TypeError, KeyError, AttributeError, AssertionError, OverflowError, RecursionError) as error:
        raise ValueError('{} space with attributes {}: {}: {}'.format(kind, _shortened(sorted(values)),
                                                                      type(error).__name__, error)) from error


def _build(kind: str, values: Mapping[str, Any]) -> spaces.Space:
    """
    :param kind: class name
    :param values: defining values, either JSON or arrays
    :return: the space
    :raises ValueError: (or whatever gym and NumPy raise) for unusable values
    """
    if kind == 'Box':
        return _build_box(values)
    if kind == 'Discrete':
        return _build_discrete(int(values['n']), int(values.get('start', 0)))
    if kind == 'MultiDiscrete':
        return spaces.MultiDiscrete(np.asarray(values['nvec'], dtype=np.int64))
    if kind == 'MultiBinary':
        count = np.asarray(values['n'], dtype=np.int64)
        if count.size == 0 or (count <= 0).any():
            raise ValueError('n={} of a MultiBinary space must be positive'.format(count.tolist()))
        return spaces.MultiBinary(count.tolist())
    if kind == 'Tuple':
        return spaces.Tuple([_part(part) for part in values['spaces']])
    if kind == 'Dict':
        return spaces.Dict(OrderedDict((key, _part(part)) for key, part in values['spaces']))
    raise ValueError('{!r} is not a known kind of space ({})'.format(kind, ', '.join(SPACE_KINDS)))


def check_box_sizes(description: Any) -> None:
    """
    Boxes with equal bounds take a few bytes in a file, whatever shape they claim; so all shapes of a file are added up.

    :param description: JSON that may hold descriptions of spaces
    :raises ValueError: when its Boxes claim more than MAX_BOX_SIZE elements in all
    """
    total, waiting = 0, [description]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if item.get(SPACE_KEY) == 'Box':
                total += max(0, np.prod(np.asarray(item['shape'], dtype=float)))
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    if total > MAX_BOX_SIZE:
        raise ValueError('Box spaces of {:.3g} elements in all are not plausible'.format(total))


def _part(part: Any) -> spaces.Space:
    """
    :param part: a contained space, or its description
    :return: the space
    """
    return part if isinstance(part, spaces.Space) else _build(part[SPACE_KEY], part)


def _build_box(values: Mapping[str, Any]) -> spaces.Box:
    """
    :param values: 'dtype', 'shape', and 'low' and 'high' as arrays or as ``_describe_bound`` wrote them
    :return: the Box
    :raises ValueError: when the type is not one of real numbers or a bound has another shape
    """
    dtype = np.dtype(values['dtype']).newbyteorder('=')
    if dtype.kind not in 'biuf':
        raise ValueError('dtype={} is not one of real numbers'.format(dtype))
    shape = tuple(int(size) for size in values['shape'])
    if np.prod(np.asarray(shape, dtype=float)) > MAX_BOX_SIZE:  # in a pickle, where check_box_sizes does not look
        raise ValueError('a Box of shape {} is not plausible'.format(shape[:8]))
    bounds = [_restore_bound(values[name], dtype, shape) for name in ('low', 'high')]
    return spaces.Box(low=bounds[0], high=bounds[1], dtype=dtype.type)


def _build_discrete(count: int, start: int) -> spaces.Discrete:
    """
    :param count: number of values
    :param start: the smallest value
    :return: the space
    :raises ValueError: when there is no value, or the installed gym always starts at 0 and start is another
    """
    if count < 1:
        raise ValueError('n={} of a Discrete space must be positive'.format(count))
    if start == 0:
        return spaces.Discrete(count)
    try:
        return spaces.Discrete(count, start=start)
    except TypeError:
        raise ValueError('start={} of a Discrete space needs gym 0.22 or newer'.format(start)) from None


def _describe_bound(bound: np.ndarray) -> Union[int, float, str, Dict[str, Any]]:
    """
    :param bound: 'low' or 'high' of a Box
    :return: one number where all elements are equal (an image's 0 and 255), else an array description
    """
    bound = np.asarray(bound)
    if bound.size and (bound == bound.flat[0]).all():
        return describe_number(bound.flat[0])
    return describe_array(bound)


def _restore_bound(value: Any, dtype: np.dtype, shape: Tuple[int, ...]) -> np.ndarray:
    """
    :param value: an array, or what ``_describe_bound`` gave
    :param dtype: of the Box
    :param shape: of the Box
    :return: the bound, shape as given
    :raises ValueError: when it has another shape, or the declared shape is too large to be true
    """
    if isinstance(value, dict):
        value = restore_array(value)
    if isinstance(value, np.ndarray):
        if value.shape != shape:
            raise ValueError('bound of shape {} in a Box of shape {}'.format(value.shape, shape))
        return value.astype(dtype)
    return np.full(shape, float(value) if dtype.kind == 'f' else int(value), dtype=dtype)


def _shortened(value: Any) -> str:
    """
    :param value: anything
    :return: its text, cut to what fits in a message
    """
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + '...'
