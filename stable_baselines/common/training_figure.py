"""Draws the curves of training runs in one figure."""
import os
import textwrap
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from stable_baselines.common.atomic_file import replace_on_success
from stable_baselines.common.checks import check_number
from stable_baselines.common.optional_import import optional_import
from stable_baselines.common.training_curves import Run, Spread, find_runs, read_run, spread_of

__all__ = ['Levels', 'draw_training', 'read_groups']

# Okabe and Ito's colours, which remain distinct to colour-blind eyes
_BLUE, _VERMILION, _GREEN, _PURPLE, _ORANGE, _SKY = '#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9'
_GROUP_COLORS = (_BLUE, _VERMILION, _GREEN, _PURPLE, _ORANGE, _SKY)
_BLACK, _GREY = '#000000', '#666666'
_STYLES = ('-', '--')
_ENTRIES_A_ROW = 3  # of a legend
_PLAIN = 1e-4, 1e5  # values outside of it are labelled with a prefix: 25M
_TITLE_POINTS = 13


class Levels(NamedTuple):
    """Numbers drawn for comparison; None for those that are not known."""

    expert_return: Optional[float] = None
    random_return: Optional[float] = None
    max_kl: Optional[float] = None


class _Panel(NamedTuple):
    """One of the figure's."""

    label: str  # of its vertical axis, with the unit
    curves: Sequence[Tuple[str, str]]  # column, name in the legend
    limits: Optional[Tuple[float, float]] = None


_RETURN = _Panel('return per episode (sum of rewards)', [('return', 'policy')])
_ACCURACY = _Panel('discriminator accuracy (0 to 1)',
                   [('expert_acc', "expert's rows"), ('generator_acc', "policy's rows")], (-0.03, 1.03))
_KL = _Panel('mean KL divergence (nats)', [('meankl', 'policy update')])
_VALUE_LOSS = _Panel('value loss (squared return)', [('value_loss', 'value function')])
_EXPLAINED = _Panel('explained variance of returns (at most 1)',
                    [('explained_variance_tdlam_before', 'value function')])

Group = Tuple[Optional[str], List[Run]]


def read_groups(log_dir: Any, labels: Optional[Sequence[str]]) -> List[Group]:
    """
    :param log_dir: see ``results_plotter.plot_training``
    :param labels: see there
    :return: name and runs of each curve
    :raises ValueError: when there is nothing, or labels are not as many as curves
    :raises FileNotFoundError: when a folder holds no records
    """
    groups = _grouped(log_dir)
    if not groups or not all(folders for _, folders in groups) or not all(
            _is_path(folder) for _, folders in groups for folder in folders):
        raise ValueError('log_dir={!r}: a folder, a list of folders, or a list or dictionary of such lists expected, '
                         'with at least one folder for each curve.'.format(log_dir))
    if labels is not None and len(labels) != len(groups):
        raise ValueError('labels={!r}: {} name(s) expected, one for each curve. To compare runs rather than to average '
                         'them, give log_dir as lists in a list, or as a dictionary.'.format(labels, len(groups)))
    names = [name for name, _ in groups] if labels is None else list(labels)
    return [(name, [read_run(path) for folder in folders for path in find_runs(folder)])
            for name, (_, folders) in zip(names, groups)]


def _grouped(log_dir: Any) -> List[Tuple[Optional[str], List[Any]]]:
    """
    :param log_dir: as given by the caller
    :return: name and folders of each curve
    """
    if isinstance(log_dir, Mapping):
        return [(str(name), _as_list(folders)) for name, folders in log_dir.items()]
    entries = _as_list(log_dir)
    if all(_is_path(entry) for entry in entries):
        return [(None, entries)]
    return [('runs {}'.format(number + 1), _as_list(entry)) for number, entry in enumerate(entries)]


def _as_list(folders: Any) -> List[Any]:
    return list(folders) if isinstance(folders, (list, tuple)) else [folders]


def _is_path(candidate: Any) -> bool:
    return isinstance(candidate, (str, os.PathLike))


def draw_training(groups: List[Group], levels: Levels, title: Optional[str], save_to: Any) -> Any:
    """
    :param groups: see ``read_groups``
    :param levels: those given by the caller; the runs' own stand in for what is missing
    :param title: over it all
    :param save_to: file to write; None for none
    :return: ``matplotlib.figure.Figure``
    :raises ValueError: when there is nothing to draw, or the file's suffix is unknown
    """
    for name, value in levels._asdict().items():
        if value is not None:
            check_number(name, value)
    panels = _panels_with_data(groups)
    if not panels:
        raise ValueError('log_dir: {} hold(s) no row of figures yet: {}.'.format(
            'it' if len(groups) == 1 else 'they', ', '.join(run.folder for _, runs in groups for run in runs)))
    figure = _new_figure(len(panels), save_to is not None)
    for number, panel in enumerate(panels):
        axes = figure.add_subplot(-(-len(panels) // 2), min(len(panels), 2), number + 1)
        _draw_panel(axes, panel, groups, names_groups=number == 0)
        _draw_levels(axes, panel, _known_levels(levels, groups))
        _finish(axes, panel)
    note = _note_on_runs(groups)
    if note is not None:
        figure.text(0.995, 0.005, note, ha='right', va='bottom', fontsize=8.5, color=_GREY)
    height = figure.get_size_inches()[1]
    room = 0.0 if title is None else _draw_title(figure, title)
    figure.tight_layout(rect=(0, 0 if note is None else 0.2 / height, 1, 1 - room / height), w_pad=2.0, h_pad=1.5)
    if save_to is not None:
        _save(figure, save_to)
    return figure


def _draw_title(figure: Any, title: str) -> float:
    """
    No suptitle: versions of matplotlib differ in how much room they leave for one, and none breaks lines.

    :param figure: where to
    :param title: what to; lines that are too long for the figure are broken
    :return: its height, in inches
    """
    width, height = figure.get_size_inches()
    lines = [line for given in title.splitlines() for line in _broken(given, 0.96 * width)] or ['']
    figure.text(0.5, 1 - 0.1 / height, '\n'.join(lines), ha='center', va='top', fontsize=_TITLE_POINTS, linespacing=1.2)
    return 0.13 + 0.22 * len(lines)


def _broken(line: str, width: float) -> List[str]:
    """
    :param line: text
    :param width: in inches
    :return: the same in lines that are no wider
    """
    from matplotlib.textpath import TextPath

    def fits(text: str) -> bool:
        return not text.strip() or TextPath((0, 0), text, size=_TITLE_POINTS).get_extents().width <= 72.0 * width
    lines, columns = [line], len(line)
    while columns > 1 and not all(map(fits, lines)):
        columns = int(0.95 * columns)
        lines = textwrap.wrap(line, columns)
    return lines


def _new_figure(n_panels: int, to_file: bool) -> Any:
    """
    :param n_panels: how many it will have
    :param to_file: whether it needs no window, and none may be possible
    :return: the figure; only one that ``pyplot.show`` would show is known to pyplot
    """
    size = (6.4, 4.2) if n_panels == 1 else (11.0, 4.0 * (-(-n_panels // 2)))
    if not to_file:
        return optional_import('matplotlib.pyplot', 'plot_training()').figure(figsize=size)
    figure = optional_import('matplotlib.figure', 'plot_training()').Figure(figsize=size)
    optional_import('matplotlib.backends.backend_agg', 'plot_training()').FigureCanvasAgg(figure)
    return figure


def _panels_with_data(groups: List[Group]) -> List[_Panel]:
    known = {name for _, runs in groups for run in runs for name in run.curves}
    panels = [_RETURN, _ACCURACY, _KL, _VALUE_LOSS if 'value_loss' in known else _EXPLAINED]
    return [panel for panel in panels if any(column in known for column, _ in panel.curves)]


def _known_levels(levels: Levels, groups: List[Group]) -> Levels:
    """
    :param levels: those given by the caller
    :param groups: whose runs may tell those that are missing, if they agree
    :return: all that are known
    """
    def told(column: str) -> Optional[float]:
        values = {float(run.curves[column].values[-1]) for _, runs in groups for run in runs if column in run.curves}
        return values.pop() if len(values) == 1 else None
    return Levels(*[told(name) if value is None else float(value) for name, value in levels._asdict().items()])


def _draw_panel(axes: Any, panel: _Panel, groups: List[Group], names_groups: bool) -> None:
    """
    :param axes: where to
    :param panel: what to
    :param groups: its curves
    :param names_groups: whether this panel's legend tells compared groups apart, for the whole figure
    """
    for number, (group_name, runs) in enumerate(groups):
        for kind, (column, kind_name) in enumerate(panel.curves):
            found = [run for run in runs if column in run.curves]
            if not found:
                continue
            spread = spread_of([run.curves[column] for run in found], [run.folder for run in found])
            color = _GROUP_COLORS[(number if len(groups) > 1 else kind) % len(_GROUP_COLORS)]
            if group_name is None or not names_groups:
                name = kind_name if panel is not _RETURN else 'policy, mean of {} episodes'.format(
                    found[0].return_window)
                name = name if len(groups) == 1 or (number == 0 and len(panel.curves) > 1) else None
            else:
                name = group_name if len(panel.curves) == 1 else '{}, {}'.format(group_name, kind_name)
            _draw_spread(axes, spread, name, color, _STYLES[kind] if len(groups) > 1 else '-')


def _note_on_runs(groups: List[Group]) -> Optional[str]:
    """
    :param groups: what is drawn
    :return: what lines and bands are, where they are of several runs
    """
    counts = [len(runs) for _, runs in groups]
    if max(counts) == 1:
        return None
    return 'lines and bands: mean and standard deviation of {} runs'.format(
        counts[0] if len(set(counts)) == 1 else ' and '.join(map(str, counts)))


def _draw_spread(axes: Any, spread: Spread, name: Optional[str], color: str, style: str) -> None:
    axes.plot(spread.steps, spread.mean, style, color=color, label=name, linewidth=1.6,
              marker='o' if len(spread.steps) == 1 else None)
    if spread.n_runs > 1:
        axes.fill_between(spread.steps, spread.mean - spread.std, spread.mean + spread.std, color=color, alpha=0.2,
                          linewidth=0)


def _draw_levels(axes: Any, panel: _Panel, levels: Levels) -> None:
    lines: Dict[str, Tuple[Any, ...]] = {}
    if panel is _RETURN:
        lines = {'expert ({:.4g})': (levels.expert_return, _GREEN, '--'),
                 'random ({:.4g})': (levels.random_return, _GREY, ':')}
    elif panel is _KL:
        lines = {'limit ({:.4g})': (levels.max_kl, _BLACK, '--')}
    elif panel is _ACCURACY:
        lines = {'guessing': (0.5, _GREY, ':')}
    for name, (level, color, style) in lines.items():
        if level is not None:
            axes.axhline(level, label=name.format(level), color=color, linestyle=style, linewidth=1.3)


def _finish(axes: Any, panel: _Panel) -> None:
    from matplotlib.ticker import EngFormatter, ScalarFormatter
    axes.set(xlabel='environment steps', ylabel=panel.label)
    axes.xaxis.set_major_formatter(EngFormatter(sep=''))
    axes.grid(alpha=0.25)
    if panel.limits is not None:
        axes.set_ylim(*panel.limits)
    elif panel in (_KL, _VALUE_LOSS):
        axes.set_ylim(0, axes.get_ylim()[1] * 1.05)
    # never a factor over the axis, where the legend stands
    largest, (low, high) = max(map(abs, axes.get_ylim())), _PLAIN
    axes.yaxis.set_major_formatter(ScalarFormatter(useOffset=False) if low <= largest < high else EngFormatter(sep=''))
    # above the axes, where it can hide no curve
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc='lower left', bbox_to_anchor=(-0.02, 1.0), ncol=_ENTRIES_A_ROW, frameon=False, fontsize=8.5,
                    borderaxespad=0.2, columnspacing=1.2, handlelength=1.8)


def _save(figure: Any, save_to: Union[str, 'os.PathLike[str]']) -> None:
    path = os.fspath(save_to)
    stem, suffix = os.path.splitext(path)
    path, suffix = (path, suffix) if suffix else (stem + '.png', '.png')
    known = sorted(figure.canvas.get_supported_filetypes())
    if suffix[1:].lower() not in known:
        raise ValueError('save_to={!r}: pictures of type {!r} cannot be written; use one of {}.'.format(
            path, suffix, ', '.join('.' + name for name in known)))
    with replace_on_success(path) as file:
        figure.savefig(file, format=suffix[1:].lower(), dpi=100)
