"""Writing files that are either whole or not there.

A program can be killed, or a disk can fill up, at any moment. The content is therefore written beside the target under
a temporary name, forced to the disk, and renamed; until the rename, the old file stays as it was.
"""
import contextlib
import os
import shutil
import uuid
from typing import IO, Any, Iterator, Union

__all__ = ['replace_on_success']

PathLike = Union[str, 'os.PathLike[str]']


@contextlib.contextmanager
def replace_on_success(path: PathLike, mode: str = 'wb') -> Iterator[IO[Any]]:
    """
    Open a file that takes the place of ``path`` when the block ends, and vanishes when the block raises.

    :param path: the target. Missing folders are created; a symbolic link is followed, so the link itself survives; a
        device or pipe (``/dev/stdout``) is written directly, because renaming over it would destroy it
    :param mode: 'wb' for bytes, 'w' for text, which is written as UTF-8
    :return: context manager giving the open file
    :raises ValueError: for another mode
    :raises OSError: when the target is a folder, or its folder cannot be written; names the target. What the caller's
        own writing raises (a full disk, say) passes through
    """
    if mode not in ('wb', 'w'):
        raise ValueError("mode={!r}: a file is replaced whole, so mode must be 'wb' or 'w'.".format(mode))
    target = os.path.realpath(os.fspath(path))
    if os.path.exists(target) and not os.path.isfile(target):
        # Opening a folder raises the IsADirectoryError that the caller should see.
        with _open(target, mode) as file:
            yield file
        return
    temporary = _create_beside(target, os.fspath(path))
    try:
        with _open(temporary, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise
    _sync_folder(os.path.dirname(target))


def _open(path: str, mode: str) -> IO[Any]:
    """
    :param path: file name
    :param mode: 'wb' or 'w'
    :return: the open file; text is UTF-8 whatever the locale
    """
    return open(path, mode) if 'b' in mode else open(path, mode, encoding='utf-8')


def _create_beside(target: str, shown: str) -> str:
    """
    Create an empty file next to the target, in the same folder, since a rename is atomic only within one file system.

    :param target: absolute name of the file to be replaced
    :param shown: the name as the caller wrote it, for messages
    :return: name of the new file; its permissions follow the umask, as those of any new file
    :raises OSError: when the folder cannot be made or written
    """
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, '.{}.{}.tmp'.format(name[:100], uuid.uuid4().hex[:12]))
    try:
        os.makedirs(folder, exist_ok=True)
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise type(error)(error.errno, '{}: the folder must exist, or be creatable, and be writable'
                          .format(error.strerror), shown) from error
    return temporary


def _sync_folder(folder: str) -> None:
    """
    Force a rename itself to the disk, where the platform can.

    :param folder: the folder whose entries changed
    """
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
