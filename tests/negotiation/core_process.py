"""Our negotiation core as a process of its own: `python -m tests.negotiation.core_process`.

One JSON object a line on standard input, one answer a line on standard output:

* ``{"start": {"outcomes": [[feature, ...], ...], "values": [...], "reservation": r, "tactics": {...}}}`` begins a
  negotiation, forgetting the last one; answered by ``{"started": number of outcomes}``.
* ``{"decide": {"t": t, "offer": [feature, ...] or null}}`` gives the other side's newest offer (null at the very
  opening); answered by ``{"accept": bool, "propose": [place of an outcome, ...]}``. What was proposed last counts
  as turned down.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO

from bot.domain.concession import Negotiator, Tactics


def start(message: dict[str, Any]) -> Negotiator:
    features = [tuple(map(float, outcome)) for outcome in message["outcomes"]]
    outcomes = list(zip(features, message["values"], strict=True))
    return Negotiator(outcomes, message["reservation"], Tactics(**message["tactics"]))


def decide(negotiator: Negotiator, message: dict[str, Any], proposed: tuple[int, ...]) -> tuple[bool, tuple[int, ...]]:
    t = message["t"]
    if message["offer"] is None:
        return False, negotiator.propose(t)
    negotiator.hear(tuple(map(float, message["offer"])), t)
    # Of our two options only the first was put before the other side here.
    for proposal in proposed[:1]:
        negotiator.decline(proposal, t)
    return negotiator.accepts(t), negotiator.propose(t)


def serve(lines: TextIO, answers: TextIO) -> None:
    negotiator: Negotiator | None = None
    proposed: tuple[int, ...] = ()
    for line in lines:
        message = json.loads(line)
        if "start" in message:
            negotiator, proposed = start(message["start"]), ()
            answer: dict[str, Any] = {"started": len(message["start"]["values"])}
        elif negotiator is None:
            answer = {"error": "nothing was started"}
        else:
            accept, proposed = decide(negotiator, message["decide"], proposed)
            answer = {"accept": accept, "propose": proposed}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
