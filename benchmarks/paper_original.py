"""One training by the GAIL of stable-baselines 2.10.2 for ``paper_table``, with its default settings.

    python benchmarks/paper_original.py TASK TRAJECTORIES METHOD SEED RESULT ENV_ID DEMONSTRATIONS STEPS

Runs in that library's environment, and imports nothing of this repository. Environment steps are counted by the
environment, since the original reports a third of them.
"""
import json
import os
import platform
import sys
import time
import warnings
from contextlib import suppress
from typing import Any, Tuple

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
warnings.filterwarnings('ignore')
import gym  # noqa: E402
import numpy as np  # noqa: E402

import stable_baselines  # noqa: E402
from stable_baselines import GAIL  # noqa: E402
from stable_baselines.gail import ExpertDataset  # noqa: E402

N_EPISODES = 50


class Finished(Exception):
    """The steps are spent."""


class StepLimit(gym.Wrapper):
    """
    :param env: the environment
    :param most: steps after which it ends the training
    """

    def __init__(self, env: gym.Env, most: int):
        super().__init__(env)
        self.most, self.n_steps = most, 0

    def reset(self, **kwargs: Any) -> np.ndarray:
        return self.env.reset(**kwargs)

    def step(self, action: Any) -> Tuple[np.ndarray, float, bool, dict]:
        if self.n_steps >= self.most:
            raise Finished()
        self.n_steps += 1
        return self.env.step(action)


def evaluate(model: GAIL, env_id: str) -> list:
    """
    :param model: trained
    :param env_id: its environment
    :return: returns of the most probable actions
    """
    env = gym.make(env_id)
    env.seed(10000)
    returns = []
    for _ in range(N_EPISODES):
        observation, done, total = env.reset(), False, 0.0
        while not done:
            observation, reward, done, _ = env.step(model.predict(observation, deterministic=True)[0])
            total += reward
        returns.append(total)
    return returns


def main() -> None:
    """Command line."""
    task, count, method, seed, path, env_id, demonstrations, steps = sys.argv[1:9]
    env = StepLimit(gym.make(env_id), int(steps))
    dataset = ExpertDataset(demonstrations, traj_limitation=-1, verbose=0)
    model = GAIL('MlpPolicy', env, dataset, seed=int(seed), n_cpu_tf_sess=1)
    began = time.time()
    with suppress(Finished):
        model.learn(10 ** 9)
    seconds = time.time() - began
    returns = evaluate(model, env_id)
    result = dict(task=task, n_trajectories=int(count), method=method, seed=int(seed), mean=float(np.mean(returns)),
                  std=float(np.std(returns)), steps=env.n_steps, seconds=seconds, steps_to_threshold=None,
                  seconds_to_threshold=None, version=stable_baselines.__version__, python=platform.python_version(),
                  gym=gym.__version__)
    with open(path + '.new', 'w') as file:
        json.dump(result, file, indent=1, sort_keys=True)
    os.replace(path + '.new', path)
    os._exit(0)  # the original leaves a process behind that would keep this one waiting


if __name__ == '__main__':
    main()
