"""The HTML of every card: check, prediction, recall, hand-in and error.

A card carries its colours twice. Inline styles (light paper, dark ink) survive in a reopened, untrusted notebook, where
JupyterLab drops `<style>`, `role` and `aria-*`. The style block, `look/handson.css`, overrides them in dark themes.
"""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOOK = Path(__file__).parent / "look"
GLYPHS = {"idle": "○", "close": "◐", "wrong": "✕", "right": "✓"}

# The light side of look/handson.css, in plain colours: a sanitiser keeps these and drops variables.
INK, QUIET, PAPER, LINE, SHADE = "#1d2430", "#59636f", "#ffffff", "#d9dee5", "#f1f3f6"
LINK = "#1a5fb4"
LINK_RULE = ".hoh-card .hoh-link { color: var(--hoh-link) !important; }"
"""For the cards that hold a link, and only in them: what every card carries is stored with each answer."""
ACCENTS = {"idle": "#59636f", "close": "#8a5a00", "wrong": "#a3271c", "right": "#0b6e4f"}

_CODE = re.compile(r"`([^`\n]+)`")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]*[^*\s])\*\*")


@dataclass(frozen=True)
class Fold:
    """A part that opens on a click. `code` keeps line breaks and sets it in a fixed-width face."""

    summary: str
    body: str
    open: bool = False
    code: bool = False


def rich(text: str) -> str:
    """Plain text to safe HTML: everything escaped, then `backticks` to code and **stars** to bold."""
    parts = re.split(r"(`[^`\n]+`)", text)
    return "".join(_code(part) if _CODE.fullmatch(part) else _bold(part) for part in parts)


def plain(text: str) -> str:
    """The same text without its marks, for places that show no HTML."""
    return _BOLD.sub(r"\1", _CODE.sub(r"\1", text))


def _code(part: str) -> str:
    style = f"background-color: {SHADE}; color: {INK}; padding: 0px 3px"
    return f'<code class="hoh-code" style="{style}">{html.escape(part[1:-1])}</code>'


def _bold(part: str) -> str:
    return _BOLD.sub(rf'<b class="hoh-bold" style="color: {INK}">\1</b>', html.escape(part))


def _paragraph(inner: str, *, quiet: bool = False) -> str:
    name = "hoh-p hoh-quiet" if quiet else "hoh-p"
    return f'<p class="{name}" style="color: {QUIET if quiet else INK}; margin: 6px 0px 0px 0px">{inner}</p>'


def _fold(fold: Fold) -> str:
    if fold.code:
        style = (
            f"background-color: {SHADE}; color: {INK}; padding: 6px 8px; margin: 6px 0px 0px 0px; white-space: pre-wrap"
        )
        body = f'<pre class="hoh-pre" style="{style}">{html.escape(fold.body)}</pre>'
    else:
        body = _paragraph(rich(fold.body))
    return (
        f'<details class="hoh-fold"{" open" if fold.open else ""} style="color: {QUIET}; margin: 8px 0px 0px 0px">'
        f'<summary class="hoh-summary" style="color: {QUIET}">{html.escape(fold.summary)}</summary>{body}</details>'
    )


def _is_skeleton(hint: str) -> bool:
    """A last hint is code with blanks, as a whole: it reads better in a fixed-width face."""
    return "____" in hint and "`" not in hint


def anchor(text: str, href: str, *, download: str = "") -> str:
    """A link of a card, underlined: in grey its colour does not tell it from the text. `download` names the file."""
    saved_as = f'download="{html.escape(download)}" ' if download else ""
    style = f"color: {LINK}; text-decoration: underline"
    return f'<a class="hoh-link" style="{style}" {saved_as}href="{html.escape(href)}">{html.escape(text)}</a>'


def download_link(name: str, href: str) -> str:
    """The line of a card that downloads the file at `href` under `name`, with the rule its colour needs."""
    link = anchor(f"Download {name}", href, download=name)
    return f'<style>{LINK_RULE}</style><p class="hoh-p" style="margin: 6px 0px 0px 0px">{link}</p>'


@cache
def stylesheet() -> str:
    """The text of `look/handson.css` on one line, without comments."""
    css = (LOOK / "handson.css").read_text(encoding="utf-8")
    return re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()


def card(
    state: str,
    title: str,
    points: str = "",
    *,
    paragraphs: Sequence[str] = (),
    next_step: str = "",
    hints: Sequence[str] = (),
    hints_in_all: int = 0,
    folds: Sequence[Fold] = (),
    quiet: Sequence[str] = (),
) -> str:
    """One card as HTML. `state` is idle, close, wrong or right; `points` is words such as "0 of 2".

    `hints` are those opened so far, the newest last (shown open); `hints_in_all` how many there are. `quiet` lines
    stand below, in grey. All texts may hold `backticks` and **stars**; everything else in them is escaped.
    """
    accent = ACCENTS[state]
    head = (
        f'<header class="hoh-head" style="color: {accent}; font-weight: bold">'
        f'<span class="hoh-glyph" aria-hidden="true" style="color: {accent}">{GLYPHS[state]}</span> '
        f'<span class="hoh-title" style="color: {accent}">{html.escape(title)}</span>'
    )
    if points:
        style = f"color: {QUIET}; font-weight: normal; float: right"
        head += f' <span class="hoh-points" style="{style}">{html.escape(points)}</span>'
    in_all = max(hints_in_all, len(hints))
    hint_folds = [
        Fold(f"Hint {number} of {in_all}", hint, open=number == len(hints), code=_is_skeleton(hint))
        for number, hint in enumerate(hints, 1)
    ]
    body = [_paragraph(rich(text)) for text in paragraphs if text]
    if next_step:
        body.append(_paragraph(f'<b class="hoh-bold" style="color: {INK}">Next:</b> {rich(next_step)}'))
    body += [_fold(fold) for fold in (*hint_folds, *folds)]
    body += [_paragraph(rich(line), quiet=True) for line in quiet if line]
    style = (
        f"background-color: {PAPER}; color: {INK}; border: 1px solid {LINE}; border-left: 6px solid {accent}; "
        "border-radius: 6px; padding: 12px 16px; margin: 4px 0px 4px 0px; max-width: 640px"
    )
    return (
        f"<style>{stylesheet()}</style>"
        f'<section class="hoh-card hoh-{state}" role="status" style="{style}">{head}</header>{"".join(body)}</section>'
    )


def words(*parts: str) -> str:
    """The sentences of a card as one plain text, for frontends and tests that show no HTML."""
    return " ".join(plain(part) for part in parts if part)
