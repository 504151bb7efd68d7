/*
 * Accord's chat page.
 *
 * What people write is held in memory only: the browser keeps no more than the id of the conversation, the number of
 * the last message that arrived uninvited, and the language of the labels. Every text reaches the page as a text node.
 */
(() => {
  "use strict";

  const KEPT_CONVERSATION = "accord.conversation";
  const KEPT_LANGUAGE = "accord.language";
  const ANSWER_WITHIN_MS = 60_000;
  const LONG_TABLE_ROWS = 10;
  // "7", "$1,234.50", "CN¥ 100", "100,00 €", "500 USD", "120 元"; not a date.
  const NUMBER = /^(?:\p{Sc}|[A-Z]|[\s-]){0,5}\d[\d.,'’\s]*(\p{Sc}|%|元|[A-Z]{3})?$/u;
  const LOOK_AGAIN_MS = [2_000, 3_000, 5_000, 8_000, 12_000, 20_000, 30_000];

  const WORDS = {
    en: {
      skip: "Skip to the message box",
      taglineWhat: "automated assistant",
      taglinePerson: "a person is one message away",
      language: "Language",
      fresh: "New conversation",
      conversation: "Conversation",
      welcomeTitle: "Hello. Let’s find terms you can keep.",
      welcomeText:
        "If you are behind on a loan, you can work out the next steps here, at your own pace. Write in your own words, in English or Chinese. Nothing is agreed until you say yes.",
      startersTitle: "You could start with",
      starters: ["I want to talk about my account", "I can't pay it all right now", "How much do I owe?"],
      typing: "Accord is writing",
      person: "A person, please",
      personText: "I'd like to talk to a person",
      hint: "Enter sends · Shift + Enter starts a new line",
      messageLabel: "Your message",
      placeholder: "Write a message",
      send: "Send",
      you: "You",
      accord: "Accord",
      agent: "A colleague",
      late: "Accord · answer to an earlier message",
      uninvited: "Accord · a new message",
      choices: "Choices",
      taken: "chosen",
      table: "Table",
      showAll: (count) => `Show all ${count} rows`,
      showFewer: "Show fewer rows",
      waiting: "Waiting to be sent",
      sending: "Sending…",
      delivered: "Delivered",
      notSent: "Not sent.",
      tryAgain: "Try again",
      discard: "Discard",
      tooLong: "Not sent: the message is too long. You can shorten it in the box below.",
      notAccepted: "Not sent: the message could not be accepted. You can change it in the box below.",
      choiceNotAccepted: "Not sent: this choice could not be accepted. You can pick again or write instead.",
      startedFresh: "The earlier conversation cannot be shown here any more, so this is a new one.",
      startedFreshDraft:
        "The earlier conversation cannot be continued here, so this is a new one. Your last message was not sent; it is in the box below.",
      historyLost: "Earlier messages could not be loaded.",
      earlier: "Earlier messages",
      today: "Today",
      yesterday: "Yesterday",
      latest: "Latest messages",
      newMessages: "New messages",
      askTitle: "Start a new conversation?",
      askText: "This one will no longer be shown here. Anything already agreed stays as it is.",
      stay: "Stay here",
      freshYes: "Start new",
    },
    "zh-Hans": {
      skip: "跳到输入框",
      taglineWhat: "智能助手",
      taglinePerson: "说一声就有真人客服接手",
      language: "语言",
      fresh: "新对话",
      conversation: "对话",
      welcomeTitle: "您好，一起找个您还得起的办法。",
      welcomeText:
        "如果贷款逾期了，可以在这里按自己的节奏慢慢商量接下来怎么还。用您自己的话说就行，中文、英文都可以。您点头之前，什么都不算定下来。",
      startersTitle: "可以从这里开始",
      starters: ["我想谈谈我的账户", "我现在没法一次还清", "我还欠多少？"],
      typing: "Accord 正在回复",
      person: "转人工",
      personText: "请转人工",
      hint: "Enter 发送 · Shift + Enter 换行",
      messageLabel: "您的消息",
      placeholder: "请输入消息",
      send: "发送",
      you: "您",
      accord: "Accord",
      agent: "客服",
      late: "Accord · 对之前消息的答复",
      uninvited: "Accord · 新消息",
      choices: "选项",
      taken: "已选",
      table: "表格",
      showAll: (count) => `显示全部 ${count} 行`,
      showFewer: "收起",
      waiting: "等待发送",
      sending: "正在发送…",
      delivered: "已送达",
      notSent: "没有发出去。",
      tryAgain: "重试",
      discard: "删除",
      tooLong: "没有发出去：消息太长了。内容在下面的输入框里，可以改短一些再发。",
      notAccepted: "没有发出去：这条消息无法接收。内容在下面的输入框里，可以修改后再发。",
      choiceNotAccepted: "没有发出去：这个选项无法接收。您可以重新选，或者直接打字。",
      startedFresh: "之前的对话无法在这里显示了，所以开始了新对话。",
      startedFreshDraft: "之前的对话无法在这里继续，所以开始了新对话。您刚才的消息没有发出去，在下面的输入框里。",
      historyLost: "之前的消息没能加载出来。",
      earlier: "之前的消息",
      today: "今天",
      yesterday: "昨天",
      latest: "最新消息",
      newMessages: "有新消息",
      askTitle: "要开始新对话吗？",
      askText: "现在这段对话将不再显示在这里。已经谈好的事不受影响。",
      stay: "留在这里",
      freshYes: "开始新对话",
    },
    "zh-Hant": {
      skip: "跳到輸入框",
      taglineWhat: "智慧助理",
      taglinePerson: "說一聲就有真人客服接手",
      language: "語言",
      fresh: "新對話",
      conversation: "對話",
      welcomeTitle: "您好，一起找個您還得起的辦法。",
      welcomeText:
        "如果貸款逾期了，可以在這裡按自己的步調慢慢商量接下來怎麼還。用您自己的話說就好，中文、英文都可以。您同意之前，什麼都不算定下來。",
      startersTitle: "可以從這裡開始",
      starters: ["我想談談我的帳戶", "我現在沒辦法一次還清", "我還欠多少？"],
      typing: "Accord 正在回覆",
      person: "轉真人客服",
      personText: "請轉真人客服",
      hint: "Enter 傳送 · Shift + Enter 換行",
      messageLabel: "您的訊息",
      placeholder: "請輸入訊息",
      send: "傳送",
      you: "您",
      accord: "Accord",
      agent: "客服",
      late: "Accord · 對之前訊息的答覆",
      uninvited: "Accord · 新訊息",
      choices: "選項",
      taken: "已選",
      table: "表格",
      showAll: (count) => `顯示全部 ${count} 列`,
      showFewer: "收合",
      waiting: "等待傳送",
      sending: "正在傳送…",
      delivered: "已送達",
      notSent: "沒有傳送出去。",
      tryAgain: "重試",
      discard: "刪除",
      tooLong: "沒有傳送出去：訊息太長了。內容在下面的輸入框裡，可以改短一些再傳。",
      notAccepted: "沒有傳送出去：這則訊息無法接收。內容在下面的輸入框裡，可以修改後再傳。",
      choiceNotAccepted: "沒有傳送出去：這個選項無法接收。您可以重新選，或者直接打字。",
      startedFresh: "之前的對話無法在這裡顯示了，所以開始了新對話。",
      startedFreshDraft: "之前的對話無法在這裡繼續，所以開始了新對話。您剛才的訊息沒有傳送出去，在下面的輸入框裡。",
      historyLost: "之前的訊息沒能載入。",
      earlier: "之前的訊息",
      today: "今天",
      yesterday: "昨天",
      latest: "最新訊息",
      newMessages: "有新訊息",
      askTitle: "要開始新對話嗎？",
      askText: "現在這段對話將不再顯示在這裡。已經談好的事不受影響。",
      stay: "留在這裡",
      freshYes: "開始新對話",
    },
  };

  // Characters that only one of the two scripts writes; enough to tell a message of some length apart.
  const ONLY_HANS = new Set("们这还个为说时会对么没账请让号额钱单计岁给现开关业务发将过来问谢谈贷钟应该话转长东车马儿电间学习亲门见进远连选边觉认识谁课调");
  const ONLY_HANT = new Set("們這還個為說時會對麼沒帳請讓號額錢單計歲給現開關業務發將過來問謝談貸鐘應該話轉長東車馬兒電間學習親門見進遠連選邊覺認識誰課調");

  const $ = (id) => document.getElementById(id);
  const scroller = $("scroller");
  const log = $("log");
  const box = $("message");
  const latest = $("latest");

  // ---- Small helpers ----

  const make = (tag, className, ...children) => {
    const node = document.createElement(tag);
    if (className) {
      node.className = className;
    }
    node.append(...children);
    return node;
  };

  const newId = () => {
    if (crypto.randomUUID) {
      return crypto.randomUUID();
    }
    // Browsers offer randomUUID over HTTPS and on this machine alone.
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };

  const kept = {
    read(key) {
      try {
        return localStorage.getItem(key);
      } catch {
        return null;
      }
    },
    write(key, value) {
      try {
        localStorage.setItem(key, value);
      } catch {
        // Storage is off: the conversation lasts as long as the page.
      }
    },
  };

  const toDate = (value) => {
    const date = value ? new Date(value) : null;
    return date && !Number.isNaN(date.getTime()) ? date : null;
  };

  const isBefore = (node, other) => Boolean(node.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);

  const asList = (value) => (Array.isArray(value) ? value : []);

  // ---- Languages ----

  const supported = (tag) => {
    const name = String(tag || "").toLowerCase();
    if (/^zh\b.*(hant|tw|hk|mo)\b/.test(name) || name.startsWith("yue")) {
      return "zh-Hant";
    }
    if (name.startsWith("zh")) {
      return "zh-Hans";
    }
    return name.startsWith("en") ? "en" : null;
  };

  const firstLanguage = () => {
    const wished = [kept.read(KEPT_LANGUAGE), ...(navigator.languages || [navigator.language])];
    return wished.map(supported).find(Boolean) || "en";
  };

  const localeOf = (name) => {
    if (name === "en") {
      return (navigator.languages || []).find((tag) => /^en\b/i.test(tag)) || "en-GB";
    }
    return name === "zh-Hans" ? "zh-CN" : "zh-TW";
  };

  let language = "en";
  let answeredIn = null;
  const words = () => WORDS[language];

  /** The language that a text is written in, for its lang attribute. */
  const languageOf = (text, fallback = language) => {
    if (!/\p{Script=Han}/u.test(text)) {
      return /\p{Script=Latin}/u.test(text) ? "en" : fallback;
    }
    let hans = 0;
    let hant = 0;
    for (const character of text) {
      const inHans = ONLY_HANS.has(character);
      const inHant = ONLY_HANT.has(character);
      hans += inHans && !inHant ? 1 : 0;
      hant += inHant && !inHans ? 1 : 0;
    }
    if (hans !== hant) {
      return hans > hant ? "zh-Hans" : "zh-Hant";
    }
    return fallback === "en" ? "zh-Hans" : fallback;
  };

  /** Gives a node words that change with the language of the page. */
  const label = (node, say) => {
    node.sayWords = () => {
      const text = say();
      if (node.textContent !== text) {
        node.textContent = text;
      }
      node.lang = language;
    };
    node.dataset.says = "";
    node.sayWords();
    return node;
  };

  const showStarters = () => {
    $("starters").replaceChildren(
      ...words().starters.map((text) => {
        const button = make("button", "", text);
        button.type = "button";
        button.addEventListener("click", () => {
          say({ text });
          log.lastElementChild?.focus({ preventScroll: true });
        });
        return button;
      }),
    );
  };

  const speak = (name, keep) => {
    language = name;
    if (keep) {
      kept.write(KEPT_LANGUAGE, name);
    }
    document.documentElement.lang = name;
    for (const node of document.querySelectorAll("[data-t]")) {
      node.textContent = words()[node.dataset.t];
    }
    for (const node of document.querySelectorAll("[data-t-aria-label]")) {
      node.setAttribute("aria-label", words()[node.dataset.tAriaLabel]);
    }
    for (const node of document.querySelectorAll("[data-t-placeholder]")) {
      node.placeholder = words()[node.dataset.tPlaceholder];
    }
    for (const node of document.querySelectorAll("[data-says]")) {
      node.sayWords();
    }
    for (const button of document.querySelectorAll("[data-language]")) {
      button.setAttribute("aria-pressed", String(button.dataset.language === name));
    }
    showStarters();
  };

  /** The labels follow the answers when those change their language, and stay as chosen otherwise. */
  const follow = (answerLanguage) => {
    const name = supported(answerLanguage);
    if (name && name !== answeredIn) {
      answeredIn = name;
      if (name !== language) {
        speak(name, true);
      }
    }
  };

  // ---- Scrolling ----

  let atEnd = true;
  let unseen = false;
  let viewHeight = 0;

  const isAtEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;

  const showLatest = () => {
    latest.hidden = atEnd;
    unseen = unseen && !atEnd;
    latest.classList.toggle("news", unseen);
    $("latest-text").sayWords();
  };

  const toEnd = () => {
    scroller.scrollTop = scroller.scrollHeight;
    atEnd = true;
    showLatest();
  };

  /** Shows what has just arrived from its beginning; leaves people alone who are reading further up. */
  const showArrived = (first, wasAtEnd) => {
    if (wasAtEnd) {
      const end = scroller.scrollHeight - scroller.clientHeight;
      const begin = first.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop - 12;
      scroller.scrollTop = Math.min(end, begin);
    } else {
      unseen = true;
    }
    atEnd = isAtEnd();
    showLatest();
  };

  label($("latest-text"), () => (unseen ? words().newMessages : words().latest));

  scroller.addEventListener(
    "scroll",
    () => {
      if (scroller.clientHeight === viewHeight) {
        atEnd = isAtEnd();
        showLatest();
      }
    },
    { passive: true },
  );

  new ResizeObserver(() => {
    viewHeight = scroller.clientHeight;
    if (atEnd && log.childElementCount) {
      toEnd();
    }
  }).observe(scroller);

  latest.addEventListener("click", () => {
    toEnd();
    log.lastElementChild?.focus?.({ preventScroll: true });
  });

  // Where the on-screen keyboard covers the page instead of shrinking it, the page shrinks itself.
  if (window.visualViewport) {
    const view = window.visualViewport;
    const fit = () => {
      const covered = view.scale <= 1.01 && window.innerHeight - view.height > 80;
      const style = document.documentElement.style;
      if (covered) {
        style.setProperty("--view-height", `${Math.round(view.height)}px`);
        style.setProperty("--view-top", `${Math.round(view.offsetTop)}px`);
      } else {
        style.removeProperty("--view-height");
        style.removeProperty("--view-top");
      }
    };
    view.addEventListener("resize", fit);
    view.addEventListener("scroll", fit);
  }

  // ---- Entries of the conversation ----

  const dayOf = (at) => (at ? `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}` : "earlier");

  const sayDay = (at) => {
    if (!at) {
      return words().earlier;
    }
    const today = new Date();
    const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
    if (dayOf(at) === dayOf(today)) {
      return words().today;
    }
    if (dayOf(at) === dayOf(yesterday)) {
      return words().yesterday;
    }
    const form = { weekday: "long", day: "numeric", month: "long" };
    if (at.getFullYear() !== today.getFullYear()) {
      form.year = "numeric";
    }
    return new Intl.DateTimeFormat(localeOf(language), form).format(at);
  };

  const timeNode = (at) => {
    const node = make("time");
    node.dateTime = at.toISOString();
    return label(node, () =>
      new Intl.DateTimeFormat(localeOf(language), { hour: "numeric", minute: "2-digit" }).format(at),
    );
  };

  /** Puts an entry last, or where its time belongs, with a line above it where a new day begins. */
  const place = (node, at, byTime = false) => {
    node.at = at;
    let next = null;
    if (byTime && at) {
      for (let other = log.lastElementChild; other?.at > at; other = other.previousElementSibling) {
        next = other;
      }
    }
    log.insertBefore(node, next);
    let line = node.previousElementSibling;
    while (line && !line.classList.contains("day")) {
      line = line.previousElementSibling;
    }
    if (line?.day !== dayOf(at)) {
      const day = label(make("p", "day"), () => sayDay(at));
      day.day = dayOf(at);
      day.at = at;
      log.insertBefore(day, node);
    }
    $("welcome").hidden = true;
  };

  const notice = (say, action) => {
    const node = make("div", "notice", label(make("div"), say));
    if (action) {
      const button = label(make("button", "plain"), action.say);
      button.type = "button";
      button.addEventListener("click", () => action.run(node));
      node.append(button);
    }
    log.append(node);
    toEnd();
    return node;
  };

  /** The text with its secure web addresses as links. */
  const textNode = (text, withLinks) => {
    const node = make("div", "text");
    const links = withLinks ? /https:\/\/[^\s<>"'，。；！？、（）()]+[^\s<>"'，。；！？、（）().,;:!?]/gu : null;
    let from = 0;
    for (const found of links ? text.matchAll(links) : []) {
      const link = make("a", "", found[0]);
      link.href = found[0];
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      node.append(text.slice(from, found.index), link);
      from = found.index + found[0].length;
    }
    node.append(text.slice(from));
    return node;
  };

  let tables = 0;

  const tableNode = (table) => {
    const columns = asList(table.columns).map(String);
    const rows = asList(table.rows).map((row) => asList(row).map((cell) => String(cell ?? "")));
    const isNumber = columns.map(
      (_, column) => rows.length > 0 && rows.every((row) => NUMBER.test(row[column] || "")),
    );
    const number = ++tables;
    const caption = make("caption");
    caption.id = `table-${number}`;
    if (table.caption) {
      caption.textContent = table.caption;
    } else {
      caption.className = "hidden";
      label(caption, () => words().table);
    }
    const cell = (tag, text, column, scope) => {
      const node = make(tag, isNumber[column] ? "number" : "", text);
      if (scope) {
        node.scope = scope;
      }
      return node;
    };
    const sheet = make("table", "", caption);
    if (columns.length) {
      sheet.append(make("thead", "", make("tr", "", ...columns.map((text, column) => cell("th", text, column, "col")))));
    }
    sheet.append(
      make(
        "tbody",
        "",
        ...rows.map((row) =>
          make(
            "tr",
            "",
            ...row.map((text, column) => (column ? cell("td", text, column) : cell("th", text, column, "row"))),
          ),
        ),
      ),
    );
    const frame = make("div", "sheet-box", sheet);
    frame.id = `table-box-${number}`;
    const node = make("div", "sheet", frame);
    if (rows.length > LONG_TABLE_ROWS) {
      node.classList.add("long");
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-labelledby", caption.id);
      const more = make("button", "plain");
      more.type = "button";
      more.setAttribute("aria-controls", frame.id);
      more.setAttribute("aria-expanded", "false");
      label(more, () => (node.classList.contains("open") ? words().showFewer : words().showAll(rows.length)));
      more.addEventListener("click", () => {
        const open = node.classList.toggle("open");
        more.setAttribute("aria-expanded", String(open));
        more.sayWords();
        if (!open) {
          node.scrollIntoView({ block: "nearest" });
        }
        atEnd = isAtEnd();
        showLatest();
      });
      node.append(more);
    }
    return node;
  };

  /** Ends the choices of a group; `taken` is the button that was tapped, if it was one of these. */
  const closeChoices = (group, taken) => {
    group.disabled = true;
    group.open = false;
    for (const button of group.querySelectorAll("button")) {
      button.disabled = true;
    }
    if (taken) {
      taken.classList.add("taken");
      const mark = make("span", "hidden", " · ");
      mark.append(label(make("span"), () => words().taken));
      taken.append(mark);
    }
  };

  const openChoices = () => Array.from(log.querySelectorAll(".choices")).filter((group) => group.open);

  const choicesNode = (buttons) => {
    const group = make("fieldset", "choices", make("legend", "hidden", label(make("span"), () => words().choices)));
    group.open = true;
    group.classList.toggle("short", buttons.length <= 5 && buttons.every(({ title }) => String(title).length <= 4));
    for (const { title, id } of buttons) {
      const button = make("button", "", String(title));
      button.type = "button";
      button.said = String(title);
      button.addEventListener("click", () => {
        if (!group.open) {
          return;
        }
        closeChoices(group, button);
        const entry = say({ text: String(title), button: id, group });
        // The tapped button can no longer hold the focus; what it said can.
        entry.focus({ preventScroll: true });
      });
      group.append(button);
    }
    return group;
  };

  const reopenChoices = (group) => {
    group.disabled = false;
    group.open = true;
    for (const button of group.querySelectorAll("button")) {
      button.disabled = false;
      button.classList.remove("taken");
      button.querySelector(".hidden")?.remove();
    }
  };

  const sizeOf = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

  /** The files that a colleague sent along, each to be saved. */
  const filesNode = (files) => {
    const list = make("ul", "files");
    for (const { secret, name, size } of files) {
      const link = make("a", "", String(name));
      link.href = address(`files/${encodeURIComponent(secret)}`);
      link.download = String(name);
      const item = make("li", "", link);
      item.append(make("span", "size", ` ${sizeOf(Number(size) || 0)}`));
      list.append(item);
    }
    return list;
  };

  /** One message as an entry of the conversation. */
  const entryNode = (kind, message, messageLanguage, sayWho, shown) => {
    const text = String(message.text ?? "");
    const entry = make("div", `entry ${kind}`);
    entry.lang = messageLanguage;
    entry.tabIndex = -1;
    entry.append(label(make("p", shown ? "who" : "who hidden"), sayWho));
    const bubble = make("div", "bubble");
    if (text) {
      bubble.append(textNode(text, kind !== "own"));
    }
    if (message.table && asList(message.table.rows).length) {
      bubble.classList.add("has-table");
      bubble.append(tableNode(message.table));
    }
    if (asList(message.files).length) {
      bubble.append(filesNode(message.files));
    }
    if (bubble.childElementCount) {
      entry.append(bubble);
    }
    if (asList(message.buttons).length) {
      entry.append(choicesNode(message.buttons));
    }
    return entry;
  };

  /** Shows messages that came from the other side; returns the first entry. */
  const showMessages = (messages, { at, inLanguage, kind = "bot", sayWho = () => words().accord, named, byTime } = {}) => {
    const list = asList(messages).filter((message) => message && typeof message === "object");
    if (!byTime && list.some((message) => asList(message.buttons).length)) {
      openChoices().forEach((group) => closeChoices(group));
    }
    let first = null;
    list.forEach((message, index) => {
      const text = String(message.text ?? "");
      const entry = entryNode(kind, message, supported(inLanguage) || languageOf(text), sayWho, Boolean(named) && index === 0);
      if (index === 0) {
        entry.classList.add("first");
      }
      if (at && index === list.length - 1) {
        entry.append(make("div", "meta", timeNode(at)));
      }
      place(entry, at, byTime);
      const group = entry.querySelector(".choices");
      if (byTime && group && Array.from(log.querySelectorAll(".entry.own")).some((own) => isBefore(entry, own))) {
        closeChoices(group);
      }
      first = first || entry;
    });
    return first;
  };

  const showOwn = (text, at) => {
    const entry = entryNode("own first", { text }, languageOf(text), () => words().you, false);
    const meta = make("div", "meta");
    if (at) {
      meta.append(timeNode(at));
    }
    entry.append(meta);
    entry.meta = meta;
    place(entry, at);
    return entry;
  };

  // ---- Which conversation this is ----

  let conversation = { id: "", started: false, seen: 0 };

  const remember = () => kept.write(KEPT_CONVERSATION, JSON.stringify(conversation));

  const recall = () => {
    try {
      const found = JSON.parse(kept.read(KEPT_CONVERSATION));
      if (found && typeof found.id === "string" && found.id) {
        return { id: found.id, started: Boolean(found.started), seen: Number(found.seen) || 0 };
      }
    } catch {
      // Nothing usable is kept: a new conversation begins.
    }
    return null;
  };

  const address = (what) => `/api/chat/${encodeURIComponent(conversation.id)}/${what}`;

  // ---- Sending, one message after the other ----

  let queue = [];
  let sending = false;
  // Rises with every change of conversation; whatever began before belongs to the past.
  let era = 0;

  const typing = (on) => {
    const wasAtEnd = atEnd;
    $("typing").hidden = !on;
    $("status").textContent = on ? words().typing : "";
    if (on && wasAtEnd) {
      toEnd();
    }
  };

  const showState = (item, state) => {
    const { entry } = item;
    if (item.state === state) {
      return;
    }
    item.state = state;
    entry.classList.toggle("unsent", state === "waiting");
    entry.classList.toggle("failed", state === "failed" || state === "refused");
    const hadFocus = entry.meta.contains(document.activeElement);
    entry.meta.replaceChildren();
    if (state === "failed") {
      const again = label(make("button", "plain again"), () => words().tryAgain);
      again.type = "button";
      again.addEventListener("click", () => {
        entry.focus({ preventScroll: true });
        send();
      });
      const discard = label(make("button", "plain quiet discard"), () => words().discard);
      discard.type = "button";
      discard.addEventListener("click", () => drop(item));
      entry.meta.append(label(make("span", "trouble"), () => words().notSent), again, discard);
    } else if (state === "refused") {
      entry.meta.append(label(make("span", "trouble"), () => words()[item.refusal]));
    } else if (state === "waiting" || state === "sending") {
      entry.meta.append(label(make("span"), () => words()[state]));
    } else {
      if (state === "delivered") {
        entry.meta.append(label(make("span"), () => words().delivered));
      }
      entry.meta.append(timeNode(entry.at));
    }
    if (hadFocus) {
      entry.focus({ preventScroll: true });
    }
  };

  const drop = (item) => {
    queue = queue.filter((other) => other !== item);
    if (item.group) {
      reopenChoices(item.group);
    }
    const before = item.entry.previousElementSibling;
    const after = item.entry.nextElementSibling;
    item.entry.remove();
    if (before?.classList.contains("day") && (!after || after.classList.contains("day"))) {
      before.remove();
    }
    if (!log.childElementCount) {
      $("welcome").hidden = false;
    }
    log.focus({ preventScroll: true });
    send();
  };

  /** What became of one message: answered, unreachable, refused, or foreign (the conversation is not ours). */
  const deliver = async (item) => {
    const what = item.button ? { button: item.button } : { text: item.text };
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_WITHIN_MS);
    try {
      const response = await fetch("/api/chat", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ conversation: conversation.id, ...what, message_id: item.messageId }),
        signal: stop.signal,
        cache: "no-store",
      });
      if (response.ok) {
        return { became: "answered", answer: await response.json() };
      }
      if (response.status === 401) {
        return { became: "foreign" };
      }
      if ([400, 413, 422].includes(response.status)) {
        return { became: "refused", tooLong: response.status === 413 };
      }
    } catch {
      // No connection, no answer in time, or half an answer: the same id can safely be sent again.
    } finally {
      clearTimeout(timer);
    }
    return { became: "unreachable" };
  };

  const send = async () => {
    if (sending) {
      return;
    }
    sending = true;
    const now = era;
    while (queue.length && now === era) {
      const item = queue[0];
      showState(item, "sending");
      typing(true);
      const { became, answer, tooLong } = await deliver(item);
      if (now !== era) {
        return;
      }
      const wasAtEnd = atEnd;
      typing(false);
      if (became === "unreachable") {
        showState(item, "failed");
        queue.slice(1).forEach((other) => showState(other, "waiting"));
        if (wasAtEnd) {
          toEnd();
        }
        break;
      }
      if (became === "foreign") {
        if (!conversation.started && !item.secondTry) {
          // Nothing was ever answered here: the first answer, and the proof that came with it, got lost.
          item.secondTry = true;
          conversation = { id: newId(), started: false, seen: 0 };
          remember();
          continue;
        }
        loseConversation();
        return;
      }
      queue.shift();
      if (became === "refused") {
        item.refusal = item.button ? "choiceNotAccepted" : tooLong ? "tooLong" : "notAccepted";
        showState(item, "refused");
        if (item.group) {
          reopenChoices(item.group);
        } else {
          draft(item.text);
        }
        continue;
      }
      const messages = asList(answer?.messages);
      follow(answer?.language);
      showState(item, messages.length ? "answered" : "delivered");
      if (!conversation.started) {
        conversation.started = true;
        remember();
      }
      const first = showMessages(messages, { at: new Date(), inLanguage: answer?.language });
      if (first) {
        showArrived(first, wasAtEnd);
      }
      listen();
    }
    sending = false;
    idle.splice(0).forEach((run) => run());
  };

  const idle = [];
  const whenIdle = () => (sending ? new Promise((resolve) => idle.push(resolve)) : Promise.resolve());

  /** Shows what the person says and sends it as soon as everything before it is sent. */
  const say = ({ text, button, group }) => {
    const item = { text, button, group, messageId: newId(), entry: showOwn(text, new Date()) };
    queue.push(item);
    showState(item, "waiting");
    toEnd();
    lookAgain.stop();
    send();
    return item.entry;
  };

  const grow = () => {
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
  };

  /** Puts text that could not be sent back into the box, after whatever is there. */
  const draft = (text) => {
    box.value = box.value ? `${box.value}\n${text}` : text;
    grow();
    box.focus();
  };

  const sendBox = () => {
    const text = box.value.trim();
    if (text) {
      box.value = "";
      grow();
      say({ text });
    }
  };

  // ---- What arrives uninvited ----

  let source = null;
  let sourceTimer = 0;
  let sourceWait = 4_000;
  const arrived = new Set();
  // Texts that the history showed already, so that the stream does not say them a second time.
  let restored = { all: new Set(), last: new Set() };

  const listen = () => {
    if (source || !conversation.started || !window.EventSource) {
      return;
    }
    clearTimeout(sourceTimer);
    source = new EventSource(address("events"));
    source.addEventListener("open", () => {
      sourceWait = 4_000;
    });
    source.addEventListener("message", (event) => receive(event));
    source.addEventListener("error", () => {
      // The browser itself comes back after a lost connection, but not after a refusal.
      if (source?.readyState === EventSource.CLOSED) {
        source = null;
        sourceTimer = setTimeout(listen, sourceWait);
        sourceWait = Math.min(sourceWait * 2, 60_000);
      }
    });
  };

  const stopListening = () => {
    clearTimeout(sourceTimer);
    source?.close();
    source = null;
  };

  const receive = (event) => {
    let news;
    try {
      news = JSON.parse(event.data);
    } catch {
      return;
    }
    const number = Number(news?.id ?? event.lastEventId) || 0;
    if (!news || (number && arrived.has(number))) {
      return;
    }
    arrived.add(number);
    const again = number > 0 && number <= conversation.seen;
    const known = again ? restored.all : news.kind === "late_answer" ? restored.last : new Set();
    const messages = asList(news.messages).filter((message) => message && !known.has(String(message.text ?? "")));
    if (number > conversation.seen) {
      conversation.seen = number;
      remember();
    }
    if (news.kind === "late_answer" && !again) {
      lookAgain.stop();
    }
    if (!messages.length) {
      return;
    }
    const agent = news.kind === "agent" || news.kind === "files";
    const wasAtEnd = atEnd;
    follow(news.language);
    const first = showMessages(messages, {
      at: toDate(news.at) || (again ? null : new Date()),
      inLanguage: news.language,
      kind: agent ? "agent" : "bot",
      named: true,
      byTime: again,
      sayWho: () => (agent ? words().agent : news.kind === "late_answer" ? words().late : words().uninvited),
    });
    if (again) {
      // Said before the page was loaded again: it is back in its place, and nothing new.
      if (wasAtEnd) {
        toEnd();
      }
      return;
    }
    showArrived(first, wasAtEnd);
    if (document.hidden) {
      document.title = "(1) Accord";
    }
  };

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      document.title = "Accord";
    }
  });

  // ---- Coming back to a conversation ----

  const fetchHistory = async () => {
    const response = await fetch(address("history"), { cache: "no-store" });
    if (response.status === 401 || response.status === 404) {
      return null;
    }
    if (!response.ok) {
      throw new Error(String(response.status));
    }
    const history = await response.json();
    return { turns: asList(history?.turns), language: history?.language };
  };

  const showTurn = (turn) => {
    const at = toDate(turn.at);
    const text = String(turn.text ?? "");
    if (text) {
      // A choice that was taken by what this turn says is marked as it was when it was tapped.
      for (const group of openChoices()) {
        const taken = Array.from(group.querySelectorAll("button")).find((button) => button.said === text);
        if (taken) {
          closeChoices(group, taken);
        }
      }
      showOwn(text, at);
    }
    const agent = turn.kind === "agent";
    showMessages(turn.messages, {
      at: toDate(turn.answered_at) || at,
      inLanguage: turn.language,
      kind: agent ? "agent" : "bot",
      named: agent,
      sayWho: () => (agent ? words().agent : words().accord),
    });
    if (turn.id && agent) {
      arrived.add(Number(turn.id));
    }
  };

  /** Looks again for the answer to a turn that had none when the page came back. */
  const lookAgain = {
    timer: 0,
    stop() {
      clearTimeout(this.timer);
      if (this.timer && !sending) {
        typing(false);
      }
      this.timer = 0;
    },
    start(count, tries = 0) {
      if (tries >= LOOK_AGAIN_MS.length) {
        this.stop();
        return;
      }
      const now = era;
      typing(true);
      this.timer = setTimeout(async () => {
        const history = await fetchHistory().catch(() => null);
        if (now !== era || !this.timer) {
          return;
        }
        const last = history?.turns.length === count ? history.turns[count - 1] : null;
        if (asList(last?.messages).length) {
          const wasAtEnd = atEnd;
          this.stop();
          follow(last.language || history.language);
          const first = showMessages(last.messages, { at: toDate(last.answered_at) || new Date(), inLanguage: last.language });
          showArrived(first, wasAtEnd);
        } else {
          this.start(count, tries + 1);
        }
      }, LOOK_AGAIN_MS[tries]);
    },
  };

  const restore = async () => {
    const now = era;
    let history;
    try {
      history = await fetchHistory();
    } catch {
      if (now === era) {
        const sayRetry = () => words().tryAgain;
        notice(() => words().historyLost, {
          say: sayRetry,
          run: async (node) => {
            await whenIdle();
            if (now === era) {
              node.remove();
              restore();
            }
          },
        });
        listen();
      }
      return;
    }
    if (now !== era) {
      return;
    }
    if (!history) {
      loseConversation();
      return;
    }
    await whenIdle();
    if (now !== era) {
      return;
    }
    log.setAttribute("aria-busy", "true");
    log.setAttribute("aria-live", "off");
    const unsent = queue.map((item) => item.entry);
    log.replaceChildren();
    arrived.clear();
    const { turns } = history;
    const textsOf = (some) => new Set(some.flatMap((turn) => asList(turn.messages).map((message) => String(message?.text ?? ""))));
    restored = { all: textsOf(turns), last: textsOf(turns.slice(-1)) };
    const lastTurn = turns.at(-1);
    follow(lastTurn?.language || history.language);
    turns.forEach(showTurn);
    unsent.forEach((entry) => place(entry, entry.at));
    $("welcome").hidden = Boolean(log.childElementCount);
    toEnd();
    requestAnimationFrame(() => {
      log.setAttribute("aria-busy", "false");
      log.setAttribute("aria-live", "polite");
      toEnd();
    });
    stopListening();
    listen();
    if (lastTurn?.text && lastTurn.status !== "answered" && !asList(lastTurn.messages).length) {
      lookAgain.start(turns.length);
    }
  };

  /** Leaves the conversation that is shown for another one; returns the texts that were not sent. */
  const enter = (next) => {
    const unsent = queue.filter((item) => !item.button).map((item) => item.text);
    era += 1;
    queue = [];
    sending = false;
    idle.length = 0;
    lookAgain.stop();
    stopListening();
    typing(false);
    arrived.clear();
    restored = { all: new Set(), last: new Set() };
    answeredIn = null;
    conversation = next;
    log.replaceChildren();
    $("welcome").hidden = false;
    scroller.scrollTop = 0;
    atEnd = true;
    showLatest();
    return unsent;
  };

  const fresh = () => {
    const unsent = enter({ id: newId(), started: false, seen: 0 });
    remember();
    return unsent;
  };

  const loseConversation = () => {
    // Another tab may have gone on to another conversation: then this one follows it.
    const other = recall();
    const follows = other && other.id !== conversation.id;
    const unsent = follows ? enter(other) : fresh();
    unsent.forEach(draft);
    if (follows) {
      if (other.started) {
        restore();
      }
      return;
    }
    notice(() => (unsent.length ? words().startedFreshDraft : words().startedFresh));
    $("welcome").hidden = unsent.length > 0;
  };

  // ---- Controls ----

  let composing = false;
  box.addEventListener("compositionstart", () => {
    composing = true;
  });
  box.addEventListener("compositionend", () => {
    composing = false;
  });
  box.addEventListener("keydown", (event) => {
    // keyCode 229: Safari ends the composition before it tells of the key that ended it.
    const choosing = composing || event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && !event.shiftKey && !choosing) {
      event.preventDefault();
      sendBox();
    }
  });
  box.addEventListener("input", grow);

  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    sendBox();
    box.focus();
  });
  // The on-screen keyboard stays open while people tap "send".
  document.querySelector(".send").addEventListener("pointerdown", (event) => event.preventDefault());

  $("person").addEventListener("click", () => {
    const text = words().personText;
    if (!queue.some((item) => item.text === text && item.state !== "failed")) {
      say({ text });
    }
  });

  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => speak(button.dataset.language, true));
  }

  $("fresh").addEventListener("click", () => {
    if (!log.querySelector(".entry") && !conversation.started) {
      box.focus();
      return;
    }
    $("ask").returnValue = "";
    $("ask").showModal();
  });
  $("ask").addEventListener("close", () => {
    if ($("ask").returnValue === "fresh") {
      fresh();
      box.focus();
    }
  });

  window.addEventListener("online", () => {
    if (queue[0]?.state === "failed") {
      send();
    }
  });

  window.addEventListener("beforeunload", (event) => {
    if (queue.some((item) => item.state === "failed" || item.state === "waiting")) {
      event.preventDefault();
    }
  });

  window.addEventListener("storage", (event) => {
    if (event.key !== KEPT_CONVERSATION) {
      return;
    }
    const other = recall();
    if (other && other.id !== conversation.id) {
      enter(other).forEach(draft);
      if (other.started) {
        restore();
      }
    } else if (other?.started) {
      conversation.started = true;
      listen();
    }
  });

  // A page with an open stream cannot rest in the browser's back/forward cache.
  window.addEventListener("pagehide", stopListening);
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      listen();
    }
  });

  // ---- Beginning ----

  speak(firstLanguage(), false);
  conversation = recall() || { id: newId(), started: false, seen: 0 };
  remember();
  if (conversation.started) {
    restore();
  } else {
    $("welcome").hidden = false;
  }
})();
