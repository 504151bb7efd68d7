"""What people say about the talk itself and not about terms: wait, leave it, I've changed my mind, 150 not 115.

Plain patterns over folded text (lower case, simplified Chinese, see `extraction.characters`), no Rasa. They are narrow:
a message that says anything beside is left to the model.
"""

from __future__ import annotations

import re
from itertools import pairwise

from bot.nlu.extraction.characters import fold

# What may stand before and after without meaning anything of its own.
_BEFORE = (
    r"(?:(?:ok(?:ay)?|you know what|oh|um+|uh|er+m?|hmm+|well|so|sorry|please|pls|just|actually|yes|yeah|no"
    r"|nah|nope|right|hey|look|wait|hang on|hold on|but|and|i think"
    r"|好的?|行|嗯|哦|噢|啊|呃|额|那个?|请|麻烦|不好意思|对不起|抱歉|等等|等一下|稍等|你|您|不|先)[\s,.!，。!…]*)*"
)
_AFTER = (
    r"(?:[\s,.!，。…]*(?:please|pls|plz|thanks|thank you|ok|sorry|mate|love|dear|ta|first|for now|now|today|then"
    r"|好了|好啦|吧|啊|呀|哈|哦|了|啦|喇|呗|嘛|谢谢你?您?|好吗|行吗|可以吗|好不好|先|再说))*"
)


def _whole(*parts: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}(?:{'|'.join(parts)}){_AFTER}")


_MY_PEOPLE = (
    r"(?:my|the|our) (?:wife|husband|partner|missus|other half|mum|mom|mother|dad|father|parents|son|daughter|kids?"
    r"|family|brother|sister|boyfriend|girlfriend|flatmate|boss|bank|account|wages|payslip|money|budget|figures|diary"
    r"|calendar)"
)
_MY_PEOPLE_HAN = (
    r"我?(?:的)?(?:家里人?|家人|屋里人?|屋企人?|老婆|老公|爱人|媳妇|丈夫|太太|先生|儿子|女儿|闺女|孩子"
    r"|爸妈|父母|爸爸?|妈妈?|对象|男朋友|女朋友|室友|朋友|老板)"
)
WAIT = _whole(
    r"(?:wait|hold on|hang on|hold up|bear with me)(?: a| one| for a)?(?: (?:sec(?:ond)?s?|min(?:ute)?s?|moment"
    r"|bit|while))?",
    r"(?:one|just a|a|give (?:me|us) (?:a|one|five|ten|\d+|some))"
    r"(?: (?:sec(?:ond)?s?|min(?:ute)?s?|moments?|bit|while|time))(?: to think)?",
    r"(?:let me|lemme|i (?:need|want|have|would like|'d like|will have|'ll have) to|need to|gotta|i'd better|i'll)"
    r" (?:have a )?(?:think|sleep on)(?: about)?(?: (?:it|this|that))?(?: over)?",
    r"(?:(?:let me|lemme|i (?:need|want|have|would like|'d like) to|i'?ll|need to|gotta|i'd better) )?"
    r"(?:ask|check with|check|talk to|speak to|speak with|talk with|look at|see what|discuss (?:it |this )?with)"
    rf" {_MY_PEOPLE}(?: (?:about (?:it|this|that)|thinks?|says?|over))?",
    r"i'?ll (?:get back to you|let you know|come back to (?:you|this|it))(?: (?:later|tomorrow|tonight|soon|on that))?",
    r"(?:can|could|may) (?:i|we) (?:think|sleep) (?:about|on) (?:it|this|that)(?: over| for a (?:bit|while|day))?",
    r"(?:not )?(?:just )?yet|thinking|still thinking|i'?m thinking|not sure(?: yet)?|i'?m not sure|don'?t rush me",
    r"(?:稍等|等等|等一等|等一下|等下|等会儿?|等我?一?[下会]儿?|等我?(?:几|两|三|五|十|\d+)分钟|稍候|慢着|且慢|给我(?:点|一点|几分钟|一分钟)时间?)(?:一下|我)?",
    r"(?:等|让|容)?我?(?:今晚|今天|晚上|回去|回家)?(?:要|得|想|需要|还要|还得)?(?:再|先|好好|仔细)*"
    r"(?:想想|想一想|想一下|考虑考虑|考虑一下|考虑下|考虑|看看|看一下|算算|算一下|查一下|查查|合计合计|琢磨琢磨|盘算一下)"
    r"(?:银行卡|余额|工资|账|手头|清楚)?",
    rf"(?:等|让|容)?我?(?:要|得|想|需要|还要|还得)?(?:再|先|回去|回家)*(?:跟|和|同|与|问(?:问|一?下)?){_MY_PEOPLE_HAN}"
    r"(?:商量商量|商量一?下?|讨论一?下?|说一?声?|问一?下?|谈一?下?|聊一?下?|合计一?下?)?",
    r"先?别(?:定|急|记|弄|催)|(?:晚点|明天|回头|过会儿?)(?:再)?(?:答复|回复|告诉|回)[你您]?|还没想好|没想好|还不确定|说不准",
)
# Whoever asks what there is to choose from.
OPTIONS = re.compile(
    r"\bwhat(?:'?s| are| is)? (?:my|the|our|any) options\b"
    r"|\bwhat (?:else )?(?:would|can|could|do|might) you (?:even |actually |really )?"
    r"(?:suggest|offer|propose|recommend)(?: me)?\Z"
    r"|\b(?:any|what) (?:options|plans)(?: do you have| are there)?\Z"
    r"|\b(?:see|show me|look at|go through) (?:the |your |what )?(?:instal?ments?|options|plans)\b"
    r"|(?:有|给)(?:什么|哪些|啥|没有什么)(?:还款)?(?:方案|办法|选择)(?:可以|能|给)?[^,，。]{0,4}\Z"
    r"|(?:看看|说说|讲讲|看下)(?:怎么|咋)(?:个)?分期|(?:可以|能)(?:怎么|咋)(?:个)?还(?:好|法|呢|啊|才行)?\Z"
)
WHAT_ABOUT = _whole(
    r"(?:hi|hello|hey|good (?:morning|evening|afternoon))?[\s,.]*what(?:'?s| is) (?:this|that|it|all this)"
    r"(?: (?:all )?(?:about|regarding|concerning|for))",
    r"(?:你好|您好|喂)?[\s,，]*(?:请问)?(?:这)?(?:是)?(?:有)?(?:什么|啥|咩)事(?:情)?(?:啊|呀|吗)?",
)
THE_ONE = re.compile(
    r"\bthe (?:one|option) (?:where|with|that|which)\b|(?:选|要)?(?:那个|那种|那一?个)[^,，。]{2,12}的(?:那个)?\Z"
    r"|(?:就|按|选|要|还是)[^,，。]{0,8}最[^,，。]{1,4}的(?:那一?个|那种|那款)?(?:方案)?(?:来|还|走|吧|好了|了)*\Z"
)
# A running plan is to rest for a while, not to end.
PAUSE = re.compile(
    r"\b(?:take|have|need|get) (?:a|one|this|next) (?:month|week|fortnight|payment) off\b|\bpause\b|\bpayment holiday\b"
    r"|\bskip (?:a|one|this|next|the next|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)\b|暂停|先停[一两几]|停[一两几](?:个月|期|次)|跳过?[一两下这](?:期|个月|次)"
)
INSISTS = re.compile(r"(?:you heard me|(?:like |as )?i (?:already )?said|i told you(?: already)?)[\s,.!]*(?:no+|nope)")
# Whoever says sorry for how they spoke.
SORRY = _whole(
    r"(?:i'?m |i am |really |so |very )*sorry(?: (?:about|for) (?:that|earlier|before|this))?|my (?:bad|apologies)"
    r"|i (?:do )?apologi[sz]e|apologies|forgive me|i (?:didn'?t|did not) mean (?:it|that)",
    r"(?:真的?|实在)?(?:对不起|抱歉|不好意思|sorry)(?:啊|了)?|是我不对|(?:是)?我的?(?:错|不是)",
)
SORRY_FOR = re.compile(
    r"\b(?:sorry|apologi[sz]e|apologies|forgive me)\b.{0,40}\b(?:rude\w*|swear\w*|swore|shout\w*|yell\w*"
    r"|language|temper|out of (?:line|order)|snapp\w*|lash\w*|harsh|outburst|what i said"
    r"|called you|attitude|insult\w*)\b"
    r"|\b(?:i was|that was|i got) (?:rude|out of (?:line|order)|uncalled for|harsh|unfair|carried away)\b"
    r"|(?:对不起|抱歉|不好意思|sorry|是我).{0,12}(?:说重|话重|骂|凶|冲动|态度|语气|激动|过分|失礼|失态|火气|冲了|太冲|发脾气|口气)"
)
# Whoever wants to think it over says so in many ways.
THINKING = re.compile(
    r"\b(?:(?:let me|lemme|i(?:'?ll have to|'?ll| will| need to| have to| want to|'?d (?:rather|like to)"
    r"| would like to|'?m going to|'?m gonna| should| might)|need to|gonna|going to|will|shall)"
    r" (?:have a |just |really |go away and )?"
    r"(?:(?:sleep|chew) on\b|(?:think|mull|ponder|reflect)\b)(?! of\b)"
    r"(?:(?: (?:it|this|that|things|these))? (?:about|on|over)"
    r"(?: (?:it|this|that|them|these|those))?)?)(?=\W|$)(?! (?:we|you|that|this is|it'?s|i|so|not|there|he|she|they))"
    r"|\b(?:have a (?:think|ponder)|(?:haven'?t|not) (?:decided|made up my mind)|still (?:thinking|deciding|undecided)"
    r"|in two minds|sleep on it|(?:don'?t|not) (?:want|ready) to (?:decide|choose|commit)|decide (?:later|tomorrow))\b"
    r"|(?:我|让我|容我|先|再|得|要|需要|回去|今晚|回头|慢慢|回家)(?:再|先|好好|仔细|慢慢|还得|还要|今晚|回去|回家)*"
    r"(?:想想|想一想|想一下|想清楚|考虑考虑|考虑一下|考虑下|考虑几天|考虑两天|琢磨|斟酌|掂量|盘算|合计|消化一下)(?![办法过]|一下办法)"
    r"|(?:还没|没有?|未)(?:有)?(?:想好|决定|拿定主意|考虑好)|拿不定主意|定不下来|还在(?:犹豫|考虑|想)|(?:今天|先|暂时)不(?:做)?决定|[谂諗](?:下|紧|緊|清楚)"
)
# Of others, or of what was thought before.
NOT_THINKING = re.compile(
    r"\bthink (?:you|we|it'?s|that|so|not|i)\b|\bthought\b|\b(?:dying|death|dead|kill\w*|ending|suicid\w*)\b"
    r"|(?:你们?|您|帮我|替我|为我)[^,，。]{0,4}(?:想|考虑)|想想办法|想办法|想想都|想想就"
    r"|考虑(?:过|清楚|好)了|想(?:好|通|清楚)了|[死活]"
)
CANCEL = re.compile(r"\b(?:cancel|call it off)\b|取消")
LEAVE = _whole(
    r"cancel(?: (?:it|that|this|all of (?:it|this)))?|forget (?:it|that|this|about (?:it|this))|never ?mind"
    r"|scrap (?:it|that|this)|drop (?:it|this|that)|skip (?:it|this|that)|enough of this"
    r"|leave (?:it|this|that)(?: there| here| at that| alone| be)?|(?:let's|lets|let us|we can) (?:stop|leave it"
    r"|drop it"
    r"|forget it|not)(?: (?:there|here|this))?|stop (?:here|this)"
    r"|(?:i (?:don'?t|do not|dont) (?:want|wish|feel like)(?: to)?|i'?d rather not|can'?t be bothered(?: to)?"
    r"|let's not)"
    r" (?:do(?:ing)?|continue|go(?:ing)? on|carry(?:ing)? on)(?: with)?(?: (?:this|it|that))?(?: any ?more| right)?"
    r"|not (?:now|today|right now)|another (?:time|day)|some other time|maybe later|call it off|no more of this"
    r"|leave me be|(?:i'?m )?just (?:looking|browsing)(?: around)?|forget i (?:said|asked)(?: (?:anything|that|it))?",
    r"算了(?:算了)*吧?(?:[\s,，]*(?:不|别)(?:弄|搞|办|谈)了)?|(?:暂时|现在|今天)?不(?:想)?(?:弄|搞|办|谈|聊|说)了?"
    r"|先?不(?:弄|搞|办|谈|聊|说|做|想)了?|取消|作罢|罢了|拉倒|别(?:弄|搞|谈)了|到此为止|先(?:放|搁)(?:一放|着)"
    r"|(?:就)?(?:还是)?当我(?:没|什么都没)(?:说|问)(?:过)?|改天(?:再)?(?:说|谈|聊|弄)|下次(?:再)?(?:说|谈|聊)|以后再(?:说|谈)|回头再(?:说|谈|弄)|暂时(?:先)?不(?:弄|谈|办|搞)了?"
    r"|(?:先)?(?:这样吧|就这样)[\s,，。]*不(?:谈|弄|搞|说)了|不用(?:弄|办|谈|搞)?了",
)
# Whoever says that paying is not what they talk of now.
NOT_OF_PAYING = re.compile(
    r"\bnot (?:talking|speaking|discussing) (?:about |of )?(?:pay\w*|money|plans?|instal\w+)\b"
    r"|(?:先|暂时|今天|现在)(?:先)?(?:不|别)(?:谈|说|聊|提)(?:还[钱款]|[钱款]的?事|还的?事)"
)
# What stood before shall go on standing.
KEEP = _whole(
    r"(?:(?:just|let'?s|i'?ll|we'?ll|can we) )*(?:keep|leave|stick (?:to|with)|go back to)"
    r" (?:it|that|things|everything|the plan|the old (?:one|plan|day|date|amount)|my plan)"
    r"(?: (?:how|as|the way|like|what) (?:it|things|they) (?:was|were|is|are))?(?: before| already)?"
    r"|no changes?|don'?t change (?:it|anything|a thing)",
    r"(?:还是|就|那就)?(?:照|按|用|保持|维持)着?(?:原来|原先|原|之前|以前|老)(?:的|样|那样|计划|安排|约定|方案)*"
    r"(?:来|走|办|还|不变|就好|就行)*|不(?:改|换|变)(?:了|啦)?|(?:原来|之前|以前)的(?:就好|就行|不变|不动)",
)
# Said by themselves while terms wait for a yes, only these mean what stood before, and not the terms.
AS_BEFORE = re.compile(r"\b(?:was|were|before|old|back)\b|原|之前|以前|老样")
CHANGED_MIND = _whole(
    r"i'?(?:ve| have)? ?changed? my mind|on second thoughts?(?:[\s,]+no)?|i'?(?:m| am)? ?(?:having|had) second thoughts"
    r"|(?:can|could) (?:i|we) (?:still )?(?:change|undo|alter|amend) (?:that|it|this|the plan)"
    r"|still can i change (?:that|it)"
    r"|i (?:want|need|would like|'d like) to (?:change|undo|alter) (?:it|that|this)|i take (?:it|that) back"
    r"|i (?:don'?t|dont|do not) want (?:this|it|that)(?: any ?more)?|i regret (?:it|that|this)"
    r"|(?:that|this)(?:'?s| is) (?:wrong|not right|a mistake)|i made a mistake|can it (?:still )?be changed"
    r"|is it too late to change(?: (?:it|that))?",
    r"我?(?:又|有点|有些)?(?:反悔|后悔)|我?(?:又)?改(?:变)?主意|我?不想要?(?:这样|这个|这么还)|不要(?:这样|这个)"
    r"|我?(?:现在)?(?:还)?(?:想|能不能|能|可不可以|可以|要)(?:再|还)?(?:改|换|变)(?:一?下|一改|动)?(?:吗|嘛|么)?"
    r"|我?(?:弄|搞|说|选|答应)错|(?:能|可以)?(?:撤回|收回)(?:吗)?",
)
NO_AFTER_ALL = re.compile(r"(?:actually|wait|hmm+|oh|sorry|hang on|hold on)[\s,.!]*(?:no|nope)[\s,.!]*")
AGREED_BEFORE = re.compile(
    r"\bwhat (?:did|have|had|was it) (?:we|i|you and i) (?:\w+ )?(?:agree|agreed|settled?|decided?|arranged?|say"
    r"|said|sign(?:ed)?)"
    r"|\bdid (?:we|i|you and i) (?:\w+ )?(?:agree|settle|decide|arrange|come to|shake)\b"
    r"|\bwhat (?:we|i) (?:had )?agreed\b|\bwhat was (?:agreed|my (?:plan|deal))|\bremind me what\b"
    r"|\bwhat(?:'?s| is) (?:my|our) (?:plan|deal|agreement|arrangement)\b"
    r"|(?:之前|上次|上回|刚才|当初|以前|前几天|那天)[^,，。]{0,4}(?:怎么|咋)(?:说|谈|约|定|商量)"
    r"|说好的?(?:是|都是)?(?:什么|啥|多少|哪天)|(?:说|讲|谈|约|商量|定)好(?:了|的)?(?:是)?(?:怎么|咋)(?:个)?(?:还|付|缴|弄|办|来)|约(?:定|好)的?(?:内容)?(?:是)?(?:什么|啥|多少|哪天)|谈到哪|怎么约定"
    r"|答应(?:过|了)?(?:[还付给]|你们)*的?(?:是)?(?:多少|什么|啥|哪天)"
    r"|(?:之前|上次|上回|前天|昨天|前几天|那天|我们)[^,，。]{0,6}(?:谈|说|讲|定|约|商量)(?:成|妥|好|拢|定|下来)了?(?:吗|嘛|没有?|么|什么)"
    r"|有(?:没有)?(?:谈|说|讲|定|约)(?:成|妥|好|定|下来?)(?:过|了)?(?:什么|啥|吗|嘛|没|么)"
    r"|我的?(?:分期|计划|约定|方案|还款计划)是(?:什么|啥|怎么样)"
)
NEXT_OR_LEFT = re.compile(
    r"\bhow many (?:more )?(?:payments? |instal+ments? )?(?:left|remain\w*|to go|more payments?)\b"
    r"|\bwhat do i pay next\b|(?:还有|还剩下?|剩下?)(?:多少|几)(?:期|个月|次|笔)"
)
# Words by which people take back what they wrote a moment ago.
CORRECTION = re.compile(
    r"\b(?:no+|nope|not|sorry|oops|whoops|i mean|meant|typo|mistake|wrong|instead|actually|should (?:be|have been|say)"
    r"|slip(?: of the finger)?|i said|(?:make|change|switch|move) (?:it|that|this)(?: to)?|can (?:it|we|i)"
    r"|could (?:it|we|i)"
    r"|correction|rather|hang on|hold on|wait)\b"
    r"|不对|不是|错了|[打写说搞弄输记]错|应该|改成|改到|改为|换成|换到|说的是|是说|我说|而是|金额错|日期错|反了",
)
# What is said of the debt itself is no slip of the finger.
ABOUT_THE_DEBT = re.compile(
    r"\b(?:owe|owed|owing|debt|balance|charged?|paid|bill|loan|interest|fees?)\b|欠|账|利息|费用|已经还|还过|借|扣"
)
_FILLER = re.compile(
    r"\b(?:a|an|the|it|its|it's|that|thats|that's|this|is|was|be|been|to|of|on|in|at|by|for|from|please|pls|ok"
    r"|yes|and|or"
    r"|my|me|i|we|you|like|just|payments?|month|week|day|date|amount|figure|number|start(?:ing)?|first|every|each"
    r"|one|should"
    r"|do|have)\b|[我你您是的了吧啊呀那这个就要上月周每天号期元块钱想能可以不行好请吗日金额数字第一笔从开始付还]"
)
ANYTHING_GOES = _whole(
    r"whenever|any ?time|(?:i )?don'?t mind|doesn'?t matter|either|whatever|up to you|no preference|all the same",
    r"随便|都行|都可以|无所谓|什么时候都行|看你|任何时间",
)
UNDECIDED = _whole(
    r"(?:i )?(?:don'?t|dont|do not) know(?: yet)?|no idea|not sure(?: yet)?|it depends|depends|hard to say"
    r"|whatever you (?:think|say|suggest)|you tell me|what do you (?:think|suggest)|not (?:a lot|much)",
    r"不知道|不清楚|不好说|说不好|说不准|不确定|还不确定|看情况|你说呢|你们定|你看着办|不多|没多少|没想好",
)
NO = re.compile(r"no+|nope|nah|sorry|不了?|不用了?|不要了?|不好意思")
GO_ON = _whole(
    r"(?:go|carry|keep) on(?: here)?|continue(?: here)?|stay here|with you",
    r"继续(?:聊|说|谈)?|在这里?(?:说|聊|谈)|跟你(?:说|聊)",
)
NO_MORE_QUESTIONS = _whole(
    r"stop asking(?: me)?(?: (?:this|that|these|questions))*|no more questions", r"下一[个题]|别问了?|不要问了?"
)
BYE_FOR_NOW = _whole(
    r"(?:talk|speak|chat|catch you|see you|ttyl)(?: to you)?(?: (?:later|soon|tomorrow))?",
    r"(?:下次|回头|改天|明天|晚点)(?:再)?(?:聊|见|找[你您])|我(?:先)?(?:下|走|忙)",
)
LESS = _whole(
    r"(?:can it be |any(?:thing)? |a bit |a little )*(?:lower|less|cheaper|smaller)",
    r"(?:能不能|可不可以|可以|能)?(?:再)?(?:少|低|便宜)(?:一?点|一?些)(?:行不行|行吗|可以吗|可不可以|好不好|不行)?",
)
NO_MONEY = _whole(
    r"no way (?:i|we) can (?:pay|afford|manage)(?: (?:it|that|this|any of it|all that))?",
    r"(?:我|最近|这个月|这阵子|现在|真的?|有点|太|很|比较|实在|钱|资金)*"
    r"(?:手头(?:有点|太|很|比较|真的?)?紧张?|手紧|周转不(?:过来|开|灵)|拿不出钱?来?)",
)
IS_IT_SAFE = _whole(
    r"is (?:this|it)(?: thing| chat| site)? (?:safe|secure)(?: to use)?", r"(?:这|这里|这个)?(?:安全|靠谱|可靠)吗"
)
# Whoever asks who writes has not said that they are somebody else.
WHO_WRITES = _whole(
    r"who(?:'?s| is| are| am i)(?: it| this| that| you| u)?(?: (?:exactly|again|even|really))?"
    r"(?: (?:texting|messaging|writing|contacting|talking|speaking)(?: to| with)?(?: me)?)?(?: from)?",
    r"(?:请问)?[你您](?:们|哋)?(?:到底|究竟)?(?:是|系|是哪位|哪位|边个)(?:谁|哪位|哪个|边个|边位)?(?:[啊呀])?|(?:这|那)(?:里)?是(?:谁|哪里|哪家)",
)
# Whoever only says that we wrote to them opens the conversation; whoever was written to too often, or doubts it, says
# more.
WRITTEN_TO = re.compile(
    r"\b(?:got|get|had|have|received|saw|seen) (?:a|an|your|this|the|some) (?:\w+ )?"
    r"(?:text|message|letter|e-?mail|sms|notice|notification|missed call|call|msg)s?\b"
    r"|\b(?:someone|somebody|you|ye|yous|they|your (?:office|lot|team|people|company|firm|colleague))"
    r"(?: (?:from|at|in) your (?:office|lot|team|company|place|side|end))?(?: have| has| just|'ve)?"
    r" (?:texted|messaged|wrote|written|called|rang|e-?mailed|contacted)\b"
    r"|(?:收到|看到|接到)[^,，。]{0,6}(?:消息|短信|通知|信|邮件|电话|简讯|讯息)[^,，。]{0,4}(?:让|叫|请|要)我"
    r"|(?:收到|看到|接到)了?(?:一[条个封])?[你您]们.{0,8}(?:消息|短信|通知|信|邮件|电话|简讯|讯息)"
    r"|[你您]们.{0,6}(?:发|打|寄|传)(?:过|来|了)?(?:一?[条个封])?(?:我的?)?(?:消息|短信|通知|信|邮件|电话|简讯|讯息)"
)
SAYS_MORE = re.compile(
    r"\b(?:keep|kept|stop|again|every|always|constantly|how|why|scam|fake|real|legit|genuine|wrong|not me|isn'?t me"
    r"|complain|report|paid|pay|never)\b|\d{4}"
    r"|一直|老是|总是|天天|每天|别|不要|停|骗|真的|假|投诉|举报|打错|不是我|找错|怎么|为什么|凭什么|还了|还过|没借|没有借"
)
# What somebody lacks to identify themselves is no lack of money.
LACKS_DETAILS = re.compile(
    r"\b(?:don'?t|do not|haven'?t|can'?t) (?:have|got|get|find|know|remember|recall) (?:the|my|that|it|any)? ?"
    r"(?:account|acc|number|card|reference|ref)\b|(?:账号|账户|卡号|编号)[^,，。]{0,8}(?:找不到|不记得|忘|没有|不在)"
)
# Whoever would rather not say who they are.
RATHER_UNKNOWN = re.compile(
    r"(?:\bnot|n'?t|\bno way|\bnever|\brefuse|\brather not)\b.{0,24}"
    r"\b(?:giv\w+|hand\w*|tell\w*|shar\w+|send\w*|typ\w+|provid\w+)\b.{0,30}\b(?:birth\w*|dob|details|information|info|personal|account|number|id|stranger|code)\b"
    r"|(?:不会|不想|不愿|不能|才不|凭什么|不打算|不要).{0,6}(?:把|告诉|给|提供|透露|发|说).{0,10}"
    r"(?:生日|出生|信息|资讯|个资|资料|账号|身份证|号码|陌生人|验证码)"
)
# Whether instalments cost anything beside what is owed; of what was charged before, more is said.
COSTS_EXTRA = re.compile(
    r"\b(?:extra|additional|more|further|added|adding|on top)\b.{0,30}\b(?:fees?|charges?|interest|costs?|money)\b"
    r"|\b(?:fees?|charges?|charged|interest|costs?)\b.{0,30}\b(?:extra|on top|along the way|as (?:i|we) go"
    r"|while (?:i'?m|i am|im|we'?re) paying"
    r"|for (?:paying|splitting|instal\w+|doing (?:it|that)))\b"
    r"|(?:分期|这样|这么|拆开|改|慢慢还).{0,8}(?:要不要|会不会|用不用|需不需要|要|会|还).{0,4}(?:另外|额外|多|再|加|手续费|利息)"
    r"|(?:另外|额外|再|还|多)(?:要|会|需)?(?:收|加|交|付|算|给)(?:我)?.{0,4}(?:手续费|利息|费用|服务费|钱)"
)
CHARGED_BEFORE = re.compile(
    r"\b(?:did|have|has|had|was|were|been|already|why|waive|remove|drop|take off|reduce)\b"
    r"|为什么|凭什么|怎么(?:还|又|多)|已经|减|免|去掉"
)
# Time is meant, not smaller payments.
LATER = re.compile(
    r"\b(?:push|put|move|shove|nudge)\b.{0,12}\b(?:back|off|along)\b|\bmore time\b"
    r"|\bnext (?:week|month|payday) instead\b"
    r"|拖|推迟|延期|延后|延到|宽限|缓一?缓|往后[推挪]|晚(?:点|几天|一点)"
)
# And that it is not, any more.
NOT_LATER = re.compile(
    r"\b(?:no|not|without|forget(?: about)?|skip|don'?t want|rather than|instead of) (?:the |a |any |to )?"
    r"(?:push\w*|put\w*|mov\w+|more time|delay\w*|pause)(?: (?:it|this|that))?(?: (?:back|off|along))?"
    r"|(?:(?<![能可要会])不|别|甭|无需|不用)(?:再|想|能|要|必|用|敢|往后|一直)*(?:拖|推迟|延期|延后|延到|宽限|缓一?缓|缓)(?:了|着)?|拖着|拖下去"
)


# One figure against another: what stands between the two, or before the first of them.
AGAINST = re.compile(r"[\s,，]*(?:not|instead of|rather than|and not|不是|别是|不系)\s*(?:the |每月|一个月)?[$£€¥]?\s*")
NOT_THIS = re.compile(r"(?:\bnot|不是|不系)\s*(?:the |每月|一个月)?[$£€¥]?\s*\Z")
BUT_THIS = re.compile(r"[\s,，.。]*(?:but|it'?s|是|而是|应该是|要|系)?\s*(?:每月|一个月)?[$£€¥]?\s*")
PAUSES = re.compile(r"[,.;!，。；！\n](?!\d)")
# Longer messages say more than one plain thing.
LONGEST = 120
ENDS = re.compile(r"\A[\W_]+|[\W_]+\Z")


# Letters that no word is made of: so many consonants in a row, one bit over and over, sounds without sense.
NO_WORD = re.compile(
    r"[a-z]*[bcdfghjklmnpqrstvwxz]{4,}[a-z]*|([a-z]{2,3})\1+[a-z]?|[a-z]*(?:asdf|qwer|zxcv|hjkl)[a-z]*"
)
SOUNDS = re.compile(r"(?:[啊吧叭咕叽唧嘰噜嚕嘟滴呜嗚咿呀哇啦噗吱喵汪]\W*){4,}")


def is_noise(text: str) -> bool:
    """Whether a message is nothing but letters or sounds that make no words ("asdlkjh qwpo", 咕叽咕叽)."""
    said = text.strip().lower()
    if SOUNDS.fullmatch(said):
        return True
    words = re.findall(r"[a-z]{3,}", said)
    foreign = re.search(r"[0-9\u3400-\u9fff]", said)
    return bool(words) and not foreign and 2 * sum(bool(NO_WORD.fullmatch(word)) for word in words) >= len(words)


def folded(text: str) -> str:
    """A message as these patterns are written for: folded, without marks at its ends; nothing of a long one."""
    return ENDS.sub("", fold(text)) if len(text) <= LONGEST else ""


def asks_for_time(text: str) -> bool:
    """Whether a folded message says nothing but that somebody needs time, and perhaps goodbye."""
    parts = [part for part in re.split(r"[,.;!，。；！]+\s*", text) if part]
    waits = [bool(WAIT.fullmatch(part)) for part in parts]
    return any(waits) and all(wait or BYE_FOR_NOW.fullmatch(part) for wait, part in zip(waits, parts, strict=True))


def is_thinking(text: str) -> bool:
    """Whether somebody wants to think it over, by a folded message."""
    return bool(THINKING.search(text)) and not NOT_THINKING.search(text)


def leaves(text: str) -> bool:
    """Whether a folded message says nothing but that what is open is to be left, and perhaps what stood kept."""
    parts = [part for part in re.split(r"[,.;!，。；！]+\s*", text) if part]
    left = [bool(LEAVE.fullmatch(part)) for part in parts]
    kept = [bool(KEEP.fullmatch(part)) for part in parts]
    whole = all(a or b or NO.fullmatch(part) for a, b, part in zip(left, kept, parts, strict=True))
    return bool(LEAVE.fullmatch(text)) or (whole and (any(left) or (any(kept) and bool(AS_BEFORE.search(text)))))


def is_correction(text: str, named: list[tuple[int, int]]) -> bool:
    """Whether a message only puts right what was named before; ``named``: where in it terms are named."""
    said = fold(text)
    if not CORRECTION.search(said) or ABOUT_THE_DEBT.search(said):
        return False
    rest = "".join(" " if any(a <= i < b for a, b in named) else char for i, char in enumerate(said))
    rest = _FILLER.sub(" ", CORRECTION.sub(" ", rest))
    return len(re.sub(r"[\W\d_]+", "", rest)) <= 8


def sets_right(text: str, named: list[tuple[int, int]]) -> bool:
    """Whether a message sets one figure against another ("150 not 115", 不是三百 四百); ``named``: where amounts are.

    What is said of the debt in the same breath makes it no slip of the finger.
    """
    said = fold(text)
    for (start, end), (after, last) in pairwise(sorted(named)):
        between = said[end:after]
        against = AGAINST.fullmatch(between) or (NOT_THIS.search(said[:start]) and BUT_THIS.fullmatch(between))
        if against:
            begins = max((mark.end() for mark in PAUSES.finditer(said, 0, start)), default=0)
            ends = PAUSES.search(said, last)
            return not ABOUT_THE_DEBT.search(said[begins : ends.start() if ends else len(said)])
    return False


def wants_later(text: str) -> bool:
    """Whether a folded message asks for time to pay, and does not call that off."""
    return bool(LATER.search(NOT_LATER.sub(" ", text)))
