"""One measurement of speed: runs under this library and under stable-baselines 2.10.2 alike.

    python benchmarks/speed_jobs.py JOB [--seed N]

Prints a line of JSON. Environment steps are counted by the environment itself. Started by ``benchmarks/speed.py``, in
the environment of the library to be measured; imports nothing else of this repository but ``speed_envs``.
"""
import argparse
import json
import os
import resource
import sys
import time
import warnings
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
warnings.filterwarnings('ignore')
import gym  # noqa: E402
from speed_envs import LEARNING_STEPS, CountingEnv, Finished, ImageEnv, RecordingEnv  # noqa: E402

import stable_baselines  # noqa: E402
from stable_baselines import GAIL, SAC, TRPO  # noqa: E402
from stable_baselines.common.vec_env import DummyVecEnv  # noqa: E402
from stable_baselines.gail import ExpertDataset  # noqa: E402

gym.logger.set_level(50)
ORIGINAL = stable_baselines.__version__.startswith('2.')
DEMONSTRATIONS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'stable_baselines', 'gail',
                              'dataset', 'expert_{}.npz')
ENV_IDS = dict(cartpole='CartPole-v1', pendulum='Pendulum-v0' if gym.__version__ < '0.21' else 'Pendulum-v1')
BATCH = 1024  # environment steps an update of TRPO learns from, by default
G_STEP = 3  # such batches in an iteration of GAIL, by default
SAME = dict(seed=0, n_cpu_tf_sess=1)


def make_env(task: str, wrapper: type = CountingEnv) -> gym.Env:
    """
    :param task: 'cartpole', 'pendulum' or 'images'
    :param wrapper: what counts its steps
    :return: the environment
    """
    return wrapper(ImageEnv() if task == 'images' else gym.make(ENV_IDS[task]))


def demonstrations(task: str, **options: Any) -> ExpertDataset:
    """
    :param task: 'cartpole' or 'pendulum'
    :param options: of ExpertDataset
    :return: the demonstrations that this library ships
    """
    return ExpertDataset(DEMONSTRATIONS.format(task), verbose=0, **options)


def steps_a_second(model: Any, env: CountingEnv, warm_up: int, timesteps: int) -> Dict[str, float]:
    """
    :param model: what learns
    :param env: its environment
    :param warm_up: argument of a first ``learn``, which is not measured
    :param timesteps: argument of the measured one
    :return: environment steps, seconds and their ratio
    """
    model.learn(warm_up)
    before, began = env.n_steps, time.perf_counter()
    model.learn(timesteps)
    seconds = time.perf_counter() - began
    steps = env.n_steps - before
    return dict(rate=steps / seconds, steps=steps, seconds=seconds)


def gail(task: str, seed: int) -> Dict[str, float]:
    """
    Steps a second of GAIL; the original counts only the last of ``g_step`` batches.

    :param task: 'cartpole' or 'pendulum'
    :param seed: not used
    :return: see ``steps_a_second``
    """
    env = make_env(task)
    model = GAIL('MlpPolicy', env, demonstrations(task, traj_limitation=10), **SAME)
    return steps_a_second(model, env, G_STEP * BATCH, 60 * BATCH // (G_STEP if ORIGINAL else 1))


def trpo(task: str, seed: int) -> Dict[str, float]:
    """
    Steps a second of TRPO; images go through a convolutional network.

    :param task: 'cartpole', 'pendulum' or 'images'
    :param seed: not used
    :return: see ``steps_a_second``
    """
    env = make_env(task)
    if task == 'images':
        return steps_a_second(TRPO('CnnPolicy', env, **SAME), env, BATCH, 3 * BATCH)
    return steps_a_second(TRPO('MlpPolicy', env, **SAME), env, 3 * BATCH, 60 * BATCH)


def sac(task: str, seed: int) -> Dict[str, float]:
    """
    Steps a second of SAC, one update a step.

    :param task: 'pendulum'
    :param seed: not used
    :return: see ``steps_a_second``
    """
    env = make_env(task)
    return steps_a_second(SAC('MlpPolicy', env, **SAME), env, 500, 5000)


def memory(task: str, seed: int) -> Dict[str, float]:
    """
    Steps a second of acting with an LSTM policy. The original's TRPO and GAIL cannot train one, so its PPO2 acts with
    the same network.

    :param task: 'cartpole'
    :param seed: not used
    :return: steps, seconds and their ratio
    """
    if ORIGINAL:
        from stable_baselines import PPO2
        model = PPO2('MlpLstmPolicy', DummyVecEnv([lambda: make_env(task)]), nminibatches=1, **SAME)
    else:
        model = TRPO('MlpLstmPolicy', make_env(task), **SAME)
    env, n_steps = DummyVecEnv([lambda: make_env(task)]), 5000
    observations, state, dones = env.reset(), None, [False]
    for step in range(-100, n_steps):
        if step == 0:
            began = time.perf_counter()
        actions, state = model.predict(observations, state, dones)
        observations, _, dones, _ = env.step(actions)
    seconds = time.perf_counter() - began
    return dict(rate=n_steps / seconds, steps=n_steps, seconds=seconds)


def pretrain(task: str, seed: int) -> Dict[str, float]:
    """
    Rows a second of behaviour cloning in batches of 64, from the first batch on: the original cannot clone twice, so a
    first call that prepares everything is not possible.

    :param task: 'cartpole'
    :param seed: not used
    :return: rows, seconds and their ratio
    """
    model = TRPO('MlpPolicy', make_env(task), **SAME)
    dataset = demonstrations(task, traj_limitation=20, batch_size=64)
    next_batch, times, rows = dataset.get_next_batch, [], []

    def timed(*arguments: Any) -> Any:
        batch = next_batch(*arguments)
        times.append(time.perf_counter())
        rows.append(len(batch[0]))
        return batch
    dataset.get_next_batch = timed
    model.pretrain(dataset, n_epochs=40)
    seconds, total = times[-1] - times[0], sum(rows[:-1])
    return dict(rate=total / seconds, steps=total, seconds=seconds)


def construct(task: str, seed: int) -> Dict[str, float]:
    """
    Seconds to build GAIL and make a first update of everything.

    :param task: 'cartpole'
    :param seed: not used
    :return: seconds
    """
    env, dataset = make_env(task), demonstrations(task, traj_limitation=10)
    began = time.perf_counter()
    GAIL('MlpPolicy', env, dataset, **SAME).learn(BATCH if ORIGINAL else G_STEP * BATCH)
    return dict(seconds=time.perf_counter() - began, steps=env.n_steps)


def learning(task: str, seed: int) -> Dict[str, Any]:
    """
    How fast GAIL learns, from the first line of its construction on.

    :param task: 'cartpole'
    :param seed: of everything
    :return: seconds until the mean return of 20 episodes first reached 475 (None: never), and the mean return of
        training episodes in each window of 25 000 environment steps
    """
    env, dataset = make_env(task, RecordingEnv), demonstrations(task, traj_limitation=10)
    env.began = time.perf_counter()
    model = GAIL('MlpPolicy', env, dataset, seed=seed, n_cpu_tf_sess=1)
    with suppress(Finished):
        model.learn(10 * LEARNING_STEPS)
    return dict(seconds=env.goal_after, steps=env.n_steps, curve=env.window_means())


def raw(task: str, seed: int) -> Dict[str, float]:
    """
    Steps a second of the environment alone, with random actions drawn beforehand.

    :param task: 'cartpole' or 'pendulum'
    :param seed: not used
    :return: steps, seconds and their ratio
    """
    env = gym.make(ENV_IDS[task])
    actions = [env.action_space.sample() for _ in range(50000)]
    env.reset()
    began = time.perf_counter()
    for action in actions:
        result = env.step(action)
        if result[2] or (len(result) == 5 and result[3]):
            env.reset()
    seconds = time.perf_counter() - began
    return dict(rate=len(actions) / seconds, steps=len(actions), seconds=seconds)


JOBS: Dict[str, Callable[[str, int], Dict[str, Any]]] = dict(
    gail=gail, trpo=trpo, sac=sac, memory=memory, pretrain=pretrain, construct=construct, learning=learning, raw=raw)


def main(arguments: Optional[List[str]] = None) -> None:
    """
    Command line.

    :param arguments: instead of the process's
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('job', help='such as gail-cartpole: one of {}, and a task'.format(', '.join(sorted(JOBS))))
    parser.add_argument('--seed', type=int, default=0, help='of the jobs about learning')
    options = parser.parse_args(arguments)
    kind, _, task = options.job.partition('-')
    if kind not in JOBS or task not in list(ENV_IDS) + ['images']:
        parser.error('unknown job {!r}'.format(options.job))
    result = JOBS[kind](task, options.seed)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0  # Linux counts in KiB
    print(json.dumps(dict(result, job=options.job, memory_mb=peak, version=stable_baselines.__version__)))
    sys.stdout.flush()
    os._exit(0)  # the original leaves the processes of its data loader behind, which would keep this one waiting


if __name__ == '__main__':
    main()
