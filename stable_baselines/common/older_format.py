"""Writes the file format that stable-baselines used before version 2.9: one pickle of everything."""
import os
from typing import Any, Dict, Mapping

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success


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
