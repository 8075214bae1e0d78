"""What the gradient penalty costs: GAIL on CartPole-v1 with it and without it, in turns, on one core.

    python benchmarks/penalty_cost.py [--rounds N] [--core N] [--steps N]

All settings but the penalty are the defaults. In each round each model trains once, in an order that turns; what counts
is the median over the rounds of a model's processor time over that of the plain one in the same round, which other
programs on the machine hardly change. Prints a table; figures go to benchmarks/results/penalty-<stack>.json.
"""
import argparse
import json
import os
import sys
import time
import warnings
from typing import Any, Dict, List, Tuple

import numpy as np

if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from benchmarks.report import markdown_table, write_whole
from benchmarks.tasks import CARTPOLE, expert_dataset
from stable_baselines import GAIL

STEPS = 10 * 3 * 1024  # of one training: ten iterations
STACK = 'classic' if sys.version_info < (3, 8) else 'modern'
RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'results', 'penalty-{}.json')
VARIANTS: Dict[str, Dict[str, Any]] = {'plain': {}, 'gradient_penalty=10': dict(gradient_penalty=10.0)}
Times = Dict[str, List[Tuple[float, float]]]  # variant -> (wall, processor) seconds of each round


def run(rounds: int, steps: int) -> Times:
    """
    :param rounds: how often each variant is measured, after one round that is not
    :param steps: environment steps of one measurement
    :return: the times
    """
    models = {name: GAIL('MlpPolicy', CARTPOLE, expert_dataset('cartpole', 10), seed=0, **options)
              for name, options in VARIANTS.items()}
    times: Times = {name: [] for name in models}
    for number in range(rounds + 1):
        names = list(models)
        for name in names[number % len(names):] + names[:number % len(names)]:
            began = time.perf_counter(), time.process_time()
            models[name].learn(steps, reset_num_timesteps=False)
            if number > 0:
                times[name].append((time.perf_counter() - began[0], time.process_time() - began[1]))
    return times


def figures(times: Times, steps: int) -> List[Dict[str, Any]]:
    """
    :param times: of all variants
    :param steps: environment steps of one measurement
    :return: for each variant its name, steps a second, and how much more wall and processor time it took, as shares
    """
    plain = np.array(times['plain'])
    found = []
    for name, measured in times.items():
        wall, processor = (np.median(np.array(measured) / plain, axis=0) - 1.0).tolist()
        found.append(dict(stack=STACK, variant=name, steps_per_second=steps / np.median(np.array(measured)[:, 0]),
                          more_time=wall, more_processor_time=processor, rounds=len(measured)))
    return found


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--rounds', type=int, default=20, help='measurements of each variant')
    parser.add_argument('--core', type=int, help='processor core to stay on; by default, wherever the system likes')
    parser.add_argument('--steps', type=int, default=STEPS, help='environment steps of one measurement')
    arguments = parser.parse_args()
    warnings.filterwarnings('ignore', category=DeprecationWarning)  # gym 0.26 uses a name that NumPy changed
    if arguments.core is not None:
        os.sched_setaffinity(0, {arguments.core})
    found = figures(run(arguments.rounds, arguments.steps), arguments.steps)
    write_whole(RESULTS.format(STACK), json.dumps(found, indent=1) + '\n')
    print(markdown_table([['stack', 'variant', 'steps/s', 'more time', 'more processor time']] + [
        [row['stack'], row['variant'], '{:,.0f}'.format(row['steps_per_second']).replace(',', ' '),
         '{:+.1%}'.format(row['more_time']), '{:+.1%}'.format(row['more_processor_time'])] for row in found]))


if __name__ == '__main__':
    main()
