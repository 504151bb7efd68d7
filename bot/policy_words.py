"""What `accord policy …` says to people, in plain sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from bot.services.policies import Checked

WISHES = {
    "plan": "who wants to pay in instalments",
    "waiver": "who wants to pay less",
    "deferral": "who wants to pay later",
    "relief": "who has nothing to pay with now",
    "pay_now": "who wants to pay at once",
}
TOTALS = {
    "change_segment": "fall into another segment",
    "change_authority": "come under another authority of the bot",
    "change_first_offers": "get other first offers",
    "gain_an_offer": "get an offer where there was none",
    "lose_every_offer": "get no offer any more",
    "longest_term_up": "can get a longer plan in the last round",
    "longest_term_down": "can only get a shorter plan in the last round",
}


def checked(found: Sequence[Checked]) -> list[str]:
    """What was found in each file: every problem, every warning, or that it is sound."""
    lines: list[str] = []
    for file in found:
        lines += [f"✗ {problem}" for problem in file.problems]
        lines += [f"! {warning}" for warning in file.warnings]
        if file.problems:
            continue
        about = f"{file.file}: version {file.version}"
        if file.segments:
            about = f"{file.file}: offer policy {file.name}, version {file.version}, "
            about += f"{_count(len(file.segments), 'segment')}: {', '.join(file.segments)}"
        lines.append(f"✓ {about}")
    return lines


# -- why terms are as they are


def explained(data: dict[str, Any]) -> list[str]:
    """Why an account gets the terms that it gets."""
    balance = data["balance"]
    lines = [
        f"Account {data['account_number']} on {data['today']}: owes {_money(balance['total'])} "
        f"(principal {balance['principal']['amount']}, interest {balance['interest']['amount']}, "
        f"fees {balance['fees']['amount']}), {_late(data['days_past_due'])}.",
        f"Policy {data['policy']['name']}, version {data['policy']['version']}.",
        *_segment_lines(data),
    ]
    if data["segment"]:
        lines.append("Who may agree to what:")
        lines += [f"  {line}" for line in _authority_lines(data["authority"], balance["total"]["currency"])]
    if data["round"]:
        lines += list(_standing_lines(data))
    if data["nothing_offered"]:
        lines.append(_nothing(data))
    for wish, offers in data["options"].items():
        if offers:
            lines.append(f"To somebody {WISHES[wish]}:")
            lines += [f"  {number}. {_offer(terms)}" for number, terms in enumerate(offers, 1)]
    if data["curve"] is not None:
        lines.append(
            f"The borrower's own terms are answered with the nearest that are worth as much as these: "
            f"{_percent(data['curve'])} of what is owed is expected to come in."
        )
    return lines


def _segment_lines(data: dict[str, Any]) -> Iterator[str]:
    for tried in data["segments"]:
        told = [
            f"{c['key']} {c['found'] or 'none'} is {'' if c['fits'] else 'not '}in {c['allowed']}"
            for c in tried["conditions"]
        ]
        why = "; ".join(told) or "it takes every account"
        yield f"Segment {tried['name']} {'applies' if tried['fits'] else 'does not apply'}: {why}."
    if not data["segments"] or not data["segments"][-1]["fits"]:
        yield "No segment of the policy is for this account."


def _authority_lines(authority: dict[str, dict[str, str]], currency: str) -> Iterator[str]:
    """Each key once, with what each role may do; of amounts only those in the account's currency."""
    for key in dict.fromkeys(key for may in authority.values() for key in may):
        name = key.rsplit(".", 1)[-1]
        if name.isupper() and name != currency:
            continue
        said = {role: may.get(key, "nothing") for role, may in authority.items()}
        if len(set(said.values())) == 1:
            value = next(iter(said.values()))
            if value not in ("nothing", "0"):
                yield f"{key}: {value}"
        else:
            yield f"{key}: {', '.join(f'{role} {value}' for role, value in said.items())}"


def _standing_lines(data: dict[str, Any]) -> Iterator[str]:
    stands, left, record = data["round"], data["left_each_month"], data["record"]
    last = ", the last" if stands["last"] else ""
    conceded, kept = _percent(stands["share_conceded"]), _percent(stands["kept_for_the_last"])
    yield (
        f"Round {stands['number']} of {stands['of']}{last}: {conceded} of the bot's authority is conceded, "
        f"{kept} is kept for the last round."
    )
    if left["known"]:
        most = ", ".join(f"{_money(amount)} {frequency}" for frequency, amount in left["limit"].items())
        yield f"What is left each month was declared: no payment of a plan is above {most}."
    else:
        yield "What is left each month is not known."
    if record["kept"] or record["broken"]:
        yield f"Earlier agreements: {record['kept']} kept, {record['broken']} broken."


def _nothing(data: dict[str, Any]) -> str:
    """To whom nothing is offered, and why."""
    nothing = data["nothing_offered"]
    whom = " or ".join(WISHES[wish] for wish in nothing.get("wishes", ()))
    words = {
        "held": f"the account is on hold ({data['hold']}), and under that nothing is negotiated",
        "settled": "nothing is owed",
        "plan_runs": f"plan {nothing.get('plan')} runs; it can be changed in the chat",
        "waits_for_approval": f"plan {nothing.get('plan')} was agreed and waits for a person's approval",
        "no_authority": "no segment of the policy is for this account",
        "unaffordable": "no terms within the bot's authority fit what is left each month",
    }
    return f"Nothing is offered{f' to somebody {whom}' if whom else ''}: {words[nothing['why']]}."


def _offer(terms: dict[str, Any]) -> str:
    if terms["kind"] == "plan":
        what = f"{_count(terms['instalments'], 'payment')} {terms['frequency']}"
        what += f", at most {_money(terms['largest_payment'])}"
        what += f", after {_money(terms['down_payment'])} at the beginning" if terms["down_payment"] else ""
        what += f", {terms['first_on']} to {terms['ends_on']}"
    else:
        what = f"{'everything' if terms['kind'] == 'settlement' else 'one payment'} on {terms['ends_on']}"
    parts = [what, f"{_money(terms['to_pay'])} in all"]
    parts += [f"{_money(terms['saved'])} waived"] if _some(terms["saved"]) else []
    parts += [f"{_money(terms['interest_to_come'])} interest to come"] if _some(terms["interest_to_come"]) else []
    parts += [f"{_money(terms['remaining'])} stays owed"] if _some(terms["remaining"]) else []
    parts += [
        f"kept with a chance of {_percent(terms['chance_kept'])}",
        f"{_percent(terms['expected_share'])} expected",
    ]
    approval = f"; a person must approve it by {', '.join(terms['needs_approval'])}" if terms["needs_approval"] else ""
    return f"{'; '.join(parts)} [{terms['rule']}]{approval}"


# -- what a change does


def compared(data: dict[str, Any]) -> list[str]:
    """What a changed policy does to the portfolio."""
    accounts, share = data["accounts"], data["expected_share"]
    lines = [
        f"In force: {data['before']['name']}, version {data['before']['version']}. "
        f"Compared: {data['after']['name']}, version {data['after']['version']}.",
        "What the file changes:",
        *([f"  {c['key']}: {c['before']} → {c['after']}" for c in data["keys"]] or ["  nothing"]),
        f"{_count(accounts['compared'], 'account')} compared; {accounts['settled']} settled and "
        f"{accounts['in_plan']} in a plan are not.",
        *(f"  {accounts[name]} {words}" for name, words in TOTALS.items()),
        *(
            f"    {_count(move['accounts'], 'account')}: {move['before'] or 'none'} → {move['after'] or 'none'}"
            for move in data["segments"]
        ),
        "Waived at most by the bot, if every account settled in the last round:",
        *(f"  {_money(sums['before'])} → {_money(sums['after'])}" for sums in data["waiver_at_most"]),
    ]
    if share["accounts"]:
        lines.append(
            f"Expected to come in under the first offers, on average of {_count(share['accounts'], 'account')}: "
            f"{_percent(share['before'], 2)} → {_percent(share['after'], 2)} of what is owed."
        )
    if data["largest"]:
        lines.append("The largest changes:")
        lines += [f"  {line}" for row in data["largest"] for line in _account_lines(row)]
    return lines


def _account_lines(row: dict[str, Any]) -> Iterator[str]:
    before, after = row["before"], row["after"]
    yield f"{row['account_number']}, owes {_money(row['owed'])}, {_late(row['days_past_due'])}:"
    pairs = {
        "segment": [side["segment"] or "none" for side in (before, after)],
        "first plan": [_plan(side["plan"]) for side in (before, after)],
        "first waiver": [_money(side["settlement_waiver"]) for side in (before, after)],
        "longest plan": [_count(side["last_round"]["days"], "day") for side in (before, after)],
        "waiver at most": [_money(side["last_round"]["settlement_waiver"]) for side in (before, after)],
    }
    for name, (old, new) in pairs.items():
        if old != new:
            yield f"  {name}: {old} → {new}"


def _plan(plan: dict[str, Any] | None) -> str:
    if plan is None:
        return "none"
    return f"{plan['instalments']} {plan['frequency']} of at most {_money(plan['largest_payment'])}"


# -- words


def _money(amount: dict[str, str]) -> str:
    return f"{amount['amount']} {amount['currency']}"


def _some(amount: dict[str, str]) -> bool:
    return any(digit in "123456789" for digit in amount["amount"])


def _percent(share: float, places: int = 0) -> str:
    return f"{share * 100:.{places}f} %"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _late(days: int) -> str:
    return f"{_count(days, 'day')} past due" if days > 0 else f"due in {_count(-days, 'day')}" if days else "due today"
