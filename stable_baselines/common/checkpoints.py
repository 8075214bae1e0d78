"""Folders of checkpoints: which files belong to one, which is the newest, which are too many."""
import contextlib
import os
import re
from typing import List, NamedTuple, Optional, Union

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
    wanted = [one for one in found if name_prefix in (None, one.prefix)]
    # A link may lead nowhere, and another process may remove the oldest ones meanwhile.
    aged = [(_written(one.path), one.steps, one) for one in wanted]
    return [one for _, _, one in sorted(item for item in aged if item[0] is not None)]


def _written(path: str) -> Optional[int]:
    """
    :param path: of a file
    :return: when it was written last, in nanoseconds; None when it is gone
    """
    try:
        return os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return None


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
    Remove old checkpoints, and what saves that were killed left behind before those that stay.

    :param n_newest: how many are to stay
    :param folder: where they are
    :param name_prefix: only those of this prefix
    """
    found = checkpoints(folder, name_prefix)
    for checkpoint in found[:-n_newest]:
        # The model goes first: what is left beside none of them is not taken for a checkpoint.
        for path in [checkpoint.path] + [checkpoint.companion(kind) for kind in COMPANIONS]:
            with contextlib.suppress(FileNotFoundError):
                os.remove(path)
    oldest = _written(found[-n_newest:][0].path) if found else None
    if oldest is not None:
        _remove_leftovers(os.fspath(folder), name_prefix, oldest)


def _remove_leftovers(folder: str, name_prefix: str, before: int) -> None:
    """
    :param folder: where checkpoints are
    :param name_prefix: only of this prefix
    :param before: only what was written before this moment: the rest may belong to a save under way
    """
    pattern = re.compile(r'(?P<dot>\.?)' + re.escape(name_prefix) + r'(?P<kind>_replay_buffer|_vecnormalize|)_'
                         r'(?P<steps>\d+)_steps\.(zip|npz|pkl)(?P<temporary>\.[0-9a-f]+\.tmp)?')
    for entry in os.listdir(folder):
        match, path = pattern.fullmatch(entry), os.path.join(folder, entry)
        written = None if match is None else _written(path)
        if written is None or written >= before:
            continue
        model = Checkpoint(int(match.group('steps')), folder, name_prefix).path
        is_alone = match.group('kind') and not match.group('dot') and not os.path.exists(model)
        if is_alone or (match.group('dot') and match.group('temporary')):
            with contextlib.suppress(OSError):
                os.remove(path)
