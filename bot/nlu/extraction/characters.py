"""One spelling for every way of typing: width, case, script and quotes, without moving an offset.

Every character is replaced by exactly one other, so a position in the folded text is a position in the raw text.
The folded text holds no capital letter of ASCII: capitals are free to serve as tags (see `reading`).
"""

from __future__ import annotations

import re
import unicodedata

# Traditional characters of the words that the grammar knows, each followed by its simplified form
# (after OpenCC's tables, Apache-2.0).
_TRADITIONAL = (
    "萬万與与專专業业東东丟丢俩两倆两兩两喪丧個个箇个為为爲为麼么習习書书買买亂乱瞭了於于虧亏產产親亲億亿從从倉仓們们"
    "價价優优會会傳传傷伤體体餘余脩修藉借債债兒儿圓元兌兑關关養养內内寫写農农況况凍冻凈净淨净淩凌減减湊凑幾几齣出擊击"
    "劃划剛刚創创別别彆别勸劝辦办務务動动醫医韆千華华協协單单賣卖臥卧捲卷廠厂廳厅壓压叄叁雙双發发髮发變变祇只衹只隻只"
    "枱台檯台臺台颱台號号閤合衕同後后嚮向曏向嗎吗聽听員员賙周週周響响囑嘱迴回睏困國国場场壞坏塊块處处備备夠够伕夫頭头"
    "獎奖婦妇媽妈嬤嬷學学寶宝實实傢家寬宽對对尋寻層层屆届屬属歲岁崗岗嶽岳幣币師师帶带幫帮乾干幹干榦干並并併并倖幸廣广"
    "牀床庫库應应開开異异張张彈弹歸归噹当當当綵彩懷怀總总慘惨戶户纔才釦扣執执擾扰摺折撫抚拋抛搶抢護护報报擔担撥拨擇择"
    "掛挂掙挣損损換换據据撐撑數数斬斩斷断無无舊旧時时晝昼顯显朮术術术機机殺杀條条來来盃杯闆板樣样覈核檢检樓楼歐欧殘残"
    "殯殡氣气匯汇彙汇漢汉溝沟沒没濟济漲涨災灾點点爛烂燭烛燒烧愛爱爺爷狀状獄狱豬猪現现電电療疗癥症瘓痪癱瘫蓋盖碼码確确"
    "禮礼禍祸離离種种穩稳竊窃筆笔簽签籤签簡简粵粤糧粮醣糖係系繫系纍累約约級级紀纪紙纸線线經经結结給给統统績绩續续緩缓"
    "編编纏缠縮缩繳缴網网罰罚職职聯联腫肿臟脏髒脏腦脑騰腾緻致葯药藥药營营慮虑補补裝装見见計计訂订讓让議议訊讯講讲設设"
    "証证證证評评識识詐诈訴诉診诊話话該该語语說说説说讀读課课調调負负敗败帐账帳账賬账貨货貫贯貳贰貴贵貸贷費费資资賭赌"
    "賠赔賺赚讚赞贊赞贍赡趙赵車车軌轨轉转輪轮轟轰輕轻較较輛辆輩辈輸输辭辞邊边過过邁迈還还這这進进違违連连遲迟適适選选"
    "踰逾遺遗郵邮鬱郁裏里裡里鈡钟鍾钟鐘钟錢钱銀银舖铺鋪铺鍊链鏈链銷销銳锐鋭锐錯错錨锚鎊镑長长門门閉闭問问間间閨闺陽阳"
    "陸陆險险難难僱雇麪面麵面頁页頂顶項项順顺顧顾頓顿顆颗題题額额風风飛飞飯饭館馆馬马驗验騙骗騷骚驟骤魚鱼魷鱿雞鸡黃黄"
    "談谈繼继隨随盤盘"
    "陣阵揀拣齊齐齡龄龍龙聖圣誕诞惡恶積积欄栏鴉鸦雙双攤摊擺摆臟脏腎肾撿捡靜静"
)
# Written Cantonese is read as its Mandarin counterpart: 畀你三千, 冇咗份工, 可唔可以.
_CANTONESE = "係是唔不冇没咗了嘅的喺在嗰那佢他畀给俾给嚟来攞拿哋们啲些搵找睇看著着"
_SIGNS = {
    **dict.fromkeys("‘’ʼ`´", "'"),
    **dict.fromkeys("“”「」", '"'),
    **dict.fromkeys("–—−‐‑‒―~〜～", "-"),
    "、": ",",
    # Stops and commas between Chinese clauses stay apart from decimal points and separators of thousands.
    "，": "，",
    "｡": "。",
}
_TABLE = {
    **dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)),
    **dict(zip(_CANTONESE[::2], _CANTONESE[1::2], strict=True)),
    **_SIGNS,
}

# "，" between clauses is no separator of thousands ("还300，100是利息"), except in a number typed at full width.
_GROUPING = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")

# What an input method makes of 每个月 before a payment.
_EVERY_MONTH = re.compile(
    "(?:[没美妹毎枚]个|[没美妹毎枚每][各格])月(?=(?:我|能|可以|最多|只|就|先|也)*(?:还|付|交|给|\\d))"
)


def _fold_one(character: str) -> str:
    code = ord(character)
    if code < 128:
        return character.lower() if code >= 32 else " "
    if character in _TABLE:
        return _TABLE[character]
    folded = unicodedata.normalize("NFKC", character)
    if len(folded) == 1:
        folded = _TABLE.get(folded, folded)
        lowered = folded.lower()
        if len(lowered) == 1:
            folded = lowered
    else:
        folded = character
    category = unicodedata.category(folded)
    if category == "Nd":
        return str(unicodedata.digit(folded))
    return " " if category[0] in "ZC" else folded


class _Folding(dict):  # type: ignore[type-arg]
    """A translation table that folds a character when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = _fold_one(chr(code))
        if len(self) < 20_000:
            self[code] = folded
        return folded


_FOLDING = _Folding()


def fold(text: str) -> str:
    """Lower case, half width, simplified Chinese and plain quotes; always as long as `text`."""
    text = _GROUPING.sub(",", text)
    return _EVERY_MONTH.sub("每个月", text.translate(_FOLDING))
