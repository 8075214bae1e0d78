"""Environments for what only a benchmark needs: other libraries, MuJoCo. Made with Python 3.11 when missing."""
import os
import subprocess
from typing import Sequence

from benchmarks.report import write_whole

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def extra_interpreter(name: str, requirements: Sequence[str]) -> str:
    """
    :param name: of the environment, .venv/<name>
    :param requirements: files in requirements/ that are installed into it, one after the other
    :return: its Python
    :raises RuntimeError: without a Python 3.11, which the files are pinned for
    """
    folder = os.path.join(ROOT, '.venv', name)
    stamp, python = os.path.join(folder, 'complete'), os.path.join(folder, 'bin', 'python')
    if not os.path.exists(stamp):
        base = subprocess.run([os.path.join('tools', 'stack_python.sh'), '--base', 'modern', 'python3.11'], cwd=ROOT,
                              stdout=subprocess.PIPE, check=False).stdout.decode().strip()
        if not base:
            raise RuntimeError('No Python 3.11 found on PATH, which the environment {} is pinned for'.format(name))
        subprocess.run([base, '-m', 'venv', '--clear', folder], check=True)
        for file in requirements:
            subprocess.run([python, '-m', 'pip', 'install', '--quiet', '-r', os.path.join(ROOT, 'requirements', file)],
                           check=True)
        write_whole(stamp, '')
    return python
