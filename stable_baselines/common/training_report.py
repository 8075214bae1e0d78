"""Writes the figures of a training run: tables and files by a logger, scalars for TensorBoard, all from one row."""
import os
import time
import warnings
from contextlib import ExitStack
from typing import Any, Callable, Dict, List, Mapping, Optional

import numpy as np

from stable_baselines import logger
from stable_baselines.common import mpi
from stable_baselines.common.errors import TrainingWarning
from stable_baselines.common.figures import EPISODE_LENGTH, EPISODE_REWARD, Catalogue, ordered, tagged
from stable_baselines.common.run_logger import activated
from stable_baselines.common.tensorboard import ScalarWriter

# Looks at the figures of an iteration; returns what is wrong with the run, once, or None.
Diagnosis = Callable[[Mapping[str, float]], Optional[str]]


class TrainingReport:
    """
    Context of one ``learn()``; only the root worker writes. Inside it ``stable_baselines.logger`` means the model's.

    :param model: the model that learns
    :param catalogue: its figures
    :param tb_log_name: name of the run in TensorBoard
    :param new_run: begin a new run in TensorBoard
    :param diagnoses: what warns of a run that goes wrong; those that have done so are taken out
    """

    def __init__(self, model: Any, catalogue: Catalogue, tb_log_name: str, new_run: bool,
                 diagnoses: Optional[List[Diagnosis]] = None):
        self.model, self.catalogue = model, catalogue
        self.tb_log_name, self.new_run = tb_log_name, new_run
        self.writer: Optional[ScalarWriter] = None
        self._diagnoses = [] if diagnoses is None else diagnoses
        self._open = ExitStack()
        self._started, self._steps_before = time.time(), model.num_timesteps

    def __enter__(self) -> 'TrainingReport':
        if self.model.tensorboard_log is not None and mpi.is_root():
            self.writer = self._open.enter_context(self._open_writer())
        self._open.enter_context(activated(self.model.run_logger))
        return self

    def __exit__(self, *exc_info) -> None:
        self._open.close()

    def _open_writer(self) -> ScalarWriter:
        """A run that goes on does so in the model's own folder, even if another model has begun a later one there."""
        runs, key = self.model.tensorboard_runs, (os.path.abspath(self.model.tensorboard_log), self.tb_log_name)
        if self.new_run or key not in runs:
            writer = ScalarWriter.open(self.model.tensorboard_log, self.tb_log_name, self.new_run, self.model.graph)
        else:
            writer = ScalarWriter(runs[key])  # the graph is there already
        runs[key] = writer.folder
        return writer

    @property
    def file_writer(self) -> Optional[Any]:
        """The ``tf.summary.FileWriter`` of the run, for callbacks; None where nothing is written for TensorBoard."""
        return None if self.writer is None else self.writer.file_writer

    @property
    def prints(self) -> bool:
        """Whether a row would be shown on the screen."""
        return self.model.verbose >= 1 and mpi.is_root()

    @property
    def writes(self) -> bool:
        """Whether a row would go anywhere; ``verbose`` speaks of the screen, files are written in any case."""
        return mpi.is_root() and (self.prints or bool(self.model.run_logger.file_formats))

    def speed(self) -> Dict[str, float]:
        """
        :return: seconds since the beginning, and environment steps a second
        """
        seconds = time.time() - self._started
        return dict(seconds=seconds, fps=(self.model.num_timesteps - self._steps_before) / max(seconds, 1e-9))

    def write(self, row: Mapping[str, Any], with_table: bool) -> None:
        """
        :param row: figures by column
        :param with_table: write a table and rows of files, too
        """
        row = ordered(row, self.catalogue)
        if self.writer is not None:
            self.writer.add_scalars(tagged(row, self.catalogue), self.model.num_timesteps)
        if not with_table:
            return
        logger.logkvs(row)
        if self.prints:
            logger.dumpkvs()
        else:
            self.model.run_logger.dump_to_files()

    def write_episode(self, total: float, length: int, step: int) -> None:
        """
        :param total: return of an episode that ended, by the environment's rewards
        :param length: its steps
        :param step: environment steps at its end
        """
        if self.writer is not None:
            self.writer.add_scalars({EPISODE_REWARD: total, EPISODE_LENGTH: length}, step)

    def write_histograms(self, arrays: Mapping[str, np.ndarray]) -> None:
        """
        :param arrays: by tag; the model's parameters are added
        """
        if self.writer is not None and self.model.full_tensorboard_log:
            parameters = {'parameters/' + name.replace(':', '_'): value
                          for name, value in self.model.get_parameters().items()}
            self.writer.add_histograms(dict(arrays, **parameters), self.model.num_timesteps)

    def diagnose(self, figures: Mapping[str, float]) -> None:
        """
        Warn of what is wrong, each once.

        :param figures: of an iteration, by column
        """
        for diagnosis in list(self._diagnoses):
            message = diagnosis(figures)
            if message is not None:
                self._diagnoses.remove(diagnosis)
                warn_of_training(message)


def warn_of_training(message: str) -> None:
    """
    :param message: what is wrong with a run, what it means and what helps
    """
    if mpi.is_root():
        warnings.warn(message, TrainingWarning, stacklevel=2)
