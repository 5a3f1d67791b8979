"""The map of the weeks on the start page: a card of headings, lists, links and one small chart.

Like every card it carries its light colours inline and the rest in a style block, which an untrusted notebook drops.
It drops the SVG of the chart as well: each bar has its two numbers beside it, in the same row of a table.
"""

import html
import re
from functools import cache
from urllib.parse import quote

from grader.learner.calibration import Band, Calibration
from grader.learner.card import INK, LINE, LINK_RULE, LOOK, PAPER, QUIET, SHADE, anchor, rich, stylesheet, words
from grader.learner.outcome import Notice
from grader.learner.progress import DESK, MEMO, Progress, Standing, State, Suggestion, page_folder, read_progress
from grader.learner.progress_text import BESIDE, as_text, shown_and_later
from grader.learner.session import keeps_tries

TITLE = "Where you are"
GLYPHS = {State.DONE: "✓", State.STARTED: "◐", State.NEXT: "➜", State.OPEN: "○", State.UNPUBLISHED: "·"}
BAR = 160
_PLAIN = "font-size: 15px; font-weight: bold; margin: 14px 0px 2px 0px"


def progress() -> Notice:
    """Show where you stand in the 26 weeks, from the journals in your lesson folders and your self-assessment.

    Raises nothing. In runs of the build, a coach or nbgrader no journal is read.
    """
    if not keeps_tries():
        sentence = "In this run no journal is read."
        return Notice(_card("", f'<p class="hoh-p" style="color: {INK}">{sentence}</p>'), words(TITLE + ".", sentence))
    return show(read_progress(page_folder()))


def show(where: Progress) -> Notice:
    """The map as a card, and as plain text for frontends that show no HTML."""
    body = [
        _paragraph(html.escape(f"{where.counts}."), "hoh-p hoh-quiet", QUIET),
        '<div class="hoh-modules">',
        *(_module(title, standings, where.desk_of(standings)) for title, standings in where.modules()),
        "</div>",
        _heading("How sure you are, and how right"),
        _paragraph(html.escape(where.calibration.sentence())),
        _chart(where.calibration) if where.calibration.enough else "",
        *(_paragraph(rich(note), "hoh-p hoh-quiet", QUIET) for note in (MEMO, *where.notes)),
        # Last: JupyterLab scrolls on to the next box, and the top of a long card is out of sight.
        _heading("Today"),
        _paragraph(_suggested(where.suggestion)),
    ]
    return Notice(_card(where.score, "".join(body)), as_text(where))


@cache
def _style() -> str:
    css = (LOOK / "map.css").read_text(encoding="utf-8")
    rules = re.sub(r"\s+", " ", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)).strip()
    return f"{stylesheet()} {LINK_RULE} {rules}"


def _card(score: str, body: str) -> str:
    ground = (
        f"background-color: {PAPER}; color: {INK}; border: 1px solid {LINE}; border-left: 6px solid {QUIET}; "
        "border-radius: 6px; padding: 12px 16px; margin: 4px 0px 4px 0px"
    )
    points = f'<span class="hoh-points" style="color: {QUIET}; font-weight: normal; float: right">{score}</span>'
    return (
        f"<style>{_style()}</style>"
        f'<section class="hoh-card hoh-idle hoh-map" role="region" aria-label="{TITLE}" style="{ground}">'
        f'<header class="hoh-head" style="color: {QUIET}; font-weight: bold">'
        f'<span class="hoh-title" style="color: {QUIET}">{TITLE}</span>{points if score else ""}</header>'
        f"{body}</section>"
    )


def _heading(text: str) -> str:
    return f'<h3 class="hoh-h" style="color: {INK}; {_PLAIN}">{html.escape(text)}</h3>'


def _paragraph(inner: str, classes: str = "hoh-p", colour: str = INK) -> str:
    return f'<p class="{classes}" style="color: {colour}; margin: 6px 0px 0px 0px">{inner}</p>'


def _link(standing: Standing) -> str:
    """The name of the week, as a link where there is a notebook to open."""
    name = standing.week.name
    return anchor(name, quote(standing.notebook)) if standing.notebook else html.escape(name)


def _suggested(suggestion: Suggestion) -> str:
    return rich(suggestion.before) + (_link(suggestion.week) if suggestion.week else "") + rich(suggestion.after)


def _module(title: str, standings: list[Standing], desk: str) -> str:
    shown, later = shown_and_later(standings)
    weeks = "".join(_week(standing) for standing in shown)
    if later:
        weeks += _line(State.UNPUBLISHED, f"{html.escape(later)} {_state(State.UNPUBLISHED.value)}")
    if desk:
        weeks += _line(State.UNPUBLISHED, f"{anchor(DESK, quote(desk))} {_state(BESIDE)}")
    return f'<div>{_heading(title)}<ul style="list-style: none; margin: 0px; padding: 0px">{weeks}</ul></div>'


def _week(standing: Standing) -> str:
    told = ", ".join(text for text in (standing.words, standing.score) if text)
    return _line(State.NEXT if standing.up_next else standing.state, f"{_link(standing)} {_state(told)}")


def _state(told: str) -> str:
    return f'<span class="hoh-state" style="color: {QUIET}">({html.escape(told)})</span>'


def _line(state: State, inner: str) -> str:
    return (
        f'<li class="hoh-week" style="color: {INK}; margin: 2px 0px 2px 0px">'
        f'<span aria-hidden="true">{GLYPHS[state]} </span><span>{inner}</span></li>'
    )


def _chart(calibration: Calibration) -> str:
    """A table with a bar in each row: it is as long as the share that was right, its line is at what was said."""
    heads = ("You said", "right (bar), said (line), 0 to 100%", "You were right")
    head = "".join(f'<th scope="col" class="hoh-cell" style="{_cell()}">{text}</th>' for text in heads)
    rows = "".join(_row(band) for band in calibration.bands)
    return (
        '<table style="border-collapse: collapse; margin: 8px 0px 0px 0px">'
        f'<caption class="hoh-caption" style="color: {QUIET}; text-align: left">'
        "How often you were right, by how sure you said you were</caption>"
        f'<thead><tr class="hoh-row">{head}</tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(band: Band) -> str:
    said = f"{band.low} to {band.high}%, on average {band.said:.0f}%"
    right = f"{band.hits} of {band.guesses}, {band.right:.0f}%"
    return (
        f'<tr class="hoh-row"><th scope="row" class="hoh-cell" style="{_cell()}">{said}</th>'
        f'<td class="hoh-cell" style="{_cell()}">{_bar(band)}</td>'
        f'<td class="hoh-cell" style="{_cell()}">{right}</td></tr>'
    )


def _bar(band: Band) -> str:
    """The numbers stand beside it, so a screen reader passes it over."""
    long, at = BAR * band.right / 100, BAR * band.said / 100
    return (
        f'<svg aria-hidden="true" focusable="false" width="{BAR + 4}" height="18" viewBox="-2 0 {BAR + 4} 18">'
        f'<rect class="hoh-track" x="0" y="5" width="{BAR}" height="8" fill="{SHADE}" stroke="{LINE}"></rect>'
        f'<rect class="hoh-bar" x="0" y="5" width="{long:.1f}" height="8" fill="{QUIET}"></rect>'
        f'<rect class="hoh-tick" x="{at - 1.5:.1f}" y="0" width="3" height="18" fill="{INK}"></rect></svg>'
    )


def _cell() -> str:
    return (
        f"background-color: {PAPER}; color: {INK}; border-bottom: 1px solid {LINE}; padding: 3px 14px 3px 0px; "
        "text-align: left; font-weight: normal"
    )
