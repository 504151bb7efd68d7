"""Which model belongs to the training data as it stands, and whether a model file is the one that was trained here.

Loading a model runs code that its maker chose (CVE-2024-49375), so a file is loaded only if its hash is
the one that was written down when it was trained.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
SOURCES = (
    "config.yml",
    "data",
    "models/understanding.npz",
    "bot/nlu/encoder/export.py",
    "bot/nlu/encoder/pieces.py",
    "bot/nlu/intent_classifier.py",
    "bot/nlu/sentence_encoder.py",
    "bot/nlu/tokenizer.py",
    "locks/dialogue.txt",
)


class NoModel(RuntimeError):
    """There is no model that may be loaded."""


def fingerprint(root: Path = ROOT) -> str:
    """A hash over everything that a model is made of; of the responses only their names: words are not trained."""
    digest = hashlib.sha256()
    for source in SOURCES:
        top = root / source
        files = sorted(top.rglob("*.yml")) if top.is_dir() else [top] if top.exists() else []
        for file in files:
            digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    domain = YAML(typ="safe").load((root / "domain.yml").read_text(encoding="utf-8"))
    domain["responses"] = sorted(domain["responses"])
    digest.update(json.dumps(domain, sort_keys=True, default=str).encode())
    return digest.hexdigest()[:16]


def model_path(root: Path = ROOT) -> Path:
    """Where the model that belongs to the present data is or will be."""
    return root / "models" / f"accord-{fingerprint(root)}.tar.gz"


def record_model(path: Path) -> None:
    """Writes the hash of a model that was just trained beside it."""
    path.with_suffix("").with_suffix(".json").write_text(json.dumps({"sha256": _hash(path)}) + "\n")


def check_model(path: Path) -> None:
    """Raises NoModel unless the file is there and is the one that was trained here."""
    note = path.with_suffix("").with_suffix(".json")
    if not path.exists() or not note.exists():
        raise NoModel(f"{path.name} was not trained here; run: make train")
    if json.loads(note.read_text())["sha256"] != _hash(path):
        raise NoModel(f"{path.name} is not the file that was trained here; remove it and run: make train")


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
