#!/bin/bash
# Runs make targets one after another, prints the time of each, and stops at the first that fails.
set -u
started=$SECONDS
table=""
for step in "$@"; do
    printf '\n── %s\n' "$step"
    from=$SECONDS
    if ! make "$step"; then
        printf '\n── %s FAILED after %d s (again alone: make %s)\n' "$step" $((SECONDS - from)) "$step" >&2
        exit 1
    fi
    table+=$(printf '   %-12s %4d s' "$step" $((SECONDS - from)))$'\n'
done
printf '\n── all passed\n%s   %-12s %4d s\n' "$table" together $((SECONDS - started))
