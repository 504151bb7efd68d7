"""Telegram: what comes in is stored first, worked on in order, and answered by rows that are sent once."""
