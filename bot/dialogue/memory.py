"""What Rasa itself remembers: little, in memory alone, and no words.

Where a conversation stands is kept by the service, encrypted; every turn brings its stage along. So Rasa's
tracker serves only the turns just past. Once a turn is answered, of what was said and answered the intent and the names
of the actions are left; so there is nothing here that an erasure would have to reach.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.trackers import DialogueStateTracker

CONVERSATIONS = 2_000
EVENTS = 120


class ShortMemory(InMemoryTrackerStore):
    """Keeps the latest conversations, each until it has grown long; then it starts afresh from the service's facts."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.store: OrderedDict[str, str] = OrderedDict()

    async def save(self, tracker: DialogueStateTracker) -> None:
        await super().save(tracker)
        self.store[tracker.sender_id] = _wordless(self.store[tracker.sender_id])
        self.store.move_to_end(tracker.sender_id)
        if len(tracker.events) > EVENTS:
            del self.store[tracker.sender_id]
        while len(self.store) > CONVERSATIONS:
            self.store.popitem(last=False)


def _wordless(serialised: str) -> str:
    """A conversation as it is stored, without what was said in it and answered."""
    dialogue = json.loads(serialised)
    for event in dialogue["events"]:
        if event["event"] == "user":
            intent = {"intent": event["parse_data"].get("intent"), "entities": [], "text": ""}
            event.update(text="", parse_data=intent, metadata={})
        elif event["event"] == "bot":
            event.update(text="", data={}, metadata={})
    return json.dumps(dialogue)
