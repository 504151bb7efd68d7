"""The audit chain for auditors: read, verified, and exported as lines of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from bot.desk.access import form_of
from bot.desk.page import formats_of, render, services_of
from bot.domain.rights import Actor
from bot.services.desk_audit import Sought

PATH = "/desk/audit"
LONGEST = 60


def sought_in(given: Mapping[str, Any]) -> Sought:
    """What an address or a form asks for; whatever makes no sense in it is left out."""
    named = {name: str(given.get(name) or "").strip()[:LONGEST] for name in ("actor", "action", "case")}
    before = str(given.get("before") or "")
    return Sought(**named, before=int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None)


def address_of(wanted: Sought, **others: Any) -> str:
    """The address of a page of records."""
    given = {name: getattr(wanted, name) for name in wanted.narrowed} | others
    return f"{PATH}?{urlencode(given)}" if given else PATH


async def audit(request: Request, actor: Actor) -> Response:
    """The records, the newest first."""
    wanted = sought_in(request.query_params)
    services, t = services_of(request), formats_of(request, actor).words

    def read() -> dict[str, Any]:
        return {"trail": services.audit.page(actor, wanted), "counts": services.desk.counts(actor)}

    return render(
        request,
        "audit.html",
        actor,
        section="audit",
        wanted=wanted,
        newest=address_of(wanted),
        said=t("audit.said_verified") if request.query_params.get("said") == "verified" else "",
        older=lambda before: address_of(wanted, before=before),
        shown=_shown,
        **await to_thread.run_sync(read),
    )


def _shown(value: Any) -> str:
    """A part of a record as text."""
    if isinstance(value, list) and all(isinstance(part, str | int) for part in value):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


async def verify(request: Request, actor: Actor) -> Response:
    """Walks the whole chain; the page says what came of it."""
    wanted = sought_in(await form_of(request))
    await to_thread.run_sync(services_of(request).audit.verify, actor)
    return RedirectResponse(address_of(wanted, said="verified"), 303)


async def export(request: Request, actor: Actor) -> Response:
    """Every record sought, one a line."""
    wanted = sought_in(await form_of(request))
    records = await to_thread.run_sync(services_of(request).audit.export, actor, wanted)

    def lines() -> Iterator[str]:
        for record in records:
            yield json.dumps(record.as_json(), ensure_ascii=False) + "\n"

    name = f"audit-{services_of(request).parts.now():%Y-%m-%d-%H%M}.jsonl"
    return StreamingResponse(
        lines(), media_type="application/x-ndjson", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
