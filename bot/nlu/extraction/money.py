"""Amounts of money.

A number is money where it carries a mark or a unit, where its context is money (paying, owing, a rate, "from 600 to
400"), or where the message says little else.  A hedge ("about 200", 两百左右) keeps its value: the offer is read back
anyway.  A vague amount ("a few hundred", 三百多, "300ish", "a hundred or two") has none and is approximate.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.number import VAGUE, Number, tidy
from bot.nlu.extraction.patterns import HAN, listed, rule, whole
from bot.nlu.extraction.reading import Reading

# --- written as money ------------------------------------------------------------------------------------------------

# Currencies by mark, code and name; "$", "dollars", 块 and 元 name none.
_CURRENCIES = {
    "AED": "aed dirham dirhams",
    "AUD": "a$ aud",
    "CAD": "c$ cad",
    "CNY": "¥ rmb cny yuan kuai renminbi 人民币",
    "EUR": "€ eur euro euros 欧元",
    "GBP": "£ gbp quid pound pounds 英镑",
    "HKD": "hk$ hkd 港币 港元 港纸 蚊",
    "INR": "₹ inr rs rupee rupees",
    "JPY": "jpy yen 日元 日圆 日币 円",
    "KES": "ksh kshs kes",
    "KRW": "₩ krw",
    "MYR": "rm myr ringgit 令吉 马币",
    "NGN": "₦ ngn naira",
    "PHP": "₱ php peso pesos",
    "PLN": "zł pln zloty",
    "SGD": "s$ sg$ sgd 新币 新元",
    "THB": "thb baht 泰铢",
    "TWD": "nt$ nt ntd twd 台币 新台币",
    "USD": "us$ usd 美元 美金",
    "ZAR": "r zar rand rands",
}
_CODES = {mark: code for code, marks in _CURRENCIES.items() for mark in marks.split()}
_MARK_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:us|sg?|hk|nt|a|c)?\$|[£€¥₹₱₩₦]|(?<![a-z])r(?=$)|(?<![a-z])"
    + listed(
        "rmb cny usd sgd hkd eur gbp jpy thb myr rm twd ntd nt aud cad rs(?:_?[.])? inr php ksh?s? kes ngn zar aed pln"
    )
    + r"|人民币|港币|美金|新币|台币) ?$"
)
_UNIT_AFTER = rule(
    r"(?: of)? ?(?P<unit>",
    listed(
        "(?:hk_|us_|singapore_)?dollars? bucks? quid pounds? euros? ringgit rupees? pesos? renminbi usd rmb yuan kuai"
        " bob cny sgd hkd eur gbp aud cad twd ntd myr inr php kshs? kes ngn naira zar rands? aed dirhams? pln zł zloty"
        " shillings? cedis? riyals? yen jpy baht thb"
    ),
    r"|[$£€¥](?! ?N))(?![a-z0-9])",
    r"|个? ?(?P<han>人民币|日元|日圆|日币|円|泰铢|美元|美金|欧元|英镑|港币|港元|港纸|新台币|新币|新元|台币|令吉"
    r"|马币|蚊|刀(?![片子具])"
    r"|块钱|块|元)",
)
_NOT_EVEN = re.compile("[都也]")
# 三块五, 三千块零五毛
_SMALL_CHANGE = rule("零?(?P<n>N+)(?:[毛角]|(?![个期月天号年分折成次度位%万千百]))")

# --- what is counted and no money -----------------------------------------------------------------------------------

_KINDS = listed(
    "months? mths? weeks? wks? days? years? yrs? hours? hrs? mins? minutes? seconds? fortnights? payments? pymts?"
    " times? kids? children people persons? mouths stars? cards? loans? debts? accounts? calls? texts? messages?"
    " emails? jobs? cars? offers? options? plans? questions? things? reasons? letters? numbers? digits? points? miles?"
    " km kg percent of_them of_you of_us sons? daughters? babies dependants? dependents? cents? pence p x ways"
    " instal+ments? parts chunks lots am pm paychecks? paydays? shifts? bedroom employees staff shops? agents?"
    " banks? creditors? companies lenders? others?"
)
_ADJECTIVES = listed(
    "more extra full other missed late separate different new whole big small young little working old"
)
_COUNTED_AFTER = re.compile(
    rf"[ -]?(?:%|percent|per ?cent|pct|o'?clock|[ap]\.?m(?![a-z])|(?:{_ADJECTIVES} )?{_KINDS}(?![a-z]))"
    r"|(?:st|nd|rd|th)(?![a-z])"
    " ?| ?(?:个(?!点|人民)|周(?!转)|人(?!民)|分(?![期开成做拆N0-9一二两三四五六七八九十])|成(?![不吗么交])"
    "|星(?!期)|小时|礼拜|星期|公里"
    "|日(?![元圆币])|[期天次月号年岁点口位家件笔遍倍条折份楼层兆级台辆张名刻季届部本页代种项颗杯顿只班路度寸米斤旧]|头(?![期款]))"
)
_NAMED_BEFORE = re.compile(
    r"(?:(?<![a-z])"
    + listed(
        r"option plan number no\. chapter form age aged room unit flat apt line step rule section article act version"
        r" iphone i'm i_am i_was thanks rate give_it(?:_a)? score rating ends?_in ending(?:_in)? extension ext press"
        r" covid pin_is pin code_is code"
    )
    + r"[ -]?|[#第]|大年|打个|尾号是?|年龄|岁数|选|方案|选项|血压|体重|身高|体温|错误(?:代?码)?)$"
)
# "My pin is 8316", "it ends with 2231", "they cut my hours from 40 to 16", 身份证后四位 3821.
_CODE_BEFORE = re.compile(
    r"(?:(?<![a-z])(?:pin|code|passcode|password|otp|id)(?![a-z])|密码|验证码|口令|编号|邮编|邮政编码|门牌|支票号"
    r"|(?<![a-z])id)[^,;。，]{0,16}$"
    r"|(?<![a-z])(?:ends?|ending) (?:in |with )?$|(?<![a-z])(?:fico|(?:credit )?(?:score|rating))(?: [a-z]+){0,2}"
    r" $|(?<![a-z])(?:calls|texts|messages|emails|letters)[,:] $"
    r"|(?<![a-z])(?:crime |case )?numbers?(?:,| is| are| was) $"
    r"|(?<![a-z])hours[^,.;]{0,30}(?:from|to) $"
    r"|(?:尾号?|[尾末后][三四五六]?(?:位|码|个字|个数字))[^,，。;]{0,4}$"
)
_YEAR_BEFORE = re.compile(
    r"(?<![a-z])"
    + listed(
        "in since year until til till expires back_in of early late during class_of from january february march"
        " april may june july"
        " august september october november december jan feb mar apr jun jul aug sept? oct nov dec"
    )
    + " $"
)

# 打110, 拨12378: a hotline.
_HOTLINE = re.compile("1[12]0|119|12\\d{3}|95\\d{3}")
_AGED_BEFORE = re.compile(
    "(?:[哥姐弟妹爸妈爷奶]|儿子|[女闺][儿女]|阿[仔女]|老伴|孩子|老公|老婆|今年)(?:今年|都|已经|也|才|快|就)*$"
)
_CUTS = re.compile("[鎅割砍捅切划斩][^,，。;]{0,4}$")
_AGED_SELF = re.compile("(?:[我他她]|今年)(?:今年|都|已经|也|才|快)+$")
_DIALS = re.compile("(?:打|拨|在|到|去)了?$")

# --- what makes a bare number money ---------------------------------------------------------------------------------

_VERBS = listed(
    "pay(?:ing|ments?|ments?_of|_you|_back|_off|_in)? paid repay afford manage do doing did give giving send sending"
    " sent offer(?:ing)? put putting owe[ds]? owing spare transfer(?:red|ring)? settle(?:_for|_at|_on)? cost(?:s|ing)?"
    " charged? charging earn(?:s|ing)? make making borrow(?:ed)? spend spending spent raise find lend lent withdraw"
    " withdrew debit(?:ed)? have got get taken? take took accept keep kept want wanted need asking asked saying say"
    " i've ive stretch_to go_to scrape_together come_up_with grab pull drop chuck stick throw_in stump_up"
    " wire(?:d)? deposit"
    " you've_had see run here's heres here_is process authori[sz]e lob bung sling hand fling let's_do clear"
    " clears? worth deducted?"
    " top_up knock_off bump raise[ds]? came comes authorised? received? leaves me_with shows? showing reads? reading"
    " pass (?:bump|drop|lower|cut|raise|take|bring|get|shave|nudge|push|move)_(?:it|mine|that|them)_(?:down_|up_"
    "|back_)?to count_on rely_on expect expecting good_for fork_out cough_up part_with hold use bring stake stump"
    " up_it using"
)
_NOUNS = listed(
    "fees? bill rent salary wages? budget loan balance amounts? instal+ments? max(?:imum)? min(?:imum)? most least"
    " limit total deposit remaining remainder rest"
)
# On their own these lead to an amount only in a message that speaks of money.
_HEDGES = listed(
    "up_to less_than more_than under over above below about around roughly approx(?:imately)? only just like maybe"
    " perhaps or and then with at for of than not between is was be it to from by another extra down how_about"
    " what_about let's_say me you us first now today tomorrow pcm that's it's its thats starting start instead_of"
    " versus vs no"
)
_BETWEEN = listed(
    "you them u ye ya yous yer it me out up like about around only just maybe say roughly up_to at_most at_least a"
    " the another an_extra"
    " exactly back max maximum more_like possibly somewhere_around in of to with for at something probably perhaps"
    " approximately down_to lump_sum_of is your my whole full entire overdue missed late fixed total same late"
)
_HAN_LEADS = (
    r"[还付交给拿凑出转打欠借减少只有过到从成是才约供期月周款共能先就个来加收扣赔罚算要和或各次缴把那这笔费补存汇价栏改剩薪]"
    r"|最多|至少|最低|不超过|顶多|大概|大约|差不多|左右|改为|降为|调整?|变成|上限|额度|余额|工资|收入|房租|本金|利息"
    r"|罚息|违约金|手续费|定金|首付|可以|或者|低于|高于|多于|余下|剩下|其余|尾数|总额|合共|共计"
)
_MONEY_BEFORE = re.compile(
    rf"(?:(?<![a-z])(?:{_VERBS}|{_NOUNS}(?: is| of| was| are| to)?)(?: {_BETWEEN})*|{_HAN_LEADS})[ :,=]*(?:¥ ?)?$"
)
_HEDGED_BEFORE = re.compile(rf"(?<![a-z]){_HEDGES}(?: {_BETWEEN})*[ :,=]*(?:¥ ?)?$")
_HAN_VERB_NEAR = rule("(?:[还付交转借欠扣罚花收给减免]|打(?!不|开|错|扰))[^,，。;!?NQVA-Z]{0,7}(?:N次)?$")
_MONEY_AFTER = rule(
    r" ?(?:(?:a|per|each|every|/) ?F|F|",
    whole(
        listed(
            "(?:more_|less_)?down up_?front deposit now today tomorrow tops max(?:imum)? at_(?:most|least|a_time)"
            " going_forward aside (?:needs|has)_to_(?:be|come_down|go) could_be"
            " each instead minimum is_(?:too|all|my|the_(?:most|max|best|limit)|a_lot|what_i|fine|ok|more_than)"
            " is_(?:doable|possible|about|coming|yours) would a_pop straight_away right_(?:now|away) first off back"
            " left then to_(?:start|begin|you|them) and_(?:the|that) for_(?:now|the|each|every|everything|it) per"
            " every total in_total altogether or_so ish extra in_full in_a_lump once out_of lump cash together saved"
            " towards? starting until if but through of_it of_that on_(?:it|the|my|that) from_(?:me|my|us)"
        )
    ),
    r"|not (?=[NQ])|(?:at|for) L|(?:on |by |before |from )?[DM]|in (?:N+ (?:go|payment|lump)|I))",
    r"|\s*(?:F|D|补齐|补上|已|那笔|这笔|全|一口价|想|会|成不|吧|行|可以|左右|上下|以内|以下|之内|一期|一次|一把|的话"
    r"|够|就|太|呢|先|首付|定金|还|每|怎么样|也|都|我|能"
    r"|剩|给|现在|的月供|是)",
)
# What follows even where nothing else in the message speaks of money.
_SURELY_AFTER = rule(
    r" ?(?:F|(?:on |by )?[DM]|(?:at|for) L|down|up ?front|tops|max|deposit|each|left|once|in N+|in a lump|in"
    r" full|in one|together|out"
    r" of|首付"
    r"|a pop|to start)"
)
_MONEY_WORD = re.compile(
    whole(
        listed(
            "pay paid paying payments? charged debited deducted transferred sent sending saved? afford owe owed repay"
            " instal settle send transfer down deposit loan debt balance bucks money cash budget offer spare manage"
            " salary wages? rent fees? charge interest bill limit amount lower reduce increase cheaper accept"
            " agreed went_up gone_up go(?:es)?_up dropped had_off instal+ments? month(?:ly)? week(?:ly)? spend"
            " spent standing_order wallet funds credit agreement"
            " costs? price gave clear"
            " cards? visa mastercard bank total sum paying added figure refund wage cheque emis? payday"
            " in_the_account leaves_my_account from_my_account in_my_account"
            " went_out went_through repairs? waive each deal finish"
        )
    )
    + "|[还付欠借款钱账补费价赚挣汇薪]|给你|转你|每|分期|这期|月供|额|利息|工资|减|首付|结清|一次性|一把清|一次清"
)
# Words that may follow an amount; any other noun is what the number counts.
_CLOSING = re.compile(
    listed(
        "went goes go comes come came leaves left leave has had does did how where why what who yes no ok"
        " credit into enough be rather who all across again already anyway around"
        " a an the and or on by now today tomorrow tonight then down upfront up each every per in at to for i it is"
        " that if but so as of from with rather fees? charge penalty admin late max maximum tops please instead"
        " less more"
        " back left off until till not first only cash maybe before after when right straight would could will was can"
        " monthly weekly thanks ok okay this next because since just like deposit towards? starting start via out you"
        " your me my we he she they altogether total lol mate sir minimum again extra due short over under once plus"
        " minus which still though too ish all sounds? works? week month initially lump through off"
        " one isn't isnt wasn't"
        " profit paytm gpay"
        " venmo zelle take sitting gone between against straight onto he's she's while"
    )
)
_RATE_AFTER = rule(" ?(?:(?:max|tops|only|each|or so|maybe|at most) )?,? ?F")
_RATE_BEFORE = rule("F[^NQa-z,，。;]{0,8}$")
# Numbers that a message about money may hold beside its amounts.
_NO_AMOUNT_BEFORE = re.compile(
    r"(?:(?<![a-z])"
    + listed(
        "age aged turn turned turning he's she's he_is she_is they're was_only born around_age street road avenue route"
        " highway box block unit flat house_number zip postcode postal_code number numbers no type code section error"
        " channel bus line gate page card exit article act law chapter form forms rule room apt apartment"
        " platform version year"
        " years since in_the"
    )
    + r" |[#/@:-]|(?<![a-z])last (?:three|four|3|4|digits)[^.;]{0,14})$"
)
_JOINED_AFTER = re.compile(f" ?[-{HAN}]")
_MAYBE_AMOUNT_BEFORE = re.compile(
    "(?:^|^is |[,.;:!?] |(?<![a-z])"
    + listed(
        "my extra minus just have got only than for original the that this about take still your another was were it's"
        " it_is up_to down_to all other what's you're_saying says you_say"
    )
    + " )$"
)
_DOWN_AFTER = re.compile(" (?:down(?! (?:to|from)(?![a-z]))|up-? ?front|deposit)(?![a-z])")
_PAIRED_BEFORE = rule(
    "(?:Q ?(?:-|to|or|and|,|/|到|至|或者?|还是|有时候?|改成?|变成) ?(?:about |like |maybe )?"
    "|(?P<instead>not|rather than|instead of|不是|down from|up from|而不是) ?)$"
)
_PAIRED_AFTER = rule(
    ",? ?(?:-|to|or|and|not|rather than|instead of|到|至|或者?|还是|不是|/) ?(?:about |like )?Q"
    "| ?(?:-|to|not|到|至) ?N+ ?(?:F|tops|max)|想?(?:加|降|减|涨|升)到 ?[QN]"
)
_FILLER = re.compile(
    whole(
        listed(
            "ok okay maybe like about around um+ uh+ er+ hmm just say how_about what_about i_think i_guess i_can"
            " i_could i'd could can please pls only yes yeah no it's its it_is tops max so well then and or a the at"
            " most is best my maximum minimum least up_to probably possibly roughly hi hello dollars? bucks what_if"
            " make_it let's lets do not to from between than more less per each instead exactly would be fine works?"
            " for_me cash that sorry i meant? mean said typo oops wrong oh wait actually hang_on"
        )
    )
    + "|"
    + listed("吧 吗 呢 行吗? 可以吗? 大概 就 只有 那 最多 最少 差不多 左右 上下 好吗? 嗯 啊 的 怎么样 如何 是")
    + "|要不|不然|或者?|个|到|我|能|不行|行不行|先|了|哦|呀|嘛|至少|好|啦|不|[写打说搞弄]错|应该"
)


_NOTES = re.compile("(?<![a-z])(?:a |one )?(?:(?P<ten>tenner)|fiver)(?![a-z])")
_SLANG = re.compile(
    "(?<![a-z])a (?:(?P<ton>ton)|score|pony)(?= (?:an?|every|each|per) (?:week|month|fortnight|[a-z]+day))"
)


def monies(r: Reading) -> None:
    """Every amount; its part in the deal comes later (see `money_roles`)."""
    pending: list[Number] = []
    for number in _left_numbers(r):
        # A mark may have taken a number already: the 五 of 三块五.
        if r.sketch[number.start] in "NV" and not _add_marked(r, number):
            pending.append(number)
    for m in _NOTES.finditer(r.text):
        if r.free(*m.span()):
            r.add("money", 10 if m["ten"] else 5, *m.span())
    for m in _SLANG.finditer(r.text):
        if r.free(*m.span()):
            r.add("money", 100 if m["ton"] else 25 if "pony" in m.group() else 20, *m.span())
    context = bool(_MONEY_WORD.search(r.text) or re.search("[FIMPQS]", r.sketch))
    # An amount makes amounts of the numbers beside it ("150 not 115"): go on until nothing changes.
    for _ in range(3):
        context = context or "Q" in r.sketch
        found = [number for number in pending if _is_amount(r, number, context)]
        for number in found:
            _add(r, number)
            pending.remove(number)
        if not found:
            break
    if pending and "A" not in r.sketch and _says_little_else(r):
        for number in pending:
            if _may_stand_alone(r, number):
                _add(r, number)


# "I'm nearly 80"
_AGE_BEFORE = re.compile(
    r"(?<![a-z])(?:i'm|i am|im|he's|she's|he is|she is|mum's|dad's|mother's|father's|is|was)"
    r" (?:only |now |just )?(?:nearly|almost|coming up|getting on for|pushing|turning|past|well over|over|under) $"
)


def _left_numbers(r: Reading) -> list[Number]:
    """Numbers that nothing has claimed; they may touch (三百五百)."""
    return [
        number
        for start, number in sorted(r.numbers.items())
        if r.sketch[start] in "NV" and r.sketch[start : number.end].strip("NV") == ""
    ]


def _add(r: Reading, number: Number) -> None:
    vague = number.kind == VAGUE
    r.add(
        "money",
        None if vague else number.value,
        number.start,
        number.end,
        approximate=vague,
    )


def _add_marked(r: Reading, number: Number) -> bool:
    """Adds a number that carries a mark or a unit of money."""
    before = _MARK_BEFORE.search(r.text[max(0, number.start - 8) : number.start])
    after = _UNIT_AFTER.match(r.sketch, number.end)
    if not before and not after:
        return False
    start, end, value, currency = number.start, number.end, number.value, None
    if before:
        start -= len(before.group())
        currency = _CODES.get(before.group().strip())
    if after:
        unit = after["unit"] or after["han"]
        currency = currency or _CODES.get(unit) or {"us": "USD", "hk": "HKD", "si": "SGD"}.get(unit[:2])
        end = after.end()
        small = _SMALL_CHANGE.match(r.sketch, end) if unit in ("块", "元") and value is not None else None
        change = r.numbers.get(small.start("n")) if small else None
        if small and change and change.value is not None and 0 < change.value < 10:
            value, end = tidy(value + change.value / 10), small.end()
    # 一分钱都没有, 再砍一刀: nothing is offered.
    nothing = value == 1 and after and (after["han"] == "刀" or _NOT_EVEN.match(r.text, end))
    # 鎅咗自己两刀 is no offer in dollars.
    nothing = nothing or (after and after["han"] == "刀" and _CUTS.search(r.text[:start]))
    if nothing:
        r.claim(start, end)
    else:
        r.add("money", value, start, end, approximate=number.kind == VAGUE, currency=currency)
    return True


def _is_amount(r: Reading, number: Number, context: bool) -> bool:
    """Whether what stands around a bare number makes it money."""
    before, after = r.text[: number.start], r.text[number.end :]
    tags_before, tags_after = r.sketch[: number.start], r.sketch[number.end :]
    written, value = r.text[number.start : number.end], number.value
    if "A" in r.sketch and not context:
        # What stands beside an account number or a code is one, too ("8840-1279 not 8804").
        return False
    rate = _RATE_AFTER.match(tags_after)
    if written in ("one", "一") or (value is not None and value <= 0 and not rate):
        return False
    if value and (re.search(r"I ?[x×*] ?$", tags_before) or re.match(r" ?[x×*] ?I", tags_after)):
        return True
    if (
        _CODE_BEFORE.search(before[-40:])
        or _NAMED_BEFORE.search(before[-16:])
        or (_COUNTED_AFTER.match(after) and not rate)
        or _is_code(r, number)
    ):
        return False
    if value and value < 110 and number.plain and _AGE_BEFORE.search(before[-40:]) and "Q" not in tags_before:
        return False
    if re.search(r"[a-z0-9_@/\\]$", before):
        return bool(rate and before.endswith("/"))
    if r.chinese and value and value < 120 and _AGED_BEFORE.search(before):
        return False
    if r.chinese and value and value < 120 and _AGED_SELF.search(before) and re.match("了(?!个)", after):
        return False
    if _HOTLINE.fullmatch(written) and (_DIALS.search(before) or re.match("走起|举报|投诉|见", after)):
        return False
    if number.kind == VAGUE:
        # 十几 and 三五 alone are too small to be money without a verb.
        return bool(re.search("[百千万]|[a-z]|[0-9]", written) or re.search("[还付交给]$", before))
    if value is None or number.digits or (number.plain and 1950 <= value <= 2040 and _YEAR_BEFORE.search(before[-14:])):
        return False
    if (value >= 5 or (rate and value <= 0)) and (
        rate or _RATE_BEFORE.search(tags_before) or _PAIRED_AFTER.match(tags_after)
    ):
        return True
    paired = _PAIRED_BEFORE.search(tags_before)
    if paired and value >= 5 and (context or not paired["instead"] or "Q" in tags_before):
        return True
    if value >= 20 and re.search("D's $", tags_before):
        return True
    if value >= 10 and re.search("first L+ $", tags_before):
        return True
    if re.search("[IL] ?(?:at|of|@) (?:about )?$", tags_before):
        return True
    if "," in written or (value >= 100 and re.search("[0-9]k$|grand|thousand|[万千百w]$", written)):
        return True
    if re.search(r"\.\d\d$", written) and (context or value >= 24 or re.search("(?:the|this|that) $", before)):
        return True
    if r.chinese and re.search(r"\.\d{1,2}$", written) and re.search("(?:余额|剩|还有)[:为是]?$", before):
        return True
    # "12号 1100"
    if r.chinese and value >= 50 and re.search("[DM] ?$", tags_before) and re.match(" ?(?:$|[,，。!])", after):
        return True
    if r.chinese and value >= 20 and _HAN_VERB_NEAR.search(tags_before):
        return True
    return _follows_money(number, before, after, tags_after, context)


def _is_code(r: Reading, number: Number) -> bool:
    """Whether a number is part of something longer: "4410-77", "12/b", "10:45"."""
    tags_after = r.sketch[number.end :]
    if re.match(r"[a-z_@\\]|[/:][\dN]", tags_after):
        return True
    first: Number | None = number
    second = r.numbers.get(number.end + 1) if tags_after.startswith("-N") else None
    if r.sketch[: number.start].endswith("N-"):
        first, second = (
            next((n for n in r.numbers.values() if n.end == number.start - 1), None),
            number,
        )
    if first is None or second is None or first.value is None or second.value is None:
        return False
    return second.value < first.value and not _RATE_AFTER.match(r.sketch, second.end)


def _follows_money(number: Number, before: str, after: str, tags_after: str, context: bool) -> bool:
    value = number.value or 0
    noun = re.match(r" ([a-z]+)", after)
    closes = noun is None or bool(_CLOSING.fullmatch(noun[1]))
    follows = bool(_MONEY_AFTER.match(tags_after))
    large = value >= (20 if number.plain else 100)
    led = _MONEY_BEFORE.search(before[-60:]) or (context and _HEDGED_BEFORE.search(before[-60:]))
    if value >= 10 and (context or follows or large) and led:
        return closes or follows or (context and value >= 100 and not re.fullmatch("[a-z]{3,}[^s]s", noun[1]))  # type: ignore[index]
    surely = _SURELY_AFTER.match(tags_after)
    if value >= 20 and re.match(" it is(?![a-z])", after):
        return True
    if value >= 20 and closes and _DOWN_AFTER.match(after):
        return True
    if follows and ((large and (context or surely)) or (value >= 20 and context and surely)):
        return True
    if value >= 20 and closes and not _NO_AMOUNT_BEFORE.search(before[-40:]):
        year = number.plain and 1950 <= value <= 2040
        # Without a word of money it takes at least a place where amounts stand.
        placed = not year and value < 100_000 and _MAYBE_AMOUNT_BEFORE.search(before[-24:])
        if context or (placed and not _JOINED_AFTER.match(after)):
            return True
    return not number.plain and value >= 100 and closes and not re.search("[a-z]$", before)


def _says_little_else(r: Reading) -> bool:
    rest = _FILLER.sub(" ", re.sub("[NVQFDLPX]", " ", r.sketch))
    return not re.search(f"[a-z0-9{HAN}]", rest)


def _may_stand_alone(r: Reading, number: Number) -> bool:
    """Not what picks an option (1 to 3), nor what is long enough to identify somebody."""
    before = r.text[: number.start]
    if _COUNTED_AFTER.match(r.text, number.end) or _is_code(r, number) or re.search(r"[a-z0-9/]$", before):
        return False
    if number.kind == VAGUE:
        return True
    long = len(number.digits) > 5 or (number.plain and number.end - number.start >= 7)
    return number.value is not None and number.value > 3 and not long
