"""One-time codes in Chinese messages: 码是4471, 收到的是 80215, 零四九二.

A code has four to eight digits, so it looks like an amount, an account or a year: the nearest word before it decides
what it is.  Codes of six digits without any word are left to `identifiers`.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.reading import Reading

_HAN_DIGITS = "零〇一二三四五六七八九幺"
_DIGIT_OF = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "幺": "1"}
_WRITTEN = re.compile(
    r"(?<![\d.$£€¥+/a-z-])(?<!\d[,， :])"
    r"(?P<n>\d(?: ?[ ,，.-] ?\d){3,7}|\d\d(?:[ -]\d\d){1,3}|\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{4,8})"
    r"(?![\d%a-z]| \d|,\d{3}(?!\d)|[.:/-]\d)"
)
_SPELLED = re.compile(
    rf"(?<![{_HAN_DIGITS}十百千万两第周初号月])(?P<n>[{_HAN_DIGITS}](?:[ ,，-]?[{_HAN_DIGITS}]){{3,7}})"
    rf"(?![{_HAN_DIGITS}十百千万两点])"
)
# The nearest of these words before a number says what it is.
_NAMES = re.compile(
    r"(?P<code>(?<![a-z])(?:otp|pin|passcode|password|code|token)(?![a-z])|验证|校验|口令|密码"
    r"|(?<![号编条尾数扫维邮筹价加起代股户件车])码"
    r"|[四五六七八4-8几][个位](?:的?数字?|码)|[这那](?:组|串|几个)(?:的?数字?)?|(?:数字|号)串|组数字?)"
    r"|(?P<heard>(?:短信|简讯|短讯|讯息|消息|sms)[^,，。;!?还付]{0,4}(?:来了?|到了?|说|写|发|是|显示|给|里|上|让|叫)"
    r"|[收接]到|(?:手机|屏幕|上面|你们?)(?:上|刚刚?|发来?)*(?:显示|弹出|写|说|发)(?:着|了|给我)?的?"
    r"|写[着住]|念给|读给|报给|输[入的了]|填(?:的|了|写)?(?!表)|发[过来给了我]{1,3}(?:一个|个)?(?:的(?:是|数字?)?"
    r"|是)? ?$|(?:这次|这回|刚才|新|刚刚?|最后|第二次)(?:发|收到|来)?的(?:是|:)|打了)"
    r"|(?P<other>账[号户]|户号|户口|合同|编号|贷款号|客户号|借据|单号|订单|邮编|邮政|工号|流水|回执|身份证|证件|卡号"
    r"|[尾末后][三四五六]?(?:号|位|码|个字)|号码|手机号|电话|联系|热线|新号|地址|门牌|车牌|[楼室房座栋]"
    r"|金额|工资|月薪|收入|余额|本金|利息|费用?|总共|欠|[还付缴转借]|存|收到?(?:款|钱|工资|账单))"
)
_CODE_AFTER = re.compile(
    r" ?(?:[这那][个串组]?|就?是|才是|系)*[^\d,，。;!?]{0,6}?(?:验证|校验|(?<![号编])码|口令|密码|otp(?![a-z])"
    r"|pin(?![a-z])|[四五六七八4-8][个位]数)"
    r"| ?(?:进去|入去)"
)
_COUNTED_AFTER = re.compile(
    " ?(?:多|几|来|左右)?(?:k(?![a-z])|w(?![a-z])|元|块|万|蚊|刀|美|港|人民|rmb|usd|hkd|cny"
    "|[年月日号岁期个天次折成两斤米平笔户人条位])"
)
_MONEY = re.compile("[还付欠缴贷借]|每月|钱|块|元|蚊|工资|金额|余额|利息|费")
_OTHER_NUMBERS = re.compile(
    "(?<![a-z])(?:line|sim|whatsapp|number)(?![a-z])|电话|手机号|号码|新号|换号|账[号户]|户口|编号"
)
_IDIOMS = ("七七八八", "一五一十", "三三两两")


def chinese_codes(r: Reading) -> None:
    """Codes that were sent to the borrower and are told here."""
    if not r.chinese:
        return
    for m in _WRITTEN.finditer(r.text):
        if r.free(*m.span()) and not _COUNTED_AFTER.match(r.text, m.end()) and _written_is_code(r, m):
            r.add("passcode", re.sub(r"\D", "", m["n"]), *m.span())
    for m in _SPELLED.finditer(r.text):
        if r.free(*m.span()) and not _COUNTED_AFTER.match(r.text, m.end()) and _spelled_is_code(r, m):
            digits = "".join(_DIGIT_OF.get(character, "") for character in m["n"])
            r.add("passcode", digits, *m.span())


def _named(r: Reading, start: int) -> str:
    """What the nearest word before says: code, heard, other, or nothing."""
    before = r.text[max(r.sentence(start, start)[0], start - 30) : start]
    name = ""
    for m in _NAMES.finditer(before):
        name = m.lastgroup or ""
    return name


def _written_is_code(r: Reading, m: re.Match[str]) -> bool:
    name = _named(r, m.start())
    if name == "code" or (name != "other" and _CODE_AFTER.match(r.text, m.end())):
        return True
    digits = re.sub(r"\D", "", m["n"])
    if name == "heard":
        return not (_MONEY.search(r.text) or _OTHER_NUMBERS.search(r.text))
    return not name and digits[0] == "0" and len(digits) <= 6 and not _MONEY.search(r.text)


def _spelled_is_code(r: Reading, m: re.Match[str]) -> bool:
    name = _named(r, m.start())
    if name == "code":
        return True
    digits = sum(c in _DIGIT_OF for c in m["n"])
    return name != "other" and digits <= 6 and m["n"] not in _IDIOMS
