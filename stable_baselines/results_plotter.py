"""Learning curves out of the records of ``bench.Monitor``, and pictures of whole training runs.

``python -m stable_baselines.results_plotter --dirs FOLDER ...`` shows the curves in a window.
"""
import argparse
from typing import Any, Callable, List, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.bench.monitor import load_results
from stable_baselines.common.optional_import import optional_import
from stable_baselines.common.programs import parsed
from stable_baselines.common.training_figure import Levels, draw_training, read_groups

__all__ = ['COLORS', 'EPISODES_WINDOW', 'POSSIBLE_X_AXES', 'X_EPISODES', 'X_TIMESTEPS', 'X_WALLTIME', 'main',
           'plot_curves', 'plot_results', 'plot_training', 'rolling_window', 'ts2xy', 'window_func']

X_TIMESTEPS = 'timesteps'
X_EPISODES = 'episodes'
X_WALLTIME = 'walltime_hrs'
POSSIBLE_X_AXES = [X_TIMESTEPS, X_EPISODES, X_WALLTIME]
EPISODES_WINDOW = 100
COLORS = ['C{}'.format(number) for number in range(10)] + [  # of curves; matplotlib's own ones first
    'navy', 'gold', 'teal', 'salmon', 'black', 'lime', 'orchid', 'chocolate', 'slategray', 'turquoise', 'crimson',
    'darkgreen', 'khaki', 'plum']

_AXIS_LABELS = {X_TIMESTEPS: 'environment steps', X_EPISODES: 'episodes', X_WALLTIME: 'wall time in hours'}

Curve = Tuple[np.ndarray, np.ndarray]


def rolling_window(array: np.ndarray, window: int) -> np.ndarray:
    """
    Every run of neighbouring elements, without copying them.

    :param array: shape [..., N]
    :param window: length of a run
    :return: view of shape [..., N - window + 1, window]; not to be written to
    :raises ValueError: when ``window`` is not within 1 and N
    """
    array = np.asarray(array)
    if not 1 <= window <= array.shape[-1]:
        raise ValueError('window={!r} must be from 1 to the length of the array, {}.'.format(window, array.shape[-1]))
    shape = array.shape[:-1] + (array.shape[-1] - window + 1, window)
    return np.lib.stride_tricks.as_strided(array, shape, array.strides + array.strides[-1:], writeable=False)


def window_func(var_1: np.ndarray, var_2: np.ndarray, window: int, func: Callable[..., np.ndarray]) -> Curve:
    """
    Apply a function to every run of neighbouring values.

    :param var_1: positions, shape [N]
    :param var_2: values at them, shape [N]
    :param window: length of a run
    :param func: such as ``np.mean``, called with ``axis=-1``
    :return: the position of the last element of each run, and the function's result for it, both [N - window + 1]
    :raises ValueError: when ``window`` is not within 1 and N
    """
    return np.asarray(var_1)[window - 1:], func(rolling_window(var_2, window), axis=-1)


def ts2xy(timesteps: Any, xaxis: str) -> Curve:
    """
    Turn records into a curve.

    :param timesteps: what ``load_results`` returns
    :param xaxis: X_TIMESTEPS, X_EPISODES or X_WALLTIME
    :return: positions, and the returns of the episodes that ended there, both [number of episodes]
    :raises ValueError: for another axis
    """
    _check_axis(xaxis)
    returns = timesteps['r'].values
    if xaxis == X_TIMESTEPS:
        return np.cumsum(timesteps['l'].values), returns
    if xaxis == X_EPISODES:
        return np.arange(len(returns)), returns
    return timesteps['t'].values / 3600.0, returns


def _check_axis(xaxis: str) -> None:
    if xaxis not in POSSIBLE_X_AXES:
        raise ValueError('xaxis={!r} is unknown. Known: {}.'.format(xaxis, ', '.join(map(repr, POSSIBLE_X_AXES))))


def plot_curves(xy_list: Sequence[Curve], xaxis: str, title: str, labels: Optional[Sequence[str]] = None) -> Any:
    """
    Draw the return of each episode as a dot and, from 100 episodes on, the mean of the last 100 as a line. To see the
    figure call ``matplotlib.pyplot.show()``, to keep it the figure's ``savefig``.

    :param xy_list: curves as of ``ts2xy``, at least one
    :param xaxis: X_TIMESTEPS, X_EPISODES or X_WALLTIME
    :param title: title
    :param labels: names of the curves for a legend; None draws no legend
    :return: ``matplotlib.figure.Figure``
    :raises ValueError: when there is no curve, for another axis, or another number of labels
    :raises ImportError: when matplotlib is missing
    """
    _check_axis(xaxis)
    if len(xy_list) == 0 or (labels is not None and len(labels) != len(xy_list)):
        raise ValueError('xy_list must hold at least one curve, and labels as many names, found {} curves, labels={!r}.'
                         .format(len(xy_list), labels))
    plt = optional_import('matplotlib.pyplot', 'plot_curves()')
    figure, axes = plt.subplots(figsize=(8, 4))
    for index, (x, y) in enumerate(xy_list):
        color = COLORS[index % len(COLORS)]
        axes.scatter(x, y, s=2, color=color, alpha=0.5, label=None if labels is None else labels[index])
        if len(x) >= EPISODES_WINDOW:
            axes.plot(*window_func(x, y, EPISODES_WINDOW, np.mean), color=color)
    axes.set(title=title, xlabel=_AXIS_LABELS[xaxis], ylabel='return of an episode')
    axes.set_xlim(min([0] + [np.min(x) for x, _ in xy_list if len(x)]), None)
    if labels is not None:
        axes.legend(markerscale=4)
    figure.tight_layout()
    return figure


def plot_results(dirs: Sequence[str], num_timesteps: Optional[int], xaxis: str, task_name: str) -> Any:
    """
    Draw the learning curves of several runs.

    :param dirs: folders that ``Monitor`` wrote to, one a run
    :param num_timesteps: environment steps of each run to show; None shows all
    :param xaxis: X_TIMESTEPS, X_EPISODES or X_WALLTIME
    :param task_name: title
    :return: ``matplotlib.figure.Figure``
    :raises LoadMonitorResultsError: when a folder holds no records
    :raises ImportError: when pandas or matplotlib is missing
    """
    _check_axis(xaxis)
    curves: List[Curve] = []
    for folder in dirs:
        records = load_results(folder)
        if num_timesteps is not None:
            records = records[records['l'].cumsum() <= num_timesteps]
        curves.append(ts2xy(records, xaxis))
    return plot_curves(curves, xaxis, task_name, labels=list(dirs) if len(dirs) > 1 else None)


def plot_training(log_dir: Any, *, expert_return: Optional[float] = None, random_return: Optional[float] = None,
                  max_kl: Optional[float] = None, title: Optional[str] = None, labels: Optional[Sequence[str]] = None,
                  save_to: Any = None) -> Any:
    """
    Draw training in one figure: return, accuracies of GAIL's discriminator, KL divergence of the policy's updates, and
    value loss, each over environment steps. Panels without data are left out.

    What is drawn stands in ``progress.csv``, which ``logger.configure(folder, ['csv'])`` and ``verbose=1`` write; where
    that holds no returns, the files of ``Monitor`` in the folder tell them, as means of the latest 100 episodes. Curves
    of more than 300 points are averaged to so many. Steps of a second ``learn`` count on.

    :param log_dir: the folder of a run, or one that has the folders of several runs in it; a list of folders of runs
        that differ in their seed, drawn as mean and band of one standard deviation, up to the steps that all of them
        reached; to compare curves, a list of such lists or a dictionary of them by name
    :param expert_return: level to compare with; None takes that of the log, where the demonstrations know rewards
    :param random_return: level of random actions, see ``common.evaluation.random_return``
    :param max_kl: limit of the KL divergence; None takes that of the log
    :param title: over the figure; broken into lines where it is too long
    :param labels: names of the compared curves
    :param save_to: file to write, which needs no screen: a PNG unless it ends otherwise. None writes none; call
        ``matplotlib.pyplot.show()``
    :return: ``matplotlib.figure.Figure``
    :raises FileNotFoundError: when a folder holds no records
    :raises LoadMonitorResultsError: when a file of ``Monitor`` is none
    :raises ValueError: when there is nothing to draw yet, a level is no number, or labels do not fit
    :raises ImportError: when matplotlib is missing
    """
    groups = read_groups(log_dir, labels)
    return draw_training(groups, Levels(expert_return, random_return, max_kl), title, save_to)


def main(arguments: Optional[Sequence[str]] = None) -> None:
    """
    Show the learning curves of some folders in a window.

    :param arguments: of the command line; None takes the program's own
    :raises LoadMonitorResultsError: when a folder holds no records
    :raises ImportError: when pandas or matplotlib is missing
    """
    parser = argparse.ArgumentParser(prog='python -m stable_baselines.results_plotter',
                                     description='Show learning curves out of the records of Monitor.',
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument('--dirs', nargs='*', default=['./log'], metavar='FOLDER', help='folders that Monitor wrote to')
    parser.add_argument('--num_timesteps', type=int, default=int(10e6), help='environment steps of each to show')
    parser.add_argument('--xaxis', default=X_TIMESTEPS, choices=POSSIBLE_X_AXES, help='what goes to the right')
    parser.add_argument('--task_name', default='Learning curves', help='title')
    options = parsed(parser, arguments)
    plot_results(options.dirs, options.num_timesteps, options.xaxis, options.task_name)
    optional_import('matplotlib.pyplot', 'main()').show()


if __name__ == '__main__':
    main()
