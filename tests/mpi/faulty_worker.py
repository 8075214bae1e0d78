"""What each of two workers does that ends badly, or early: the first argument says how."""
import os
import sys
import time

import numpy as np

from stable_baselines import TRPO
from stable_baselines.common import mpi
from stable_baselines.common.gym_api import spaces
from tests.environments import RandomEnv


def make_model():
    return TRPO('MlpPolicy', RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)), seed=0,
                timesteps_per_batch=32, policy_kwargs=dict(net_arch=[4]), cg_iters=2)


def exception():
    """In one of them, in the middle of training; the other waits for its gradient."""
    def fail(_locals, _globals):
        if mpi.rank() == 1 and make_model.calls > 40:
            print('raised at', time.time(), flush=True)
            raise ZeroDivisionError('on purpose')
        make_model.calls += 1
    make_model.calls = 0
    make_model().learn(100000, callback=fail)


def stop():
    """A callback of one of them asks for the end."""
    model, calls = make_model(), []

    def ask(_locals, _globals):
        calls.append(1)
        if mpi.rank() == 0 and len(calls) > 32:
            time.sleep(0.25)  # behind the other one, whichever of them the machine favours
        return mpi.rank() == 0 or len(calls) < 40
    model.learn(100000, callback=ask)
    print('steps', mpi.rank(), len(calls), flush=True)


def refused_data():
    """Only one of them is given demonstrations that do not fit."""
    from tests.environments import random_demonstrations
    model = make_model()
    space = model.observation_space if mpi.rank() == 0 else spaces.Box(-1.0, 1.0, (2,), np.float32)
    demonstrations = random_demonstrations(space, model.action_space)
    if mpi.rank() == 1:
        print('raised at', time.time(), flush=True)
    model.pretrain(demonstrations, n_epochs=1000)


def endless():
    """Trains until somebody ends it."""
    model, calls = make_model(), []

    def tell(_locals, _globals):
        calls.append(1)
        if len(calls) == 40:
            print('learning', os.getpid(), flush=True)
    model.learn(10 ** 9, callback=tell)


if __name__ == '__main__':
    globals()[sys.argv[1]]()
