"""What logging costs: GAIL on CartPole with and without it, in turns, on one core.

    python benchmarks/logging_overhead.py [--rounds N] [--core N]

All variants train models of one seed, so they make the same steps. In each round each variant trains once, in an order
that turns; what counts is the median over the rounds of a variant's time over that of the plain one in the same round.
The table goes to docs/logging_overhead.inc, this stack's lines to benchmarks/results/logging-<stack>.json.
"""
import argparse
import contextlib
import inspect
import json
import os
import sys
import tempfile
import time
import warnings
from typing import Any, Dict, List, Tuple

import numpy as np

if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from benchmarks.report import publish, write_whole
from benchmarks.tasks import CARTPOLE, expert_dataset
from stable_baselines import GAIL, logger

STEPS = 30 * 1024  # of one training: ten iterations
BAR = 'progress_bar'
STACK = 'classic' if sys.version_info < (3, 8) else 'modern'
RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'results', 'logging-{}.json')
Times = Dict[str, List[Tuple[float, float]]]  # variant -> (wall, processor) seconds of each round


def variants(folder: str) -> Dict[str, Tuple[Any, Dict[str, Any]]]:
    """
    :param folder: where they write
    :return: by name, the model and the arguments of its ``learn``
    """
    def make(number: int, **options: Any) -> GAIL:
        model = GAIL('MlpPolicy', CARTPOLE, expert_dataset('cartpole', 10), seed=0, **options)
        if options.get('verbose'):
            model.set_logger(logger.make_logger(os.path.join(folder, str(number)), ['stdout', 'log', 'csv']))
        return model

    found = {'nothing': (make(0), {}),
             'table, log and CSV': (make(1, verbose=1), {}),
             'TensorBoard': (make(2, tensorboard_log=os.path.join(folder, 'tb')), {})}
    if BAR in inspect.signature(GAIL.learn).parameters:
        found['table, log, CSV and progress bar'] = (make(3, verbose=1), {BAR: True})
    return found


def measure(model: GAIL, options: Dict[str, Any]) -> Tuple[float, float]:
    """
    :param model: to train
    :param options: of ``learn``
    :return: seconds of wall clock and of the processor
    """
    began = time.perf_counter(), time.process_time()
    model.learn(STEPS, reset_num_timesteps=False, **options)
    return time.perf_counter() - began[0], time.process_time() - began[1]


def run(rounds: int) -> Times:
    """
    :param rounds: how often each variant is measured, after one round that is not
    :return: the times
    """
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, 'screen'), 'w') as screen, \
            contextlib.redirect_stdout(screen), contextlib.redirect_stderr(screen):
        models = variants(folder)
        times: Times = {name: [] for name in models}
        for number in range(rounds + 1):
            names = list(models)
            for name in names[number % len(names):] + names[:number % len(names)]:
                measured = measure(*models[name])
                if number > 0:
                    times[name].append(measured)
        models.clear()
    return times


def cells(times: Times) -> List[List[str]]:
    """
    :param times: of all variants
    :return: lines of this stack
    """
    lines, plain = [], np.array(times['nothing'])
    for name, measured in times.items():
        extra = (np.median(np.array(measured) / plain, axis=0) - 1.0) * 100.0
        rate = STEPS / np.median(np.array(measured)[:, 0])
        lines.append([STACK, name, '{:,.0f}'.format(rate).replace(',', ' ')] + [
            '{:.1f} %'.format(value) if name != 'nothing' else '' for value in extra])
    return lines


def report(lines: List[List[str]]) -> None:
    """
    :param lines: of this stack, which are kept; those of the other one come from their file
    """
    write_whole(RESULTS.format(STACK), json.dumps(lines, indent=1) + '\n')
    table = [['stack', 'logging', 'steps/s', 'more time', 'more processor time']]
    for stack in ('classic', 'modern'):
        if os.path.exists(RESULTS.format(stack)):
            with open(RESULTS.format(stack)) as file:
                table += json.load(file)
    publish('logging_overhead', [table])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=20, help='measurements of each variant')
    parser.add_argument('--core', type=int, help='processor core to stay on; by default, wherever the system likes')
    arguments = parser.parse_args()
    warnings.filterwarnings('ignore', category=DeprecationWarning)  # gym 0.26 uses a name that NumPy changed
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    report(cells(run(arguments.rounds)))


if __name__ == '__main__':
    main()
