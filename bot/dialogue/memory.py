"""What Rasa itself remembers: little, and in memory alone.

Where a conversation stands is kept by the service, encrypted; every turn brings its stage along. So Rasa's
tracker serves only the turns just past, and neither words nor entities are written to a disk in the clear.
"""

from __future__ import annotations

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
        self.store.move_to_end(tracker.sender_id)
        if len(tracker.events) > EVENTS:
            del self.store[tracker.sender_id]
        while len(self.store) > CONVERSATIONS:
            self.store.popitem(last=False)
