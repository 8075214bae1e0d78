"""Shows how SAC's training goes: a table and files by a logger, scalars for TensorBoard."""
from collections import deque
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from stable_baselines.common import training_report
from stable_baselines.common.checks import check_whole
from stable_baselines.common.figures import SAC_FIGURES
from stable_baselines.common.math_util import safe_mean
from stable_baselines.sac.collector import Transition

_WINDOW = 100  # episodes in the mean return


class TrainingReport(training_report.TrainingReport):
    """
    Context of one ``learn()``.

    :param model: the model that learns
    :param log_interval: episodes between two tables; None for none
    :param tb_log_name: name of the run in TensorBoard
    :param new_run: begin a new run in TensorBoard
    :raises ValueError: when ``log_interval`` is not a positive whole number
    """

    def __init__(self, model: Any, log_interval: Optional[int], tb_log_name: str, new_run: bool):
        if log_interval is not None:
            check_whole('log_interval', log_interval, 1)
        super().__init__(model, SAC_FIGURES, tb_log_name, new_run)
        self.log_interval = log_interval
        self.n_episodes, self.n_updates = 0, 0
        self.returns: deque = deque(maxlen=_WINDOW)
        self.lengths: deque = deque(maxlen=_WINDOW)
        self.successes: deque = deque(maxlen=_WINDOW)  # of episodes whose last info has 'is_success'
        self._running = [[0.0, 0] for _ in range(model.n_envs)]  # return and length of each environment's episode
        self._learning_rate: Optional[float] = None
        self._figure_sums, self._n_summed = np.zeros(len(model.sac_graph.figure_names)), 0  # since the last table

    def buffers(self) -> Dict[str, Any]:
        """
        :return: what callbacks see
        """
        return dict(episode_returns=self.returns, episode_lengths=self.lengths, writer=self.file_writer)

    def update(self, figures: np.ndarray, learning_rate: float) -> None:
        """
        Take the figures of a gradient step.

        :param figures: in the graph's order
        :param learning_rate: that it was made with
        """
        self.n_updates += 1
        self._learning_rate = learning_rate
        self._figure_sums += figures
        self._n_summed += 1

    def write_summary(self, inputs: Sequence[Any]) -> None:
        """
        Write ``model.summary``, which callbacks may have set, for TensorBoard.

        :param inputs: of a gradient step, in the graph's order
        """
        if self.model.summary is not None and self.writer is not None:
            feeds = dict(zip(self.model.sac_graph.inputs, inputs))
            self.file_writer.add_summary(self.model.sess.run(self.model.summary, feeds), self.model.num_timesteps)

    def step(self, transitions: Sequence[Transition]) -> None:
        """
        Take a step of all environments.

        :param transitions: one an environment
        """
        for running, transition in zip(self._running, transitions):
            running[0] += float(transition.reward)
            running[1] += 1
            if transition.done:
                success = transition.info.get('is_success')
                if success is not None:
                    self.successes.append(float(success))
                self._end_episode(*running)
                running[:] = 0.0, 0

    @property
    def episode_rewards(self) -> List[float]:
        """Returns of the latest episodes, and last that of the first environment's running one."""
        return [*self.returns, self._running[0][0]]

    def _end_episode(self, total: float, length: int) -> None:
        self.n_episodes += 1
        self.returns.append(total)
        self.lengths.append(length)
        self.write_episode(total, length, self.model.num_timesteps)
        is_due = self.log_interval is not None and self.n_episodes % self.log_interval == 0
        with_table = is_due and self.writes
        if with_table or self.writer is not None:
            self.write(self._row(), with_table)
            self.write_histograms({})
        if is_due or self.log_interval is None:
            self._figure_sums[:], self._n_summed = 0.0, 0

    def _mean_figures(self) -> Dict[str, float]:
        if self._n_summed == 0:
            return {}
        means = self._figure_sums / self._n_summed
        return {name: float(value) for name, value in zip(self.model.sac_graph.figure_names, means)}

    def _row(self) -> Dict[str, Any]:
        speed = self.speed()
        row: Dict[str, Any] = {'episodes': self.n_episodes, 'mean 100 episode reward': safe_mean(self.returns),
                               'mean 100 episode length': safe_mean(self.lengths), 'n_updates': self.n_updates,
                               'fps': int(speed['fps']), 'time_elapsed': int(speed['seconds']),
                               'total timesteps': self.model.num_timesteps}
        if self._learning_rate is not None:
            row['current_lr'] = self._learning_rate
        records = self.model.ep_info_buf
        if records:
            row.update(ep_rewmean=safe_mean([record['r'] for record in records]),
                       eplenmean=safe_mean([record['l'] for record in records]))
        if self.successes:
            row['success rate'] = safe_mean(self.successes)
        row.update(self._mean_figures())
        return row
