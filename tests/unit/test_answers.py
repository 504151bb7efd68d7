"""Short answers are read by what was asked; whoever says something grave is heard as saying it."""

from __future__ import annotations

import pytest

from bot.nlu.answers import (
    HEARD_FIRST,
    QUESTION,
    agrees_plainly,
    amounts_named,
    asked_along,
    leading_purpose,
    learnt,
    plain_answer,
    read_answer,
    refuses_plainly,
    settled_by_terms,
    told_as_reason,
)
from bot.nlu.extraction import extract
from bot.nlu.moves import folded, is_noise, wants_later
from tests.unit.fakes import MONDAY


def ranked(name: str, confidence: float = 0.8) -> list[dict[str, object]]:
    return [{"name": name, "confidence": confidence}, {"name": "greet", "confidence": 0.05}]


def found(kind: str, part: str, text: str, value: object = 1) -> dict[str, object]:
    start = text.index(part)
    return {"entity": kind, "value": value, "start": start, "end": start + len(part)}


@pytest.mark.parametrize("stage", ["identifying", "passcode"])
@pytest.mark.parametrize("text", ["70013344", "7001-3344", "1987-03-07", "482 913", "1987年3月7日", "13800000719"])
def test_digits_are_identification_where_it_was_asked_for(text, stage):
    intent = read_answer(text, stage, "identity", [], ranked("ask_due_date", 0.4))

    assert intent == "provide_identity"


def test_a_birth_date_in_words_is_identification():
    text = "7 March 1987"

    intent = read_answer(
        text, "identifying", "identity", [found("date", text, text, "1987-03-07")], ranked("ask_due_date")
    )

    assert intent == "provide_identity"


def test_an_account_number_is_identification_even_unasked():
    text = "AC-40118"

    intent = read_answer(text, "start", "", [found("account_number", text, text, "AC40118")], ranked("out_of_scope"))

    assert intent == "provide_identity"


def test_what_the_model_reads_as_identification_stays_as_it_is():
    assert read_answer("70013344", "identifying", "identity", [], ranked("provide_identity")) is None


def test_a_date_alone_at_the_start_is_no_identification():
    text = "next friday"

    assert read_answer(text, "start", "", [found("date", text, text)], ranked("ask_due_date")) is None


@pytest.mark.parametrize(
    "stage", ["start", "identifying", "passcode", "negotiating", "confirming", "budget", "verified"]
)
@pytest.mark.parametrize("intent", sorted(HEARD_FIRST))
def test_what_is_grave_is_heard_first_whatever_was_asked(stage, intent):
    text = "70013344 or 300"
    entities = [found("account_number", "70013344", text), found("money", "300", text)]

    assert read_answer(text, stage, "amount", entities, ranked(intent)) in (None, intent)


@pytest.mark.parametrize(
    ("asked", "kind", "text"),
    [
        ("amount", "money", "400"),
        ("amount", "percentage", "half of it"),
        ("date", "date", "friday"),
        ("date", "day_of_month", "the 5th"),
    ],
)
def test_an_amount_or_a_day_answers_the_question_for_it(asked, kind, text):
    intent = read_answer(text, "negotiating", asked, [found(kind, text, text)], ranked("select_option", 0.6))

    assert intent == "promise_payment"


@pytest.mark.parametrize("top", ["propose_plan", "promise_payment", "pay_now"])
def test_a_full_proposal_stays_one_where_an_amount_was_asked(top):
    text = "400 a month"

    assert read_answer(text, "negotiating", "amount", [found("money", "400", text)], ranked(top)) == top


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("a single payment of 140, when I don't know", "promise_payment"),
        ("我可以交一笔140", "promise_payment"),
        ("one payment of 140 and the rest bit by bit", None),
        ("先交一笔140，剩下的慢慢来", None),
    ],
)
def test_one_payment_with_no_day_and_nothing_after_it_is_a_single_one(text, intent):
    read = read_answer(text, "verified", "", [found("money", "140", text, "140")], ranked("propose_plan"))

    assert read == intent


@pytest.mark.parametrize("text", ["2", "the second", "方案二"])
def test_a_bare_number_picks_an_option_while_options_are_open(text):
    intent = read_answer(text, "negotiating", "choose", [found("option", text, text, 2)], ranked("affirm", 0.5))

    assert intent == "select_option"


def test_an_option_named_in_passing_is_not_picked():
    text = "with the second one I would still owe the fees, why is that"

    intent = read_answer(
        text, "negotiating", "choose", [found("option", "second", text, 2)], ranked("ask_balance_breakdown")
    )

    assert intent is None


@pytest.mark.parametrize("stage", ["negotiating", "confirming"])
def test_a_bare_figure_is_a_proposal_while_terms_are_open(stage):
    intent = read_answer("150", stage, "choose", [found("money", "150", "150", 150)], ranked("out_of_scope"))

    assert intent == "propose_plan"


def test_a_yes_with_a_figure_is_never_a_bare_yes():
    text = "yes but 150"

    intent = read_answer(text, "confirming", "confirm", [found("money", "150", text, 150)], ranked("affirm"))

    assert intent == "propose_plan"


@pytest.mark.parametrize("stage", ["verified", "planned"])
def test_nothing_is_read_into_a_message_where_nothing_was_asked(stage):
    assert read_answer("150", stage, "", [found("money", "150", "150")], ranked("out_of_scope")) is None


@pytest.mark.parametrize("text", ["", "ok", "嗯"])
def test_a_message_without_entities_is_left_to_the_model(text):
    assert read_answer(text, "negotiating", "choose", [], ranked("affirm")) is None


def test_an_entity_without_a_value_counts_for_nothing():
    text = "a few hundred"

    assert read_answer(text, "negotiating", "amount", [found("money", text, text, None)], ranked("cannot_pay")) is None


def test_a_model_without_a_reading_does_no_harm():
    assert read_answer("70013344", "identifying", "identity", [], []) == "provide_identity"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes, but less per month", "modify_plan"),
        ("ok if you take the fee off", "modify_plan"),
        ("好的，不过能晚点开始", "modify_plan"),
        ("mmm I guess so", "ask_repeat"),
        ("yeah right", "ask_repeat"),
        ("yes?", "ask_repeat"),
        ("应该可以吧", "ask_repeat"),
        ("可以吗", "ask_repeat"),
        ("yes, I agree", None),
        ("行吧", None),
        ("好吧，就这样", None),
        ("同意", None),
    ],
)
def test_only_a_clear_yes_is_a_yes_to_what_was_read_back(text, intent):
    assert read_answer(text, "confirming", "confirm", [], ranked("affirm", 0.9)) == intent


@pytest.mark.parametrize(
    "text",
    ["I never got a code", "没收到验证码", "please resend the sms", "it never arrived", "手机上什么都没有"],
)
def test_a_passcode_that_did_not_arrive_is_no_dispute(text):
    assert plain_answer(text, "passcode", "passcode", []) == "deny"


@pytest.mark.parametrize("text", ["not the right one, I meant AC-40118", "写错了，应该是AC-40118"])
def test_a_number_that_is_put_right_is_identification_and_nobody_else(text):
    entities = [found("account_number", "AC-40118", text, "AC40118")]

    assert plain_answer(text, "passcode", "passcode", entities) == "provide_identity"


@pytest.mark.parametrize("text", ["let me think about it, talk tomorrow", "我回去再想想，明天找你", "等我十分钟"])
def test_whoever_needs_time_and_says_goodbye_asks_for_no_call(text):
    assert plain_answer(text, "confirming", "confirm", []) == "hold_on"


@pytest.mark.parametrize("text", ["what did I agree to pay last time", "上次我答应还多少来着"])
def test_what_was_agreed_may_be_the_first_question(text):
    assert plain_answer(text, "start", "", []) == "ask_plan_status"


@pytest.mark.parametrize("text", ["sure, when does it begin?", "好的，什么时候开始？"])
def test_a_yes_with_a_question_that_is_not_understood_is_read_back_again(text):
    assert read_answer(text, "confirming", "confirm", [], ranked("request_plan", 0.28)) == "ask_repeat"


def money(text: str) -> list[dict[str, object]]:
    return [entity.as_dict() for entity in extract(text, MONDAY)]


@pytest.mark.parametrize(
    ("asked", "text", "top"),
    [
        ("income", "2000", "provide_identity"),
        ("income", "about 2000 a month", "propose_plan"),
        ("income", "I only get 900 from benefits", "report_hardship"),
        ("income", "a few hundred", "request_waiver"),
        ("income", "我每个月五千", "propose_plan"),
        ("income", "no income", "report_hardship"),
        ("income", "没有", "deny"),
        ("income", "none", "deny"),
        ("housing", "900 rent", "out_of_scope"),
        ("housing", "no, 2100 not 1200", "propose_plan"),
        ("housing", "不用交房租", "deny"),
        ("housing", "I'd rather not say exactly, about 900", "deny"),
        ("living", "I don't know", "ask_repeat"),
        ("debts", "no", "deny"),
        ("debts", "没有了", "deny"),
        ("debts", "none", "deny"),
    ],
)
def test_a_figure_or_a_word_for_nothing_answers_a_question_of_the_budget(asked, text, top):
    assert read_answer(text, "budget", f"budget_{asked}", money(text), ranked(top)) == "give_figure"


@pytest.mark.parametrize("stage", ["verified", "negotiating", "confirming", "planned"])
def test_nothing_is_a_figure_where_no_budget_is_asked_for(stage):
    assert read_answer("none", stage, "", [], ranked("deny")) is None


@pytest.mark.parametrize(
    "text",
    [
        *("skip", "can I skip this?", "I'd rather not say", "I don't want to tell you", "that's private", "no"),
        *("no thanks", "none of your business", "跳过", "跳過吧", "不想说", "不方便说", "算了", "不用了", "不"),
    ],
)
@pytest.mark.parametrize("top", ["deny", "goodbye", "request_deferral", "ask_repeat"])
def test_whoever_would_rather_not_say_is_heard_as_saying_no(text, top):
    assert read_answer(text, "budget", "budget_income", money(text), ranked(top)) == "deny"


@pytest.mark.parametrize(
    "text", ["why do you ask this", "I don't know why you ask", "为什么要问这个", "why?", "what is this for?"]
)
def test_why_a_budget_is_asked_for_is_a_question_about_data(text):
    assert read_answer(text, "budget", "budget_income", [], ranked("thank")) == "ask_data_use"


@pytest.mark.parametrize(
    ("text", "top"),
    [
        ("how much do I owe, is it 500?", "ask_balance"),
        ("why was 40 of interest added?", "ask_balance_breakdown"),
        ("are you a robot?", "bot_challenge"),
        ("say that again", "ask_repeat"),
        ("yes", "affirm"),
        ("I lost my job", "report_hardship"),
        ("I can pay you 100 a month", "propose_plan"),
        ("每月能还你们两百", "propose_plan"),
    ],
)
def test_what_answers_no_question_of_the_budget_passes_as_it_is(text, top):
    assert read_answer(text, "budget", "budget_income", money(text), ranked(top)) is None


@pytest.mark.parametrize(
    ("asked", "text", "intent"),
    [
        ("income", "跳过", "deny"),
        ("income", "skip this, please", "deny"),
        ("income", "I'd rather not say", "deny"),
        ("housing", "不，是2100不是1200", "give_figure"),
        ("debts", "没有其他贷款", "give_figure"),
        ("income", "2000", "give_figure"),
        ("income", "2000, I want it all to end", None),
        ("income", "没有活下去的意思", None),
        ("housing", "住父母家，没有", "give_figure"),
        ("housing", "住在这里没意思，没有希望", None),
        ("income", "what, 2000?", None),
    ],
)
def test_only_what_is_nothing_but_an_answer_is_taken_for_no_hard_case(asked, text, intent):
    assert plain_answer(text, "budget", f"budget_{asked}", money(text)) == intent
    assert plain_answer(text, "negotiating", "amount", money(text)) in (None, "set_aside", "promise_payment")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "wait",
            "hold on a sec",
            "let me ask my wife",
            "I need to think about it",
            "not just yet",
            "i'll let you know",
        ),
        *("稍等", "等一下", "我跟家里商量一下", "再想想", "我先问问我老婆", "等我算算", "考慮一下"),
    ],
)
@pytest.mark.parametrize("stage", ["identifying", "verified", "negotiating", "confirming", "planned", "offered_person"])
def test_whoever_needs_a_moment_is_heard_as_needing_one(text, stage):
    assert plain_answer(text, stage, "", []) == "hold_on"


@pytest.mark.parametrize(
    "text",
    [
        *("cancel", "forget it", "never mind", "lets leave it", "I don't want to do this now", "stop here"),
        *("算了", "先不弄了", "不谈了", "取消吧", "改天再说", "唔搞啦", "先這樣吧 不談了"),
    ],
)
@pytest.mark.parametrize(
    ("stage", "intent"), [("negotiating", "set_aside"), ("confirming", "set_aside"), ("budget", "deny")]
)
def test_whoever_would_rather_leave_it_is_heard_as_leaving_it(text, stage, intent):
    assert plain_answer(text, stage, "", []) == intent


@pytest.mark.parametrize(
    "text",
    [
        *("stop", "i won't pay", "不还了", "let me speak to a manager", "let me ask my lawyer", "I can't go on"),
        *(
            "cancel my direct debit",
            "I don't want to live",
            "我不想活了",
            "跟律师商量一下",
            "wait, I already paid this",
        ),
    ],
)
@pytest.mark.parametrize("stage", ["verified", "negotiating", "confirming", "planned", "budget"])
def test_what_only_sounds_like_waiting_or_leaving_is_left_to_the_model(text, stage):
    assert plain_answer(text, stage, "", []) is None


def test_cancelling_an_agreement_is_more_than_leaving_the_talk():
    assert plain_answer("cancel it", "planned", "", []) is None
    assert plain_answer("never mind", "planned", "", []) == "set_aside"
    assert plain_answer("cancel", "planned", "change", []) == "set_aside"


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no, 150 not 115",
            "I meant 200 not 300",
            "sorry I meant the 5th",
            "hang on thats wrong, it should be the 20th",
        ),
        *("上个月说的是三百不是四百", "不对，是每月15号", "我打错了，是150", "不是三百，是两百", "金額錯了，是兩百"),
    ],
)
@pytest.mark.parametrize(
    ("stage", "asked", "intent"),
    [
        ("confirming", "confirm", "propose_plan"),
        ("negotiating", "choose", "propose_plan"),
        ("negotiating", "amount", "promise_payment"),
        ("planned", "", "modify_plan"),
    ],
)
def test_a_slip_is_put_right_and_disputes_nothing(text, stage, asked, intent):
    assert plain_answer(text, stage, asked, money(text)) == intent


@pytest.mark.parametrize(
    "text",
    [
        "I owe 150 not 115",
        "the balance is wrong, it should be 150",
        "我只欠三百不是四百",
        "I paid 150 not 115",
        "not 115, I was never asked about any of this and my brother in law knows",
    ],
)
def test_what_is_said_of_the_debt_itself_is_no_slip(text):
    assert plain_answer(text, "confirming", "confirm", money(text)) is None


@pytest.mark.parametrize(
    "text", ["actually no", "I changed my mind", "我反悔了", "can I still change that", "我想改一下"]
)
def test_second_thoughts_change_an_agreement_and_decline_a_read_back(text):
    assert plain_answer(text, "planned", "", []) == "modify_plan"
    assert plain_answer(text, "confirming", "confirm", []) == "deny"


@pytest.mark.parametrize("text", ["90", "$50", "about 100", "200块", "八百"])
def test_an_amount_alone_is_asked_about_where_nothing_is_open(text):
    assert plain_answer(text, "verified", "", money(text)) == "name_amount"
    assert plain_answer(text, "negotiating", "choose", money(text)) == "propose_plan"
    assert plain_answer(text, "negotiating", "date", money(text)) is None


@pytest.mark.parametrize("text", ["唉，就按每个月交得最低的那个来吧", "要总共最便宜的那个方案", "选每期最轻松的"])
def test_an_option_is_picked_by_what_it_is_most_of(text):
    assert plain_answer(text, "negotiating", "choose", money(text)) == "select_option"
    assert plain_answer(text, "verified", "", money(text)) is None


@pytest.mark.parametrize("text", ["monthly please", "每个月的", "按周吧", "every two weeks"])
def test_how_often_alone_is_a_term(text):
    assert plain_answer(text, "negotiating", "choose", money(text)) == "propose_plan"
    assert plain_answer(f"{text} is what I get paid", "negotiating", "choose", money(text)) is None


@pytest.mark.parametrize(
    "text", ["不想往后拖了，每月分着还吧", "别缓了，我按月还", "forget the delay, I'd rather pay some every month"]
)
def test_whoever_calls_the_delay_off_asks_for_no_time(text):
    assert not wants_later(folded(text))


@pytest.mark.parametrize("text", ["能不能往后拖几天", "再缓一缓吧", "can we push it back a week"])
def test_whoever_asks_for_time_is_heard(text):
    assert wants_later(folded(text))


@pytest.mark.parametrize(
    ("text", "intent"),
    [("yes, thank you", "affirm"), ("brilliant yes", "affirm"), ("是的，谢谢", "affirm"), ("thanks", None)],
)
def test_thanks_that_begin_with_a_yes_agree(text, intent):
    assert read_answer(text, "confirming", "confirm", [], ranked("thank")) == intent


def test_terms_are_no_acceptance_where_nothing_is_on_the_table():
    text = "right, call it 135 a month"
    named = [found("money", "135", text, 135), found("frequency", "a month", text, "monthly")]

    intent = read_answer(text, "verified", "", named, ranked("accept_offer", 0.9))

    assert intent == "propose_plan"


@pytest.mark.parametrize("text", ["no wait, 2200 not 2000", "不对，是2200，不是2000"])
def test_a_figure_that_is_put_right_is_a_figure(text):
    intent = plain_answer(text, "budget", "budget_housing", money(text))

    assert intent == "give_figure"


@pytest.mark.parametrize(
    "text", ["that's my business not yours", "收入这个我不太想透露", "这个表我不填了", "cancel this form"]
)
def test_a_plain_wish_not_to_answer_is_heard_as_that(text):
    assert plain_answer(text, "budget", "budget_income", []) == "deny"


def test_a_hard_case_beside_a_wish_not_to_answer_is_left_to_the_reader():
    assert plain_answer("I won't say, this debt isn't mine and never was", "budget", "budget_income", []) is None


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("monthly", "propose_plan"),
        ("每周", "propose_plan"),
        ("just once", "promise_payment"),
        ("就一次", "promise_payment"),
    ],
)
def test_how_often_an_amount_is_meant_is_heard(text, intent):
    assert plain_answer(text, "negotiating", "rhythm", money(text)) == intent


@pytest.mark.parametrize("text", ["what did we agree?", "what is my plan", "我们之前怎么说的", "我們說好的是什麼"])
@pytest.mark.parametrize("stage", ["verified", "negotiating", "confirming", "planned"])
def test_what_was_agreed_is_a_question_for_the_ledger(text, stage):
    assert plain_answer(text, stage, "", []) == "ask_plan_status"


@pytest.mark.parametrize("text", ["yes and how do I pay", "好的，怎么付款", "yes, 150 a month"])
def test_a_yes_with_a_question_or_with_terms_agrees_to_nothing(text):
    assert read_answer(text, "confirming", "confirm", money(text), ranked("affirm", 0.9)) in (
        "ask_repeat",
        "propose_plan",
    )


@pytest.mark.parametrize(
    ("intent", "purposes", "leads"),
    [
        ("ask_balance", ["ask_balance", "propose_plan"], "propose_plan"),
        ("ask_consequences", ["ask_consequences", "report_hardship"], "report_hardship"),
        ("ask_balance", ["ask_balance", "ask_due_date"], "ask_balance"),
        ("dispute_debt", ["dispute_debt", "request_plan"], "dispute_debt"),
        ("request_human", ["request_human", "request_plan"], "request_human"),
    ],
)
def test_what_is_asked_for_leads_before_what_is_asked_about(intent, purposes, leads):
    assert leading_purpose(intent, purposes) == leads


@pytest.mark.parametrize(
    "text", ["who is this?", "erm who's this??", "sorry, who are you exactly", "你是谁啊？", "请问您哪位", "你哋係邊個"]
)
@pytest.mark.parametrize("stage", ["start", "identifying", "verified"])
def test_whoever_asks_who_writes_is_not_taken_for_somebody_else(text, stage):
    assert plain_answer(text, stage, "", []) == "question_legitimacy"


@pytest.mark.parametrize(
    "text", ["who is this Robin you want", "你是谁，我不认识这个人", "who is this, you have the wrong number"]
)
def test_who_else_is_meant_is_left_to_the_model(text):
    assert plain_answer(text, "start", "", []) is None


def test_terms_lead_where_the_talk_has_followed_into_the_messages_language():
    purposes = ["switch_language", "propose_plan"]

    assert leading_purpose("switch_language", purposes, followed=True) == "propose_plan"
    assert leading_purpose("switch_language", purposes) == "switch_language"


@pytest.mark.parametrize("text", ["500 for living", "about 620 a month for rent", "房租加水电700", "伙食一共1500左右"])
def test_a_figure_that_only_says_what_it_is_for_is_no_hard_case(text):
    assert plain_answer(text, "budget", "budget_living", money(text)) == "give_figure"


@pytest.mark.parametrize(
    "text",
    [
        "hey I got a text from you lot",
        "Evening, somebody from your office rang",
        "had a letter from yous about an account",
        "早，收到你们的短信了",
        "你们昨天给我发了条消息",
        "您好，收到你們寄的通知",
    ],
)
@pytest.mark.parametrize("stage", ["start", "identifying"])
def test_whoever_says_that_we_wrote_opens_the_conversation(text, stage):
    assert plain_answer(text, stage, "", []) == "greet"


@pytest.mark.parametrize(
    "text",
    [
        "you keep texting me, stop it",
        "got a message from you, is it a scam",
        "I got your letter but I already paid",
        "收到你们的短信，我没借过钱",
        "你们天天给我发短信烦不烦",
    ],
)
def test_whoever_says_more_than_that_we_wrote_is_left_to_the_readers(text):
    assert plain_answer(text, "start", "", []) != "greet"


def test_a_lost_job_is_no_insolvency_on_the_word_of_the_model_alone():
    heard = [{"intent": "report_bankruptcy", "words": None, "then": "act"}]
    job = {"entity": "hardship_reason", "value": "job_loss"}
    terms = [{"entity": "money", "value": 105}, {"entity": "frequency", "value": "monthly"}]

    assert told_as_reason(heard, [job]) == "report_hardship"
    assert told_as_reason(heard, [job, *terms]) == "propose_plan"
    assert told_as_reason([{**heard[0], "words": "certain"}], [job]) is None
    assert told_as_reason(heard, terms) is None


@pytest.mark.parametrize(
    ("text", "noise"),
    [
        ("asdlkjh qwpoiu zmxn", True),
        ("sdfsdf", True),
        ("qwerty!!", True),
        ("啊吧啊吧咕叽咕叽", True),
        ("weather tomorrow?", False),
        ("my strengths are football", False),
        ("asdfgh 300", False),
        ("啊，好吧", False),
        ("...", False),
    ],
)
def test_noise_is_told_from_words(text, noise):
    assert is_noise(text) is noise


@pytest.mark.parametrize(
    ("doubted", "kinds", "meant"),
    [
        (("pay_now", "propose_plan"), ("percentage", "duration"), "propose_plan"),
        (("promise_payment", "ask_payment_history"), ("money", "date"), "promise_payment"),
        (("pay_now", "propose_plan"), ("money",), None),
        (("ask_balance", "ask_due_date"), ("money", "date"), None),
        ((), ("money", "frequency"), None),
    ],
)
def test_the_terms_in_a_message_settle_a_doubt_about_what_they_are(doubted, kinds, meant):
    assert settled_by_terms(doubted, [{"entity": kind, "value": 1} for kind in kinds]) == meant


@pytest.mark.parametrize(("kind", "meant"), [("time_of_day", "request_callback"), ("channel", "request_human")])
def test_of_a_person_and_a_call_a_time_makes_it_a_call(kind, meant):
    assert settled_by_terms(["request_human", "request_callback"], [{"entity": kind, "value": "15:00"}]) == meant


@pytest.mark.parametrize(
    ("said", "stage", "meant"),
    [
        (("hold_on", 0.9), "confirming", "hold_on"),
        (("hold_on", 0.4), "confirming", None),
        (("hold_on", 0.9), "identifying", None),
        (("hold_on", 0.9), "budget", None),
        (("set_aside", 0.9), "planned", None),
        (("set_aside", 0.9), "negotiating", "set_aside"),
        (("first_date", 0.9), "negotiating", "ask_due_date"),
        (("first_date", 0.9), "verified", None),
        (("what_was_agreed", 0.9), "start", "ask_plan_status"),
        (("request_data_access", 0.9), "start", "request_data_access"),
        (("underage", 0.9), "verified", "underage"),
        (None, "verified", None),
    ],
)
def test_what_is_learnt_beside_the_vocabulary_counts_where_it_can_be_meant(said, stage, meant):
    assert learnt(said, stage, "", []) == meant


def test_despair_and_plain_words_go_before_what_is_learnt():
    despair = {"intent": "express_distress", "words": None, "chance": 0.6}
    said = {"intent": "stop_contact", "words": "certain", "chance": 0.6}
    thought = {"intent": "complain", "words": None, "chance": 0.6}

    assert learnt(("set_aside", 0.9), "verified", "", [], [despair]) is None
    assert learnt(("set_aside", 0.9), "verified", "", [], [said]) is None
    assert learnt(("set_aside", 0.9), "verified", "", [], [thought]) == "set_aside"


def test_whoever_names_terms_speaks_of_those():
    assert learnt(("hold_on", 0.9), "confirming", "confirm", [{"entity": "money", "value": 80}]) is None
    assert learnt(("hold_on", 0.9), "confirming", "confirm", [{"entity": "date", "value": "2026-12-01"}]) == "hold_on"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("will there be any extra fees if I go monthly", "ask_plan_cost"),
        ("is interest charged while I'm paying it off?", "ask_plan_cost"),
        ("分期的话要另外收手续费吗", "ask_plan_cost"),
        ("why was there an extra fee last month?", None),
        ("can you take off the extra charges?", None),
        ("为什么多收我手续费？", None),
    ],
)
def test_what_instalments_cost_is_told_from_what_was_charged(text, intent):
    assert read(text, "verified") == intent


def test_a_yes_that_nobody_waits_for_gives_way_to_what_is_asked_after_it():
    assert leading_purpose("affirm", ["affirm", "ask_due_date"], awaited=False) == "ask_due_date"
    assert leading_purpose("affirm", ["affirm", "ask_due_date"], awaited=True) == "affirm"


def test_a_death_told_as_the_reason_for_ones_trouble_is_a_hardship():
    heard = [{"intent": "report_death", "words": "likely", "chance": 0.1, "then": "confirm"}]
    told = [{"entity": "hardship_reason", "value": "bereavement"}]

    assert told_as_reason(heard, told, ranked("report_hardship", 0.8)) == "report_hardship"
    assert told_as_reason(heard, told, ranked("report_death", 0.8)) is None
    assert told_as_reason(heard, [], ranked("report_hardship", 0.8)) is None


@pytest.mark.parametrize(
    "text",
    [
        "nah I won't give my birthday to some app",
        "not telling you my account number mate",
        "凭什么把身份证给你们",
        "我才不会透露生日呢",
    ],
)
def test_whoever_would_rather_stay_unknown_declines(text):
    assert plain_answer(text, "identifying", "", []) == "deny"


@pytest.mark.parametrize(
    ("text", "stage", "intent"),
    [
        ("no, drop that, leave things as they were", "confirming", "set_aside"),
        ("算了，照之前的来吧", "confirming", "set_aside"),
        ("不改了，还是按原来的", "confirming", "set_aside"),
        ("keep it", "confirming", None),
        ("不改了", "confirming", None),
        ("不改了", "planned", "set_aside"),
        ("keep it at 150", "planned", None),
    ],
)
def test_whoever_wants_things_as_they_stood_leaves_the_change(text, stage, intent):
    read = plain_answer(text, stage, "confirm" if stage == "confirming" else "", [])

    assert read == intent


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("I'll have to mull it over with a coffee", "hold_on"),
        ("not decided yet, have to go over my numbers", "hold_on"),
        ("今晚回去琢磨琢磨再定", "hold_on"),
        ("等我諗清楚先覆你", "hold_on"),
        ("I think that's wrong", None),
        ("再帮我想想办法", None),
        ("I need to think about 150 a month", None),
        ("let me think, what was the balance?", None),
        ("I keep thinking about dying", None),
        ("I want to sleep", None),
        ("gonna sleep", None),
    ],
)
def test_whoever_wants_to_think_it_over_gets_the_time(text, intent):
    entities = [found("money", "150", text, 150)] if "150" in text else []

    assert plain_answer(text, "negotiating", "choose", entities) == intent


@pytest.mark.parametrize(
    ("text", "stage", "intent"),
    [
        ("so what options are there", "verified", "request_plan"),
        ("那有哪些方案", "verified", "request_plan"),
        ("show me the plans", "verified", "request_plan"),
        ("can I have one month off", "planned", "request_deferral"),
        ("能不能停一期", "planned", "request_deferral"),
        ("cancel it, I need a month off", "planned", None),
        ("like I said, no", "verified", "refuse_to_pay"),
        ("what's this about", "start", "greet"),
        ("sorry for my language before", "verified", "apologise"),
        ("不好意思，刚才我太冲动了", "negotiating", "apologise"),
        ("sorry, I can't pay", "verified", None),
    ],
)
def test_what_people_say_about_the_talk_is_heard_in_many_words(text, stage, intent):
    assert plain_answer(text, stage, "", []) == intent


@pytest.mark.parametrize(
    ("top", "confidence", "intent"), [("switch_language", 0.4, "propose_plan"), ("greet", 0.9, None)]
)
def test_a_length_of_time_while_options_are_open_names_terms_where_nothing_else_is_sure(top, confidence, intent):
    text = "half a year would be fine, sorry for my typing"

    read = read_answer(
        text, "negotiating", "choose", [found("duration", "half a year", text, "P6M")], ranked(top, confidence)
    )

    assert read == intent


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("yes, 90 every two weeks", True),
        ("ok yes, I agree to the 90", True),
        ("90 every two weeks. agreed", True),
        ("对，两周一次，同意", True),
        ("I agreed on 90 with your colleague", False),
        ("之前同意过每期90", False),
        ("90 every two weeks", False),
        ("yes but 80", False),
        ("not agreed", False),
        ("dear enough, but ok, 90 every fortnight", True),
        ("alright then, 90 each time", True),
        ("yep 90 it is, are we done?", True),
        ("ok so 90 is too much", False),
        ("ok how about 90", False),
        ("sure, 90 starting in March", False),
        ("有点多，不过行，就每期90", True),
        ("好，改成90", True),
        ("90 我看可以", True),
        ("我可以还90", False),
        ("可以的话就90", False),
        ("90太多了，好吧", False),
        ("yeah whatever, ok 90", False),
        ("Yes! One payment of 90 and no more plan", True),
        ("no plan, 90 instead", False),
        ("not sure but ok, 90", False),
    ],
)
def test_only_a_clear_yes_along_with_terms_is_one(text, agrees):
    assert agrees_plainly(text) is agrees


def test_a_slip_put_right_is_terms_whatever_the_model_half_thinks():
    text = "Oh dear, I meant 5 December. The wages are late."

    assert read_answer(
        text, "confirming", "confirm", [found("date", "5 December", text)], ranked("refuse_to_pay", 0.35)
    ) == ("propose_plan")
    assert (
        read_answer(text, "confirming", "confirm", [found("date", "5 December", text)], ranked("refuse_to_pay")) is None
    )


@pytest.mark.parametrize("text", ["对对 就是600 就这么办", "嗯，对的，600 就这样定了"])
def test_a_yes_that_says_the_terms_again_is_a_plain_yes(text):
    assert agrees_plainly(text)


def read(text: str, stage: str, asked: str = "") -> str | None:
    return plain_answer(text, stage, asked, [entity.as_dict() for entity in extract(text, MONDAY)])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("wrong, it is 150 not 115, and the car broke down", "propose_plan"),
        ("not 200, 150", "propose_plan"),
        ("打错啦，不是两百，三百", "propose_plan"),
        ("三百不是四百", "propose_plan"),
        ("I owe 150 not 200", None),
        ("利息是三十不是四十", None),
        ("do I pay 100 or 200", None),
    ],
)
def test_a_figure_set_against_another_puts_terms_right_unless_it_is_the_debt(text, intent):
    assert read(text, "confirming", "confirm") == intent


@pytest.mark.parametrize("text", ["今天先不谈还钱", "I'm not talking about payments now"])
def test_whoever_does_not_talk_of_paying_now_is_not_read_as_paying(text):
    assert read(text, "verified") == "set_aside"


def test_whoever_asks_when_the_first_payment_is_picks_no_option():
    text = "and when would the first one be due?"
    entities = [entity.as_dict() for entity in extract(text, MONDAY)]

    assert read_answer(text, "negotiating", "choose", entities, ranked("select_option")) == "ask_due_date"


@pytest.mark.parametrize(
    ("text", "stage", "amounts"),
    [
        ("对 800", "confirming", ["800"]),
        ("600有点紧 450可以不", "negotiating", ["600", "450"]),
        ("the 15th suits me", "confirming", []),
        ("12 months", "confirming", []),
        ("12个月吧", "confirming", []),
        ("25号可以", "confirming", []),
        ("2", "negotiating", []),
        ("对 800", "verified", []),
        ("call me on 0851234567", "confirming", []),
    ],
)
def test_bare_numbers_are_amounts_while_terms_are_talked_about(text, stage, amounts):
    read_off = [entity.as_dict() for entity in extract(text, MONDAY)]

    assert [found["value"] for found in amounts_named(text, stage, read_off)] == amounts


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("no way, 300 I can't do", True),
        ("300拿不出来", True),
        ("can't we do 300?", False),
        ("300 is fine", False),
    ],
)
def test_terms_are_turned_down_by_words_that_ask_for_nothing(text, refuses):
    assert refuses_plainly(text) is refuses


@pytest.mark.parametrize("text", ["and you won't take me to court?", "那你们以后还会来烦吗？"])
def test_a_question_about_what_the_lender_does_is_no_refusal(text):
    assert read_answer(text, "confirming", "confirm", [], ranked("refuse_to_pay")) == "ask_consequences"


@pytest.mark.parametrize(
    ("stage", "kinds", "meant"),
    [
        ("verified", ("money",), "name_amount"),
        ("verified", ("money", "date"), "promise_payment"),
        ("verified", ("money", "frequency"), "propose_plan"),
        ("negotiating", ("money", "frequency"), "propose_plan"),
    ],
)
def test_a_yes_with_terms_where_none_of_them_is_read_back_names_them(stage, kinds, meant):
    text = "ok 60 then"

    assert read_answer(text, stage, "", [found(kind, "60", text) for kind in kinds], ranked("accept_offer")) == meant


@pytest.mark.parametrize("text", ["Yes, I agree. Where do I pay?", "同意，怎么还款？"])
def test_a_yes_with_a_question_how_to_pay_is_a_yes(text):
    assert read_answer(text, "confirming", "confirm", [], ranked("ask_payment_methods")) == "affirm"
    assert read_answer("and where do I pay?", "confirming", "confirm", [], ranked("ask_payment_methods")) != "affirm"


def test_an_hour_at_which_somebody_wants_to_be_called_is_not_that_of_a_payment():
    text = "can somebody call me tomorrow after 5pm"
    hour = found("time_of_day", "after 5pm", text, "17:00/24:00")

    assert read_answer(text, "planned", "hour", [hour], ranked("request_callback")) is None
    assert (
        read_answer("after 5pm", "planned", "hour", [hour | {"start": 0, "end": 9}], ranked("request_callback"))
        == "name_hour"
    )


@pytest.mark.parametrize(
    "text", ["ok, where would I pay that?", "yes I guess, where do I pay?", "yes but only if I can pay cash, where?"]
)
def test_half_a_yes_with_a_question_how_to_pay_is_none(text):
    assert read_answer(text, "confirming", "confirm", [], ranked("ask_payment_methods")) != "affirm"


def test_the_day_of_a_call_is_no_term():
    tomorrow = [
        {"entity": "date", "value": "2026-11-24", "start": 22, "end": 30},
        {"entity": "time_of_day", "value": "18:00/24:00", "start": 31, "end": 38},
    ]
    text = "Could somebody ring me tomorrow after 6? I've a question for them"

    assert read_answer(text, "confirming", "confirm", tomorrow, ranked("request_callback", 0.95)) is None


def test_whether_another_day_would_do_is_a_change():
    day = [{"entity": "date", "value": "2026-12-08", "start": 10, "end": 13}]

    assert (
        read_answer("would the 8th be ok for it? suits me better", "confirming", "confirm", day, ranked("accept_offer"))
        == "propose_plan"
    )


def test_a_clear_yes_asks_only_what_is_likely_asked():
    faint = [{"name": "accept_offer", "confidence": 0.99}, {"name": "ask_plan_status", "confidence": 0.004}]

    assert asked_along("sure, that one it is, agreed", faint, {"agrees": 1.0}) is None
    assert (
        asked_along("agreed, but what did we say", faint, {"agrees": 0.5, "agrees_and_asks": 0.4}) == "ask_plan_status"
    )
    assert asked_along("agreed. what was it again?", faint, {"agrees": 1.0}) == "ask_plan_status"


def test_a_trouble_beside_a_wish_is_no_reason_to_ask():
    assert settled_by_terms(["report_hardship", "request_plan"], []) == "request_plan"
    assert settled_by_terms(["request_deferral", "cannot_pay"], []) == "request_deferral"
    assert settled_by_terms(["report_hardship", "complain"], []) is None


def test_terms_lead_what_is_only_noted_and_a_pick_of_nothing_asks_for_a_plan():
    assert leading_purpose("update_contact_details", ["update_contact_details", "promise_payment"]) == "promise_payment"
    assert leading_purpose("request_document", ["request_document", "report_hardship"]) == "request_document"
    assert leading_purpose("select_option", ["select_option", "request_plan"], shown=False) == "request_plan"
    assert leading_purpose("select_option", ["select_option", "request_plan"], shown=True) == "select_option"


@pytest.mark.parametrize(
    ("text", "also"),
    [
        ("agreed, but whats the account number i transfer it to?", "ask_payment_methods"),
        ("yes, do it. and could you text me the day before?", "set_contact_preference"),
        ("可以，微信转账收不收啊", "ask_payment_methods"),
        ("行，付完有没有收据啊我好报给我爸看", "request_document"),
        ("yes but can you take 20 off?", None),
        ("可以的话怎么还？", None),
    ],
)
def test_a_clear_yes_stays_one_with_what_changes_no_terms(text, also):
    asked = ranked(also or "ask_payment_methods")

    assert asked_along(text, asked) == also


@pytest.mark.parametrize(
    ("text", "reading", "meant"),
    [
        ("安排上", "out_of_scope", "affirm"),
        ("put it through", "accept_offer", "affirm"),
        ("可以才怪", "out_of_scope", None),
        ("我问问我哥", "out_of_scope", None),
        ("你好呀", "greet", None),
        ("给5分，挺好的", "give_feedback", None),
        ("my mum put me in a home when the money ran out, yes it was hard", "out_of_scope", None),
    ],
)
def test_a_plain_yes_that_the_model_makes_nothing_of_is_one_to_what_was_read_back(text, reading, meant):
    assert read_answer(text, "confirming", "confirm", [], ranked(reading, 0.3)) == meant


def test_an_hour_for_messages_and_a_day_of_birth_are_no_terms():
    evening = [{"entity": "time_of_day", "value": "18:00/22:00", "start": 2, "end": 4}]
    born = [{"entity": "date", "value": "1990-05-12", "start": 2, "end": 12}]

    assert read_answer("只在晚上给我发消息", "confirming", "confirm", evening, ranked("set_contact_preference")) is None
    for stage in ("verified", "negotiating", "confirming"):
        assert read_answer("我是1990年5月12号出生的", stage, "", born, ranked("provide_identity")) is None


@pytest.mark.parametrize(
    ("text", "asks"), [("确定不会再发了吧", True), ("真的不再联系我了吧", True), ("行吧", False), ("你看着办吧", False)]
)
def test_making_sure_is_a_question_in_chinese_too(text, asks):
    assert bool(QUESTION.search(text)) is asks


@pytest.mark.parametrize(
    ("text", "read"), [("the rest i come back and talk to u after that", "goodbye"), ("call me tomorrow then", None)]
)
def test_a_wish_to_be_called_that_the_model_half_hears_has_a_word_of_it(text, read):
    ranking = [{"name": "request_callback", "confidence": 0.41}, {"name": "goodbye", "confidence": 0.34}]

    assert [read_answer(text, "planned", asked, [], ranking) for asked in ("", "hour")] == [read, read]


@pytest.mark.parametrize(("chance", "read"), [(0.9, "report_hardship"), (0.3, None)])
def test_whoever_cares_for_somebody_and_tells_of_hardship_is_nobody_else(chance, read):
    heard = [{"intent": "third_party", "words": "certain", "chance": 0.0}]
    caring = [{"entity": "hardship_reason", "value": "caring"}]

    assert told_as_reason(heard, caring, [{"name": "report_hardship", "confidence": chance}]) == read


@pytest.mark.parametrize(("stage", "read"), [("negotiating", "propose_plan"), ("verified", None)])
def test_terms_said_of_ones_typing_in_a_language_are_terms(stage, read):
    nine = [{"entity": "duration", "value": "P9M"}]
    text = "sorry my chinese typing is slow, nine months is good"

    assert read_answer(text, stage, "choose", nine, ranked("switch_language")) == read


@pytest.mark.parametrize(
    ("text", "asked", "read"),
    [
        ("Yes please, I have agreed. I will pay everything on that day", "amount", "promise_payment"),
        ("同意，到时候全部", "amount", "promise_payment"),
        ("yes please", "amount", None),
        ("yes, everything", "choose", None),
    ],
)
def test_everything_is_an_answer_to_how_much(text, asked, read):
    assert read_answer(text, "negotiating", asked, [], ranked("accept_offer")) == read
