"""Which format a file has, told by its suffix; reading and writing all of them."""
import os
from typing import Any, Dict, Mapping, Optional, Sequence, Union

import numpy as np

from stable_baselines.common.errors import FileFormatError
from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.formats.assemble import as_trajectories, with_found_images
from stable_baselines.gail.dataset.formats.csv_reader import read_csv
from stable_baselines.gail.dataset.formats.csv_writer import write_csv
from stable_baselines.gail.dataset.formats.hdf5_reader import read_hdf5
from stable_baselines.gail.dataset.formats.hdf5_writer import write_hdf5
from stable_baselines.gail.dataset.formats.npz_files import read_npz_file
from stable_baselines.gail.dataset.saving import with_images_beside
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['read', 'read_demonstrations', 'read_file', 'write_demonstrations']

PathLike = Union[str, 'os.PathLike[str]']
Shape = Optional[Sequence[int]]
_HDF5 = ('.hdf5', '.h5', '.hdf')
_WRITTEN = ('.npz', '.csv') + _HDF5


def read_demonstrations(path: PathLike, observation_shape: Shape = None, action_shape: Shape = None,
                        columns: Optional[Mapping[str, Any]] = None, keep_unfinished: bool = False
                        ) -> Dict[str, np.ndarray]:
    """
    Read demonstrations in any of the formats of the page on formats; the suffix tells which. Nothing in a file is
    executed. ``ExpertDataset`` takes the same names of files; this function has the options.

    :param path: .csv, .hdf5 (.h5), or .npz, which may be left out
    :param observation_shape: CSV: shape of an observation; None takes it from the names of the columns
    :param action_shape: CSV: shape of an action; None takes it from the names of the columns
    :param columns: CSV: what columns are named that are not named as documented, such as
        ``{'obs': ['x', 'y'], 'action': 'u', 'reward': 'r', 'done': 'end'}``
    :param keep_unfinished: keep the last episode where no row of it is marked as its end. It is left out otherwise,
        with a warning, since it is not whole
    :return: arrays for ``ExpertDataset(traj_data=...)``; names of images are absolute. Where a file has no rewards,
        there are none, and ``episode_returns`` are NaN
    :raises FileNotFoundError: for a missing file, or image
    :raises ImportError: for HDF5 without h5py
    :raises ValueError: names the argument, or the file and the key, data set, or line and column at fault
    """
    found = trajectories.find_file(path)
    options: Dict[str, Any] = dict(observation_shape=observation_shape, action_shape=action_shape, columns=columns)
    options = {name: value for name, value in options.items() if value is not None}
    if options and _suffix(found) != '.csv':
        raise ValueError('{}={!r}: this is for CSV files, but {} is none.'.format(*list(options.items())[0], found))
    read = read_file(found, keep_unfinished=bool(keep_unfinished), **options)
    return trajectories.to_dict(with_found_images(read, os.path.dirname(found), found))


def read(path: PathLike) -> Trajectories:
    """
    :param path: .npz file written by this library or by stable-baselines, '.npz' may be left out; .csv or .hdf5
    :return: its episodes; names of images as they stand there
    :raises FileNotFoundError: names every path tried
    :raises ImportError: for HDF5 without h5py
    :raises FileFormatError: names the file, and what in it is at fault
    """
    return read_file(trajectories.find_file(path))


def read_file(path: str, **options: Any) -> Trajectories:
    """
    :param path: an existing file
    :param options: see ``read_demonstrations``; those for CSV only with CSV
    :return: the episodes; names of images as they stand there
    :raises ImportError: for HDF5 without h5py
    :raises FileFormatError: names the file, and what in it is at fault
    """
    suffix = _suffix(path)
    if suffix == '.csv':
        return read_csv(path, **options)
    if suffix in _HDF5:
        return read_hdf5(path, **options)
    if suffix in ('.pkl', '.pickle'):
        raise FileFormatError('{}: a pickle is a program, and is not run. Load it where you trust it, and save the '
                              'arrays with write_demonstrations (trajectories of imitation: from_imitation).'
                              .format(path))
    return read_npz_file(path)  # episodes are marked by their starts there, so none is unfinished


def write_demonstrations(path: PathLike, data: Any) -> str:
    """
    Write demonstrations in another format, which the suffix tells. The file appears whole or not at all.

    .npz and .csv name image files, seen from their own folder; images that lie elsewhere are copied into the folder
    ``recorded_images`` beside the file. .hdf5 (D4RL's layout) holds their pixels.

    :param path: .npz, .csv, .hdf5 or .h5; '.npz' is added where there is no suffix
    :param data: an ``ExpertDataset``, or a dict of arrays as ``generate_expert_traj`` returns it
    :return: the file's name
    :raises ImportError: for HDF5 without h5py
    :raises ValueError: for another suffix, or data that cannot be used
    """
    name = trajectories.file_name(path, 'path')
    suffix = _suffix(name)
    if suffix and suffix not in _WRITTEN:
        raise ValueError('path={!r}: the suffix tells the format; use one of {}.'.format(name, ', '.join(_WRITTEN)))
    checked = as_trajectories(data)
    if suffix in ('.csv', *_HDF5) and not trajectories.has_actions(checked):
        raise ValueError("path={!r}: demonstrations without actions can only be written as .npz; this format needs the "
                         'actions.'.format(name))
    if suffix == '.csv':
        write_csv(name, with_images_beside(checked, name))
    elif suffix in _HDF5:
        write_hdf5(name, checked)
    else:
        name = trajectories.write(name, with_images_beside(checked, name))
    return name


def _suffix(path: str) -> str:
    return os.path.splitext(path)[1].lower()
