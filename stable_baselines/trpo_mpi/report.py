"""Shows how training goes: a table and files by a logger, scalars for TensorBoard."""
from typing import Any, Dict, List, Optional

import numpy as np

from stable_baselines.common import mpi, training_report
from stable_baselines.common.checks import check_number
from stable_baselines.common.episode_statistics import Episode, EpisodeStatistics
from stable_baselines.common.math_util import safe_mean
from stable_baselines.common.rollout import Segment


class TrainingReport(training_report.TrainingReport):
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
        if log_interval is not None:
            check_number('log_interval', log_interval, 0.0)
        if model.run_diagnoses is None:  # otherwise they go on with the run
            model.run_diagnoses = model.diagnoses()
        super().__init__(model, model.figures, tb_log_name, new_run, model.run_diagnoses)
        self.statistics, self.log_interval = statistics, log_interval
        self._printed_at = -np.inf

    def iteration(self, figures: Dict[str, float], segment: Segment) -> None:
        """
        Take the figures of an iteration.

        :param figures: by column
        :param segment: the latest segment
        """
        self.diagnose(figures)
        ended = self._ended()
        steps = self.model.num_timesteps
        with_table = self.log_interval is not None and self.writes and steps - self._printed_at >= self.log_interval
        if not with_table and self.writer is None:
            return
        steps_at_once = self.model.n_envs * mpi.size()
        for episode in ended:
            self.write_episode(episode.true_total, episode.length, self._steps_before + episode.steps * steps_at_once)
        if with_table:
            self._printed_at = steps
        self.write(dict(figures, EpThisIter=len(ended), **self._progress()), with_table)
        self.write_histograms({'batch/observations': segment.observations, 'batch/actions': segment.actions,
                               'batch/rewards': segment.rewards, 'batch/values': segment.values})

    def _ended(self) -> List[Episode]:
        """
        :return: the episodes that ended in this iteration, at all workers; those of others are counted in
        """
        by_worker = mpi.gather_objects(self.statistics.take_ended())
        for number, episodes in enumerate(by_worker):
            if number != mpi.rank():
                for episode in episodes:
                    self.statistics.count(episode)
        return sorted((episode for episodes in by_worker for episode in episodes), key=lambda episode: episode.steps)

    def _progress(self) -> Dict[str, float]:
        speed, statistics = self.speed(), self.statistics
        row = dict(TimestepsSoFar=self.model.num_timesteps, EpisodesSoFar=statistics.n_episodes,
                   TimeElapsed=speed['seconds'], fps=speed['fps'])
        if statistics.lengths:
            row.update(EpLenMean=safe_mean(statistics.lengths), EpRewMean=safe_mean(statistics.returns))
            if statistics.returns != statistics.true_returns:
                row['EpTrueRewMean'] = safe_mean(statistics.true_returns)
        return row
