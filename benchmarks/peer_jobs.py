"""Measures how fast other libraries train, one job a process.

    python benchmarks/peer_jobs.py JOB [--steps N]

Knows nothing of this package: the two libraries do not fit in one environment, and neither fits in ours. Make each one
a virtual environment of Python 3.11, with requirements/peers-imitation.txt for the jobs imitation-... and with
requirements/peers-sbx.txt for sbx-... and sb3-.... A job trains a little first, so that compilation and first
allocations stay out, then measures. The last line of the output is JSON; its rate is environment steps a second, or
rows of demonstrations a second in a pretraining job. PyTorch computes in one thread; for JAX, pin the process to a
core.
"""
import argparse
import atexit
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from importlib import metadata
from typing import Any, Callable, Dict, NamedTuple, Tuple

import numpy as np

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DEMONSTRATIONS = os.path.join(ROOT, 'stable_baselines', 'gail', 'dataset', 'expert_cartpole.npz')
SEED = 42
N_ENVS = 8
N_STEPS = 128  # of each environment in a round of GAIL
BATCH_SIZE = 64
NET_ARCH = [64, 64]

Run = Callable[[int], int]  # trains for about so many steps, says how many they really were


class Counter:
    """Counts the steps of all environments that :func:`counted` was given."""

    def __init__(self):
        self.steps = 0


def counted(env: Any, counter: Counter) -> Any:
    """
    :param env: a gymnasium environment
    :param counter: what its steps are added to
    :return: the environment, wrapped
    """
    import gymnasium

    class CountedSteps(gymnasium.Wrapper):
        def step(self, action: Any) -> Tuple:
            counter.steps += 1
            return self.env.step(action)

    return CountedSteps(env)


def one_torch_thread() -> None:
    """Have PyTorch compute in a single thread."""
    import torch
    torch.set_num_threads(1)


def cartpole_transitions() -> Any:
    """
    :return: our demonstrations on CartPole as imitation has them: without the last step of each episode, as the file
        does not tell which observation follows it
    """
    from imitation.data.types import Transitions
    with np.load(DEMONSTRATIONS) as data:
        obs, actions = data['obs'], data['actions'].reshape(-1)
        last = np.append(data['episode_starts'][1:], True)
    kept = np.flatnonzero(~last)
    return Transitions(obs=obs[kept], acts=actions[kept], infos=np.array([{} for _ in kept]), next_obs=obs[kept + 1],
                       dones=last[kept + 1])


def quiet_logger() -> Any:
    """
    :return: a logger for imitation that writes nothing
    """
    from imitation.util import logger
    folder = tempfile.mkdtemp(prefix='peer-jobs-')  # the logger wants one all the same
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return logger.configure(folder, [])


def imitation_gail_cartpole() -> Run:
    """
    :return: trains imitation's GAIL with the settings of the example in its documentation, but rounds of 1024 steps
    """
    one_torch_thread()
    from imitation.algorithms.adversarial.gail import GAIL
    from imitation.rewards.reward_nets import BasicRewardNet
    from imitation.util.networks import RunningNorm
    from imitation.util.util import make_vec_env
    from stable_baselines3 import PPO
    counter = Counter()
    venv = make_vec_env('CartPole-v1', rng=np.random.default_rng(SEED), n_envs=N_ENVS,
                        post_wrappers=[lambda env, _: counted(env, counter)])
    learner = PPO('MlpPolicy', venv, n_steps=N_STEPS, batch_size=BATCH_SIZE, ent_coef=0.0, learning_rate=0.0004,
                  gamma=0.95, n_epochs=5, seed=SEED, device='cpu', policy_kwargs=dict(net_arch=NET_ARCH))
    reward_net = BasicRewardNet(venv.observation_space, venv.action_space, normalize_input_layer=RunningNorm)
    trainer = GAIL(demonstrations=cartpole_transitions(), demo_batch_size=1024, gen_replay_buffer_capacity=512,
                   n_disc_updates_per_round=8, venv=venv, gen_algo=learner, reward_net=reward_net,
                   allow_variable_horizon=True, custom_logger=quiet_logger())

    def run(steps: int) -> int:
        before = counter.steps
        trainer.train(max(steps, N_ENVS * N_STEPS))
        return counter.steps - before

    return run


def imitation_pretrain_cartpole() -> Run:
    """
    :return: clones our demonstrations with imitation's BC
    """
    one_torch_thread()
    import gymnasium
    from imitation.algorithms.bc import BC
    from stable_baselines3.common.policies import ActorCriticPolicy
    env = gymnasium.make('CartPole-v1')
    policy = ActorCriticPolicy(env.observation_space, env.action_space, lambda _: 0.001, net_arch=NET_ARCH)
    trainer = BC(observation_space=env.observation_space, action_space=env.action_space, policy=policy,
                 demonstrations=cartpole_transitions(), batch_size=BATCH_SIZE, rng=np.random.default_rng(SEED),
                 device='cpu', custom_logger=quiet_logger())

    def run(steps: int) -> int:
        n_batches = max(steps // BATCH_SIZE, 1)
        trainer.train(n_batches=n_batches, progress_bar=False)
        return n_batches * BATCH_SIZE  # its loader drops what does not fill a batch

    return run


def sac_pendulum(algorithm: Any) -> Run:
    """
    :param algorithm: the class SAC of Stable-Baselines3 or of SBX
    :return: trains it
    """
    import gymnasium
    counter = Counter()
    env = counted(gymnasium.make('Pendulum-v1'), counter)
    model = algorithm('MlpPolicy', env, batch_size=BATCH_SIZE, train_freq=1, gradient_steps=1, learning_starts=100,
                      policy_kwargs=dict(net_arch=NET_ARCH), seed=SEED, device='cpu')

    def run(steps: int) -> int:
        before = counter.steps
        model.learn(steps, reset_num_timesteps=False)
        return counter.steps - before

    return run


def sbx_sac_pendulum() -> Run:
    """
    :return: trains the SAC of SBX
    """
    os.environ['JAX_PLATFORMS'] = 'cpu'
    one_torch_thread()
    from sbx import SAC
    return sac_pendulum(SAC)


def sb3_sac_pendulum() -> Run:
    """
    :return: trains the SAC of Stable-Baselines3
    """
    one_torch_thread()
    from stable_baselines3 import SAC
    return sac_pendulum(SAC)


class Job(NamedTuple):
    """What can be measured."""

    make: Callable[[], Run]
    packages: Tuple[str, ...]  # besides those of every job, whose versions matter
    warm_up: int  # steps, or rows
    steps: int  # measured, unless told otherwise


JOBS: Dict[str, Job] = {
    'imitation-gail-cartpole': Job(imitation_gail_cartpole, ('imitation',), 4096, 65536),
    'imitation-pretrain-cartpole': Job(imitation_pretrain_cartpole, ('imitation',), 12800, 640000),
    'sbx-sac-pendulum': Job(sbx_sac_pendulum, ('sbx-rl', 'jax', 'jaxlib', 'flax', 'optax'), 1000, 25000),
    'sb3-sac-pendulum': Job(sb3_sac_pendulum, (), 1000, 6000),
}
COMMON_PACKAGES = ('stable-baselines3', 'torch', 'gymnasium', 'numpy')


def peak_memory() -> float:
    """
    :return: the most memory that this process has held so far, in MiB
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2 ** 20 if sys.platform == 'darwin' else 2 ** 10)


def measure(name: str, steps: int) -> Dict[str, Any]:
    """
    :param name: key of JOBS
    :param steps: how many to measure, 0 for the job's own number
    :return: what is printed
    """
    job = JOBS[name]
    run = job.make()
    run(job.warm_up)
    started = time.perf_counter()
    done = run(steps or job.steps)
    seconds = time.perf_counter() - started
    versions = {package: metadata.version(package) for package in job.packages + COMMON_PACKAGES}
    versions['python'] = sys.version.split()[0]
    return dict(job=name, rate=round(done / seconds, 1), steps=done, seconds=round(seconds, 3),
                rss_mb=round(peak_memory(), 1), versions=versions)


def main() -> None:
    """Measure the job that the command line names."""
    parser = argparse.ArgumentParser(description='Measures how fast another library trains.')
    parser.add_argument('job', choices=sorted(JOBS))
    parser.add_argument('--steps', type=int, default=0, help='environment steps (pretraining: rows) to measure')
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.job, arguments.steps)))


if __name__ == '__main__':
    main()
