"""Reads and writes the file format that stable-baselines used before version 2.9: one pickle of everything."""
import os
from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.errors import FileFormatError, PickleRefused
from stable_baselines.common.model_data import leave_out
from stable_baselines.common.safe_pickle import loads_items


def write_pickled_model(path_or_file: Any, data: Dict[str, Any], params: Mapping[str, np.ndarray]) -> None:
    """
    :param path_or_file: path, to which '.pkl' is added when it has no suffix, or a binary file open for writing
    :param data: what describes the model
    :param params: parameter's name -> array
    """
    import cloudpickle  # slow to import, and hardly ever needed
    blob = cloudpickle.dumps((data, dict(params)))
    if hasattr(path_or_file, 'write'):
        path_or_file.write(blob)
        return
    path = str(path_or_file)
    with replace_on_success(path if os.path.splitext(path)[1] else path + '.pkl', 'wb') as file:
        file.write(blob)


def read_pickled_model(blob: bytes, source: str,
                       custom_objects: Optional[Dict[str, Any]]) -> Tuple[Dict[str, Any], Any]:
    """
    Read such a pickle, and run it where it holds more than data: only for files that the caller trusts.

    :param blob: the pickle
    :param source: name of the file
    :param custom_objects: values that replace those of the file, by key
    :return: data and parameters. A hyperparameter that does not load here, such as a function that another version of
        Python pickled, is left out with a warning
    :raises PickleRefused: when it is one without which there is no model
    :raises FileFormatError: when it is no such pickle
    """
    replaced = custom_objects or {}
    try:
        # First without running it: spaces then fit the installed gym.
        data, refused, params = loads_items(blob, source)
    except FileFormatError:
        data, params = _run(blob, source)
        refused = []
    needed = [key for key in refused if key not in replaced]
    if needed:
        try:
            as_run = _run(blob, source)[0]
            data.update({key: as_run[key] for key in needed})
        except FileFormatError as error:
            for key in needed:
                leave_out(key, PickleRefused('{} This leaves {!r} unread.'.format(error, key)), True)
    return {**data, **{key: value for key, value in replaced.items() if key in data or key in refused}}, params


def _run(blob: bytes, source: str) -> Tuple[Dict[str, Any], Any]:
    """
    :param blob: the pickle
    :param source: name of the file
    :return: data and parameters
    :raises FileFormatError: when it does not load
    """
    import cloudpickle  # slow to import, and hardly ever needed
    try:
        data, params = cloudpickle.loads(blob)
        return dict(data), params
    except Exception as error:
        raise FileFormatError('{}: its pickle of (data, parameters) does not load here ({}: {}).'.format(
            source, type(error).__name__, str(error)[:300])) from error
