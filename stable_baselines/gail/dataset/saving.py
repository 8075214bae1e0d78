"""Writes demonstrations so that file and images can be moved together."""
import hashlib
import os
import shutil
import uuid
from typing import Any, Dict

import numpy as np

from stable_baselines.gail.dataset import image_names, trajectories
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.trajectories import Trajectories

__all__ = ['save', 'with_images_beside']

IMAGE_FOLDER = 'recorded_images'


def save(path: Any, demonstrations: Trajectories, image_folder: str) -> str:
    """
    Write a file, and beside it the images that are not there yet.

    :param path: .npz file, '.npz' is added if missing; it appears whole or not at all
    :param demonstrations: what to write; names of images are absolute
    :param image_folder: folder, seen from that of ``path``, for images that lie outside of that
    :return: the file's absolute name
    :raises FileNotFoundError: names an image that is no longer there
    :raises ValueError: for an ``image_folder`` that leads out of the file's folder
    """
    name = os.path.abspath(trajectories.with_suffix(path))
    return trajectories.write(name, with_images_beside(demonstrations, name, image_folder))


def with_images_beside(demonstrations: Trajectories, path: str, image_folder: str = IMAGE_FOLDER) -> Trajectories:
    """
    :param demonstrations: names of images are absolute
    :param path: the file to be written
    :param image_folder: folder, seen from that of ``path``, into which images are copied that lie outside of that
    :return: the same with names as they are stored, seen from the file's folder
    :raises FileNotFoundError: names an image that is no longer there
    :raises ValueError: for an ``image_folder`` that leads out of the file's folder
    """
    if not is_image_names(demonstrations.observations):
        return demonstrations
    stored = _names_beside(demonstrations.observations, os.path.dirname(os.path.abspath(path)), image_folder)
    return demonstrations._replace(observations=stored)


def _names_beside(names: np.ndarray, folder: str, image_folder: str) -> np.ndarray:
    """
    :param names: shape [N], absolute
    :param folder: where the file will be
    :param image_folder: for those that lie outside of it
    :return: shape [N]: what to store in the file; copies are made
    """
    target = image_names.folder_below(folder, image_folder)
    pending = os.path.join(target, '.{}'.format(uuid.uuid4().hex[:12]))
    stored: Dict[str, str] = {}
    copies: Dict[str, str] = {}
    try:
        for name in dict.fromkeys(names.tolist()):
            stored[name] = image_names.stored_name(name, folder)
            if os.path.isabs(stored[name]):
                final = os.path.join(target, _name_by_content(name))
                stored[name] = image_names.stored_name(final, folder)
                if not os.path.exists(final) and final not in copies:
                    os.makedirs(pending, exist_ok=True)
                    copies[final] = shutil.copyfile(name, os.path.join(pending, os.path.basename(final)))
        for final, copy in copies.items():
            os.replace(copy, final)
    finally:
        shutil.rmtree(pending, ignore_errors=True)
    return np.array([stored[name] for name in names.tolist()])


def _name_by_content(path: str) -> str:
    """
    A name that means the same image for ever: another data set in the folder, or an older one under the same name,
    keeps its images whatever is saved later.

    :param path: of an image
    :return: name for a copy
    :raises FileNotFoundError: names the image
    """
    try:
        with open(path, 'rb') as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        raise FileNotFoundError('Image {!r} of the demonstrations is missing.'.format(path)) from None
    return digest[:24] + os.path.splitext(path)[1].lower()
