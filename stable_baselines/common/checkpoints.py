"""Folders of checkpoints: which files belong to one, which is the newest, which are too many."""
import contextlib
import os
import re
from typing import List, NamedTuple, Optional, Tuple, Union

from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.safe_npz import open_archive, read_member
from stable_baselines.common.save_util import MEMBERS

__all__ = ['Checkpoint', 'checkpoints', 'newest_checkpoint', 'remove_all_but']

PathLike = Union[str, 'os.PathLike[str]']
_NAME = re.compile(r'(?P<prefix>.*)_(?P<steps>\d+)_steps\.zip')
# What may lie beside a model, by the same name but for this part and the suffix.
COMPANIONS = {'replay_buffer': '.npz', 'vecnormalize': '.pkl'}


class Checkpoint(NamedTuple):
    """A model that was saved on the way."""

    steps: int
    folder: str
    prefix: str

    @property
    def stem(self) -> str:
        """The model's file without its suffix."""
        return os.path.join(self.folder, '{}_{}_steps'.format(self.prefix, self.steps))

    @property
    def path(self) -> str:
        """The model's file."""
        return self.stem + '.zip'

    def companion(self, kind: str) -> str:
        """
        :param kind: 'replay_buffer' or 'vecnormalize'
        :return: the file of that kind that belongs to it, whether it exists or not
        """
        return os.path.join(self.folder, '{}_{}_{}_steps{}'.format(self.prefix, kind, self.steps, COMPANIONS[kind]))


def checkpoints(folder: PathLike, name_prefix: Optional[str] = None) -> List[Checkpoint]:
    """
    :param folder: where ``CheckpointCallback`` saves
    :param name_prefix: only those of this prefix; None for all
    :return: by the time they were written, the oldest first: a second training in the same folder counts from 0 again
    :raises FileNotFoundError: when there is no such folder
    """
    name = os.fspath(folder)
    matches = [match for match in map(_NAME.fullmatch, os.listdir(name)) if match is not None]
    found = [Checkpoint(int(match.group('steps')), name, match.group('prefix')) for match in matches]
    return sorted((one for one in found if name_prefix in (None, one.prefix)), key=_age)


def _age(checkpoint: Checkpoint) -> Tuple[int, int]:
    return os.stat(checkpoint.path).st_mtime_ns, checkpoint.steps


def newest_checkpoint(folder: PathLike, name_prefix: Optional[str] = None) -> str:
    """
    :param folder: where ``CheckpointCallback`` saves
    :param name_prefix: only those of this prefix; None for all
    :return: path of the latest model that is whole. A file that was copied in part, say, or is no model, is passed
        over
    :raises FileNotFoundError: when there is none
    """
    for checkpoint in reversed(checkpoints(folder, name_prefix)):
        if _is_whole(checkpoint.path):
            return checkpoint.path
    raise FileNotFoundError('No checkpoint in {!r}: expected a file such as {}_1000_steps.zip, which '
                            'CheckpointCallback saves.'.format(os.fspath(folder), name_prefix or 'rl_model'))


def _is_whole(path: str) -> bool:
    """
    :param path: named as a checkpoint
    :return: whether it is a model, of which nothing is missing or damaged
    """
    try:
        with open(path, 'rb') as file, open_archive(file, path, 'checkpoint') as archive:
            for name in set(MEMBERS).union(archive.namelist()):
                read_member(archive, name, path)  # which compares the checksum
        return True
    except (OSError, FileFormatError):
        return False


def remove_all_but(n_newest: int, folder: PathLike, name_prefix: str) -> None:
    """
    :param n_newest: how many are to stay
    :param folder: where they are
    :param name_prefix: only those of this prefix
    """
    for checkpoint in checkpoints(folder, name_prefix)[:-n_newest]:
        # The model goes first: what is left beside none of them is not taken for a checkpoint.
        for path in [checkpoint.path] + [checkpoint.companion(kind) for kind in COMPANIONS]:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
