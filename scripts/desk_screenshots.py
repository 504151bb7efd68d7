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
COLOURS = (256, 160, 96)


@dataclass(frozen=True)
class Shot:
    """One picture: who looks at which page; ``case``: a name of the scene, ``then``: what they do on it first."""

    name: str
    login: str | None
    path: str = "/desk"
    case: str = ""
    size: tuple[int, int] = DESKTOP
    dark: bool = False
    then: Callable[[Page], None] = lambda page: None


def works_out(page: Page) -> None:
    """Names terms above an agent's authority, and has them worked out."""
    page.fill("#f-count", "16")
    page.fill("#f-waive_fees", "25")
    page.click("text=Work it out")
    page.wait_for_selector("#quote tbody tr")


def writes_a_threat(page: Page) -> None:
    """Writes what the guard does not let through."""
    page.fill("#answer", "If you don't pay by tomorrow, we will tell your employer.")
    page.click("#form-answer .send")
    page.wait_for_selector("#findings")


# Each page on a desk and on a phone, in the light and in the dark.
SHOTS = (
    Shot("inbox", "ines"),
    Shot("inbox-dark", "jonas", "/desk?whose=unassigned", dark=True),
    Shot("inbox-phone", "ines", size=PHONE),
    Shot("inbox-chinese-phone", "siyuan", size=PHONE, dark=True),
    Shot("case", "ines", case="grace"),
    Shot("case-chinese-dark", "siyuan", case="xiaolan", dark=True),
    Shot("case-phone", "ines", case="grace", size=PHONE),
    Shot("case-phone-dark", "ines", case="amara", size=PHONE, dark=True),
    Shot("terms", "ines", "?do=propose", case="amara", then=works_out),
    Shot("terms-phone", "ines", "?do=propose", case="amara", size=PHONE, dark=True, then=works_out),
    Shot("guard", "ines", case="complaint", then=writes_a_threat),
    Shot("approvals", "jonas", "/desk/decisions"),
    Shot("approvals-chinese-phone", "wanqing", "/desk/decisions", size=PHONE, dark=True),
    Shot("mentions", "jonas", "/desk/mentions", dark=True),
    Shot("mentions-phone", "jonas", "/desk/mentions", size=PHONE),
    Shot("replies", "jonas", "/desk/replies"),
    Shot("replies-phone", "jonas", "/desk/replies", size=PHONE, dark=True),
    Shot("figures", "jonas", "/desk/figures", size=(1280, 1120)),
    Shot("figures-chinese-dark", "wanqing", "/desk/figures", dark=True),
    Shot("figures-phone", "jonas", "/desk/figures", size=PHONE),
    Shot("people", "admin", "/desk/people"),
    Shot("people-phone", "admin", "/desk/people", size=PHONE, dark=True),
    Shot("account", "ines", "/desk/account", dark=True),
    Shot("account-phone", "ines", "/desk/account", size=PHONE),
    Shot("sign-in", None, "/desk/sign-in"),
    Shot("sign-in-phone", None, "/desk/sign-in", size=PHONE, dark=True),
    Shot("join", None, "join"),
    Shot("join-phone", None, "join", size=(390, 980), dark=True),
)


def take(chromium: Browser, scene: Scene, shot: Shot, pictures: Path) -> Path:
    """Takes one picture, small enough for a page of text; returns where it is."""
    url = scene.stack.url
    width, height = shot.size
    context = chromium.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.dark else "light",
        device_scale_factor=2 if width == PHONE[0] else 1.5,
        reduced_motion="reduce",
    )
    if shot.login is not None:
        secret = scene.secrets[shot.login]
        context.add_cookies([{"name": "accord_desk", "value": secret, "url": f"{url}/desk"}])
    page = context.new_page()
    path = f"/desk/case/{scene.cases[shot.case]}{shot.path.removeprefix('/desk')}" if shot.case else shot.path
    page.goto(scene.link if path == "join" else f"{url}{path}")
    page.wait_for_selector("main")
    shot.then(page)
    page.wait_for_timeout(300)
    where = pictures / f"desk-{shot.name}.png"
    where.write_bytes(_small(page.screenshot()))
    context.close()
    return where


def _small(picture: bytes) -> bytes:
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
            for shot in SHOTS:
                print(f"docs/pictures/{take(chromium, scene, shot, pictures).name}")
        finally:
            if scene is not None:
                scene.stack.stop()
                scene.services.close()
