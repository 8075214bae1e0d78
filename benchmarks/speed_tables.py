"""What is measured of speed, and the tables made of it."""
import json
import os
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from benchmarks.report import publish

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'results', 'speed.json')
ORIGINAL, CLASSIC, MODERN = 'original', 'classic', 'modern'


class Job(NamedTuple):
    """One line of the table."""

    name: str  # of benchmarks/speed_jobs.py
    title: str
    at_least: Optional[float] = None  # times as fast as the original, classic stack
    figure: str = 'rate'  # 'rate' or 'seconds'
    unit: str = 'steps/s'


JOBS = [
    Job('gail-cartpole', 'GAIL CartPole', 10.0),
    Job('gail-pendulum', 'GAIL Pendulum', 6.0),
    Job('trpo-cartpole', 'TRPO CartPole', 5.0),
    Job('trpo-pendulum', 'TRPO Pendulum', 3.5),
    Job('trpo-images', 'TRPO, CnnPolicy on images 84 x 84', 1.5),
    Job('memory-cartpole', 'acting with MlpLstmPolicy (the original: PPO2)', 1.5),
    Job('sac-pendulum', 'SAC Pendulum', 2.2),
    Job('pretrain-cartpole', '`pretrain`, CartPole', 1.5, unit='rows/s'),
    Job('learning-cartpole', 'GAIL CartPole until 20 episodes average 475', 10.0, 'seconds', 's'),
    Job('construct-cartpole', 'construct GAIL and update once', 1.5, 'seconds', 's'),
    Job('raw-cartpole', "CartPole's own `step`"),
    Job('raw-pendulum', "Pendulum's own `step`"),
]


class PeerJob(NamedTuple):
    """One line of the table of other libraries."""

    name: str  # of benchmarks/peer_jobs.py
    environment: str  # of requirements/peers-*.txt
    title: str
    beside: str  # our job


PEER_JOBS = [
    PeerJob('imitation-gail-cartpole', 'imitation', 'GAIL CartPole: imitation (PyTorch), PPO, 8 environments',
            'gail-cartpole'),
    PeerJob('imitation-pretrain-cartpole', 'imitation', 'behaviour cloning: imitation (PyTorch)', 'pretrain-cartpole'),
    PeerJob('sbx-sac-pendulum', 'sbx', 'SAC Pendulum: SBX (JAX)', 'sac-pendulum'),
    PeerJob('sb3-sac-pendulum', 'sbx', 'SAC Pendulum: Stable-Baselines3 (PyTorch)', 'sac-pendulum'),
]


def read_results() -> Dict[str, Any]:
    """
    :return: table -> job -> side -> what each run gave
    """
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS) as file:
        return json.load(file)


def value_of(result: Dict[str, Any]) -> Optional[float]:
    """
    :param result: what a run gave
    :return: its figure: a rate, or seconds; None where a goal was not reached
    """
    return result['rate'] if 'rate' in result else result['seconds']


def median(results: Dict[str, Any], table: str, job: str, side: str) -> float:
    """
    :param results: of ``read_results``
    :param table: 'pinned' or 'unpinned'
    :param job: name of the job
    :param side: who ran it
    :return: the median of its runs; infinite for a goal that was not reached; not a number where nothing is known
    """
    figures = [value_of(found) for found in results.get(table, {}).get(job, {}).get(side, [])]
    return float(np.median([np.inf if figure is None else figure for figure in figures])) if figures else np.nan


def speed_table(results: Dict[str, Any], table: str) -> List[List[str]]:
    """
    :param results: of ``read_results``
    :param table: 'pinned' or 'unpinned'
    :return: lines of cells
    """
    lines = [['job', 'unit', 'stable-baselines 2.10.2', 'classic stack', 'modern stack', 'classic, times as fast',
              'asked for', 'modern, times as fast', "share of the environment's own rate"]]
    for job in JOBS:
        theirs, classic, modern = (median(results, table, job.name, side) for side in (ORIGINAL, CLASSIC, MODERN))
        if np.isnan(theirs):
            continue
        gains = [theirs / ours if job.figure == 'seconds' else ours / theirs for ours in (classic, modern)]
        alone = median(results, table, 'raw-' + job.name.split('-')[-1], CLASSIC)
        has_share = job.unit == 'steps/s' and not job.name.startswith('raw') and not np.isnan(alone)
        lines.append([job.title, job.unit, _number(theirs), _number(classic), _number(modern),
                      '{:.1f}'.format(gains[0]), '' if job.at_least is None else '{:g}'.format(job.at_least),
                      '{:.1f}'.format(gains[1]), '{:.0f} %'.format(100.0 * classic / alone) if has_share else ''])
    return lines


def memory_table(results: Dict[str, Any]) -> List[List[str]]:
    """
    :param results: of ``read_results``
    :return: peak resident memory, lines of cells
    """
    lines = [['job', 'stable-baselines 2.10.2', 'classic stack', 'modern stack']]
    for job in JOBS[:5]:
        sides = results.get('pinned', {}).get(job.name)
        if sides:
            lines.append([job.title] + ['{:.0f} MB'.format(np.median([found['memory_mb'] for found in sides[side]]))
                                        for side in (ORIGINAL, CLASSIC, MODERN)])
    return lines


def curve_table(results: Dict[str, Any]) -> List[List[str]]:
    """
    :param results: of ``read_results``
    :return: mean return of GAIL's training episodes as steps go by, medians of the seeds
    """
    sides = results.get('pinned', {}).get('learning-cartpole', {})
    if not sides:
        return []
    curves = {side: np.array([[np.nan if mean is None else mean for mean in found['curve']] for found in runs])
              for side, runs in sides.items()}
    n_windows = curves[ORIGINAL].shape[1]
    length = sides[ORIGINAL][0]['steps'] // n_windows // 1000
    lines = [['GAIL CartPole, thousand environment steps'] + [str((number + 1) * length) for number in
                                                              range(n_windows)]]
    for side, title in ((ORIGINAL, 'stable-baselines 2.10.2'), (CLASSIC, 'classic stack'), (MODERN, 'modern stack')):
        windows = [column[~np.isnan(column)] for column in curves[side].T]
        lines.append([title] + ['{:.0f}'.format(np.median(window)) if window.size else '' for window in windows])
    return lines


def peer_table(results: Dict[str, Any]) -> List[List[str]]:
    """
    :param results: of ``read_results``
    :return: other libraries beside the modern stack, lines of cells
    """
    lines = [['another library', 'its steps or rows/s', 'modern stack', 'modern, times as fast']]
    for job in PEER_JOBS:
        theirs, ours = median(results, 'peers', job.name, 'peer'), median(results, 'pinned', job.beside, MODERN)
        if not np.isnan(theirs) and not np.isnan(ours):
            lines.append([job.title, _number(theirs), _number(ours), '{:.1f}'.format(ours / theirs)])
    return lines


def _number(value: float) -> str:
    if np.isinf(value):
        return 'never'
    return '{:,.0f}'.format(value).replace(',', ' ') if value >= 100 else '{:.2f}'.format(value)


def report() -> None:
    """Write the tables of all that is known."""
    results = read_results()
    tables = [speed_table(results, 'pinned'), curve_table(results), memory_table(results)]
    if results.get('unpinned'):
        tables.append(speed_table(results, 'unpinned'))
        tables[-1][0][0] = 'job, not bound to a core'
    if results.get('peers'):
        tables.append(peer_table(results))
    publish('speed', [table for table in tables if len(table) > 1])
