#!/bin/bash
# Packs the committed sources and the built front ends into dist/suizhen-VERSION.tar.gz with its checksum.
set -eu
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -1)
name=suizhen-$version
mkdir -p dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git archive --format=tar --prefix="$name/" HEAD | tar -x -C "$work"
tar -c mp_frontend/patient/dist/build mp_frontend/console/dist mp_frontend/.built-* | tar -x -C "$work/$name"
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct)" -C "$work" -c "$name" |
    gzip -n > "dist/$name.tar.gz"
cd dist
sha256sum "$name.tar.gz" | tee "$name.tar.gz.sha256"
