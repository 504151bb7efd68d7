"""A tokenizer for messages that mix English and Chinese."""

from __future__ import annotations

import logging
import re
from typing import Any

import jieba
import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

HAN_RUN = re.compile(r"[㐀-䶿一-鿿]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class MixedTokenizer(Tokenizer):
    """Cuts Chinese runs with jieba and everything else with spaCy's English rules; blank tokens are left out."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self._english = spacy.blank("en").tokenizer

    @staticmethod
    def required_packages() -> list[str]:
        return ["jieba", "spacy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(cls, config: dict[str, Any], *args: Any) -> MixedTokenizer:
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute)
        tokens, done = [], 0
        for run in HAN_RUN.finditer(text):
            tokens += self._latin(text[done : run.start()], done)
            tokens += [Token(word, run.start() + start) for word, start, _ in jieba.tokenize(run.group())]
            done = run.end()
        tokens += self._latin(text[done:], done)
        return self._apply_token_pattern(tokens)

    def _latin(self, text: str, offset: int) -> list[Token]:
        return [Token(word.text, offset + word.idx) for word in self._english(text) if not word.is_space]
