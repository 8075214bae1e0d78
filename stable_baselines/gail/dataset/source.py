"""Which episodes a data set is made of: those of a file or of arrays, so many of them, one worker's share."""
import os
import warnings
from typing import Any, Mapping, Optional, Tuple, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.gail.dataset import images, trajectories
from stable_baselines.gail.dataset.loader import at_least_one
from stable_baselines.gail.dataset.trajectories import Trajectories

PathLike = Union[str, 'os.PathLike[str]']


def load(expert_path: Optional[PathLike], traj_data: Optional[Mapping[str, Any]]
         ) -> Tuple[Trajectories, Optional[str]]:
    """
    :param expert_path: as given by the caller
    :param traj_data: as given by the caller
    :return: all episodes, and the file's absolute name or None; names of images are absolute
    :raises ValueError: for both, neither, or data that cannot be used
    """
    if (expert_path is None) == (traj_data is None):
        raise ValueError('ExpertDataset needs either expert_path (an .npz file) or traj_data (a dict of arrays); {} '
                         'given.'.format('neither was' if traj_data is None else 'both were'))
    path = None
    if expert_path is not None:
        if not isinstance(expert_path, (str, os.PathLike)):
            raise ValueError('expert_path={!r}: the name of an .npz file is needed.'.format(expert_path))
        path = trajectories.find_file(expert_path)
        loaded = trajectories.read(path)
    elif isinstance(traj_data, Mapping):
        loaded = trajectories.from_mapping(traj_data, 'traj_data')
    else:
        raise ValueError('traj_data is of type {}; a dict of arrays is needed, as generate_expert_traj returns it.'
                         .format(type(traj_data).__name__))
    if loaded.observations.dtype.kind == 'U':
        folder = os.getcwd() if path is None else os.path.dirname(path)
        loaded = loaded._replace(observations=images.resolve_names(loaded.observations, folder, path or 'traj_data'))
    return loaded, path


def first_episodes(loaded: Trajectories, traj_limitation: int, source: str) -> Trajectories:
    """
    :param loaded: all episodes
    :param traj_limitation: as given by the caller
    :param source: for messages
    :return: that many episodes; all of them, with a warning, where there are not so many
    :raises ValueError: unless it is -1 or an integer of at least 1
    """
    if isinstance(traj_limitation, (int, np.integer)) and traj_limitation == -1:
        return loaded
    try:
        count = at_least_one(traj_limitation, 'traj_limitation')
    except ValueError:
        raise ValueError('traj_limitation={!r}: a number of episodes (at least 1) is needed, or -1 for all of them.'
                         .format(traj_limitation)) from None
    episodes = len(loaded.episode_returns)
    if count > episodes:
        warnings.warn('traj_limitation={}, but {} holds only {} episodes; all of them are used.'.format(
            count, source, episodes), stacklevel=3)
    return trajectories.limit(loaded, count)


def share_of_worker(loaded: Trajectories) -> Trajectories:
    """
    Divide episodes among MPI workers, as cards are dealt.

    :param loaded: all episodes
    :return: this worker's; all of them when it works alone
    :raises ValueError: where there are fewer episodes than workers
    """
    n_episodes = len(loaded.episode_returns)
    if n_episodes < mpi.size():
        raise ValueError('sharded=True: {} episodes cannot be divided among {} workers; use sharded=False, or fewer '
                         'workers.'.format(n_episodes, mpi.size()))
    if mpi.size() == 1:
        return loaded
    return trajectories.merge(trajectories.split(loaded)[mpi.rank()::mpi.size()])
