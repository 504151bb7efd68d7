"""The phrases in which reasons for not paying are told: patterns by reason and language.

Short names in braces stand for what the phrases repeat (see `SHORT`).  English phrases are matched as whole words.
"""

from __future__ import annotations

SHORT = {
    "own": "(?:my|our)",
    "any": "(?:my|our|the|his|her|a|an)",
    "adj": "(?:(?!not |no |never |her |his |their )[a-z'-]+ )?",
    "got": "(?:got|get|getting|been|being|was|were|am|are|is|i'm|just)",
    "has": (
        "(?: (?:has|have|had|is|are|was|were|got|been|being|just|now|recently|also|all|really|very|so|too|still|badly"
        "|seriously|currently|finally|completely|suddenly|keeps?|went|gone|had to|only))*"
    ),
    "kin": (
        "(?:mother|mom|mum|mam|mama|mommy|mummy|father|dad|papa|daddy|son|daughter|wife|husband|kids?|child|children"
        "|baby|toddler|little (?:one|girl|boy|lad)|brother|sister|grand(?:ma|pa|mother|father|parents?|son"
        "|daughter)|nan|gran|granny|partner"
        "|parents?|girlfriend|boyfriend|fianc[eé]e?|uncle|aunt|auntie|spouse|twins?|in-?laws?|(?:mother|father)-in-law)"
    ),
    "firm": "(?:company|employer|firm|factory|workplace|boss|plant|mill|school|restaurant|shop|place)",
    "trade": (
        "(?:business|shop|store|restaurant|cafe|café|company|firm|salon|bar|pub|startup|start-up|practice|stall|bakery"
        "|garage|studio|farm|takeaway|food truck|market stall|freelance work|trade)"
    ),
    "ended": (
        "(?:fail(?:ed|ing|s)?|under|bust|clos(?:ed|ing|e)(?: down)?|shut(?:ting)?(?: down)?|collapsed|fold(?:ed|ing)"
        "|bankrupt|broke|belly up|down the drain|into liquidation|into administration|insolvent)"
    ),
    "pay": (
        "(?:hours|pay|salary|salaries|wages?|income|shifts|overtime|commissions?|benefits|pension|takings|tips|earnings"
        "|pay ?check|take-home|bonus|rota)"
    ),
    "ill": (
        "(?:sick|ill|unwell|poorly|in (?:the )?hospital|hospitali[sz]ed|in intensive care|in icu|in a coma|dying"
        "|disabled"
        "|diagnosed|taken (?:in)?to (?:the )?hospital|rushed to (?:the )?hospital|having surgery|having an operation)"
    ),
    "cure": (
        "(?:cancer|leuk(?:a)?emia|surgery|operation|stroke|dementia|treatment|accident|alzheimer'?s?|covid"
        "|chemo\\w*|heart attack"
        "|disability|dialysis|medicine|medication|care)"
    ),
    "亲": (
        "(?:妈妈?|母亲|老妈|阿妈|老母|爸爸?|父亲|老爸|阿爸|老豆|儿子|女儿|闺女|老婆|妻子|太太|媳妇|老公|丈夫|爱人"
        "|配偶"
        "|孩子|小孩|娃|宝宝|爷爷|奶奶|外公|外婆|姥姥|姥爷|阿公|阿嬷|婆婆|公公|哥哥?|弟弟?|姐姐?|妹妹?|家人|家里人"
        "|家属"
        "|老人家?|父母|爸妈|双亲|女朋友|男朋友|岳父|岳母|亲人|先生|阿仔|阿女|[个我]仔|[个我]女(?!朋)|细路|囡囡?|犬子"
        "|阿[爷婆嫲奶姨叔伯哥姐弟妹]|老伴|老头子|老太婆|家父|家母|家慈|家严|内子|内人|外子|小儿|小女|孙子|孙女|爹"
        "|娘(?!家)|俺[爹娘妈爸])"
    ),
    "时": (
        "(?:最近|刚刚?|啱啱?|又|突然|也|都|就|一直|现在|正|正在|已经|还|还在|前几天|前不久"
        "|上个?(?:周[一二三四五六日天]?|月)|这个?月|本月|这几个月|上星期|去年|今年|今日"
        "|年初|年底|[一二三四五六七八九十]+月|不幸|因病|被迫){0,6}"
    ),
    "店": (
        "(?:公司|店铺?|小店|门店|餐馆|饭店|餐厅|饭馆|工厂|厂子?|厂房|铺子?|铺头|门面|店面|理发店|超市|网店|生意"
        "|工作室"
        "|养殖场|农场)"
    ),
    "垮": (
        "(?:倒闭|关(?:门|了|掉|张|闭)|破产|亏|赔|黄了|垮|做不下去|开不下去|撑不(?:住|下去)|没了|失败|歇业|停业"
        "|结业|收起来|收掉|收了|收摊|转让"
        "|执了?笠|倒了|清算)"
    ),
    "薪": "(?:工资|薪水|薪资|薪金|人工|月薪|底薪|薪酬|佣金|绩效|加班费|年终奖?|花红|奖金|提成|工钱|饷)",
    "费": (
        "(?:房租|租金|店租|铺租|屋租|学费|房贷|车贷|物价|油价|油钱|油费|菜价|米价|肉价|饲料|肥料|原料|成本"
        "|水电费?|电费"
        "|煤气费|燃气费|运费|保费|保险费|托费|补习费|伙食|生活费|物业费|管理费|利率)"
    ),
}

ENGLISH: dict[str, tuple[str, ...]] = {
    "business_failure": (
        "{own} {adj}{trade}{has} (?:going )?{ended}",
        "the (?:business|shop|store) (?:i (?:own|ran|had) )?{has} {ended}",
        "{own} {adj}{trade}{has} (?:struggling|slow|dead|dying|quiet|suffering|losing money|not doing well|doing"
        " badly)",
        "(?:clos(?:e|ed|ing)|shut(?:ting)?|folded|wound up|wind up|lost|sold|losing)(?: down)? {own} {adj}{trade}",
        "(?:had|have|forced) to (?:close|shut)(?: down)? the {adj}{trade}",
        "business (?:is |has been |was |went )?(?:slow|bad|terrible|failed|under|collapsed|quiet|closed|failing|dead)",
        "business (?:failure|dried up)",
        "no (?:bookings|orders|trade|clients|footfall|punters)|no customers|(?:close|closed|closing|shut|shutting)"
        " (?:the|my|our|its|their) (?:doors|shutters|shop)(?: for good)?",
        "(?:wound|winding|wind|pack(?:ed|ing)?|shut(?:ting)?|clos(?:ed|ing)) (?:up |in |down )(?:my|the|our)"
        " {adj}(?:{trade}|van"
        " round|company)",
        "(?:client|customer|contractor|supplier)s? (?:that |who )?(?:went bust|went under|folded|owing me|owes me"
        "|stiffed me|didn't"
        " pay|never paid|won't pay)",
        "lost (?:all |most of )?{own} (?:biggest |main |best |only )?(?:customers?|clients?|contracts?)",
        "(?:biggest|main|only|largest) (?:client|customer){has} (?:left|cancelled|dropped|bankrupt|bust|under)",
        "(?:clients?|customers?) (?:hasn't|haven't|hasnt|havent|didn't|won't|not|never) pa(?:id|y)",
        "bad investments?",
        "investment (?:failed|went)",
    ),
    "job_loss": (
        "los(?:t|e|ing) (?:{any} )?{adj}(?:job|work|employment|position)",
        "(?:{got} )?laid off",
        "lay-?offs?",
        "let {own} go",
        "{got} (?:fired|sacked|let go|terminated|canned|dismissed|retrenched|axed|made redundant|redundant)",
        "made redund[ae]nt|redundant(?= since| in| last| from| at|$|[,.])"
        "|redundanc(?:y|ies)(?! (?:pay|money|cheque|check|package|lump|on the|comes|lands|hits))|retrench(?:ed|ment)",
        "unemploy(?:ed|ment)|jobless",
        "out of (?:a job|work|employment)",
        "between jobs",
        "no job(?! (?:loss|too))",
        "no work(?= since| at| right| now| coming| lately| for|$|[,.])",
        "without (?:a )?(?:job|work)(?!s)",
        "(?:don't|dont|do not|didn't) have (?:a |any )?(?:job|work)(?! (?:today|tomorrow))",
        "(?:haven't|havent|have not|can't|cannot|cant|couldn't) (?:been able to )?(?:find|found|got|get) (?:a |any )?"
        "(?:new )?(?:job|work)",
        "{own} (?:job|contract|position|role|gig|temp job|agency work){has} (?:ended|end|ran out|finished|cut"
        "|eliminated"
        "|axed|terminated|not renewed|wasn't renewed|over)",
        "{firm}{has} (?:let (?:me|us|everyone) go|(?:fired|sacked) me|laid (?:me|us) off|made me redundant)",
        "(?:they|he|she) (?:fired me|sacked me|laid me off|let me go)",
        "{own} (?:employer|workplace|factory){has} {ended}",
        "(?:the )?(?:{firm}|company)(?: where| that)? i work(?:ed)?(?: for| at| in)?{has} {ended}",
        "the (?:company|factory|firm|plant){has} {ended}",
        "(?:got|handed|given|gave me|sent|received) (?:me )?(?:my |a |our )?(?:p45|pink slip|marching orders|cards"
        "|notice"
        " (?:at|from) work|redundancy notice|the (?:boot|sack|chop|push|axe))",
        "(?:let|laid|sacked|fired|axed)(?: off)? (?:half|most|all|some|several|a (?:bunch|load|lot)|\\d+|[a-z]+)(?:"
        " of)? (?:us|the"
        " (?:staff|team|crew))(?: off| go)?",
        "all (?:of us )?out of work|(?:job|work|contract|position|role) (?:wasn't|was not|wasnt|isn't being|won't"
        " be|not"
        " being|didn't get) (?:renewed|extended)|(?:job|role|position|post) (?:was |got |is |has been )?(?:axed|cut"
        "|eliminated"
        "|scrapped|made redundant|gone)",
        "{firm}(?:'s| has| is| have)*(?: just)? (?:gone|went|going) (?:into (?:administration|liquidation"
        "|receivership)|bust|under"
        "|to the wall|belly up)(?! my)",
        "(?:took|take|taking|offered|accepted|given) (?:voluntary )?redundancy|(?:finished|paid) (?:me|us) off(?= "
        "|$|[,.])|no longer"
        " (?:employed|working|have a job)|(?:my )?zero hours contract (?:ended|stopped)",
        "quit {own} job|(?:staff|people|crew|team|workers) including me",
        "(?:aren't|arent|weren't|not|isn't|wasn't) renew(?:ing|ed)? (?:my|our) contract",
        "(?:had to|forced to) (?:quit|resign)",
        "(?:looking|searching) for (?:a )?(?:new |another )?(?:job|work)(?!ing)",
        "job ?hunting",
        "(?:i'm|i am|im|we're|been|currently) not working|not been working|haven't (?:been working|worked)|stopped"
        " working",
    ),
    "income_cut": (
        "(?:shifts?|hours|overtime) (?:went|dropped|fell|gone|cut|down) (?:down )?from \\w+ (?:a week )?to \\w+",
        "(?:just|a lot|far|way|even) less (?:coming in|every (?:week|month))",
        "(?:cut|reduced|slashed|lowered|halved|dropped|lost|losing|docked)(?: back| down)?(?: on)? "
        "(?:my|our|his|her|all my|everyone's|the) {adj}{pay}",
        "(?:my|our|the|his|her|husband's|wife's|partner's) {adj}{pay}(?: (?:at|in) (?:the |my )?[a-z]+)?{has}"
        " (?:cut|reduced|dropped|halved"
        "|slashed|down|fell|fallen|dried up|stopped|lower(?:ed)?|delayed|late|decreased|shrunk|suspended|lost|smaller"
        "|not come|less|frozen|docked|ended|gone(?! up)|halving|shrinking)",
        "(?:lodger|flatmate|housemate|roommate|subletter|tenant)s?{has} (?:left|moved out|bailed|gone|quit|stopped"
        " paying)",
        "(?:universal credit|benefits|pension|sick pay){has} (?:cut|stopped|reduced|sanctioned|run out|ran out)",
        "(?:reduced|fewer|less|shorter) (?:hours|shifts|work(?! for)|overtime|income|pay|gigs)",
        "(?:pay|salary|wage|income) (?:cuts?|reductions?|drops?|loss)",
        "(?:loss|drop|reduction|fall|cut) (?:of|in) {adj}(?:income|earnings|wages?|pay|salary|hours)",
        "(?:hasn't|haven't|hasnt|havent|not|didn't|won't|stopped|aren't|isn't)(?: [a-z]+)? (?:given|giving|give|got"
        "|had|offered"
        "|offering|offer|getting|get)(?: (?:me|us))?(?: a| any| many| enough| much)? (?:shifts?|hours|overtime|jobs"
        " in)",
        "(?:they've|they have|they|dwp|jobcentre|council|government|he|gov)(?: just)? (?:stopped|cut|suspended"
        "|ended|reduced"
        "|slashed|halved|docked|capped|sanctioned) (?:my|our|me|us|the)(?: [a-z]+){0,2}? ?(?:credit|benefits?|pip"
        "|dla|esa|jsa"
        "|pension|allowance|support|tax credits|commissions?|bonus(?:es)?|overtime|top-up)",
        "(?:i |we |i've |been |was |got |were )+sanctioned|benefits? (?:sanction|stopped|cut)",
        "(?:bonus|commissions?|overtime|tips|maintenance|side work)(?: [a-z]+)? (?:didn't|did not|never|hasn't"
        "|hasnt|haven't"
        "|isn't) (?:come|arrived?|paid|happen|materiali[sz]ed?|coming)|cut (?:the |my |our )?(?:commissions?"
        "|bonus(?:es)?|overtime)",
        "(?:seasonal |site |agency |freelance |gig |casual |contract )?(?:work|gigs|jobs|orders|bookings|fares|tips"
        "|trade)"
        "(?:'s| has| have| is| are| all)* (?:dried up|drying up|gone quiet|fallen off|dropped off|few and far|thin on)",
        "(?:cut|dropped|knocked|reduced|put|moved|down) (?:me|us|him|her)(?: down| back)? (?:to|on to|onto) (?:just"
        " |only )?(?:\\w+"
        " )?(?:shifts?|days?|hours|part[- ]time|half|mornings|a (?:three|four|two)[- ]day)",
        "off unpaid|unpaid (?:time off|since|leave)|(?:lost|losing) (?:hours|shifts|overtime|half my (?:hours"
        "|income|wages|shifts))",
        "(?:weeks?|months?|days?) (?:behind|late|overdue) (?:with|on|in paying) (?:the |my |our )?(?:wages?|pay"
        "|salar(?:y|ies))"
        "|(?:late|behind|slow) (?:with|on) (?:the |my |our )?(?:wages|salaries|salary)|owes me (?:wages|\\w+"
        " (?:weeks?|months?))",
        "furlough(?:ed)?|short[- ]time working|on short time",
        "(?:put|gone|went|moved|down|only|working)(?: on| to)? part[- ]time",
        "(?:{firm}|work|they|job) (?:still )?(?:hasn't|hasnt|haven't|havent|has not|have not|didn't|didnt|did not|won't"
        "|isn't|is not|never|stopped)(?: been)? (?:paid|pay|paying) (?:me|us|my|our|out|salar|wage|anyone)",
        "(?:haven't|havent|have not|hasn't|wasn't|didn't|not) (?:been |get |got |gotten |getting )?(?:my )?paid "
        "(?:yet|by my|by the|in (?:weeks|months|ages)|for (?:weeks|months)|my wages|at work)",
        "unpaid (?:leave|wages)|wages are late|salary is (?:late|delayed)",
        "no (?:shifts|hours|overtime|income|commission)",
        "no work (?:coming|at the moment|right now|lately|this)",
        "work (?:has |is |has been )?(?:dried up|been slow|slow|slowed)",
        "zero[- ]hours?",
        "(?:taking|bringing|earn|earning|making|make|getting|paid|earned) (?:home )?(?:a lot |much |way |far )?less"
        "(?: home| money)?(?! than (?:you|that amount))",
        "(?:on|the|our) strike(?! (?:balance|rate))|strike (?:at|pay|in)",
        "(?:been |being |getting |are )?paid (?:only |just )?half(?! (?:of it|the|now|already))",
        "{own} (?:{adj})(?:wages?|salary|pay|pay ?check)(?: still)? (?:haven't|hasn't|havent|hasnt|has not|have"
        " not|didn't"
        "|never|not) (?:come|arrived?|been paid|shown up|cleared|landed)",
        "(?:overtime|commission|bonus|tips|side gig|second job)(?:'s| is| has| are)(?: all)? (?:gone|dried up"
        "|over|stopped)",
        "(?:on|down to|dropped to|to) (?:just |only )?half (?:pay|wages?|hours|salary|shifts)",
        "(?:only )?on (?:universal credit|statutory sick pay|sick pay|ssp|the dole|disability benefit)",
    ),
    "bereavement": (
        "(?:lost|losing|buried|bury(?:ing)?|cremated|laid) {own} {adj}{kin}",
        "(?:we|i|just|had to) (?:lost|buried|bury|cremated|cremate) (?:dad|mum|mom|mam|nan|gran|grandma|grandad"
        "|granny|mama|papa)",
        "(?:dad|mum|mom|mam|nan|gran|grandma|grandad|granny|mama|papa){has} (?:passed(?: away| on)?|died)",
        "{own} {adj}{kin}{has} (?:passed|died)(?= |$|[,.])",
        "{own} {adj}{kin}{has} (?:passed(?: away| on)?|died|dies|killed|dead|deceased|passing)",
        "death (?:in (?:the|my|our) family|of {any} {adj}{kin})|family (?:death|bereavement)",
        "{own} {kin}'s (?:death|funeral|passing|burial)",
        "(?<!his )(?<!her )(?<!their )funerals?(?: costs?| expenses?| bills?)?|burial|bereave(?:d|ment)|widowed|a"
        " widow(?:er)?(?= now|$|[,.])",
        "(?:passing|loss) of {any} {adj}{kin}",
    ),
    "caring": (
        "(?:to|and|i|we|i'm|am|must|been) (?:(?:look(?:ing)?|car(?:e|ing)) (?:after|for)|minding|nursing)"
        " (?:him|her|them)(?= |$|[,.])",
        "{kin}(?:'s|s| has| is| was| just| only| got| came| come)* (?:home|back|out|discharged) (?:from|of)"
        " (?:the )?hospital",
        "(?:car(?:e|ing)|look(?:ing)?) (?:for|after) {any} {adj}{adj}{kin}",
        "tak(?:e|ing) care of {any} {adj}{adj}{kin}",
        "{own} {adj}{kin}(?:'s|'s been)?{has} (?:{ill}|dementia|cancer|fell (?:ill|sick))",
        "(?:kid|kids|baby|wife|husband|mum|mom|dad|son|daughter|twins)(?:'s| is| are)(?: both)? {ill}",
        "{own} {adj}{kin}(?:'s)? (?:has|had|needs?|got|needed|requires|has had|just had|fell|became|broke) {adj}{adj}"
        "(?:{cure}|ill|sick|leg|hip)",
        "{own} {kin}'s {adj}(?:{cure}|illness|hospital|medical|hospital bills?|medical bills?)",
        "{kin}(?:'s|s| has| is| got| has got|'s got)(?: now| just| been| very| really| still| back)* (?:dementia"
        "|cancer|alzheimer'?s?"
        "|parkinson'?s?|ms|leuk(?:a)?emia|in (?:the )?hospital|in hospice|on oxygen|bed ?ridden|housebound|{ill})",
        "{own} (?:lad|lass|boy|girl|little (?:lad|boy|girl|one)|youngest|eldest|bairn|bub|better half|missus|hubby"
        "|pa|ma)(?:'s|s)?"
        "{has} (?:in (?:the )?hospital|{ill}|{cure}|dementia)",
        "(?:gave|give|given|giving) up (?:work|my job|my hours) to (?:mind|look after|care for|nurse)|(?:minding"
        "|nursing|full[- ]time"
        " care of|looking after) (?:my|our|me) {adj}{kin}|to (?:mind|nurse) (?:her|him)(?= |$|[,.])",
        "(?:her|his) (?:dialysis|treatment|surgery|chemo|operation)",
        "(?:i'm|i am|im|as|became|being|be|now) (?:an? |the |my [a-z']+ |now )*(?:full[- ]time"
        " |unpaid |sole )*"
        "(?:carer(?! (?:allowance|goes))|caregiver)|carer'?s'? allowance",
        "child ?care|single (?:mother|mom|mum|parent|father|dad)",
        "(?:sick|ill|disabled|elderly) (?:child|kid|son|daughter|mother|father|mum|mom|dad|parents?|wife|husband|baby)",
    ),
    "illness": (
        "(?:i'm|i am|im|i've been|i have been|i was|i got|i get|i fell|been|became|was) {adj}{adj}"
        "(?:sick|ill|unwell|poorly)(?! of| and tired)",
        "(?:on|gone on|been on) the sick(?! list)|off (?:work )?(?:with|because of|due to) (?:my |a |an |the"
        " )?(?:back|knee|hip"
        "|shoulder|leg|arm|heart|nerves|stress|anxiety|depression|flu|covid|chest|hernia|hand|foot|migraines?)",
        "(?:wrecked|done|put out|ruined|hurt|busted|threw out|torn?|snapped|fractured|smashed|did) my (?:back|knees?"
        "|hips?|shoulder|ankle|wrist|leg|arm|achilles|neck|spine|hand|foot|collarbone)(?: (?:in|out|up))?(?! account)",
        "(?:hip|knee) replacement|(?:waiting (?:on|for)|having|had) (?:a |an |my )?(?:scan|biopsy|bypass|hysterectomy"
        "|operation|surgery)|(?:have|had|having|suffered) a (?:mini[- ])?stroke|nervous breakdown|(?:arthritis"
        "|fibromyalgia|crohn'?s"
        "|sepsis|pneumonia|epilepsy|lupus|copd|kidney (?:failure|stones)|long covid|sciatica|tumou?r|hernia)",
        "off sick|sick leave|got {adj}(?:sick|ill)(?! of)|fell {adj}(?:ill|sick)|taken ill",
        "(?:in|from|out of|to|enter|entering|(?<!work )(?<!pay )(?<!job )(?<!working )(?<!worked )(?<!shift"
        " )(?<!nurse )(?<!shifts )at)"
        " (?:the )?hospital(?! (?:shop|car park|canteen|pays|payroll|trust))|hospitali[sz]ed|hospital (?:stay"
        "|bills?|treatment)|in a coma",
        "{own} (?:surgery|operation|illness|injury|cancer|disability|treatment|recovery|mental health|depression"
        "|anxiety"
        "|chemo|medical condition)",
        "{own} (?:health|back|knee|heart|condition|eyes?|hip|legs?|spine){has} (?:bad|worse|getting worse|failing|poor"
        "|again|out|gave out|declin\\w+|deteriorat\\w+|problems?|hurts?|injured)",
        "(?:had|need|needed|needs|having|after|undergoing|undergo|recovering from|waiting for|have|facing|for) "
        "(?:an? |my |some )?{adj}(?:surgery|operation|heart attack|stroke|accident|breakdown|transplant|chemo\\w*"
        "|miscarriage|seizures?|biopsy|dialysis)",
        "(?:car|work|traffic|motorbike|motorcycle|road|bike|workplace) (?:accident|crash)",
        "(?:accident|injury) at work|hit by a (?:car|motorcycle|motorbike|bus|van|truck|lorry)",
        "medical (?:bills?|emergency|expenses|costs|issues?|problems?|leave|treatment|conditions?|reasons?)",
        "health (?:issues?|problems?|conditions?|reasons?|scare|crisis)",
        "diagnosed|cancer|chemo(?:therapy)?|injur(?:ed|y)",
        "(?:my|an|the|after|for my|another) op(?= is| was| on| in| and| next|[,.]|$)",
        "broke(?:n)? (?:my|our|two|three|both|a|an) (?!heart|promise|phone|car|laptop|van"
        "|washing){adj}[a-z]+(?<!heart)(?<!phone)(?<!hearts)(?<!promise)(?<!rules)"
        "(?<!law)(?<!record)(?<!plate)",
        "(?:fell|fallen|came) (?:off|from|down) (?:a|the|my|some) {adj}(?:ladder|roof|stairs|steps|scaffold\\w*|bike"
        "|truck|lorry|horse|van)",
        "(?:have|had|got|caught|with|long) covid|depress(?:ed|ion)|mental health|burn(?:t|ed)? ?out",
        "(?<!be )(?<!been )(?<!get )(?<!got )(?<!was )(?<!is )disabled(?! (?:it|the|my|this|that))|(?:who|he|she|mum"
        "|mom|dad) is disabled|disability|on dialysis|slipped dis[ck]s?|in rehab",
        "signed off(?: work| sick)?|unfit (?:for|to) work",
        "(?:can't|cannot|cant|unable to) work(?! (?:legally|it|out|with|like))",
        "heart (?:problems?|attack|condition|failure|surgery)|a stroke",
    ),
    "divorce": (
        "divorc(?:e|ed|ing)|custody|alimony|child (?:support|maintenance)",
        "(?:my|we|i|recently|just|got|are|am|husband and i|wife and i|we've|i've|we're|i'm|legally)"
        "(?: are| am| have| got| just| recently| been)* separated|separated from|separating",
        "{own} separation|going through a (?:separation|break ?up)",
        "split (?:up )?(?:with|from) {own} {adj}(?:wife|husband|partner|ex|girlfriend|boyfriend)",
        "(?:we|wife and i|husband and i|partner and i)(?: have| just| recently|'ve)* (?:split up|broke up|broken up)",
        "{own} (?:wife|husband|partner|ex|spouse|girlfriend|boyfriend){has} (?:left(?: me| us)?|gone(?= and|[,.]"
        "|$)|run off|cleared off|walked out|moved out"
        "|took everything|kicked me out)",
        "broke up with {own}",
        "(?:husband|wife|partner|missus|hubby|other half|boyfriend|girlfriend|fella)(?:'s| has| just| upped and| up and"
        "| went and| suddenly| has just)* (?:left|walked out|buggered off|cleared off|moved out|ran off|did a"
        " runner)(?: (?:me|us|on"
        " me))?(?! (?:a|the|his|her|work|for work|home|some|it|everything))(?! (?:me|us) (?:a|the|his|her|some"
        "|money|it|this|with))",
        "(?:me and|myself and) (?:my |the )?(?:husband|wife|partner|ex|missus|hubby|other half|boyfriend"
        "|girlfriend)(?: have"
        "| are|'ve| just| recently)* (?:split|splitting|separat\\w+|parted|broke|finished|divorc\\w+)",
        "(?:{own} )?(?:marriage|relationship){has} (?:broke|broken|ended|fell|fallen|over)(?: down| apart)?",
    ),
    "disaster": (
        "(?:house|home|flat|apartment|place|shop|farm|car|village|basement|kitchen|roof|we|everything|town){has} "
        "(?:flooded|burn(?:ed|t)(?: down)?|destroyed|under water|washed away|damaged (?:by|in)|blown (?:off|away))",
        "(?:house|kitchen|home|bush|wild|apartment) ?fires?",
        "(?:tree|chimney|ceiling|roof)(?:'s| has| just)? (?:came|fell|fallen|caved|collapsed|blew|come|crashed)"
        " (?:through|down|in|on"
        "|onto|off)|(?:river|water|sea|mud|sewage|lake|creek|stream) (?:came|got|went|burst|rose|is|was|has come)"
        " (?:in|into|through|over|inside)"
        "|lightning (?:hit|struck)|(?:lost|losing) everything in (?:the|a) (?:fire|flood|storm|quake)",
        "(?:a|the|in a) fire(?= (?:in|at|destroyed|burn|last|took|damage)|$|[,.! ])",
        "floods?|flooding|flooded|hurricane|earthquake|typhoon|tornado|cyclone|landslide|mudslide|tsunami|drought",
        "hail (?:took|destroyed|wiped|flattened|ruined)|hailstorm|under (?:[a-z0-9]+ )?(?:feet|foot|inches"
        "|met(?:re|er)s?)"
        " of water|water (?:got|came|went|pouring) (?:in|through|into)(?! my phone)",
        "natural disaster|storm (?:damage|destroyed|took|hit)|(?:the|a|last) storm|burst pipes?|crops? failed",
        "hit by (?:the|a) (?:flood|storm|hurricane|typhoon|earthquake)",
    ),
    "other": (
        "(?:my|our|the) {adj}(?:car|van|truck|boiler|roof|washing machine|bike|fridge|heating|furnace|laptop|heater"
        "|scooter|motorbike|motorcycle|truck)(?:'s {adj}(?:clutch|engine|gearbox|transmission|alternator"
        "|brakes?|motor))?"
        "{has} (?:broken?(?: down)?|died|went(?= and|[,.]|$)|packed (?:in|up)|blew up|stolen|totall?ed|gave out|failed"
        "|written off|leaking|collapsed|needs? (?:fixing|repairs?|(?:new )?(?:tires|tyres|brakes|an engine|a new)))",
        "(?:^|[,.;] |(?:and|as|because|cos|since|but|the) )(?:car|van|boiler|fridge|washing machine|furnace|heating"
        "|truck)(?:'s| has"
        "| just)* (?:needs? (?:fixing|repairs?|mending)"
        "|died|packed (?:in|up)|broke(?:n)?(?: down)?|conked (?:out)?|blew up|knackered|on its last legs"
        "|failed (?:its|the)"
        " mot)",
        "(?:my|our|the) (?:car|van|truck|bike|motor)(?:'s| has| just)* (?:failed (?:its|the) mot|conked out"
        "|knackered|got stolen|nicked"
        "|been nicked|been stolen|written off|in the garage|impounded|clamped)",
        "(?:twins?|triplets|baby|the little one|our (?:first|second|third))(?:'s| has| have| just| is| are)*"
        " (?:arrived|came|born|come"
        "|on the way|due)(?! (?:back|home|to the phone))|(?:rent|mortgage|electric|gas bill|bills|groceries|nursery"
        " fees)(?:'s| has| have| just| all)* (?:jumped|shot up|soared|rocketed|through the roof|spiked|climbed|went"
        " through the"
        " roof|gone through the roof)",
        "(?:i've |we've |i |we )?overspent|(?:my|our) (?:son's|daughter's|sister's|brother's|own) wedding"
        "(?= and| took| cost| ate| wiped| emptied)",
        "(?:car|house|home|emergency|boiler|roof) repairs?|vet(?:'s)? bills?",
        "(?:unexpected|emergency|surprise|sudden|unforeseen) (?:bills?|expenses?|costs?|repairs?)",
        "(?:(?:my|the|our) )?(?:rent|mortgage|energy bills?|bills|electric(?:ity)? bills?|food bills?|utility bills?"
        "|heating bills?|council tax|school fees|tuition){has} (?:gone up|up|increased|doubled|going up|rising"
        "|tripled|rose"
        "|skyrocketed|shot up|jumped|too high)",
        "(?:had|having|have|expecting|got|with) a (?:new )?(?:new ?born|baby)",
        "(?<!woke my )(?<!woke the )(?<!wakes my )new ?-?born|new baby|pregnan(?:t|cy)|(?:had|having) (?:the |our"
        " )?twins",
        "(?:maternity|paternity|parental|mat) leave",
        "cost of living|inflation|(?:school|tuition|university|college) fees",
        "(?:husband|wife|partner|son|dad|boyfriend)(?:'s| is| was| got)(?: now)? (?:inside(?! the)|in jail|in prison"
        "|sent down|locked up)",
        "landlord{has} (?:selling|sold|sells|evict\\w+|kick\\w+|threw|put (?:us|me) out|put the rent up)",
        "(?<!phone )(?<!bag ){got} (?:evicted|robbed|scammed|mugged|defrauded|conned)|evicted (?:us|me)|homeless"
        "|burgl(?:ed|ary|arized)",
        "took all my savings|investment scam|broke into my",
        "(?:i|we) (?:just |recently )?(?:got|was|were) (?:evicted|robbed|scammed|mugged|defrauded)",
        "(?:was|went|been|in|got out of|out of) (?:to )?(?:jail|prison)",
        "family (?:emergency|problems?|issues?|crisis)|emergency (?:at home|in the family|came up)",
        "too many (?:bills|debts|loans)|(?:lots of|so many) other (?:bills|debts|loans)",
        "personal (?:problems|reasons|issues|circumstances)",
        "gambl(?:ing|ed)(?: debts?| problem| addiction| it away)?",
        "{own} (?:wallet|purse|card|bag|bank account){has} (?:stolen|frozen|blocked|hacked)",
        "visa (?:is |was |got )?(?:not renewed|denied|expired|refused|rejected)",
    ),
}

CHINESE: dict[str, tuple[str, ...]] = {
    "business_failure": (
        "(?:我的?|我开的|自己的?|自己开的|我们的|我们家的?|我家的?|开的|家里的?)[小个]?(?:那家|一家"
        "|那个)?{店}{时}(?:经营不善)?{垮}",
        "(?:店铺?|小店|餐馆|餐厅|饭馆|饭店|门面|店面|铺子?|铺头|厂子|养殖场){时}(?:{垮}|转让|出兑)",
        "(?:我的?|我开的|自己的?|我们家?的?)[^,，。;!?]{0,2}(?:店|铺|餐馆|摊子|工作室)[^,，。;!?]{0,6}(?:倒闭|关门|关张|结业|执笠|关了|倒了)",
        "(?<!公司)(?<!单位)(?<!厂)(?<!厂子)关门了",
        "(?:厂里|店子|我的?公司|[我自]己?的?厂|档口|我[^,，。;!?]{0,3}店)[^。;!?]{0,14}(?:破产|清算|封铺|执笠"
        "|顶出去|盘出去|结业)",
        "{店}[^,，。;!?]{0,6}(?:快|就?要|差点)(?:倒|关|垮|黄)了?(?!吗)",
        "(?:开|做|经营)了?[^,，。;!?]{0,8}的?(?:小吃店|早餐店|面馆|{店})[,，]?[^,，。;!?]{0,6}(?:{垮})",
        "生意(?:也|很|都|太|非常|一直|最近|越来越|特别|实在|上|现在|今年|真的)*(?:失败|亏|不好|不行|差|惨|难|黄了|垮"
        "|没了)",
        "生意(?:也|很|都|太|一直|最近|越来越|实在|上|现在)*(?:停[了业]|掉|少|跌|做不下去|冷清|不景气|赔|淡|倒"
        "|下滑|不顺|崩)",
        "没(?:有|什么)?生意|无生意|没(?:有|什么|几个)?(?:客人|顾客)|(?:客人|顾客)(?:越来越|变)?少|歇业(?!时)"
        "|亏大了|滞销|积压|卖不(?:出去|掉|动)",
        "[做搞](?:点|个)?小?(?:生意|买卖)(?:最近|也|都|一直)*(?:亏|赔|失败|血本)",
        "创业(?:失败|亏|没成)|投资(?:失败|亏|被套|打水漂)|炒[股币](?:亏|赔)|股票(?:亏|套|爆)|爆仓|套牢",
        "亏(?:本|损|空|钱|光|了(?:很多|不少|一大笔|好多|钱|本|[一二三四五六七八九十百千万几0-9](?![0-9.]*%"
        "|成)))|赔(?:本|光|了(?:很多|钱|本|不少))|血本无归",
        "客户(?:跑|没|不|拖|还没|一直没)(?:了|给|付|结|欠|路)*(?:款|账|钱|尾款)",
        "货款(?:收不回|没收回|没结|被拖)|工程款[^,，。]{0,4}(?:没|拖|要不|不结)|收不回(?:货款|账|钱)",
        "资金链断|合伙人[^,，。]{0,6}(?:跑|卷款)|瘟(?!疫情)|经营(?:困难|不善)|破产倒闭|收成(?:不好|差)",
    ),
    "job_loss": (
        "失了?业|待业|下岗|无业",
        "裁员|被裁|裁掉|裁了|资遣|优退|遣散",
        "[被给](?:公司|老板|单位|厂里|学校|人)?(?:辞退|开除|炒|解雇|辞|优化|劝退)|炒了?我?鱿鱼",
        "丢(?:了|掉|掉了)?(?:工作|饭碗)|丢了?(?:份|这份)工|饭碗(?:没了|丢了|不保|砸了)|(?:岗位|部门|编制|职位"
        "|项目|团队|全组|整个组)[^,，。;!?]{0,4}(?:取消|撤|砍|没了|裁|黄了|解散)",
        "把我们?[^,，。;!?]{0,6}(?:裁|优化|炒|开了|开除|辞|劝退)|(?:人|员)?优化掉|优化了我|大信封|卷铺盖|砸了饭碗"
        "|没工(?:做|打)|没[事嘢]做|没找着(?:下家|工作|活)|合[同约]到期[^,，。]{0,4}[没不](?:再)?(?:续|签)",
        "(?:没|没有|没了|失去了?|无|找不到|没找到|还没找到|未找到)了?份?(?:工作(?!人员|人|日|时间|证明|群)|工(?!作|资|夫|具|时间|钱|程))",
        "工作{时}(?:没了|丢了|没有了|不见了|黄了|没着落)",
        "离职|辞职了|辞职在家|辞工|合[同约](?:到期)?[没不](?:续|签)|没续[约签]|闲在家|在家(?:里)?闲着|(?:没"
        "|不)(?:能)?找到活",
        "(?:公司|单位|厂子?|工厂|企业|老板|补习班|学校){时}(?:恶性)?(?:倒闭|破产|关门|解散|没了|跑路|关了|结业"
        "|执了?笠|撤了"
        "|倒了)了?",
        "(?:公司|厂子?|工厂)[^,，。]{0,6}说?搬(?:走|就搬|去)",
        "试用期没过|没通过试用期|把?工作(?:给|都)?辞了|company (?:close|closed|shut)(?: down)?(?![a-z])"
        "|retrench(?:ed|ment)?(?![a-z])|"
        "没有?班上|没工开|手停口停|没返工|没上班|不上班了",
        "(?:还|正|现在)?正?在找工作?",
    ),
    "income_cut": (
        "降了?(?:薪|{薪})|减了?(?:薪|{薪})|扣了?我?{薪}|砍了?{薪}",
        "{薪}{时}被?(?:公司|老板)?(?:降|减|少|砍|没发|没到|还没发|未发|积欠|拖|停|缩水|打折|发不出|变少|下调"
        "|不发|迟|欠)",
        "{薪}{时}[全都被]*扣(?![掉除])|{薪}[^,，。;!?]{0,3}(?:只(?:发|给)|才[发给]了)|{薪}{时}(?:没了|取消|停了)"
        "|(?:退休金|养老金|低保|补贴|补助|津贴){时}被?(?:停|断|没了|没发|减|扣)|{薪}[^,，。]{0,8}(?:降到|减到"
        "|降为|降成|掉到|砍到)",
        "(?:公司|老板|单位|厂里|企业|工地|学校){时}(?:拖欠|拖|欠|没发|不发|还没发|迟发|发不出|压着|没给"
        "|不给)了?(?:我们?)?的?"
        "(?:[^,，。]{0,4}月)?的?(?:{薪}|钱)",
        "(?<!那天)(?<!那日)(?<!嗰日)(?<!当天)(?<!当日)(?:没|还没|没有|不|停|未|迟迟不|一直没|一直不)有?[发出](?:{薪}|粮)",
        "(?:粮|{薪})(?:还|都)?[未没](?:到手|出|发)|拖欠{薪}|欠薪|拖粮|{薪}[^,，。]{0,5}没[发出结给]",
        "(?:收入|进账|营业额|业绩){时}(?:大幅|明显|受影响)?(?:减少|下降|降低|少了|变少|锐减|没了|不稳定|不如|骤减|断"
        "|缩水)",
        "(?:收入|进账|营业额|业绩){时}(?:降|减|低|受影响|大跌|腰斩|大不如)",
        "(?:收入|{薪})[^,，。;!?]{0,3}(?:只剩|得返|剩返|仅剩|剩下?(?=[一二三四五六七八九半])|不到|不及|不足|没有?)"
        "(?:以前|原来|之前|从前|往常|平时|原先)[^,，。;!?]{0,3}(?:[成半]|分之)",
        "(?:转|改|变)(?:做|成|为)(?:散工|兼职|临时工|半日)|缩减工时|放无薪|砍[班单]|开工不足|冇加班|没有?班(?:上"
        "|开|排)",
        "(?:没|没有|无|断了?|失去了?|零|[一半]分)了?(?:任何|固定|稳定)? ?(?:收入|income|经济来源|生活来源|进账)",
        "(?:延迟|推迟|拖延|押后|迟了?|晚)(?:出粮|发薪|[发出]{薪})|停薪留职|停职|只(?:发|拿|领|剩|得)(?:基本|底|半"
        "|一半|最低)(?:工资|薪|生活费)",
        "(?:出粮|{薪})[^。;!?]{0,16}(?:未|没|没有)(?:收到|到账?|下来|入账|发下)",
        "(?:工头|包工头|老板|公司|东家|雇主|甲方|单位|厂里)[^,，。;!?]{0,3}欠(?:着"
        "|了)?(?:我们?)?[^,，。;!?]{0,6}{薪}|(?:拖|压)(?:欠|足|着|了|住)?我们?[^,，。;!?]{0,6}(?:{薪}|粮(?!食))"
        "|(?:没|拿不|要不|讨不|没有)[拿领收要讨]?到{薪}",
        "半(?:份|个月)?(?:粮|{薪})|得半薪|半薪|{薪}[^,，。;!?]{0,4}(?:打(?:了)?[对折一二三四五六七八九]|对折|腰斩"
        "|砍半|减半|缩水)",
        "停薪|停工|停产|放?无薪假|工时{时}[减少被缩砍]|(?<!天)(?<!天我)轮休(?!那|日)|天天放假|开工不足"
        "|没活[干儿]|没开工|手头没活|放假[^,，。]{0,4}月",
        "接不到[单活客]|没有?(?:单|订单|活)[子接跑干]?(?=了|就|$|[,，。 ]|可)|订单[少没减]|单[子量]?(?:也|都"
        "|越来越|明显|一天比一天|变)*(?:少[了得]|[少没](?=$"
        "|[,，。! ])|下降)",
        "跑(?:不到|少)单|单量?少了|少了(?:很多|不少)?(?:收入|班|工时)|没有?加班|[挣赚]得少|[挣赚]不到(?:什么|几个)?钱"
        "|到手[^,，。]{0,6}少了",
        "上不了班|没法上班",
    ),
    "bereavement": (
        "{亲}[^,，。;!?]{0,6}(?:车祸|事故|意外|病|癌|中风|心梗|脑梗|脑出血|心脏病|新冠)[^,，。;!?]{0,4}(?:没了|走了|去了|走的)",
        "(?<!带)(?<!带着){亲}{时}(?:去世|过世|走了(?![之吗])|离世|病逝|没了|不在了|死了|过了?身|往生|离开了|去逝"
        "|逝世|病故|意外身亡)",
        "(?<!他的)(?<!她的)(?:办|料理|操办|处理)(?:了|完|着|[^,，。他她]{0,4}的)?(?:丧事|后事|白事|葬礼)",
        "(?<!他的)(?<!她的)丧事|白事|(?<!他的)葬礼|丧葬费?|奔丧|丧假|丧[父母偶夫妻亲]|身后事",
        "家里(?:有人)?(?:去世|过世|办丧|有丧|走了人)",
    ),
    "caring": (
        "在家(?:里)?(?:照顾|伺候|照看|照料|护理)(?!孩子作业)",
        "{亲}{时}(?:得了?|查出来?|生了?|要|在|重|刚做|做|动|突发|患|检查出|被诊断)*[^,，。]{0,3}(?:癌|手术|开刀)",
        "{亲}{时}(?:得了?|查出来?|生了?|要|在|突发|患|检查出|被诊断)*[大重]?"
        "(?:病|住院|住进|瘫|医院|中风|化疗|出?车祸|icu|确诊|肺炎|骨折|残疾|透析|抢救|入了?院|脑梗|摔[断伤倒]"
        "|不舒服|[^,，。]{0,3}血病|癌|肿瘤"
        "|身体不好|发烧)",
        "(?:照顾|照看|照料|护理|伺候|看护|陪护)(?:着|生病的|卧病的|我|家里的?|年迈的|瘫痪的|住院的|一下|年幼的|患病的"
        "|她|他)*的?{亲}",
        "{亲}[^,，。]{0,6}(?:要|需要)(?:有|请)?人?(?:24小时|一直)?(?:照顾|伺候|护理|照看|照料|陪护|看护)"
        "|(?:安养院|养老院|护理院)",
        "瘫痪?在床|{亲} ?(?:kena |got |有|得了?)?(?:cancer|stroke|accident|dementia|sick|surgery|operation"
        "|hospital)(?![a-z])",
        "(?:照顾|伺候|照看|陪着?)[他她](?=$|[,，。! ])",
        "(?:给|帮|为|陪){亲}(?:看病|治病|交医药费|做手术|交住院费|付医药费|化疗|住院|治疗)",
        "{亲}的?(?:医药费|医疗费|住院费|手术费|治疗费|看病)|辞[职工](?:在家)?照顾",
        "家里人?有?(?:病人|老人(?:要|需要|生病|住院)|人生病|人住院|人病)|家里还有老人|上有老",
        "(?:孩子|宝宝|小孩|娃){时}早产|单亲|全职(?:妈妈|带娃)",
        "{亲}[^,，。;!?我]{0,7}(?:痴呆|阿尔茨|走丢|癌|瘤|开刀|动手术|要手术)",
        "{亲}{时}(?:罹[^,，。]{0,2}[疾患难病癌]|染疾|染恙|抱恙|有恙|卧病|病重|病危|重疾|发病|[^,，。]{0,2}做化疗"
        "|瘫|痴呆|失智|中风"
        "|[^,，。]{0,4}(?:住|入|送)了?(?:院|icu|医院))",
        "[养带]着?[一两三二四2-4个]*(?:孩子|小孩|娃|家|细路仔?|仔女|仔(?!细))(?!看|[^,，。;!?]{0,3}(?:走|跑|离开"
        "|回娘家))",
        "{亲}{时}(?:得了?|有|患了?|查出)?[^,，。;!?我要欠]{0,4}(?:糖尿病|高血压|心脏病|尿毒症|截肢|抑郁|帕金森"
        "|植物人|自闭|脑瘫|精神病|肝硬化|肾衰|脑出血|脑梗|心梗|透析|洗肾|腰椎|白内障|癫痫|脑溢血|心脏搭桥|重症)",
        "{亲}[^,，。;!?]{0,10}(?:要|靠|由|得|需|天天|全|等)我?[^,，。;!?]{0,2}(?:照顾|照看|伺候|护理|盯着|陪床"
        "|陪护|守着|服侍|湊|带去)|(?:陪床|陪护|服侍){亲}?",
        "家里?[^,，。;!?]{0,4}{亲}[^,，。;!?]{0,6}(?:离不开人|不能自理|没人照|生活不能)"
        "|{亲}[^,，。;!?]{0,10}(?:离不开人|不能自理|没人照)",
    ),
    "illness": (
        "(?:一直|还|都|就)病着",
        "(?:我|本人|自己)?{时}(?:生了?(?:一?场|个)?[大重]*病(?!的)|(?<!神经)病了|病倒|大病|重病|得了?(?:重病|大病"
        "|[^,，。大]{0,4}(?<!神经)[病癌炎](?![房人毒历区友假])))",
        "(?:我|本人|自己)?{时}(?:住[了进着]?[^,，。线]{0,4}院|入了?医?院|icu)",
        "(?:我)?{时}(?:做|动|要做|刚做|需要|要动)[完了个过]?[^,，。]{0,3}手术|开了?刀|动手术|截肢",
        "受了?[重工轻点]?伤|(?<!打)(?<!打个)骨折(?!价)|摔(?:断|伤|了一跤)|扭伤|腿断|手断|断了腿",
        "(?:我)?{时}(?:出|遇|遭遇)[了到]?(?:交通事故|车祸)|车祸|工伤|交通意外",
        "癌症|肿瘤|确诊|化疗|抑郁症?|焦虑症|中风|心脏病|尿毒症|透析|瘫痪|残疾|肺炎|肺结核|脑梗|腰椎|糖尿病|高血压",
        "[吃食]了?[^,，。;!?]{0,4}年的?药|长期[吃食服]药|精神科|[覆复]诊|通波仔|搭桥|支架|洗肾"
        "|查出[^,，。]{0,5}[癌瘤]|身体(?:很|不|出|也|一直|最近|越来越|状况|实在"
        "|现在|真的)*(?:不好|不行|差"
        "|问题|垮|不舒服|欠佳|弱|状况)",
        "[在去进跑]了?医院|医药费|医疗费|住院费|手术费|治病|看病|养病|养伤|卧床|病假|动弹不得|没法工作|干不了活",
        "(?:感染|得了|中)了?新冠|阳了|阳性|胆结石|肾结石|阑尾|胃出血|流产|复发|烧伤|烫伤|甲状腺|结节|肝硬化"
        "|下不了床|下不来床|起不来床|进了?icu",
    ),
    "divorce": (
        "离[了过完着的]?婚|离异|婚变|婚姻破裂|净身出户|抚养费|赡养费",
        "(?:跟|和|与|同)?(?:老公|老婆|丈夫|妻子|太太|爱人|另一半)?分居",
        "(?:老公|老婆|丈夫|妻子|太太|男朋友|女朋友)(?:跟人|跟别人)?(?:出轨|跑了|分手)",
        "(?:老公|老婆|丈夫|妻子|太太|媳妇)[^,，。;!?]{0,4}(?:带着?(?:孩子|小孩|娃|仔女?|儿子|女儿)(?:走|跑|离开"
        "|回)|跟(?:人|别人)(?:跑|走))|房子[^,，。;!?]{0,3}(?:归|判给)了?[他她前]",
    ),
    "disaster": (
        "火灾|大火|水灾|洪水|洪灾|水淹|[被给全都]水?淹|淹了|水浸|发大水",
        "地震|余震|台风|泥石流|山体滑坡|暴雨|天灾|自然灾害|受灾|灾害|遭灾|旱灾|龙卷风|雪灾|冰雹|雪压|压塌|冻死",
        "(?:家|房子|屋企|屋|店|仓库|铺|大棚)里?[都全也被]*(?:着火|烧|失火|起火|塌|淹|火烛)|失火|着火了|塌方|山洪"
        "|虫灾|[被给](?:雷|风|雨|水|洪水|火)[^,，。;!?]{0,2}(?:劈|刮|冲|卷|烧)|冲(?:走|没|垮|毁|塌)了?|受了灾",
    ),
    "other": (
        "被[^,，。我]{0,4}骗(?!过|人|子)(?:了|钱|光|走)?|[让给被]人家?骗|遇到(?:诈骗|骗子)|被诈骗",
        "家[里中](?:最近|突然|又|也|刚)*(?:出了?[点些大]?(?:事|变故|问题|状况|急事)|有(?:急|点急|些急|点)事|急用钱"
        "|用钱)",
        "家[里中](?:最近|突然|又|也|刚)*(?:有变故|有?困难|开销大)|出了[点些]事|家庭(?:变故|困难)|突发(?:情况|状况"
        "|事情)",
        "急需?用钱|借[^,，。;!?]{0,3}给[^,，。;!?]{0,6}[没不]还|替(?:人|朋友|别人|亲戚)(?:担保|还债)|做担保",
        "刚?生[了完]?(?:孩子(?!没)|小孩|宝宝|娃|二胎|二宝|仔|bb)|(?:孩子|宝宝|小孩|娃|阿仔|阿女|[个我]仔|[个我]女"
        "|bb){时}(?:出[生世]|满月)|添丁|坐月子|怀孕"
        "|怀[了上]?[二三]胎|保胎|大肚|产假|奶粉钱",
        "(?:房租|租金|店租|铺租|屋租|加租|房东)[^,，。?吗]{0,5}(?:涨|加租|加价|又?[起加](?=$|[,，。! ]))|业主加租"
        "|加租"
        "|(?:{费}){时}(?:又|也|都|一直|还在|越来越|年年|天天|再)*(?:涨|上涨|[升贵高](?:[到得了]|上)|加[价了]"
        "|翻倍|起(?=$|[,，。! ]))|被 ?scam|kena"
        " scam(?:med)?|车[坏烂]|修车|(?:车子?|货车|的士)[^,，。;!?]{0,4}(?:进|送"
        "|拖)了?[^,，。;!?]{0,2}(?:workshop|修理?厂|车房)|撞[了到坏烂]车",
        "交[了完]?(?:房租|学费|房贷)|(?:房租|学费|房贷|物价|车贷){时}(?:涨|太高|太贵|上涨|压力)",
        "(?:孩子|小孩|娃|儿子|女儿|闺女|阿仔|阿女|[个我]仔|[个我]女|细路)[^,，。;!?]{0,6}(?:上学|上大学|开完?学"
        "|交学费|结婚|读书|娶)"
        "|(?:装修|彩礼|结婚|买房|盖房|建房)[花用把刚欠]|(?:家里?|我们?|俺)[^,，。;!?吗]{0,3}(?:盖房|起屋|建房"
        "|娶媳妇|办喜事|办酒)"
        "|(?:支出|开销|开支|花销|负担){时}(?:增|大|多了|涨|重|加)|随(?:了)?礼|份子钱|书簿费|补课费|学杂费|择校费",
        "车子?(?:坏|被撞|被偷|抛锚|出了?问题)了?|钱(?:被偷|被骗|丢)|(?:手机|钱包|银行卡)被偷了?|被偷|失窃",
        "赌[博输钱球马]|坐牢|被抓|拘留|入狱|封号|号[给被]?封|被封",
        "负债[太累]累?|债务(?:太|压力|缠身)|(?:别的|其他)(?:债|贷款|网贷)|(?:卡|账户){时}被?冻结",
        "疫情(?!补助|那阵|那时|那会|那年|那几年|期间|的时候)|隔离|封控|封城",
    ),
}

SUPPOSED_CHINESE = (
    "如果",
    "要是",
    "假如",
    "假设",
    "万一",
    "倘若",
    "以免",
    "怕",
    "担心",
    "会不会",
    "要让我",
    "会让我",
    "逼我",
)
SUPPOSED_CHINESE += ("可能会?", "等我", "(?<!不)会(?![儿员计议])")

DEATH_ENGLISH = (
    "died|dies|death|deceased|expired|demise|buried|drowned|suicide|killed|widow|estate|last breath|funeral",
    "pass(?:ed)? (?:away|on)|passed(?=[ .,!?]|$)|lost (?:him|her)|late (?:husband|wife|father|mother|spouse)",
)
DEATH_ENGLISH += (
    "(?:he|she|{kin}|borrower|owner|man|woman|person|holder|customer|who)(?:'s| is| was| are)? (?:now )?dead",
    "(?:a|found|the) dead|lost (?:his|her) (?:fight|battle)",
)
DEATH_CHINESE = (
    "去世|去逝|过世|离世|病逝|逝世|(?<![猪鸡牛羊鱼虾蟹鸭鹅苗菜树全瘟冻累烦气饿忙吓急困笑热])死了|死亡|已死|往生"
    "|身故|已故|病故"
    "|过了?身|辞世|仙逝|自杀|天堂",
    "(?:祸|病|癌|院|炎|凌晨|事故|意外)走的|(?:中风|病|癌|意外|梗|出血|突然)去(?:了(?=$|[,，。! ])|的)|遗物"
    "|后事|火化|出殡|入土|头七|不在了"
    "|(?<![转取拿提划搬跑跳溜骗卷扣借])(?<!scam )(?<!孩子)(?<!小孩)(?<!带着娃)(?<!跟人)(?<!跟别人)走了(?!破产"
    "|程序|流程|法)|人没了|老公没了",
)
BORROWER_DIED_ENGLISH = (
    "(?:he|she|they) (?:\\w+ )?(?:owed|owes|borrowed|took out|(?:had|has) (?:a|the|this|an))",
    "(?:his|her|their|late|deceased|{kin}'s) (?:\\w+ )?(?:loans?|debts?|accounts?|estate|name|balance|phone|number)",
    "(?:the|your) (?:borrower|customer|account holder|client)",
    "executor|probate|next of kin|death certificate|(?:writing|messages?) to (?:him|her)|this (?:was|is) (?:his|her)",
    "(?:loan|account|debt) (?:was|is) (?:his|hers)",
)
BORROWER_DIED_CHINESE = (
    "[他她]的?(?:贷款|账户|债|欠|借|名下|生前|手机)|[他她][^,，。]{0,12}[欠借]|贷款是[他她]",
    "生前|借款人|欠款人|机主|死亡证明|遗产|遗嘱|遗物",
    "的(?:贷款|欠款|债务|账户)(?:怎么|是不是|还要|该|还|要不要)",
)
OWN_TROUBLE_ENGLISH = (
    "(?:i|we) (?:can't|cant|cannot|can not|couldn't|could not|haven't been able|missed|fell behind|am behind)",
    "(?:i|we)(?:'m|'re| am| are)? (?:behind|struggling|short|broke|skint|in mourning)",
    "struggling|nothing left|no (?:money|income)|all (?:my|the|our) (?:money|savings)|hard time|tough time",
    "(?:paid|pay|paying) for (?:the|his|her|my) (?:whole )?funeral|funeral (?:costs?|expenses?|bills?)|burial",
    "need (?:more |some )?time|more time|time off|bear all|could not honou?r|lost my {kin}",
    "(?<!his )(?<!her )(?<!their )funeral",
)
OWN_TROUBLE_CHINESE = (
    "办[^,，。他她]{0,6}[丧后]事|丧葬费|丧假|[花使用](?:了|光|完|很多|不少|掉|尽|晒)|没钱|手头|周转|困难"
    "|还不[上了起出到]|没有?办法",
    "缓|宽限|拖|晚(?:几天|点)|我的?(?:贷款|欠款|账)|延|没有?收入|顶不住|压力|无力|没心情|钱都|无法",
)
