"""GAIL imitates an expert on CartPole: demonstrations in, an imitating policy out.

    make demo

Prints a table of returns; leaves the model, the picture of its training and the table in the output folder.
"""
import argparse
import os
import subprocess
import sys
import time
import warnings
from typing import Any, List, Tuple

import numpy as np

from stable_baselines import GAIL, logger
from stable_baselines.common import gym_api
from stable_baselines.gail import ExpertDataset
from stable_baselines.results_plotter import plot_training

if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from benchmarks.tasks import CARTPOLE, RandomPolicy, demonstrations, score

N_TRAJECTORIES = 10
N_EPISODES = 20
TIMESTEPS = 300000
CLONING_EPOCHS = 30


def check_in_new_process(model: GAIL, model_path: str) -> None:
    """
    Load the saved model in a process of its own and compare its actions.

    :param model: the model in memory
    :param model_path: where it was saved
    :raises SystemExit: when an action differs
    """
    observations = np.random.RandomState(0).uniform(-0.2, 0.2, (1000, 4)).astype(np.float32)
    program = ('import sys, numpy as np; from stable_baselines import GAIL; '
               'data = np.load(sys.argv[2]); '
               'print(np.array_equal(GAIL.load(sys.argv[1]).predict(data["observations"], deterministic=True)[0], '
               'data["actions"]))')
    expected = os.path.splitext(model_path)[0] + '_actions.npz'
    np.savez(expected, observations=observations, actions=model.predict(observations, deterministic=True)[0])
    output = subprocess.run([sys.executable, '-c', program, model_path, expected], stdout=subprocess.PIPE, check=True,
                            text=True).stdout
    os.remove(expected)
    if output.split()[-1:] != ['True']:
        raise SystemExit('the model loaded in a new process acts differently')
    print('Saved to {}; loaded in a new process, it takes the same actions in {} states.'.format(
        model_path, len(observations)))


def table(rows: List[Tuple[str, Tuple[float, float]]]) -> str:
    """
    :param rows: name, (mean, standard deviation)
    :return: the table as text
    """
    lines = ['{:<20} {:>20}'.format('policy', 'return (mean +/- std)'), '-' * 42]
    lines += ['{:<20} {:>12.1f} +/- {:>4.1f}'.format(name, *figures) for name, figures in rows]
    return '\n'.join(lines)


def run(output: str, timesteps: int) -> None:
    """
    :param output: folder of the results
    :param timesteps: environment steps of GAIL
    """
    started = time.time()
    os.makedirs(output, exist_ok=True)
    path = demonstrations('cartpole')
    expert = ExpertDataset(path, verbose=0)
    dataset = ExpertDataset(path, traj_limitation=N_TRAJECTORIES, train_fraction=0.9, verbose=1)

    print('Cloning the expert: {} epochs over {} rows'.format(CLONING_EPOCHS, dataset.num_transition))
    cloned = GAIL('MlpPolicy', CARTPOLE, dataset, seed=0, verbose=1).pretrain(dataset, n_epochs=CLONING_EPOCHS)

    print('Training GAIL for {} environment steps'.format(timesteps))
    # small steps, since the discriminator changes slowly: see "Settings" on the GAIL page of the documentation
    model = GAIL('MlpPolicy', CARTPOLE, dataset, max_kl=0.003, seed=0, verbose=1)
    with logger.ScopedConfigure(output, ['csv']):  # the tables go to a file, since the progress bar is on the screen
        model.learn(timesteps, progress_bar=True)
    model_path = os.path.join(output, 'gail_cartpole.zip')
    model.save(model_path)

    rows: List[Tuple[str, Any]] = [
        ('random policy', score(RandomPolicy(gym_api.make(CARTPOLE).action_space), CARTPOLE, N_EPISODES)),
        ('expert', (float(np.mean(expert.returns[:N_EPISODES])), float(np.std(expert.returns[:N_EPISODES])))),
        ('behaviour cloning', score(cloned, CARTPOLE, N_EPISODES)),
        ('GAIL', score(model, CARTPOLE, N_EPISODES))]
    text = table(rows)
    print('\nReturns over {} episodes of {}:\n\n{}\n'.format(N_EPISODES, CARTPOLE, text))
    with open(os.path.join(output, 'returns.txt'), 'w') as file:
        file.write(text + '\n')
    check_in_new_process(model, model_path)
    picture = os.path.join(output, 'training.png')
    plot_training(output, expert_return=rows[1][1][0], random_return=rows[0][1][0],
                  title='GAIL on {} from {} demonstrations'.format(CARTPOLE, N_TRAJECTORIES), save_to=picture)
    print('How training went is drawn in {}. All in {:.0f} s.'.format(picture, time.time() - started))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--output', default='demo_output', help='folder of the results')
    parser.add_argument('--timesteps', type=int, default=TIMESTEPS, help='environment steps of GAIL')
    arguments = parser.parse_args()
    warnings.filterwarnings('ignore', '.*np.bool8', DeprecationWarning)  # gym 0.26 uses a name that NumPy changed
    run(arguments.output, arguments.timesteps)


if __name__ == '__main__':
    main()
