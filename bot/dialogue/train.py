"""Trains the model that belongs to the present data: `python -m bot.dialogue.train`. (Python 3.10)"""

from __future__ import annotations

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
    target = model_path()
    if target.exists() and "--force" not in sys.argv:
        print(f"The model {target.name} matches the training data; nothing to train.")
        return 0
    print("Training the dialogue model (two to four minutes) …", flush=True)
    begun = time.monotonic()
    from rasa.model_training import train
    from tqdm import tqdm

    tqdm.__init__ = functools.partialmethod(tqdm.__init__, disable=True)

    result = train(
        str(ROOT / "domain.yml"),
        str(ROOT / "config.yml"),
        [str(ROOT / "data")],
        output=str(MODELS),
        fixed_model_name=target.name.removesuffix(".tar.gz"),
        force_training="--force" in sys.argv,
    )
    if result.code or not result.model:
        print("The training failed; the lines above say why.", file=sys.stderr)
        return result.code or 1
    record_model(Path(result.model))
    for old in sorted(MODELS.glob("accord-*.tar.gz"), key=lambda path: path.stat().st_mtime)[:-2]:
        old.unlink()
        old.with_suffix("").with_suffix(".json").unlink(missing_ok=True)
    print(f"Trained {target.name} in {time.monotonic() - begun:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
