"""A script in which the two workers do not always do the same."""
import hashlib
import multiprocessing
import os
import sys

import numpy as np

from stable_baselines import TRPO
from stable_baselines.common import mpi
from stable_baselines.common.gym_api import spaces
from stable_baselines.gail import generate_expert_traj
from tests.environments import RandomEnv


def digest(arrays):
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def idle():
    """What a process of a worker's own does."""


def main(folder):
    """Print, of each worker, what should be the same, or should not."""
    os.chdir(folder)
    env, rank, actions = RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)), mpi.rank(), []
    np.random.seed(0)
    model = TRPO('MlpPolicy', env, timesteps_per_batch=32, cg_iters=2, policy_kwargs=dict(net_arch=[4]))
    model.learn(640, callback=lambda found, _globals: actions.append(int(found['actions'][0])))
    print('actions', rank, digest([actions]), flush=True)

    if rank == 0:
        model.save('model')
        first = generate_expert_traj(model, 'expert', n_episodes=3)
    model.learn(64)
    recorded = generate_expert_traj(model, 'expert', n_episodes=3)
    assert rank > 0 or not np.array_equal(first['obs'], recorded['obs'])
    print('recorded', rank, digest([recorded['obs'], recorded['actions']]), flush=True)

    if rank == 0:
        model = TRPO.load('model', env)
    model.learn(64, reset_num_timesteps=False)
    print('learned', rank, model.num_timesteps, digest(model.get_parameters().values()), flush=True)

    process = multiprocessing.get_context('spawn').Process(target=idle)
    process.start()
    process.join()
    print('process', rank, process.exitcode, flush=True)
    model.learn(64)


if __name__ == '__main__':
    main(*sys.argv[1:])
