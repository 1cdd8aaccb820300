#!/bin/sh
# Makes the virtual environment $1 from the first Python found that is new enough. $PYTHON names one.
set -eu
venv=$1
least='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

usable() {
    [ -x "$venv/bin/python" ] && "$venv/bin/python" -c "$least" \
        && "$venv/bin/python" -m pip --version >/dev/null 2>&1
}

if usable; then exit 0; fi

# TensorFlow trails the newest Python by some months, hence the order.
new_enough=''
for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
    path=$(command -v "$name") || continue
    "$path" -c "$least" >/dev/null 2>&1 && new_enough="$new_enough $path"
done
if [ -z "$new_enough" ]; then
    found=$(python3 --version 2>&1 || true)
    say "crystalviz needs Python 3.11 or newer; found: ${found:-none}."
    say "Install one, or name it: make PYTHON=/path/to/python3.12 ..."
    exit 1
fi

make_environment() {
    for path in $new_enough; do
        rm -rf "$venv"
        if "$path" -m venv "$venv" >/dev/null 2>&1 && usable; then
            echo "Environment: $venv, $("$path" --version)"
            return 0
        fi
    done
    return 1
}

if make_environment; then exit 0; fi
# Debian and Ubuntu ship Python without the module venv.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say 'Python has no working venv module; installing the package python3-venv.'
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends python3-venv >/dev/null || true
    if make_environment; then exit 0; fi
fi
rm -rf "$venv"
say "No virtual environment could be made with$new_enough: the module venv or ensurepip is missing."
say 'Debian and Ubuntu: sudo apt-get install python3-venv'
exit 1
