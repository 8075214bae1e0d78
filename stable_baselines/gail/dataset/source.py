"""Which episodes a data set is made of: those of files or arrays, so many of them, some steps, one worker's share."""
import os
import warnings
from typing import Any, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Union

import numpy as np

from stable_baselines.common import mpi
from stable_baselines.gail.dataset import trajectories
from stable_baselines.gail.dataset.batches import random_state
from stable_baselines.gail.dataset.formats import registry
from stable_baselines.gail.dataset.formats.assemble import with_found_images
from stable_baselines.gail.dataset.loader import at_least_one
from stable_baselines.gail.dataset.subsampling import every_nth_step
from stable_baselines.gail.dataset.trajectories import Trajectories

PathLike = Union[str, 'os.PathLike[str]']


class Loaded(NamedTuple):
    """
    What was found.

    :param parts: the episodes of each file, alike in shape; names of images are absolute
    :param paths: absolute names of the files, none for arrays
    :param name: where it all comes from, for messages
    """

    parts: List[Trajectories]
    paths: List[str]
    name: str

    @property
    def trajectories(self) -> Trajectories:
        """All episodes."""
        return self.parts[0] if len(self.parts) == 1 else trajectories.merge(self.parts)

    def limited(self, count: int) -> 'Loaded':
        """
        :param count: how many episodes to keep, at least 1
        :return: the first ones; a file that none of them is in has no say in what is known of them
        """
        parts: List[Trajectories] = []
        for part in self.parts:
            if count > 0:
                parts.append(trajectories.limit(part, count))
                count -= len(parts[-1].episode_returns)
        return self._replace(parts=parts)


def load(expert_path: Union[None, PathLike, Iterable[PathLike]], traj_data: Union[None, Mapping[str, Any], Trajectories]
         ) -> Loaded:
    """
    :param expert_path: as given by the caller: one file, or several to be joined in their order
    :param traj_data: as given by the caller
    :return: all episodes, and where they come from
    :raises FileNotFoundError: names every path tried
    :raises ValueError: for both, neither, or data that cannot be used
    """
    if (expert_path is None) == (traj_data is None):
        raise ValueError('ExpertDataset needs either expert_path (an .npz file) or traj_data (a dict of arrays); {} '
                         'given.'.format('neither was' if traj_data is None else 'both were'))
    if expert_path is not None:
        return _load_files(_names(expert_path))
    name = 'traj_data'
    if isinstance(traj_data, Trajectories):
        traj_data, name = trajectories.to_dict(traj_data), 'the given episodes'
    if not isinstance(traj_data, Mapping):
        raise ValueError('traj_data is of type {}; a dict of arrays is needed, as generate_expert_traj returns it.'
                         .format(type(traj_data).__name__))
    given = with_found_images(trajectories.from_mapping(traj_data, name), os.getcwd(), name, anywhere=True)
    return Loaded([given], [], name)


def _names(expert_path: Union[PathLike, Iterable[PathLike]]) -> Sequence[PathLike]:
    """
    :param expert_path: as given by the caller
    :return: at least one name
    :raises ValueError: when something among them is none
    """
    if isinstance(expert_path, (str, os.PathLike)):
        return [expert_path]
    if isinstance(expert_path, (bytes, Mapping)) or not hasattr(expert_path, '__iter__'):
        raise ValueError('expert_path={!r}: the name of an .npz file is needed, or a list of names.'.format(
            expert_path))
    names = list(expert_path)
    if not names:
        raise ValueError('expert_path={!r} is empty; at least one .npz file is needed.'.format(expert_path))
    for index, name in enumerate(names):
        if not isinstance(name, (str, os.PathLike)):
            raise ValueError('expert_path[{}]={!r}: the name of an .npz file is needed.'.format(index, name))
    return names


def _load_files(names: Sequence[PathLike]) -> Loaded:
    """
    :param names: of files, at least one
    :return: their episodes, in the given order
    :raises FileNotFoundError: names every path tried
    :raises ValueError: for a file that cannot be used, or does not fit the first one
    """
    paths = [trajectories.find_file(name) for name in names]
    parts = [with_found_images(registry.read(path), os.path.dirname(path), path) for path in paths]
    trajectories.require_alike(parts, paths)
    others = len(paths) - 1
    name = paths[0] + (' and {} more file{}'.format(others, 's' if others > 1 else '') if others else '')
    return Loaded(parts, paths, name)


def first_episodes(loaded: Loaded, traj_limitation: int) -> Trajectories:
    """
    :param loaded: all episodes
    :param traj_limitation: as given by the caller
    :return: that many episodes; all of them, with a warning, where there are not so many
    :raises ValueError: unless it is -1 or an integer of at least 1
    """
    if isinstance(traj_limitation, (int, np.integer)) and traj_limitation == -1:
        return loaded.trajectories
    try:
        count = at_least_one(traj_limitation, 'traj_limitation')
    except ValueError:
        raise ValueError('traj_limitation={!r}: a number of episodes (at least 1) is needed, or -1 for all of them.'
                         .format(traj_limitation)) from None
    episodes = sum(len(part.episode_returns) for part in loaded.parts)
    if count > episodes:
        warnings.warn('traj_limitation={}, but {} holds only {} episodes; all of them are used.'.format(
            count, loaded.name, episodes), stacklevel=3)
    return loaded.limited(count).trajectories


def some_steps(loaded: Trajectories, subsample: Any, seed: Optional[int]) -> Trajectories:
    """
    :param loaded: whole episodes
    :param subsample: as given by the caller: keep one step out of so many
    :param seed: of the first step kept in each episode. Without one the choice is always the same: MPI workers have to
        agree on it, or together they would learn from more steps than were asked for
    :return: the steps kept
    :raises ValueError: unless it is an integer of at least 1
    """
    stride = at_least_one(subsample, 'subsample')
    return loaded if stride == 1 else every_nth_step(loaded, stride, random_state(0 if seed is None else seed))


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
