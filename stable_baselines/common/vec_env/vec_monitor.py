"""Records episodes of a VecEnv."""
import os
import time
from typing import Optional, Sequence, Union

import numpy as np

from stable_baselines.common.episode_file import EpisodeFile, chosen_infos, episode_record
from stable_baselines.common.vec_env.base_vec_env import StepResult, VecEnv, VecEnvWrapper


class VecMonitor(VecEnvWrapper):
    """
    Records episodes as :class:`~stable_baselines.bench.Monitor` does, for all environments at once and in one file. The
    info of an episode's last step gets ``'episode'``: a dictionary of ``r`` (return), ``l`` (length in steps), ``t``
    (seconds since this object was made) and the keywords asked for.

    Rewards are counted as they come from inside. For returns in the environments' own units, put ``VecNormalize``
    around this, not the other way round. An ``'episode'`` of a ``Monitor`` inside is replaced.

    :param venv: what to wrap
    :param filename: the CSV file to write anew, as ``Monitor`` names it; None writes no file
    :param info_keywords: names of entries of an episode's last info to record
    """

    def __init__(self, venv: VecEnv, filename: Optional[Union[str, os.PathLike]] = None,
                 info_keywords: Sequence[str] = ()) -> None:
        super().__init__(venv)
        self.t_start, self.info_keywords = time.time(), tuple(info_keywords)
        self.episode_returns = np.zeros(self.num_envs)
        self.episode_lengths = np.zeros(self.num_envs, dtype=np.int64)
        self._file = None if filename is None else EpisodeFile(filename, self.t_start, None, self.info_keywords)

    def reset(self) -> np.ndarray:
        self.episode_returns[:], self.episode_lengths[:] = 0.0, 0
        return self.venv.reset()

    def step_wait(self) -> StepResult:
        observations, rewards, dones, infos = self.venv.step_wait()
        self.episode_returns += rewards
        self.episode_lengths += 1
        for index in np.flatnonzero(dones):
            record = dict(episode_record(float(self.episode_returns[index]), int(self.episode_lengths[index]),
                                         time.time() - self.t_start), **chosen_infos(infos[index], self.info_keywords))
            infos[index]['episode'] = record
            self.episode_returns[index], self.episode_lengths[index] = 0.0, 0
            if self._file is not None:
                self._file.write(record)
        return observations, rewards, dones, infos

    def close(self) -> None:
        """Close the environments and the file."""
        super().close()
        if self._file is not None:
            self._file.close()
