"""What understanding consists of, as it is kept: `models/understanding.npz`, the tuned layers and the models.

The file comes with the project, with a note of the messages that it was made from, so that a first start neither tunes
nor fits. Where the messages have changed since, `make train` makes it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.nlu.encoder.export import Layer, quantise, whole
from bot.nlu.encoder.running import weights
from bot.nlu.encoder.weights import MATRICES, VERSION
from bot.nlu.intent_model import IntentModel

# Messages, each with its label.
Examples = Sequence[tuple[str, str]]
FILE = Path(__file__).resolve().parents[2] / "models" / "understanding.npz"


@dataclass(frozen=True)
class Kept:
    """The upper layers, lowest first (none where the encoder is frozen), the models, and what all come from.

    ``models``, by what they tell: ``intents`` what somebody wants, ``reasons`` why they cannot pay, ``replies`` what
    they make of terms that were read back, ``options`` of options that are on the table.

    ``tuned_on`` and ``fitted_on`` are fingerprints of messages; they differ after ``make train-quick``.
    """

    upper: Sequence[Layer]
    models: Mapping[str, IntentModel]
    tuned_on: str
    fitted_on: str

    def layers(self) -> list[Layer]:
        """All layers of the encoder, the lowest first: frozen ones, and the tuned ones on top of them."""
        return [weights().layer(number) for number in range(weights().layers - len(self.upper))] + list(self.upper)

    def save(self, file: Path = FILE) -> None:
        """Writes matrices in the 8-bit blocks in which they serve, all else as fp32."""
        arrays = {
            "tuned_on": np.array(self.tuned_on),
            "fitted_on": np.array(self.fitted_on),
            "layers": np.array(len(self.upper)),
            "models": np.array(sorted(self.models)),
            **{
                f"{tells}.{name}": array
                for tells, model in self.models.items()
                for name, array in model.arrays().items()
            },
        }
        for number, layer in enumerate(self.upper):
            for name, array in layer.items():
                key = f"layer{number}.{name}"
                if name in MATRICES:
                    arrays[key], arrays[f"{key}.scales"] = quantise(array)
                else:
                    arrays[key] = array.astype(np.float32)
        fresh = file.with_suffix(".new.npz")
        np.savez(fresh, **arrays)
        fresh.replace(file)


def load(file: Path = FILE) -> Kept | None:
    """What is kept; None where nothing is, or only what an older version kept."""
    if not file.exists():
        return None
    with np.load(file, allow_pickle=False) as opened:
        arrays = {key: opened[key] for key in opened.files}
    if "models" not in arrays:
        return None
    return Kept(
        upper=[_layer(arrays, f"layer{number}.") for number in range(int(arrays["layers"]))],
        models={str(tells): _model(arrays, f"{tells}.") for tells in arrays["models"]},
        tuned_on=str(arrays["tuned_on"]),
        fitted_on=str(arrays["fitted_on"]),
    )


def _model(arrays: Mapping[str, np.ndarray], prefix: str) -> IntentModel:
    return IntentModel.of({key.removeprefix(prefix): array for key, array in arrays.items() if key.startswith(prefix)})


def _layer(arrays: Mapping[str, np.ndarray], prefix: str) -> Layer:
    found = {}
    for key, array in arrays.items():
        name = key.removeprefix(prefix)
        if name != key and not name.endswith(".scales"):
            found[name] = whole(array, arrays[f"{key}.scales"]) if name in MATRICES else array
    return found


def fingerprint(examples: Mapping[str, Examples], settings: Mapping[str, object]) -> str:
    """A hash over all that understanding is made from: the messages of each model, and how the encoder is tuned."""
    messages = {tells: sorted(labelled) for tells, labelled in examples.items()}
    made_from = json.dumps([VERSION, settings, messages], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(made_from.encode()).hexdigest()[:16]
