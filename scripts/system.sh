#!/usr/bin/env bash
# What the tests need from the system: Chromium, a Chinese font, PostgreSQL's server programs.
# Installs what is missing where that needs no password (root, or sudo without one); else says what to install.
set -euo pipefail

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
    missing+=(chromium)
ls /usr/share/fonts/*/*/*[Cc][Jj][Kk]* >/dev/null 2>&1 || ls /usr/share/fonts/*/*[Cc][Jj][Kk]* >/dev/null 2>&1 ||
    fc-list 2>/dev/null | grep -qi cjk || missing+=(fonts-noto-cjk)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || missing+=(postgresql)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo -n"; fi
if ! command -v apt-get >/dev/null || { [ -n "$as_root" ] && ! $as_root true 2>/dev/null; }; then
    echo "The tests need ${missing[*]} on this machine; on Debian: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "Installing ${missing[*]} …"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
$as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
