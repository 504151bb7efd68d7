"""The deterministic extractor: amounts, dates, terms and identifiers out of English, Chinese and mixed messages."""

from bot.nlu.extraction.entity import Entity
from bot.nlu.extraction.extractor import extract

__all__ = ["Entity", "extract"]
