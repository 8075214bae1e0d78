"""What it costs to follow training: GAIL on CartPole silent, with all tables, with the progress bar as well.

    python -m benchmarks.following

All ways take turns, in one process and in an order that changes, each with a new model of the same seed. Rates are
those of the fastest run of each way. They differ by some percent between equal runs where the machine does other things
too, so the share of time spent in what follows training is measured by itself as well; its median is printed.
"""
import argparse
import contextlib
import os
import sys
import tempfile
import time
from typing import Any, Callable, Dict, Iterator, List, Tuple

import numpy as np

from benchmarks.tasks import CARTPOLE, expert_dataset
from stable_baselines import GAIL, logger
from stable_baselines.common.callbacks import BaseCallback, ProgressBarCallback
from stable_baselines.trpo_mpi.experience import Experience
from stable_baselines.trpo_mpi.report import TrainingReport

BATCH = 3 * 1024  # environment steps of an iteration


class Listener(BaseCallback):
    """Hears of each step, and does nothing."""

    def _on_step(self) -> bool:
        return True


def ways(folder: str) -> Dict[str, Dict[str, Any]]:
    """
    :param folder: for what is written
    :return: name -> what differs: arguments of the model and of ``learn``
    """
    return {'silent': dict(model=dict(), learn=dict()),
            'tables and csv': dict(model=dict(verbose=1), learn=dict()),
            'tables, csv and progress bar': dict(model=dict(verbose=1), learn=dict(progress_bar=True)),
            'progress bar alone': dict(model=dict(), learn=dict(progress_bar=True)),
            'TensorBoard': dict(model=dict(tensorboard_log=folder), learn=dict()),
            'a callback that listens': dict(model=dict(), learn=dict(callback=Listener()))}


class _Terminal:
    """Takes what a terminal would show."""

    def __init__(self, file: Any):
        self._file = file

    def isatty(self) -> bool:
        """As a terminal, where bars are drawn most often."""
        return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextlib.contextmanager
def hidden_terminal() -> Iterator[None]:
    """Context in which all output goes nowhere, though through the same calls."""
    before = sys.stdout, sys.stderr
    with open(os.devnull, 'w', encoding='utf-8') as nowhere:
        sys.stdout = sys.stderr = _Terminal(nowhere)
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before


class Stopwatch:
    """Measures the time spent in some methods, wherever they are called."""

    METHODS = ((TrainingReport, 'iteration'), (Experience, '_on_step'), (ProgressBarCallback, '_on_rollout_end'),
               (ProgressBarCallback, '_on_training_start'), (ProgressBarCallback, '_on_training_end'))

    def __init__(self) -> None:
        self.seconds = 0.0
        self._before = [getattr(owner, name) for owner, name in self.METHODS]

    def __enter__(self) -> 'Stopwatch':
        for (owner, name), method in zip(self.METHODS, self._before):
            setattr(owner, name, self._timed(method))
        return self

    def __exit__(self, *exc_info: Any) -> None:
        for (owner, name), method in zip(self.METHODS, self._before):
            setattr(owner, name, method)

    def _timed(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: Any) -> Any:
            began = time.perf_counter()
            result = method(*args)
            self.seconds += time.perf_counter() - began
            return result
        return timed


def measure(way: Dict[str, Any], folder: str, timesteps: int) -> Tuple[float, float]:
    """
    :param way: of ``ways``
    :param folder: for the CSV file
    :param timesteps: environment steps
    :return: environment steps a second of the processor's time, and the share of time spent in following
    """
    with hidden_terminal(), logger.ScopedConfigure(folder, ['stdout', 'csv']):
        model = GAIL('MlpPolicy', CARTPOLE, expert_dataset('cartpole', 10), seed=0, n_cpu_tf_sess=1, **way['model'])
        model.learn(BATCH)
        with Stopwatch() as watch:
            began, began_on_wall = time.process_time(), time.perf_counter()
            model.learn(timesteps, reset_num_timesteps=False, **way['learn'])
            seconds = time.process_time() - began
            share = watch.seconds / (time.perf_counter() - began_on_wall)
        return (model.num_timesteps - BATCH) / seconds, share


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=7, help='runs of each way')
    parser.add_argument('--timesteps', type=int, default=20 * BATCH, help='environment steps of a run')
    arguments = parser.parse_args()
    found: Dict[str, List[Tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        all_ways = ways(folder)
        for number in range(arguments.repeats):
            for name in np.random.RandomState(number).permutation(list(all_ways)):
                found.setdefault(name, []).append(measure(all_ways[name], folder, arguments.timesteps))
    print('{:<30} {:>10} {:>16}'.format('way', 'steps/s', 'share of time'))
    for name in all_ways:
        rates, shares = zip(*found[name])
        print('{:<30} {:>10.0f} {:>15.2f}%'.format(name, max(rates), 100 * np.median(shares)))


if __name__ == '__main__':
    main()
