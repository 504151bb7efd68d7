"""Which intent a short answer has, given what was just asked. Plain functions, no Rasa."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.nlu.figures import NO_IS_NONE, figures_said, says_nothing, says_only_nothing

# Intents that no message is an example of: buttons stand for them, answers to a question, or plain words alone.
UNSAID = frozenset(["name_hour", "work_out_budget", "give_figure", "leave_budget", "underage"])
IDENTITY_STAGES = ("start", "identifying", "passcode")
IDENTIFIERS = {"account_number", "phone", "email", "passcode"}
TERMS = {"money", "instalments", "frequency", "duration", "percentage", "day_of_month", "date"}
# Whoever says one of these is heard as saying it, whatever else the message holds.
HEARD_FIRST = {
    "abuse",
    "claim_already_paid",
    "complain",
    "dispute_debt",
    "express_distress",
    "legal_representation",
    "report_bankruptcy",
    "report_death",
    "report_fraud",
    "request_human",
    "stop_contact",
    "third_party",
    "wrong_person",
}
# Readings that a bare figure or date is often mistaken for.
WEAK = {
    "affirm",
    "ask_due_date",
    "deny",
    "goodbye",
    "greet",
    "nlu_fallback",
    "out_of_scope",
    "provide_identity",
    "give_feedback",
    "request_callback",
    "select_option",
    "set_contact_preference",
    "update_contact_details",
}
# Readings that may name a count or an amount and mean just what they say.
NEAR_TERMS = {
    "accept_offer",
    "ask_plan_status",
    "claim_already_paid",
    "modify_plan",
    "promise_payment",
    "select_option",
    "cancel_plan",
    "pay_now",
}
# Readings that a message with a figure often has beside the terms that it names ("can't do 300, 180 tops").
BESIDE_TERMS = {"ask_better_offer", "cannot_pay", "deny", "modify_plan", "nlu_fallback", "reject_offer", "request_plan"}
# A yes with a condition is a wish for something else; a half yes is asked again. Neither is a clear yes.
CONDITION = re.compile(
    r"\b(?:but|if|unless|except|however|though|instead|only when|as long as|provided)\b"
    r"|但|不过|不過|可是|如果|要是|除非|只要|前提",
    re.IGNORECASE,
)
HALF_YES = re.compile(
    r"\b(?:guess|suppose|whatever|yeah,? right|think so|maybe|perhaps|might|probably|not sure"
    r"|need to ask|let me think)\b"
    r"|[?？]|应该|應該|大概|考虑|考慮|想想|或者|也许|也許|可能|问问|問問|[吗嗎]$|(?<![行好样樣以意定])吧[。!！~]*$",
    re.IGNORECASE,
)
NO_PASSCODE = re.compile(
    r"\b(?:code|sms|text|otp|resend|arriv\w+|receiv\w+)\b"
    r"|验证码|驗證碼|短信|簡訊|重发|重發|再发|再發|收不到|没收到|沒收到|冇收到",
    re.IGNORECASE,
)
# Whoever says so would rather not answer a question that nobody has to answer.
RATHER_NOT = re.compile(
    r"\bskip\b|\b(?:rather|prefer|choose) not\b|\bnone of your\b"
    r"|\bnot (?:comfortable|telling|saying|answering|sharing)\b"
    r"|(?:\bnot|n['’]?t) (?:want|like|wish|care|going|need|have) to (?:say|tell|answer|share|give|disclose|do|talk)\b"
    r"|\b(?:it'?s|that'?s|too) (?:personal|private)\b"
    r"|\bnever ?mind\b|\bleave (?:it|that|this)\b|\bforget (?:it|that|this)\b"
    r"|\A\W*(?:no|nope|nah|no,? (?:thanks?|thank you)|pass|stop|cancel|next|later|not now)\W*\Z"
    r"|跳过|跳過|略过|略過|不想[说說讲講回告透填答谈談]|唔想|不方便|不愿|不願|不便|不填|不告诉|不告訴|不说|不說|算了|隐私|隱私|私隐"
    r"|保密|以后再|以後再|下次|不用了|\A\W*(?:不|不了|不要|不用|不行|先不|取消|停)[吧啦了]?\W*\Z",
    re.IGNORECASE,
)
# What the bot itself asks to be said by whoever would rather not answer.
SKIPS = re.compile(
    r"(?:please |(?:can|may) (?:i|we) |let'?s )?skip(?: (?:it|this|that|the question|all|please))*"
    r"|(?:i'?d |i would )?(?:rather|prefer) not(?: to)?(?: say| answer)?"
    r"|我?(?:跳过|跳過|不想说|不想說|不说|不說)(?:吧|了|这个|這個)?",
    re.IGNORECASE,
)
WHY = re.compile(
    r"\bwhy\b|\bwhat(?:'s| is| do you).{0,20}\bfor\b|为什么|為什麼|为何|干嘛|幹嘛|凭什么|憑什麼|有什么用|有什麼用",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"[?？]|\b(?:why|what|how|when|who)\b|为什么|為什麼|为何|怎么|怎麼|什么|什麼|多少|[吗嗎呢]", re.IGNORECASE
)
# Terms that are offered for the debt itself, said while income and expenses are asked for.
OFFERING = re.compile(
    r"\b(?:i|we)(?: could| can|'ll| will| want to)(?: \w+){0,3} (?:pay (?:you|off|back|it|this|that|\W?\d+)"
    r"|afford|manage|offer)\b|\bpay you\b"
    r"|(?:我|我们)?(?:想|可以|能|打算)(?:先|每.{1,3}|分.{1,3})?(?:还|還)",
    re.IGNORECASE,
)
# Readings of a bare "why?" while a figure is asked for.
ASKING_BACK = {"ask_help", "ask_repeat"}
# Whoever said that they are not the borrower may be after all.
IT_IS_ME = re.compile(
    r"\b(?:it.?s|it is|this is|that.?s|that is|i am|i.?m) (?:actually |really |indeed )?"
    r"(?:me|h(?:im|er)|the (?:right person|borrower|customer|account holder|one))\b"
    r"|(?:就)?是我本人|我就是|就是我|是本人|我是本人|[係系]我本人",
    re.IGNORECASE,
)
NOT = re.compile(r"\bnot\b|n['’]t\b|不是|唔係|没|沒", re.IGNORECASE)
DIGITS = re.compile(r"\d[\d\s\-./年月日号]{3,}")
# A day with its year, as a birth date is written.
YEAR = re.compile(r"(?:19|20)\d\d|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d\d|\d\d\s?年|\b\d\d\b.*\b\d\d\b|['’]\d\d")
NOT_WORDS = re.compile(r"[\W_]+")


def read_answer(
    text: str,
    stage: str,
    asked: str,
    entities: Sequence[Mapping[str, Any]],
    ranking: Sequence[Mapping[str, Any]],
) -> str | None:
    """The intent that a message has as an answer to what was asked; None where it is no such answer.

    ``entities`` and ``ranking`` are as Rasa has them; ``ranking[0]`` is the model's own reading.
    """
    ranked = [row for row in ranking if row["name"] != "nlu_fallback"]
    top = ranked[0]["name"] if ranked else "nlu_fallback"
    confidence = ranked[0]["confidence"] if ranked else 0.0
    sure = confidence >= 0.5
    if stage == "passcode" and NO_PASSCODE.search(text) and not any(char.isdigit() for char in text):
        return "deny"
    if top in HEARD_FIRST and sure:
        return None
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    if stage in IDENTITY_STAGES:
        return _identity_answer(text, stage, entities, kinds, top, sure)
    if stage == "budget":
        return _budget_answer(text, asked, entities, top if sure else "")
    terms = [e for e in entities if e["entity"] in TERMS or e["entity"] == "option"]
    bare = _share_of_entities(text, terms) >= 0.6
    if stage == "confirming" and top in ("affirm", "accept_offer"):
        if CONDITION.search(text):
            return "propose_plan" if kinds & TERMS else "modify_plan"
        if HALF_YES.search(text):
            return "ask_repeat"
    if stage == "planned":
        if asked == "hour" and "time_of_day" in kinds:
            return "name_hour"
        if asked == "change" and kinds & TERMS:
            return "modify_plan"
    if stage == "negotiating":
        if asked in ("amount", "date") and kinds & {"money", "percentage", "date", "day_of_month"}:
            return None if top in ("propose_plan", "promise_payment", "pay_now") else "promise_payment"
        if "option" in kinds and (bare or (top in WEAK | {"accept_offer"} and not kinds & TERMS)):
            return "select_option"
    if "money" in kinds and top in BESIDE_TERMS and _chance(ranking, "propose_plan") >= 0.15:
        return "propose_plan"
    if confidence < 0.5 and top not in NEAR_TERMS and ("instalments" in kinds or {"money", "frequency"} <= kinds):
        return "propose_plan"
    if stage in ("negotiating", "confirming") and "money" in kinds and confidence < 0.4 and top not in NEAR_TERMS:
        return "propose_plan"
    if confidence < 0.3 and "hardship_reason" in kinds:
        return "report_hardship"
    if stage in ("negotiating", "confirming") and kinds & TERMS and (bare or top in ("affirm", "deny")):
        return "propose_plan" if top in WEAK else None
    return None


def _identity_answer(
    text: str, stage: str, entities: Sequence[Mapping[str, Any]], kinds: set[str], top: str, sure: bool
) -> str | None:
    if top == "provide_identity" and sure:
        return None
    asked_for = stage in ("identifying", "passcode")
    born = any(e["entity"] == "date" and YEAR.search(text[e.get("start", 0) : e.get("end")]) for e in entities)
    identifying = bool(kinds & IDENTIFIERS) or (born and asked_for)
    if sure and not identifying and kinds & {"money", "frequency", "instalments"}:
        return None
    if not identifying and not (asked_for and DIGITS.search(text)):
        return None
    if _share_of_entities(text, entities) >= 0.5 or len(_letters(DIGITS.sub("", text))) <= 12:
        return "provide_identity"
    return "provide_identity" if identifying and asked_for and not (kinds & {"money", "frequency"}) else None


def plain_answer(text: str, stage: str, asked: str, entities: Sequence[Mapping[str, Any]]) -> str | None:
    """The intent of a message that is nothing but an answer to what was asked; None for any other.

    So plain an answer is not taken for a hard case on the word of the model alone, which does not know the question.
    """
    said = text.strip(" .!。！~～")
    if asked == "denied" and IT_IS_ME.search(said) and not NOT.search(said):
        return "provide_identity"
    if asked == "hour" and SKIPS.fullmatch(said):
        return "name_hour"
    if stage != "budget":
        return None
    if SKIPS.fullmatch(said):
        return "deny"
    figures = figures_said(text, asked, entities)
    if not any(figure["value"] is not None for figure in figures):
        return None
    if says_nothing(text, asked) and not any(figure["value"] for figure in figures):
        return "give_figure" if says_only_nothing(text, asked) else None
    bare = _share_of_entities(text, figures) >= 0.6
    return "give_figure" if bare and not QUESTION.search(text) else None


def _budget_answer(text: str, asked: str, entities: Sequence[Mapping[str, Any]], top: str) -> str | None:
    """A figure, or the wish not to name one. ``top``: the model's reading where it is sure."""
    figures = figures_said(text, asked, entities)
    unnamed = all(figure["value"] is None for figure in figures)
    if unnamed and WHY.search(text) and not (top.startswith(("ask_", "question_")) and top not in ASKING_BACK):
        return "ask_data_use"
    named = any(figure["value"] not in (0, None) for figure in figures)
    if not named and RATHER_NOT.search(text) and not (asked == NO_IS_NONE and figures):
        return "deny"
    if top.startswith("ask_") and top != "ask_better_offer" and QUESTION.search(text):
        return None
    if figures and top in ("propose_plan", "promise_payment", "pay_now") and OFFERING.search(text):
        return None
    return "give_figure" if figures else None


def _chance(ranking: Sequence[Mapping[str, Any]], intent: str) -> float:
    """How likely the model holds an intent to be."""
    return next((row["confidence"] for row in ranking if row["name"] == intent), 0.0)


def _share_of_entities(text: str, entities: Sequence[Mapping[str, Any]]) -> float:
    """How much of a message's letters and digits belong to entities, 0 to 1."""
    covered = set()
    for entity in entities:
        if "start" in entity:
            covered |= set(range(entity["start"], entity["end"]))
    counted = [i for i, char in enumerate(text) if char.isalnum()]
    return sum(i in covered for i in counted) / len(counted) if counted else 0.0


def _letters(text: str) -> str:
    return NOT_WORDS.sub("", text)
