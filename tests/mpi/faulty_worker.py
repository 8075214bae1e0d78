"""What each of two workers does that ends badly, or early: the first argument says how."""
import os
import sys
import tempfile
import time

import numpy as np

from stable_baselines import TRPO
from stable_baselines.common import mpi
from stable_baselines.common.evaluation import evaluate_policy
from stable_baselines.common.gym_api import spaces
from stable_baselines.common.vec_env import DummyVecEnv, VecNormalize
from tests.environments import RandomEnv


def make_model(policy='MlpPolicy'):
    return TRPO(policy, RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2)), seed=0,
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


def exit_one():
    """One of them ends by sys.exit, in the middle of training."""
    calls = []

    def leave(_locals, _globals):
        calls.append(1)
        if mpi.rank() == 1 and len(calls) == 40:
            print('ended at', time.time(), flush=True)
            sys.exit(0)
    make_model().learn(10 ** 8, callback=leave)


def learn_less():
    """One of them comes to its end, the other wants to go on."""
    for _ in range(1 + mpi.rank()):
        make_model().learn(128)
    if mpi.rank() == 0:
        print('ended at', time.time(), flush=True)


def other_calls():
    """One of them clones, the other wants to learn already."""
    from tests.environments import random_demonstrations
    model = make_model()
    print('raised at', time.time(), flush=True)
    if mpi.rank() == 1:
        model.pretrain(random_demonstrations(model.observation_space, model.action_space))
    model.learn(64)


def other_settings():
    """One of them collects larger batches, or has another limit of its steps, or wants more of them."""
    model, steps = make_model(), 64
    if sys.argv[2] == 'total_timesteps':
        steps *= 1 + mpi.rank()
    else:
        setattr(model, sys.argv[2], getattr(model, sys.argv[2]) * (1 + mpi.rank()))
    model.learn(steps)


def other_wrappers():
    """Only the first one normalizes."""
    model = make_model()
    venv = DummyVecEnv([lambda: model.env])
    model.set_env(VecNormalize(venv) if mpi.rank() == 0 else venv)
    model.learn(64)


def other_cloning():
    """One of them learns faster from demonstrations."""
    from tests.environments import random_demonstrations
    model = make_model()
    model.pretrain(random_demonstrations(model.observation_space, model.action_space), learning_rate=1.0 + mpi.rank())


def broken_cloning():
    """The only step of cloning ruins the policy, for the rows of one of them; both hear of it, and go on together."""
    from stable_baselines.common.behavior_cloning import CloningOptimizer
    from tests.environments import random_demonstrations
    model = make_model()
    demonstrations = random_demonstrations(model.observation_space, model.action_space)
    is_sound = CloningOptimizer.is_sound
    CloningOptimizer.is_sound = lambda self, figures: is_sound(self, figures * (float('nan') if mpi.rank() else 1.0))
    try:
        model.pretrain(demonstrations, n_epochs=1)
    except ValueError as error:
        print('refused', mpi.rank(), error, flush=True)
    model.learn(64)
    print('finished', mpi.rank(), flush=True)


def caught():
    """An exception of one of them ends its training only, since its script catches it and goes on."""
    calls = []

    def fail(_locals, _globals):
        calls.append(1)
        if mpi.rank() == 1 and len(calls) == 40:
            print('ended at', time.time(), flush=True)
            raise ValueError('a bad trial')
    model = make_model()
    for _ in range(2):  # what all of them catch ends nothing
        try:
            model.learn('much')
        except ValueError:
            print('told of', mpi.rank(), flush=True)
    model.learn(128)
    try:
        model.learn(10 ** 8, callback=fail)
    except ValueError:
        make_model().learn(64)


def caught_interrupt():
    """Ctrl-C, or a call of sys.exit, reaches one of them in its training; its script catches it and goes on."""
    calls, error = [], dict(interrupt=KeyboardInterrupt(), exit=SystemExit(3))[sys.argv[2]]

    def fail(_locals, _globals):
        calls.append(1)
        if mpi.rank() == 1 and len(calls) == 40:
            print('ended at', time.time(), flush=True)
            raise error
    try:
        make_model().learn(10 ** 8, callback=fail)
    except (KeyboardInterrupt, SystemExit):
        time.sleep(60.0)


def caught_in_setup():
    """One of them catches that a model cannot be made, and makes it otherwise; the next time it does not."""
    if sys.argv[2] == 'own':  # the script starts MPI
        from mpi4py import MPI  # noqa: F401
    rank = int(os.environ['OMPI_COMM_WORLD_RANK'])
    space = RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2))
    for gamma in (2.0, 0.9) if rank == 1 else (0.9,):
        try:
            model = TRPO('MlpPolicy', space, gamma=gamma, timesteps_per_batch=32, cg_iters=2)
        except ValueError:
            time.sleep(1.5)
    model.learn(64)
    print('made again', flush=True)
    try:
        if rank == 1:
            print('ended at', time.time(), flush=True)
        TRPO('MlpPolicy', space, gamma=2.0 if rank == 1 else 0.9)
    except ValueError:
        time.sleep(60.0)


def other_shapes():
    """The network of one of them has more outputs."""
    TRPO('MlpPolicy', RandomEnv(spaces.Box(-1.0, 1.0, (3,), np.float32), spaces.Discrete(2 + mpi.rank())))


def alone():
    """The first one saves, loads and evaluates a model when the other has ended."""
    model = make_model().learn(64)
    if mpi.rank() == 0:
        time.sleep(2.0)
        with tempfile.TemporaryDirectory() as folder:
            model.save(os.path.join(folder, 'model'))
            loaded = TRPO.load(os.path.join(folder, 'model'), env=model.env)
        returns, _ = evaluate_policy(loaded, loaded.env, n_eval_episodes=2)
        print('alone', np.isfinite(returns), flush=True)


def close_mpi():
    """A script that finalizes MPI by itself, and then takes its time."""
    from mpi4py import MPI
    make_model().learn(128)
    MPI.Finalize()
    time.sleep(1.5)
    print('finished', flush=True)


def leave_at_once():
    """One of them ends before MPI has been initialized anywhere."""
    if os.environ['OMPI_COMM_WORLD_RANK'] == '1':
        print('ended at', time.time(), flush=True)
        sys.exit(0)
    time.sleep(2.0)
    make_model().learn(128)


def own_mpi():
    """A script with an MPI of its own, one worker of which fails before it has made a model."""
    from mpi4py import MPI
    if MPI.COMM_WORLD.Get_rank() == 1:
        print('raised at', time.time(), flush=True)
        make_model('no policy')
    make_model().learn(128)


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
