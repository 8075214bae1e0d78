"""Behaviour cloning and GAIL on the tasks of the GAIL paper, beside what the paper reports.

    python -m benchmarks.paper_table                         # all of it: hours; what is done already is not done again
    python -m benchmarks.paper_table --tasks hopper --trajectories 4 --jobs 2
    python -m benchmarks.paper_table --report                # only the tables, of the results that there are

Each run is a process of its own on one core and writes a file benchmarks/results/paper/<task>-<trajectories>-<method>-
<seed>.json; tables go into README.md and docs/paper.inc. Settings are those of ``stable_baselines.gail.presets``;
demonstrations are cut as in the paper. MuJoCo's tasks run in an environment of their own (gym 0.26.2, mujoco 2.3.3),
made when missing. The methods: 'gail', 'cloning', and 'original', the GAIL of stable-baselines 2.10.2 with its default
settings on the same demonstrations for the same number of environment steps (MountainCar and Acrobot).
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks.extra_env import extra_interpreter  # noqa: E402
from benchmarks.on_cores import bound_to, on_cores  # noqa: E402
from benchmarks.paper_tasks import PAPER_TASKS  # noqa: E402
from benchmarks.report import publish  # noqa: E402

METHODS = ('gail', 'cloning', 'original')
WITH_ORIGINAL = ('mountaincar', 'acrobot')
RESULTS = os.path.join(HERE, 'results', 'paper')


class Run(NamedTuple):
    """One training."""

    task: str
    n_trajectories: int
    method: str
    seed: int

    @property
    def path(self) -> str:
        """Where its result is kept."""
        return os.path.join(RESULTS, '{}-{}-{}-{}.json'.format(*self))

    def result(self) -> Optional[Dict[str, Any]]:
        """
        :return: what was measured; None while it has not been
        """
        if not os.path.exists(self.path):
            return None
        with open(self.path) as file:
            return json.load(file)


def interpreter(run: Run) -> str:
    """
    :param run: a training
    :return: the Python to do it with
    """
    if run.method == 'original':  # needs Python 3.7, as the classic stack
        classic = _said_by([os.path.join('tools', 'stack_python.sh'), 'classic'])
        return _said_by([classic, os.path.join('tools', 'make_env.py'), 'original'])
    environment = PAPER_TASKS[run.task].environment
    return extra_interpreter(environment, ['modern.txt', environment + '.txt']) if environment else sys.executable


def _said_by(command: List[str]) -> str:
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def do(run: Run, core: int) -> None:
    """
    Do a training in a process of its own, unless it has been done.

    :param run: which
    :param core: the processor it may use
    """
    if os.path.exists(run.path):
        return
    program = 'paper_original.py' if run.method == 'original' else 'paper_run.py'
    command = bound_to(core) + [interpreter(run), os.path.join(HERE, program), run.task, str(run.n_trajectories),
                                run.method, str(run.seed), run.path]
    environment = dict(os.environ, OMP_NUM_THREADS='1', PYTHONPATH='' if run.method == 'original' else ROOT)
    os.makedirs(RESULTS, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, 'errors'), 'w+') as errors:
        if run.method == 'original':
            command += [PAPER_TASKS[run.task].env_id, cut_demonstrations(run, folder),
                        str(PAPER_TASKS[run.task].preset.timesteps)]
        # files, not pipes: the original leaves a process behind that would hold a pipe open
        failed = subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors, check=False,
                                env=environment).returncode
        errors.seek(0)
        message = errors.read()[-2000:]
    if failed or not os.path.exists(run.path):
        print('{} failed: {}'.format(run, message), flush=True)
        return
    result = run.result()
    print('{task} {n_trajectories} {method} {seed}: {mean:.1f} +/- {std:.1f}, {steps} steps, {seconds:.0f} s'.format(
        **result), flush=True)


def cut_demonstrations(run: Run, folder: str) -> str:
    """
    :param run: a training
    :param folder: where to
    :return: file of the same rows as the other methods learn from with this seed
    """
    demonstrations = PAPER_TASKS[run.task].demonstrations(run.n_trajectories, run.seed)
    return demonstrations.save(os.path.join(folder, 'demonstrations'))


def mean_of(task: str, n_trajectories: int, method: str, seeds: int, key: str = 'mean') -> Optional[float]:
    """
    :param task: key of PAPER_TASKS
    :param n_trajectories: of the demonstrations
    :param method: one of METHODS
    :param seeds: how many
    :param key: of the results
    :return: mean over the seeds that there are; None without any, or where one of them has no such value
    """
    found = [Run(task, n_trajectories, method, seed).result() for seed in range(seeds)]
    values = [result[key] for result in found if result is not None]
    return None if not values or None in values else float(np.mean(values))


def table(seeds: int) -> List[List[str]]:
    """
    :param seeds: how many of each
    :return: the table's lines, the header first
    """
    lines = [['task', 'trajectories', 'expert', 'cloning, paper', 'cloning', 'GAIL, paper', 'GAIL', 'GAIL, each seed',
              'steps', 'steps to threshold, paper', 'steps to threshold', 'seconds to it', 'original GAIL']]
    for name, task in PAPER_TASKS.items():
        for place, count in enumerate(task.trajectories):
            found = [Run(name, count, 'gail', seed).result() for seed in range(seeds)]
            each = [result['mean'] for result in found if result is not None]
            if not each:
                continue
            first = place == 0
            lines.append([
                task.env_id, str(count), _number(task.paper_expert), _number(task.paper_cloning[place]),
                _number(mean_of(name, count, 'cloning', seeds)), _number(task.paper_gail[place]),
                '**{}**'.format(_number(np.mean(each))), ', '.join(map(_number, each)), _steps(task.preset.timesteps),
                '{} to {}'.format(_steps(task.paper_steps), _number(task.threshold)) if first else '',
                _steps(mean_of(name, count, 'gail', seeds, 'steps_to_threshold')),
                _number(mean_of(name, count, 'gail', seeds, 'seconds_to_threshold')),
                _number(mean_of(name, count, 'original', seeds))])
    return lines


def _number(value: Optional[float]) -> str:
    return '' if value is None else '{:.0f}'.format(value) if abs(value) >= 1000 else '{:.1f}'.format(value)


def _steps(value: Optional[float]) -> str:
    if value is None:
        return ''
    return '{:.3g} M'.format(value / 1e6) if value >= 1e6 else '{:.0f} k'.format(value / 1e3)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--tasks', nargs='+', choices=list(PAPER_TASKS), default=list(PAPER_TASKS))
    parser.add_argument('--trajectories', nargs='+', type=int, help='only these numbers of them')
    parser.add_argument('--methods', nargs='+', choices=METHODS, default=list(METHODS))
    parser.add_argument('--seeds', type=int, default=3, help='seeds 0, 1, ... of each')
    parser.add_argument('--jobs', type=int, default=1, help='runs at the same time, each on a core of its own')
    parser.add_argument('--report', action='store_true', help='only write the tables')
    options = parser.parse_args()
    runs = [Run(task, count, method, seed) for place in range(4) for task in options.tasks
            for count in PAPER_TASKS[task].trajectories[place:place + 1] for seed in range(options.seeds)
            for method in options.methods if method != 'original' or (task in WITH_ORIGINAL and place == 0)]
    if not options.report:
        on_cores(do, [run for run in runs if not options.trajectories or run.n_trajectories in options.trajectories],
                 options.jobs)
    publish('paper', [table(options.seeds)])


if __name__ == '__main__':
    main()
