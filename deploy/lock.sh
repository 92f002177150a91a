#!/bin/bash
# Compiles pyproject.toml into requirements/*.txt with hashes and without any index address; all three agree.
set -eu
export CUSTOM_COMPILE_COMMAND="make lock"
compile() {
    .venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
        --no-emit-index-url --no-emit-find-links --no-emit-trusted-host "$@" pyproject.toml requirements/also.in
}
compile "$@" --extra demo --extra test --output-file requirements/test.txt
compile --extra demo --constraint requirements/test.txt --output-file requirements/demo.txt
compile --constraint requirements/test.txt --output-file requirements/base.txt
if grep -nE '://' requirements/*.txt; then
    echo "a lock holds an address" >&2
    exit 1
fi
