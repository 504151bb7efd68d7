"""Reasons for not paying, by the phrases in which people tell them.

A reason is told as a fact of the speaker's own life.  "What if I lose my job", "I didn't lose my job" and the report
that the borrower has died are none.  Each reason is named once a message, where it is first told.
"""

from __future__ import annotations

import re

from bot.nlu.extraction.reading import Reading

# Short names for what the phrases below repeat; they stand in braces.
_SHORT = {
    "my": "(?:my|our|the|his|her|a|an)",
    "own": "(?:my|our)",
    "adj": r"(?:[a-z-]+ )?",
    "get": "(?:got|get|getting|been|being|was|were|am|are|is|i'm|just)",
    "has": (
        "(?: (?:has|have|had|is|are|was|were|got|been|being|just|now|recently|also|all|really|very|so|too"
        "|still|badly|"
        "seriously|currently|finally|completely|suddenly|keeps?|went|gone|had to))*"
    ),
    "kin": (
        "(?:mother|mom|mum|mam|mommy|mummy|father|dad|daddy|son|daughter|wife|husband|kids?|child|children"
        "|baby|toddler|"
        "brother|sister|grand(?:ma|pa|mother|father|parents?|son|daughter)|nan|gran|granny|partner|parents?"
        "|girlfriend|"
        "boyfriend|fianc[eé]e?|uncle|aunt|auntie|spouse|twins?|in-?laws?|(?:mother|father)-in-law)"
    ),
    "firm": "(?:company|employer|firm|factory|workplace|boss|plant|mill|school|restaurant|shop|place)",
    "trade": (
        "(?:business|shop|store|restaurant|cafe|café|company|firm|salon|bar|pub|startup|start-up|practice"
        "|stall|bakery|"
        "garage|studio|farm|takeaway|food truck|market stall|freelance work|trade)"
    ),
    "ended": (
        "(?:fail(?:ed|ing|s)?|under|bust|clos(?:ed|ing|e)(?: down)?|shut(?:ting)?(?: down)?|collapsed"
        "|fold(?:ed|ing)|"
        "bankrupt|broke|belly up|going under|down the drain|into liquidation|into administration|insolvent)"
    ),
    "income": (
        "(?:hours|pay|salary|salaries|wages?|income|shifts|overtime|commissions?|benefits|pension|takings"
        "|tips|earnings|"
        "paycheck|pay ?check|take-home|bonus|rota)"
    ),
    "亲": (
        "(?:妈妈?|母亲|老妈|阿妈|爸爸?|父亲|老爸|阿爸|儿子|女儿|闺女|老婆|妻子|太太|媳妇|老公|丈夫|爱人"
        "|配偶|孩子|小孩|娃|"
        "宝宝|爷爷|奶奶|外公|外婆|姥姥|姥爷|婆婆|公公|哥哥?|弟弟?|姐姐?|妹妹?|家人|家里人|家属|老人|父母"
        "|爸妈|双亲|女朋友|"
        "男朋友|岳父|岳母|老人家|细路|亲人)"
    ),
    "时": (
        "(?:最近|刚刚?|又|突然|也|都|就|一直|现在|正|正在|已经|还|还在|前几天|前不久|上个?[周月]|上星期"
        "|去年|今年|年初|年底|不幸|因病)*"
    ),
    "店": (
        "(?:公司|店铺?|小店|门店|餐馆|饭店|餐厅|饭馆|工厂|厂子?|厂房|铺子?|门面|店面|理发店|超市|网店|生意"
        "|工作室|养殖场|农场)"
    ),
    "垮": (
        "(?:倒闭|关(?:门|了|掉|张|闭)|破产|亏|赔|黄了|垮|做不下去|开不下去|撑不(?:住|下去)|没了|失败|歇业"
        "|停业|结业|执笠|清算)"
    ),
    "薪": "(?:工资|薪水|薪资|薪金|人工|月薪|奖金|提成|工钱)",
}

_ENGLISH: dict[str, tuple[str, ...]] = {
    "business_failure": (
        "{own} {adj}{trade}{has} {ended}",
        "(?:the|a) (?:business|shop|store) (?:i (?:own|ran|had) )?{has} {ended}",
        "{own} {adj}{trade}{has} (?:struggling|slow|dead|dying|quiet|suffering|losing money|not doing well"
        "|doing badly)",
        "(?:clos(?:e|ed|ing)|shut(?:ting)?|fold(?:ed)?|wound up|wind up|lost|sold|losing)(?: down)? {own} {adj}{trade}",
        "business (?:is |has been |was |went )?(?:slow|bad|terrible|failed|under|collapsed|quiet|closed"
        "|failing|dried up|dead)",
        "business failure",
        "no customers",
        "lost (?:all |most of )?{own} (?:biggest |main |best |only )?(?:customers?|clients?|contracts?)",
        "{own} (?:biggest|main|only|largest) (?:client|customer){has} (?:left|gone|cancelled|dropped"
        "|didn't pay|hasn't paid)",
        "(?:clients?|customers?) (?:hasn't|haven't|hasnt|havent|didn't|won't|not|never) pa(?:id|y)",
        "bad investments?|investment (?:failed|went)",
    ),
    "job_loss": (
        "los(?:t|e|ing) {my} {adj}(?:job|work|employment|position)",
        "(?:{get} )?laid off|lay-?offs?|let {own} go",
        "{get} (?:fired|sacked|let go|terminated|canned|dismissed|retrenched|axed|made redundant|redundant)",
        "(?:was |got |been )?made redundant|redundanc(?:y|ies)|retrench(?:ed|ment)",
        "unemploy(?:ed|ment)|jobless",
        "out of (?:a job|work|employment)",
        "between jobs|no job|without (?:a )?(?:job|work)(?!s)",
        "(?:don't|dont|do not|didn't) have (?:a |any )?(?:job|work)(?! (?:today|tomorrow))",
        "(?:haven't|havent|have not|can't|cannot|cant|couldn't) (?:been able to )?(?:find|found|got"
        "|get) (?:a |any )?(?:new )?"
        "(?:job|work)",
        "{own} (?:job|contract|position|role|gig|temp job|agency work){has} (?:ended|end|ran out|finished"
        "|cut|eliminated|axed|"
        "terminated|not renewed|wasn't renewed|gone|over)",
        "{firm}{has} (?:let me go|fired me|laid me off|sacked me|let us go|let everyone go|laid us off"
        "|made me redundant)",
        "(?:they|he|she) (?:fired|sacked) me|(?:they|he|she) (?:laid me off|let me go)",
        "{own} (?:employer|workplace|factory){has} {ended}",
        "(?:the )?(?:company|firm|factory|place|restaurant|shop|employer|plant)(?: (?:i|where i"
        "|that i) work(?:ed)?(?: for| at| in)?)"
        "{has} {ended}",
        "the (?:company|factory|firm|plant){has} {ended}",
        "quit {own} job|(?:had to|forced to) (?:quit|resign)",
        "(?:looking|searching) for (?:a )?(?:new |another )?(?:job|work)(?!ing)|job ?hunting",
        "(?:i'm|i am|im|we're|been|currently) not working|not been working|haven't (?:been working|worked)"
        "|stopped working",
    ),
    "income_cut": (
        "(?:cut|reduced|slashed|lowered|halved|dropped|lost|losing|docked)(?: back| down)?(?: on)? (?:my"
        "|our|his|her|all my|"
        "everyone's|the) {adj}{income}",
        "(?:my|our|the|his|her|husband's|wife's|partner's) {adj}{income}(?: at work)?{has} (?:cut|reduced"
        "|dropped|halved|"
        "slashed|down|fell|fallen|dried up|stopped|lower(?:ed)?|delayed|late|decreased|shrunk|suspended"
        "|lost|smaller|not come|"
        "less|frozen|docked)",
        "(?:reduced|fewer|less|shorter) (?:hours|shifts|work(?! for)|overtime|income|pay|gigs)",
        "(?:pay|salary|wage|income) (?:cuts?|reductions?|drops?|loss)|(?:loss|drop|reduction|fall"
        "|cut) (?:of|in) {adj}"
        "(?:income|earnings|wages?|pay|salary|hours)",
        "furlough(?:ed)?|short[- ]time working",
        "(?:put|gone|went|moved|down|only|working)(?: on| to)? part[- ]time",
        "(?:boss|employer|company|work|they|job|{firm}) (?:still )?(?:hasn't|hasnt|haven't|havent|has not"
        "|have not|didn't|didnt|did not|"
        "won't|isn't|is not|never|stopped)(?: been)? (?:paid|pay|paying) (?:me|us|my|our|out|salar|wage"
        "|anyone)",
        "(?:haven't|havent|have not|hasn't|wasn't|didn't|not) (?:been |get |got |gotten "
        "|getting )?(?:my )?paid (?:yet|by my|by the|in "
        "(?:weeks|months|ages)|for (?:weeks|months)|my wages|at work)",
        "unpaid (?:leave|wages)|wages are late|salary is (?:late|delayed)",
        "no (?:shifts|hours|overtime|income|commission|work (?:coming|at the moment|right now|lately|this))",
        "work (?:has |is |has been )?(?:dried up|been slow|slow|slowed)|zero[- ]hours?",
        "(?:taking|bringing|earn|earning|making|make|getting|paid|earned) (?:home )?(?:a lot |much |way "
        "|far )?less(?: home| money)?"
        "(?! than (?:you|that amount))",
        "on strike|(?:only )?on (?:universal credit|statutory sick pay|sick pay|the dole|disability benefit)",
        "(?:benefits|pension|universal credit) (?:was |were |got |has been |have been )?(?:cut|stopped"
        "|reduced|sanctioned)",
    ),
    "caring": (
        "(?:car(?:e|ing)|look(?:ing)?) (?:for|after) {my} {adj}{adj}{kin}",
        "tak(?:e|ing) care of {my} {adj}{adj}{kin}",
        "{own} {adj}{kin}(?:'s|'s been)?{has} (?:sick|ill|unwell|poorly|in (?:the )?hospital"
        "|hospitali[sz]ed|in intensive care|in "
        "icu|dying|having surgery|having an operation|disabled|diagnosed|dementia|cancer|in a coma"
        "|fell (?:ill|sick))",
        "{own} {adj}{kin}(?:'s)? (?:has|had|needs?|got|needed|requires|has had|has been having|just had"
        "|fell|became|broke) {adj}{adj}"
        "(?:cancer|surgery|operation|stroke|dementia|treatment|accident|alzheimer'?s?|care|covid|chemo\\w*"
        "|ill|sick|heart attack|"
        "disability|leg|hip|medicine|medication)",
        "{own} {kin}'s {adj}(?:illness|surgery|treatment|hospital|medical|operation|care|medication"
        "|hospital bills?|medical bills?)",
        "(?:full[- ]time )?carer(?! allowance)|caregiver|(?:maternity|paternity|parental) leave",
        "(?:had|having|have|expecting|got|with) a (?:new )?(?:new ?born|baby)|new ?-?born|new baby|pregnan(?:t|cy)",
        "child ?care|single (?:mother|mom|mum|parent|father|dad)",
        "(?:sick|ill|disabled|elderly) (?:child|kid|son|daughter|mother|father|mum|mom|dad|parents?|wife|husband|baby)",
    ),
    "illness": (
        "(?:i'm|i am|im|i've been|i have been|i was|i got|i get|i fell|been|became"
        "|was) (?:{adj}){0,2}(?:sick|ill|unwell|poorly)(?! of| "
        "and tired)",
        "off sick|sick leave|got (?:{adj}){0,2}(?:sick|ill)(?! of)|fell (?:{adj})?(?:ill|sick)|taken ill",
        "(?:in|from|out of|to|at) (?:the )?hospital|hospitali[sz]ed|hospital (?:stay|bills?|treatment)",
        "{own} (?:surgery|operation|illness|health|injury|condition|cancer|disability|treatment|back"
        "|recovery|mental health|"
        "depression|anxiety|chemo|knee|heart)(?:{has} (?:bad|worse|getting worse|failing|poor|declin\\w+"
        "|deteriorat\\w+|problems?))?",
        "(?:had|need|needed|needs|having|after|undergoing|undergo|recovering from|waiting for|have|facing"
        "|for) (?:an? |my |some )?{adj}"
        "(?:surgery|operation|heart attack|stroke|accident|breakdown|transplant|chemo\\w*|miscarriage"
        "|seizures?|biopsy|dialysis)",
        "(?:car|work|traffic|motorbike|motorcycle|road|bike|workplace) (?:accident|crash)|(?:accident|injury) at work",
        "medical (?:bills?|emergency|expenses|costs|issues?|problems?|leave|treatment|conditions?|reasons?)",
        "health (?:issues?|problems?|conditions?|reasons?|scare|crisis)",
        "diagnosed|cancer|chemo(?:therapy)?|injur(?:ed|y)|broke(?:n)? {own} [a-z]+(?<!heart)(?<!phone)",
        "(?:have|had|got|caught|with|long) covid|depress(?:ed|ion)|mental health|burn(?:t|ed)? ?out",
        "disabled|disability|on dialysis|slipped dis[ck]|in rehab|signed off(?: work| sick)?|unfit (?:for|to) work",
        "(?:can't|cannot|cant|unable to) work",
        "heart (?:problems?|attack|condition|failure|surgery)|a stroke",
    ),
    "bereavement": (
        "(?:lost|losing|buried|bury(?:ing)?) {own} {adj}{kin}",
        "{own} {adj}{kin}{has} (?:passed(?: away| on)?|died|dies|killed|dead|deceased|passing)",
        "death (?:in (?:the|my|our) family|of {my} {adj}{kin})|family death|family bereavement",
        "{own} {kin}'s (?:death|funeral|passing|burial)",
        "funerals?(?: costs?| expenses?| bills?)?|burial|bereave(?:d|ment)|widow(?:ed|er)?|(?:passing"
        "|loss) of {my} {adj}{kin}",
    ),
    "divorce": (
        "divorc(?:e|ed|ing)|custody|alimony|child (?:support|maintenance)",
        "(?:my|we|i|recently|just|got|are|am|husband and i|wife and i|we've|i've|we're|i'm|legally)(?: are"
        "| am| have| got| just| recently| "
        "been)* separated|(?:my|our) separation|separating|going through a (?:separation|break ?up)",
        "split (?:up )?(?:with|from) {own} {adj}(?:wife|husband|partner|ex|girlfriend|boyfriend)",
        "(?:we|wife and i|husband and i|partner and i)(?: have| just| recently|'ve)* (?:split up|broke up"
        "|broken up|split(?= |$|[,.])(?! "
        "(?:the|it)))",
        "{own} (?:wife|husband|partner|ex|spouse|girlfriend|boyfriend){has} (?:left(?: me| us)?|walked out"
        "|moved out|took everything|"
        "kicked me out)",
        "broke up with {own}|(?:{own} )?(?:marriage|relationship){has} (?:broke|broken|ended|fell|fallen"
        "|over)(?: down| apart)?",
    ),
    "disaster": (
        "(?:house|home|flat|apartment|place|shop|farm|car|village|basement|kitchen|roof|we|everything"
        "|town){has} (?:flooded|burn(?:ed|t)"
        "(?: down)?|destroyed|under water|washed away|damaged (?:by|in)|blown (?:off|away)"
        "|struck by lightning)",
        "(?:house|kitchen|home|bush|wild|apartment) ?fires?|(?:a|the|in a) fire(?= (?:in|at|destroyed|burn"
        "|last|took|damage)|$|[,.! ])",
        "floods?|flooding|flooded|hurricane|earthquake|typhoon|tornado|cyclone|landslide|mudslide"
        "|natural disaster|tsunami|drought",
        "storm (?:damage|destroyed|took|hit)|(?:the|a|last) storm|burst pipes?",
        "hit by (?:the|a) (?:flood|storm|hurricane|typhoon|earthquake)",
    ),
    "other": (
        "{own} {adj}(?:car|van|truck|boiler|roof|washing machine|bike|fridge|heating|furnace|laptop|heater"
        "|scooter|motorbike){has} (?:broke"
        "(?:n)?(?: down)?|died|packed (?:in|up)|blew up|stolen|totall?ed|gave out|failed|written off"
        "|leaking|collapsed|needs? fixing)",
        "(?:car|house|home|emergency|boiler|roof) repairs?|vet(?:'s)? bills?",
        "(?:unexpected|emergency|surprise|sudden|unforeseen|huge|big) (?:bills?|expenses?|costs?|repairs?)",
        "(?:my|the|our) (?:rent|mortgage|energy bills?|bills|electric(?:ity)? bills?|food bills?"
        "|utility bills?|heating bills?|council tax|"
        "school fees|tuition){has} (?:gone up|up|increased|doubled|going up|rising|tripled|skyrocketed"
        "|shot up|jumped|too high)",
        "cost of living|inflation|(?:school|tuition|university|college) fees",
        "{get} (?:evicted|robbed|scammed|mugged|defrauded|conned)|(?:i|we) (?:just |recently )?(?:got|was"
        "|were) "
        "(?:evicted|robbed|scammed|mugged|defrauded)|evicted|homeless|burgl(?:ed|ary|arized)",
        "(?:was|went|been|in|got out of|out of) (?:to )?(?:jail|prison)",
        "family (?:emergency|problems?|issues?|crisis)|emergency (?:at home|in the family|came up)",
        "too many (?:bills|debts|loans)|(?:lots of|so many) other (?:bills|debts|loans)",
        "personal (?:problems|reasons|issues|circumstances)|gambl(?:ing|ed)(?: debts?| problem| addiction)?",
        "{own} (?:wallet|purse|card|bag|identity|bank account){has} (?:stolen|frozen|blocked|hacked)",
    ),
}
_CHINESE: dict[str, tuple[str, ...]] = {
    "business_failure": (
        "(?:我的?|我开的|自己的?|自己开的|我们的|我们家的?|我家的?|我自己的?|开的|家里的?)(?:小|那家|一家"
        "|个|那个)*{店}{时}(?:被迫|经营不善)?{垮}",
        "(?:店铺?|小店|餐馆|饭店|门面|店面|铺子?|厂子|养殖场){时}(?:被迫)?(?:{垮}|转让|出兑)",
        "生意(?:也|很|都|太|非常|一直|最近|越来越|特别|实在|上|现在|今年|真的)*(?:失败|亏|不好|不行|差|惨"
        "|难做|黄了|垮|没了|做不下去|冷清|不景气|"
        "赔|淡|倒|下滑|不顺|难|崩)|没(?:有|什么)?生意|无生意",
        "(?:做|搞)(?:点|个)?(?:小)?(?:生意|买卖)(?:最近|也|都|一直)*(?:亏|赔|失败|血本)",
        "创业(?:失败|亏|没成)|投资(?:失败|亏|被套|打水漂)|炒股(?:亏|赔)|股票(?:亏|套)",
        "亏(?:本|损|空|钱|光|了(?:很多|不少|一大笔|好多|钱|本|几))|赔(?:本|光|了(?:很多|钱|本|不少))|血本无归",
        "客户(?:跑|没|不|拖|还没|一直没)(?:了|给|付|结|欠|路)*(?:款|账|钱|尾款)|货款(?:收不回|没收回|没结"
        "|被拖)|工程款(?:没|拖|要不)|收不回(?:货款|账|钱)",
        "资金链断|经营(?:困难|不善)|破产倒闭",
    ),
    "job_loss": (
        "失业|失了业|待业|下岗|无业",
        "裁员|被裁|裁掉|裁了|被(?:公司|老板|单位|厂里|学校)?(?:辞退|开除|炒|解雇|辞|优化|劝退|遣散)"
        "|炒(?:了)?(?:我)?鱿鱼",
        "丢(?:了|掉|掉了)?(?:工作|饭碗)|丢(?:了)?(?:份|这份)工",
        "(?:没|没有|没了|失去了?|无|找不到|没找到|还没找到|未找到)(?:了)?(?:份)?(?:工作|工)(?!资|夫|具|时间|钱|程)",
        "工作{时}(?:没了|丢了|没有了|不见了|黄了|没着落|也没了)",
        "离职|辞职了|被迫辞职|合同到期(?:没|不)",
        "(?:公司|单位|厂子?|工厂|企业|老板){时}(?:倒闭|破产|关门|解散|没了|跑路|关了|结业|执笠|撤了)(?:了)?",
        "没(?:有)?班上|没工开|手停口停|(?:还|正|现在)?(?:在|正在)找工(?:作)?|没返工|没上班|不上班了",
    ),
    "income_cut": (
        "降(?:了)?薪|减(?:了)?薪|降(?:了)?{薪}|减(?:了)?{薪}|扣(?:了)?(?:我)?{薪}|砍(?:了)?{薪}",
        "{薪}{时}(?:被)?(?:公司|老板)?(?:降|减|少|砍|没发|没到|还没发|未发|拖|停|缩水|打折|发不出|变少|下调"
        "|不发|迟|欠|扣)",
        "(?:公司|老板|单位|厂里|企业|工地){时}(?:拖欠|拖|欠|没发|不发|还没发|迟发|发不出|压着|没给"
        "|不给)(?:了)?(?:我|我们)?(?:的)?(?:了)?(?:[^,，。]{0,4}月)?的?"
        "(?:{薪}|钱)",
        "(?:没|还没|没有|不|停|未|迟迟不|一直没|一直不)(?:有)?(?:发|出)(?:{薪}|粮)|拖欠{薪}|欠薪|拖粮",
        "(?:收入|进账|营业额|业绩){时}(?:大幅|明显|受影响|大不如前)?(?:减少|下降|降低|少了|变少|锐减|没了"
        "|不稳定|不如|骤减|断|缩水|降|减|低|受影响|大跌|腰斩|大不如)",
        "(?:没|没有|无|断了?|失去了?|零)(?:了)?(?:任何|固定|稳定)?(?:收入|经济来源|生活来源|进账)",
        "停薪|停工|停产|放无薪假|无薪假|工时{时}(?:减|少|被|缩)|轮休|开工不足|没活(?:干|儿)|没开工|手头没活",
        "接不到(?:单|活|客)|没(?:有)?(?:单|订单|活)(?:子|接|跑|干)?(?=了|$|[,，。]|可)|订单(?:少|没|减)"
        "|单(?:子|量)(?:少|没|变少|下降)|跑(?:不到|少)单",
        "少了(?:很多|不少)?(?:收入|班|工时)|没(?:有)?加班|挣得少|赚得少|挣不到钱|赚不到钱",
    ),
    "caring": (
        "{亲}{时}(?:得了?|查出|生了?|要|在|重|刚做|刚做了|做|动|突发|患|检查出|确诊|被诊断)*(?:大"
        "|重)?(?:生病|病了|病重|住院|住进|癌|病|手术|瘫痪|医院|中风|化疗|"
        "开刀|出车祸|车祸|icu|确诊|肺炎|骨折|残疾|病倒|透析|抢救|入院|脑梗|摔(?:断|伤|倒)|不舒服|身体不好"
        "|发烧)",
        "(?:照顾|照看|照料|护理|伺候|看护|湊|陪护)(?:着|生病的|卧病的|我|家里的?|年迈的|瘫痪的|住院的|一下"
        "|年幼的|患病的)*(?:的)?{亲}",
        "(?:给|帮|为|陪){亲}(?:看病|治病|交医药费|做手术|交住院费|付医药费|化疗|住院|治疗)"
        "|{亲}(?:的)?(?:医药费|医疗费|住院费|手术费|治疗费|看病)",
        "家里(?:人)?(?:有)?(?:病人|老人(?:要|需要|生病|住院)|人生病|人住院|人病)|家里(?:上有老|还有老人)|上有老",
        "(?:刚)?生(?:了|完)?(?:孩子|小孩|宝宝|娃|二胎|二宝|仔)|(?:孩子|宝宝|小孩|娃){时}出生|坐月子|怀孕"
        "|大肚|产假|奶粉钱",
        "(?:养|带)(?:着|[NＮ一两三二]个)?(?:孩子|小孩|娃|两个娃|家)|单亲|全职(?:妈妈|带娃)",
    ),
    "illness": (
        "(?:我|本人|自己)?{时}(?:生(?:了)?(?:一?场|个)?(?:大|重)*病(?!的)|病了|病倒|大病|重病|得了?(?:重|大"
        "|癌|[^,，。]{0,4}[病癌炎]))",
        "(?:我|本人|自己)?{时}(?:住(?:了|进|着)?(?:[^,，。线]{0,4})?院|入了?医?院|icu)",
        "(?:我)?{时}(?:做|动|要做|刚做|需要|要动)(?:完|了|个|过)?(?:[^,，。]{0,3})?手术|开了?刀|动手术",
        "受了?(?:重|工|轻|点)?伤|骨折|摔(?:断|伤|了一跤)|扭伤|腿断|手断|断了腿",
        "(?:我)?{时}(?:出|遇|遭遇)(?:了|到)?(?:交通事故|车祸)|车祸|工伤|交通意外",
        "癌症|肿瘤|确诊|化疗|抑郁(?:症)?|焦虑症|中风|心脏病|尿毒症|透析|瘫痪|残疾|肺炎|脑梗|腰椎|糖尿病|高血压",
        "身体(?:很|不|出|也|一直|最近|越来越|状况|实在|现在|真的)*(?:不好|不行|差|问题|垮|不舒服|欠佳|弱|状况)",
        "(?:在|去|进|跑)(?:了)?医院|医药费|医疗费|住院费|手术费|治病|看病|养病|养伤|卧床|病假|动弹不得"
        "|没法(?:上班|工作)|干不了活|(?:感染|得了|中)(?:了)?新冠|阳了|阳性",
    ),
    "bereavement": (
        "{亲}{时}(?:去世|过世|走了(?!之|吗)|离世|病逝|没了|不在了|死了|过身|往生|离开了|去逝|逝世|病故|意外身亡)",
        "(?:办|料理|操办|处理)(?:了|完|着|[^,，。]{0,4}的)?(?:丧事|后事|白事|葬礼)|丧事|白事|葬礼|丧葬费?"
        "|奔丧|丧(?:父|母|偶|夫|妻|亲)",
        "家里(?:有人)?(?:去世|过世|办丧|有丧|走了人)",
    ),
    "divorce": (
        "离(?:了|过|完|着)?婚|离异|婚变|婚姻破裂|净身出户|抚养费|赡养费",
        "(?:跟|和|与|同)?(?:老公|老婆|丈夫|妻子|太太|先生|爱人|另一半)?分居|(?:老公|老婆|丈夫|妻子|太太"
        "|男朋友|女朋友)(?:跟人|跟别人)?(?:跑了|走了|分手)",
    ),
    "disaster": (
        "火灾|水灾|洪水|洪灾|水淹|(?:被|给|全|都)(?:水)?淹|淹了|水浸",
        "地震|台风|泥石流|山体滑坡|暴雨|天灾|自然灾害|受灾|灾害|遭灾|旱灾|龙卷风|雪灾|冰雹|发大水",
        "(?:家|房子|屋企|屋|店|仓库|铺|大棚)(?:里)?(?:都|全|也|被)*(?:着火|烧|失火|起火|塌|淹|被水|火烛)|失火|着火了",
    ),
    "other": (
        "被骗(?:了)?(?:钱|光|走|了)?|(?:让|给|被)人(?:家)?骗|遇到(?:诈骗|骗子)|被诈骗",
        "家(?:里|中)(?:最近|突然|又|也|刚)*(?:出了?(?:点|些|大)?(?:事|变故|问题|状况|急事)|有(?:急|点急"
        "|些急|点)事|急用钱|用钱|有变故|有困难|困难|突发|开销大)",
        "出了(?:点|些)事|家庭(?:变故|困难)|突发(?:情况|状况|事情)|急用钱|急需用钱",
        "交(?:了|完)?(?:房租|学费|房贷)|(?:房租|学费|房贷|物价|车贷){时}(?:涨|太高|太贵|上涨|压力)",
        "孩子(?:要|们)?(?:上学|开学|交学费|结婚|读书)|(?:装修|彩礼|结婚|买房|盖房|建房)(?:花|用|把|刚|欠)",
        "车(?:子)?(?:坏|被撞|被偷|抛锚|出了?问题)了?|钱(?:被偷|被骗|丢)|(?:手机|钱包|银行卡)(?:被偷|丢)了?|被偷|失窃",
        "赌(?:博|输|钱)|坐牢|被抓|拘留|入狱",
        "负债(?:太|累累)|债务(?:太|压力|缠身)|(?:别的|其他)(?:债|贷款|网贷)|(?:卡|账户){时}(?:被)?冻结",
        "疫情|隔离|封控|封城",
    ),
}

_BRACES = re.compile(r"\{([a-z]+|[\u4e00-\u9fff])\}")


def _phrases(alternatives: tuple[str, ...]) -> str:
    written = "|".join(alternatives)
    for _ in range(3):
        written = _BRACES.sub(lambda m: _SHORT[m[1]], written)
    return written


_RULES = tuple(
    (
        reason,
        re.compile(rf"(?<![a-z])(?:{_phrases(_ENGLISH[reason])})(?![a-z])"),
        re.compile(_phrases(_CHINESE[reason])),
    )
    for reason in _ENGLISH
)

_SUPPOSED = re.compile(
    r"(?:(?<![a-z])(?:if|unless|in ?case|suppose|supposing|in the event|until|till|should|when|before"
    r"|or else|might|may|could|"
    r"afraid|scared|worried|going to|gonna|will|i'd|i'll|wouldn't|in case of|what about)"
    r"(?: (?:i|we|my|they|it|you|of|that|about|ever|get|i'm|to|be|lose|have|i'll|'ll|have to|there's"
    r"|there is|a|an|the))* "
    r"|(?:如果|要是|假如|万一|倘若|以免|怕|担心|会不会|要让我|会让我|逼我|可能会?|等我"
    r"|假设)[^,，。;.!?]{0,6})$"
)
_DENIED = re.compile(
    r"(?:(?:n't|(?<![a-z])(?:not|never|no longer|nobody|didnt|wasnt|havent|isnt|without|nor))"
    r"(?: (?:even|actually|been|being|really|yet|going|a|an|in|the|had|got|have|any|to|ever))* "
    r"|(?:没有?|不是|并非|并没有?|未|从没|不会)"
    r"(?:被|因为|真的|在|去|说)?)$"
)
# The one who has died is the borrower: the speaker reports it, the debt is not theirs.
_BORROWER_DIED = re.compile(
    r"(?<![a-z])(?:(?:he|she|they) (?:\w+ )?(?:owed|owes|borrowed|took out|had (?:a|the|this|an)"
    r"|has (?:a|the|this|an))"
    r"|(?:his|her|their|late|deceased|(?:dad|mum|mom|father|mother|husband|wife|brother|sister|uncle"
    r"|aunt|son|daughter)'s) (?:\w+ )?"
    r"(?:loans?|debts?|accounts?|estate|name|balance)|(?:the|your) (?:borrower|customer|account holder"
    r"|client)|executor|probate"
    r"|next of kin|death certificate)(?![a-z])"
    r"|[他她](?:的)?(?:贷款|账户|债|欠|借|名下|生前)|生前|借款人|欠款人|死亡证明|遗产|遗嘱|的(?:贷款"
    r"|欠款|债务|账户)(?:怎么|是不是|还要|该|还|要不要)"
)
# What shows that a death is told as the reason why the speaker cannot pay.
_OWN_TROUBLE = re.compile(
    r"(?<![a-z])(?:funerals?|burial|bury|buried|bereave\w*|widow\w*|griev\w+|cop(?:e|ing)|struggling"
    r"|tough|hard time|hardship"
    r"|(?:i|we) (?:can't|cant|cannot|can not|couldn't|could not|haven't|don't|am|was|need|missed|fell"
    r"|spent|had to)"
    r"|i'm|i've|we're|we've|no (?:money|income)|behind|more time|time off|savings|costs?|expenses"
    r"|income|my (?:loan|payments?)"
    r"|lost (?:my|our))(?![a-z])"
    r"|丧|葬|后事|白事|花(?:了|光|完|很多|不少)|没钱|手头|周转|困难|还不|没办法|缓|宽限|拖|晚(?:几天"
    r"|点)|紧|我的?(?:贷款|欠款|账)|延|收入|顶不住"
    r"|压力|无力|没心情|钱都|无法"
)
_SELF = re.compile(
    r"(?:^|[^a-z])(?:i|i'm|i've|im|my|me)(?![a-z])|我(?![^,，。]{0,2}(?:妈|爸|老|儿|女|孩|家))|自己"
    r"|本人"
)


def hardship_reasons(r: Reading) -> None:
    """Why the borrower cannot pay, where it is told as a fact of their own life."""
    text = r.text
    taken: list[tuple[int, int]] = []
    told: dict[str, tuple[int, int]] = {}
    for reason, english, chinese in _RULES:
        patterns = (chinese, english) if r.chinese else (english,)
        for pattern in patterns:
            for m in pattern.finditer(text):
                start, end = m.span()
                if start == end or any(start < b and a < end for a, b in taken):
                    continue
                before = text[max(0, start - 40) : start]
                if _SUPPOSED.search(before) or _DENIED.search(before):
                    continue
                taken.append((start, end))
                if reason == "bereavement" and not _is_reason(text):
                    continue
                if reason == "illness" and "caring" in told and not _SELF.search(m.group() + before[-1:]):
                    continue
                if reason not in told or start < told[reason][0]:
                    told[reason] = (start, end)
    for reason, (start, end) in told.items():
        r.add("hardship_reason", reason, start, end)


def _is_reason(text: str) -> bool:
    """A death is a reason when the speaker tells their own trouble; the borrower's death is a report, not a reason."""
    return bool(_OWN_TROUBLE.search(text)) and not _BORROWER_DIED.search(text)
