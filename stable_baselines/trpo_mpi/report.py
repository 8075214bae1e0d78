"""Shows how training goes: a table on the logger, scalars for TensorBoard."""
import time
from typing import Any, Dict, Optional

import numpy as np

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.checks import check_number
from stable_baselines.common.math_util import safe_mean
from stable_baselines.common.rollout import EpisodeStatistics, Segment
from stable_baselines.common.tensorboard import ScalarWriter


class TrainingReport:
    """
    Context of one ``learn()``; only the root worker writes.

    :param model: the model that learns
    :param statistics: of its episodes
    :param log_interval: environment steps between two tables at least; None for no tables
    :param tb_log_name: name of the run in TensorBoard
    :param new_run: begin a new run in TensorBoard
    """

    def __init__(self, model: Any, statistics: EpisodeStatistics, log_interval: Optional[float], tb_log_name: str,
                 new_run: bool):
        self.model, self.statistics = model, statistics
        self.log_interval, self.tb_log_name, self.new_run = log_interval, tb_log_name, new_run
        if log_interval is not None:
            check_number('log_interval', log_interval, 0.0)
        self.prints = model.verbose >= 1 and log_interval is not None and mpi.is_root()
        self.writer: Optional[ScalarWriter] = None
        self._started = time.time()
        self._printed_at = -np.inf
        self._episodes_before = 0

    def __enter__(self) -> 'TrainingReport':
        if self.model.tensorboard_log is not None and mpi.is_root():
            self.writer = ScalarWriter.open(self.model.tensorboard_log, self.tb_log_name, self.new_run,
                                            self.model.graph)
        return self

    def __exit__(self, *exc_info) -> None:
        if self.writer is not None:
            self.writer.close()

    def iteration(self, figures: Dict[str, float], segment: Segment) -> None:
        """
        Take the figures of an iteration.

        :param figures: name -> value
        :param segment: the latest segment
        """
        steps = self.model.num_timesteps
        if self.writer is not None:
            self._write(figures, segment, steps)
        if self.prints and steps - self._printed_at >= self.log_interval:
            self._printed_at = steps
            logger.logkvs(self._table(figures, steps))
            logger.dumpkvs()

    def _table(self, figures: Dict[str, float], steps: int) -> Dict[str, Any]:
        table = dict(figures)
        table['EpThisIter'] = self.statistics.n_episodes - self._episodes_before
        self._episodes_before = self.statistics.n_episodes
        table.update(self._episode_means())
        seconds = time.time() - self._started
        table.update(EpisodesSoFar=self.statistics.n_episodes, TimestepsSoFar=steps, TimeElapsed=seconds)
        return table

    def _episode_means(self) -> Dict[str, float]:
        statistics = self.statistics
        if not statistics.lengths:
            return {}
        means = dict(EpLenMean=safe_mean(statistics.lengths), EpRewMean=safe_mean(statistics.returns))
        if statistics.returns != statistics.true_returns:
            means['EpTrueRewMean'] = safe_mean(statistics.true_returns)
        return means

    def _write(self, figures: Dict[str, float], segment: Segment, steps: int) -> None:
        scalars = {'loss/' + name: float(value) for name, value in figures.items()}
        scalars.update({'episode/' + name: value for name, value in self._episode_means().items()})
        self.writer.add_scalars(scalars, steps)
        if self.model.full_tensorboard_log:
            arrays = {'batch/observations': segment.observations, 'batch/actions': segment.actions,
                      'batch/rewards': segment.rewards, 'batch/values': segment.values}
            arrays.update({'parameters/' + name.replace(':', '_'): value
                           for name, value in self.model.get_parameters().items()})
            self.writer.add_histograms(arrays, steps)
