"""How the encoder is tuned."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Tuning:
    """The settings of one tuning; part of the fingerprint of what comes out."""

    layers: int = 6
    epochs: float = 2.0
    rate: float = 2e-4
    head_rate: float = 1e-3
    batch: int = 64
    temperature: float = 0.1
    cross_entropy: float = 1.0
    dropout: float = 0.1
    warm_up: float = 0.06
    seed: int = 42

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
