"""The description of a model, by hyperparameter's name, as JSON text and back."""
import json
import warnings
from typing import Any, Dict, Optional, Union

from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.json_values import UNSAVED_KEY, decode, encode
from stable_baselines.common.pickle_budget import Budget
from stable_baselines.common.space_description import check_box_sizes

__all__ = ['data_to_json', 'parse_json', 'decode_data', 'leave_out']

# Without these a model cannot be built, or would silently become another one.
_REQUIRED = ('policy', 'policy_kwargs', 'observation_space', 'action_space', 'adversary_cnn_extractor')
# Values in a JSON text, each of which takes up to 250 bytes in memory for two of text.
_MAX_VALUES = 500000
_MAX_DIGITS = 100


def data_to_json(data: Dict[str, Any]) -> str:
    """
    A value that can be neither described nor pickled is replaced by a remark, with a warning: what was learned is worth
    saving without it.

    :param data: values by key
    :return: JSON text, the inverse of ``json_to_data``
    """
    items = {}
    for key, value in data.items():
        try:
            items[key] = encode(value)
        except ValueError as error:
            items[key] = {UNSAVED_KEY: str(error)[:300]}
            warnings.warn('{!r} is not saved: {} Loading will need custom_objects={{{!r}: ...}}.'
                          .format(key, str(error)[:300], key), stacklevel=3)
    return json.dumps(items, indent=4, allow_nan=False)


def parse_json(text: Union[str, bytes], source: str, member: str, kind: type) -> Any:
    """
    :param text: JSON
    :param source: name of the file
    :param member: name within it
    :param kind: dict or list
    :return: what it holds
    :raises FileFormatError: when it is not JSON, of another kind, or beyond any size a model has
    """
    try:
        text = text if isinstance(text, str) else text.decode('utf-8')
        if sum(text.count(sign) for sign in '[{,') > _MAX_VALUES:
            raise ValueError('it holds more than {} values'.format(_MAX_VALUES))
        content = json.loads(text, parse_int=_parse_int)
    except (ValueError, RecursionError, MemoryError) as error:
        raise FileFormatError('{}: {!r} is not readable as JSON ({}).'
                              .format(source, member, str(error)[:200])) from error
    if not isinstance(content, kind):
        raise FileFormatError('{}: {!r} holds a {}, expected a {}.'
                              .format(source, member, type(content).__name__, kind.__name__))
    return content


def _parse_int(digits: str) -> int:
    """
    :param digits: of an integer
    :return: the integer
    :raises ValueError: when there are so many that reading them would take minutes
    """
    if len(digits) > _MAX_DIGITS:
        raise ValueError('an integer has {} digits'.format(len(digits)))
    return int(digits)


def decode_data(items: Dict[str, Any], source: str, custom_objects: Optional[Dict[str, Any]],
                allow_pickle: bool) -> Dict[str, Any]:
    """
    :param items: JSON by key
    :param source: name of the file
    :param custom_objects: values by key that replace the file's; these are not decoded
    :param allow_pickle: whether pickles may be run
    :return: values by key; a hyperparameter whose pickle is refused is left out, with a warning
    :raises PickleRefused: when an item is refused without which there is no model
    :raises FileFormatError: when an item is malformed
    """
    custom_objects = custom_objects or {}
    kept = {key: item for key, item in items.items() if key not in custom_objects}
    try:
        check_box_sizes(kept)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise FileFormatError('{}: a space is malformed ({}).'.format(source, str(error)[:200])) from error
    data, budget = {}, Budget()
    for key in items:
        if key in custom_objects:
            data[key] = custom_objects[key]
            continue
        try:
            data[key] = decode(items[key], '{}: {!r}'.format(source, key), allow_pickle, budget)
        except FileFormatError as error:
            leave_out(key, error, allow_pickle)
    return data


def leave_out(key: str, error: FileFormatError, allow_pickle: bool) -> None:
    """
    Warn of a hyperparameter that is left out.

    :param key: its name
    :param error: why it was not restored
    :param allow_pickle: whether pickles may be run already
    :raises FileFormatError: of the same type, when there is no model without it, or the file is damaged
    """
    advice = _advice(key, error, allow_pickle)
    if key in _REQUIRED or not isinstance(error, PickleRefused):
        raise type(error)('{} {}'.format(error, advice)) from error
    warnings.warn('{} It is left out, so its default is used. {}'.format(error, advice), stacklevel=5)


def _advice(key: str, error: FileFormatError, allow_pickle: bool) -> str:
    """
    :param key: of the item that was not restored
    :param error: why
    :param allow_pickle: whether pickles may be run already
    :return: what to pass to ``load`` instead
    """
    advice = 'Pass custom_objects={{{!r}: ...}} to give the value yourself'.format(key)
    if isinstance(error, PickleRefused) and not allow_pickle:
        advice += ', or allow_pickle=True if you trust the file (it can then run any code)'
    return advice + '.'
