"""Writes demonstrations as HDF5 files, in D4RL's layout."""
from typing import Any

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.formats.assemble import warn_of_lost_returns
from stable_baselines.gail.dataset.formats.hdf5_access import require_h5py
from stable_baselines.gail.dataset.images import image_shape, read_image
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['write_hdf5']


def write_hdf5(path: str, trajectories: Trajectories) -> None:
    """
    Write ``observations``, ``actions``, ``terminals``, ``timeouts`` and, where known, ``rewards``.

    Not Minari's layout, which wants the observation after the last action: nobody kept it. Ends of episodes are written
    as ``timeouts``, because ``terminals`` would say more than is known: that nothing of value could have followed.

    :param path: where to; the file appears whole or not at all
    :param trajectories: what to write; image files are read one after the other, and written as arrays
    :raises ImportError: without h5py
    :raises ValueError: for images of unequal size
    """
    h5py = require_h5py()
    warn_of_lost_returns(path, trajectories)
    ends = np.append(trajectories.episode_starts[1:], True)
    # h5py writes to the temporary file by its name: to write to the open one, it would have to read from it, too.
    with replace_on_success(path, 'wb') as unfinished, h5py.File(unfinished.name, 'w') as file:
        if is_image_names(trajectories.observations):
            _write_images(file, trajectories.observations)
        else:
            file.create_dataset('observations', data=trajectories.observations)
        file.create_dataset('actions', data=trajectories.actions)
        if trajectories.rewards is not None:
            file.create_dataset('rewards', data=trajectories.rewards)
        file.create_dataset('terminals', data=np.zeros(len(ends), dtype=bool))
        file.create_dataset('timeouts', data=ends)


def _write_images(file: Any, names: np.ndarray) -> None:
    """
    :param file: root group
    :param names: shape [N], of image files
    :raises ValueError: for images of unequal size; names one of them
    """
    shape = image_shape(str(names[0]))
    dataset = file.create_dataset('observations', shape=(len(names),) + shape, dtype=np.uint8)
    for row, name in enumerate(names.tolist()):
        image = read_image(name)
        if image.shape != shape:
            raise ValueError('Image {!r} has shape {}, but {!r} has {}; they must be alike.'.format(
                name, image.shape, str(names[0]), shape))
        dataset[row] = image
