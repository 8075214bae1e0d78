"""From what a user or a file offers as demonstrations to clean arrays, or one message saying what is wrong with it."""
from typing import Any, Dict, Mapping

import numpy as np

__all__ = ['REQUIRED_KEYS', 'checked_arrays', 'checked_flags', 'is_image_names']

REQUIRED_KEYS = ('obs', 'episode_returns', 'episode_starts')
_OPTIONAL_KEYS = ('actions', 'rewards', 'subsample')


def is_image_names(observations: np.ndarray) -> bool:
    """
    :param observations: shape [N, ...]
    :return: whether the rows are file names of images rather than numbers
    """
    return observations.dtype.kind == 'U'


def checked_arrays(data: Mapping[str, Any], source: str) -> Dict[str, np.ndarray]:
    """
    Check arrays given under the keys of the .npz file.

    :param data: the arrays; keys that are not known are left alone
    :param source: where they come from, for messages: a file name or 'traj_data'
    :return: the arrays under the same keys, numbers as they came; ``rewards``, ``episode_returns`` and
        ``episode_starts`` flat, the last as bool; ``rewards`` and ``subsample``, a single integer, may be absent, and
        so may ``actions``, which then are [N, 0].
        Without rewards the returns may be NaN, all of them: nobody knows them
    :raises ValueError: one message that names the source and the key at fault
    """
    given = _present(data, source)
    subsample = given.pop('subsample', 1)
    arrays = {key: _finite_rows(value, key, source, key == 'episode_returns' and 'rewards' not in given)
              for key, value in given.items()}
    for key in ('rewards', 'episode_returns', 'episode_starts'):
        if key in arrays:
            arrays[key] = _one_number_a_row(arrays[key], key, source)
    arrays.setdefault('actions', np.zeros((len(arrays['obs']), 0), np.float32))
    _check_lengths(arrays, source)
    arrays['episode_starts'] = _boolean_starts(arrays['episode_starts'], source)
    arrays['subsample'] = _stride(subsample, source)
    episodes, returns = int(arrays['episode_starts'].sum()), len(arrays['episode_returns'])
    if returns != episodes:
        raise ValueError("{}: 'episode_starts' marks {} episodes but 'episode_returns' holds {} values; one return per "
                         'episode is needed.'.format(source, episodes, returns))
    return arrays


def _present(data: Mapping[str, Any], source: str) -> Dict[str, Any]:
    """
    :param data: arrays by key
    :param source: for messages
    :return: those of the known keys; what is None counts as absent
    :raises ValueError: names the required keys that are missing
    """
    given = {key: data[key] for key in REQUIRED_KEYS + _OPTIONAL_KEYS if key in data and data[key] is not None}
    missing = [key for key in REQUIRED_KEYS if key not in given]
    if missing:
        raise ValueError('{}: key{} {} missing; demonstrations need {} (and, if known, actions and rewards), this '
                         'holds {}.'.format(
            source, 's' if len(missing) > 1 else '',
            ', '.join(map(repr, missing)) + (' are' if len(missing) > 1 else ' is'), ', '.join(REQUIRED_KEYS),
            ', '.join(sorted(map(str, data))) or 'nothing'))
    return given


def _finite_rows(value: Any, key: str, source: str, may_be_unknown: bool = False) -> np.ndarray:
    """
    :param value: what stands under the key
    :param key: name in the file
    :param source: for messages
    :param may_be_unknown: whether nothing but NaN is allowed, too, and says that nobody knows the numbers
    :return: numeric array with at least one row and nothing but finite numbers, or (obs only) one of file names
    :raises ValueError: when it is something else
    """
    array = _plain_array(value, key, source)
    _refuse_scalar(array, key, source)
    if array.size == 0:
        raise ValueError("{}: '{}' has shape {}, so it is empty; at least one whole episode is needed.".format(
            source, key, array.shape))
    if array.dtype.kind == 'f' and not np.isfinite(array).all():
        if may_be_unknown and np.isnan(array).all():
            return array
        place = tuple(np.argwhere(~np.isfinite(array))[0])
        raise ValueError("{}: '{}' holds {} in row {}; every number must be finite.".format(
            source, key, array[place], place[0]))
    return array


def _refuse_scalar(array: np.ndarray, key: str, source: str) -> None:
    if array.ndim == 0:
        raise ValueError("{}: '{}' is the single value {!r}; an array with one row per step is needed.".format(
            source, key, array.item()))


def _plain_array(value: Any, key: str, source: str) -> np.ndarray:
    """
    :param value: array or nested sequence
    :param key: name in the file
    :param source: for messages
    :return: array of booleans, integers or floats, or (obs only) of strings
    :raises ValueError: when it cannot be one
    """
    try:
        array = np.asarray(value)
    except ValueError:  # newer NumPy refuses rows of unequal shape, older make an object array of them
        array = _object_array(value)
    if array.dtype.kind == 'O':
        array = _from_objects(array, key, source)
    if array.dtype.kind in 'US' and key == 'obs':
        return _flat_names(array, source)
    if array.dtype.kind not in 'biuf':
        raise ValueError("{}: '{}' has dtype {}; plain numbers are needed.".format(source, key, array.dtype))
    return array


def _object_array(values: Any) -> np.ndarray:
    rows = np.empty(len(values), dtype=object)
    for index, value in enumerate(values):
        rows[index] = value
    return rows


def _flat_names(names: np.ndarray, source: str) -> np.ndarray:
    """
    :param names: file names of images, dtype kind 'U' or 'S'
    :param source: for messages
    :return: shape [N], dtype kind 'U'
    :raises ValueError: when there is not one name per row, or it is not text
    """
    _refuse_scalar(names, 'obs', source)
    names = _one_number_a_row(names, 'obs', source)
    try:
        return np.char.decode(names, 'utf-8') if names.dtype.kind == 'S' else names
    except UnicodeDecodeError:
        raise ValueError("{}: 'obs' holds bytes that are not file names in UTF-8.".format(source)) from None


def _from_objects(array: np.ndarray, key: str, source: str) -> np.ndarray:
    """
    Straighten what a recording from a vectorized environment holds: numbers next to arrays of one number each.

    :param array: shape [N, ...], dtype object
    :param key: name in the file
    :param source: for messages
    :return: shape [N, ...], plain dtype
    :raises ValueError: when rows differ in size or are not numbers
    """
    rows = [_plain_row(row) for row in array] if array.ndim else []
    strange = [index for index, row in enumerate(rows) if row.dtype.kind not in 'biufUS']
    if strange or not rows:
        raise ValueError("{}: '{}' holds objects that are not numbers{}; plain numbers are needed.".format(
            source, key, ' (row {})'.format(strange[0]) if strange else ''))
    shape = max((row.shape for row in rows), key=len)
    for index, row in enumerate(rows):
        if row.size != rows[0].size:
            raise ValueError("{}: '{}' has rows of unequal size: {} numbers in row 0 but {} in row {}; all rows must "
                             'be alike.'.format(source, key, rows[0].size, row.size, index))
    return np.stack([row.reshape(shape) for row in rows])


def _plain_row(row: Any) -> np.ndarray:
    """
    :param row: one element of an object array
    :return: the same as an array; its dtype stays object where it is no plain number
    """
    try:
        row = np.asarray(row)
        return np.asarray(row.tolist()) if row.dtype.kind == 'O' else row
    except ValueError:
        return np.empty(0, dtype=object)


def _one_number_a_row(array: np.ndarray, key: str, source: str) -> np.ndarray:
    """
    :param array: shape [N] or [N, 1, ...]
    :param key: name in the file
    :param source: for messages
    :return: shape [N]
    :raises ValueError: when a row holds more
    """
    if array.size != len(array):
        raise ValueError("{}: '{}' has shape {}; one value per {} is needed.".format(
            source, key, array.shape, 'episode' if key == 'episode_returns' else 'row'))
    return array.reshape(-1)


def _check_lengths(arrays: Dict[str, np.ndarray], source: str) -> None:
    """
    :param arrays: arrays by key
    :param source: for messages
    :raises ValueError: names the keys whose number of rows differs, and both numbers
    """
    rows = len(arrays['obs'])
    for key in ('actions', 'rewards', 'episode_starts'):
        if key in arrays and len(arrays[key]) != rows:
            raise ValueError("{}: 'obs' has {} rows but '{}' has {}; they must be equally long.".format(
                source, rows, key, len(arrays[key])))


def checked_flags(value: Any, key: str, source: str) -> np.ndarray:
    """
    :param value: what stands under the key
    :param key: name in the file, or of the argument
    :param source: for messages
    :return: shape [N], bool
    :raises ValueError: when it is not one True (1) or False (0) a row
    """
    return _booleans(_one_number_a_row(_finite_rows(value, key, source), key, source), key, source)


def _booleans(flags: np.ndarray, key: str, source: str) -> np.ndarray:
    odd = np.flatnonzero(~np.isin(flags, (0, 1)))
    if len(odd):
        raise ValueError("{}: '{}' holds {} in row {}; True (1) or False (0) is needed.".format(
            source, key, flags[odd[0]], odd[0]))
    return flags.astype(bool)


def _boolean_starts(starts: np.ndarray, source: str) -> np.ndarray:
    """
    :param starts: shape [N]
    :param source: for messages
    :return: the same as bool
    :raises ValueError: when it holds anything but True and False, or does not begin with True
    """
    flags = _booleans(starts, 'episode_starts', source)
    if not flags[0]:
        raise ValueError("{}: 'episode_starts' must be True in row 0, because the first row starts an episode."
                         .format(source))
    return flags


def _stride(value: Any, source: str) -> np.ndarray:
    """
    :param value: what stands under 'subsample'
    :param source: for messages
    :return: the same
    :raises ValueError: unless it is a single integer of at least 1
    """
    array = _plain_array(value, 'subsample', source)
    if array.size != 1 or array.dtype.kind not in 'iu' or array.reshape(-1)[0] < 1:
        raise ValueError("{}: 'subsample' is {!r}; a single integer of at least 1 is needed.".format(source, value))
    return array.reshape(-1)[0]
