"""`accord …`: the program from the command line."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot import policy_words, privacy_words
from bot.bootstrap import BadPolicy, Services, open_services
from bot.domain.agreement import NotPossible
from bot.domain.policy import ROLES, Role
from bot.logs import configure_logging
from bot.services.accounts import UnknownAccount
from bot.services.cases import UnknownCase
from bot.services.guarding import NeedsAnotherLook
from bot.services.payments import BadPayment
from bot.services.policies import check_file, check_folder, read_change
from bot.services.portfolio import BadPortfolio
from bot.settings import ROOT, Settings
from bot.store import audit
from bot.store.encryption import KeyProblem, save_keyring
from bot.telegram_commands import telegram_app
from bot.user_commands import user_app

app = typer.Typer(help="Accord: terms that borrowers can keep.", no_args_is_help=True, add_completion=False)
account_app = typer.Typer(help="Accounts.", no_args_is_help=True)
case_app = typer.Typer(help="Cases for people.", no_args_is_help=True)
payment_app = typer.Typer(help="Money that arrived.", no_args_is_help=True)
plan_app = typer.Typer(help="Plans that are kept.", no_args_is_help=True)
outbox_app = typer.Typer(help="What leaves uninvited.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit chain.", no_args_is_help=True)
policy_app = typer.Typer(help="What may be offered.", no_args_is_help=True)
keys_app = typer.Typer(help="Encryption keys.", no_args_is_help=True)
privacy_app = typer.Typer(help="What is held about a borrower.", no_args_is_help=True)
feedback_app = typer.Typer(help="What borrowers thought of it.", no_args_is_help=True)
for name, group in {
    "account": account_app,
    "case": case_app,
    "outbox": outbox_app,
    "payment": payment_app,
    "plan": plan_app,
    "audit": audit_app,
    "policy": policy_app,
    "keys": keys_app,
    "privacy": privacy_app,
    "feedback": feedback_app,
}.items():
    app.add_typer(group, name=name)

RoleOption = Annotated[str, typer.Option("--role", help="Whose authority counts: bot, agent or supervisor.")]
By = Annotated[str, typer.Option("--by", help="Who decides; stands in the audit chain.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def fail(message: str, code: int = 1) -> typer.Exit:
    """One clear sentence on standard error, and the exit code."""
    typer.echo(message, err=True)
    return typer.Exit(code)


@contextmanager
def services() -> Iterator[Services]:
    """The services for one command; whatever keeps them from starting is one clear sentence."""
    settings = Settings()
    configure_logging(settings.log_level)
    try:
        opened = open_services(settings)
    except (BadPolicy, KeyProblem) as error:
        raise fail(str(error)) from None
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever a payment or a plan does not allow is one clear sentence."""
    try:
        yield
    except (BadPayment, NotPossible, UnknownAccount) as error:
        raise fail(str(error)) from None


def role_of(text: str) -> Role:
    """The role whose authority counts."""
    for role in ROLES:
        if role == text:
            return role
    raise fail(f"{text!r} is no role; there are {', '.join(ROLES)}")


def day_of(text: str) -> date:
    """A day as people type it here."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise fail(f"{text!r} is no date in the form YYYY-MM-DD") from None


def plan_lines(plan: dict[str, Any]) -> list[str]:
    """A plan for people to read."""
    return [
        f"{plan['kind']}, {plan['status']}, agreed {plan['agreed_at'][:10]}:",
        *(
            f"  {row['number']:>3}  {row['due_on']}  {row['amount']['amount']:>12}  {row['status']}"
            for row in plan["schedule"]
        ),
    ]


def show(data: Any, as_json: bool, lines: list[str]) -> None:
    """Prints JSON for programs or lines for people."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2) if as_json else "\n".join(lines))


app.add_typer(user_app(services, fail, show), name="user")
app.add_typer(telegram_app(services, fail, show), name="telegram")


@app.command()
def run() -> None:
    """Start everything; Ctrl-C stops it."""
    from bot import supervisor

    settings = Settings()
    configure_logging(settings.log_level)
    try:
        asyncio.run(supervisor.run(settings))
    except (supervisor.CannotStart, BadPolicy, KeyProblem) as error:
        raise fail(str(error)) from None


@app.command("import")
def import_portfolio(file: Annotated[Path, typer.Argument(help="CSV file, UTF-8")]) -> None:
    """Load or update accounts from a portfolio file, all or nothing."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise fail(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise fail(f"{file} is not UTF-8: the byte at position {error.start} does not fit") from None
    with services() as opened:
        try:
            done = opened.portfolio.import_text(text, file.name)
        except BadPortfolio as error:
            raise fail(f"Nothing was imported. {len(error.problems)} problem(s) in {file.name}:\n{error}") from None
    typer.echo(f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged.")


@app.command()
def chat(
    url: Annotated[str, typer.Option(help="Where the program runs; empty: as the settings say.")] = "",
    conversation: Annotated[str, typer.Option(help="Go on with a conversation; needs --token.")] = "",
    token: Annotated[str, typer.Option(help="The secret of that conversation.")] = "",
) -> None:
    """Talk to the bot in the terminal."""
    from bot.channels.terminal import talk

    settings = Settings()
    talk(url or f"http://{settings.host}:{settings.port}", conversation, token)


@app.command()
def parse(
    now: Annotated[str, typer.Option(help="The borrower's local time, such as 2026-11-21T10:00.")] = "",
    time_zone: Annotated[str, typer.Option(help="The borrower's time zone (IANA).")] = "UTC",
) -> None:
    """Read one message a line from standard input, write how each is understood, one JSON a line."""
    from bot.dialogue.model import NoModel, check_model, model_path
    from bot.supervisor import CannotStart, dialogue_python

    try:
        zone = ZoneInfo(time_zone)
        moment = datetime.fromisoformat(now) if now else datetime.now(UTC).astimezone(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise fail(f"{error}: --now is like 2026-11-21T10:00, --time-zone like Asia/Shanghai") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        python, model = dialogue_python(), model_path()
        check_model(model)
    except (CannotStart, NoModel) as error:
        raise fail(str(error)) from None
    reader = subprocess.Popen(
        [str(python), "-m", "bot.dialogue.launcher", "parse", str(model)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        encoding="utf-8",
    )
    if reader.stdin is None or reader.stdout is None:
        raise fail("the dialogue process has no pipes")
    metadata = {"now": moment.isoformat(), "time_zone": time_zone}
    for line in sys.stdin:
        text = line.rstrip("\r\n")
        plain = text.lstrip("/／ \t\u3000")  # a leading slash would be read as a command of Rasa's
        reader.stdin.write(json.dumps({"text": plain, "metadata": metadata}) + "\n")
        reader.stdin.flush()
        answer = reader.stdout.readline()
        if not answer:
            raise fail("the dialogue process ended; the lines above say why")
        typer.echo(json.dumps(reading(text, len(text) - len(plain), json.loads(answer)), ensure_ascii=False))
    reader.stdin.close()
    reader.wait()


def reading(text: str, offset: int, parsed: dict[str, Any]) -> dict[str, Any]:
    """Rasa's reading of a message in the form that `accord parse` promises.

    ``offset``: how many characters of the text were left out before it was read.
    """
    ranking = parsed.get("intent_ranking", [])
    best = ranking[0] if ranking else {"name": None, "confidence": 0.0}
    names = ("entity", "value", "role", "start", "end", "text", "approximate", "currency")
    return {
        "text": text,
        "intent": best["name"],
        "confidence": best["confidence"],
        "intent_ranking": ranking,
        "purposes": parsed.get("purposes", []),
        "heard": parsed.get("heard", []),
        "entities": [
            {k: e[k] for k in names if k in e}
            | {"role": e.get("role"), "start": e["start"] + offset if "start" in e else 0}
            | {"end": e["end"] + offset if "end" in e else len(text)}  # or what the whole message says
            for e in parsed["entities"]
        ],
        "language": parsed.get("language"),
    }


@account_app.command("show")
def account_show(number: str, as_json: Json = False) -> None:
    """Balance, status, plan, promises, payments and offers of an account."""
    with services() as opened:
        try:
            data = opened.accounts.show(number)
        except UnknownAccount as error:
            raise fail(str(error)) from None
    total = data["balance"]["total"]
    lines = [
        f"{data['account_number']}  {data['borrower_name']}  {data['status']}",
        f"owes {total['amount']} {total['currency']}, {data['days_past_due']} days past due",
    ]
    if Decimal(data["credit"]["amount"]):
        lines.append(f"holds {data['credit']['amount']} {data['credit']['currency']} of credit")
    if data["plan"]:
        lines += plan_lines(data["plan"])
    lines += [f"promise: {p['amount']['amount']} on {p['due_on']} ({p['status']})" for p in data["promises"]]
    lines += [
        f"payment {p['id']}: {p['amount']['amount']} on {p['received_on']}{' (reversed)' if p['reversed_at'] else ''}"
        for p in data["received"]
    ]
    show(data, as_json, lines)


@case_app.command("list")
def case_list(as_json: Json = False) -> None:
    """Every case, the most urgent first."""
    with services() as opened:
        data = opened.cases.all()
    lines = [f"{c['id']}  {c['priority']:<7} {c['status']:<9} {c['reason']:<22} due {c['due_at'][:16]}" for c in data]
    show(data, as_json, lines or ["There are no cases."])


@case_app.command("show")
def case_show(case_id: str, as_json: Json = False) -> None:
    """One case with its summary and transcript."""
    with services() as opened:
        try:
            data = opened.cases.show(case_id)
        except UnknownCase as error:
            raise fail(str(error)) from None
    said = [f"  {row['at'][:16]}  {row['borrower']}" for row in data["transcript"]]
    files = [
        f"  {file['at'][:16]}  {file['kind']}  {file['name'] or file['mime'] or ''}" for file in data["attachments"]
    ]
    files = ["Files:", *files] if files else []
    show(data, as_json, [f"{data['id']} ({data['status']})", data["summary"], "Transcript:", *said, *files])


@case_app.command("write")
def case_write(
    case_id: str,
    text: str,
    role: RoleOption = "agent",
    by: By = "operator",
    anyway: Annotated[bool, typer.Option("--anyway", help="Send it all the same; stands in the audit chain.")] = False,
) -> None:
    """Write to the borrower of a case, in their own chat; what should not leave is said first."""
    with services() as opened:
        try:
            opened.guarding.write_to(case_id, text, role_of(role), by, anyway)
        except UnknownCase as error:
            raise fail(str(error)) from None
        except NeedsAnotherLook as error:
            who = "a supervisor can insist: --role supervisor --anyway" if error.final else "insist: --anyway"
            raise fail(f"Not sent.\n{error}\nChange it, or {who}.") from None
    typer.echo("Queued.")


@case_app.command("return")
def case_return(case_id: str, outcome: Annotated[str, typer.Option(help="What was decided.")] = "resolved") -> None:
    """Resolve a case and give its conversation back to the bot."""
    with services() as opened:
        try:
            opened.cases.hand_back(case_id, outcome)
        except UnknownCase as error:
            raise fail(str(error)) from None
    typer.echo("The conversation is back with the bot.")


@payment_app.command("record")
def payment_record(
    account: str,
    amount: str,
    provider_id: Annotated[str, typer.Option("--id", help="The payment provider's id; once is once.")],
    on: Annotated[str, typer.Option(help="The day it arrived, YYYY-MM-DD; today where it is not said.")] = "",
    as_json: Json = False,
) -> None:
    """Record a payment that arrived: to the plan, the promise, or what is owed."""
    day = day_of(on) if on else None
    with services() as opened, refusals():
        data = opened.payments.record(account, amount, provider_id, day)
    show(data, as_json, [f"{data['amount']['amount']} {data['amount']['currency']} recorded as {data['id']}."])


@payment_app.command("reverse")
def payment_reverse(provider_id: str, as_json: Json = False) -> None:
    """Take back a payment that bounced; what it paid is owed again."""
    with services() as opened, refusals():
        data = opened.payments.reverse(provider_id)
    show(data, as_json, [f"{data['amount']['amount']} {data['amount']['currency']} taken back ({data['id']})."])


@plan_app.command("pause")
def plan_pause(account: str, days: int, role: RoleOption = "agent", by: By = "operator", as_json: Json = False) -> None:
    """Move what is still due by some days."""
    with services() as opened, refusals():
        data = opened.plans.pause(account, days, role_of(role), by)
    show(data, as_json, plan_lines(data))


@plan_app.command("move")
def plan_move(account: str, day: int, role: RoleOption = "agent", by: By = "operator", as_json: Json = False) -> None:
    """Move a monthly plan to another day of the month."""
    with services() as opened, refusals():
        data = opened.plans.move_day(account, day, role_of(role), by)
    show(data, as_json, plan_lines(data))


@plan_app.command("amount")
def plan_amount(
    account: str, amount: str, role: RoleOption = "agent", by: By = "operator", as_json: Json = False
) -> None:
    """Pay what is still to come in equal parts of another amount."""
    with services() as opened, refusals():
        data = opened.plans.change_amount(account, amount, role_of(role), by)
    show(data, as_json, plan_lines(data))


@plan_app.command("quote")
def plan_quote(account: str, as_json: Json = False) -> None:
    """Say what ends the plan today, with its waiver earned."""
    with services() as opened, refusals():
        quote = opened.plans.settle_early_quote(account).as_json()
    show(quote, as_json, [f"{quote['amount']} {quote['currency']} ends the plan today."])


@plan_app.command("cancel")
def plan_cancel(account: str, role: RoleOption = "agent", by: By = "operator", as_json: Json = False) -> None:
    """End a plan; what was to be waived stays owed."""
    with services() as opened, refusals():
        data = opened.plans.cancel(account, role_of(role), by)
    show(data, as_json, plan_lines(data))


@plan_app.command("approve")
def plan_approve(account: str, by: By, as_json: Json = False) -> None:
    """Approve what waits on an account: an agreed plan, or terms that the borrower named."""
    with services() as opened, refusals():
        if opened.negotiation.awaits(account):
            opened.negotiation.approve(account, by)
            typer.echo("The terms are open to the borrower, whose yes is still needed.")
            return
        data = opened.plans.approve(account, by)
    show(data, as_json, plan_lines(data))


@plan_app.command("refuse")
def plan_refuse(account: str, by: By, as_json: Json = False) -> None:
    """Refuse what waits on an account: an agreed plan, or terms that the borrower named."""
    with services() as opened, refusals():
        if opened.negotiation.awaits(account):
            opened.negotiation.refuse(account, by)
            typer.echo("The borrower is told that these terms are not possible.")
            return
        data = opened.plans.refuse(account, by)
    show(data, as_json, plan_lines(data))


@app.command()
def upkeep() -> None:
    """Look after plans, promises and offers now; a running program does so every ten minutes."""
    with services() as opened:
        done = opened.plans.day()
        opened.affordability.erase_old()
    typer.echo(f"{done.accounts} accounts changed, {done.offers} offers ran out, {done.failed} failed.")
    if done.failed:
        raise typer.Exit(1)


@outbox_app.command("list")
def outbox_list(as_json: Json = False) -> None:
    """Messages queued and sent; with the development sender, passcodes too."""
    with services() as opened:
        data = opened.outbox.all()
    rows = [
        f"{m['id']:>4}  {m['blocked_by'] or m['waits_for'] or m['status']:<15} {m['kind']:<12} {m['body']}"
        for m in data
    ]
    if waiting := [m["waits_until"] for m in data if m["waits_for"]]:
        rows.append(f"{len(waiting)} wait for the rules of contact, the first until {min(waiting)}.")
    if dead := sum(m["status"] == "dead" for m in data):
        rows.append(f"{dead} could not be sent; --json says why.")
    show(data, as_json, rows)


@audit_app.command("verify")
def audit_verify() -> None:
    """Check that the audit chain is whole."""
    with services() as opened, opened.parts.store.transaction() as session:
        try:
            count = audit.verify(session, opened.parts.store.keyring)
        except audit.BrokenChain as error:
            raise fail(f"The chain is broken: {error}") from None
    typer.echo(f"{count} records, the chain is whole.")


@policy_app.command("check")
def policy_check(file: Annotated[Path | None, typer.Argument(help="One file; else the whole folder.")] = None) -> None:
    """Check every file in the policies folder, or the one named; says what is wrong in which line."""
    settings = Settings()
    folder = settings.policies
    found = check_folder(folder, settings.policy) if file is None else [check_file(file, folder)]
    typer.echo("\n".join(policy_words.checked(found)))
    raise typer.Exit(1 if any(checked.problems for checked in found) else 0)


@policy_app.command("explain")
def policy_explain(account: str, as_json: Json = False) -> None:
    """Why an account gets the terms that it gets, or none."""
    with services() as opened:
        try:
            data = opened.policies.explain(account)
        except UnknownAccount as error:
            raise fail(str(error)) from None
    show(data, as_json, policy_words.explained(data))


@policy_app.command("diff")
def policy_diff(file: Path, as_json: Json = False) -> None:
    """What a changed offer policy, or a changed keeping.yml, would do to the portfolio."""
    try:
        policy, keeping = read_change(file)
    except BadPolicy as error:
        raise fail(str(error)) from None
    with services() as opened:
        data = opened.policies.compare(policy, keeping)
    show(data, as_json, policy_words.compared(data))


@privacy_app.command("export")
def privacy_export(account: str, as_json: Json = False) -> None:
    """Everything that is held about the borrower of an account, what for and until when."""
    with services() as opened, refusals():
        data = opened.privacy.export(account)
    show(data, as_json, privacy_words.exported(data))


@privacy_app.command("erase")
def privacy_erase(
    account: str,
    by: By,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be erased.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what may be erased about the borrower of an account, conversations too; says what is kept, and why."""
    with services() as opened, refusals():
        data = opened.privacy.erase(account, by, dry_run)
    show(data, as_json, privacy_words.erased(data))


@feedback_app.command("list")
def feedback_list(as_json: Json = False) -> None:
    """Marks and words, the latest first, and questions that nobody answered."""
    with services() as opened:
        data = opened.feedback.all()
    lines = [f"{r['asked_at'][:10]}  {r['about']:<8} {r['mark'] or '-'}  {r['words'] or ''}".rstrip() for r in data]
    show(data, as_json, lines or ["Nobody was asked yet."])


@keys_app.command("rotate")
def keys_rotate() -> None:
    """Add a new encryption key for whatever is written from now on; what was written stays readable."""
    settings = Settings()
    if settings.keys:
        raise fail("the keys come from ACCORD_KEYS; add a key there")
    with services() as opened:
        fresh = opened.parts.store.keyring.rotated()
    save_keyring(settings.key_file, fresh)
    typer.echo(f"New data is encrypted with key {fresh.current}. Restart the program to use it.")


@app.command()
def simulate(
    borrowers: Annotated[int, typer.Option(min=1, help="How many borrowers play.")] = 1000,
    seed: Annotated[int, typer.Option(help="What they are drawn from.")] = 1,
    messages: Annotated[int, typer.Option(min=0, help="How many of them also write; needs a trained model.")] = 0,
    turns: Annotated[int, typer.Option(min=0, help="Play until so many turns, only counting and checking.")] = 0,
    report: Annotated[bool, typer.Option("--report", help="Write reports/negotiation.html and .json.")] = False,
    as_json: Json = False,
) -> None:
    """Play the negotiation with simulated borrowers, beside other strategies; opens no ledger."""
    from bot.dialogue.model import NoModel, check_model, model_path
    from bot.simulation import command
    from bot.simulation import report as pages
    from bot.simulation.reading import opened
    from bot.simulation.run import count_turns
    from bot.simulation.run import simulate as play
    from bot.supervisor import CannotStart, dialogue_python

    try:
        policy, model = command.policies(Settings())
        if turns:
            counted = count_turns(policy, model, turns, seed)
            row = f"{counted['turns']:,} turns, {counted['offers']:,} offers, {counted['outside']} outside authority"
            show(counted, as_json, [row])
            return
        found = play(policy, model, borrowers, seed)
        if messages:
            python, path = dialogue_python(), model_path()
            check_model(path)
            with opened(python, path) as reader:
                found["written"] = command.with_messages(policy, model, messages, seed, reader)
    except (BadPolicy, CannotStart, NoModel, RuntimeError) as error:
        raise fail(str(error)) from None
    show(found, as_json, command.lines(found))
    if report:
        files = pages.write(found, command.negmas(ROOT / "reports"), ROOT / "reports")
        typer.echo(f"{', '.join(str(file.relative_to(ROOT)) for file in files)} tell the rest.", err=True)


@app.command()
def doctor() -> None:
    """Say what is set, what is missing, and what that costs."""
    from bot.doctor import examine

    settings = Settings()
    configure_logging(settings.log_level)
    findings = examine(settings)
    for finding in findings:
        typer.echo(f"{finding.mark} {finding.subject:<12} {finding.text}")
    raise typer.Exit(1 if any(f.mark == "✗" for f in findings) else 0)


if __name__ == "__main__":
    app()
