"""What two workers write when both ask for it, under one name or under names of their own."""
import hashlib
import os
import sys
import time

import numpy as np

from stable_baselines import TRPO
from stable_baselines.common import atomic_file, mpi
from stable_baselines.common.gym_api import spaces
from stable_baselines.gail import ExpertDataset, generate_expert_traj
from tests.environments import RandomEnv

ENV = RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2))


def main(folder):
    """Report what was written, by whom."""
    os.chdir(folder)
    rank, written = mpi.rank(), []
    replaced = os.replace
    os.replace = lambda before, after: written.append(os.path.basename(after)) or replaced(before, after)
    assert atomic_file.os is os
    early = generate_expert_traj(lambda observation: int(np.random.randint(2)), 'early', ENV, n_episodes=3)
    print('digest', rank, hashlib.sha256(early['actions'].tobytes()).hexdigest(), flush=True)
    model = TRPO('MlpPolicy', ENV, timesteps_per_batch=32, cg_iters=2, policy_kwargs=dict(net_arch=[4]))

    recorded = generate_expert_traj(model, 'expert', n_timesteps=64, n_episodes=4)
    dataset = ExpertDataset('expert.npz', verbose=0)
    assert np.array_equal(recorded['obs'], dataset.observations)
    print('digest', rank, hashlib.sha256(recorded['obs'].tobytes()).hexdigest(), flush=True)
    generate_expert_traj(model, None, n_episodes=1)

    model.save('model')
    loaded = TRPO.load('model')
    assert all(np.array_equal(value, loaded.get_parameters()[name]) for name, value in model.get_parameters().items())
    if rank == 0:
        model.save('first')
    model.learn(64)
    model.save('first')  # the same name, other parameters
    changed = TRPO.load('first').get_parameters()
    assert all(np.array_equal(value, changed[name]) for name, value in model.get_parameters().items())
    began = time.time()
    model.save('own{}'.format(rank))
    print('written', rank, *sorted(written), flush=True)
    assert time.time() - began < 5.0

    from mpi4py import MPI  # the script's own messages are not mistaken for ours, nor ours for them
    if rank == 0:
        model.save('first')
        MPI.COMM_WORLD.send('mine', dest=1)
    else:
        assert MPI.COMM_WORLD.recv(source=0) == 'mine'
    mpi.any_worker(True)


if __name__ == '__main__':
    main(*sys.argv[1:])
