"""One training for ``paper_table``: python benchmarks/paper_run.py TASK TRAJECTORIES METHOD SEED RESULT."""
import json
import os
import platform
import sys
import time
import warnings
from collections import deque
from typing import Any, Dict, List, Optional

os.environ.setdefault('TF_CPP_MIN_LOG_LEVEL', '3')
warnings.filterwarnings('ignore')
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import numpy as np  # noqa: E402

import stable_baselines  # noqa: E402
from benchmarks.paper_tasks import PAPER_TASKS, PaperTask  # noqa: E402
from benchmarks.report import write_whole  # noqa: E402
from stable_baselines import GAIL, TRPO  # noqa: E402
from stable_baselines.bench import Monitor  # noqa: E402
from stable_baselines.common import gym_api  # noqa: E402
from stable_baselines.common.callbacks import BaseCallback  # noqa: E402
from stable_baselines.common.evaluation import evaluate_policy  # noqa: E402
from stable_baselines.common.tf1 import tf  # noqa: E402
from stable_baselines.gail import ExpertDataset  # noqa: E402

N_EPISODES, WINDOW, N_POINTS = 50, 20, 50


class Curve(BaseCallback):
    """
    Notes the returns of training episodes after each batch; asks for no call at each step.

    :param monitor: the environment
    :param threshold: return whose first crossing, by the mean of 20 episodes, is noted
    """

    listens = False

    def __init__(self, monitor: Monitor, threshold: float):
        super().__init__()
        self.monitor, self.threshold = monitor, threshold
        self.points: List[List[float]] = []
        self.crossed: Optional[List[float]] = None
        self.latest: deque = deque(maxlen=WINDOW)
        self._seen, self._began = 0, time.perf_counter()

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        returns = self.monitor.get_episode_rewards()
        self.latest.extend(returns[self._seen:])
        self._seen = len(returns)
        if not self.latest:
            return
        mean, steps = float(np.mean(self.latest)), self.model.num_timesteps
        self.points.append([steps, round(mean, 2)])
        if self.crossed is None and len(self.latest) == WINDOW and mean >= self.threshold:
            self.crossed = [steps, time.perf_counter() - self._began]


def evaluate(model: Any, task: PaperTask) -> Dict[str, Any]:
    """
    :param model: trained
    :param task: its task
    :return: mean and standard deviation of the return of the most probable actions
    """
    env = gym_api.make(task.env_id)
    gym_api.reset(env, gym_api.seed(env, 10000))
    mean, std = evaluate_policy(model, env, n_eval_episodes=N_EPISODES)
    return dict(mean=mean, std=std)


def train_gail(task: PaperTask, dataset: ExpertDataset, seed: int) -> Dict[str, Any]:
    """
    :param task: what
    :param dataset: demonstrations
    :param seed: of everything
    :return: result
    """
    preset = task.preset
    env = Monitor(gym_api.make(task.env_id), None)
    model = GAIL.from_preset(env, dataset, task.env_id, seed=seed, n_cpu_tf_sess=1)
    curve, began = Curve(env, task.threshold), time.perf_counter()
    model.learn(preset.timesteps, callback=curve)
    seconds = time.perf_counter() - began
    crossed = curve.crossed or [None, None]
    every = max(len(curve.points) // N_POINTS, 1)
    return dict(evaluate(model, task), steps=model.num_timesteps, seconds=seconds, steps_to_threshold=crossed[0],
                seconds_to_threshold=crossed[1], curve=curve.points[::every])


def train_cloning(task: PaperTask, dataset: ExpertDataset, seed: int) -> Dict[str, Any]:
    """
    As in the paper: 70 % of the rows train, the others say when to stop.

    :param task: what
    :param dataset: demonstrations
    :param seed: of everything
    :return: result
    """
    settings = task.preset.settings
    model = TRPO('MlpPolicy', task.env_id, seed=seed, n_cpu_tf_sess=1, policy_kwargs=settings['policy_kwargs'],
                 observation_normalization='running')
    began = time.perf_counter()
    model.pretrain(dataset, n_epochs=2000, learning_rate=1e-3, early_stopping=50)
    return dict(evaluate(model, task), steps=0, seconds=time.perf_counter() - began, steps_to_threshold=None,
                seconds_to_threshold=None, epochs=len(model.pretrain_history['train_loss']))


def main() -> None:
    """Command line."""
    name, count, method, seed, path = sys.argv[1:6]
    task = PAPER_TASKS[name]
    dataset = task.demonstrations(int(count), int(seed), batch_size=128)
    train = {'gail': train_gail, 'cloning': train_cloning}[method]
    result = dict(train(task, dataset, int(seed)), task=name, n_trajectories=int(count), method=method, seed=int(seed),
                  version=stable_baselines.__version__, python=platform.python_version(), tensorflow=tf.version.VERSION,
                  gym=gym_api.gym.__version__)
    write_whole(path, json.dumps(result, indent=1, sort_keys=True) + '\n')


if __name__ == '__main__':
    main()
