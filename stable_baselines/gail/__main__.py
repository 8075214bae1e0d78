"""``python -m stable_baselines.gail ENV DEMONSTRATIONS``: trains GAIL with the settings of a preset, and scores it."""
import argparse
import sys
from typing import Any, Optional, Sequence

from stable_baselines.gail.presets import PRESETS, preset_of

__all__ = ['main']


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """
    :param arguments: of the command line; None takes the program's own
    :return: exit status: 0, or 1 where something given cannot be used
    """
    options = _parser().parse_args(arguments)
    try:
        _train(options)
    except (ImportError, OSError, ValueError) as error:
        print('{}'.format(' '.join(str(error).split())), file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m stable_baselines.gail', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Train GAIL from demonstrations with settings that are known to work, and print the return of its\n'
                    'most probable actions.', epilog=_presets())
    parser.add_argument('env', metavar='ENV', help='id of an environment')
    parser.add_argument('demonstrations', metavar='DEMONSTRATIONS', nargs='+', help='.npz, .csv, .hdf5 or .h5')
    parser.add_argument('--preset', help="name of the settings; those of the environment's id by default")
    parser.add_argument('--timesteps', type=int, help="environment steps; the preset's by default")
    parser.add_argument('--trajectories', type=int, default=-1, help='use only so many demonstrations')
    parser.add_argument('--subsample', type=int, default=1, help='use one step out of so many of each')
    parser.add_argument('--seed', type=int, help='of all randomness')
    parser.add_argument('--save', metavar='FILE', help='where the model is written to')
    parser.add_argument('--log', metavar='FOLDER', help='folder of progress.csv and of event files for TensorBoard')
    parser.add_argument('--episodes', type=int, default=20, help='episodes of the score; 0 for none')
    parser.add_argument('--verbose', action='store_true', help='print a table after each iteration')
    return parser


def _presets() -> str:
    lines = ['  {:<16} {}'.format(name, preset.description) for name, preset in PRESETS.items()]
    return '\n'.join(['presets:'] + lines)


def _train(options: Any) -> None:
    """
    :param options: of the command line
    """
    preset = preset_of(options.env, options.preset)  # before what takes longer
    from stable_baselines import logger
    from stable_baselines.common.evaluation import evaluate_policy
    from stable_baselines.gail.dataset import ExpertDataset
    from stable_baselines.gail.model import GAIL
    dataset = ExpertDataset(options.demonstrations, traj_limitation=options.trajectories, subsample=options.subsample,
                            seed=options.seed)
    model = GAIL.from_preset(options.env, dataset, options.preset, seed=options.seed, verbose=int(options.verbose),
                             tensorboard_log=options.log)
    if options.log is not None:
        model.set_logger(logger.make_logger(options.log, ['csv'] + (['stdout'] if options.verbose else [])))
    model.learn(preset.timesteps if options.timesteps is None else options.timesteps, progress_bar='auto')
    if options.save is not None:
        model.save(options.save)
    if options.episodes > 0:
        mean, deviation = evaluate_policy(model, model.get_env(), n_eval_episodes=options.episodes, progress_bar='auto')
        print('Return of {} episodes: {:.1f} +/- {:.1f}'.format(options.episodes, mean, deviation))


if __name__ == '__main__':
    sys.exit(main())
