"""Names of image files: found again where a data set names them, and as a data set stores them."""
import os
from typing import Iterator

import numpy as np

from stable_baselines.common.errors import FileFormatError

__all__ = ['folder_below', 'resolve_names', 'stored_name']


def resolve_names(names: np.ndarray, folder: str, source: str, anywhere: bool = False) -> np.ndarray:
    """
    Find the image files that a data set names.

    A relative name counts from the folder of the data set, and if there is no such file from the working folder (so
    stable-baselines wrote them). When the data set was moved together with its images, a folder of the same name beside
    it is tried last. No name of a file from a stranger leads out of these folders, unless by a symbolic link in them.

    :param names: shape [N], as stored
    :param folder: folder of the data set
    :param source: the data set, for messages
    :param anywhere: whether absolute names may lead out of the folder: those of arrays in memory, which a program has
        put there
    :return: shape [N], absolute names of existing files
    :raises FileNotFoundError: names the first image that is missing, and where it was looked for
    :raises ValueError: when a name leads out of the folder
    """
    folder = os.path.abspath(folder)
    found = []
    for name in names.tolist():
        path = next(filter(os.path.isfile, _places(name, folder, anywhere)), None)
        if path is None:
            _refuse(name, folder, source, anywhere)
        found.append(path)
    return np.array(found)


def _places(name: str, folder: str, anywhere: bool) -> Iterator[str]:
    """
    :param name: as stored
    :param folder: absolute, of the data set
    :param anywhere: see ``resolve_names``
    :return: absolute paths to try, in order; none where the name leads out of every folder it may count from
    """
    if not name or '\0' in name:
        return
    path = os.path.normpath(name)
    if _may_be_meant(path, folder, anywhere):
        yield os.path.join(folder, path)
        yield os.path.join(os.getcwd(), path)
    tail = os.path.join(*path.split(os.sep)[-2:])
    if not _leads_out(tail):
        yield os.path.join(folder, tail)


def _may_be_meant(path: str, folder: str, anywhere: bool) -> bool:
    """
    :param path: normalized
    :param folder: absolute, of the data set
    :param anywhere: see ``resolve_names``
    :return: whether it leads to where it may; if not, only its end counts
    """
    if not os.path.isabs(path):
        return not _leads_out(path)
    return anywhere or _is_below(path, folder) or _is_below(os.path.realpath(path), os.path.realpath(folder))


def _leads_out(path: str) -> bool:
    """
    :param path: relative and normalized
    :return: whether it goes up from where it counts
    """
    return path == os.pardir or path.startswith(os.pardir + os.sep)


def _is_below(path: str, folder: str) -> bool:
    """
    :param path: absolute and normalized
    :param folder: absolute and normalized
    :return: whether the path is that of the folder, or of something in it
    """
    return (path + os.sep).startswith(folder.rstrip(os.sep) + os.sep)


def _refuse(name: str, folder: str, source: str, anywhere: bool) -> None:
    """
    :param name: of an image that was not found, as stored
    :param folder: absolute, of the data set
    :param source: the data set, for messages
    :param anywhere: see ``resolve_names``
    :raises FileNotFoundError: says where it was looked for
    :raises FileFormatError: when it is not a name that leads anywhere inside the folder
    """
    places = list(dict.fromkeys(_places(name, folder, anywhere)))
    where = 'the column of images' if source.lower().endswith('.csv') else "'obs'"
    if not places or not _may_be_meant(os.path.normpath(name), folder, anywhere):
        raise FileFormatError('{}: {} holds {!r}, which is not the name of an image in the folder of the '
                              'demonstrations; put the images beside the file.'.format(source, where, name))
    raise FileNotFoundError('{}: image {!r} named in {} is missing; looked for {}.'.format(
        source, name, where, ', '.join(places)))


def stored_name(path: str, folder: str) -> str:
    """
    :param path: an image file
    :param folder: folder of the data set
    :return: the name to store: relative, with forward slashes, where the image lies below that folder, else absolute
    """
    path, folder = os.path.abspath(path), os.path.abspath(folder)
    return os.path.relpath(path, folder).replace(os.sep, '/') if _is_below(path, folder) else path


def folder_below(folder: str, image_folder: str) -> str:
    """
    :param folder: of the file that will name the images
    :param image_folder: where they shall be, as given by the caller: seen from there, or absolute
    :return: the same, as a path that can be opened
    :raises ValueError: when it leads out of the file's folder, where nothing would find the images again
    """
    joined = os.path.join(folder, image_folder)
    if not _is_below(os.path.abspath(joined), os.path.abspath(folder)):
        raise ValueError('image_folder={!r}: images must lie in the folder of the file, {}, or below it; a symbolic '
                         'link there may lead to another disk.'.format(image_folder, os.path.abspath(folder)))
    return joined
