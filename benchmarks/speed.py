"""Measures speed against stable-baselines 2.10.2 on the same machine, in the same run.

    make benchmark-speed                                # or: python benchmarks/speed.py
    python benchmarks/speed.py --jobs gail-cartpole     # some of the jobs; what is known of the others stays
    python benchmarks/speed.py --unpinned               # the same without binding to a core
    python benchmarks/speed.py --peers                  # imitation, SBX and Stable-Baselines3 too, where they install

The original and both stacks of this library take turns, each run in a process of its own, bound to one core; the tables
hold medians. Environments are made when they are missing: .venv/original from requirements/original.txt, those of the
peers, with Python 3.11, from requirements/peers-*.txt. Every figure goes to benchmarks/results/speed.json, tables into
README.md and docs/speed.inc. Leave the machine alone meanwhile.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import Any, Dict, List, Optional

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
if __package__ in (None, ''):  # run as a file
    sys.path.insert(0, ROOT)
from benchmarks import speed_tables  # noqa: E402
from benchmarks.extra_env import extra_interpreter  # noqa: E402
from benchmarks.report import write_whole  # noqa: E402
from benchmarks.speed_tables import (  # noqa: E402
    CLASSIC,
    JOBS,
    MODERN,
    ORIGINAL,
    PEER_JOBS,
    read_results,
    report,
    value_of,
)

CORE = '0'


def interpreter(side: str) -> str:
    """
    :param side: 'original', 'classic' or 'modern'
    :return: Python of its environment, which is made if need be
    """
    if side == ORIGINAL:
        command = [interpreter(CLASSIC), os.path.join('tools', 'make_env.py'), ORIGINAL]
    else:
        command = [os.path.join('tools', 'stack_python.sh'), side]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def run(command: List[str], pinned: bool, minutes: float = 20.0) -> Dict[str, Any]:
    """
    :param command: prints a line of JSON last
    :param pinned: whether to bind it to one core
    :param minutes: after which it is given up
    :return: what the line holds
    :raises RuntimeError: with the end of its output, when it fails
    """
    if pinned:
        command = ['taskset', '-c', CORE] + command
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=tempfile.gettempdir(), stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=errors, start_new_session=True)
        try:
            process.wait(60.0 * minutes)
        finally:  # processes that the program left behind, too
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        output.seek(0)
        lines = output.read().decode().strip().splitlines()
        if process.returncode != 0 or not lines:
            errors.seek(0)
            raise RuntimeError('{} failed:\n{}'.format(' '.join(command), errors.read().decode()[-3000:]))
    return json.loads(lines[-1])


def measure(jobs: List[str], n_runs: int, pinned: bool) -> None:
    """
    Let the sides take turns, and keep every figure at once.

    :param jobs: names of jobs
    :param n_runs: of each job on each side
    :param pinned: whether to bind them to one core
    """
    pythons = {side: interpreter(side) for side in (ORIGINAL, CLASSIC, MODERN)}
    table = 'pinned' if pinned else 'unpinned'
    for job in jobs:
        figures: Dict[str, List[Dict[str, Any]]] = {side: [] for side in pythons}
        for number in range(n_runs):
            for side, python in pythons.items():
                command = [python, os.path.join(HERE, 'speed_jobs.py'), job, '--seed', str(number)]
                figures[side].append(run(command, pinned))
            latest = ['{} {:.4g}'.format(side, value_of(found[-1]) or np.nan) for side, found in figures.items()]
            print('{} {}: {}'.format(job, number + 1, ', '.join(latest)), flush=True)
        keep(table, job, figures)


def measure_peers(n_runs: int) -> None:
    """
    :param n_runs: of each job
    """
    for job in PEER_JOBS:
        command = [extra_interpreter('peers-' + job.environment, ['peers-{}.txt'.format(job.environment)]),
                   os.path.join(HERE, 'peer_jobs.py'), job.name]
        found = [run(command, pinned=True) for _ in range(n_runs)]
        print('{}: {:.4g}'.format(job.name, np.median([result['rate'] for result in found])), flush=True)
        keep('peers', job.name, {'peer': found})


def keep(table: str, job: str, figures: Dict[str, Any]) -> None:
    """
    :param table: 'pinned', 'unpinned' or 'peers'
    :param job: name of the job
    :param figures: side -> what each run gave; replaces what was known of the job
    """
    results = read_results()
    results.setdefault(table, {})[job] = figures
    write_whole(speed_tables.RESULTS, json.dumps(results, indent=1, sort_keys=True) + '\n')


def main(arguments: Optional[List[str]] = None) -> None:
    """
    Command line.

    :param arguments: instead of the process's
    """
    names = [job.name for job in JOBS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--jobs', nargs='+', choices=names, default=names, metavar='JOB', help=', '.join(names))
    parser.add_argument('--runs', type=int, default=5, help='of each job on each side')
    parser.add_argument('--unpinned', action='store_true', help='do not bind to a core')
    parser.add_argument('--peers', action='store_true', help='measure other libraries instead')
    parser.add_argument('--report', action='store_true', help='measure nothing, only write the tables anew')
    options = parser.parse_args(arguments)
    if options.peers:
        measure_peers(options.runs)
    elif not options.report:
        measure(options.jobs, options.runs, not options.unpinned)
    report()


if __name__ == '__main__':
    main()
