"""Event files for TensorBoard, written without a session and on both major versions of TensorFlow."""
import glob
import itertools
import os
import re
from typing import Any, Dict, Mapping, Optional, Tuple

import numpy as np

from stable_baselines.common.figures import EPISODE_REWARD
from stable_baselines.common.tf1 import tf

__all__ = ['Runs', 'ScalarWriter', 'TensorboardWriter', 'read_runs', 'run_folder', 'runs_to_save',
           'total_episode_reward_logger']

Runs = Dict[Tuple[str, str], str]  # (folder of all runs, name) -> folder of the latest run
_HISTOGRAM_BUCKETS = 30
_writer_numbers = itertools.count()


def run_folder(log_dir: str, tb_log_name: str, new_run: bool = True) -> str:
    """
    The folder of a run: ``<log_dir>/<tb_log_name>_<number>``.

    :param log_dir: folder of all runs
    :param tb_log_name: name of the run
    :param new_run: whether to take the number after the highest one there; otherwise the highest one, so that a
        continued run goes on in its folder
    :return: its name; the folder itself is not created
    """
    numbers = [0]
    for path in glob.glob(os.path.join(glob.escape(log_dir), glob.escape(tb_log_name) + '_*')):
        match = re.match(re.escape(tb_log_name) + r'_(\d+)$', os.path.basename(path))
        if match and os.path.isdir(path):
            numbers.append(int(match.group(1)))
    number = max(numbers) + 1 if new_run else max(max(numbers), 1)
    return os.path.join(log_dir, '{}_{}'.format(tb_log_name, number))


def runs_to_save(runs: Runs, log_dir: Any) -> Optional[Dict[str, Any]]:
    """
    :param runs: of a model
    :param log_dir: its folder of all runs; None for none
    :return: what a file holds of them: the numbered folder of each name, seen from that folder
    """
    if log_dir is None:
        return None
    return dict(log_dir=str(log_dir), folders={name: os.path.basename(run) for (place, name), run in runs.items()
                                               if place == os.path.abspath(log_dir)})


def read_runs(saved: Any, log_dir: Any) -> Runs:
    """
    :param saved: what a file holds of a model's runs
    :param log_dir: the model's folder of all runs; None for none
    :return: those that are still there. None in another folder than the file's: what has their names there is another
        model's
    """
    if not isinstance(saved, dict) or log_dir is None or saved.get('log_dir') != str(log_dir):
        return {}
    folders, found = saved.get('folders'), {}
    for name, base in folders.items() if isinstance(folders, dict) else ():
        if isinstance(base, str) and re.fullmatch(re.escape(str(name)) + r'_\d+', base):
            run = os.path.join(log_dir, base)
            if os.path.isdir(run):
                found[os.path.abspath(log_dir), name] = run
    return found


class ScalarWriter:
    """
    Writes numbers, histograms and graphs into an event file.

    :param folder: where; created when missing
    :param graph: a graph to show; None shows none
    """

    def __init__(self, folder: str, graph: Optional[tf.Graph] = None) -> None:
        self.folder = folder
        # TensorFlow 2 offers this writer only where nothing runs eagerly, as inside any graph.
        with tf.Graph().as_default():
            self.file_writer = tf.summary.FileWriter(folder, filename_suffix=_unique_suffix())
            if graph is not None:  # the writer's own argument would write it twice
                self.file_writer.add_graph(graph)

    @classmethod
    def open(cls, log_dir: str, tb_log_name: str = 'run', new_run: bool = True,
             graph: Optional[tf.Graph] = None) -> 'ScalarWriter':
        """
        Open a writer in the folder of a run.

        :param log_dir: folder of all runs
        :param tb_log_name: name of the run
        :param new_run: whether to begin a new folder or go on in the latest
        :param graph: a graph to show
        :return: the writer
        """
        folder = run_folder(log_dir, tb_log_name, new_run)
        while new_run and not _made_now(folder):  # another process, or thread, took the number just now
            folder = run_folder(log_dir, tb_log_name, new_run)
        return cls(folder, graph)

    def add_scalars(self, values: Mapping[str, float], step: int) -> None:
        """
        :param values: numbers by tag
        :param step: position on the horizontal axis
        """
        summaries = [tf.Summary.Value(tag=tag, simple_value=float(value)) for tag, value in values.items()]
        self.file_writer.add_summary(tf.Summary(value=summaries), int(step))

    def add_histograms(self, arrays: Mapping[str, np.ndarray], step: int) -> None:
        """
        :param arrays: arrays of any shape by tag; numbers that are not finite are left out
        :param step: position on the horizontal axis
        """
        summaries = [tf.Summary.Value(tag=tag, histo=_histogram(np.asarray(array, np.float64).ravel()))
                     for tag, array in arrays.items()]
        self.file_writer.add_summary(tf.Summary(value=summaries), int(step))

    def add_graph(self, graph: tf.Graph) -> None:
        """
        :param graph: what to show on the graphs page
        """
        self.file_writer.add_graph(graph)

    def flush(self) -> None:
        """Hand everything added so far to the operating system."""
        self.file_writer.flush()

    def close(self) -> None:
        """Flush, and end the writing thread; calling it again does nothing."""
        self.file_writer.close()

    def __enter__(self) -> 'ScalarWriter':
        return self

    def __exit__(self, *_exception) -> None:
        self.close()


def _made_now(folder: str) -> bool:
    """
    :param folder: to be created
    :return: whether it was not there before
    """
    try:
        os.makedirs(folder)
    except FileExistsError:
        return False
    return True


def _unique_suffix() -> str:
    """
    :return: end for the name of an event file: TensorFlow names files by the second, and would overwrite the one
        of a run that went on in the same folder within it
    """
    return '.{}.{:06d}'.format(os.getpid(), next(_writer_numbers))


def _histogram(values: np.ndarray) -> Any:
    values = values[np.isfinite(values)]
    counts, edges = np.histogram(values, bins=_HISTOGRAM_BUCKETS)
    return tf.HistogramProto(min=values.min() if values.size else 0.0, max=values.max() if values.size else 0.0,
                             num=values.size, sum=values.sum(), sum_squares=np.square(values).sum(),
                             bucket_limit=edges[1:].tolist(), bucket=counts.tolist())


class TensorboardWriter:
    """
    Context manager around a ``tf.summary.FileWriter`` for the length of a training run.

    :param graph: the graph to show
    :param tensorboard_log_path: folder of all runs; None gives None for a writer
    :param tb_log_name: name of the run
    :param new_tb_log: whether to begin a new folder or go on in the latest
    """

    def __init__(self, graph: tf.Graph, tensorboard_log_path: Optional[str], tb_log_name: str,
                 new_tb_log: bool = True) -> None:
        self.graph = graph
        self.tensorboard_log_path = tensorboard_log_path
        self.tb_log_name = tb_log_name
        self.new_tb_log = new_tb_log
        self.writer: Optional[tf.summary.FileWriter] = None

    def __enter__(self) -> Optional['tf.summary.FileWriter']:
        if self.tensorboard_log_path is not None:
            scalar_writer = ScalarWriter.open(self.tensorboard_log_path, self.tb_log_name, self.new_tb_log, self.graph)
            self.writer = scalar_writer.file_writer
        return self.writer

    def __exit__(self, *_exception) -> None:
        if self.writer is not None:
            self.writer.close()


def total_episode_reward_logger(rew_acc: np.ndarray, rewards: np.ndarray, masks: np.ndarray, writer: Any, steps: int
                                ) -> np.ndarray:
    """
    Write the return of each episode that ended in a batch, under the tag ``episode_reward``. For training loops of
    one's own; the library's models do so by themselves.

    :param rew_acc: what the running episodes had gathered before the batch, shape [n_envs]; changed in place
    :param rewards: shape [n_envs, n_steps]
    :param masks: where an episode begins, so that the one before it has ended, shape [n_envs, n_steps]
    :param writer: a ``tf.summary.FileWriter``
    :param steps: environment steps before the batch; a return is written at ``steps`` plus the index of the mask
    :return: ``rew_acc``, with what the running episodes have gathered after the batch
    :raises ValueError: when the shapes do not fit
    """
    rewards, masks = np.asarray(rewards), np.asarray(masks, dtype=bool)
    if rewards.ndim != 2 or masks.shape != rewards.shape or len(rew_acc) != len(rewards):
        raise ValueError('rewards and masks must be of one shape [n_envs, n_steps], and rew_acc of shape [n_envs]; '
                         'found {}, {} and {}.'.format(rewards.shape, masks.shape, np.shape(rew_acc)))
    for env, (some_rewards, starts) in enumerate(zip(rewards, masks)):
        begin = 0
        for start in np.flatnonzero(starts):
            total = rew_acc[env] + some_rewards[begin:start].sum()
            value = tf.Summary.Value(tag=EPISODE_REWARD, simple_value=float(total))
            writer.add_summary(tf.Summary(value=[value]), int(steps + start))
            rew_acc[env], begin = 0, start
        rew_acc[env] += some_rewards[begin:].sum()
    return rew_acc
