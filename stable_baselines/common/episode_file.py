"""The CSV file that a ``Monitor`` or ``VecMonitor`` writes: a line for each episode."""
import csv
import json
import os
from typing import Any, Dict, Optional, Sequence, Union

from stable_baselines.common import mpi

__all__ = ['EXTENSION', 'EpisodeFile', 'chosen_infos', 'episode_record']

EXTENSION = 'monitor.csv'


def episode_record(total: float, length: int, seconds: float) -> Dict[str, Union[float, int]]:
    """
    :param total: return
    :param length: steps
    :param seconds: since recording began
    :return: what ``info['episode']`` says of an episode
    """
    return {'r': round(total, 6), 'l': length, 't': round(seconds, 6)}


def chosen_infos(info: Dict[str, Any], keywords: Sequence[str]) -> Dict[str, Any]:
    """
    :param info: of an episode's last step
    :param keywords: what of it is recorded
    :return: those entries
    :raises ValueError: when one is missing
    """
    for key in keywords:
        if key not in info:
            raise ValueError("info_keywords holds {!r}, but the info of an episode's last step has only {}.".format(
                key, sorted(map(str, info))))
    return {key: info[key] for key in keywords}


class EpisodeFile:
    """
    A file of episodes, begun anew.

    :param filename: ``.monitor.csv`` is appended; a folder gets a ``monitor.csv``. MPI workers other than the first put
        their rank into the name: ``0-rank001.monitor.csv``
    :param t_start: time at which recording began, in seconds since 1970
    :param env_id: name of the environment
    :param keywords: columns besides return, length and time
    """

    def __init__(self, filename: Union[str, os.PathLike], t_start: float, env_id: Optional[str],
                 keywords: Sequence[str]) -> None:
        path = _path(os.fspath(filename))
        os.makedirs(os.path.dirname(path) or '.', exist_ok=True)
        self.file = open(path, 'w', encoding='utf-8', newline='')
        self.file.write('#{}\n'.format(json.dumps({'t_start': t_start, 'env_id': env_id})))
        self.rows = csv.DictWriter(self.file, ('r', 'l', 't') + tuple(keywords), lineterminator='\n')
        self.rows.writeheader()
        self.file.flush()

    def write(self, record: Dict[str, Any]) -> None:
        """
        :param record: of one episode: a value for each column
        """
        self.rows.writerow(record)
        self.file.flush()  # a whole line at once, so a reader never meets half of one

    def close(self) -> None:
        """Nothing more will be written."""
        self.file.close()


def _path(filename: str) -> str:
    if not filename.endswith(EXTENSION):
        filename = os.path.join(filename, EXTENSION) if os.path.isdir(filename) else filename + '.' + EXTENSION
    if not mpi.file_suffix():
        return filename
    folder, name = os.path.split(filename[:-len(EXTENSION)])
    return os.path.join(folder, (name.rstrip('.') + mpi.file_suffix()).lstrip('-') + '.' + EXTENSION)
