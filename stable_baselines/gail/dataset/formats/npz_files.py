"""Reads .npz files: this library's and stable-baselines', and the older ones of HumanCompatibleAI/imitation."""
from stable_baselines.common.errors import FileFormatError
from stable_baselines.common.safe_npz import names_in_npz, read_npz
from stable_baselines.gail.dataset.formats import imitation_format
from stable_baselines.gail.dataset.trajectories import Trajectories, from_mapping

__all__ = ['read_npz_file']

_WHAT = 'demonstrations'


def read_npz_file(path: str) -> Trajectories:
    """
    :param path: the file
    :return: the episodes; names of images as they stand there
    :raises FileFormatError: names the file and the key at fault
    """
    is_imitations = imitation_format.is_archive(names_in_npz(path, _WHAT))
    # Its 'infos' are pickled dicts, which say nothing that is needed here.
    arrays = read_npz(path, _WHAT, omit=('infos',) if is_imitations else ())
    try:
        return imitation_format.from_archive(arrays, path) if is_imitations else from_mapping(arrays, path)
    except ValueError as error:
        raise FileFormatError(str(error)) from None
