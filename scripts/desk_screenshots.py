"""The desk's pictures in docs/: each page, light and dark, on a phone and on a desk, in English and in Chinese."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from scripts.desk_scene import Scene, make

PHONE, DESKTOP = (390, 844), (1280, 860)  # as browsers there are wide
LARGEST = 250_000
COLOURS = (256, 160, 96, 64)
VARIANTS = ((False, False), (True, False), (False, True), (True, True))  # dark, phone


@dataclass(frozen=True)
class View:
    """A page as it is shown: who looks at it; ``case``: a name of the scene, ``then``: what they do on it first.

    ``wide``, ``high`` and ``phone_high``: how large the window is, where the page needs more than most have.
    """

    name: str
    login: str | None
    path: str = "/desk"
    case: str = ""
    then: Callable[[Page], None] = lambda page: None
    wide: int = DESKTOP[0]
    high: int = DESKTOP[1]
    phone_high: int = PHONE[1]


def works_out(page: Page) -> None:
    """Names terms above an agent's authority, and has them worked out."""
    page.fill("#f-count", "7")
    page.fill("#f-waive_fees", "25")
    page.click("text=Work it out")
    page.wait_for_selector("#quote tbody tr")
    # Below the head of the case, which stays at the top.
    page.locator("#dock").evaluate("(dock) => { dock.style.scrollMarginTop = '9rem'; dock.scrollIntoView(); }")


def writes_a_threat(page: Page) -> None:
    """Writes what the guard does not let through."""
    page.fill("#answer", "If you don't pay by tomorrow, we will tell your employer.")
    page.click("#form-answer .send")
    page.wait_for_selector("#findings")


def verifies(page: Page) -> None:
    """Has the audit chain walked."""
    page.click("form[action$='/verify'] button")
    page.wait_for_selector(".audit-state")


# Each page, light and dark, on a desk and on a phone.
VIEWS = (
    View("inbox", "ines"),
    View("case", "ines", case="grace"),
    View("terms", "ines", "?do=propose", case="amara", then=works_out, wide=1640, high=1120, phone_high=1780),
    View("guard", "ines", case="complaint", then=writes_a_threat),
    View("approvals", "jonas", "/desk/decisions"),
    View("mentions", "jonas", "/desk/mentions"),
    View("replies", "jonas", "/desk/replies"),
    View("figures", "jonas", "/desk/figures", high=1120, phone_high=1120),
    View("people", "admin", "/desk/people"),
    View("person", "admin", "/desk/people/tobias"),
    View("account", "ines", "/desk/account", phone_high=1060),
    View("audit", "ruth", "/desk/audit", then=verifies, phone_high=1240),
    View("refused", "amal", "/desk/people"),
    View("sign-in", None, "/desk/sign-in"),
    View("join", None, "join", high=980, phone_high=1060),
)
# In Chinese: one of each kind.
CHINESE = (
    (View("inbox-chinese", "siyuan"), (True, True)),
    (View("case-chinese", "siyuan", case="xiaolan"), (True, False)),
    (View("approvals-chinese", "wanqing", "/desk/decisions"), (True, True)),
    (View("figures-chinese", "wanqing", "/desk/figures", high=1120), (True, False)),
)


def take(chromium: Browser, scene: Scene, view: View, dark: bool, phone: bool, pictures: Path) -> Path:
    """Takes one picture, small enough for a page of text; returns where it is."""
    url = scene.stack.url
    width, height = (PHONE[0], view.phone_high) if phone else (view.wide, view.high)
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        device_scale_factor=2 if phone else 1.5,
        reduced_motion="reduce",
    )
    if view.login is not None:
        secret = scene.secrets[view.login]
        context.add_cookies([{"name": "accord_desk", "value": secret, "url": f"{url}/desk"}])
    page = context.new_page()
    path = f"/desk/case/{scene.cases[view.case]}{view.path.removeprefix('/desk')}" if view.case else view.path
    page.goto(scene.link if path == "join" else f"{url}{path}")
    page.wait_for_selector("main")
    view.then(page)
    page.wait_for_timeout(300)
    where = pictures / f"{name_of(view, dark, phone)}.png"
    where.write_bytes(small(page.screenshot()))
    context.close()
    return where


def name_of(view: View, dark: bool, phone: bool) -> str:
    """What a picture of a page is called."""
    return f"desk-{view.name}{'-dark' if dark else ''}{'-phone' if phone else ''}"


def small(picture: bytes) -> bytes:
    """A picture with as few colours as it takes to stay small."""
    image = Image.open(BytesIO(picture)).convert("RGB")
    out = BytesIO()
    for colours in COLOURS:
        out = BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST:
            break
    return out.getvalue()


def take_all(chromium: Browser, pictures: Path) -> None:
    """Makes a desk, takes every picture of it, and takes it down."""
    with tempfile.TemporaryDirectory() as folder:
        scene = None
        try:
            scene = make(Path(folder))
            for view, (dark, phone) in (*((view, variant) for view in VIEWS for variant in VARIANTS), *CHINESE):
                print(f"docs/pictures/{take(chromium, scene, view, dark, phone, pictures).name}", flush=True)
        finally:
            if scene is not None:
                scene.stack.stop()
                scene.services.close()
