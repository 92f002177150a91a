#!/bin/bash
# Installs the front ends' packages and builds those named (h5, mp, console) whose sources changed.
set -eu
cd mp_frontend
declare -A script=([h5]=build:patient:h5 [mp]=build:patient:mp [console]=build:console)
declare -A made=([h5]=patient/dist/build/h5 [mp]=patient/dist/build/mp-weixin [console]=console/dist)
declare -A sources=([h5]="patient api" [mp]="patient api" [console]="console api")

if ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2> /dev/null || ! command -v npm > /dev/null; then
    for part in "$@"; do
        if [ "$part" != install ] && [ ! -d "${made[$part]}" ]; then
            echo "Node 20 or newer with npm is needed to build mp_frontend/; or use a release archive, which holds the built pages." >&2
            exit 1
        fi
    done
    echo "No Node 20 here: using the front ends as they were built."
    exit 0
fi

fingerprint() {
    find "$@" package-lock.json -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/build/*' -print0 |
        sort -z | xargs -0 sha256sum | sha256sum
}

for part in "$@"; do
    if [ "$part" = install ]; then
        if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
            echo "Installing the front ends' packages"
            npm ci --no-audit --no-fund --loglevel=error
            cp package-lock.json node_modules/.installed-lock.json
        fi
        continue
    fi
    now=$(fingerprint ${sources[$part]})
    if [ ! -d "${made[$part]}" ] || [ "$now" != "$(cat ".built-$part" 2> /dev/null)" ]; then
        echo "Building $part"
        log=$(mktemp)
        npm run --silent "${script[$part]}" > "$log" 2>&1 || { cat "$log"; rm "$log"; exit 1; }
        rm "$log"
        echo "$now" > ".built-$part"
    fi
done
