"""The picture of GAIL's training in the documentation: three seeds on CartPole.

    python -m benchmarks.training_picture docs/_static/training.png
"""
import argparse
import os
import tempfile
from typing import List

import numpy as np

from benchmarks.tasks import CARTPOLE, expert_dataset
from stable_baselines import GAIL, logger
from stable_baselines.common.evaluation import random_return
from stable_baselines.results_plotter import plot_training

SEEDS = (0, 1, 2)
TIMESTEPS = 300000
N_TRAJECTORIES = 10


def train(folder: str, seed: int, timesteps: int) -> None:
    """
    :param folder: for the log
    :param seed: of the run
    :param timesteps: environment steps
    """
    model = GAIL('MlpPolicy', CARTPOLE, expert_dataset('cartpole', N_TRAJECTORIES), max_kl=0.003, seed=seed, verbose=1)
    with logger.ScopedConfigure(folder, ['csv']):
        model.learn(timesteps, progress_bar=True)


def reduce_colors(picture: str) -> None:
    """
    Make a file of drawings a third as large: they need few colours.

    :param picture: a PNG file
    """
    from PIL import Image
    with Image.open(picture) as image:
        few = image.convert('RGB').quantize(255)
    few.save(picture, optimize=True)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('picture', help='file to write')
    parser.add_argument('--timesteps', type=int, default=TIMESTEPS, help='environment steps of each seed')
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as logs:
        folders: List[str] = [os.path.join(logs, str(seed)) for seed in SEEDS]
        for folder, seed in zip(folders, SEEDS):
            train(folder, seed, arguments.timesteps)
        expert = float(np.mean(expert_dataset('cartpole', N_TRAJECTORIES).returns))
        plot_training(folders, expert_return=expert, random_return=random_return(CARTPOLE, 100),
                      title='GAIL on {} from {} demonstrations'.format(CARTPOLE, N_TRAJECTORIES),
                      save_to=arguments.picture)
    reduce_colors(arguments.picture)


if __name__ == '__main__':
    main()
