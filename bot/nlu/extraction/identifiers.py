"""Account numbers, phones, e-mail addresses and passcodes.

A named number ("account 88402231", 手机号…) is what it is called.  Without a name: letters with digits and "8840-2231"
are account numbers, 10 or 11 digits and "+…" are phones, six digits are a passcode unless the words make them an
amount, other bare numbers of 7 digits and more are account numbers.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.patterns import HAN, listed
from bot.nlu.extraction.reading import Reading

_EMAIL = re.compile(
    r"(?<![a-z0-9._%+-])[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.[a-z]{2,24}(?![a-z0-9])"
)

# --- account numbers -------------------------------------------------------------------------------------------------

_ACCOUNT = (
    r"(?:(?<![a-z])(?:loan |customer |client |my |the )?"
    r"(?:account|accnt|acct|acc|a/c|(?P<loan>loan)|contract|agreement|ref(?:erence)?|case|policy|customer|ac(?= \d)"
    r"|id(?= ?(?:is|:|是|\d)))"
    r"(?P<number>(?: ?(?:number|no\.?|num|nr|id|ref(?:erence)?|code|#|n°))*)"
    r"|(?:账号|账户|户号|户口|编号|合同号|贷款号|借据号|客户号)(?:号码?|编号)?)"
)
_FILLER = r"(?: ?(?:is|it's|its|was|:|=|#|-|,|，|是|为|number|no\.?|应该是|就是|should be))* ?"
_NAMED = re.compile(
    _ACCOUNT
    + _FILLER
    + r"(?P<id>[a-z]{1,5}[- ]?\d{2,}(?:[- ]?\d{2,})*|\d{2,}(?:-[a-z0-9]+| \d{3,})*(?:(?<=\d{3}) \d{2}(?= ?(?:$"
    r"|[,.;!?])))?)(?![a-z0-9%])"
)
_NAMED_AFTER = re.compile(
    r"(?<![\w-])(?P<id>[a-z]{0,4}\d[\d-]{3,13})"
    r"(?= (?:is|was) (?:my|the|our) (?:account|loan|reference|ref)| ?是(?:我的?)?账[号户])"
)
_ACCOUNT_WORD = re.compile(_ACCOUNT)
# The last digits of a card, a balance: no account number.
_PART_BEFORE = re.compile(
    "(?:balance|limit|ending|ends|last (?:4|four)|后四位|尾号|余额|[尾末后][三四]?(?:位|码|个字))[^,，。;]{0,14}$"
)
_LETTERED = re.compile(
    r"(?<![a-z0-9-])(?P<letters>[a-z]{1,5})(?P<dash>-?)\d{2,}(?:-[a-z0-9]+)*(?![a-z0-9]|\.\d|,\d|-\d)"
)
_SPACED = re.compile(r"(?<![A-Za-z0-9-])(?P<letters>[A-Z]{2,3}) \d{5,8}(?![A-Za-z0-9]|[.,]\d)")
_HYPHENED = re.compile(
    r"(?<!\d,)(?<![\d.$£€¥/-])(?P<a>\d{3,6})-(?P<b>\d{3,6})(?P<more>(?:-\d{2,6})*)"
    r"(?!\d|[.,]\d|-\d|[kw](?![a-z])| ?(?:a |per |每|元|块|dollars|bucks|月))"
)
# A short phone number of the kind of 555-0142, where the message speaks of phones and not of accounts.
_SHORT_PHONE = re.compile(r"(?<![\d.,$£€¥/-])(?<!\d )\d{3}[- ]\d{4}(?!\d|[.,]\d|-\d| \d{3})")
_PHONE_WORD = re.compile(
    r"(?<![a-z])(?:phones?|telephone|cell|mobile|sim|call(?:ed|ing)?|ring|reach(?: me| us| him| her)|text me|his number"
    r"|her number|my number|new (?:number|no\.?|one)|from now on|digits|line|whatsapp)(?![a-z])|号码|电话|手机|[新换]号"
)
# Numbers of other people's dealings: parcels, orders, bookings.
_FOREIGN = re.compile(
    r"(?<![a-z])(?:order|tracking|parcel|booking|flight|ticket|invoice|confirmation|policy|badge|passport"
    r"|license|licence"
    r"|plate|serial) (?:number|no\.?|num|id|#|code)[^.;!?\d]{0,24}(?P<n>[a-z]{0,4}\d[\da-z-]{2,})"
    r"|(?<![a-z])(?:order|parcel|booking|ticket|flight|invoice) #?(?P<bare>\d{4,})"
    r"|(?:订单|运单|快递单?|物流单?|取件|车票|流水|工)(?:号码?|编号|码)[是为: ]*(?P<han>[a-z]{0,4}-?\d[\da-z-]{2,})"
)
# "contract 2023/PL/5518"
_SLASHED = re.compile(
    _ACCOUNT + r"[^.;!?\d]{0,24}? (?P<id>(?=[a-z0-9/-]*\d{3})[a-z0-9]{2,8}(?:/[a-z0-9-]{1,8}){1,3})(?![a-z0-9/])"
)
_FLIPPED = re.compile(r"(?<![a-z])(?:digits?|typo|mistyped|try|number|numbers|no\.|letter says)(?![a-z])")
_GROUPS_OF_FOUR = re.compile(r"(?<![\d.,$£€¥/a-z-])\d{4} \d{4}(?: \d{2,4})?(?![\d,]|\.\d| \d)")
_BARE = re.compile(r"(?<!\d,)(?<![\d.$£€¥/a-z-])\d{7,14}(?!\d|[.,]\d)")
_JOURNEY = ("高铁", "动车", "火车", "航班", "车次")
_FOURS = re.compile(r"(?<![\d.,$£€¥/a-z-])\d{4}(?: \d{4}){1,2}(?![\d,]| ?\d|\.\d)")
_LINE_WORD = re.compile(
    r"(?<![a-z])(?:line|sim|hp|handphone|whatsapp)(?![a-z])|新号|号码?[换改转]|[转换改]了?(?:新|个|手机|联络)?(?:电话|号)|新(?:电话|手机)"
    r"|(?:电话|手机|联络)[换改转]"
)
# Identity cards, bank cards: none of our business.
_OTHER_CARDS = re.compile(r"(?<!\d)(?:\d{17}[\dx]|\d{15,19}|\d{4}(?:[ -]\d{4}){3})(?!\d)")
# Letters before digits that are no part of an account number: currencies, months, words of the sentence.
_NO_PREFIX = re.compile(
    listed(
        "usd cny rmb hkd sgd eur gbp twd ntd nt hk us s a aud cad nzd jpy krw myr rm php inr rs vnd thb idr rp yen"
        " pay paid owe have give send sent to of for at only max min year by in on is i do can got about around abt"
        " over under upto from and or than then just up down per with plus minus covid jan(?:uary)? feb mar(?:ch)?"
        " apr(?:il)? may june? july? aug sept? oct nov dec was it its my the no not make be are am pm k w x q h d p b"
        " option plan otp pin sms code offer add put till until since day week month total still borrow tops like say"
        " maybe ok line"
    )
)

# --- phones -----------------------------------------------------------------------------------------------------------

# A day with the month's name after a number ("0090286836 12 May 1990") is no part of it.
_NO_DAY = r"(?! \d{1,2}(?:st|nd|rd|th)?,? ?(?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
_PHONES = (
    re.compile(
        r"(?<![\d+])(?:\+|(?<![a-z])(?<![a-z]-)00(?=[1-9]))"
        rf"(?P<n>\d{{1,3}}[ .-]?(?:\(\d{{1,4}}\)[ .-]?)?\d(?:{_NO_DAY}[ .-]?\d){{5,12}})(?!\d)"
    ),
    re.compile(r"(?<![\d.-])(?P<n>1[3-9]\d(?:[ -]?\d{4}){2})(?!\d)"),
    re.compile(r"(?<![\d.-])(?P<n>1?[ .-]?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4})(?!\d)"),
)
_PLAIN_PHONES = (
    re.compile(rf"(?<!\d,)(?<![\d.$£€¥-])(?P<n>0\d{{1,4}}[ -]?\d{{3,4}}[ -]?\d{{3,4}}(?:{_NO_DAY} ?\d{{2}})?)(?!\d)"),
    re.compile(r"(?<!\d,)(?<![\d.$£€¥-])(?P<n>0\d{9,10}|[2-9]\d{9})(?!\d)"),
    re.compile(r"(?<!\d,)(?<![\d.$£€¥-])(?P<n>[6-9]\d{4} \d{5})(?! ?\d)"),
)
# "New mobile 5550187", "ring 555 0187"
_SEVEN_DIGITS = re.compile(r"(?<!\d,)(?<![\d.$£€¥-])(?P<n>[2-9]\d{6}|[2-9]\d{2}[ -]\d{4}|[2-9]\d{8})(?![\d-]|,\d| \d)")
_EIGHT_DIGITS = re.compile(r"(?<!\d,)(?<![\d.$£€¥-])(?P<n>[2-9]\d{3}[ -]?\d{4})(?![\d-]|,\d)")
_PHONE_BEFORE = re.compile(
    r"(?:(?<![a-z])"
    + listed(
        "phone mobile cell cellphone tel telephone new_number my_number his_number her_number"
        " (?:call|ring|reach|text)_me_(?:on|at) call ring"
    )
    + r"(?: number)?(?: is| to|:|'s)*|(?:电话|手机)(?:号码?)?(?:是|为|:|换成了?|改成|变成|改为)*"
    r"|号码(?:是|换成了?|改成)?|打)[ :]*(?:now |是)?$"
)
_HYPHENED_PHONE = re.compile(
    r"1[3-9]\d-\d{4}-\d{4}|\d{3}-\d{3}-\d{4}|0\d{2,3}-\d{7,8}|1-\d{3}-\d{3}-\d{4}|0\d{2,4}-\d{3,4}-\d{3,4}"
)

# --- passcodes --------------------------------------------------------------------------------------------------------

# "The code is 4471", "4471 is the pin you sent", "the text says 90213".
_CODE_NAMED = re.compile(
    r"(?<![a-z])(?<!error )(?<!sort )(?<!area )(?<!country )(?<!dialling )(?<!dial )(?<!promo )(?<!discount"
    r" )(?<!post )(?<!zip )"
    r"(?<!ref )(?<!reference )(?<!customer )(?<!account )(?<!client )(?<!loan )(?<!voucher )(?<!branch )(?<!door"
    r" )(?<!dress )"
    r"(?<!tax )(?<!case )(?<!qr )(?<!bar )(?<!swift )(?<!gate )(?<!key )"
    r"(?:otp|passcode|pass code|pin|password|code|verification(?: number)?|security number|one[- ]time number"
    r"|token)(?:'s)?"
    r"(?: (?:is|was|it's|its|that|i|we|you|u|they|ye|just|got|get|received|have|sent|send|texted|messaged|came|come"
    r"|comes|through"
    r"|says|reads|said|shows|here|from|by|on|in|the|my|me|us|number|for|to|text|sms|message|e-?mail|phone|think"
    r"|should|be|would"
    r"|seems|now|today|up|as|and|ok|okay|again|then|new|latest|above|says:|login|login:))*"
    r"(?:,? ?(?:is|:|=|-|,|\.\.\.?|it's|its))? ?(?P<n>\d{4,8}|\d{2,4}[ -]\d{2,4})"
    r"(?![\d%]|[,.]\d|[-/ ]\d| ?(?:a |per |dollars|pounds|quid|bucks|times|months))"
)
_NAMED_A_CODE = re.compile(
    r"(?<![\d.,$£€¥/-])(?P<n>\d{4,8}|\d{3}[ -]\d{3})(?:(?:,? (?:is|was|'s|that's|thats|this is|as|for))? (?:the|my"
    r"|your|ur|a) "
    r"(?:(?:new|latest|security|verification|login|one[- ]time|6|six|four|4)[ -]?(?:digit )?)*(?:otp|passcode|pin"
    r"|code|password)"
    r"(?! (?:of|red))|,? (?:is (?:what|the one|the number) |that's what |thats what |what )(?:the |your |my"
    r" )?(?:text|sms|message|"
    r"phone|i (?:got|received)|you (?:sent|texted)|it (?:says|said)|came)|,? (?:on|in) (?:the|my|your) (?:text|sms"
    r"|message)(?! box))"
)
_TEXT_SAID = re.compile(
    r"(?<![a-z])(?:text(?: message)?|sms|message)(?: (?:i|you|just|from|got|sent|me|that|here|came|through|u|your"
    r"|lot))*"
    r" (?:says?|said|reads?|shows?|gives?|gave me|is|was|:)(?: (?:it's|to use|use|enter|the|number|code|is))*:? ?"
    r"(?P<n>\d{4,8}|\d{3}[ -]\d{3})(?![\d%]|[,.]\d|[-/ ]\d)"
)
_OLD_CODE = re.compile("(?<![a-z])(?:post|zip|my card|atm|bank card|my bank) $")
_PASSCODE = re.compile(
    r"(?<!\d,)(?<![\d.$£€¥+-])(?P<n>\d{6}|\d{3}[ -]\d{3}|\d{2} \d{2} \d{2}|\d(?: \d){5})(?![\d%]|,\d|\.\d|[-/]\d)"
)
_CODE_WORD = re.compile(
    r"(?<![a-z])(?:otp|code|passcode|pin|verification|token|password|one[- ]time|digits?)(?![a-z])|验证|校验|口令"
    r"|密码|码|(?<![a-z])sms(?![a-z])|text message|短信|简讯|短讯"
)
# A postcode, the end of an identity card.
_NO_CODE_BEFORE = re.compile(
    r"(?:(?:邮编|邮政编码)[^\d]{0,8}|(?:回执|流水|订单|支票)号?码?|单号|(?:身份证|证件|卡号|手机)[^,，。]{0,4}[尾末后][三四五六]?(?:位|码))[^,，。\d]{0,4}$"
)
_SPELLED_APART = re.compile(
    "(?<![零一二三四五六七八九])(?:[零一二三四五六七八九][, ]){5}[零一二三四五六七八九](?![个万千百])"
)
_POLITE = re.compile(
    "(?<![a-z])"
    + listed(
        "it's its it_is the my here is ok okay yes sure um uh hi here_you_go this got_it i_got received says? so"
        " please and"
    )
    + "(?![a-z])|是|好的?|收到了?|嗯|给你|您好|你好|的|哦|了|就|来了|在这"
)
_AMOUNT_AFTER = re.compile(
    r" ?(?:a |per |every|each|/|k(?![a-z])|dollars|bucks|pounds|quid|euros?|yuan|rmb|usd|cny|hkd|[元块万蚊刀每年]"
    r"|in (?:full|total)|left|now|down|upfront|balance|today)"
)
_AMOUNT_BEFORE = re.compile(
    r"(?:(?<![a-z])"
    + listed(
        "pay paid owe owed owing afford borrowed loan_of settle_for amount balance worth of send rmb usd cny hkd most"
        " least about around than"
    )
    + r"|[还付欠借贷交转共额]) ?(?:is |just |only |for |了|的是)?$"
)
_MONEY_WORD = re.compile("pay|afford|owe|monthly|每月|还|欠")
_IT_IS_BEFORE = re.compile("(?:it'?s |is |是 ?)$")

_LONG = re.compile(r"\d[\d -]*\d[\d -]*\d")
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def emails(r: Reading) -> None:
    """Addresses as they are written."""
    for m in _EMAIL.finditer(r.text) if "@" in r.text else ():
        r.add("email", r.raw[m.start() : m.end()], *m.span())


def identifiers(r: Reading) -> None:
    """Everything that identifies somebody; dates in digits have been taken before, amounts come later."""
    if _LONG.search(r.text):
        for m in _OTHER_CARDS.finditer(r.text):
            named = re.search(_ACCOUNT + _FILLER + "$", r.text[: m.start()])
            if _is_open(r, *m.span()) and not named:
                r.claim(*m.span())
        for m in _FOREIGN.finditer(r.text):
            group = "n" if m["n"] else "bare" if m["bare"] else "han"
            if _is_open(r, *m.span(group)):
                r.claim(*m.span(group))
        for m in _SLASHED.finditer(r.text) if "/" in r.text else ():
            if _is_open(r, *m.span("id")):
                _add_account(r, *m.span("id"))
        if not r.chinese:
            _named_codes(r)
        _named_accounts(r)
        _marked_phones(r)
        _short_phones(r)
        _written_accounts(r)
        _plain_phones(r)
        _passcodes(r)
        _bare_accounts(r)
    _spelled(r)


def _named_codes(r: Reading) -> None:
    """Codes of four digits and more that are called so."""
    for pattern in (_CODE_NAMED, _NAMED_A_CODE, _TEXT_SAID):
        for m in pattern.finditer(r.text):
            digits = _digits(m["n"])
            if _is_open(r, *m.span("n")) and 4 <= len(digits) <= 8 and not _OLD_CODE.search(r.text[: m.start()]):
                r.add("passcode", digits, *m.span("n"))


def _is_open(r: Reading, start: int, end: int) -> bool:
    return r.free(start, end) and "X" not in r.sketch[start:end]


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _says_only(r: Reading, start: int, end: int) -> bool:
    """Whether a message is this number, give or take a polite word."""
    return not re.search(f"[a-z0-9{HAN}]", _POLITE.sub(" ", r.text[:start] + " " + r.text[end:]))


def _add_account(r: Reading, start: int, end: int) -> None:
    value = re.sub("[^0-9A-Za-z]", "", r.raw[start:end].translate(_HALF_WIDTH))
    r.add("account_number", value, start, end)


def _named_accounts(r: Reading) -> None:
    for m in _NAMED_AFTER.finditer(r.text):
        if _is_open(r, *m.span("id")):
            _add_account(r, *m.span("id"))
    for m in _NAMED.finditer(r.text):
        start, end = m.span("id")
        token = r.text[start:end]
        letters = re.match("[a-z]*", token)[0]  # type: ignore[index]
        if not _is_open(r, start, end) or len(_digits(token)) < 4 or (letters and _NO_PREFIX.fullmatch(letters)):
            continue
        # "My loan is 3000" tells an amount.
        if m["loan"] and not m["number"] and token.isdigit() and len(token) < 7:
            continue
        if not _PART_BEFORE.search(r.text[:start]):
            _add_account(r, start, end)


def _written_accounts(r: Reading) -> None:
    """AC-10024, TW20031, 8840-2231: written as no amount is."""
    for m in _LETTERED.finditer(r.text):
        digits, letters = _digits(m.group()), m["letters"]
        upper = r.raw[m.start() : m.start() + len(letters)].isupper()
        # "MY-4471-09": written like that, no prefix is a word of the sentence.
        sure = upper and (m.group().count("-") > 1 or (len(digits) >= 7 and "-" in m.group() and digits[-1] != "0"))
        no_prefix = _NO_PREFIX.fullmatch(letters) and not sure
        if not _is_open(r, *m.span()) or no_prefix or len(digits) < 4:
            continue
        if r.text[: m.start()].rstrip().endswith(_JOURNEY):
            continue
        if upper or m["dash"] or len(digits) >= 5 or _says_only(r, *m.span()):
            _add_account(r, *m.span())
    for m in _SPACED.finditer(r.raw):
        if _is_open(r, *m.span()) and not _NO_PREFIX.fullmatch(m["letters"].lower()):
            _add_account(r, *m.span())
    for m in _HYPHENED.finditer(r.text):
        first, second = int(m["a"]), int(m["b"])
        # "1000-1500" is a range of amounts.
        rising = first < second and not m["more"] and not m["a"].startswith("0")
        amounts = rising and first % 10 == 0 and second % 10 == 0
        phone = _HYPHENED_PHONE.fullmatch(m.group()) or _PHONE_BEFORE.search(r.text[: m.start()])
        if _is_open(r, *m.span()) and len(_digits(m.group())) >= 7 and not amounts and not phone:
            _add_account(r, *m.span())


def _marked_phones(r: Reading) -> None:
    for pattern in _PHONES:
        for m in pattern.finditer(r.text):
            if _is_open(r, *m.span()) and 8 <= len(_digits(m["n"])) <= 15:
                r.add("phone", _digits(m["n"]), *m.span())


def _short_phones(r: Reading) -> None:
    if _ACCOUNT_WORD.search(r.text):
        return
    spoken_of = _PHONE_WORD.search(r.text)
    for m in _SHORT_PHONE.finditer(r.text):
        # 555-01xx is what people write for a phone number in examples.
        if not spoken_of and not re.match("555[- ]01", m.group()):
            continue
        amounts = m.group()[3] == "-" and m.group()[2] == m.group()[-1] == "0"
        if _is_open(r, *m.span()) and not amounts and not _AMOUNT_AFTER.match(r.text, m.end()):
            r.add("phone", _digits(m.group()), *m.span())


def _plain_phones(r: Reading) -> None:
    account = bool(_ACCOUNT_WORD.search(r.text))
    for pattern in _PLAIN_PHONES:
        for m in pattern.finditer(r.text):
            if not _is_open(r, *m.span()):
                continue
            if " " in m["n"] and m["n"].startswith("0") and len(_digits(m["n"])) in (10, 11):
                # Written as phones are, unless an account is named right before.
                account = bool(_ACCOUNT_WORD.search(re.split("[.;!?,]", r.text[: m.start()])[-1][-24:]))
            named = _PHONE_BEFORE.search(r.text[: m.start()])
            long = len(_digits(m["n"])) >= 10 and not account and not _AMOUNT_AFTER.match(r.text, m.end())
            if named or long:
                r.add("phone", _digits(m["n"]), *m.span())
    for m in _SEVEN_DIGITS.finditer(r.text) if not r.chinese else ():
        if _is_open(r, *m.span()) and _PHONE_BEFORE.search(r.text[: m.start()]):
            r.add("phone", _digits(m["n"]), *m.span())
    line = not account and _LINE_WORD.search(r.text)
    for m in _EIGHT_DIGITS.finditer(r.text):
        if _is_open(r, *m.span()) and (line or _PHONE_BEFORE.search(r.text[: m.start()])):
            r.add("phone", _digits(m["n"]), *m.span())


def _passcodes(r: Reading) -> None:
    for m in _PASSCODE.finditer(r.text):
        if _is_open(r, *m.span()) and not _NO_CODE_BEFORE.search(r.text[: m.start()]) and _is_passcode(r, m):
            r.add("passcode", _digits(m["n"]), *m.span())


def _spaced_out(r: Reading) -> None:
    """A code said digit by digit with a stop after each: 三、三、八、零、一、六."""
    for m in _SPELLED_APART.finditer(r.text):
        if _is_open(r, *m.span()):
            digits = "".join(str("零一二三四五六七八九".index(c)) for c in m.group() if c not in ", ")
            r.add("passcode", digits, *m.span())


def _is_passcode(r: Reading, m: re.Match[str]) -> bool:
    before, after = r.text[: m.start()], r.text[m.end() :]
    plain = m.group().isdigit()
    near = before[-40:] if plain else before
    first, _, second = m.group().partition("-")
    if second and int(first) < int(second) and int(first) % 10 == int(second) % 10 == 0:
        # "500-600" is a range of amounts.
        return False
    if _CODE_WORD.search(near) or _CODE_WORD.search(after[:25]) or _says_only(r, *m.span()):
        return True
    if not plain:
        return "-" not in m.group() and not _MONEY_WORD.search(r.text)
    if _AMOUNT_AFTER.match(after) or _AMOUNT_BEFORE.search(before):
        return False
    return bool(_IT_IS_BEFORE.search(before) or not _MONEY_WORD.search(r.text))


def _bare_accounts(r: Reading) -> None:
    for m in _GROUPS_OF_FOUR.finditer(r.text):
        told = (
            _says_only(r, *m.span())
            or m.group().count(" ") > 1
            or (_FLIPPED.search(r.text) and not _MONEY_WORD.search(r.text))
        )
        if _is_open(r, *m.span()) and told:
            r.add("account_number", _digits(m.group()), *m.span())
    for m in _FOURS.finditer(r.text) if _ACCOUNT_WORD.search(r.text) else ():
        if _is_open(r, *m.span()):
            r.add("account_number", _digits(m.group()), *m.span())
    for m in _BARE.finditer(r.text):
        amount = _AMOUNT_AFTER.match(r.text, m.end()) or _AMOUNT_BEFORE.search(r.text[: m.start()])
        if _is_open(r, *m.span()) and not amount:
            r.add("account_number", m.group(), *m.span())


def _spelled(r: Reading) -> None:
    """Digits said one by one: a passcode of six, an account number or phone of more."""
    if r.chinese:
        _spaced_out(r)
    for number in list(r.numbers.values()):
        digits = number.digits
        if len(digits) < 5 or not _is_open(r, number.start, number.end):
            continue
        if len(digits) == 6:
            r.add("passcode", digits, number.start, number.end)
        elif re.fullmatch(r"1[3-9]\d{9}|0\d{9,10}", digits):
            r.add("phone", digits, number.start, number.end)
        elif 7 <= len(digits) <= 12 or _ACCOUNT_WORD.search(r.text):
            r.add("account_number", digits, number.start, number.end)
