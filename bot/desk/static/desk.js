/*
 * The desk in the browser. Everything works without it; with it, pages follow what happens, less is loaded anew, and
 * nothing typed is lost: unsent words are kept for this tab until they are sent or the person signs out.
 */
(() => {
  "use strict";

  const LEAST_MS = { withCase: 2_000, inbox: 4_000 };
  const JITTER_MS = 1_200;
  const CLOCK_MS = 60_000;
  const IDLE_MS = 15 * 60_000;
  const DRAFT = "accord.desk.draft:";
  const person = document.body.dataset.person || "";
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const panes = () => find("[data-live]");
  const openCase = () => panes()?.dataset.case || "";

  const say = (text) => {
    const status = find("#status");
    if (!status) return;
    status.textContent = "";
    setTimeout(() => (status.textContent = text), 60);
  };

  /* Words that are not sent yet */

  const draftKey = (form) => `${DRAFT}${person}:${openCase()}:${form.dataset.draft}`;
  const draftFields = (form) =>
    [...form.elements].filter((field) => field.name && !["hidden", "file", "submit", "button"].includes(field.type) && field.name !== "anyway");

  const keepDraft = (form) => {
    const kept = {};
    for (const field of draftFields(form)) {
      if (field.type === "radio" || field.type === "checkbox") {
        if (field.checked) kept[field.name] = field.value;
      } else if (field.value) {
        kept[field.name] = field.value;
      }
    }
    try {
      if (draftFields(form).some(isTyped)) sessionStorage.setItem(draftKey(form), JSON.stringify(kept));
      else sessionStorage.removeItem(draftKey(form));
    } catch {
      /* without storage, words live as long as the page */
    }
  };

  const isTyped = (field) => {
    if (field.type === "radio" || field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (field.tagName === "SELECT") return false;
    return field.value !== field.defaultValue && field.value !== "";
  };

  const bringBack = (form) => {
    let kept;
    try {
      kept = JSON.parse(sessionStorage.getItem(draftKey(form)) || "null");
    } catch {
      return;
    }
    if (!kept || "refused" in form.dataset) return;
    for (const field of draftFields(form)) {
      if (!(field.name in kept)) continue;
      if (field.type === "radio" || field.type === "checkbox") field.checked = field.value === kept[field.name];
      else if (!field.value || field.tagName === "SELECT" || field.value === field.defaultValue) field.value = kept[field.name];
    }
  };

  const dropDraft = (name) => sessionStorage.removeItem(`${DRAFT}${person}:${openCase()}:${name}`);

  /* After something was done, its words are no draft any more. */
  const settle = () => {
    const address = new URL(location.href);
    const said = address.searchParams.get("said");
    if (!said) return;
    const name = said.replace(/_(sent|waits|unproven|lift|approve|refuse)$/, "");
    dropDraft(name);
    if (name === "decide") for (const key of Object.keys(sessionStorage)) if (key.startsWith(`${DRAFT}${person}:${openCase()}:decide-`)) sessionStorage.removeItem(key);
    address.searchParams.delete("said");
    history.replaceState(history.state, "", address);
  };

  /* What a fresh page or a fresh part of one needs */

  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight + 2, innerHeight * 0.4)}px`;
  };

  // Where there is room the conversation scrolls by itself; on phones the whole page does.
  const scroller = () => {
    const flow = find("#flow");
    return flow && getComputedStyle(flow).overflowY === "auto" ? flow : document.scrollingElement;
  };
  const toTheEnd = () => {
    const flow = find("#flow");
    if (!flow) return;
    if (scroller() === flow) flow.scrollTop = flow.scrollHeight;
    else scrollTo(0, flow.getBoundingClientRect().bottom + scrollY + (find("#dock")?.offsetHeight || 0) - innerHeight);
  };
  const atTheEnd = () => {
    const flow = find("#flow");
    const edge = scroller() === flow ? flow.getBoundingClientRect().bottom : innerHeight - (find("#dock")?.offsetHeight || 0);
    return (find("#pending") || flow).getBoundingClientRect().bottom - edge < 80;
  };

  const raw = new WeakMap();
  const plain = (node) => node.outerHTML.replace(/name="key" value="[^"]*"/g, "").replace(/ open=""/g, "");

  const remember = (within) => {
    for (const part of [...(within.matches?.("[data-part]") ? [within] : []), ...all("[data-part]", within)]) {
      raw.set(part, plain(part));
      for (const list of all("[data-keyed]", part)) for (const child of list.children) raw.set(child, plain(child));
    }
  };

  const wake = (within) => {
    remember(within);
    for (const form of all("form[data-draft]", within)) bringBack(form);
    for (const area of all("textarea[data-grow]", within)) grow(area);
    if (within.matches?.("#stage, body")) toTheEnd();
    for (const button of all("[data-help]", within)) button.hidden = false;
    kindOfTerms();
  };

  const kindOfTerms = () => {
    const form = find(".do-propose");
    if (form) form.dataset.kind = form.elements.kind?.value || "plan";
  };

  /* Parts that changed come in place of what they were; what is open stays open, what is typed stays typed. */

  const stateOf = (node) => ({
    open: all("details[id]", node).filter((item) => item.open).map((item) => item.id),
    shut: all("details[id]", node).filter((item) => !item.open).map((item) => item.id),
    opened: all("[data-opened]", node),
    focus: node.contains(document.activeElement) ? document.activeElement : null,
    scroll: all("[id]", node).concat(node).filter((item) => item.scrollTop > 0).map((item) => [item.id, item.scrollTop]),
  });

  const restore = (node, state) => {
    for (const id of state.open) if (find(`#${CSS.escape(id)}`, node)) find(`#${CSS.escape(id)}`, node).open = true;
    for (const id of state.shut) if (find(`#${CSS.escape(id)}`, node)) find(`#${CSS.escape(id)}`, node).open = false;
    for (const value of state.opened) {
      const masked = find(`[data-field="${CSS.escape(value.dataset.opened)}"]`, node);
      if (masked) masked.closest("dd").replaceChildren(value);
    }
    for (const [id, top] of state.scroll) {
      const item = node.id === id ? node : find(`#${CSS.escape(id)}`, node);
      if (item) item.scrollTop = top;
    }
    if (state.focus && !document.contains(state.focus)) {
      const again = refind(state.focus, node);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const refind = (was, node) => {
    if (was.id) return find(`#${CSS.escape(was.id)}`, node);
    if (was.dataset?.case) return find(`[data-case="${CSS.escape(was.dataset.case)}"]`, node);
    const href = was.getAttribute?.("href");
    return href ? find(`a[href="${CSS.escape(href)}"]`, node) : null;
  };

  const isBusy = (node) => all("form[data-draft]", node).some((form) => draftFields(form).some(isTyped)) || Boolean(find("details.menu[open]", node));

  const change = (old, fresh) => {
    const text = plain(fresh);
    if (raw.get(old) === text) return;
    const oldList = find("[data-keyed]", old), freshList = find("[data-keyed]", fresh);
    if (oldList && freshList) return changeList(old, oldList, freshList, text);
    const state = stateOf(old);
    old.replaceWith(fresh);
    afterwards(fresh);
    restore(fresh, state);
  };

  const changeList = (part, oldList, freshList, text) => {
    const known = new Map([...oldList.children].map((child) => [child.id, child]));
    let before = null;
    for (const child of [...freshList.children]) {
      const old = known.get(child.id);
      known.delete(child.id);
      let stays = old;
      if (!old || raw.get(old) !== plain(child)) {
        const state = old && stateOf(old);
        raw.set(child, plain(child));
        if (old) old.replaceWith(child);
        stays = child;
        if (window.htmx) htmx.process(child);
        if (state) restore(child, state);
      }
      const place = before ? before.nextSibling : oldList.firstChild;
      if (stays !== place) oldList.insertBefore(stays, place);
      before = stays;
    }
    for (const gone of known.values()) gone.remove();
    raw.set(part, text);
  };

  const afterwards = (node) => {
    if (window.htmx) htmx.process(node);
    wake(node);
  };

  const update = (fresh) => {
    for (const part of all("[data-part], #rail-nav", fresh)) {
      const old = document.getElementById(part.id);
      if (!old) continue;
      if (part.id === "rail-nav") {
        if (old.innerHTML.trim() !== part.innerHTML.trim()) old.innerHTML = part.innerHTML;
      } else if (part.id === "dock") {
        if (old.dataset.state !== part.dataset.state && !isBusy(old)) change(old, part);
      } else if (part.id === "thread") {
        renewThread(old, part);
      } else if (!isBusy(old)) {
        change(old, part);
      }
    }
  };

  const renewThread = (old, fresh) => {
    const end = atTheEnd();
    const known = new Set(all(".turn.borrower", old).map((turn) => turn.id));
    const words = all(".turn.borrower", fresh).filter((turn) => !known.has(turn.id)).map((turn) => find(".turn-text", turn)?.textContent || "");
    change(old, fresh);
    if (end) toTheEnd();
    if (words.length) say(`${document.body.dataset.newWords} ${words.join(" ")}`);
  };

  /* Live: the server says that something changed; the page looks at its case at most once in two seconds, at the inbox
     alone once in four, and not while hidden. */

  let source = null, wanted = null, timer = 0, last = 0, active = Date.now();

  const look = async () => {
    timer = 0;
    const live = panes();
    if (!live || document.hidden || !wanted) return;
    const withCase = wanted.case && openCase();
    wanted = null;
    last = Date.now();
    const query = new URLSearchParams(location.search);
    if (openCase()) query.set("open", openCase());
    const address = withCase ? live.dataset.live : live.dataset.liveQueue || live.dataset.live;
    try {
      const answer = await fetch(`${address}?${query}`, { headers: { "X-Quiet": "1" }, credentials: "same-origin" });
      if (answer.redirected || answer.status === 401) return leave();
      if (answer.status === 404 && withCase) return location.reload();
      if (answer.ok) update(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      /* the stream comes back by itself, and then everything is looked at */
    }
  };

  const leave = () => {
    quiet();
    location.reload();
  };

  const want = (withCase) => {
    const sooner = withCase && !wanted?.case;
    wanted = { case: Boolean(withCase || wanted?.case) };
    if (document.hidden || (timer && !sooner)) return;
    clearTimeout(timer);
    const wait = Math.max(0, last + (wanted.case ? LEAST_MS.withCase : LEAST_MS.inbox) - Date.now());
    timer = setTimeout(look, wait + Math.random() * (withCase ? 200 : JITTER_MS));
  };

  const listen = () => {
    if (source || !panes() || !window.EventSource) return;
    const query = new URLSearchParams({ since: panes().dataset.mark || "" });
    if (openCase()) query.set("case", openCase());
    source = new EventSource(`/desk/events?${query}`);
    let first = true;
    source.addEventListener("ready", () => {
      document.body.classList.remove("offline");
      if (!first) want(true);
      first = false;
    });
    source.addEventListener("changed", (event) => want(JSON.parse(event.data).case));
    source.addEventListener("error", () => {
      document.body.classList.add("offline");
      if (source?.readyState !== EventSource.CLOSED) return;
      quiet(); // refused for good, or signed out: the next look tells which
      setTimeout(() => {
        want(true);
        listen();
      }, 15_000);
    });
  };

  const quiet = () => {
    source?.close();
    source = null;
  };

  /* Somebody who is away for long is not kept signed in by a page that goes on asking. */
  const busy = () => {
    const away = Date.now() - active > IDLE_MS;
    active = Date.now();
    if (away && !source) {
      listen();
      want(true);
    }
  };

  setInterval(() => {
    if (Date.now() - active > IDLE_MS) quiet();
    else if (!document.hidden && panes()) want(true);
  }, CLOCK_MS);

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    busy();
    if (wanted) want(wanted.case);
  });

  /* Keyboard */

  const rows = () => all("#rows .row-link");

  const move = (by) => {
    const links = rows();
    if (!links.length) return;
    let at = links.indexOf(document.activeElement);
    if (at < 0) at = links.findIndex((link) => link.getAttribute("aria-current"));
    const next = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  };

  const reach = (tab, field) => {
    const here = find(`#${field}`);
    if (here) return here.focus();
    const link = find(`#dock a[data-key="${tab}"]`);
    if (link) link.click();
  };

  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    c: () => find('form[data-key="c"] button')?.click(),
    r: () => reach("r", "answer"),
    n: () => reach("n", "note"),
    f: () => find("#facts")?.focus(),
    u: () => find("a.back")?.click(),
    "/": () => find("#q")?.focus(),
    "?": () => find("#keys")?.showModal(),
  };

  const isText = (node) => node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && !/^(checkbox|radio|button|submit|file)$/.test(node.type));

  document.addEventListener("keydown", (event) => {
    busy();
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("[data-send]")) {
      event.preventDefault();
      event.target.form.requestSubmit();
      return;
    }
    if (event.key === "Escape") {
      const menu = event.target.closest?.("details.menu[open], details.filter-more[open]");
      if (menu) {
        menu.open = false;
        find("summary", menu).focus();
      } else if (isText(event.target)) {
        event.target.blur();
      }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target) || find("dialog[open]")) return;
    const key = KEYS[event.key];
    if (!key) return;
    event.preventDefault();
    key();
  });

  document.addEventListener("pointerdown", (event) => {
    busy();
    for (const menu of all("details.menu[open], details.filter-more[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  /* Forms */

  document.addEventListener("click", (event) => {
    const insert = event.target.closest("[data-insert]");
    if (insert) {
      event.preventDefault();
      const area = find("#answer, #note");
      if (!area) return;
      const [start, end] = [area.selectionStart, area.selectionEnd];
      area.setRangeText(insert.dataset.insert, start, end, "end");
      area.dispatchEvent(new Event("input", { bubbles: true }));
      insert.closest("details").open = false;
      area.focus();
      return;
    }
    if (event.target.closest("[data-help]")) find("#keys")?.showModal();
    const entry = event.target.closest("details.menu li > a");
    if (entry) entry.closest("details").open = false;
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.matches("textarea[data-grow]")) grow(event.target);
    if (event.target.name === "kind") kindOfTerms();
    if (form?.dataset.draft) keepDraft(form);
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-auto] select")) event.target.form.requestSubmit();
    if (event.target.matches(".attach-input")) {
      find("#files-names").textContent = [...event.target.files].map((file) => file.name).join(", ");
    }
  });

  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-auto]")) for (const field of event.target.elements) if (field.name && !field.value) field.disabled = true;
    if (event.target.matches("[data-ends-session]")) for (const key of Object.keys(sessionStorage)) if (key.startsWith(DRAFT)) sessionStorage.removeItem(key);
  });

  document.addEventListener("htmx:confirm", (event) => {
    const form = event.target.closest?.("form");
    if (form?.dataset.draft && event.detail.verb !== "get") keepDraft(form);
  });

  let wasAtTheEnd = false;

  /* What came back is no page of the desk's (signed out, say): it is shown as it is. */
  document.addEventListener("htmx:beforeSwap", (event) => {
    const wantedPart = event.detail.target?.id;
    wasAtTheEnd = Boolean(find("#flow")) && atTheEnd();
    if (wantedPart && !event.detail.serverResponse.includes(`id="${wantedPart}"`)) {
      event.detail.shouldSwap = false;
      location.reload();
    }
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    const node = document.getElementById(event.detail.target.id) || event.detail.elt;
    if (!node) return;
    htmx.process(node); // it would do so a moment later; until then a link of the new part loads the whole page
    settle();
    wake(node);
    const problem = find("[role=alert]", node);
    if (node.id === "stage") {
      const done = find("#notices .said span", node);
      if (done) say(done.textContent);
      const area = find("#answer, #note", node);
      if (problem) find("textarea, input:not([type=hidden])", problem.closest("form") || node)?.focus();
      else if (area && matchMedia("(pointer: fine)").matches) area.focus();
      else find("#main").focus({ preventScroll: true });
      want(false);
    } else if (node.id === "quote") {
      node.scrollIntoView({ block: "start" });
    } else if (node.id === "dock") {
      if (wasAtTheEnd) toTheEnd();
      find("textarea, input:not([type=hidden], [type=file]), select", node)?.focus();
    }
  });

  document.addEventListener("htmx:sendError", () => say(document.body.dataset.lost));
  document.addEventListener("htmx:responseError", () => say(document.body.dataset.lost));

  /* htmx pages carry the token in a header as well. */
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF"] = find('meta[name="csrf"]')?.content || "";
  });

  addEventListener("pagehide", quiet);
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      listen();
      want(true);
    }
  });

  settle();
  wake(document.body);
  const current = find("#rows [aria-current]");
  if (current) current.scrollIntoView({ block: "nearest" });
  listen();
})();
