"""GAIL imitates an expert on CartPole: demonstrations in, an imitating policy out.

    make demo

Prints a table of returns; leaves the model, the learning curve and the table in the output folder.
"""
import argparse
import os
import subprocess
import sys
import time
import warnings
from typing import Any, Dict, List, Tuple

import numpy as np
from tqdm import tqdm

from stable_baselines import GAIL
from stable_baselines.common import gym_api
from stable_baselines.common.callbacks import BaseCallback
from stable_baselines.gail import ExpertDataset

if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from benchmarks.tasks import CARTPOLE, RandomPolicy, demonstrations, score

N_TRAJECTORIES = 10
N_EPISODES = 20
TIMESTEPS = 300000
CLONING_EPOCHS = 30


class CurveRecorder(BaseCallback):
    """
    Draws a progress bar, and measures the policy from time to time.

    :param env_id: the environment
    :param total_timesteps: of the training run
    :param every: environment steps between two measurements
    """

    def __init__(self, env_id: str, total_timesteps: int, every: int = 15000):
        super().__init__()
        self.env_id, self.every, self._next = env_id, every, 0
        self.curve: List[Tuple[int, float]] = []
        # a terminal shows one line that moves; elsewhere each refresh is a line of its own
        self._bar = tqdm(total=total_timesteps, desc='GAIL', unit='step', mininterval=0.1 if sys.stderr.isatty() else 5)

    def _on_rollout_start(self) -> None:
        if self.model.num_timesteps >= self._next:
            self.measure()
            self._next += self.every

    def measure(self) -> None:
        """Add a point to the curve."""
        mean, _ = score(self.model, self.env_id, n_episodes=5)
        self.curve.append((self.model.num_timesteps, mean))
        self._bar.set_postfix_str('return {:.0f}'.format(mean))

    def _on_step(self) -> bool:
        return True

    def _on_rollout_end(self) -> None:
        self._bar.update(min(self.model.num_timesteps, self._bar.total) - self._bar.n)

    def _on_training_end(self) -> None:
        self.measure()
        self._bar.close()


def plot_curve(curve: List[Tuple[int, float]], levels: Dict[str, float], path: str) -> None:
    """
    Write the learning curve as PNG.

    :param curve: (environment steps, mean return) pairs
    :param levels: label -> return of what is drawn for comparison
    :param path: the file
    """
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4.2))
    steps, returns = zip(*curve)
    axes.plot(steps, returns, label='GAIL', color='tab:blue', linewidth=2)
    for (label, level), color in zip(levels.items(), ('tab:green', 'tab:orange', 'tab:gray')):
        axes.axhline(level, label='{} ({:.0f})'.format(label, level), color=color, linestyle='--')
    axes.set_xlabel('environment steps')
    axes.set_ylabel('return per episode (mean of 5)')
    axes.set_title('GAIL on {} from {} demonstrations'.format(CARTPOLE, N_TRAJECTORIES))
    axes.legend(loc='lower right')
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


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
    recorder = CurveRecorder(CARTPOLE, timesteps)
    # small steps, since the discriminator changes slowly: see "Settings" on the GAIL page of the documentation
    model = GAIL('MlpPolicy', CARTPOLE, dataset, max_kl=0.003, seed=0)
    model.learn(timesteps, callback=recorder)
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
    curve_path = os.path.join(output, 'learning_curve.png')
    levels = {name: figures[0] for name, figures in (rows[1], rows[2], rows[0])}
    plot_curve(recorder.curve, levels, curve_path)
    print('The learning curve is in {}. All in {:.0f} s.'.format(curve_path, time.time() - started))


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
