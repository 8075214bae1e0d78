"""Pictures of a set of demonstrations: four panels."""
import os
from typing import Any, Optional

import numpy as np

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.gail.dataset import images
from stable_baselines.gail.dataset.checks import is_image_names
from stable_baselines.gail.dataset.trajectories import Trajectories, lengths, returns_known

__all__ = ['plot_demonstrations', 'save_or_show']

_WITHOUT_WINDOWS = ('agg', 'cairo', 'pdf', 'pgf', 'ps', 'svg', 'template')
_MOST_BINS = 20
_MOST_CATEGORIES = 40
_MOST_CURVES = 6  # more distributions in one panel cannot be told apart
_MOST_BARS = 40
_MOST_IMAGES = 64  # enough for the range of pixels; reading all of them could take minutes


def plot_demonstrations(trajectories: Trajectories, title: str) -> Any:
    """
    Draw returns, episode lengths, actions and observations.

    :param trajectories: whole episodes
    :param title: over it all
    :return: matplotlib's figure; its four axes in this order
    :raises ImportError: without matplotlib
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Plotting needs matplotlib: pip install .[plots] (or pip install matplotlib).') from error
    figure, axes = plt.subplots(2, 2, figsize=(9, 6.5))
    returns, sizes, actions, observations = axes.reshape(-1)
    _draw_returns(returns, trajectories)
    _draw_histogram(sizes, lengths(trajectories.episode_starts), 'episodes')
    every = 'steps' if trajectories.subsample == 1 else 'steps kept: 1 of {}'.format(trajectories.subsample)
    sizes.set(title='episode lengths', xlabel='length ({})'.format(every))
    _draw_actions(actions, trajectories.actions)
    _draw_observations(observations, trajectories.observations)
    figure.suptitle(title)
    figure.tight_layout(rect=(0, 0, 1, 0.96))  # room for the title, which older versions do not keep free
    return figure


def save_or_show(figure: Any, save_path: Optional[str], default: str) -> None:
    """
    :param figure: of ``plot_demonstrations``
    :param save_path: file to write, a PNG unless it ends otherwise; None opens a window where there can be one
    :param default: file to write where there can be none
    :raises ValueError: when ``save_path`` is no name, or ends in something that matplotlib cannot write
    """
    import matplotlib.pyplot as plt
    if save_path is None and plt.get_backend().lower() not in _WITHOUT_WINDOWS:
        plt.show()
        return
    try:
        path = _with_known_suffix(figure, default if save_path is None else save_path)
        with replace_on_success(path, 'wb') as file:
            figure.savefig(file, format=os.path.splitext(path)[1][1:].lower(), dpi=120)
    finally:
        plt.close(figure)  # pyplot would keep it, and complain at the twentieth
    print('Plot written to {}'.format(os.path.abspath(path)))


def _with_known_suffix(figure: Any, save_path: Any) -> str:
    """
    :param figure: knows which formats it can be written in
    :param save_path: as given by the caller
    :return: the same with a suffix
    :raises ValueError: when it is no name, or has an unknown suffix
    """
    if not isinstance(save_path, (str, os.PathLike)):
        raise ValueError('save_path={!r}: the name of a picture file is needed, such as expert.png.'.format(save_path))
    path = os.fspath(save_path)
    suffix = os.path.splitext(path)[1]
    known = sorted(figure.canvas.get_supported_filetypes())
    if suffix and suffix[1:].lower() not in known:
        raise ValueError('save_path={!r}: pictures of type {!r} cannot be written; use one of {}.'.format(
            path, suffix, ', '.join('.' + name for name in known)))
    return path if suffix else path + '.png'


def _draw_returns(axes: Any, trajectories: Trajectories) -> None:
    axes.set(title='returns')
    if not returns_known(trajectories):
        axes.text(0.5, 0.5, 'unknown', ha='center', va='center', transform=axes.transAxes)
        axes.set(xticks=[], yticks=[])
        return
    _draw_histogram(axes, trajectories.episode_returns, 'episodes')
    axes.set(xlabel='return: {:.4g} +/- {:.4g}'.format(trajectories.episode_returns.mean(),
                                                      trajectories.episode_returns.std()))


def _draw_histogram(axes: Any, values: np.ndarray, counted: str) -> None:
    if values.min() == values.max():  # a histogram would put a thin bar beside the value
        axes.bar(values[:1], [len(values)], 0.1)
        axes.set(xticks=values[:1], xlim=(values[0] - 1, values[0] + 1))
    else:
        axes.hist(values, bins=min(_MOST_BINS, len(values)))
    axes.set(ylabel=counted)
    axes.ticklabel_format(axis='x', useOffset=False)
    _whole_ticks(axes.yaxis)


def _whole_ticks(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator
    axis.set_major_locator(MaxNLocator('auto', integer=True))


def _draw_actions(axes: Any, actions: np.ndarray) -> None:
    """
    :param axes: where to
    :param actions: shape [N, ...]: bars for each category of whole numbers, curves or a map of densities for others
    """
    if 0 in actions.shape[1:]:
        axes.set(title='actions: not noted', xticks=[], yticks=[])
        return
    columns = actions.reshape(len(actions), -1)
    names = ['element {}'.format(index) for index in range(columns.shape[1])]
    if columns.dtype.kind in 'biu' and int(columns.max()) - int(columns.min()) < _MOST_CATEGORIES \
            and columns.shape[1] <= _MOST_CURVES:
        _draw_categories(axes, columns.astype(int), names)
    elif columns.shape[1] <= _MOST_CURVES:
        for column, name in zip(columns.T, names):
            axes.hist(column, bins=_MOST_BINS, histtype='step', label=name)
        axes.set(xlabel='action', ylabel='rows')
    else:
        _draw_map(axes, columns)
    axes.set(title='actions')
    if 1 < columns.shape[1] <= _MOST_CURVES:
        axes.legend(fontsize='small')


def _draw_categories(axes: Any, columns: np.ndarray, names: Any) -> None:
    """
    :param axes: where to
    :param columns: shape [N, K], integers
    :param names: of the K columns
    """
    width = 0.8 / columns.shape[1]
    categories = np.arange(columns.min(), columns.max() + 1)
    for index, name in enumerate(names):
        counts = np.bincount(columns[:, index] - categories[0], minlength=len(categories))
        axes.bar(categories - 0.4 + width * (index + 0.5), counts, width, label=name)
    if len(categories) <= _MOST_BINS:
        axes.set_xticks(categories)
    axes.set(xlabel='action', ylabel='rows')


def _draw_map(axes: Any, columns: np.ndarray) -> None:
    """
    :param axes: where to
    :param columns: shape [N, K]: the darker, the more rows; one line for each of the K elements
    """
    low, high = float(columns.min()), float(columns.max())
    edges = np.linspace(low, high if high > low else low + 1.0, _MOST_BINS + 1)
    counts = np.stack([np.histogram(column, edges)[0] for column in columns.T])
    axes.pcolormesh(edges, np.arange(columns.shape[1] + 1) - 0.5, counts, cmap='Blues')
    axes.set(xlabel='action', ylabel='element')
    _whole_ticks(axes.yaxis)


def _draw_observations(axes: Any, observations: np.ndarray) -> None:
    """
    :param axes: where to
    :param observations: shape [N, ...]: range and mean of each element, or how bright images are
    """
    if is_image_names(observations) or images.is_image_shape(observations.shape[1:], observations.dtype):
        _draw_pixels(axes, observations)
        return
    columns = observations.reshape(len(observations), -1)
    places = np.arange(columns.shape[1])
    low, high, mean = columns.min(axis=0), columns.max(axis=0), columns.mean(axis=0, dtype=np.float64)
    if len(places) <= _MOST_BARS:
        # float64: the difference of the bounds could overflow a small type.
        axes.bar(places, high.astype(np.float64) - low, 0.6, bottom=low, alpha=0.5)
        axes.plot(places, mean, 'k_', markersize=12)
        axes.use_sticky_edges = False  # else the longest bar seems to go on below the axis
        axes.autoscale_view()
    else:
        axes.fill_between(places, low, high, alpha=0.5, linewidth=0)
        axes.plot(places, mean, 'k', linewidth=0.5)
    axes.set(title='observations: smallest, mean, largest', xlabel='element', ylabel='value', xlim=(-1, len(places)))
    _whole_ticks(axes.xaxis)


def _draw_pixels(axes: Any, observations: np.ndarray) -> None:
    """
    :param axes: where to
    :param observations: shape [N, height, width, channels], or [N] names of images
    """
    rows = np.unique(np.linspace(0, len(observations) - 1, _MOST_IMAGES).astype(int))
    shown = observations[rows]
    pixels = np.stack([images.read_image(name) for name in shown.tolist()]) if is_image_names(shown) else shown
    for channel in range(pixels.shape[-1]):
        counts, edges = np.histogram(pixels[..., channel], np.arange(0, 257, 8))
        axes.plot(edges[:-1] + 4, counts / pixels[..., channel].size, drawstyle='steps-mid',
                  label='channel {}'.format(channel))
    axes.set(title='observations: {} images of {}'.format(len(rows), len(observations)), ylabel='share of pixels',
             xlabel='brightness, images {} x {}'.format(*pixels.shape[1:3]))
    axes.legend(fontsize='small')
