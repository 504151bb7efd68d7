"""Reading `policies/contact/`: the packs of rules by jurisdiction, and the lender's own over them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from bot import policy_files
from bot.domain.contact import DEFAULT, DefaultPack, House, Pack, Packs
from bot.policy_files import BadPolicy, read_bytes, read_yaml
from bot.policy_places import Places
from bot.policy_problems import Problem

FOLDER = "contact"
HOUSE = "house.yml"
PACK_NAME = re.compile(r"(?:[A-Z]{2}|DEFAULT)\.yml")


def pack_paths(folder: Path) -> list[Path]:
    """The packs in the policies folder; the default one is always among them."""
    default = folder / FOLDER / f"{DEFAULT}.yml"
    return [default, *sorted(set((folder / FOLDER).glob("*.y*ml")) - {default, folder / FOLDER / HOUSE})]


def read_pack(path: Path) -> Pack:
    """One pack. Raises BadPolicy."""
    if not PACK_NAME.fullmatch(path.name):
        text = f"is no pack: the name is an ISO 3166 country code or EU, such as US.yml; your own rules are in {HOUSE}"
        raise BadPolicy([Problem(path.name, 0, "", text)])
    return policy_files.read_policy_file(path, DefaultPack if path.stem == DEFAULT else Pack)


def read_packs(folder: Path, today: date) -> Packs:
    """Every pack of the policies folder with the lender's own rules. Raises BadPolicy."""
    files = {path.stem: read_pack(path) for path in pack_paths(folder)}
    path = folder / FOLDER / HOUSE
    packs = Packs(files, policy_files.read_policy_file(path, House))
    places = Places(read_yaml(path.name, read_bytes(path))[0])
    problems = [
        Problem(path.name, places.of(keys).line, places.words(keys), text) for text, keys in packs.problems(today)
    ]
    if problems:
        raise BadPolicy(problems)
    return packs
