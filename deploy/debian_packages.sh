#!/bin/bash
# Installs the Debian packages named when they are missing and it may; otherwise says what to run.
set -eu
present() {
    case $1 in
        libcurl4) PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -q 'libcurl\.so\.4 ' ;;
        chromium) command -v chromium > /dev/null ;;
        fonts-noto-cjk) compgen -G '/usr/share/fonts/*/noto*/NotoSansCJK*' > /dev/null ;;
        *) dpkg -s "$1" > /dev/null 2>&1 ;;
    esac
}
# Embedded servers are not needed, nor their library, where others are named.
wanted=()
for package in "$@"; do
    [ "$package" = libcurl4 ] && [ -n "${MONGODB_URL:-}${MONGOD_BIN:-}" ] && continue
    present "$package" || wanted+=("$package")
done
[ ${#wanted[@]} -eq 0 ] && exit 0
install="apt-get install -y --no-install-recommends ${wanted[*]}"
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    echo "Installing Debian packages: ${wanted[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    $install -qq > /dev/null
else
    echo "Missing on this machine: ${wanted[*]}" >&2
    echo "Please run:  sudo $install" >&2
    exit 1
fi
