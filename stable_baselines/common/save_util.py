"""Model files: a zip archive of what describes a model and of its parameters.

``data`` is JSON, ``parameters`` an npz archive without pickles, ``parameter_list`` the parameters' order as JSON. Files of
stable-baselines 2.10 have the same three members and are read as well.
"""
import io
import json
import os
import warnings
import zipfile
from collections import OrderedDict
from typing import IO, Any, Dict, List, Optional, Tuple, Union

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.json_values import decode, encode
from stable_baselines.common.named_objects import register_json_type
from stable_baselines.common.safe_npz import open_archive, read_member, read_npz_stream

__all__ = ['write_model', 'read_model', 'is_json_serializable', 'data_to_json', 'json_to_data', 'params_to_bytes',
           'bytes_to_params', 'register_json_type']

PathOrFile = Union[str, 'os.PathLike[str]', IO[bytes]]
Params = 'OrderedDict[str, np.ndarray]'
# Without these a model cannot be built, so that a default would silently be another model.
_REQUIRED = ('policy', 'policy_kwargs', 'observation_space', 'action_space')


def write_model(path_or_file: PathOrFile, data: Dict[str, Any], params: Params) -> None:
    """
    Save a model. A path holds either the old file or the whole new one at every moment.

    :param path_or_file: a path, to which '.zip' is added when it has no suffix (missing folders are created), or a file
        open for writing bytes, which is written in one go
    :param data: what describes the model, by hyperparameter's name
    :param params: parameter's name -> array, in order
    :raises TypeError: when path_or_file is neither
    :raises ValueError: when a value can be neither described nor pickled; names the key
    :raises OSError: when the file cannot be written
    """
    members = [('data', data_to_json(data).encode('utf-8')),
               ('parameters', params_to_bytes(params)),
               ('parameter_list', json.dumps(list(params), indent=4).encode('utf-8'))]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in members:
            # A ZipInfo carries a fixed date: equal models give equal files.
            archive.writestr(zipfile.ZipInfo(name), content)
    if hasattr(path_or_file, 'write'):
        path_or_file.write(buffer.getvalue())
        return
    path = _as_path(path_or_file)
    if os.path.splitext(path)[1] == '':
        path += '.zip'
    with replace_on_success(path, 'wb') as file:
        file.write(buffer.getbuffer())


def read_model(path_or_file: PathOrFile, custom_objects: Optional[Dict[str, Any]] = None,
               allow_pickle: bool = False) -> Tuple[Dict[str, Any], Union[Params, List[np.ndarray]]]:
    """
    Load what ``write_model`` or stable-baselines 2 saved. Nothing in the file is executed unless ``allow_pickle``.

    :param path_or_file: the path that was given when saving, with or without '.zip', or a seekable file open for reading
        bytes
    :param custom_objects: values that replace those of the file, by key; these are not decoded
    :param allow_pickle: run the pickles in the file, which can execute anything: only for files you trust. Needed for
        the format that stable-baselines used before its zip archives
    :return: data and parameters. A hyperparameter that is pickled and refused is left out, with a warning. The parameters
        of the older format may be a list of arrays
    :raises FileNotFoundError: when there is no such file; names the paths tried
    :raises PickleRefused: when the policy, or the whole file, is a pickle that is not allowed to run
    :raises FileFormatError: when the file is damaged; names it
    """
    if hasattr(path_or_file, 'read'):
        return _read(path_or_file, str(getattr(path_or_file, 'name', 'model file')), custom_objects, allow_pickle)
    path = _existing_path(_as_path(path_or_file))
    with open(path, 'rb') as file:
        return _read(file, path, custom_objects, allow_pickle)


def _as_path(path: Any) -> str:
    """
    :param path: text or pathlib.Path
    :return: text
    :raises TypeError: for anything else
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError('A model file is a path or an open binary file, but {!r} of {} was given.'
                        .format(path, type(path)))
    return str(os.fspath(path))


def _existing_path(path: str) -> str:
    """
    :param path: as the caller wrote it
    :return: the path, or the path with '.zip'
    :raises FileNotFoundError: when neither exists
    """
    for candidate in (path, path + '.zip'):
        if os.path.isfile(candidate):
            return candidate
    raise FileNotFoundError('No model file at {!r} or {!r}.'.format(path, path + '.zip'))


def _read(file: IO[bytes], source: str, custom_objects: Optional[Dict[str, Any]], allow_pickle: bool) -> Tuple:
    """
    :param file: open for reading
    :param source: its name
    :param custom_objects: as for ``read_model``
    :param allow_pickle: as for ``read_model``
    :return: as ``read_model``
    """
    start = file.tell()
    is_archive = file.read(2) == b'PK'
    file.seek(start)
    if not is_archive:
        return _read_older_format(file, source, custom_objects, allow_pickle)
    with open_archive(file, source, 'model file') as archive:
        members = {name: read_member(archive, name, source) for name in ('data', 'parameters', 'parameter_list')}
    data = _decode_data(_parse_json(members['data'], source, 'data', dict), source, custom_objects, allow_pickle)
    names = _parse_json(members['parameter_list'], source, 'parameter_list', list)
    return data, _ordered_params(members['parameters'], names, source)


def _read_older_format(file: IO[bytes], source: str, custom_objects: Optional[Dict[str, Any]],
                       allow_pickle: bool) -> Tuple:
    """
    :param file: holding one pickle of (data, parameters)
    :param source: its name
    :param custom_objects: as for ``read_model``
    :param allow_pickle: whether it may be run
    :return: as ``read_model``
    :raises PickleRefused: when it may not
    :raises FileFormatError: when it does not load
    """
    if not allow_pickle:
        raise PickleRefused('{}: this is not a zip archive. If it is a model of an early stable-baselines 2 (one pickle), '
                            'loading it can run code that it holds; pass allow_pickle=True if you trust it.'.format(source))
    import cloudpickle
    try:
        data, params = cloudpickle.load(file)
        return {**data, **{key: value for key, value in (custom_objects or {}).items() if key in data}}, params
    except Exception as error:
        raise FileFormatError('{}: neither a zip archive nor a pickle of (data, parameters) ({}: {}).'
                              .format(source, type(error).__name__, error)) from error


def _parse_json(text: Union[str, bytes], source: str, member: str, kind: type) -> Any:
    """
    :param text: JSON
    :param source: name of the file
    :param member: name within it
    :param kind: dict or list
    :return: what it holds
    :raises FileFormatError: when it is not JSON, or of another kind
    """
    try:
        content = json.loads(text if isinstance(text, str) else text.decode('utf-8'))
    except (ValueError, RecursionError, MemoryError) as error:
        raise FileFormatError('{}: {!r} is not JSON ({}).'.format(source, member, str(error)[:200])) from error
    if not isinstance(content, kind):
        raise FileFormatError('{}: {!r} holds a {}, expected a {}.'
                              .format(source, member, type(content).__name__, kind.__name__))
    return content


def _decode_data(items: Dict[str, Any], source: str, custom_objects: Optional[Dict[str, Any]],
                 allow_pickle: bool) -> Dict[str, Any]:
    """
    :param items: JSON by key
    :param source: name of the file
    :param custom_objects: values by key that replace the file's
    :param allow_pickle: whether pickles may be run
    :return: values by key; a hyperparameter that is refused is left out, with a warning
    :raises FileFormatError: when an item without which there is no model is refused or malformed
    """
    custom_objects = custom_objects or {}
    data = {}
    for key, item in items.items():
        if key in custom_objects:
            data[key] = custom_objects[key]
            continue
        try:
            data[key] = decode(item, '{}: {!r}'.format(source, key), allow_pickle)
        except FileFormatError as error:
            advice = _advice(key, error, allow_pickle)
            if key in _REQUIRED:
                raise type(error)('{} {}'.format(error, advice)) from error
            warnings.warn('{} It is left out, so its default is used. {}'.format(error, advice), stacklevel=4)
    return data


def _advice(key: str, error: FileFormatError, allow_pickle: bool) -> str:
    """
    :param key: of the item that was not restored
    :param error: why
    :param allow_pickle: whether pickles may be run already
    :return: what to pass to ``load`` instead
    """
    advice = "Pass custom_objects={{{!r}: ...}} to give the value yourself".format(key)
    if isinstance(error, PickleRefused) and not allow_pickle:
        advice += ', or allow_pickle=True if you trust the file (it can then run any code)'
    return advice + '.'


def _ordered_params(serialized: bytes, names: List[Any], source: str) -> Params:
    """
    :param serialized: npz archive
    :param names: order of the parameters
    :param source: name of the file
    :return: name -> array in that order
    :raises FileFormatError: when the archive and the list name different parameters
    """
    params = read_npz_stream(io.BytesIO(serialized), source, 'archive of parameters')
    if not all(isinstance(name, str) for name in names) or sorted(params) != sorted(names):
        raise FileFormatError("{}: 'parameters' and 'parameter_list' differ: {}."
                              .format(source, sorted(set(map(str, names)) ^ set(params))[:10] or 'a name occurs twice'))
    return OrderedDict((name, params[name]) for name in names)


def is_json_serializable(item: Any) -> bool:
    """
    :param item: anything
    :return: whether the json module writes it as it is. What it does not can still be saved
    """
    try:
        json.dumps(item)
        return True
    except (TypeError, ValueError, OverflowError, RecursionError):
        return False


def data_to_json(data: Dict[str, Any]) -> str:
    """
    :param data: values by key
    :return: JSON text, the inverse of ``json_to_data``
    :raises ValueError: when a value can be neither described nor pickled; names the key
    """
    items = {}
    for key, value in data.items():
        try:
            items[key] = encode(value)
        except ValueError as error:
            raise ValueError('{!r} cannot be saved: {}'.format(key, error)) from error
    return json.dumps(items, indent=4, allow_nan=False)


def json_to_data(json_string: Union[str, bytes], custom_objects: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    """
    :param json_string: what ``data_to_json`` gave, here or in stable-baselines
    :param custom_objects: values by key that replace those in the text; these are not decoded
    :return: values by key. Nothing is executed: a hyperparameter that is pickled and refused is left out, with a warning
    :raises FileFormatError: when the text is malformed, or the policy is refused
    """
    return _decode_data(_parse_json(json_string, 'data', 'JSON text', dict), 'data', custom_objects, False)


def params_to_bytes(params: Params) -> bytes:
    """
    :param params: name -> array of numbers
    :return: npz archive
    :raises ValueError: when an array holds objects; names it
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, values in params.items():
            array = np.asanyarray(values)
            if array.dtype.hasobject:
                raise ValueError('The parameter {!r} must be an array of numbers, but is {!r}.'.format(name, values))
            with archive.open(zipfile.ZipInfo(name + '.npy'), 'w', force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
    return buffer.getvalue()


def bytes_to_params(serialized_params: bytes, param_list: List[str]) -> Params:
    """
    :param serialized_params: what ``params_to_bytes`` gave
    :param param_list: names in the order wanted
    :return: name -> array in that order
    :raises FileFormatError: when the archive is damaged or holds other names
    """
    return _ordered_params(serialized_params, param_list, 'parameters')
