"""Trains the model that belongs to the present data: `python -m bot.dialogue.train [--quick] [--force]`. (Python 3.10)

First the encoder is tuned and the intent model fitted, if the messages have changed since; then Rasa trains.
With ``--quick`` the encoder stays as it was tuned last, and only the intent model is fitted.
"""

from __future__ import annotations

import fcntl
import functools
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))

from bot.dialogue.launcher import quiet
from bot.dialogue.model import MODELS, ROOT, model_path, record_model


def main() -> int:
    """Trains unless the model is there already; prints what it does. Returns the exit code."""
    quiet()
    force, quick = "--force" in sys.argv, "--quick" in sys.argv
    MODELS.mkdir(exist_ok=True)
    with (MODELS / ".training").open("w") as lock:  # whoever trains at the same time waits, and finds it done
        fcntl.flock(lock, fcntl.LOCK_EX)
        return train_where_needed(force, quick)


def train_where_needed(force: bool, quick: bool) -> int:
    """Trains unless the model is there already; what stands under its name is always whole."""
    begun = time.monotonic()
    learn_anew(force, quick)
    target = model_path()
    if target.exists() and not force:
        print(f"The model {target.name} matches the training data; nothing to train.")
        return 0
    print("Training the dialogue model …", flush=True)
    from rasa.model_training import train
    from rasa.shared.core.domain import Domain
    from rasa.shared.exceptions import RasaException
    from tqdm import tqdm

    try:
        Domain.load(str(ROOT / "domain.yml"))  # training goes on without rules where this fails
    except RasaException as error:
        print(f"domain.yml cannot be read, nothing is trained: {error}", file=sys.stderr)
        return 1

    tqdm.__init__ = functools.partialmethod(tqdm.__init__, disable=True)

    result = train(
        str(ROOT / "domain.yml"),
        str(ROOT / "config.yml"),
        [str(ROOT / "data" / "rules"), str(ROOT / "data" / "stories"), str(write_named_intents())],
        output=str(MODELS / "in-work"),
        fixed_model_name=target.name.removesuffix(".tar.gz"),
        # Rasa's cache knows nothing of models/understanding.npz and would keep what was learnt before.
        force_training=True,
    )
    if result.code or not result.model:
        print("The training failed; the lines above say why.", file=sys.stderr)
        return result.code or 1
    record_model(Path(result.model).replace(target))
    for old in sorted(MODELS.glob("accord-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-2]:
        old.unlink()
        old.with_suffix("").with_suffix(".json").unlink(missing_ok=True)
    print(f"Trained {target.name} in {time.monotonic() - begun:.0f} s.")
    return 0


def learn_anew(force: bool, quick: bool) -> None:
    """Makes what is kept of understanding from the messages as they stand, unless it was made from just these."""
    from bot.nlu.clauses import past_greeting
    from bot.nlu.encoder.settings import Tuning
    from bot.nlu.examples import read_examples, read_labelled
    from bot.nlu.kept import fingerprint, load
    from bot.nlu.learning import fit, learn

    def labelled(name: str) -> list[tuple[str, str]]:
        return [(past_greeting(text), label) for text, label in read_labelled(ROOT / "data" / f"{name}.yml")]

    intents = [(past_greeting(text), intent) for _, intent, text in read_examples(ROOT / "data" / "nlu")]
    examples = {
        "intents": intents + labelled("talk"),
        "reasons": labelled("reasons"),
        "replies": labelled("replies"),
        "options": labelled("options"),
    }
    tuning, kept = Tuning(), load()
    made_from = fingerprint(examples, tuning.as_json())
    if kept is not None and not force and made_from == kept.fitted_on and (quick or made_from == kept.tuned_on):
        return
    if quick and kept is not None:
        print("Learning from the messages with the encoder as it was tuned last; make train tunes it anew.", flush=True)
        fit(examples, kept.upper, kept.tuned_on, made_from, say).save()
        return
    print(f"Tuning the encoder on {len(examples['intents'])} messages and learning from them …", flush=True)
    learn(examples, tuning, say).save()


def write_named_intents() -> Path:
    """One example of each intent: all that Rasa needs of the messages, since it learns nothing from them."""
    from bot.nlu.examples import read_examples

    first = {intent: text for _, intent, text in read_examples(ROOT / "data" / "nlu")}
    file = MODELS / "intents.yml"
    lines = ['version: "3.1"', "nlu:"]
    for intent, text in sorted(first.items()):
        lines += [f"  - intent: {intent}", "    examples: |", f"      - {text}"]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
