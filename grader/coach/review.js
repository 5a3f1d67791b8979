// The page on which memos are marked. All text goes in as text; each change is kept here at once, and sent.
"use strict";

const LETTERS = "handson-review-letters";
const PAUSE = 600;
let data, items, place = 0, current = 0, shownSimilar = null, keptAs = "";
const undone = [];

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

const byId = id => document.getElementById(id);
const complete = item => item.criteria.every(each => each !== null);
const done = item => item.done || complete(item);

// --- What was not sent yet is kept in this browser ---

function unsent() {
  try { return JSON.parse(localStorage.getItem(keptAs)) || {}; } catch { return {}; }
}

function keepUnsent(id, what) {
  const kept = unsent();
  if (what) kept[id] = what; else delete kept[id];
  try { localStorage.setItem(keptAs, JSON.stringify(kept)); } catch { /* private window: the server has it anyway */ }
}

const asSent = item => ({
  criteria: [...item.criteria], comment: item.comment, seen: item.seen,
  marked: item.pending.marked, points: item.pending.points,
});

async function send(path, body, also = {}) {
  const answer = await fetch(path, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), ...also,
  });
  if (!answer.ok && answer.status !== 409) throw new Error("status " + answer.status);
  return [answer.ok, await answer.json()];
}

function say(text, bad = false) {
  byId("state").textContent = text;
  byId("state").className = bad ? "state bad" : "state";
}

// One save at a time for each memo: the next waits for the answer, which tells what it builds on.
const saving = new Map();

function save(item) {
  if (item.kind === "example") return;
  clearTimeout(item.timer);
  item.timer = null;
  saving.set(item.id, (saving.get(item.id) || Promise.resolve()).then(() => write(item)));
}

async function write(item) {
  if (!item.pending) return;
  const sent = { id: item.id, ...asSent(item) };
  const pending = item.pending;
  item.pending = null;
  const slow = setTimeout(() => say("Saving …"), 400);
  try {
    const [ok, answer] = await send("/api/mark", sent);
    if (!ok) {
      item.pending = merged(pending, item.pending);
      say(answer.said, true);
      return;
    }
    item.seen = answer.seen;
    const same = answer.comment.trim() === sent.comment.trim();
    // An answer that got lost, or a closed tab: what was sent is there already.
    if (answer.refused && same && String(answer.criteria) === String(sent.criteria)) Object.assign(answer, { refused: false, said: "" });
    if (answer.refused) {
      item.mine = { criteria: sent.criteria, comment: sent.comment, ...(item.pending ? asSent(item) : {}) };
      item.pending = null;
      clearTimeout(item.timer);
    }
    if (!item.pending) {
      Object.assign(item, { criteria: answer.criteria, comment: same ? sent.comment : answer.comment, note: answer.note,
        elsewhere: answer.elsewhere, done: answer.done });
      if (!answer.refused) keepUnsent(item.id, null);
      say((item === items[place] || !answer.said ? "" : `${item.who}: `) + answer.said || "Saved" + (complete(item) ? `, ${points(item)}.`
        : `: ${item.criteria.filter(mark => mark !== null).length} of ${item.criteria.length} criteria marked.`), Boolean(answer.said));
    } else keepUnsent(item.id, asSent(item));
    if (answer.refused && item === items[place]) {
      const writing = document.activeElement?.id === "comment";
      render();
      if (writing) byId("comment").focus();  // else what is typed on would be taken for keys
    } else update();
  } catch (error) {
    item.pending = merged(pending, item.pending);
    say(error.message === "status 403" ? "Not sent: this page has ended. Open the address that `handson review` printed last; what is kept in this browser is sent then."
      : "Not sent: is `handson review` still running? Kept in this browser, and sent with your next change or when you open the page again.", true);
    return;
  } finally { clearTimeout(slow); }
  for (const other of items) if (other !== item && other.pending && !other.timer) save(other);
}

function merged(first, then) {
  if (!then) return first;
  return { marked: first.marked || then.marked, points: then.marked ? then.points : first.points };
}

function points(item) {
  const sum = item.criteria.reduce((total, each) => total + each, 0);
  return `${Number((item.most * sum / (2 * item.criteria.length)).toFixed(2))} of ${item.most} points`;
}

// --- Changes ---

function change(item, criteria, comment, pending) {
  item.criteria = criteria;
  item.comment = comment;
  if (item.kind === "example") return;
  item.pending = item.pending ? merged(item.pending, pending) : pending;
  if (pending.marked) {
    item.done = false;
    if (complete(item)) item.elsewhere = null;
  }
  keepUnsent(item.id, asSent(item));
}

function remember(item) {
  undone.push({ id: item.id, criteria: [...item.criteria], comment: item.comment, points: item.elsewhere });
}

function mark(number, value) {
  const item = items[place];
  remember(item);
  change(item, item.criteria.with(number, value), item.comment, { marked: true, points: null });
  current = number;
  save(item);
  update();
}

function undo() {
  const last = undone.pop();
  if (!last) { say("Nothing to undo."); return; }
  const elsewhere = items[place].id !== last.id;
  place = items.findIndex(each => each.id === last.id);
  const item = items[place];
  const changed = item.criteria.findIndex((each, number) => each !== last.criteria[number]);
  if (changed >= 0) current = changed;
  change(item, last.criteria, last.comment, { marked: changed >= 0, points: changed >= 0 ? last.points : null });
  if (last.points) item.elsewhere = last.points;
  save(item);
  render();
  if (elsewhere) byId("text").focus();
}

function write_words(item, words) {
  if (words === item.comment) return;
  if (!item.timer) remember(item);
  change(item, item.criteria, words, { marked: false, points: null });
  clearTimeout(item.timer);
  item.timer = setTimeout(() => save(item), PAUSE);
}

// --- Moving ---

function go(step) {
  const to = Math.max(0, Math.min(items.length - 1, place + step));
  if (to === place) { say(step > 0 ? "This is the last." : "This is the first."); return; }
  place = to;
  current = Math.max(0, items[place].criteria.indexOf(null));
  shownSimilar = null;
  if (byId("state").className === "state") say("");
  render();
  byId("text").focus();
  window.scrollTo(0, 0);
}

function nextOpen() {
  const open = at => items[at].kind === "memo" && !done(items[at]);
  const places = [...items.keys()];
  const next = places.find(at => at > place && open(at)) ?? places.find(open);
  if (next === undefined) say("Every memo is marked: Ctrl + C in the terminal ends the page.");
  else if (next === place) say("This is the only open one.");
  else go(next - place);
}

// --- What is shown ---

function criterion(item, each, number) {
  return make("fieldset", { id: "criterion-" + number },
    make("legend", {}, `${number + 1}. ${each.asks}`),
    ...each.anchors.map((anchor, value) => make("label", {},
      make("input", {
        type: "radio", name: "criterion-" + number, value,
        onchange: () => mark(number, value), onfocus: () => { current = number; update(); },
      }), ` ${value}: ${anchor}`)));
}

function calibration(item) {
  if (item.kind !== "example" || !complete(item)) return [];
  const scores = data.examples[item.memo][item.number].scores;
  const apart = scores.filter((score, number) => score !== item.criteria[number]).length;
  const rows = scores.map((score, number) => make("tr", {},
    make("td", {}, data.rubrics[item.memo][number].asks), make("td", {}, String(item.criteria[number])),
    make("td", {}, score === item.criteria[number] ? String(score) : make("strong", {}, `${score}, differs`))));
  return [make("p", {}, apart ? `You and the author differ on ${apart} of ${scores.length}: read the anchors once more.`
    : "You and the author agree."),
  make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Criterion"),
    make("th", { scope: "col" }, "You"), make("th", { scope: "col" }, "Author"))), make("tbody", {}, ...rows))];
}

const quoted = text => text.split("`").map((each, place) => place % 2 ? make("code", {}, each) : each);

function beside(item) {
  const parts = [];
  if (item.numbers?.length) {
    parts.push(make("h3", {}, "What they computed"), make("ul", {}, ...item.numbers.map(([name, state, saw]) =>
      make("li", {}, `${name}: `, ...quoted(saw || "nothing"), ` (${state})`))));
  }
  if (item.similar?.length) {
    parts.push(make("h3", {}, "Nearly the same"));
    for (const [id, share] of item.similar) {
      const other = items.find(each => each.id === id);
      const marks = other.criteria.some(each => each !== null) ? `: ${other.criteria.map(each => each ?? "-").join(" ")}` : "";
      parts.push(make("p", {}, make("button", { type: "button", id: "similar-" + id, "aria-expanded": String(shownSimilar === id),
        onclick: () => { shownSimilar = shownSimilar === id ? null : id; render(); byId("similar-" + id).focus(); } },
      `${other.who}, ${Math.round(100 * share)}% alike${marks}`)));
      if (shownSimilar === id) parts.push(make("blockquote", {}, other.text));
    }
  }
  if (item.kind === "memo") {
    parts.push(make("details", {}, make("summary", {}, "Graded examples"), ...data.examples[item.memo].map(each =>
      make("div", {}, make("blockquote", {}, each.text), make("p", { class: "quiet" }, "Marks: " + each.scores.join(" "))))));
  }
  return parts;
}

function mine(item) {
  if (!item.mine) return [];
  const use = answer => {
    if (answer) { remember(item); change(item, item.mine.criteria, item.mine.comment, { marked: true, points: null }); save(item); }
    else keepUnsent(item.id, null);
    item.mine = null;
    render();
    byId("text").focus();
  };
  return [make("section", { class: "mine", "aria-label": "What you had given" },
    make("p", {}, `You had given ${item.mine.criteria.map(each => each ?? "-").join(" ")}` + (item.mine.comment ? ", and these words:" : ".")),
    ...(item.mine.comment ? [make("blockquote", {}, item.mine.comment)] : []),
    make("div", { class: "bar" }, make("button", { type: "button", onclick: () => use(true) }, "Write mine instead"),
      make("button", { type: "button", onclick: () => use(false) }, "Leave theirs")))];
}

function commentBox(item) {
  if (item.kind === "example") return [];
  const box = make("textarea", { id: "comment", maxlength: 4000 });
  box.value = item.comment;
  box.addEventListener("input", () => write_words(item, box.value));
  box.addEventListener("change", () => { if (item.timer) save(item); });
  const bank = make("select", { id: "bank" }, make("option", { value: "" }, "Choose one"),
    ...data.comments.map((each, number) => make("option", { value: number }, each.length > 80 ? each.slice(0, 79) + "…" : each)));
  const use = make("button", { type: "button", onclick: () => {
    if (bank.value === "") { say("Choose a kept comment first."); return; }
    write_words(item, [item.comment, data.comments[bank.value]].filter(Boolean).join(" "));
    save(item);
    render();
    byId("comment").focus();
  } }, "Add it");
  const keep = make("button", { type: "button", id: "keep", onclick: async () => {
    if (!box.value.trim()) { say("There are no words to keep yet."); return; }
    try {
      const [ok, answer] = await send("/api/comment", { comment: box.value });
      if (ok) { data.comments = answer.comments; render(); byId("keep").focus(); say("Kept for other memos."); } else say(answer.said, true);
    } catch { say("Not kept: is `handson review` still running?", true); }
  } }, "Keep these words");
  return [make("label", { for: "comment" }, "Your words to the learner"), box,
    make("div", { class: "bar" }, keep,
      ...(data.comments.length ? [make("label", { for: "bank" }, "Kept words"), bank, use] : []))];
}

function render() {
  const item = items[place];
  const examples = items.filter(each => each.kind === "example").length;
  const title = item.kind === "example" ? `To begin with: example ${item.number + 1}, marked by its author too`
    : `${place - examples + 1} of ${items.length - examples}. ${item.who}`;
  byId("item").replaceChildren(
    make("h2", { id: "text", tabindex: "-1" }, title),
    make("div", { class: "columns" },
      make("section", { "aria-label": "Memo" }, make("blockquote", { class: "memo" }, item.text),
        make("div", { id: "calibration", role: "status" }), ...beside(item)),
      make("section", { "aria-label": "Marks" }, ...mine(item), make("p", { class: "note", id: "note" }),
        ...data.rubrics[item.memo].map((each, number) => criterion(item, each, number)), ...commentBox(item))));
  update();
}

// What a mark changes is changed in place, so that whoever listens to the page stays where they are.
function update() {
  const item = items[place];
  item.criteria.forEach((chosen, number) => {
    const fieldset = byId("criterion-" + number);
    fieldset.className = number === current ? "current" : "";
    fieldset.querySelectorAll("input").forEach((input, value) => { input.checked = chosen === value; });
  });
  byId("note").textContent = item.note || "";
  byId("note").hidden = !item.note;
  const shown = calibration(item);
  if (shown.length || byId("calibration").childElementCount) byId("calibration").replaceChildren(...shown);
  const box = byId("comment");
  if (box && !item.pending && box.value !== item.comment) box.value = item.comment;
  const memos = items.filter(each => each.kind === "memo");
  byId("count").textContent = `${memos.filter(done).length} of ${memos.length} memos marked`;
}

function choose(number) {
  current = Math.max(0, Math.min(items[place].criteria.length - 1, number));
  const fieldset = byId("criterion-" + current);
  (fieldset.querySelector("input:checked") || fieldset.querySelector("input")).focus({ preventScroll: true });
  fieldset.scrollIntoView({ block: "nearest" });
  update();
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (["TEXTAREA", "SELECT"].includes(event.target.tagName)) {
    if (event.key === "Escape") byId("text").focus();
    return;
  }
  if (!byId("letters").checked) return;
  // By its place, too: on a French keyboard a digit needs Shift.
  const digit = /^(?:Digit|Numpad)([012])$/.exec(event.code)?.[1] ?? event.key;
  const marks = value => { const number = current; mark(number, value); choose(number + 1); };
  const keys = {
    0: () => marks(0), 1: () => marks(1), 2: () => marks(2),
    w: () => choose(current - 1), s: () => choose(current + 1),
    j: () => go(1), k: () => go(-1), n: nextOpen, u: undo, c: () => byId("comment")?.focus(),
  };
  const key = keys[digit] || keys[event.key];
  if (!key) return;
  event.preventDefault();
  if (!event.repeat || "jk".includes(event.key)) key();
}

function leftOver(kept) {
  const ids = Object.keys(kept).filter(id => !items.some(each => each.id === id));
  return ids.map(id => {
    const shown = make("section", { class: "mine", "aria-label": "Not saved" },
      make("p", {}, `You had given ${kept[id].criteria.map(each => each ?? "-").join(" ")} to a memo that has another text now; it was not saved.`),
      ...(kept[id].comment ? [make("blockquote", {}, kept[id].comment)] : []),
      make("button", { type: "button", onclick: () => { keepUnsent(id, null); shown.remove(); byId("text").focus(); } }, "Drop it"));
    return shown;
  });
}

function letters() {
  let on = true;
  try { on = localStorage.getItem(LETTERS) !== "off"; } catch { /* private window */ }
  return make("label", {}, make("input", { type: "checkbox", id: "letters", checked: on, onchange: event => {
    try { localStorage.setItem(LETTERS, event.target.checked ? "on" : "off"); } catch { /* private window */ }
  } }), " Keys:");
}

async function start() {
  const app = byId("app");
  const answer = await fetch("/api/memos");
  data = answer.ok || answer.status === 409 ? await answer.json() : { said: "Open the address that `handson review` printed." };
  if (data.said) { app.append(make("p", { role: "alert" }, data.said)); return; }
  keptAs = "handson-review-unsent:" + data.key;
  const numbers = {};
  items = data.items.map(each => each.kind === "memo" ? { ...each, pending: null, timer: null } : {
    ...each, criteria: data.rubrics[each.memo].map(() => null), comment: "", who: "",
    number: numbers[each.memo] = (numbers[each.memo] ?? -1) + 1,
  });
  const key = (...names) => names.map(name => make("kbd", {}, name));
  const kept = unsent();
  app.append(
    make("div", { class: "bar" },
      make("button", { type: "button", onclick: () => go(-1) }, "Back"),
      make("button", { type: "button", onclick: () => go(1) }, "Next"),
      make("button", { type: "button", onclick: nextOpen }, "Next open one"),
      make("button", { type: "button", onclick: undo }, "Undo"),
      make("span", { id: "count" }), make("span", { class: "state", id: "state", role: "status" })),
    make("p", { class: "quiet keys" }, letters(), " ", ...key("0", "1", "2"), " mark, ", ...key("w", "s"), " criterion before and after, ",
      ...key("j", "k"), " next and back, ", ...key("n"), " next open one, ", ...key("c"), " words, ",
      ...key("Esc"), " out of them, ", ...key("u"), " undo"),
    ...data.problems.map(problem => make("p", { class: "note" }, "Left out: " + problem)),
    ...leftOver(kept), make("div", { id: "item" }));
  const left = items.filter(each => each.kind === "memo" && kept[each.id]);
  const begun = left.length || items.some(each => each.kind === "memo" && done(each));
  place = begun ? Math.max(items.findIndex(each => each.kind === "memo" && !done(each)), items.findIndex(each => each.kind === "memo")) : 0;
  for (const item of left) {
    const { criteria, comment, seen, marked, points } = kept[item.id];
    Object.assign(item, { seen });
    change(item, criteria, comment, { marked: marked !== false, points: points ?? null });
    save(item);
  }
  render();
  document.addEventListener("keydown", onKey);
  // A tab that is closed in the middle of a word sends it still.
  window.addEventListener("pagehide", () => {
    for (const item of items) if (item.timer && item.pending)
      send("/api/mark", { id: item.id, ...asSent(item) }, { keepalive: true }).catch(() => {});
  });
}

start();
