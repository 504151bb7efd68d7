"""Which intent a short answer has, given what was just asked. Plain functions, no Rasa."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.nlu import moves
from bot.nlu.figures import NO_IS_NONE, figures_said, says_nothing, says_only_nothing
from bot.nlu.marks import mark_said
from bot.nlu.requests import REQUESTS, request_reader
from bot.nlu.safety import CERTAINTIES

# Intents that no message is an example of: buttons stand for them, plain words alone are heard as them, or they are
# read by where the conversation stands.
UNSAID = frozenset(
    [
        "apologise",
        "name_hour",
        "work_out_budget",
        "give_figure",
        "leave_budget",
        "hold_on",
        "set_aside",
        "name_amount",
        "underage",
        "ask_plan_cost",
        *REQUESTS,
    ]
)
# What the model has learnt to tell beside the vocabulary (`data/talk.yml`), and the intent that it becomes. In a
# conversation only, and from this chance on.
LEARNT = {
    **{name: name for name in ("ask_plan_cost", "hold_on", "set_aside", "underage", *REQUESTS)},
    "what_was_agreed": "ask_plan_status",
    "first_date": "ask_due_date",
}
LEARNT_FROM = 0.5
CERTAIN = CERTAINTIES[0]
# From this chance on a wish to be called is one, whatever day stands in it.
CERTAIN_WISH = 0.8
DISTRESS = "express_distress"
NOT_UNDERSTOOD = "nlu_fallback"
IDENTITY_STAGES = ("start", "identifying", "passcode")
TERMS_OPEN = ("negotiating", "confirming")
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
# From this chance on a hardship is told, whoever died.
PLAINLY_TOLD = 0.7
# What a hardship is taken for by the model alone: a divorce for a death, a shop that closed for insolvency.
MISTAKEN_FOR_CASES = {
    "dispute_debt",
    "legal_representation",
    "report_bankruptcy",
    "report_death",
    "report_fraud",
    "third_party",
}
# Readings that a bare figure or date is often mistaken for.
WEAK = {
    "affirm",
    "ask_due_date",
    "deny",
    "goodbye",
    "greet",
    NOT_UNDERSTOOD,
    "out_of_scope",
    "provide_identity",
    "give_feedback",
    "request_callback",
    "select_option",
    "set_contact_preference",
    "update_contact_details",
}
# What a message that only names how often payments come is often taken for while terms wait for a yes.
ALSO_A_RHYTHM = {"ask_payment_methods", "set_contact_preference", "request_plan", "greet"}
# Whoever wants to be called, at the hour that they name.
CALLS = re.compile(
    r"\b(?:call|ring|phone|contact|reach|text|message)\b"
    r"|电话|電話|联系|聯絡|聯繫|打给|打給|[发發傳传](?:消息|信息|短信|訊息|讯息|簡訊)|call",
    re.IGNORECASE,
)
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
# Readings that "can it be the 10th?" or "I meant the 5th" often has.
MISTAKEN_FOR_CORRECTIONS = WEAK | {"ask_due_date", "modify_plan", "promise_payment", "request_deferral", "reject_offer"}
# Readings that a message with a figure often has beside the terms that it names ("can't do 300, 180 tops").
BESIDE_TERMS = {"ask_better_offer", "cannot_pay", "deny", "modify_plan", NOT_UNDERSTOOD, "reject_offer", "request_plan"}
# Readings whose own words sound like a yes (挺好的, 你好呀).
SAYS_ITSELF = {"greet", "give_feedback", "thank", "goodbye"}
# A yes with a condition is a wish for something else; a half yes is asked again. Neither is a clear yes.
CONDITION = re.compile(
    r"\b(?:but|if|unless|except|however|though|instead|only when|as long as|provided)\b"
    r"|但|不过|不過|可是|如果|要是|除非|只要|前提",
    re.IGNORECASE,
)
HALF_YES = re.compile(
    r"\b(?:guess|suppose|whatever|yeah,? right|think so|maybe|perhaps|might|probably|not sure"
    r"|need to ask|let me think)\b"
    r"|[?？]|…|\.{3}|才怪|应该|應該|大概|考虑|考慮|想想|或者|也许|也許|可能|问问|問問|[吗嗎]$|(?<![行好样樣以意定办辦成])吧[。!！~]*$",
    re.IGNORECASE,
)
# How a question ends, which halves no yes that was said before it.
NOT_HALF = re.compile(r"[?？]|[吗嗎]$")
# Thanks or praise that begin with a yes are a yes.
YES = re.compile(
    r"\W*(?:(?:brilliant|great|lovely|super|excellent|wonderful|cool|cheers|thanks)\W+)?"
    r"(?:yes|yep|yeah|yup|sure|ok(?:ay)?|agreed|i agree|that'?s (?:right|fine|correct)|perfect)\b"
    r"|\W*(?:是的?|对的?|對的?|好的?[喔哦呀啊滴]?[,，、。 ]*那?(?:同意|可以|就这样|就這樣)|同意|可以|没错|沒錯|嗯)",
    re.IGNORECASE,
)
PAYING = "ask_payment_methods"
# What leaves a yes a yes, asked or wished for in the same breath: it changes nothing of the terms.
# What of a yes may be asked beside it: by a chance of its own, or by that of the reply to ask something as well.
ASKS_ALONG, HALF_ASKED = "agrees_and_asks", 0.1
ALONG = (PAYING, "request_document", "set_contact_preference", "set_up_autopay", "ask_payment_history")
# A yes, and then something else.
YES_FIRST = re.compile(
    r"\W*(?:(?:ok(?:ay)?|sure|fine)\W+)?(?:yes|yep|yeah|yup|agreed|i agree|deal|ok(?:ay)? to confirm|confirmed)"
    r"(?: (?:yes|i agree|agreed|please|thanks|deal|do it|to (?:that|this|it)))*"
    r"\s*(?:[,.;!，。；！]|\band\b|\bso\b|\bhow\b|\bwhere\b)"
    r"|\W*(?:同意|我同意|好的?[,，、 ]*同意|可以[,，、 ]*同意|没问题|沒問題|成交|就这么定|就這麼定|可以的?|行"
    r"|[对對]的?|中)[啊呀哈喔哦嘞滴]?[,，。；！!. ]",
    re.IGNORECASE,
)
# "But how do I pay?" is no condition.
BUT_HOW = re.compile(r"\bbut (?=what|how|where|which|can i pay)", re.IGNORECASE)
BEGINS_WITH_YES = re.compile(YES.pattern + r"|\W*(?:[好行嗯]|那好)", re.IGNORECASE)
# Words of agreement anywhere in a message that names again the terms which were read back, and what makes them none.
AGREEING = re.compile(
    r"\bi agree\b(?! (?:that|with))"
    r"|\b(?:ok(?:ay|ie)?|oki|okie|kk?|yes|yea|yeah|yah|ya|yep|yup|ye|aye|agreed|deal|sure|fine|cool|alright"
    r"|alrite|aight|bet"
    r"|perfect|grand|brilliant|confirm(?:ed)?|(?:that )?(?:works|suits)|sounds (?:good|fine|right)"
    r"|go (?:on|ahead|for it)|put it (?:through|down)|(?:set|write|sign|book|put) (?:it|me) (?:up|down|in)"
    r"|arrange (?:it|away)|fine by me|no (?:bother|brainer)|dead on|oki ?doki"
    r"|let'?s (?:do|go)|lets (?:do|go)|do it|book it|set it up|that'?s (?:right|fine|it|the one)|happy with|can lah?)\b"
    r"(?! (?:before|with|by|already))"
    r"|接受(?![不吗嗎])|[没沒]意[见見]|不反[对對]|安排上|就[酱醬]|[录錄]进去|妥了?(?=[\s,，。!！]|$)|按[这這][个個]走"
    r"|[没沒]跑|都[对對](?=[\s,，。!！哈了也]|$)|[没沒]有?要改"
    r"|同意(?!过|過)|成交|确认|確認|确定|確定|就(?:这么|這麼|这样|這樣)|没问题|沒問題|冇问题|冇問題|没毛病|沒毛病|(?<!我)(?<!只)可以(?![还還付缴繳交给給每])|(?<![你您妳挺很真])好[的啊呀啦吧嘞滴喔哦]"
    r"|(?:^|[\s,，。!！])(?:[对對是係系]{1,4}[的啊呀呢喇]?|没错|沒錯|嗯+|好|行|中|成|得|要得|ok|啱)(?=[\s,，。!！吧啦了的嘞喇就]|$)"
    r"|我ok\b|就(?:按|照|依)|(?:^|[\s,，。])那?就?[好行中成](?=[\s,，。!！吧啊啦]|$)",
    re.IGNORECASE,
)
NOT_AGREEING = re.compile(
    r"\b(?:no(?! (?:more|problem|worries|plan|need|rush|changes?|questions?)\b)|not|nope|never|rather|wait|disagree"
    r"|before)\b|n['’]t\b|\b(?:cant|dont|wont|isnt)\b|\bi agreed\b"
    r"|\b(?:too|much|lower|less|cheaper|tight|hard|tough|struggl\w+|only|about|instead|better|manage|afford|start\w*|from|after|later|delay\w*|until)\b"
    r"|开始|開始|[从從]|晚[点點几幾]|推[迟遲后後]|延|太|紧|緊|吃力|少[点點]|低[点點]|便宜|的话|的話|[没沒]钱|最多|只能"
    r"|才怪|(?<!差)(?<!怎么)(?<!怎麼)不(?!错|錯|过|過|反|用改)|别|別|[改换換](?![成为為到])|没(?!问题|错|毛病)|沒(?!問題|錯|毛病)|唔(?!该|該)|之前|以前|[同答][意应應][过過]",
    re.IGNORECASE,
)
# A grumble before a yes is none against it: "bit cheeky but ok", 有点紧 不过行.
GRUMBLE = re.compile(
    r"\A.{0,80}\b(?:but|though|still|anyway|oh well)\b[\s,.!]*"
    r"(?=(?:ok(?:ay)?|yes|yea|yeah|yep|yup|fine|alright|aight|sure|go on|i agree|agreed|deal)\b)"
    r"|\A.{0,40}(?:但是?|不过|不過|可是)[\s,，]*(?=(?:[好行中成]|可以|同意|没问题|沒問題|就这|就這|嗯|ok))",
    re.IGNORECASE | re.DOTALL,
)
# What somebody only makes sure of along with a yes: "yup, we good?", 好的 这样就行了吧？
ALL_DONE = re.compile(
    r"[\s,.!?👍🏻🏼🏽🏾🏿🙏]*\b(?:(?:are )?we (?:all )?(?:good|done|set|sorted|cool)"
    r"|(?:am i |is it |we'?re )?(?:all )?(?:good|set|done|sorted)"
    r"|(?:is )?(?:that'?s?|it) (?:it|all|everything|done)(?: then)?)\s*[?？]+\s*\Z"
    r"|[\s,，。!！]*(?:这样|這樣)?(?:就|算)(?:行|好|可以|完事|定)了?(?:吧|吗|嗎|对吧|對吧)?\s*[?？]*\s*\Z",
    re.IGNORECASE,
)
NO_PASSCODE = re.compile(
    r"\b(?:code|sms|text|otp|resend|arriv\w+|receiv\w+)\b"
    r"|\b(?:did ?n['’]?t|have ?n['’]?t|not) (?:get|got|gotten|come|had)\b|\bhas ?n['’]?t come\b"
    r"|\bnever (?:got|came|arrived|received)\b|\bnothing (?:came"
    r"|come|yet|here)\b"
    r"|验证码|驗證碼|短信|簡訊|重发|重發|再发|再發|收不到|没收到|沒收到|没有收到|沒有收到|冇收到"
    r"|(?:手机|手機)[^,，。]{0,4}(?:没有|沒有|没动静|沒動靜|没反应|沒反應)",
    re.IGNORECASE,
)
# So plain a wish not to answer is heard before anything that the model takes it for.
NOT_TELLING = re.compile(
    r"\b(?:my (?:own )?business|not yours)\b"
    r"|\b(?:cancel|stop|drop|leave|close|quit) (?:the|this|these|your) (?:form|budget|questions?)\b"
    r"|\blet'?s not do (?:this|that|it)\b"
    r"|(?:不|别|別)[^,，。]{0,4}(?:透露|弄这个|弄這個)|(?:这个?表|這個?表)[^,，。]{0,3}不填",
    re.IGNORECASE,
)
# Whoever says so would rather not answer a question that nobody has to answer.
RATHER_NOT = re.compile(
    NOT_TELLING.pattern + r"|\bskip\b|\b(?:rather|prefer|choose) not\b|\bnone of your\b"
    r"|\bnot (?:comfortable|telling|saying|answering|sharing)\b"
    r"|(?:\bnot|n['’]?t) (?:want|like|wish|care|going|need|have) to (?:say|tell|answer|share|give|disclose|do|talk)\b"
    r"|\b(?:it'?s|that'?s|too) (?:personal|private)\b"
    r"|\bnever ?mind\b|\bleave (?:it|that|this)\b|\bforget (?:it|that|this)\b"
    r"|\A\W*(?:no|nope|nah|no,? (?:thanks?|thank you)|pass|stop|cancel|next|later|not now)\W*\Z"
    r"|跳过|跳過|略过|略過|不想[说說讲講回告透填答谈談]|唔想|不方便|不愿|不願|不便|不填|不告诉|不告訴|不说|不說|算了|隐私|隱私|私隐"
    r"|保密|以后再|以後再|下次|不用了|\A\W*(?:不|不了|不要|不用|不行|先不|取消|停)[吧啦了]?\W*\Z",
    re.IGNORECASE,
)
# So short a message, and of one clause, says no more than that.
SHORT = 40
CLAUSES = re.compile(r"[,，.。;；、!！?？]|\b(?:because|but|and)\b|因为|因為|但")
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
# Of the question itself, whatever the model takes it for.
WHY_ASKED = re.compile(
    r"\bwhy (?:do|are|would|did|must) (?:you|u|ye) (?:even )?(?:ask|need|want|have to know)"
    r"|(?:为什么|為什麼|为何|干嘛|幹嘛)(?:要|还要|還要)?(?:问|問|知道|填)",
    re.IGNORECASE,
)
QUESTION = re.compile(
    r"[?？]|\b(?:why|what|how|when|who)\b|为什么|為什麼|为何|怎么|怎麼|什么|什麼|多少|[吗嗎呢]"
    r"|(?:确定|確定|真的|[不唔][会會]再)[^,，。]{0,10}吧",
    re.IGNORECASE,
)
# A question about what the lender does, without a word of one's own: "and you won't take me to court?".
OF_THE_LENDER = re.compile(
    r"\A\W*(?:(?:and|but|so|then|ok)\W+)*(?:you|u|ye|y'?all|they|will you|would you|are you)\b"
    r"(?!.*\b(?:i|i'm|i'll|we)\b).*[?？]\W*\Z"
    r"|\A\W*(?:那|所以|然后|然後)?(?:你|您|妳)[们們哋]?(?!.*我(?:不|就|才|没|沒|凭|憑)).*(?:[?？]|[吧吗嗎])\W*\Z",
    re.IGNORECASE | re.DOTALL,
)
# What turns terms down.
REFUSING = re.compile(
    r"\b(?:no way|can'?t|cannot|can not|couldn'?t|won'?t|not able|unable|too (?:much|high|steep|dear)|haven'?t got"
    r"|don'?t have)\b"
    r"|(?:拿|还|還|付|出|凑|給|给)不(?:出|起|了|到)|不行|唔得|不可能|太多|太高",
    re.IGNORECASE,
)
# A number that stands for itself: no day, time, count or place, no part of a longer one.
BARE_NUMBER = re.compile(
    r"(?<![\d.,:/\-#第A-Za-z])(?P<n>\d{2,6}(?:\.\d{2})?|\d{1,3}(?:,\d{3})+)(?![\d.,:/\-]*\d)"
    r"(?!\s?(?:%|percent|个|個|天|号|號|日|期|次|年|周|週|岁|歲|点|點|分(?!期)|小时|小時|months?|mths?|days?|weeks?|wks?|years?|yrs?|hours?|mins?"
    r"|am|pm|st|nd|rd|th|times|payments?|instal\w*|o'?clock|折|楼|樓)\b)(?!\s?(?:个|個|天|号|號|日|期|次|年|周|週|岁|歲|点|點|折|楼|樓))",
    re.IGNORECASE,
)
# A question without its mark.
ASKS_WHETHER = re.compile(
    r"\W*(?:(?:and|but|so|ok|wait|hold on|hold up)\W+)*(?:do|does|is|are|will|would|can|am)\b", re.IGNORECASE
)
# Words that only put a figure right: "no wait, 2200 not 2000".
PUTS_RIGHT = re.compile(
    r"\b(?:no|not|wait|sorry|oops|hang on|i (?:mean|meant)|actually|rather|instead of|make (?:it|that)|it'?s|typo)\b"
    r"|不对|不對|不是|而是|应该|應該|[说說写寫打记記][错錯]了?|改成|是",
    re.IGNORECASE,
)
# What stands beside a figure of the budget and only says what it is.
NAMES_FIGURE = re.compile(
    r"\b(?:for|on|about|around|roughly|it'?s|is|all in|in total|altogether|living|food|groceries|rent|housing|bills"
    r"|power|a month|each month|per month|monthly|everything|and that|or so)\b"
    r"|房租|房贷|房貸|租金|水电|水電|加|吃用|吃喝|伙食|生活费|生活費|一共|总共|總共|每个?月|每個月|大概|左右|差不多",
    re.IGNORECASE,
)
# Terms that are offered for the debt itself, said while income and expenses are asked for.
OFFERING = re.compile(
    r"\b(?:i|we)(?: could| can|'ll| will| want to)(?: \w+){0,3} (?:pay (?:you|off|back|it|this|that|\W?\d+)"
    r"|afford|manage|offer)\b|\bpay you\b"
    r"|(?:我|我们)?(?:想|可以|能|打算)(?:先|每.{1,3}|分.{1,3})?(?:还|還)",
    re.IGNORECASE,
)
# A question in the same breath makes a yes no clear one.
ASKING = re.compile(
    r"(?<!that's )(?<!that’s )(?<!thats )(?<!that is )(?<!it's )(?<!this is )\b(?:what|how|when|where|which|who)\b"
    r"|怎么|怎麼|什么|什麼|多少|哪|几时|幾時",
    re.IGNORECASE,
)
# Whoever asks for the day of the first payment picks no option by it.
WHEN_IS_IT = re.compile(r"\b(?:when|what (?:day|date))\b|什么时候|什麼時候|几号|幾號|哪天|几时|幾時", re.IGNORECASE)
BIRTH = re.compile(r"\b(?:born|birthday|birth|dob)\b|生日|出生|生于|生於|年生", re.IGNORECASE)
ONCE = re.compile(
    r"\b(?:just )?(?:once|one[- ]off|one time|single|one payment)\b|一次|单次|單次|一笔|一筆|就这次|就這次",
    re.IGNORECASE,
)
# All that is owed, in answer to how much.
ALL_OF_IT = re.compile(
    r"\b(?:everything|all of it|it all|in full|the (?:whole|full|entire) \w+|the lot)\b"
    r"|全部|全额|全額|全都|一次性|还清|還清|全还|全還",
    re.IGNORECASE,
)
# What is said of a payment after which more follows.
THE_REST = re.compile(
    r"\b(?:rest|remain\w*|remaining|balance|left|bit by bit)\b|剩|余下|餘下|其余|其餘|慢慢|分期", re.IGNORECASE
)
# What is asked about, and what is asked for: where a message does both, it is answered, and what is asked for follows.
# What makes terms those of a plan.
REPEATED = {"frequency", "instalments", "duration"}
QUESTIONS = frozenset(
    [
        "ask_balance",
        "ask_balance_breakdown",
        "ask_consequences",
        "ask_credit_impact",
        "ask_data_use",
        "ask_due_date",
        "ask_payment_history",
        "ask_payment_methods",
        "ask_plan_status",
        "bot_challenge",
        "question_legitimacy",
    ]
)
WISHES = frozenset(
    [
        "cannot_pay",
        "promise_payment",
        "propose_plan",
        "report_hardship",
        "request_deferral",
        "request_plan",
        "request_waiver",
    ]
)
# What is noted for a colleague also beside terms, which lead.
NOTED = frozenset(["request_data_deletion", "request_document", "set_contact_preference", "update_contact_details"])
OF_PAYING = WISHES - {"cannot_pay", "report_hardship"}
# Readings of a bare "why?" while a figure is asked for.
ASKING_BACK = {"ask_help", "ask_repeat"}
# What a message that is nothing else says at any stage.
PLAIN_MOVES = (
    (moves.SORRY, "apologise"),
    (moves.WAIT, "hold_on"),
    (moves.BYE_FOR_NOW, "goodbye"),
    (moves.NO_MONEY, "cannot_pay"),
    (moves.IS_IT_SAFE, "question_legitimacy"),
    (moves.WHO_WRITES, "question_legitimacy"),
)
# What somebody names who can pay that much: "could only manage 75".
CAN = re.compile(
    r"\b(?:can|could|might) (?:only |just |maybe |possibly |probably )*(?:manage|afford|do|pay|stretch to)\b"
    r"|最多|顶多|頂多|只能|只有能力",
    re.IGNORECASE,
)
# What may stand beside an amount that is all of a message.
HEDGES = re.compile(
    r"\b(?:about|around|roughly|maybe|say|only|just|approx|please|pls|ok|yes|dollars|pounds|bucks|quid"
    r"|yuan|rmb|or so)\b"
    r"|大概|大约|大約|差不多|左右|就|吧|元|块|塊|好|嗯|那|的|啊|呀|呗|嘛|咯",
    re.IGNORECASE,
)
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
YEAR = re.compile(
    r"(?:19|20)\d\d|\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d\d|\d\d\s?年|[〇零一二三四五六七八九]{2,4}年"
    r"|\b\d\d\b.*\b\d\d\b|['’]\d\d"
)
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
    ranked = [row for row in ranking if row["name"] != NOT_UNDERSTOOD]
    top = ranked[0]["name"] if ranked else NOT_UNDERSTOOD
    confidence = ranked[0]["confidence"] if ranked else 0.0
    sure = confidence >= 0.5
    if top in HEARD_FIRST and sure:
        return None
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    if stage in IDENTITY_STAGES:
        return _identity_answer(text, stage, entities, kinds, top, sure)
    if stage == "budget":
        return _budget_answer(text, asked, entities, top if sure else "")
    if top == "provide_identity" and kinds == {"date"} and BIRTH.search(text):
        return None
    if top == "request_callback" and confidence >= CERTAIN_WISH and asked != "hour" and CALLS.search(text):
        return None  # the day and the hour are those of the call
    if top == "request_callback" and not sure and not kinds and not CALLS.search(text):
        # "The rest I come back and talk to you after that": nobody is to call.
        return next((row["name"] for row in ranked[1:3] if row["name"] in SAYS_ITSELF), None)
    terms = [e for e in entities if e["entity"] in TERMS or e["entity"] == "option"]
    bare = _share_of_entities(text, terms) >= 0.6
    if stage == "confirming" and top in ("thank", "give_feedback") and YES.match(text) and not CONDITION.search(text):
        return None if HALF_YES.search(text) else "affirm"
    if stage in ("verified", "negotiating") and top in ("accept_offer", "affirm", "select_option") and "money" in kinds:
        # There is no yes to say to terms of one's own; those on the table are found again by their amount.
        if {"frequency", "instalments"} & kinds:
            return "propose_plan"
        if stage == "verified":
            return "promise_payment" if "date" in kinds else "name_amount"
    if stage == "confirming" and kinds == {"time_of_day"} and top in WEAK and not CALLS.search(text):
        return "propose_plan"
    if stage == "confirming" and kinds & {"frequency", "instalments"} and (top in ALSO_A_RHYTHM or not sure):
        return "propose_plan"
    if top == "refuse_to_pay" and OF_THE_LENDER.search(text):
        return next((row["name"] for row in ranked[1:4] if row["name"] in QUESTIONS), "ask_consequences")
    if stage == "confirming" and top in ("affirm", "accept_offer", *ALONG) and asked_along(text, ranked):
        return "affirm"
    if stage == "confirming" and top in ("affirm", "accept_offer"):
        said = _past_grumble(ALL_DONE.sub("", text) if YES.match(text) else text)
        if CONDITION.search(said):
            return "propose_plan" if kinds & TERMS else "modify_plan"
        if ASKING.search(said):
            return next((row["name"] for row in ranked[1:4] if row["name"] in QUESTIONS), "ask_repeat")
        if kinds & TERMS:
            return "propose_plan"
        if HALF_YES.search(said):
            return "ask_repeat"
    if (
        stage == "confirming"
        and not sure
        and BEGINS_WITH_YES.match(text)
        and ASKING.search(text)
        and top not in QUESTIONS
    ):
        return "ask_repeat"
    if stage == "confirming" and top in QUESTIONS and QUESTION.search(text) and not kinds & {"money"}:
        return top
    corrects = moves.CORRECTION.search(text.lower()) and not moves.ABOUT_THE_DEBT.search(text.lower())
    if stage == "confirming" and kinds & TERMS and corrects and (top in MISTAKEN_FOR_CORRECTIONS or not sure):
        return "propose_plan"
    if stage == "planned":
        wants_call = top == "request_callback" and sure and CALLS.search(text)
        if asked == "hour" and "time_of_day" in kinds and not wants_call:
            return "name_hour"
        if asked == "change" and kinds & TERMS:
            return "modify_plan"
    if stage in TERMS_OPEN and top == "switch_language" and kinds & {"money", "instalments", "duration"}:
        return "propose_plan"  # the language is followed by itself
    if (
        stage == "negotiating"
        and asked == "amount"
        and top in ("accept_offer", "affirm", "pay_now")
        and ALL_OF_IT.search(text)
    ):
        return "promise_payment"
    once = kinds & TERMS == {"money"} and ONCE.search(text) and not THE_REST.search(text)
    if stage in ("verified", "negotiating") and once and top in ("propose_plan", "request_plan", *WEAK):
        return "promise_payment"
    if stage == "negotiating":
        if asked in ("amount", "date") and kinds & {"money", "percentage", "date", "day_of_month"}:
            return top if top in ("propose_plan", "promise_payment", "pay_now") else "promise_payment"
        if "option" in kinds and WHEN_IS_IT.search(text) and not bare:
            return "ask_due_date"
        if "option" in kinds and (bare or (top in WEAK | {"accept_offer"} and not kinds & TERMS)):
            return "select_option"
    if "money" in kinds and top in BESIDE_TERMS and _chance(ranking, "propose_plan") >= 0.15:
        return "propose_plan"
    if "money" in kinds and top in BESIDE_TERMS and CAN.search(text):
        return "propose_plan"
    if top in ("request_plan", "ask_better_offer") and "money" not in kinds and moves.wants_later(moves.folded(text)):
        return "request_deferral"
    if stage == "verified" and kinds == {"date"} and bare and top in WEAK:
        return "promise_payment"
    named = "instalments" in kinds or {"money", "frequency"} <= kinds or {"percentage", "duration"} <= kinds
    if confidence < 0.5 and top not in NEAR_TERMS and named:
        return "propose_plan"
    if (
        stage == "negotiating"
        and "duration" in kinds
        and confidence < 0.6
        and top not in (*NEAR_TERMS, *WISHES, *QUESTIONS)
    ):
        return "propose_plan"
    if stage in ("negotiating", "confirming") and "money" in kinds and confidence < 0.4 and top not in NEAR_TERMS:
        return "propose_plan"
    if stage == "negotiating" and "money" in kinds and top == "give_feedback":
        return "propose_plan"  # nobody was asked for a mark
    if confidence < 0.3 and "hardship_reason" in kinds:
        return "report_hardship"
    if stage in ("negotiating", "confirming") and kinds & TERMS and (bare or top in ("affirm", "deny")):
        return "propose_plan" if top in WEAK else None
    doubtful = top == "out_of_scope" or (not sure and top not in SAYS_ITSELF)
    if stage == "confirming" and doubtful and len(text) <= SHORT and not kinds & TERMS and agrees_plainly(text):
        return "affirm"
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
        # There is nothing to accept yet.
        return "propose_plan" if top == "accept_offer" and {"money", "frequency"} <= kinds else None
    if not identifying and not (asked_for and DIGITS.search(text)):
        return None
    if _share_of_entities(text, entities) >= 0.5 or len(_letters(DIGITS.sub("", text))) <= 12:
        return "provide_identity"
    return "provide_identity" if identifying and asked_for and not (kinds & {"money", "frequency"}) else None


def agrees_plainly(text: str) -> bool:
    """Whether a message that names terms says a clear yes as well ("yes, 90 every two weeks"): to no other terms."""
    doubts = (CONDITION, HALF_YES, ASKING, NOT_AGREEING)
    said = ALL_DONE.sub("", _past_grumble(text))
    return bool(AGREEING.search(said)) and not any(doubt.search(said) for doubt in doubts)


def _past_grumble(text: str) -> str:
    """A message without the grumble that it begins with; a doubt is none, and stays."""
    grumble = GRUMBLE.match(text)
    return text if grumble is None or HALF_YES.search(grumble[0]) else text[grumble.end() :]


def asked_along(text: str, ranking: Sequence[Mapping[str, Any]], sure: Mapping[str, float] | None = None) -> str | None:
    """What a message asks or wishes for beside a clear yes that it leaves a yes ("yes, where do I send it?").

    ``sure``: the chances of a reply that is a yes for certain, whatever is asked.
    """
    asks = sure is None or QUESTION.search(text) or sure.get(ASKS_ALONG, 0.0) >= HALF_ASKED
    names = [row["name"] for row in ranking[:4] if asks or row["confidence"] >= HALF_ASKED]
    along = next((name for name in names if name in ALONG or name in QUESTIONS), None)
    said = BUT_HOW.sub("", text)
    clear = YES_FIRST.match(said) and not CONDITION.search(said) and not HALF_YES.search(NOT_HALF.sub("", said))
    return along if sure is not None or (along in ALONG and clear) else None


def refuses_plainly(text: str) -> bool:
    """Whether a message that names terms turns them down and asks for nothing: "no, 200 I haven't got"."""
    return bool(REFUSING.search(text)) and not QUESTION.search(text)


def amounts_named(text: str, stage: str, entities: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Bare numbers that can only be amounts, while terms are talked about ("make it 200", 对 800); no others, and none
    where an amount is found already."""
    if stage not in ("negotiating", "confirming") or any(e["entity"] == "money" for e in entities):
        return []
    taken = [range(e["start"], e["end"]) for e in entities if "start" in e]
    found = []
    for match in BARE_NUMBER.finditer(text):
        start, end = match.span("n")
        if not any(start in span for span in taken):
            value = match["n"].replace(",", "")
            found.append({"entity": "money", "value": value, "start": start, "end": end, "text": match["n"]})
    return found if len(found) <= 2 else []


def plain_answer(text: str, stage: str, asked: str, entities: Sequence[Mapping[str, Any]]) -> str | None:
    """The intent of a message that is nothing but an answer to what was asked; None for any other.

    So plain an answer is not taken for a hard case on the word of the model alone, which does not know the question.
    """
    said, folded = text.strip(" .!。！~～"), moves.folded(text)
    if asked == "denied" and IT_IS_ME.search(said) and not NOT.search(said):
        return "provide_identity"
    if stage == "passcode" and NO_PASSCODE.search(text) and not any(char.isdigit() for char in text):
        return "deny"
    if asked == "hour" and (
        SKIPS.fullmatch(said) or moves.ANYTHING_GOES.fullmatch(folded) or moves.LEAVE.fullmatch(folded)
    ):
        return "name_hour"
    if asked == "feedback" and mark_said(text) is not None:
        return "give_feedback"
    if stage != "budget":
        return _move(text, folded, stage, asked, entities)
    if SKIPS.fullmatch(said) or moves.LEAVE.fullmatch(folded) or moves.NO_MORE_QUESTIONS.fullmatch(folded):
        return "deny"
    if len(said) <= SHORT and NOT_TELLING.search(said) and not CLAUSES.search(said) and not DIGITS.search(said):
        return "deny"
    if moves.WAIT.fullmatch(folded):
        return "hold_on"
    figures = figures_said(text, asked, entities)
    if not any(figure["value"] is not None for figure in figures):
        return None
    if says_nothing(text, asked) and not any(figure["value"] for figure in figures):
        return "give_figure" if says_only_nothing(text, asked) else None
    plain = NAMES_FIGURE.sub(_blank, PUTS_RIGHT.sub(_blank, text))
    bare = _share_of_entities(plain, figures) >= 0.6
    return "give_figure" if bare and not QUESTION.search(text) else None


def figure_set_right(text: str, stage: str, entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one figure of the terms that are talked about is set against another, and nothing is said of the debt."""
    amounts = [(e["start"], e["end"]) for e in entities if e["entity"] == "money" and "start" in e]
    return stage in ("negotiating", "confirming", "planned") and moves.sets_right(text, amounts)


def _blank(said: re.Match[str]) -> str:
    return " " * len(said[0])


def request_made(text: str, stage: str, heard: Sequence[Mapping[str, Any]]) -> str | None:
    """The request about one's data or a machine's decision that a message makes; None where it makes none.

    ``heard``: the hard cases that are acted upon; whatever plain words say goes before, but for the wish for a person,
    which such a request may hold. Details that somebody corrects while identifying are no request.
    """
    if any(row["words"] and row["intent"] not in ("request_human", "complain") for row in heard):
        return None
    if any(row["words"] == CERTAIN and row["intent"] == "complain" for row in heard):
        return None
    request = request_reader().hear(text)
    if request == "request_correction" and stage in IDENTITY_STAGES and any(char.isdigit() for char in text):
        return None
    return request


def learnt(
    said: tuple[str, float] | None,
    stage: str,
    asked: str,
    entities: Sequence[Mapping[str, Any]],
    heard: Sequence[Mapping[str, Any]] = (),
) -> str | None:
    """What a message says of the talk itself, or asks for, as the model has learnt it; None where that is doubtful.

    ``said``: the name in `data/talk.yml` and its chance. Whoever names terms speaks of those, and of what somebody
    answers a question with while identifying, or while a budget is worked out, the words say enough. ``heard``: the
    hard cases that are acted upon; plain words of one, and despair without any, go before.
    """
    if any(row["words"] or row["intent"] == DISTRESS for row in heard):
        return None
    if said is None or said[1] < LEARNT_FROM or stage == "budget":
        return None
    name = said[0]
    named = {e["entity"] for e in entities if e.get("value") is not None} & (TERMS - {"date"})
    if name in ("hold_on", "set_aside", "first_date") and (named or stage in IDENTITY_STAGES):
        return None
    if name == "set_aside" and stage == "planned" and not asked:
        return None  # an agreement is not left by the way
    if name == "first_date" and stage not in TERMS_OPEN:
        return None
    if name in ("ask_plan_cost", "ask_explanation", "what_was_agreed") and stage in ("identifying", "passcode"):
        return None
    return LEARNT[name]


def _move(text: str, folded: str, stage: str, asked: str, entities: Sequence[Mapping[str, Any]]) -> str | None:
    """What a message says about the talk itself, or puts right of what was said in it."""
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    if figure_set_right(text, stage, entities):
        if stage == "planned":
            return "modify_plan"
        return "promise_payment" if asked in ("amount", "date") else "propose_plan"
    if stage == "negotiating" and asked in ("amount", "date") and moves.UNDECIDED.fullmatch(folded):
        return "request_plan" if asked == "amount" else "hold_on"
    for pattern, intent in PLAIN_MOVES:
        if pattern.fullmatch(folded):
            return intent
    no_terms = not kinds & (TERMS - {"date"})
    says_no_more = no_terms and not QUESTION.search(text)
    if says_no_more and moves.SORRY_FOR.search(folded):
        return "apologise"
    if stage not in IDENTITY_STAGES and says_no_more and moves.NOT_OF_PAYING.search(folded):
        return "set_aside"
    if moves.asks_for_time(folded) or (says_no_more and moves.is_thinking(folded)):
        return "hold_on"
    if stage in ("start", "identifying") and moves.WRITTEN_TO.search(folded) and not moves.SAYS_MORE.search(folded):
        return "greet"
    if stage in IDENTITY_STAGES and moves.RATHER_UNKNOWN.search(folded):
        return "deny"
    if stage in ("negotiating", "confirming") and moves.LESS.fullmatch(folded):
        return "ask_better_offer"
    if stage in ("verified", "negotiating") and no_terms and moves.OPTIONS.search(folded):
        return "request_plan"
    if (
        stage == "planned"
        and not kinds & {"money", "instalments"}
        and moves.PAUSE.search(folded)
        and not moves.CANCEL.search(folded)
    ):
        return "request_deferral"
    if stage == "verified" and moves.INSISTS.fullmatch(folded):
        return "refuse_to_pay"
    if stage in ("start", "identifying") and moves.WHAT_ABOUT.fullmatch(folded):
        return "greet"
    if stage == "negotiating" and asked == "choose" and moves.THE_ONE.search(folded):
        return "select_option"
    if (
        stage not in IDENTITY_STAGES
        and not kinds & {"money"}
        and (QUESTION.search(text) or ASKS_WHETHER.match(text))
        and moves.COSTS_EXTRA.search(folded)
        and not moves.CHARGED_BEFORE.search(folded)
    ):
        return "ask_plan_cost"
    if moves.leaves(folded) or (stage == "planned" and moves.KEEP.fullmatch(folded)):
        # Of an agreement it is more than leaving the talk.
        return None if stage == "planned" and not asked and moves.CANCEL.search(folded) else "set_aside"
    if stage in ("identifying", "passcode"):
        corrected = kinds & {"account_number", "phone"} and moves.CORRECTION.search(folded)
        return "provide_identity" if corrected or (BIRTH.search(text) and any(c.isdigit() for c in text)) else None
    if stage == "offered_person":
        return "deny" if moves.GO_ON.fullmatch(folded) else None
    if stage == "start":
        return "ask_plan_status" if moves.AGREED_BEFORE.search(folded) else None
    if stage in ("planned", "confirming") and (
        moves.CHANGED_MIND.fullmatch(folded) or moves.NO_AFTER_ALL.fullmatch(folded)
    ):
        return "modify_plan" if stage == "planned" else "deny"
    if moves.AGREED_BEFORE.search(folded) or (stage == "planned" and moves.NEXT_OR_LEFT.search(folded)):
        return "ask_plan_status"
    if stage == "negotiating" and asked == "rhythm":
        if ONCE.search(text) and not kinds & {"frequency"}:
            return "promise_payment"
        return "propose_plan" if "frequency" in kinds else None
    spans = [(e["start"], e["end"]) for e in entities if e["entity"] in TERMS and "start" in e]
    if kinds & TERMS and stage != "verified" and moves.is_correction(text, spans):
        if stage == "planned":
            return "modify_plan"
        return "promise_payment" if asked in ("amount", "date") else "propose_plan"
    if stage == "verified" and _nothing_but("money", text, entities):
        return "name_amount"
    if stage == "negotiating" and asked not in ("amount", "date") and _nothing_but("money", text, entities):
        return "propose_plan"
    if stage in ("verified", "negotiating") and _nothing_but("frequency", text, entities):
        return "propose_plan"
    return None


def told_as_reason(
    heard: Sequence[Mapping[str, Any]],
    entities: Sequence[Mapping[str, Any]],
    ranking: Sequence[Mapping[str, Any]] = (),
) -> str | None:
    """What a message says that the model alone took for a hard case, and whose words are those of a hardship.

    ``heard``: every hard case that was heard, also those that would only be asked about. ``ranking``: the model's own,
    which tells the death of somebody else, told as the reason for one's trouble, from that of the borrower.
    """
    reasons = {e["value"] for e in entities if e["entity"] == "hardship_reason" and e.get("value")}
    mistaken = bool(heard) and all(row["intent"] in MISTAKEN_FOR_CASES and not row["words"] for row in heard)
    if _chance(ranking, "report_hardship") >= PLAINLY_TOLD:
        # Of others, and yet one's own trouble: a death, somebody who is cared for.
        of_others = {"report_death", "third_party"} if "caring" in reasons else {"report_death"}
        mistaken = mistaken or (bool(heard) and all(row["intent"] in of_others for row in heard))
        reasons -= {"other"}
    else:
        reasons -= {"bereavement", "other"}
    if not mistaken or not reasons:
        return None
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    return "propose_plan" if {"money", "frequency"} <= kinds else "report_hardship"


def settled_by_terms(doubted: Sequence[str], entities: Sequence[Mapping[str, Any]]) -> str | None:
    """Which of two readings that are equally likely the terms in a message speak for; None where they do not.

    Terms that are found again on the table are taken all the same. Of a person and a call, both are a person: a time
    that is named makes it a call. Of a trouble and what somebody wishes for because of it, the wish: the reason is
    heard along with it.
    """
    for trouble in ("cannot_pay", "report_hardship"):
        if trouble in doubted and set(doubted) <= WISHES:
            return next(name for name in doubted if name != trouble)
    kinds = {e["entity"] for e in entities if e.get("value") is not None}
    if set(doubted) == {"accept_offer", "propose_plan"} and "money" in kinds:
        return "propose_plan"
    if set(doubted) == {"pay_now", "promise_payment"}:
        return "promise_payment" if "date" in kinds else "pay_now"
    if set(doubted) == {"request_human", "request_callback"}:
        return "request_callback" if kinds & {"time_of_day", "date"} else "request_human"
    if not kinds & {"money", "percentage"}:
        return None
    meant = "propose_plan" if kinds & REPEATED else "promise_payment" if "date" in kinds else None
    return meant if meant in doubted else None


def leading_purpose(
    intent: str, purposes: Sequence[str], followed: bool = False, awaited: bool = True, shown: bool = True
) -> str:
    """The purpose that leads where a message has several: what is asked for, before what is asked about.

    ``followed``: the talk goes on in the message's own language from here; nothing else needs doing about language.
    ``awaited``: a yes was asked for; where none was, it leads nothing. ``shown``: options are on the table; where none
    are, whoever picks one wishes for it.
    """
    wish = next((name for name in purposes if name in WISHES), None)
    if intent == "affirm" and not awaited:
        return wish or next((name for name in purposes if name in QUESTIONS), intent)
    if intent in NOTED:
        return next((name for name in purposes if name in OF_PAYING), intent)
    gives_way = (
        intent in QUESTIONS or (followed and intent == "switch_language") or (not shown and intent == "select_option")
    )
    return wish if gives_way and wish else intent


def _budget_answer(text: str, asked: str, entities: Sequence[Mapping[str, Any]], top: str) -> str | None:
    """A figure, or the wish not to name one. ``top``: the model's reading where it is sure."""
    figures = figures_said(text, asked, entities)
    unnamed = all(figure["value"] is None for figure in figures)
    if unnamed and WHY_ASKED.search(text):
        return "ask_data_use"
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


def _nothing_but(kind: str, text: str, entities: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a message names one thing of a kind and says nothing beside ("four hundred", 按月的)."""
    named = [e for e in entities if e.get("value") is not None]
    if len(named) != 1 or named[0]["entity"] != kind or "start" not in named[0]:
        return False
    start, end = named[0]["start"], named[0]["end"]
    return not _letters(HEDGES.sub("", text[:start] + " " + text[end:]))


def _letters(text: str) -> str:
    return NOT_WORDS.sub("", text)
