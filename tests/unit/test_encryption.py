"""Encryption at rest: nothing personal in clear, nothing moved unseen, nothing opened with another key."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.store.encryption import KeyProblem, Keyring, load_keyring, save_keyring
from bot.store.tables import Account
from tests.unit.fakes import ODALYS, PORTFOLIO, Chat

SAID = "My sister Philippa lent me the rest of it."


@pytest.fixture
def ring() -> Keyring:
    return Keyring.new()


def test_what_is_encrypted_is_read_again(ring):
    sealed = ring.encrypt("Odalys 顾", "accounts.borrower_name")

    assert ring.decrypt(sealed, "accounts.borrower_name") == "Odalys 顾"
    assert "Odalys" not in sealed


def test_the_same_text_looks_different_every_time(ring):
    sealed = {ring.encrypt("Odalys", "accounts.borrower_name") for _ in range(20)}

    assert len(sealed) == 20


def test_a_value_moved_to_another_column_is_refused(ring):
    sealed = ring.encrypt("1987-03-07", "accounts.date_of_birth")

    with pytest.raises(KeyProblem, match=r"accounts\.phone"):
        ring.decrypt(sealed, "accounts.phone")


def test_another_key_of_the_same_name_is_refused(ring):
    sealed = Keyring.new().encrypt("Odalys", "accounts.borrower_name")

    with pytest.raises(KeyProblem, match="does not open"):
        ring.decrypt(sealed, "accounts.borrower_name")


def test_a_key_that_is_missing_is_named(ring):
    sealed = ring.rotated().encrypt("Odalys", "accounts.borrower_name")

    with pytest.raises(KeyProblem, match="'k2'"):
        ring.decrypt(sealed, "accounts.borrower_name")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text[:-4] + "AAA=",
        lambda text: text[:8],
        lambda text: "k1.",
        lambda text: "k1.!!!",
        lambda text: "k1." + base64.b64encode(b"short").decode(),
        lambda text: "Odalys in clear",
        lambda text: "",
    ],
)
def test_a_value_that_was_tampered_with_is_refused(ring, spoil):
    sealed = ring.encrypt("Odalys", "accounts.borrower_name")

    with pytest.raises(KeyProblem):
        ring.decrypt(spoil(sealed), "accounts.borrower_name")


def test_after_a_rotation_the_old_is_readable_and_the_new_is_under_the_new_key(ring):
    before = ring.encrypt("Odalys", "accounts.borrower_name")

    rotated = ring.rotated()

    after = rotated.encrypt("Odalys", "accounts.borrower_name")
    assert rotated.decrypt(before, "accounts.borrower_name") == "Odalys"
    assert (before.partition(".")[0], after.partition(".")[0]) == ("k1", "k2")


def test_a_rotation_never_takes_the_name_of_a_key_in_use(ring):
    ring = ring.rotated().rotated()
    kept = Keyring("k3", {"k2": ring.keys["k2"], "k3": ring.keys["k3"]}, ring.hash_key)

    rotated = kept.rotated()

    assert rotated.keys["k3"] == kept.keys["k3"]
    assert len(rotated.keys) == 3


def test_a_rotation_keeps_look_ups_working(ring):
    before = ring.keyed_hash("70013344", "account number")

    assert ring.rotated().keyed_hash("70013344", "account number") == before


def test_a_hash_depends_on_its_purpose_and_its_key(ring):
    hashes = {
        ring.keyed_hash("70013344", "account number"),
        ring.keyed_hash("70013344", "phone"),
        Keyring.new().keyed_hash("70013344", "account number"),
    }

    assert len(hashes) == 3


def test_a_keyring_hides_its_keys(ring):
    shown = repr(ring) + str(ring)

    assert base64.b64encode(ring.keys["k1"]).decode() not in shown
    assert repr(ring.keys["k1"]) not in shown


def test_a_key_file_is_made_for_its_owner_alone(tmp_path: Path):
    path = tmp_path / "deep" / "keys.json"

    first = load_keyring(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keyring(path).keys == first.keys


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode):
    path = tmp_path / "keys.json"
    load_keyring(path)
    path.chmod(mode)

    with pytest.raises(KeyProblem, match="chmod 600"):
        load_keyring(path)


def test_a_saved_key_file_stays_with_its_owner(tmp_path: Path, ring):
    path = tmp_path / "keys.json"
    save_keyring(path, ring)

    save_keyring(path, ring.rotated())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_keyring(path).current == "k2"
    assert [file.name for file in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"current": "k1", "keys": {}, "hash": ""}',
        '{"current": "k1", "keys": {"k1": "c2hvcnQ="}, "hash": "c2hvcnQ="}',
        '{"current": "k1", "keys": {"k1": "not base64!"}, "hash": ""}',
        '{"current": "k1", "keys": ["k1"], "hash": ""}',
    ],
)
def test_a_spoilt_key_file_is_refused_in_a_sentence(text):
    with pytest.raises(KeyProblem, match="cannot be read"):
        Keyring.from_text(text)


def test_keys_may_come_from_a_setting(open_home, tmp_path: Path, ring):
    services = open_home(keys=ring.as_text(), home=tmp_path / "elsewhere")

    services.portfolio.import_text(PORTFOLIO, "unit")

    assert services.accounts.show(ODALYS)["borrower_name"] == "Odalys Brambleworth"
    assert not (tmp_path / "elsewhere" / "keys.json").exists()


def test_nothing_personal_stands_in_clear_in_the_database(services, odalys, tmp_path: Path):
    chat = Chat(services, "another", "zh-Hans")
    chat.identify("5520-7719")
    services.conversations.remember_wish(chat.id, "request_plan", [], SAID)
    services.wellbeing.note_hardship(odalys.id, "bereavement")
    services.negotiation.consider(odalys.turn(SAID), [{"entity": "instalments", "value": 6}])
    services.conversations.answer(odalys.turn(SAID), [{"text": f"You said: {SAID}"}], ["utter_greet"])
    services.conversations.fail(odalys.id, "unit", SAID)
    services.conversations.buttons(odalys.id, [(SAID, {"intent": "affirm", "entities": [], "offer_id": None})])
    services.negotiation.agree(odalys.turn(SAID))
    case = services.cases.open(odalys.id, "request_human")
    services.guarding.write_to(case.reference, SAID)
    services.cases.hand_back(case.reference, SAID)
    services.outbox.release_passcodes()
    code = odalys.passcode()
    services.close()

    raw = b"".join(path.read_bytes() for path in (tmp_path / "home").glob("accord.db*"))

    assert len(raw) > 50_000
    for secret in (
        SAID,
        "Philippa",
        "Brambleworth",
        "1987-03-07",
        "2025550181",
        "202555",
        "7001-3344",
        "70013344",
        "o@b.test",
        "顾长庚",
        "1991-08-03",
        "55207719",
        "bereavement",
        code,
        odalys.token,
    ):
        assert secret.encode() not in raw, secret


def test_a_value_swapped_between_columns_of_the_database_is_refused(services):
    with services.parts.store.transaction() as session:
        session.connection().exec_driver_sql("UPDATE accounts SET phone = borrower_name")

    with pytest.raises(KeyProblem), services.parts.store.transaction() as session:
        session.scalars(select(Account)).all()


def test_a_database_does_not_open_with_other_keys(services, open_home, tmp_path: Path):
    services.close()
    save_keyring(tmp_path / "home" / "keys.json", Keyring.new())
    services = open_home()

    with pytest.raises(KeyProblem), services.parts.store.transaction() as session:
        session.scalars(select(Account)).all()


def test_after_a_rotation_the_whole_ledger_is_readable(services, open_home, tmp_path: Path, clock):
    ring = services.parts.store.keyring
    services.close()
    save_keyring(tmp_path / "home" / "keys.json", ring.rotated())

    services = open_home()
    clock.passes(minutes=1)
    services.portfolio.import_text(PORTFOLIO.replace("Odalys Brambleworth", "Odalys Bramble"), "an update")

    assert services.accounts.show(ODALYS)["borrower_name"] == "Odalys Bramble"
    assert services.accounts.show("AC-40118")["borrower_name"] == "Plover, Wilhelmina"
    with services.parts.store.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT borrower_name FROM accounts").scalars()
        assert {row.partition(".")[0] for row in rows} == {"k1", "k2"}
