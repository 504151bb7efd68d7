"""Importing a portfolio: all of it or nothing, and every problem by line, column and reason."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.services.portfolio import OPTIONAL, REQUIRED, BadPortfolio
from bot.store.tables import Account, LedgerEntry
from tests.unit.desk_cases import audited
from tests.unit.fakes import HEADER, ODALYS, PORTFOLIO

ROW = {
    "account_number": "7001-3344",
    "borrower_name": "Odalys Brambleworth",
    "date_of_birth": "1987-03-07",
    "phone": "+12025550181",
    "language": "en",
    "country": "US",
    "time_zone": "America/New_York",
    "currency": "USD",
    "principal": "1200.00",
    "interest": "80.50",
    "fees": "45.00",
    "due_date": "2026-10-17",
}


def csv(*rows: dict[str, str], **more: str) -> str:
    """A portfolio file of rows that differ from a sound one."""
    full = [{**ROW, **more, **row} for row in rows or ({},)]
    return "\n".join([",".join(full[0]), *(",".join(row.values()) for row in full)]) + "\n"


def problems(portfolio, text: str) -> list[tuple[int, str]]:
    with pytest.raises(BadPortfolio) as refusal:
        portfolio.import_text(text, "unit")
    return [(problem.line, problem.column) for problem in refusal.value.problems]


@pytest.fixture
def portfolio(empty):
    return empty.portfolio


def test_a_portfolio_becomes_accounts_with_their_balances(services):
    shown = services.accounts.show(ODALYS)

    assert shown["balance"] == {
        "principal": {"amount": "1200.00", "currency": "USD"},
        "interest": {"amount": "80.50", "currency": "USD"},
        "fees": {"amount": "45.00", "currency": "USD"},
        "total": {"amount": "1325.50", "currency": "USD"},
    }
    assert (shown["days_past_due"], shown["status"]) == (37, "overdue")


@pytest.mark.parametrize(
    ("number", "total", "currency"),
    [("JP-30077", "90500", "JPY"), ("KW-11902", "312.345", "KWD"), ("AC-00001", "0.00", "USD")],
)
def test_every_currency_keeps_its_own_decimals(services, number, total, currency):
    shown = services.accounts.show(number)

    assert shown["balance"]["total"] == {"amount": total, "currency": currency}


def test_a_cell_in_quotes_may_hold_a_comma(services):
    assert services.accounts.show("AC-40118")["borrower_name"] == "Plover, Wilhelmina"


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(portfolio, empty):
    done = portfolio.import_text("\ufeff" + PORTFOLIO.replace("\n", "\r\n"), "from a spreadsheet")

    assert done.added == 6
    assert empty.accounts.show(ODALYS)["borrower_name"] == "Odalys Brambleworth"


def test_columns_may_come_in_any_order(portfolio):
    turned = dict(reversed(ROW.items()))
    text = ",".join(turned) + "\n" + ",".join(turned.values()) + "\n"

    assert portfolio.import_text(text, "unit").added == 1


def test_optional_columns_are_taken(portfolio, empty):
    more = {
        "email": "odalys@example.org",
        "product": "wallet credit",
        "annual_rate": "18.5",
        "last_payment_on": "2026-09-01",
        "last_payment_amount": "50.00",
        "original_principal": "1500",
    }

    portfolio.import_text(csv(**more), "unit")

    with empty.parts.store.transaction() as session:
        account = session.scalars(select(Account)).one()
        assert (account.email, account.product, account.annual_rate) == ("odalys@example.org", "wallet credit", "18.5")
        assert (account.last_payment_amount, account.original_principal) == (5000, 150000)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("account_number", "", "is empty"),
        ("account_number", "A-1", "between 4 and 26"),
        ("borrower_name", "", "is empty"),
        ("borrower_name", "Od\x07alys", "control character"),
        ("date_of_birth", "07/03/1987", "YYYY-MM-DD"),
        ("date_of_birth", "1987-02-30", "YYYY-MM-DD"),
        ("date_of_birth", "2031-01-01", "no possible date of birth"),
        ("date_of_birth", "1666-09-02", "no possible date of birth"),
        ("phone", "2025550181", "E.164"),
        ("phone", "+1", "E.164"),
        ("phone", "call me", "E.164"),
        ("language", "fr", "one of en, zh-Hans, zh-Hant"),
        ("language", "zh", "one of en, zh-Hans, zh-Hant"),
        ("country", "USA", "ISO 3166"),
        ("country", "ZZ", "ISO 3166"),
        ("country", "us", "ISO 3166"),
        ("time_zone", "New York", "IANA"),
        ("time_zone", "UTC+8", "IANA"),
        ("currency", "USDT", "ISO 4217"),
        ("currency", "usd", "ISO 4217"),
        ("principal", "1200.005", "more decimals"),
        ("principal", "1_200", "plain decimal"),
        ("principal", "$1200", "plain decimal"),
        ("principal", "-1.00", "negative"),
        ("principal", "99999999999999999", "too large"),
        ("interest", "NaN", "plain decimal"),
        ("fees", "", "is empty"),
        ("due_date", "2026-13-01", "YYYY-MM-DD"),
        ("due_date", "20261017", "YYYY-MM-DD"),
    ],
)
def test_a_bad_cell_is_refused_by_line_column_and_reason(portfolio, column, value, reason):
    text = csv({}, {"account_number": "7001-9999", column: value})

    with pytest.raises(BadPortfolio) as refusal:
        portfolio.import_text(text, "unit")

    (problem,) = refusal.value.problems
    assert (problem.line, problem.column) == (3, column)
    assert reason in problem.reason
    assert str(problem) == f"line 3, column {column}: {problem.reason}"


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("email", "not an address"),
        ("annual_rate", "eighteen"),
        ("annual_rate", "-2"),
        ("opened_on", "yesterday"),
        ("last_payment_amount", "1.234"),
        ("product", "x" * 101),
    ],
)
def test_a_bad_cell_in_an_optional_column_is_refused_too(portfolio, column, value):
    found = problems(portfolio, csv(**{column: value}))

    assert found == [(2, column)]


def test_a_currency_without_decimals_takes_none(portfolio):
    yen = {"currency": "JPY", "principal": "1200.50", "interest": "80", "fees": "0"}

    assert problems(portfolio, csv(yen)) == [(2, "principal")]


def test_every_problem_of_a_file_is_told_at_once(portfolio):
    text = csv({"phone": "none", "fees": "-1"}, {"account_number": "7001-9999", "country": "Atlantis"})

    assert sorted(problems(portfolio, text)) == [(2, "fees"), (2, "phone"), (3, "country")]


def test_one_bad_row_keeps_all_the_others_out(portfolio, empty):
    problems(portfolio, csv({}, {"account_number": "7001-9999", "country": "Atlantis"}))

    assert portfolio.is_empty()
    with empty.parts.store.transaction() as session:
        assert session.scalars(select(LedgerEntry)).all() == []


def test_a_problem_after_the_first_rows_were_written_rolls_all_of_them_back(services, clock):
    clock.passes(minutes=1)
    text = csv({"principal": "1.00"}, {"account_number": "AC-40118", "currency": "USD"})

    with pytest.raises(BadPortfolio, match="kept in GBP"):
        services.portfolio.import_text(text, "unit")

    assert services.accounts.show(ODALYS)["balance"]["principal"]["amount"] == "1200.00"


def test_an_account_that_stands_twice_is_refused(portfolio):
    text = csv({}, {"account_number": "7001 3344"})

    assert problems(portfolio, text) == [(3, "account_number")]


def test_an_unknown_column_is_refused_with_what_is_allowed(portfolio):
    with pytest.raises(BadPortfolio) as refusal:
        portfolio.import_text(csv(shoe_size="43"), "unit")

    (problem,) = refusal.value.problems
    assert (problem.line, problem.column) == (1, "shoe_size")
    assert all(name in problem.reason for name in REQUIRED + OPTIONAL)


@pytest.mark.parametrize("column", REQUIRED)
def test_a_missing_column_is_named(portfolio, column):
    row = {name: value for name, value in ROW.items() if name != column}

    found = problems(portfolio, ",".join(row) + "\n" + ",".join(row.values()) + "\n")

    assert found == [(1, column)]


def test_a_column_that_stands_twice_is_named(portfolio):
    text = HEADER + ",email\n"

    assert problems(portfolio, text) == [(1, "email")]


@pytest.mark.parametrize("text", ["", "\n", "PK\x03\x04 a spreadsheet"])
def test_what_is_no_portfolio_is_refused(portfolio, text):
    assert problems(portfolio, text)
    assert portfolio.is_empty()


def test_a_header_alone_is_refused(portfolio):
    assert problems(portfolio, HEADER + "\n") == [(1, "")]


@pytest.mark.parametrize("row", ["7001-3344,Odalys", ",".join([*ROW.values(), "one more"])])
def test_a_row_with_too_few_or_too_many_cells_is_refused(portfolio, row):
    assert problems(portfolio, ",".join(ROW) + "\n" + row + "\n") == [(2, "")]


def test_an_open_quote_is_refused(portfolio):
    assert problems(portfolio, csv(borrower_name='"Odalys'))


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a onerror=alert(1)", "JavaScript:alert(1)"])
def test_a_name_with_a_script_is_refused_and_recorded(portfolio, empty, name):
    found = problems(portfolio, csv({}, {"account_number": "7001-9999", "borrower_name": name}))

    assert found == [(3, "borrower_name")]
    assert portfolio.is_empty()
    (record,) = audited(empty, "markup_refused")
    assert (record.subject, record.data) == ("unit", {"lines": [3]})


@pytest.mark.parametrize("name", ["O'Brien & Söhne", "顾念慈", "Jason Ontario", "Kimberly <3"])
def test_names_of_people_are_no_markup(portfolio, name):
    assert portfolio.import_text(csv(borrower_name=name), "unit").added == 1


def test_the_line_of_a_problem_is_the_line_in_the_file(portfolio):
    text = csv({"borrower_name": '"Odalys\nBrambleworth"'}, {"account_number": "7001-9999", "country": "Atlantis"})

    found = problems(portfolio, text)

    assert (4, "country") in found


def test_the_same_file_again_changes_nothing(services, clock):
    clock.passes(minutes=1)

    done = services.portfolio.import_text(PORTFOLIO, "again")

    assert (done.added, done.updated, done.unchanged) == (0, 0, 6)


def test_a_changed_amount_is_an_adjustment_of_the_ledger(services, clock):
    clock.passes(minutes=1)
    done = services.portfolio.import_text(csv(fees="30.00", interest="90.50"), "an update")

    with services.parts.store.transaction() as session:
        account = services.accounts.find(session, ODALYS)
        rows = session.scalars(select(LedgerEntry).where(LedgerEntry.account_id == account.id)).all()
        entries = [(row.kind, row.component, row.amount) for row in rows]
    assert done.updated == 1
    assert entries == [
        ("opening", "principal", 120000),
        ("opening", "interest", 8050),
        ("opening", "fees", 4500),
        ("adjustment", "interest", 1000),
        ("adjustment", "fees", -1500),
    ]
    assert services.accounts.show(ODALYS)["balance"]["total"]["amount"] == "1320.50"


def test_changed_details_are_updated_and_the_money_stays(services, clock):
    clock.passes(minutes=1)

    done = services.portfolio.import_text(csv(phone="+12025550199", due_date="2026-11-01"), "an update")

    shown = services.accounts.show(ODALYS)
    assert (done.updated, shown["due_date"]) == (1, "2026-11-01")
    assert shown["balance"]["total"]["amount"] == "1325.50"


def test_an_account_is_known_again_however_its_number_is_written(services, clock):
    clock.passes(minutes=1)

    done = services.portfolio.import_text(csv(account_number="7001 3344"), "an update")

    assert (done.added, done.updated + done.unchanged) == (0, 1)


def test_an_import_is_on_the_audit_chain(services):
    with services.parts.store.transaction() as session:
        rows = session.connection().exec_driver_sql("SELECT action, data FROM audit").all()

    assert any(action == "portfolio_imported" and '"added": 6' in data for action, data in rows)


def test_names_are_kept_in_composed_form(portfolio, empty):
    portfolio.import_text(csv(borrower_name="Toma\u0301s Quintanilla"), "unit")

    assert empty.accounts.show(ODALYS)["borrower_name"] == "Tomás Quintanilla"
