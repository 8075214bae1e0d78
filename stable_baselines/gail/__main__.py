"""``python -m stable_baselines.gail ENV DEMONSTRATIONS``: trains GAIL with the settings of a preset, and scores it."""
import argparse
import sys
from typing import Any, Optional, Sequence

from stable_baselines.common import mpi
from stable_baselines.common.callback_base import NullCallback
from stable_baselines.common.programs import parsed, status_of_first
from stable_baselines.gail.presets import PRESETS, preset_of

__all__ = ['main']

_UNUSABLE = (ImportError, OSError, ValueError)  # errors about what was given


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """
    Run the program. MPI workers learn together; the first one tells what is wrong, saves and evaluates.

    :param arguments: of the command line; None takes the program's own
    :return: exit status: 0, or 1 where something given cannot be used; the same for all MPI workers
    """
    options, follower = parsed(_parser(), arguments), NullCallback()
    try:
        model = _make_model(options)
        steps = preset_of(options.env, options.preset).timesteps if options.timesteps is None else options.timesteps
        model.learn(steps, follower, progress_bar='auto')
    except _UNUSABLE as error:
        if mpi.is_root() or follower.locals:  # until training starts, all workers fail alike
            _complain(error)
        return 1
    return status_of_first(lambda: _save_and_evaluate(model, options))


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


def _complain(error: BaseException) -> None:
    print(' '.join(str(error).split()), file=sys.stderr)


def _make_model(options: Any) -> Any:
    """
    :param options: of the command line
    :return: the model, before it learns
    """
    preset_of(options.env, options.preset)  # before what takes longer
    from stable_baselines import logger
    from stable_baselines.gail.model import GAIL
    model = GAIL.from_preset(options.env, _demonstrations(options), options.preset, seed=options.seed,
                             verbose=int(options.verbose), tensorboard_log=options.log)
    if options.log is not None and mpi.is_root():
        model.set_logger(logger.make_logger(options.log, ['csv'] + (['stdout'] if options.verbose else [])))
    return model


def _demonstrations(options: Any) -> Any:
    """
    :param options: of the command line
    :return: the dataset
    :raises ValueError: on all MPI workers when one of them cannot load it, as on a host without the file
    """
    from stable_baselines.gail.dataset import ExpertDataset
    dataset, problem = None, None
    try:
        dataset = ExpertDataset(options.demonstrations, traj_limitation=options.trajectories,
                                subsample=options.subsample, seed=options.seed)
    except _UNUSABLE as error:
        problem = str(error)
    problems = [found for found in mpi.gather_objects(problem) if found is not None]
    if problems:
        raise ValueError(problems[0])
    return dataset


def _save_and_evaluate(model: Any, options: Any) -> int:
    """
    :param model: that has learned
    :param options: of the command line
    :return: exit status
    """
    from stable_baselines.common.evaluation import evaluate_policy
    try:
        if options.save is not None:
            model.save(options.save)
        if options.episodes > 0:
            mean, deviation = evaluate_policy(model, model.get_env(), n_eval_episodes=options.episodes,
                                              progress_bar='auto')
            print('Return of {} episodes: {:.1f} +/- {:.1f}'.format(options.episodes, mean, deviation))
    except _UNUSABLE as error:
        _complain(error)
        return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
