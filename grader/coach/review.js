// The page on which memos are marked. All text goes in as text; each change is kept here and sent at once.
"use strict";

const KEPT = "handson-review-unsent:" + location.host;
let data, items, place = 0, current = 0, shownSimilar = null;
const undone = [];
const examples = new Map();

function make(tag, said = {}, ...inside) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(said)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null) made.setAttribute(name, value);
  }
  made.append(...inside.filter(each => each !== null));
  return made;
}

function unsent() {
  try { return JSON.parse(localStorage.getItem(KEPT)) || {}; } catch { return {}; }
}

function keepUnsent(kept) {
  try { localStorage.setItem(KEPT, JSON.stringify(kept)); } catch { /* private window: the server has it anyway */ }
}

async function send(path, body) {
  const answer = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
  });
  if (!answer.ok && answer.status !== 409) throw new Error("status " + answer.status);
  return [answer.ok, await answer.json()];
}

function say(text, bad = false) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = bad ? "state bad" : "state";
}

const complete = item => item.criteria.every(each => each !== null);

// One save at a time for each memo: the next waits for the answer, which tells what it builds on.
const saving = new Map();

function save(item) {
  if (item.kind === "example") { render(); return; }
  const kept = unsent();
  kept[item.id] = { criteria: item.criteria, comment: item.comment, base: item.base };
  keepUnsent(kept);
  say("Saving …");
  const before = saving.get(item.id) || Promise.resolve();
  saving.set(item.id, before.then(() => write(item)));
}

async function write(item) {
  const sent = { id: item.id, criteria: [...item.criteria], comment: item.comment, base: item.base };
  try {
    const [ok, answer] = await send("/api/mark", sent);
    if (!ok) { say(answer.said, true); return; }
    const changedSince = JSON.stringify(item.criteria) !== JSON.stringify(sent.criteria) || item.comment !== sent.comment;
    item.base = answer.base;
    item.given = answer.given;
    item.stale = false;
    if (answer.refused) { item.criteria = answer.criteria; item.comment = answer.comment; }
    if (!changedSince || answer.refused) {
      const kept = unsent();
      delete kept[item.id];
      keepUnsent(kept);
    }
    if (answer.said || !changedSince)
      say(answer.said || (complete(item) ? "Saved, " + points(item) + "." : "Saved."), Boolean(answer.said));
    if (answer.refused) render(); else count();
  } catch {
    say("Not sent: is `handson review` still running? Kept in this browser, and sent when you open the page again.", true);
  }
}

function points(item) {
  const sum = item.criteria.reduce((total, each) => total + each, 0);
  const of = 2 * item.criteria.length;
  return item.most ? `${Number((item.most * sum / of).toFixed(2))} of ${item.most} points` : `${sum} of ${of}`;
}

function change(what) {
  const item = items[place];
  undone.push({ id: item.id, criteria: [...item.criteria], comment: item.comment });
  what(item);
  save(item);
}

function mark(number, value) {
  change(item => { item.criteria[number] = value; });
  current = Math.min(number + 1, items[place].criteria.length - 1);
  render();
}

function undo() {
  const last = undone.pop();
  if (!last) { say("Nothing to undo."); return; }
  place = items.findIndex(each => each.id === last.id);
  const item = items[place];
  item.criteria = last.criteria;
  item.comment = last.comment;
  save(item);
  render();
}

function go(step) {
  place = Math.max(0, Math.min(items.length - 1, place + step));
  current = Math.max(0, items[place].criteria.indexOf(null));
  shownSimilar = null;
  render();
  document.getElementById("text").focus();
}

function nextOpen() {
  const open = items.findIndex((each, at) => at > place && !complete(each));
  if (open < 0) say("Every memo below is marked."); else go(open - place);
}

function count() {
  const memos = items.filter(each => each.kind === "memo");
  document.getElementById("count").textContent =
    `${memos.filter(complete).length} of ${memos.length} memos marked`;
}

function criterion(item, each, number) {
  const chosen = item.criteria[number];
  return make("fieldset", { class: number === current ? "current" : "" },
    make("legend", {}, `${number + 1}. ${each.asks}`),
    ...each.anchors.map((anchor, value) => make("label", {},
      make("input", {
        type: "radio", name: "criterion-" + number, value, checked: chosen === value,
        onchange: () => mark(number, value), onfocus: () => { current = number; },
      }), ` ${value}: ${anchor}`)));
}

function calibration(item) {
  if (item.kind !== "example" || !complete(item)) return null;
  const scores = data.examples[item.memo][item.number].scores;
  const apart = scores.filter((score, number) => score !== item.criteria[number]).length;
  const rows = scores.map((score, number) => make("tr", {},
    make("td", {}, data.rubrics[item.memo][number].asks), make("td", {}, String(item.criteria[number])),
    make("td", {}, String(score))));
  return make("section", { "aria-label": "The author's marks" },
    make("p", {}, apart ? `You and the author differ on ${apart} of ${scores.length}: read the anchors once more.`
      : "You and the author agree."),
    make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Criterion"),
      make("th", { scope: "col" }, "You"), make("th", { scope: "col" }, "Author"))), make("tbody", {}, ...rows)));
}

function beside(item) {
  const parts = [];
  if (item.numbers?.length) {
    parts.push(make("h3", {}, "What they computed"), make("ul", {}, ...item.numbers.map(([name, state, saw]) =>
      make("li", {}, `${name}: ${saw || "nothing"} (${state})`))));
  }
  if (item.similar?.length) {
    parts.push(make("h3", {}, "Nearly the same"));
    for (const [id, share] of item.similar) {
      const other = items.find(each => each.id === id);
      parts.push(make("p", {}, make("button", { type: "button", "aria-expanded": String(shownSimilar === id),
        onclick: () => { shownSimilar = shownSimilar === id ? null : id; render(); } },
      `${other.who}, ${Math.round(100 * share)}% alike` + (complete(other) ? `: ${other.criteria.join(" ")}` : ""))));
      if (shownSimilar === id) parts.push(make("blockquote", {}, other.text));
    }
  }
  if (item.kind === "memo") {
    parts.push(make("details", {}, make("summary", {}, "Graded examples"), ...data.examples[item.memo].map(each =>
      make("div", {}, make("blockquote", {}, each.text), make("p", { class: "quiet" }, "Marks: " + each.scores.join(" "))))));
  }
  return parts;
}

function commentBox(item) {
  if (item.kind === "example") return [];
  const box = make("textarea", { id: "comment", maxlength: 4000 });
  box.value = item.comment;
  let timer;
  const store = () => { clearTimeout(timer); if (box.value !== item.comment) change(each => { each.comment = box.value; }); };
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(store, 600); });
  box.addEventListener("change", store);
  const bank = make("select", { id: "bank", onchange: () => {
    if (!bank.value) return;
    change(each => { each.comment = [each.comment, bank.value].filter(Boolean).join(" "); });
    render();
    document.getElementById("comment").focus();
  } }, make("option", { value: "" }, "Use a kept comment …"),
  ...data.comments.map(each => make("option", { value: each }, each.slice(0, 80))));
  const keep = make("button", { type: "button", onclick: async () => {
    const [ok, answer] = await send("/api/comment", { comment: box.value });
    if (ok) { data.comments = answer.comments; render(); say("Kept for other memos."); } else say(answer.said, true);
  } }, "Keep this comment");
  return [make("label", { for: "comment" }, "Your words to the learner"), box,
    make("div", { class: "bar" }, keep, make("label", { for: "bank" }, "Kept:"), bank)];
}

function render() {
  const item = items[place];
  const focused = document.activeElement?.name?.startsWith("criterion-") || document.activeElement?.id === "comment"
    ? document.activeElement : null;
  const again = focused ? [focused.id, focused.name, focused.selectionStart] : null;
  const title = item.kind === "example" ? `To begin with: example ${item.number + 1}` : item.who;
  const said = document.getElementById("state");
  const stale = item.stale
    ? make("p", { class: "quiet" }, `The gradebook has ${item.given ?? "no"} points, given elsewhere since: they count, and these marks do not until you mark again.`)
    : null;
  document.getElementById("item").replaceChildren(
    make("h2", { id: "text", tabindex: "-1" }, `${place + 1} of ${items.length}. ${title}`),
    make("div", { class: "columns" },
      make("section", { "aria-label": "Memo" }, make("blockquote", { class: "memo" }, item.text), ...beside(item)),
      make("section", { "aria-label": "Marks" }, stale,
        ...data.rubrics[item.memo].map((each, number) => criterion(item, each, number)), calibration(item),
        ...commentBox(item))));
  count();
  if (said.textContent === "") say("");
  if (again) {
    const target = again[0] ? document.getElementById(again[0])
      : document.querySelector(`[name="criterion-${current}"]:checked`) || document.querySelector(`[name="criterion-${current}"]`);
    target?.focus();
    if (again[0] === "comment") target.setSelectionRange(again[2], again[2]);
  }
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const writing = ["TEXTAREA", "SELECT"].includes(event.target.tagName);
  if (writing) { if (event.key === "Escape") document.getElementById("text").focus(); return; }
  const last = items[place].criteria.length - 1;
  const keys = {
    0: () => mark(current, 0), 1: () => mark(current, 1), 2: () => mark(current, 2),
    w: () => { current = Math.max(0, current - 1); render(); }, s: () => { current = Math.min(last, current + 1); render(); },
    j: () => go(1), k: () => go(-1), n: nextOpen, u: undo,
    c: () => document.getElementById("comment")?.focus(),
  };
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
}

async function start() {
  data = await (await fetch("/api/memos")).json();
  const numbers = {};
  items = data.items.map(each => each.kind === "memo" ? each : {
    ...each, criteria: data.rubrics[each.memo].map(() => null), comment: "", who: "",
    number: numbers[each.memo] = (numbers[each.memo] ?? -1) + 1,
  });
  const app = document.getElementById("app");
  const key = (...names) => names.map(name => make("kbd", {}, name));
  app.append(
    make("div", { class: "bar" },
      make("button", { type: "button", onclick: () => go(-1) }, "Back"),
      make("button", { type: "button", onclick: () => go(1) }, "Next"),
      make("button", { type: "button", onclick: nextOpen }, "Next open one"),
      make("button", { type: "button", onclick: undo }, "Undo"),
      make("span", { id: "count" })),
    make("p", { class: "state", id: "state", role: "status" }),
    make("div", { id: "item" }),
    make("p", { class: "quiet" }, ...key("0", "1", "2"), " mark the criterion, ", ...key("w", "s"), " choose it, ",
      ...key("j", "k"), " next and back, ", ...key("n"), " next open one, ", ...key("c"), " comment, ",
      ...key("Esc"), " out of it, ", ...key("u"), " undo"));
  for (const problem of data.problems) app.append(make("p", { class: "quiet" }, "Left out: " + problem));
  const kept = unsent();
  const left = Object.keys(kept).map(id => items.find(each => each.id === id)).filter(Boolean);
  const begun = items.some(each => each.kind === "memo" && each.criteria.some(mark => mark !== null));
  place = begun || left.length ? items.findIndex(each => each.kind === "memo") : 0;
  const open = items.findIndex(each => each.kind === "memo" && !complete(each));
  if (begun && open >= 0) place = open;
  render();
  for (const item of left) {
    Object.assign(item, { criteria: kept[item.id].criteria, comment: kept[item.id].comment, base: kept[item.id].base });
    save(item);
  }
  if (left.length) render();
  document.addEventListener("keydown", onKey);
}

start();
