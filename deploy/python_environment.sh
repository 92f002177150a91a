#!/bin/bash
# Makes .venv and installs a lock (demo or test) with its hashes; does nothing when that is already there.
set -eu
lock=requirements/$1.txt

find_python() {
    for python in ${PYTHON:-} python3.11 python3.12 python3.13 python3; do
        # a name on PATH may be a shim that starts nothing, so each is tried
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then
            echo "$python"
            return
        fi
    done
    echo "Python 3.11 or newer is needed. Debian 12: apt-get install python3 python3-venv; or name one: PYTHON=/path/to/python3" >&2
    return 1
}

if ! .venv/bin/python -c '' 2> /dev/null; then
    python=$(find_python)
    if ! "$python" -c 'import ensurepip' 2> /dev/null; then
        version=$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        "$(dirname "$0")"/debian_packages.sh "$version-venv"
    fi
    echo "Making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

cmp -s "$lock" ".venv/$1.txt" && exit 0
echo "Installing Python packages of $lock (about a minute the first time)"
quiet=()
[ -t 1 ] || quiet=(--quiet)
.venv/bin/python -m pip install "${quiet[@]}" --require-hashes --requirement "$lock"
cp "$lock" ".venv/$1.txt"
# the lock of the tests holds the demo's too
if [ "$1" = test ]; then cp requirements/demo.txt .venv/demo.txt; fi
