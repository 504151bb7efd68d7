#!/usr/bin/env bash
# Makes the two environments from their locks: .venv (Python 3.12) and .venv-rasa (Python 3.10).
# Needs some Python 3.9 or newer to begin with; gets uv if it is absent. Does nothing where nothing has changed.
set -euo pipefail
cd "$(dirname "$0")/.."

UV_VERSION=0.13.9
say() { printf '%s\n' "$*"; }
give_up() { printf 'Accord cannot be set up: %s\n' "$*" >&2; exit 1; }

# Runs a command that may take a while; a dot every two seconds shows that it goes on. Its words come only if it fails.
with_dots() {
    local words pid code=0
    words=$(mktemp)
    "$@" >"$words" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 2
        printf '.' >&2
    done
    wait "$pid" || code=$?
    printf '\n' >&2
    [ "$code" = 0 ] || cat "$words" >&2
    rm -f "$words"
    return "$code"
}

runs() { "$1" -c "import sys; sys.exit(sys.version_info[:2] != ($2, $3))" 2>/dev/null; }

# A Python of one minor version that really runs: on the path, under pyenv, among uv's own, or fetched.
find_python() {
    local minor=$1 candidate
    for candidate in "$(command -v "python3.$minor" || true)" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/python3."$minor" \
        /usr/local/bin/python3."$minor" /opt/python/3."$minor"*/bin/python3."$minor"; do
        if [ -x "$candidate" ] && runs "$candidate" 3 "$minor"; then printf '%s' "$candidate"; return; fi
    done
    candidate=$("$UV" python find --managed-python "3.$minor" 2>/dev/null || true)
    if [ -n "$candidate" ] && runs "$candidate" 3 "$minor"; then printf '%s' "$candidate"; return; fi
    printf 'Fetching Python 3.%s …' "$minor" >&2
    with_dots "$UV" python install --quiet "3.$minor" 2>/dev/null || true
    candidate=$("$UV" python find --managed-python "3.$minor" 2>/dev/null || true)
    if [ -n "$candidate" ] && runs "$candidate" 3 "$minor"; then printf '%s' "$candidate"; return; fi
    give_up "Python 3.$minor is not on this machine and could not be fetched; install it (pyenv install 3.$minor) and try again."
}

# uv: on the path, or in a small environment of its own.
find_uv() {
    local python
    if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then command -v uv; return; fi
    if [ -x .tools/bin/uv ]; then printf '%s' "$PWD/.tools/bin/uv"; return; fi
    for python in python3 python3.13 python3.12 python3.11 python3.10 python3.9; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 9))' 2>/dev/null; then break; fi
        python=""
    done
    [ -n "$python" ] || give_up "no Python 3.9 or newer was found to begin with."
    say "Getting uv …" >&2
    rm -rf .tools
    if ! "$python" -m venv .tools >/dev/null 2>&1; then
        rm -rf .tools
        "$python" -m pip install --quiet --disable-pip-version-check --target .tools/lib "uv==$UV_VERSION" >&2 ||
            give_up "neither venv nor pip works with $("$python" --version); on Debian: apt-get install python3-venv."
        mkdir -p .tools/bin && ln -sf "$PWD/.tools/lib/bin/uv" .tools/bin/uv
    else
        .tools/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2 ||
            give_up "uv could not be installed; is the package index reachable?"
    fi
    printf '%s' "$PWD/.tools/bin/uv"
}

# One environment from one lock; a stamp tells whether it is as the lock says.
make_environment() {
    local folder=$1 minor=$2 lock=$3 stamp python
    stamp="$(cksum "$lock" pyproject.toml scripts/setup.sh | cksum)"
    if [ "$(cat "$folder/.made-from" 2>/dev/null || true)" = "$stamp" ] && "$folder/bin/python" -c pass 2>/dev/null; then return; fi
    python=$(find_python "$minor")
    printf 'Installing %s (Python 3.%s, %s packages) …' "$folder" "$minor" "$(grep -c '^[a-z]' "$lock")" >&2
    "$UV" venv --quiet --clear --python "$python" "$folder"
    with_dots "$UV" pip sync --quiet --compile-bytecode --python "$folder/bin/python" "$lock" ||
        give_up "the packages of $lock could not be installed; the lines above say why."
    if [ "$folder" = .venv ]; then
        "$UV" pip install --quiet --python "$folder/bin/python" --no-deps --editable . ||
            give_up "the accord command could not be installed; the lines above say why."
    fi
    printf '%s' "$stamp" > "$folder/.made-from"
}

UV=$(find_uv)
export UV_SYSTEM_CERTS=true UV_PYTHON_DOWNLOADS=manual UV_LINK_MODE="${UV_LINK_MODE:-hardlink}" VIRTUAL_ENV=
make_environment .venv 12 locks/service.txt
make_environment .venv-rasa 10 locks/dialogue.txt
