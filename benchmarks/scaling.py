"""Measures what several MPI workers gain: GAIL on Pendulum, environment steps a second of all workers together.

    make benchmark-scaling                              # or: python -m benchmarks.scaling --workers 1 2 4

One worker is a process without mpirun, bound to one core; the others start under this environment's mpirun, each bound
to a core of its own as far as there are enough. They take turns; the table holds medians. It goes to docs/scaling.inc,
every figure to benchmarks/results/scaling-<stack>.json. Leave the machine alone meanwhile.
"""
import argparse
import json
import os
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks.report import publish, write_whole  # noqa: E402

STACK = 'classic' if sys.version_info < (3, 8) else 'modern'
BATCHES, WARM_UP = 60, 6  # of 1024 steps a worker; three make an iteration


def work() -> Optional[Dict[str, float]]:
    """
    What each worker does.

    :return: on the first worker: steps a second of all, and messages and bytes that a worker sends for one batch
    """
    from benchmarks.tasks import PENDULUM, expert_dataset, make_env
    from stable_baselines import GAIL
    from stable_baselines.common import mpi
    model = GAIL('MlpPolicy', make_env(PENDULUM), expert_dataset('pendulum', 25), seed=0, n_cpu_tf_sess=1)
    model.learn(WARM_UP * 1024 * mpi.size())
    sizes: List[int] = []
    reduce_all = mpi.sum_over_workers

    def counted(array: Any) -> np.ndarray:
        sizes.append(np.asarray(array).nbytes)
        return reduce_all(array)
    mpi.sum_over_workers = counted
    mpi.any_worker(True)  # all start together
    sizes.clear()
    began = time.perf_counter()
    model.learn(BATCHES * 1024 * mpi.size())
    seconds = time.perf_counter() - began
    if not mpi.is_root():
        return None
    return dict(rate=model.num_timesteps / seconds, messages=len(sizes) / BATCHES, bytes=sum(sizes) / BATCHES)


def run(n_workers: int) -> Dict[str, float]:
    """
    :param n_workers: how many
    :return: what the first of them measured
    """
    command = [sys.executable, '-m', 'benchmarks.scaling', '--work']
    if n_workers == 1:
        command = ['taskset', '-c', '0'] + command
    else:
        binding = 'core' if n_workers <= (os.cpu_count() or 1) else 'none'
        command = [os.path.join(os.path.dirname(sys.executable), 'mpirun'), '--oversubscribe', '--bind-to', binding,
                   '-np', str(n_workers)] + command
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1', OMP_NUM_THREADS='1')
    done = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          check=True, timeout=600)
    return json.loads(done.stdout.decode().strip().splitlines()[-1])


def table_cells(figures: Dict[str, List[Dict[str, float]]]) -> List[List[str]]:
    """
    :param figures: number of workers -> what each run gave
    :return: lines of cells, without a header
    """
    lines = []
    alone = np.median([found['rate'] for found in figures['1']])
    for n_workers, found in sorted(figures.items(), key=lambda item: int(item[0])):
        rate = np.median([result['rate'] for result in found])
        several = int(n_workers) > 1
        lines.append([n_workers, '{:,.0f}'.format(rate).replace(',', ' '), '{:.2f}'.format(rate / alone),
                      '{:.0f}'.format(found[0]['messages']) if several else '0',
                      '{:.0f}'.format(found[0]['bytes'] / 1000.0) if several else '0'])
    return lines


def main(arguments: Optional[List[str]] = None) -> None:
    """
    Command line.

    :param arguments: instead of the process's
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--workers', nargs='+', type=int, default=[2, 4], help='numbers of workers, beside one alone')
    parser.add_argument('--runs', type=int, default=5, help='of each number of workers')
    parser.add_argument('--work', action='store_true', help='be one of the workers')
    options = parser.parse_args(arguments)
    if options.work:
        result = work()
        if result is not None:
            print(json.dumps(result), flush=True)
        return
    figures: Dict[str, List[Dict[str, float]]] = {}
    for _ in range(options.runs):
        for n_workers in sorted({1, *options.workers}):
            figures.setdefault(str(n_workers), []).append(run(n_workers))
            print(n_workers, figures[str(n_workers)][-1], flush=True)
    write_whole(os.path.join(HERE, 'results', 'scaling-{}.json'.format(STACK)),
                json.dumps(figures, indent=1, sort_keys=True) + '\n')
    publish('scaling', [report()])


def report() -> List[List[str]]:
    """
    :return: lines of cells of all stacks that were measured, the header first
    """
    lines = [['stack', 'workers', 'steps/s', 'times one worker', 'messages a batch', 'kilobytes a batch']]
    for stack in ('classic', 'modern'):
        path = os.path.join(HERE, 'results', 'scaling-{}.json'.format(stack))
        if os.path.exists(path):
            with open(path) as file:
                lines += [[stack] + cells for cells in table_cells(json.load(file))]
    return lines


if __name__ == '__main__':
    main()
