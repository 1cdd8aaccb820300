#!/bin/sh
# Sees to it that there is a Chromium for the browser checks; $1 is the environment's Python.
# Debian's package where we may install one, else Playwright's own download, else says what to do.
set -eu
python=$1

say() { printf '%s\n' "$*" >&2; }

works() { "$1" --version >/dev/null 2>&1; }

system_has_one() {
    for name in ${CRYSTALVIZ_CHROMIUM:-} chromium chromium-browser google-chrome \
        google-chrome-stable; do
        path=$(command -v "$name") && works "$path" && return 0
    done
    return 1
}

playwright_has_one() {
    path=$("$python" -c '
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)') && works "$path"
}

if system_has_one || playwright_has_one; then exit 0; fi

is_root() { [ "$(id -u)" = 0 ]; }

# Ubuntu's package of that name is only a pointer to a snap.
if is_root && command -v apt-get >/dev/null && grep -qx 'ID=debian' /etc/os-release; then
    say 'Installing Chromium (the Debian package).'
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends chromium fonts-liberation >/dev/null || true
    if system_has_one; then exit 0; fi
fi
say "Downloading Playwright's Chromium."
# Its system libraries can be installed along only by root, and only through apt-get.
if is_root && command -v apt-get >/dev/null; then with_libraries=--with-deps; else with_libraries=; fi
"$python" -m playwright install $with_libraries chromium >&2 || true
if playwright_has_one; then exit 0; fi

say 'No Chromium runs on this machine, and none could be installed. Do one of these:'
say '  Debian:    sudo apt-get install chromium'
say "  elsewhere: $python -m playwright install --with-deps chromium   (asks for root)"
say '  or name one that you have: CRYSTALVIZ_CHROMIUM=/path/to/chromium make ...'
exit 1
