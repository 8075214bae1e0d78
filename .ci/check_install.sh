#!/usr/bin/env bash
# Usage: .ci/check_install.sh PYTHON
#
# What a user gets who installs without make: `pip install .` by the ranges of setup.py into a fresh environment, from a
# copy of the tree that holds only what git tracks. Then, from an empty folder: the import works from inside the
# environment, the demonstrations are there, the dependencies agree, and the source distribution builds the same wheel.
set -euo pipefail

base_python=$1
root=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
unset PYTHONPATH PYTHONHOME
export TF_CPP_MIN_LOG_LEVEL=2 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

mkdir "$scratch/tree" "$scratch/empty" "$scratch/wheels"
(cd "$root" && git ls-files -z | tar --null -T - -cf -) \
    | tar -C "$scratch/tree" -xf -

"$base_python" -m venv "$scratch/venv"
python=$scratch/venv/bin/python
# pip's output is shown only when it fails.
quietly() {
    "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log"; echo "check_install: failed: $*"; exit 1; }
}
cd "$scratch/tree"
quietly "$python" -m pip install .
cd "$scratch/empty"
quietly "$python" -m pip check

quietly "$python" - "$root/stable_baselines/version.py" <<'PYTHON'
import os
import re
import sys

import stable_baselines

with open(sys.argv[1]) as source:
    version = re.search('__version__ = "(.+)"', source.read()).group(1)
package = os.path.dirname(os.path.abspath(stable_baselines.__file__))
assert package.startswith(os.path.abspath(sys.prefix)), "imported from {}, not from the environment".format(package)
assert stable_baselines.__version__ == version, "version {}, expected {}".format(stable_baselines.__version__, version)
for name in ("expert_cartpole.npz", "expert_pendulum.npz"):
    path = os.path.join(package, "gail", "dataset", name)
    assert os.path.isfile(path) and os.path.getsize(path) > 0, "the installed library lacks gail/dataset/" + name
assert "mpi4py" not in sys.modules and "matplotlib" not in sys.modules, "import pulls in an optional package"
PYTHON

# The wheel made from the source distribution holds what the one made from the tree holds.
cd "$scratch/tree"
quietly "$python" -m pip install setuptools wheel
quietly "$python" -c "from setuptools import build_meta; build_meta.build_sdist('$scratch/sdist')"
quietly "$python" -m pip wheel --no-deps --no-build-isolation -w "$scratch/wheels/tree" .
quietly "$python" -m pip wheel --no-deps --no-build-isolation -w "$scratch/wheels/sdist" "$scratch"/sdist/*.tar.gz
for kind in tree sdist; do
    "$python" -m zipfile -l "$scratch"/wheels/$kind/*.whl | awk 'NR > 1 {print $1}' | sort >"$scratch/$kind.txt"
done
diff "$scratch/tree.txt" "$scratch/sdist.txt" || { echo "check_install: the two wheels differ"; exit 1; }
grep -q '^stable_baselines/gail/dataset/expert_cartpole.npz$' "$scratch/tree.txt"

echo "check_install: pip install . works on $("$python" -V)"
