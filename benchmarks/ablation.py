"""What each option of GAIL does on two tasks, all else as in their presets.

    python -m benchmarks.ablation --jobs 2         # a quarter of an hour; what is done already is not done again
    python -m benchmarks.ablation --report         # only the table, of the results that there are

CartPole-v0 (episodes should last, -log(1 - D)) and MountainCar-v0 (they should end soon, log D), one demonstration of a
published expert each. Results go to benchmarks/results/ablation/<number>.json, the table to docs/ablation.inc.
"""
import argparse
import json
import os
import subprocess
import sys
import warnings
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks.on_cores import bound_to, on_cores  # noqa: E402
from benchmarks.paper_tasks import PAPER_TASKS, PaperTask  # noqa: E402
from benchmarks.report import publish, write_whole  # noqa: E402

TASKS = ('cartpole', 'mountaincar')
SEEDS, N_EPISODES = 3, 50
OTHER_SIGN = {'gail': 'log_d', 'log_d': 'gail'}


class Variant(NamedTuple):
    """One line of the table."""

    name: str
    changes: Dict[str, Any] = {}
    other_sign: bool = False  # the form of reward that is wrong for the task
    actions: str = 'expert'  # 'random': demonstrations whose actions were drawn; 'none': without any


PLAIN = dict(gradient_penalty=0.0)
VARIANTS = [
    Variant('preset: gradient_penalty=1'),
    Variant('no regularization but the entropy bonus', PLAIN),
    Variant('gradient_penalty=10', dict(gradient_penalty=10.0)),
    Variant('spectral_normalization=True', dict(PLAIN, spectral_normalization=True)),
    Variant('label_smoothing=0.1', dict(PLAIN, label_smoothing=0.1)),
    Variant('input_noise=0.1', dict(PLAIN, input_noise=0.1)),
    Variant('adversary_entcoeff=0.01', dict(PLAIN, adversary_entcoeff=0.01)),
    Variant('generator_replay=20000', dict(PLAIN, generator_replay=20000)),
    Variant('preset with the other sign', other_sign=True),
    Variant('the same, absorbing_states=True', dict(absorbing_states=True), other_sign=True),
    Variant("preset, reward_type='airl'", dict(reward_type='airl')),
    Variant('the same, absorbing_states=True', dict(reward_type='airl', absorbing_states=True)),
    Variant('preset, demonstrations with random actions', actions='random'),
    Variant('the same, use_actions=False', dict(use_actions=False), actions='random'),
    Variant('preset, demonstrations without actions, use_actions=False', dict(use_actions=False), actions='none'),
]


def demonstrations(task: PaperTask, actions: str, seed: int) -> Any:
    """
    :param task: whose
    :param actions: see ``Variant``
    :param seed: of the choice of rows, and of drawn actions
    :return: the first episode, cut as in the preset
    """
    from stable_baselines.gail import ExpertDataset
    found = task.demonstrations(1, seed)
    if actions == 'expert':
        return found
    rows = found.trajectories
    arrays = dict(obs=rows.observations, episode_starts=rows.episode_starts, episode_returns=rows.episode_returns,
                  subsample=rows.subsample)
    if actions == 'random':
        arrays['actions'] = np.random.RandomState(seed).randint(int(rows.actions.max()) + 1, size=rows.actions.shape)
    return ExpertDataset(traj_data=arrays, seed=seed, verbose=0)


def train(variant: Variant, task: PaperTask, seed: int) -> float:
    """
    :param variant: what differs from the preset
    :param task: what
    :param seed: of everything
    :return: mean return of the most probable actions
    """
    from benchmarks.tasks import score
    from stable_baselines import GAIL
    changes = dict(variant.changes)
    if variant.other_sign:
        changes['reward_type'] = OTHER_SIGN[task.preset.settings['reward_type']]
    model = GAIL.from_preset(task.env_id, demonstrations(task, variant.actions, seed), task.env_id, seed=seed,
                             n_cpu_tf_sess=1, **changes)
    model.learn(task.preset.timesteps)
    return score(model, task.env_id, N_EPISODES)[0]


def result_path(number: int) -> str:
    """
    :param number: of the variant
    :return: where its returns are kept
    """
    return os.path.join(HERE, 'results', 'ablation', '{}.json'.format(number))


def run(number: int) -> None:
    """
    Train one variant here, and keep its returns.

    :param number: of the variant
    """
    warnings.filterwarnings('ignore')
    variant = VARIANTS[number]
    returns = {name: [train(variant, PAPER_TASKS[name], seed) for seed in range(SEEDS)] for name in TASKS}
    write_whole(result_path(number), json.dumps(dict(variant=variant.name, returns=returns), indent=1) + '\n')


def start(number: int, core: int) -> None:
    """
    Train one variant in a process of its own.

    :param number: of the variant
    :param core: the processor it may use
    :raises subprocess.CalledProcessError: when it fails
    """
    subprocess.run(bound_to(core) + [sys.executable, '-m', 'benchmarks.ablation', '--run', str(number)], cwd=ROOT,
                   check=True, env=dict(os.environ, OMP_NUM_THREADS='1'))


def table() -> List[List[str]]:
    """
    :return: the table's lines, the header first
    """
    lines = [['settings'] + ['{}, each seed and mean'.format(PAPER_TASKS[name].env_id) for name in TASKS]]
    for number, variant in enumerate(VARIANTS):
        if os.path.exists(result_path(number)):
            with open(result_path(number)) as file:
                returns = json.load(file)['returns']
            lines.append([variant.name] + ['{}: **{:.1f}**'.format(', '.join(map('{:.1f}'.format, returns[name])),
                                                                  np.mean(returns[name])) for name in TASKS])
    return lines


def main(arguments: Optional[List[str]] = None) -> None:
    """
    Command line.

    :param arguments: instead of the process's
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--jobs', type=int, default=1, help='variants at the same time, each on a core of its own')
    parser.add_argument('--run', type=int, help='train one variant here')
    parser.add_argument('--report', action='store_true', help='only write the table')
    options = parser.parse_args(arguments)
    if options.run is not None:
        run(options.run)
        return
    missing = [] if options.report else [number for number in range(len(VARIANTS))
                                         if not os.path.exists(result_path(number))]
    on_cores(start, missing, options.jobs)
    publish('ablation', [table()])


if __name__ == '__main__':
    main()
