"""What installs the library: setup.py's ranges, the lock files, and the scripts that make the environments."""

import importlib.util
import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHONS = {"classic": ["3.7"], "modern": ["3.8", "3.9", "3.10", "3.11", "3.12"]}
CASES = [(stack, python) for stack, pythons in PYTHONS.items() for python in pythons]


@pytest.fixture(scope="module")
def make_env():
    spec = importlib.util.spec_from_file_location("make_env", str(ROOT / "tools" / "make_env.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def setup_arguments():
    setuptools = pytest.importorskip("setuptools")
    captured = {}
    original = setuptools.setup
    setuptools.setup = lambda **arguments: captured.update(arguments)
    try:
        runpy.run_path(str(ROOT / "setup.py"))
    finally:
        setuptools.setup = original
    return captured


def normalized(name):
    return re.sub("[-_.]+", "-", name).lower()


def locked_versions(make_env, stack, python):
    """Package -> version, as the lock gives them to a Python on Linux."""
    environment = {"python_version": python, "python_full_version": python + ".9", "sys_platform": "linux",
                   "platform_machine": "x86_64", "platform_python_implementation": "CPython"}
    versions = {}
    for blocks in make_env.read_lock(ROOT / "requirements" / (stack + ".txt")).values():
        for block in blocks:
            requirement = Requirement(block.splitlines()[0].rstrip("\\"))
            if requirement.marker is None or requirement.marker.evaluate(environment):
                name = normalized(requirement.name)
                assert name not in versions, "{} is locked twice for Python {}".format(name, python)
                versions[name] = str(requirement.specifier)[2:]
    return versions


@pytest.mark.parametrize("stack,python", CASES)
def test_the_lock_holds_every_dependency_within_its_range(make_env, setup_arguments, stack, python):
    versions = locked_versions(make_env, stack, python)
    asked = list(setup_arguments["install_requires"])
    asked += [line for lines in setup_arguments["extras_require"].values() for line in lines]
    environment = {"python_version": python, "sys_platform": "linux"}
    wanted = [Requirement(line) for line in asked]
    wanted = [requirement for requirement in wanted
              if requirement.marker is None or requirement.marker.evaluate(environment)]
    assert {"tensorflow", "gym", "numpy", "cloudpickle", "tqdm"} <= {requirement.name for requirement in wanted}
    for requirement in wanted:
        version = versions.get(normalized(requirement.name))
        assert version is not None, "{} is not locked; run make lock".format(requirement)
        assert requirement.specifier.contains(version), "{} is locked at {}".format(requirement, version)


@pytest.mark.parametrize("stack", sorted(PYTHONS))
def test_every_locked_version_is_exact_hashed_and_names_no_place(make_env, stack):
    path = ROOT / "requirements" / (stack + ".txt")
    for name, blocks in make_env.read_lock(path).items():
        for block in blocks:
            assert re.match(r"[\w.-]+==[\w.]+( ;.*)? \\\n( +--hash=sha256:[0-9a-f]{64}( \\\n)?)+$", block), name
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text and "--find-links" not in text


def test_the_stacks_are_the_documented_ones(make_env):
    classic = locked_versions(make_env, "classic", "3.7")
    assert classic["tensorflow"] == "1.15.5"
    assert classic["gym"] == "0.17.3"
    for python in PYTHONS["modern"]:
        modern = locked_versions(make_env, "modern", python)
        assert modern["tensorflow"].startswith("2.")
        assert modern["gym"] == "0.26.2"
        assert modern["numpy"].startswith("1.")


def test_the_version_is_read_without_importing_the_library(setup_arguments):
    scope = {}
    exec((ROOT / "stable_baselines" / "version.py").read_text(encoding="utf-8"), scope)
    assert setup_arguments["version"] == scope["__version__"]


def test_an_unreadable_lock_is_named(make_env, tmp_path):
    path = tmp_path / "lock.txt"
    path.write_text("--hash=sha256:0\n")
    with pytest.raises(make_env.InstallError, match="lock.txt"):
        make_env.read_lock(path)


@pytest.mark.parametrize("stamp,in_ci,usable", [
    ("as expected\n", "", True),
    ("as expected\nwithout MPI\n", "", True),
    ("as expected\nwithout MPI\n", "true", False),
    ("something else\n", "", False),
    (None, "", False),
])
def test_a_half_made_or_outdated_environment_is_not_used(make_env, tmp_path, monkeypatch, stamp, in_ci, usable):
    monkeypatch.setenv("CI", in_ci)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").write_text("")
    if stamp is not None:
        (tmp_path / make_env.STAMP).write_text(stamp)
    assert make_env.is_up_to_date(tmp_path, "as expected\n")[0] is usable


def test_a_failed_command_shows_the_end_of_its_output(make_env, tmp_path, capsys):
    with pytest.raises(make_env.InstallError, match="exited with 3"):
        make_env.run([sys.executable, "-c", "print('the reason'); raise SystemExit(3)"], tmp_path)
    assert "the reason" in capsys.readouterr().err


def test_without_mpi_an_install_goes_on_except_in_continuous_integration(make_env, tmp_path, monkeypatch):
    def failing(folder, blocks):
        raise make_env.InstallError("no compiler")

    monkeypatch.setattr(make_env, "install", failing)
    monkeypatch.setenv("CI", "")
    assert make_env.install_mpi(tmp_path, {}) is False
    monkeypatch.setenv("CI", "true")
    with pytest.raises(make_env.InstallError, match="no compiler"):
        make_env.install_mpi(tmp_path, {})


class FakeMachine:
    """A PATH and a pyenv folder holding shell scripts that answer the finder's probe as Pythons would."""

    def __init__(self, folder):
        self.path = folder / "path"
        self.pyenv = folder / "pyenv"
        self.path.mkdir()
        for tool in ("sh", "dirname", "rm"):
            (self.path / tool).symlink_to(shutil.which(tool))
        self.script(self.path / "uname", "echo x86_64")

    @staticmethod
    def script(path, body):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n{}\n".format(body))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def add(self, version, name=None, pyenv=None, answer=None):
        path = self.path / (name or "python" + version)
        if pyenv is not None:
            path = self.pyenv / "versions" / pyenv / "bin" / "python"
        self.script(path, "echo {} {}".format(version, answer or path))
        return str(path)

    def find(self, *arguments):
        script = str(ROOT / "tools" / "stack_python.sh")
        environment = {"PATH": str(self.path), "PYENV_ROOT": str(self.pyenv), "HOME": str(self.path)}
        result = subprocess.run([script, "--base"] + list(arguments), env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True)
        return result.returncode, result.stdout.strip(), result.stderr


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def test_classic_comes_first(machine):
    machine.add("3.12")
    python = machine.add("3.7")
    assert machine.find() == (0, python, "")


def test_a_shim_that_fails_is_passed_over_for_the_python_behind_it(machine):
    machine.script(machine.path / "python3.7", "echo 'pyenv: command not found' >&2; exit 127")
    python = machine.add("3.7", pyenv="3.7.16")
    assert machine.find("classic") == (0, python, "")


def test_the_newest_modern_python_wins(machine):
    machine.add("3.9")
    machine.add("3.13")
    python = machine.add("3.11", name="python3")
    machine.add("3.10", pyenv="3.10.13")
    assert machine.find() == (0, python, "")
    assert machine.find("modern") == (0, python, "")


def test_a_processor_without_tensorflow_1_gets_the_modern_stack(machine):
    machine.script(machine.path / "uname", "echo arm64")
    machine.add("3.7")
    python = machine.add("3.12")
    assert machine.find() == (0, python, "")


def test_a_python_given_by_hand_decides_its_stack(machine):
    machine.add("3.7")
    python = machine.add("3.10", name="mine")
    assert machine.find("", python) == (0, python, "")


@pytest.mark.parametrize("arguments,reason", [
    ((), "install CPython 3.12"),
    (("classic",), "needs CPython 3.7"),
    (("modern",), "needs CPython 3.8 - 3.12"),
    (("futuristic",), "STACK=futuristic is not known"),
    (("", "nowhere"), "PYTHON=nowhere: no such program"),
    (("", "python3.13"), "PYTHON=python3.13 is Python 3.13"),
])
def test_one_line_says_what_is_missing(machine, arguments, reason):
    machine.add("3.13")
    status, output, said = machine.find(*arguments)
    assert status != 0
    assert output == ""
    assert reason in said and said.count("\n") == 1


def test_a_python_of_the_other_stack_is_refused(machine):
    python = machine.add("3.10")
    status, _, said = machine.find("classic", python)
    assert status != 0 and "cannot carry STACK=classic" in said


def test_a_python_without_venv_is_named_with_the_remedy(machine):
    machine.add("3.11", answer="-")
    status, _, said = machine.find()
    assert status != 0 and "python3.11 (Python 3.11)" in said and "python3-venv" in said


def test_the_real_interpreter_answers_the_probe():
    version = "{}.{}".format(*sys.version_info[:2])
    result = subprocess.run([str(ROOT / "tools" / "stack_python.sh"), "--base", "", sys.executable],
                            stdout=subprocess.PIPE, text=True, check=True, env=dict(os.environ))
    assert os.path.basename(result.stdout.strip()).startswith("python")
    answer = subprocess.check_output([result.stdout.strip(), "-V"], stderr=subprocess.STDOUT).decode()
    assert answer.startswith("Python " + version)
