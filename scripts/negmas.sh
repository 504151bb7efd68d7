#!/usr/bin/env bash
# Matches of our negotiation core against NegMAS's negotiators; writes reports/negmas.json. Options are passed on
# (--seed, --domains, --steps). NegMAS (AGPL) is a test tool: it has an environment of its own, .venv-negmas, and
# shares no process with our code.
set -euo pipefail
cd "$(dirname "$0")/.."

PY="${ACCORD_PYTHON:-$PWD/.venv/bin/python}"
LOCK=tests/negotiation/negmas-requirements.txt
give_up() { printf 'The matches cannot be played: %s\n' "$*" >&2; exit 1; }

"$PY" -c pass 2>/dev/null || give_up "there is no .venv; run make setup."
stamp="$(cksum "$LOCK")"
if [ "$(cat .venv-negmas/.made-from 2>/dev/null || true)" != "$stamp" ]; then
    UV="$(command -v uv || true)"
    [ -n "$UV" ] || UV="$PWD/.tools/bin/uv"
    "$UV" --version >/dev/null 2>&1 || give_up "there is no uv; run make setup."
    export UV_SYSTEM_CERTS=true UV_PYTHON_DOWNLOADS=manual VIRTUAL_ENV=
    "$UV" venv --quiet --clear --python "$("$PY" -c 'import sys; print(sys._base_executable)')" .venv-negmas
    "$UV" pip sync --quiet --require-hashes --python .venv-negmas/bin/python "$LOCK" ||
        give_up "the packages of $LOCK could not be installed; the lines above say why."
    printf '%s' "$stamp" > .venv-negmas/.made-from
fi
exec .venv-negmas/bin/python -W ignore tests/negotiation/negmas_matches.py --python "$PY" "$@"
