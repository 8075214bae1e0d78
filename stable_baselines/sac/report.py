"""Shows how SAC's training goes: a table on the logger, scalars for TensorBoard."""
import time
from collections import deque
from typing import Any, Dict, List, Optional, Sequence

import numpy as np

from stable_baselines import logger
from stable_baselines.common.checks import check_whole
from stable_baselines.common.math_util import safe_mean
from stable_baselines.common.tensorboard import ScalarWriter
from stable_baselines.sac.collector import Transition

_WINDOW = 100  # episodes in the mean return


class TrainingReport:
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
        self.model, self.log_interval = model, log_interval
        self.tb_log_name, self.new_run = tb_log_name, new_run
        self.writer: Optional[ScalarWriter] = None
        self.n_episodes, self.n_updates = 0, 0
        self.returns: deque = deque(maxlen=_WINDOW)
        self.lengths: deque = deque(maxlen=_WINDOW)
        self._running = [[0.0, 0] for _ in range(model.n_envs)]  # return and length of each environment's episode
        self._learning_rate: Optional[float] = None
        self._figure_sums, self._n_summed = np.zeros(len(model.sac_graph.figure_names)), 0  # since the last table
        self._started, self._steps_before = time.time(), model.num_timesteps

    def __enter__(self) -> 'TrainingReport':
        if self.model.tensorboard_log is not None:
            self.writer = ScalarWriter.open(self.model.tensorboard_log, self.tb_log_name, self.new_run,
                                            self.model.graph)
        return self

    def __exit__(self, *exc_info) -> None:
        if self.writer is not None:
            self.writer.close()

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

    def step(self, transitions: Sequence[Transition]) -> None:
        """
        Take a step of all environments.

        :param transitions: one an environment
        """
        for running, transition in zip(self._running, transitions):
            running[0] += float(transition.reward)
            running[1] += 1
            if transition.done:
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
        figures = self._mean_figures()
        if self.writer is not None:
            self._write(figures)
        if self.log_interval is not None and self.n_episodes % self.log_interval == 0:
            if self.model.verbose >= 1:
                logger.logkvs(self._table(figures))
                logger.dumpkvs()
            self._figure_sums[:], self._n_summed = 0.0, 0

    def _mean_figures(self) -> Dict[str, float]:
        if self._n_summed == 0:
            return {}
        means = self._figure_sums / self._n_summed
        return {name: float(value) for name, value in zip(self.model.sac_graph.figure_names, means)}

    def _table(self, figures: Dict[str, float]) -> Dict[str, Any]:
        seconds = time.time() - self._started
        steps = self.model.num_timesteps
        table: Dict[str, Any] = {'episodes': self.n_episodes, 'mean 100 episode reward': safe_mean(self.returns),
                                 'mean 100 episode length': safe_mean(self.lengths), 'n_updates': self.n_updates}
        if self._learning_rate is not None:
            table['current_lr'] = self._learning_rate
        table.update(fps=int((steps - self._steps_before) / max(seconds, 1e-9)), time_elapsed=int(seconds))
        table.update(figures)
        table['total timesteps'] = steps
        return table

    def _write(self, figures: Dict[str, float]) -> None:
        steps = self.model.num_timesteps
        scalars = {'loss/' + name: value for name, value in figures.items()}
        scalars.update({'episode/return': self.returns[-1], 'episode/length': self.lengths[-1]})
        if self._learning_rate is not None:
            scalars['train/learning_rate'] = self._learning_rate
        self.writer.add_scalars(scalars, steps)
        if self.model.full_tensorboard_log:
            arrays = {'parameters/' + name.replace(':', '_'): value
                      for name, value in self.model.get_parameters().items()}
            self.writer.add_histograms(arrays, steps)
