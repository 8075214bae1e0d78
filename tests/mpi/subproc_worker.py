"""What each of two workers does with environments in processes of their own: a folder and a start method, or 'killed'.

Like many scripts it imports MPI at its top, and so do the processes of the environments, which import it.
"""
import os
import signal
import sys
import time

from mpi4py import MPI  # noqa: F401

from stable_baselines.bench import Monitor
from stable_baselines.common import mpi
from stable_baselines.common.gym_api import gym
from stable_baselines.common.vec_env import SubprocVecEnv


class Telling(gym.Wrapper):
    """Knows what its process takes itself for."""

    def __init__(self, env):
        super().__init__(env)
        self.place = (mpi.rank(), mpi.size())


def make_env(path=None):
    return lambda: Monitor(Telling(gym.make('CartPole-v1')), path)


def train(folder, start_method):
    """Learn a little in two environments; report what their processes and files are called."""
    from stable_baselines import TRPO
    env = SubprocVecEnv([make_env(os.path.join(folder, str(index))) for index in range(2)], start_method)
    model = TRPO('MlpPolicy', env, seed=0, timesteps_per_batch=64, policy_kwargs=dict(net_arch=[4]), cg_iters=2)
    model.learn(256)
    print('places', mpi.rank(), env.get_attr('place'), model.num_timesteps, flush=True)
    env.close()


def killed():
    """The process of an environment of one worker ends in the middle of training."""
    from stable_baselines import TRPO
    env = SubprocVecEnv([make_env(), make_env()])
    print('processes', *[process.pid for process in env.processes], flush=True)
    calls = []

    def kill(_locals, _globals):
        calls.append(1)
        if mpi.rank() == 1 and len(calls) == 40:
            print('killed at', time.time(), flush=True)
            os.kill(env.processes[1].pid, signal.SIGKILL)
    TRPO('MlpPolicy', env, timesteps_per_batch=64, policy_kwargs=dict(net_arch=[4]), cg_iters=2).learn(
        10 ** 8, callback=kill)


if __name__ == '__main__':
    if sys.argv[1:] == ['killed']:
        killed()
    else:
        train(*sys.argv[1:])
