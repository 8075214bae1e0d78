"""Records each episode's return, length and time in a CSV file, and reads such files."""
import glob
import io
import json
import os
import time
from typing import Any, Dict, List, Optional, Sequence, Tuple

from stable_baselines.common.episode_file import EXTENSION, EpisodeFile, chosen_infos, episode_record
from stable_baselines.common.gym_api import gym
from stable_baselines.common.optional_import import optional_import

__all__ = ['LoadMonitorResultsError', 'Monitor', 'get_monitor_files', 'load_results',
           'read_monitor_file']


class Monitor(gym.Wrapper):
    """
    Records the episodes of an environment. The info of an episode's last step gets ``'episode'``: a dictionary of ``r``
    (return), ``l`` (length in steps), ``t`` (seconds since this object was made) and the keywords asked for.

    It speaks the dialect of the environment: what ``reset`` and ``step`` return passes through.

    :param env: environment of gym or gymnasium
    :param filename: the CSV file to write anew, ``.monitor.csv`` is appended; a folder gets a ``monitor.csv``; None
        writes no file. MPI workers other than the first put their rank into the name: ``0-rank001.monitor.csv``
    :param allow_early_resets: whether an episode may be left before its end
    :param reset_keywords: names of arguments that ``reset`` must be given, recorded with the episode
    :param info_keywords: names of entries of the last step's info to record
    """

    EXT = EXTENSION

    def __init__(self, env: Any, filename: Optional[str], allow_early_resets: bool = True,
                 reset_keywords: Sequence[str] = (), info_keywords: Sequence[str] = ()) -> None:
        super().__init__(env=env)
        self.t_start = time.time()
        self.allow_early_resets = allow_early_resets
        self.reset_keywords = tuple(reset_keywords)
        self.info_keywords = tuple(info_keywords)
        self.rewards: List[float] = []
        self.needs_reset = True
        self.episode_rewards: List[float] = []
        self.episode_lengths: List[int] = []
        self.episode_times: List[float] = []
        self.total_steps = 0
        self.current_reset_info: Dict[str, Any] = {}
        self._file: Optional[EpisodeFile] = None
        self.file_handler = self.logger = None  # the open file, and what writes its rows
        if filename is not None:
            spec = getattr(self.env, 'spec', None)
            self._file = EpisodeFile(filename, self.t_start, None if spec is None else spec.id,
                                     self.reset_keywords + self.info_keywords)
            self.file_handler, self.logger = self._file.file, self._file.rows

    @property
    def seed(self) -> Any:
        """The environment's method to seed it; the newer dialect has none, and takes the seed in ``reset``."""
        return self.env.seed

    def reset(self, **kwargs) -> Any:
        """
        Start an episode.

        :param kwargs: handed on
        :return: what the environment returns: the first observation, or it and an info
        :raises RuntimeError: when the episode is not over, and ``allow_early_resets`` is False
        :raises ValueError: when one of ``reset_keywords`` is missing
        """
        if not self.allow_early_resets and not self.needs_reset:
            raise RuntimeError('reset() of an episode that is not over after {} steps. Finish it, or wrap with '
                               'Monitor(env, filename, allow_early_resets=True).'.format(len(self.rewards)))
        for key in self.reset_keywords:
            if kwargs.get(key) is None:
                raise ValueError('reset_keywords holds {!r}: call reset({}=...).'.format(key, key))
            self.current_reset_info[key] = kwargs[key]
        self.rewards = []
        self.needs_reset = False
        return self.env.reset(**kwargs)

    def step(self, action: Any) -> Tuple[Any, ...]:
        """
        Take one step.

        :param action: an action of the environment
        :return: what the environment returns: observation, reward, done, info, or observation, reward, terminated,
            truncated, info
        :raises RuntimeError: when the episode is over or none was begun
        """
        if self.needs_reset:
            raise RuntimeError('step() without an episode under way. Call reset() first.')
        result = self.env.step(action)
        self.rewards.append(float(result[1]))
        self.total_steps += 1
        if result[2] or (len(result) == 5 and result[3]):
            return (*result[:-1], self._end_episode(result[-1]))
        return result

    def _end_episode(self, info: Dict[str, Any]) -> Dict[str, Any]:
        self.needs_reset = True
        elapsed = time.time() - self.t_start
        self.episode_rewards.append(sum(self.rewards))
        self.episode_lengths.append(len(self.rewards))
        self.episode_times.append(elapsed)
        record = dict(episode_record(self.episode_rewards[-1], self.episode_lengths[-1], elapsed),
                      **chosen_infos(info, self.info_keywords))
        record.update(self.current_reset_info)
        if self._file is not None:
            self._file.write(record)
        own = dict(info, episode=record)  # a new one, as the environment may keep its own for ever
        info.pop('TimeLimit.truncated', None)  # there, it would be said of the next end, too
        return own

    def close(self) -> None:
        """Close the environment and the file."""
        super().close()
        if self._file is not None:
            self._file.close()

    def get_total_steps(self) -> int:
        """
        :return: steps taken so far
        """
        return self.total_steps

    def get_episode_rewards(self) -> List[float]:
        """
        :return: returns of the episodes so far
        """
        return self.episode_rewards

    def get_episode_lengths(self) -> List[int]:
        """
        :return: lengths of the episodes so far, in steps
        """
        return self.episode_lengths

    def get_episode_times(self) -> List[float]:
        """
        :return: at which time each episode ended, in seconds since this object was made
        """
        return self.episode_times


class LoadMonitorResultsError(Exception):
    """Records of episodes are missing or cannot be read."""


def get_monitor_files(path: str) -> List[str]:
    """
    :param path: a folder
    :return: names of the files in it that a ``Monitor`` wrote, in order
    """
    return sorted(glob.glob(os.path.join(glob.escape(path), '*' + Monitor.EXT)))


def load_results(path: str) -> Any:
    """
    Read all records of a folder.

    :param path: a folder of files that ``Monitor`` wrote
    :return: ``pandas.DataFrame`` with a row each episode, ordered by the time of their ends: ``r`` (return), ``l``
        (length), ``t`` (seconds since the first file was begun) and the keywords recorded. Its attribute ``headers``
        lists what the files' first lines hold: dictionaries of ``t_start`` and ``env_id``, in the order of the names
    :raises LoadMonitorResultsError: when there is no such file, or one cannot be read; names it
    :raises ImportError: when pandas is missing
    """
    pandas = optional_import('pandas', 'load_results()')
    file_names = get_monitor_files(path)
    if not file_names:
        raise LoadMonitorResultsError('no file *{} in {!r}. Give the folder that Monitor wrote to.'
                                      .format(Monitor.EXT, path))
    tables, headers = [], []
    for file_name in file_names:
        header, rows = read_monitor_file(file_name)
        try:
            table = pandas.read_csv(io.StringIO(rows), index_col=None)
            table['t'] += header['t_start']
        except (KeyError, TypeError, ValueError) as error:
            raise LoadMonitorResultsError('{}: not a table of Monitor: {!r}'.format(file_name, error)) from error
        tables.append(table)
        headers.append(header)
    results = pandas.concat(tables).sort_values('t').reset_index(drop=True)
    results['t'] -= min(header['t_start'] for header in headers)
    object.__setattr__(results, 'headers', headers)  # pandas takes a list for an attempt to add a column, and warns
    return results


def read_monitor_file(file_name: str) -> Tuple[Dict[str, Any], str]:
    """
    :param file_name: a file that ``Monitor`` wrote
    :return: what its first line holds, and its other lines; a last line still being written is left out
    :raises LoadMonitorResultsError: when the first line is none of ``Monitor``
    """
    with open(file_name, encoding='utf-8', newline='') as file:
        first_line, rows = file.readline(), file.read()
    try:
        header = json.loads(first_line[1:])
        if not first_line.startswith('#') or 't_start' not in header:
            raise ValueError('t_start is missing')
    except ValueError as error:
        raise LoadMonitorResultsError('{}: the first line, {!r}, is not like #{{"t_start": 0.0, "env_id": "..."}}.'
                                      .format(file_name, first_line[:80])) from error
    return header, rows[:rows.rfind('\n') + 1]
