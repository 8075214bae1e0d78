"""What it costs to follow training: GAIL on CartPole silent, with all tables, with the progress bar as well.

    python -m benchmarks.following

All ways take turns, in one process and in an order that changes, each with a new model of the same seed; figures are
those of the fastest run of each way. *silent, again* tells how exact they are. Bind it to a core (``taskset -c 1``).
Time is that of the processor, so that other programs disturb little.
"""
import argparse
import contextlib
import os
import sys
import tempfile
import time
from typing import Any, Dict, Iterator, List

import numpy as np

from benchmarks.tasks import CARTPOLE, expert_dataset
from stable_baselines import GAIL, logger
from stable_baselines.common.callbacks import BaseCallback

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
            'silent, again': dict(model=dict(), learn=dict()),
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


def rate(way: Dict[str, Any], folder: str, timesteps: int) -> float:
    """
    :param way: of ``ways``
    :param folder: for the CSV file
    :param timesteps: environment steps
    :return: environment steps a second
    """
    with hidden_terminal(), logger.ScopedConfigure(folder, ['stdout', 'csv']):
        model = GAIL('MlpPolicy', CARTPOLE, expert_dataset('cartpole', 10), seed=0, n_cpu_tf_sess=1, **way['model'])
        model.learn(BATCH)
        began = time.process_time()
        model.learn(timesteps, reset_num_timesteps=False, **way['learn'])
        return (model.num_timesteps - BATCH) / (time.process_time() - began)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=7, help='runs of each way')
    parser.add_argument('--timesteps', type=int, default=20 * BATCH, help='environment steps of a run')
    arguments = parser.parse_args()
    rates: Dict[str, List[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        all_ways = ways(folder)
        for number in range(arguments.repeats):
            for name in np.random.RandomState(number).permutation(list(all_ways)):
                rates.setdefault(name, []).append(rate(all_ways[name], folder, arguments.timesteps))
    fastest = max(rates['silent'])
    print('{:<30} {:>10} {:>10}'.format('way', 'steps/s', 'slower by'))
    for name in all_ways:
        print('{:<30} {:>10.0f} {:>9.1f}%'.format(name, max(rates[name]), 100 * (fastest / max(rates[name]) - 1)))


if __name__ == '__main__':
    main()
