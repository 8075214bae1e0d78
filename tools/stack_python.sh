#!/bin/sh
# Usage: tools/stack_python.sh [--base] [classic|modern] [PYTHON]
#
# Finds the Python of a stack, makes or refreshes its virtual environment (.venv/classic or .venv/modern) and prints the
# path of that environment's interpreter on standard output; everything said to a person goes to standard error.
# With --base it makes nothing and prints the Python it found.
# Without a stack: classic where a CPython 3.7 is found, else modern on the newest CPython 3.8 - 3.12 found. Looks on
# PATH and in pyenv's versions; PYTHON names one interpreter to use instead.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
base_only=""
if [ "${1:-}" = --base ]; then
    base_only=yes
    shift
fi
stack=${1:-}
only=${2:-}
pyenv=${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}
modern_versions="3.12 3.11 3.10 3.9 3.8"
without_venv=""

# Prints "VERSION EXECUTABLE" of a CPython that runs and can make environments, "VERSION -" of one that cannot make
# them. A pyenv shim may lie on PATH and fail when run; an interpreter of a virtual environment stands for its base.
probe_code='
import os, platform, sys
version = "{}.{}".format(*sys.version_info[:2])
assert platform.python_implementation() == "CPython"
base = os.path.join(getattr(sys, "base_prefix", sys.prefix), "bin", "python" + version)
try:
    import ensurepip, venv
except ImportError:
    base = "-"
else:
    base = base if os.access(base, os.X_OK) else sys.executable
print(version, base)
'

fail() {
    echo "$1" >&2
    exit 1
}

# probe FILE -> $version and $executable; false when it is no usable Python
probe() {
    [ -x "$1" ] && [ ! -d "$1" ] || return 1
    found=$("$1" -c "$probe_code" 2>/dev/null </dev/null) || return 1
    version=${found%% *}
    executable=${found#* }
    if [ "$executable" = - ]; then
        without_venv="$1 (Python $version)"
        return 1
    fi
}

# find_version VERSION -> $executable
find_version() {
    old_ifs=$IFS
    IFS=:
    for folder in $PATH; do
        IFS=$old_ifs
        for name in "python$1" python3 python; do
            if probe "$folder/$name" && [ "$version" = "$1" ]; then return 0; fi
        done
    done
    IFS=$old_ifs
    for folder in "$pyenv/versions/$1"*; do
        if probe "$folder/bin/python" && [ "$version" = "$1" ]; then return 0; fi
    done
    return 1
}

find_classic() {
    # TensorFlow 1.15 was published for 64-bit Intel only.
    case $(uname -m) in x86_64 | amd64) find_version 3.7 ;; *) return 1 ;; esac
}

find_modern() {
    for wanted in $modern_versions; do
        if find_version "$wanted"; then return 0; fi
    done
    return 1
}

# The line for the case that nothing was found: it names a Python that lacks its venv module, if that was the reason.
nothing_found() {
    if [ -n "$without_venv" ]; then
        fail "$without_venv cannot create virtual environments: install its venv package (Debian, Ubuntu: apt install python3-venv) or another Python, such as with 'pyenv install 3.12'."
    fi
    fail "$1"
}

case $stack in
"" | classic | modern) ;;
*) fail "STACK=$stack is not known: expected STACK=classic (CPython 3.7, TensorFlow 1.15) or STACK=modern (CPython 3.8 - 3.12, TensorFlow 2)." ;;
esac

if [ -n "$only" ]; then
    path=$(command -v "$only") || fail "PYTHON=$only: no such program."
    probe "$path" || nothing_found "PYTHON=$only does not run, or is not CPython."
    case $version in
    3.7) its_stack=classic ;;
    3.8 | 3.9 | 3.10 | 3.11 | 3.12) its_stack=modern ;;
    *) fail "PYTHON=$only is Python $version: expected 3.7 (classic stack) or 3.8 - 3.12 (modern stack)." ;;
    esac
    [ "${stack:-$its_stack}" = "$its_stack" ] || fail "PYTHON=$only is Python $version, which cannot carry STACK=$stack."
    stack=$its_stack
elif [ "$stack" = classic ]; then
    find_classic || nothing_found "STACK=classic needs CPython 3.7 on a 64-bit Intel machine, on PATH or in pyenv: install it, such as with 'pyenv install 3.7.16', or say STACK=modern."
elif [ "$stack" = modern ]; then
    find_modern || nothing_found "STACK=modern needs CPython 3.8 - 3.12, on PATH or in pyenv: install it, such as with 'pyenv install 3.12'."
elif find_classic; then
    stack=classic
elif find_modern; then
    stack=modern
else
    nothing_found "No Python found for this library, on PATH or in pyenv: install CPython 3.12 (or any of 3.7 - 3.12), such as with 'pyenv install 3.12', and try again."
fi

if [ -n "$base_only" ]; then
    echo "$executable"
    exit
fi
exec "$executable" "$root/tools/make_env.py" "$stack"
