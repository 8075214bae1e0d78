"""Starts workers under mpirun."""
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 480  # seconds; on two cores of their own the longest takes about 30


def launcher():
    """mpirun of this environment, or of the system."""
    beside = Path(sys.executable).parent / 'mpirun'
    return str(beside) if beside.exists() else shutil.which('mpirun')


def worker_process(module, *arguments, n_workers=2, **options):
    """Start a module in so many workers; a Popen, to be waited for."""
    if importlib.util.find_spec('mpi4py') is None:  # not imported: that would start MPI in this process
        pytest.skip('mpi4py is not installed')
    assert launcher() is not None, 'mpi4py is installed, but there is no mpirun'
    environment = dict(os.environ, PYTHONPATH=str(ROOT), OMPI_ALLOW_RUN_AS_ROOT='1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM='1',
                       OMP_NUM_THREADS='1')
    command = [launcher(), '--oversubscribe', '-np', str(n_workers), sys.executable, '-m', module]
    return subprocess.Popen(command + list(arguments), cwd=str(ROOT), env=environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, **options)


def start_workers(module, *arguments, n_workers=2):
    """Run a module in so many workers to its end, or for ``TIMEOUT`` seconds; what subprocess.run returns."""
    with worker_process(module, *arguments, n_workers=n_workers) as process:
        try:
            output, errors = process.communicate(timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, output, errors)
