#!/bin/sh
# Usage: tools/lock.sh PYTHON UV_VERSION [--upgrade]        (called by `make lock`)
#
# Writes requirements/classic.txt and requirements/modern.txt: the exact versions and hashes of all that the ranges in
# setup.py (with every extra) and requirements/tools.in ask for; and requirements/original.txt, the stable-baselines that
# benchmarks compare with. Versions already locked stay unless --upgrade is given.
set -eu

python=$1
uv_version=$2
shift 2
cd "$(dirname "$0")/.."

# uv has an environment of its own: it is no part of either stack.
"$python" -m venv .venv/lock
.venv/lock/bin/python -m pip install --quiet --disable-pip-version-check "uv==$uv_version"

compile() {
    .venv/lock/bin/python -m uv pip compile --quiet --generate-hashes --no-annotate --prerelease disallow \
        --custom-compile-command "make lock" "$@"
}

compile_stack() {
    compile --all-extras --constraints requirements/constraints.in setup.py requirements/tools.in "$@"
}

# TensorFlow 1.15 exists for one processor and one Python, so the classic lock is resolved for just these. Hashes cover
# all of a release's files, macOS ones included.
compile_stack --python-version 3.7 --python-platform x86_64-manylinux_2_28 --output-file requirements/classic.txt "$@"
# One modern lock serves Python 3.8 - 3.12: an entry's marker says which of them it is for.
compile_stack --python-version 3.8 --universal --output-file requirements/modern.txt "$@"

compile --python-version 3.7 --python-platform x86_64-manylinux_2_28 --output-file requirements/original.txt \
    requirements/original.in "$@"
