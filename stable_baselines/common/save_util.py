"""Model files: a zip archive of what describes a model and of its parameters.

``data`` is JSON, ``parameters`` an npz archive without pickles, ``parameter_list`` the parameters' order as JSON,
``training_state`` another npz archive. Files of stable-baselines 2.10 have the first three and are read as well.
"""
import io
import json
import os
import zipfile
from collections import OrderedDict
from typing import IO, Any, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.errors import FileFormatError, NoSuchModel, PickleRefused
from stable_baselines.common.model_data import data_to_json, decode_data, parse_json
from stable_baselines.common.named_objects import register_attributes, register_json_type
from stable_baselines.common.noise import NormalActionNoise, OrnsteinUhlenbeckActionNoise
from stable_baselines.common.older_format import read_pickled_model
from stable_baselines.common.safe_npz import open_archive, read_member, read_npz_stream, unpacked_limit

__all__ = ['write_model', 'read_model', 'is_json_serializable', 'data_to_json', 'json_to_data', 'params_to_bytes',
           'bytes_to_params', 'register_json_type']

PathOrFile = Union[str, 'os.PathLike[str]', IO[bytes]]
Params = 'OrderedDict[str, np.ndarray]'
# Text that a small file may unpack to: reading it takes several times as much memory.
_FREE_TEXT = 32 * 1024 ** 2

# What every model file has; one of this library has the state of training besides.
MEMBERS = _DATA, _PARAMETERS, _NAMES = 'data', 'parameters', 'parameter_list'
_TRAINING_STATE = 'training_state'


class SavedContent(NamedTuple):
    """What a model file holds."""

    data: Dict[str, Any]
    parameters: Union[Params, List[np.ndarray]]
    training_state: Dict[str, np.ndarray]  # empty in files of stable-baselines


register_attributes(NormalActionNoise, 'NormalActionNoise', ('_mu', '_sigma'))
register_attributes(OrnsteinUhlenbeckActionNoise, 'OrnsteinUhlenbeckActionNoise',
                    ('_mu', '_sigma', '_theta', '_dt', 'initial_noise', 'noise_prev'))


def write_model(path_or_file: PathOrFile, data: Dict[str, Any], params: Params,
                training_state: Optional[Dict[str, np.ndarray]] = None) -> None:
    """
    Save a model. A path holds either the old file or the whole new one at every moment.

    :param path_or_file: a path, to which '.zip' is added when it has no suffix (missing folders are created), or a file
        open for writing bytes, which is written in one go
    :param data: what describes the model, by hyperparameter's name
    :param params: parameter's name -> array, in order
    :param training_state: what training needs besides, name -> array; None writes none
    :raises TypeError: when path_or_file is neither
    :raises ValueError: when a parameter is no array of numbers; names it
    :raises OSError: when the file cannot be written
    """
    members = [(_DATA, data_to_json(data).encode('utf-8')),
               (_PARAMETERS, params_to_bytes(params)),
               (_NAMES, json.dumps(list(params), indent=4).encode('utf-8'))]
    if training_state is not None:
        members.append((_TRAINING_STATE, params_to_bytes(training_state)))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, 'w') as archive:
        for name, content in members:
            # A ZipInfo carries a fixed date: equal models give equal files.
            archive.writestr(zipfile.ZipInfo(name), content)
    if hasattr(path_or_file, 'write'):
        _refuse_text(path_or_file)
        path_or_file.write(buffer.getvalue())
        return
    with replace_on_success(model_path(path_or_file), 'wb') as file:
        file.write(buffer.getbuffer())


def model_path(path: Union[str, os.PathLike]) -> str:
    """
    :param path: where a model is to be saved
    :return: name of the file: '.zip' is added when there is no suffix
    :raises TypeError: for anything but a path
    """
    path = _as_path(path)
    return path if os.path.splitext(path)[1] else path + '.zip'


def read_model(path_or_file: PathOrFile, custom_objects: Optional[Dict[str, Any]] = None,
               allow_pickle: bool = False) -> Tuple[Dict[str, Any], Union[Params, List[np.ndarray]]]:
    """
    As ``read_saved_model``, without the state of training.

    :param path_or_file: see there
    :param custom_objects: see there
    :param allow_pickle: see there
    :return: data and parameters
    """
    return read_saved_model(path_or_file, custom_objects, allow_pickle)[:2]


def read_saved_model(path_or_file: PathOrFile, custom_objects: Optional[Dict[str, Any]] = None,
                     allow_pickle: bool = False) -> 'SavedContent':
    """
    Load what ``write_model`` or stable-baselines 2 saved. Nothing in the file is executed unless ``allow_pickle``.

    :param path_or_file: the path that was given when saving, with or without '.zip' or '.pkl', or a file open for
        reading bytes
    :param custom_objects: values that replace those of the file, by key; these are not decoded
    :param allow_pickle: run the pickles in the file, which can execute anything: only for files you trust. Needed for
        the format that stable-baselines used before its zip archives
    :return: data, parameters and the state of training. A hyperparameter that is pickled and refused is left out, with
        a warning. The parameters of the older format may be a list of arrays
    :raises NoSuchModel: when there is no such file; names the paths tried. It is a ``FileNotFoundError``
    :raises TypeError: when path_or_file is neither
    :raises PickleRefused: when the policy, or the whole file, is a pickle that is not allowed to run
    :raises FileFormatError: when the file is damaged; names it
    """
    if hasattr(path_or_file, 'read'):
        _refuse_text(path_or_file)
        # A pipe cannot seek, and temporary files of older Pythons do not say that they can.
        if not getattr(path_or_file, 'seekable', bool)():
            path_or_file = io.BytesIO(path_or_file.read())
        return _read(path_or_file, str(getattr(path_or_file, 'name', 'model file')), custom_objects, allow_pickle)
    path = _existing_path(_as_path(path_or_file))
    with open(path, 'rb') as file:
        return _read(file, path, custom_objects, allow_pickle)


def _as_path(path: Any) -> str:
    """
    :param path: text or pathlib.Path
    :return: text
    :raises TypeError: for anything else
    :raises ValueError: when it names a folder
    """
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError('A model file is a path or an open binary file, but {!r} of {} was given.'
                        .format(path, type(path)))
    text = str(os.fspath(path))
    if os.path.basename(text) in ('', '.', '..'):
        raise ValueError('The path {!r} names a folder; give the name of a model file.'.format(text))
    return text


def _refuse_text(file: Any) -> None:
    """
    :param file: an open file
    :raises TypeError: when it was opened for text
    """
    if isinstance(file, io.TextIOBase):
        raise TypeError("The file {!r} is open for text; open it for bytes, with 'wb' or 'rb'."
                        .format(getattr(file, 'name', file)))


def _existing_path(path: str) -> str:
    """
    :param path: as the caller wrote it
    :return: the path, or with what ``save`` adds: '.zip', '.pkl' for the older format
    :raises NoSuchModel: when none of them exists
    """
    candidates = [path, path + '.zip', path + '.pkl']
    for candidate in candidates:
        if os.path.isfile(candidate):
            return candidate
    raise NoSuchModel('No model file at {!r}, {!r} or {!r}.'.format(*candidates))


def _read(file: IO[bytes], source: str, custom_objects: Optional[Dict[str, Any]],
          allow_pickle: bool) -> 'SavedContent':
    """
    :param file: open for reading
    :param source: its name
    :param custom_objects: as for ``read_saved_model``
    :param allow_pickle: as for ``read_saved_model``
    :return: as ``read_saved_model``
    """
    position, size = file.tell(), file.seek(0, os.SEEK_END)
    limit, text_limit = unpacked_limit(size), max(_FREE_TEXT, 4 * size)
    # An archive is found from any position, even from the end, where writing it left the file.
    file.seek(0)
    is_archive = file.read(2) == b'PK'
    file.seek(position)
    if not is_archive:
        return SavedContent(*_read_older_format(file, source, custom_objects, allow_pickle), {})
    with open_archive(file, source, 'model file', limit) as archive:
        text, names = [read_member(archive, name, source, text_limit) for name in (_DATA, _NAMES)]
        serialized = read_member(archive, _PARAMETERS, source)
        further = read_member(archive, _TRAINING_STATE, source) if _TRAINING_STATE in archive.namelist() else None
    data = decode_data(parse_json(text, source, _DATA, dict), source, custom_objects, allow_pickle)
    params = _ordered_params(serialized, parse_json(names, source, _NAMES, list), source, limit)
    if further is None:  # as in files of stable-baselines
        return SavedContent(data, params, {})
    return SavedContent(data, params, read_npz_stream(io.BytesIO(further), source, 'state of training', limit))


def _read_older_format(file: IO[bytes], source: str, custom_objects: Optional[Dict[str, Any]],
                       allow_pickle: bool) -> Tuple:
    """
    :param file: holding one pickle of (data, parameters)
    :param source: its name
    :param custom_objects: as for ``read_saved_model``
    :param allow_pickle: whether it may be run
    :return: data and parameters
    :raises PickleRefused: when it may not
    :raises FileFormatError: when it does not load
    """
    start = file.read(1)
    if start != b'\x80':
        raise FileFormatError('{}: it is no model file: it starts with {!r}, neither as a zip archive nor as a pickle.'
                              .format(source, start))
    file.seek(-1, os.SEEK_CUR)
    if not allow_pickle:
        raise PickleRefused('{}: this is not a zip archive but a pickle, such as save(cloudpickle=True) writes here '
                            'and save() did in stable-baselines before 2.9. Reading it can run any code that it holds. '
                            'If you trust the file, load it with allow_pickle=True.'.format(source))
    return read_pickled_model(file.read(), source, custom_objects)


def _ordered_params(serialized: bytes, names: List[Any], source: str, limit: Optional[int] = None) -> Params:
    """
    :param serialized: npz archive
    :param names: order of the parameters
    :param source: name of the file
    :param limit: bytes that the archive may unpack to; None derives them from its size
    :return: name -> array in that order
    :raises FileFormatError: when the archive and the list name different parameters
    """
    params = read_npz_stream(io.BytesIO(serialized), source, 'archive of parameters', limit)
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


def json_to_data(json_string: Union[str, bytes], custom_objects: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
    """
    :param json_string: what ``data_to_json`` gave, here or in stable-baselines
    :param custom_objects: values by key that replace those in the text; these are not decoded
    :return: values by key. Nothing is executed: a hyperparameter that is pickled and refused is left out, with a
        warning
    :raises FileFormatError: when the text is malformed, or the policy is refused
    """
    return decode_data(parse_json(json_string, 'data', 'JSON text', dict), 'data', custom_objects, False)


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
