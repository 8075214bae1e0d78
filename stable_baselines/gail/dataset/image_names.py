"""Names of image files: found again where a data set names them, and as a data set stores them."""
import os
from typing import Iterator

import numpy as np

from stable_baselines.common.errors import FileFormatError

__all__ = ['resolve_names', 'stored_name']


def resolve_names(names: np.ndarray, folder: str, source: str) -> np.ndarray:
    """
    Find the image files that a data set names.

    A relative name counts from the folder of the data set, and if there is no such file from the working folder (so
    stable-baselines wrote them). When the data set was moved together with its images, a folder of the same name beside
    it is tried last. A relative name cannot lead out of these folders.

    :param names: shape [N], as stored
    :param folder: folder of the data set
    :param source: the data set, for messages
    :return: shape [N], absolute names of existing files
    :raises FileNotFoundError: names the first image that is missing, and where it was looked for
    :raises ValueError: when a name leads out of the folder
    """
    folder = os.path.abspath(folder)
    found = []
    for name in names.tolist():
        path = next(filter(os.path.isfile, _places(name, folder)), None)
        if path is None:
            _refuse(name, folder, source)
        found.append(path)
    return np.array(found)


def _places(name: str, folder: str) -> Iterator[str]:
    """
    :param name: as stored
    :param folder: absolute, of the data set
    :return: absolute paths to try, in order; none where the name leads out of every folder it may count from
    """
    if not name or '\0' in name:
        return
    path = os.path.normpath(name)
    if os.path.isabs(path):
        yield path
    elif not _leads_out(path):
        yield os.path.join(folder, path)
        yield os.path.join(os.getcwd(), path)
    tail = os.path.join(*path.split(os.sep)[-2:])
    if not _leads_out(tail):
        yield os.path.join(folder, tail)


def _leads_out(path: str) -> bool:
    """
    :param path: relative and normalized
    :return: whether it goes up from where it counts
    """
    return path == os.pardir or path.startswith(os.pardir + os.sep)


def _refuse(name: str, folder: str, source: str) -> None:
    """
    :param name: of an image that was not found, as stored
    :param folder: absolute, of the data set
    :param source: the data set, for messages
    :raises FileNotFoundError: says where it was looked for
    :raises FileFormatError: when it is not a name that leads anywhere inside the folder
    """
    places = list(dict.fromkeys(_places(name, folder)))
    if not places or _leads_out(os.path.normpath(name)):
        raise FileFormatError("{}: 'obs' holds {!r}, which is not the name of an image in the folder of the "
                              'demonstrations; put the images beside the file.'.format(source, name))
    raise FileNotFoundError("{}: image {!r} named in 'obs' is missing; looked for {}.".format(
        source, name, ', '.join(places)))


def stored_name(path: str, folder: str) -> str:
    """
    :param path: an image file
    :param folder: folder of the data set
    :return: the name to store: relative, with forward slashes, where the image lies below that folder, else absolute
    """
    relative = os.path.relpath(path, folder)
    return os.path.abspath(path) if relative.startswith(os.pardir) else relative.replace(os.sep, '/')
