"""Curves of training runs out of what they wrote: ``progress.csv`` of the logger, and files of ``bench.Monitor``."""
import csv
import io
import os
import warnings
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from stable_baselines.bench.monitor import get_monitor_files, read_monitor_file

__all__ = ['Curve', 'Run', 'Spread', 'find_runs', 'read_run', 'spread_of']

PROGRESS = 'progress.csv'
_STEPS = ('TimestepsSoFar', 'total timesteps')  # columns, of TRPO and GAIL, of SAC
_RETURNS = (('EpTrueRewMean', 40), ('EpRewMean', 40), ('mean 100 episode reward', 100))  # and episodes in the mean
_MONITOR_WINDOW = 100  # episodes
_MOST_POINTS = 300  # of a curve; more are averaged to so many
_WORTH_A_WARNING = 0.9  # a run that makes less of the steps of the longest


class Curve(NamedTuple):
    """Values [N] at environment steps [N], which grow."""

    steps: np.ndarray
    values: np.ndarray


class Run(NamedTuple):
    """What one folder holds."""

    folder: str
    curves: Dict[str, Curve]  # by column of progress.csv, and 'return'
    return_window: int  # episodes that each return is the mean of


class Spread(NamedTuple):
    """Mean and standard deviation of several curves, each [N]."""

    steps: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    n_runs: int


def find_runs(folder: Any) -> List[str]:
    """
    :param folder: one that a run wrote to, or that has such folders in it; a file in it will do
    :return: the folders that hold a run's records
    :raises FileNotFoundError: when there are none
    """
    path = os.fspath(folder)
    path = (os.path.dirname(path) or '.') if os.path.isfile(path) else path
    if _has_records(path):
        return [path]
    below = sorted(os.path.join(path, name) for name in os.listdir(path)) if os.path.isdir(path) else []
    found = [name for name in below if os.path.isdir(name) and _has_records(name)]
    if not found:
        trouble = 'neither {} nor *.monitor.csv in it'.format(PROGRESS) if os.path.isdir(path) else 'no such folder'
        raise FileNotFoundError(
            "log_dir={!r}: {}. Call logger.configure(folder, ['stdout', 'csv']) before learn() of a model with "
            'verbose=1, or put a Monitor around the environment.'.format(path, trouble))
    return found


def _has_records(path: str) -> bool:
    return os.path.isfile(os.path.join(path, PROGRESS)) or bool(get_monitor_files(path))


def read_run(folder: str) -> Run:
    """
    :param folder: that a run wrote to
    :return: its curves; those without any number are left out
    """
    path = os.path.join(folder, PROGRESS)
    columns = _read_progress(path) if os.path.isfile(path) else {}
    steps = next((columns[name] for name in _STEPS if name in columns), np.empty(0))
    steps = _continued(steps)
    curves = {}
    for name, values in columns.items():
        known = np.isfinite(values) & np.isfinite(steps)
        if known.any():
            curves[name] = Curve(steps[known], values[known])
    curve, window = _returns_of_progress(columns, steps)
    if curve is None:
        curve, window = _returns_of_monitors(folder)
    if curve is not None:
        curves['return'] = curve
    return Run(folder, curves, window)


def _read_progress(path: str) -> Dict[str, np.ndarray]:
    """
    :param path: a file of the logger's form 'csv', which may still be written to
    :return: its columns; NaN where there is no number
    """
    with open(path, encoding='utf-8', newline='') as file:
        text = file.read()
    rows = list(csv.DictReader(io.StringIO(text[:text.rfind('\n') + 1])))
    names = [name for name in (rows[0] if rows else ()) if name is not None]
    return {name: np.array([_number(row.get(name)) for row in rows]) for name in names}


def _number(text: Optional[str]) -> float:
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan


def _continued(steps: np.ndarray) -> np.ndarray:
    """
    :param steps: shape [N]; they begin at 0 again where ``learn`` was called again
    :return: the same counted on
    """
    counted = np.array(steps, dtype=np.float64)
    known = np.flatnonzero(np.isfinite(steps))
    for before, fall in zip(known, known[1:]):
        if steps[fall] < steps[before]:
            counted[fall:] += steps[before]
    return counted


def _returns_of_progress(columns: Dict[str, np.ndarray], steps: np.ndarray) -> Tuple[Optional[Curve], int]:
    values, window = np.full(len(steps), np.nan), 0
    for name, episodes in _RETURNS:  # GAIL's table has the second alone where it equals the first
        if name in columns:
            values, window = np.where(np.isfinite(values), values, columns[name]), window or episodes
    known = np.isfinite(values) & np.isfinite(steps)
    return (Curve(steps[known], values[known]), window) if known.any() else (None, 0)


def _returns_of_monitors(folder: str) -> Tuple[Optional[Curve], int]:
    """
    :param folder: whose files of ``Monitor``, one an environment, belong to one run
    :return: means of the latest returns, and of how many at most
    """
    episodes = []  # end, length, return
    for file_name in get_monitor_files(folder):
        header, rows = read_monitor_file(file_name)
        for row in csv.DictReader(io.StringIO(rows)):
            numbers = [_number(row.get(name)) for name in 'tlr']
            if np.all(np.isfinite(numbers)):
                episodes.append([header['t_start'] + numbers[0]] + numbers[1:])
    if not episodes:
        return None, 0
    _, lengths, returns = np.array(sorted(episodes)).T
    sums = np.concatenate([[0.0], np.cumsum(returns)])
    ends = np.arange(1, len(sums))
    begins = np.maximum(ends - _MONITOR_WINDOW, 0)
    return Curve(np.cumsum(lengths), (sums[ends] - sums[begins]) / (ends - begins)), _MONITOR_WINDOW


def _thinned(curve: Curve) -> Curve:
    """
    :param curve: of any number of points
    :return: one of no more points than can be seen, each the mean of its neighbours
    """
    if len(curve.steps) <= _MOST_POINTS:
        return curve
    parts = np.array_split(np.arange(len(curve.steps)), _MOST_POINTS)
    return Curve(*[np.array([column[part].mean() for part in parts]) for column in curve])


def spread_of(curves: Sequence[Curve], folders: Iterable[str]) -> Spread:
    """
    Curves of several runs, interpolated onto common steps: those that all of them reached.

    :param curves: one at least
    :param folders: where each is from, for a warning when one ends early
    :return: their mean and spread
    """
    curves = [_thinned(curve) for curve in curves]
    if len(curves) == 1:
        return Spread(curves[0].steps, curves[0].values, np.zeros(len(curves[0].steps)), 1)
    first = max(curve.steps[0] for curve in curves)
    ends = [curve.steps[-1] for curve in curves]
    last = max(min(ends), first)
    for folder, end in zip(folders, ends):
        if end < _WORTH_A_WARNING * max(ends):
            warnings.warn('log_dir: {} ends after {:.0f} of {:.0f} steps, so the means are drawn up to there. Leave it '
                          'out to see the others whole.'.format(folder, end, max(ends)), stacklevel=5)
            break
    steps = np.linspace(first, last, min(_MOST_POINTS, max(len(curve.steps) for curve in curves)))
    values = np.array([np.interp(steps, *curve) for curve in curves])
    return Spread(steps, values.mean(axis=0), values.std(axis=0), len(curves))
