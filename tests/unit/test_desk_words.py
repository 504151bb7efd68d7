"""The desk's words: the same keys in every language, each of them used, none missing."""

from __future__ import annotations

import ast
import re
import string

import pytest
from ruamel.yaml import YAML

from bot.desk import texts as desk_texts
from bot.desk.page import CODED, HERE
from bot.desk.texts import FOLDER, LANGUAGES, MissingWords, texts
from bot.services.desk import DecisionView, Flag, IdentityView
from bot.services.timeline import KINDS
from bot.settings import ROOT

ENGLISH, CHINESE = texts("en"), texts("zh-Hans")
# Whole keys, and beginnings that go on with a code: t("queue.mine"), t("reason." ~ row.reason), t(f"kind.{kind}").
QUOTED = re.compile(r"""["']([a-z][\w-]*\.[\w.-]*)(?:["']\s*(~)?|(\{))""")
CALLED = re.compile(r"""\bt\(\s*["']([\w.-]+)["']\s*[,)]""")
TABLES_OF_FACTS = {f"{name}." for name in CODED}  # a code under such a name in a fact is told by its words
TABLES = re.compile(r"""(?:\.code|\.sentence|\.retold)\(\s*["']([\w-]+)["']""")


def sources() -> dict[str, str]:
    forum = (ROOT / "bot" / "channels" / "telegram").glob("forum*.py")  # the agents' group speaks with them too
    files = [*HERE.glob("*.py"), *HERE.glob("templates/*.html"), *forum]
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def places(entry: desk_texts.Entry) -> set[str]:
    """The facts that a text has places for."""
    forms = entry.values() if isinstance(entry, dict) else [entry]
    return {field for form in forms for _, field, _, _ in string.Formatter().parse(form) if field}


def asked() -> tuple[set[str], set[str]]:
    """Every whole key that is asked for, and every beginning of one."""
    keys, beginnings = set(), set()
    for text in sources().values():
        for key, joined, filled in QUOTED.findall(text):
            (beginnings if joined or filled else keys).add(key)
        beginnings |= {f"{table}." for table in TABLES.findall(text)}
    beginnings |= {f"{fact}." for entry in ENGLISH._entries.values() for fact in places(entry)} & TABLES_OF_FACTS
    return keys, beginnings


def test_both_languages_have_the_same_keys():
    assert ENGLISH.known() ^ CHINESE.known() == frozenset()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_has_the_same_places_for_facts_in_every_language(language):
    english, other = ENGLISH._entries, texts(language)._entries

    differ = {key for key in english if places(english[key]) != places(other[key])}

    assert differ == set()


def test_no_key_is_said_twice_in_one_file():
    for path in FOLDER.glob("*.yml"):
        YAML(typ="safe").load(path.read_text(encoding="utf-8"))  # raises DuplicateKeyError


def test_every_key_that_is_asked_for_has_words():
    beginnings = asked()[1]

    missing = {key for text in sources().values() for key in CALLED.findall(text) if not ENGLISH.has(key)}
    empty = {start for start in beginnings if not any(key.startswith(start) for key in ENGLISH.known())}

    assert missing == set()
    assert empty == set()


def test_no_words_are_left_that_nobody_asks_for():
    keys, beginnings = asked()

    unused = {key for key in ENGLISH.known() - keys if not any(key.startswith(start) for start in beginnings)}

    assert unused == set()


def test_every_code_of_the_record_has_words():
    handover = YAML(typ="safe").load((ROOT / "policies" / "handover.yml").read_text(encoding="utf-8"))
    flags = Flag.__annotations__, DecisionView.__annotations__, IdentityView.__annotations__

    needed = {f"reason.{code}" for code in handover["reasons"]} | {f"event.{kind}" for kind in KINDS}
    intents = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]
    needed |= {f"intent.{name}" for name in [*intents, "nlu_fallback"]}
    needed |= {
        f"guard.{name}" for name in YAML(typ="safe").load((ROOT / "policies" / "guard.yml").read_text())["categories"]
    }

    assert flags
    assert {key for key in needed if not ENGLISH.has(key)} == set()


def test_traditional_chinese_is_made_of_the_simplified_words():
    assert texts("zh-Hant")("nav.figures") == "資料"


def test_a_number_picks_its_form():
    assert ENGLISH("terms.payments", count=1) == "1 payment"
    assert ENGLISH("terms.payments", count=6) == "6 payments"
    assert CHINESE("terms.payments", count=1) == "共 1 期"


def test_a_key_without_words_is_an_error_and_not_a_blank():
    with pytest.raises(MissingWords, match=r"queue\.yours"):
        ENGLISH("queue.yours")


def refused() -> set[str]:
    """Whole sentences that services refuse people with, a figure in each place for a fact."""
    found = set()
    for path in (ROOT / "bot" / "services").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "NotPossible":
                said = node.args[0]
                if isinstance(said, ast.Constant):
                    found.add(said.value)
                elif isinstance(said, ast.JoinedStr):
                    parts = [part.value if isinstance(part, ast.Constant) else "7" for part in said.values]
                    found.add("".join(map(str, parts)))
    return {said for said in found if said[0].isupper()}


def test_every_refusal_of_a_service_is_said_in_chinese():
    sentences = refused()

    assert len(sentences) > 30
    assert {one for one in sentences if CHINESE.retold("not_possible", one) == one} == set()
