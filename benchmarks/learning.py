"""Measures that the algorithms learn: the README's table of results.

    make benchmark                      # or: python -m benchmarks.learning --jobs 2

Trains each task with several seeds, each run in a process of its own on one core; a run that is done already is not
done again. Results go to benchmarks/results/<stack>/<task>-<seed>.json, tables into README.md and docs/results.inc.
"""
import argparse
import json
import os
import platform
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks.on_cores import bound_to, on_cores  # noqa: E402
from benchmarks.report import publish, write_whole  # noqa: E402

STACK = 'classic' if sys.version_info < (3, 8) else 'modern'
N_EPISODES = 50


class Task(NamedTuple):
    """One line of the table."""

    algorithm: str
    env: str  # 'cartpole', 'pendulum', 'catch' or 'cue'
    n_trajectories: int  # 0 where the algorithm needs none
    timesteps: int
    goal: float
    settings: Dict[str, Any] = {}  # that differ from the defaults
    max_kl: Sequence[Tuple[float, int]] = ()  # where it changes on the way: its value, and for how many steps
    policy: str = 'MlpPolicy'


CUE_SETTINGS = dict(sequence_length=32, timesteps_per_batch=512, gamma=0.5, lam=0.9, g_step=1, d_step=4,
                    d_stepsize=0.003, vf_stepsize=0.003, vf_iters=5)
CUE_STEPS = [(0.02, 48 * 512), (0.01, 32 * 512)]
TASKS: Dict[str, Task] = {
    'trpo-cartpole': Task('TRPO', 'cartpole', 0, 100000, 475.0),
    'trpo-cartpole-tuned': Task('TRPO', 'cartpole', 0, 100000, 475.0, dict(vf_stepsize=0.003)),
    'gail-cartpole': Task('GAIL', 'cartpole', 10, 300000, 475.0),
    'sac-pendulum': Task('SAC', 'pendulum', 0, 20000, -200.0),
    'gail-cartpole-tuned': Task('GAIL', 'cartpole', 10, 300000, 475.0, dict(vf_stepsize=0.003, vf_iters=5)),
    'gail-pendulum': Task('GAIL', 'pendulum', 25, 900000, -250.0),
    'gail-pendulum-tuned': Task('GAIL', 'pendulum', 25, 900000, -250.0, dict(
        gamma=0.95, lam=0.9, timesteps_per_batch=2048, vf_stepsize=0.001, entcoeff=0.01), max_kl=[
            (0.02, 73 * 4096), (0.01, 73 * 4096), (0.004, 37 * 4096), (0.002, 36 * 4096)]),
    'gail-catch': Task('GAIL', 'catch', 10, 120 * 1024, 9.0, dict(
        g_step=1, d_step=8, d_stepsize=0.003, gamma=0.5, lam=0.9), [(0.02, 80 * 1024), (0.01, 40 * 1024)], 'CnnPolicy'),
    'gail-cue': Task('GAIL', 'cue', 60, 80 * 512, 0.95, dict(CUE_SETTINGS, policy_kwargs=dict(n_lstm=32)), CUE_STEPS,
                     'MlpLstmPolicy'),
    'gail-cue-forgetful': Task('GAIL', 'cue', 60, 80 * 512, 0.95, CUE_SETTINGS, CUE_STEPS),
}


def train(name: str, seed: int) -> Dict[str, Any]:
    """
    :param name: key of TASKS
    :param seed: of everything
    :return: what goes into the result file
    """
    import stable_baselines
    from benchmarks.tasks import CARTPOLE, PENDULUM, expert_dataset, make_env, score
    from stable_baselines.common.tf1 import tf
    task = TASKS[name]
    env_id = dict(cartpole=CARTPOLE, pendulum=PENDULUM).get(task.env, task.env)
    arguments = [expert_dataset(task.env, task.n_trajectories)] if task.n_trajectories else []
    started = time.time()
    model = getattr(stable_baselines, task.algorithm)(task.policy, make_env(env_id), *arguments, seed=seed,
                                                      n_cpu_tf_sess=1, **task.settings)
    for max_kl, timesteps in task.max_kl:
        model.max_kl = max_kl
        model.learn(timesteps, reset_num_timesteps=False)
    if not task.max_kl:
        model.learn(task.timesteps)
    seconds = time.time() - started
    mean, std = score(model, env_id, N_EPISODES)
    return dict(task=name, seed=seed, env=env_id, timesteps=model.num_timesteps, settings=task.settings, mean=mean,
                std=std, seconds=seconds, python=platform.python_version(), tensorflow=tf.version.VERSION,
                version=stable_baselines.__version__)


def result_path(name: str, seed: int) -> str:
    """
    :param name: key of TASKS
    :param seed: of the run
    :return: where its result is kept
    """
    return os.path.join(HERE, 'results', STACK, '{}-{}.json'.format(name, seed))


def run_pinned(name_and_seed: Tuple[str, int], core: int) -> None:
    """
    Do one run in a process of its own, unless it is done already.

    :param name_and_seed: key of TASKS, and seed of the run
    :param core: the processor it may use
    :raises subprocess.CalledProcessError: when it fails
    """
    name, seed = name_and_seed
    if os.path.exists(result_path(name, seed)):
        return
    command = [sys.executable, '-m', 'benchmarks.learning', '--run', name, str(seed)]
    subprocess.run(bound_to(core) + command, cwd=ROOT, check=True)


def read_results(stack: str, n_seeds: int, name: str) -> List[Dict[str, Any]]:
    """
    :param stack: 'classic' or 'modern'
    :param n_seeds: how many seeds
    :param name: key of TASKS
    :return: the results that there are
    """
    paths = [os.path.join(HERE, 'results', stack, '{}-{}.json'.format(name, seed)) for seed in range(n_seeds)]
    results = []
    for path in paths:
        if os.path.exists(path):
            with open(path) as file:
                results.append(json.load(file))
    return results


def table_cells(n_seeds: int) -> List[List[str]]:
    """
    :param n_seeds: how many seeds
    :return: the table's lines, the header first
    """
    cells = [['task', 'settings', 'demonstrations', 'environment steps', 'goal', 'stack', 'return of each seed',
              'mean']]
    for name, task in TASKS.items():
        for stack in ('classic', 'modern'):
            results = read_results(stack, n_seeds, name)
            if results:
                returns = [result['mean'] for result in results]
                settings = ', '.join('{}={}'.format(*item) for item in task.settings.items()) or 'default'
                if task.policy != 'MlpPolicy':
                    settings = '{}, {}'.format(task.policy, settings)
                if task.max_kl:
                    settings += ', max_kl falls: ' + ', '.join('{:g}'.format(value) for value, _ in task.max_kl)
                cells.append(['{} {}'.format(task.algorithm, task.env.capitalize().replace('pole', 'Pole')), settings,
                              str(task.n_trajectories or '-'), '{:,}'.format(task.timesteps).replace(',', ' '),
                              '{:.3g}'.format(task.goal), stack,
                              ', '.join('{:.4g}'.format(value) for value in returns),
                              '{:.4g}'.format(np.mean(returns))])
    return cells


def write_tables(n_seeds: int) -> None:
    """
    Put the table into README.md, between its two marks, and docs/results.inc.

    :param n_seeds: how many seeds
    """
    publish('results', [table_cells(n_seeds)])


def main(arguments: Optional[List[str]] = None) -> None:
    """
    Command line.

    :param arguments: instead of the process's
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--tasks', nargs='+', choices=sorted(TASKS), default=list(TASKS))
    parser.add_argument('--seeds', type=int, default=3, help='seeds 0, 1, ... of each task')
    parser.add_argument('--jobs', type=int, default=1, help='runs at the same time, each on a core of its own')
    parser.add_argument('--run', nargs=2, metavar=('TASK', 'SEED'), help='do one run here and keep its result')
    options = parser.parse_args(arguments)
    if options.run:
        name, seed = options.run[0], int(options.run[1])
        result = train(name, seed)
        print(json.dumps(result))
        write_whole(result_path(name, seed), json.dumps(result, indent=1, sort_keys=True) + '\n')
        return
    on_cores(run_pinned, [(name, seed) for name in options.tasks for seed in range(options.seeds)], options.jobs)
    write_tables(options.seeds)


if __name__ == '__main__':
    main()
