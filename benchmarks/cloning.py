"""Behaviour cloning from published experts' demonstrations: how good is the cloned policy?

    python -m benchmarks.cloning                # CartPole-v0, on the stack at hand
    python -m benchmarks.cloning halfcheetah    # HalfCheetah-v4, in an environment of its own with MuJoCo

Prints the mean return of the deterministic policy over 50 episodes for each seed. The demonstrations came with the task
of writing this library; they were recorded from policies published with Ho and Ermon 2016 (arXiv:1606.03476).
"""
import argparse
import os
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks.extra_env import extra_interpreter  # noqa: E402


class Task(NamedTuple):
    """What is cloned, and how."""

    env_id: str
    expert: str  # in benchmarks/experts
    n_trajectories: int
    goal: float
    policy_kwargs: Dict[str, Any]
    options: Dict[str, Any]  # of ``pretrain``
    environment: Optional[str] = None  # .venv/<name>, where the stack's own does not do


TASKS = {
    'cartpole': Task('CartPole-v0', 'cartpole-v0.npz', 4, 195.0, {}, dict(n_epochs=200, learning_rate=1e-3)),
    'halfcheetah': Task('HalfCheetah-v4', 'halfcheetah-v4.npz', 25, 4000.0, dict(net_arch=[dict(pi=[100, 100], vf=[])]),
                        dict(n_epochs=100, learning_rate=1e-3), 'mujoco'),
}


def clone(task: Task, seed: int) -> List[float]:
    """
    :param task: what
    :param seed: of everything
    :return: mean and standard deviation of the return, seconds of cloning
    """
    from benchmarks.tasks import score
    from stable_baselines import TRPO
    from stable_baselines.gail import ExpertDataset
    dataset = ExpertDataset(os.path.join(HERE, 'experts', task.expert), traj_limitation=task.n_trajectories,
                            train_fraction=0.9, batch_size=128, verbose=0)
    model = TRPO('MlpPolicy', task.env_id, seed=seed, policy_kwargs=task.policy_kwargs)
    began = time.perf_counter()
    model.pretrain(dataset, **task.options)
    seconds = time.perf_counter() - began
    return [*score(model, task.env_id, n_episodes=50), seconds]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('task', nargs='?', default='cartpole', choices=list(TASKS))
    parser.add_argument('--seeds', type=int, default=3, help='trainings')
    parser.add_argument('--here', action='store_true', help='in this environment, whatever the task needs')
    options = parser.parse_args()
    task = TASKS[options.task]
    if task.environment is not None and not options.here:
        python = extra_interpreter(task.environment, ['modern.txt', task.environment + '.txt'])
        command = [python, '-m', 'benchmarks.cloning', options.task, '--seeds', str(options.seeds), '--here']
        sys.exit(subprocess.run(command, cwd=ROOT, check=False).returncode)
    for seed in range(options.seeds):
        mean, std, seconds = clone(task, seed)
        print('{}, {} trajectories, seed {}: return {:.1f} +/- {:.1f} (wanted: {:g}), cloned in {:.0f} s'.format(
            task.env_id, task.n_trajectories, seed, mean, std, task.goal, seconds), flush=True)


if __name__ == '__main__':
    main()
