"""Charts for pages: each says its finding and its own numbers, has words for who does not see it, and a table behind.

Texts and shapes take the colours of the page, so that light, dark and paper need no second drawing. A chart is at most
`WIDTH` wide: on a telephone it keeps nearly its size.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from grader.coach.page import escaped, table

WIDTH, ROW, LINE, LETTER = 460, 26, 17, 7.3
LONGEST_BESIDE = 24
"""Letters of a label that stands beside its bar; where one is longer, all stand above theirs."""
DARKEST = 45
"""Percent of the accent in the ground of a full share: never so dark that the ink on it is hard to read."""
MOST_NAMED = 6
"""Points of a scatter that are named in it."""
INK, ACCENT, QUIET, FAINT = "var(--hoh-ink)", "var(--hoh-link)", "var(--hoh-quiet)", "var(--hoh-line)"


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value, the value in words, and a second value that is marked on it, if there is one."""

    label: str
    value: float
    said: str
    mark: float | None = None


@dataclass(frozen=True)
class Dot:
    """One point of a scatter. `said` are its cells in the table behind, after its label."""

    label: str
    x: float
    y: float
    said: tuple[str, ...]


@dataclass(frozen=True)
class Behind:
    """The table behind a chart."""

    heads: Sequence[str]
    rows: Sequence[Sequence[object]]


def _figure(title: str, note: str, height: float, drawn: Sequence[str], spoken: str, behind: Behind) -> str:
    key = f'<p class="quiet">{escaped(note)}</p>' if note else ""
    rows = [list(row) for row in behind.rows]
    data = table(title, list(behind.heads), rows, frozenset(range(1, len(behind.heads))))
    return (
        f"<figure><figcaption><b>{escaped(title)}</b></figcaption>{key}"
        f'<svg role="img" viewBox="0 0 {WIDTH} {height:.0f}" width="100%" style="max-width: {WIDTH}px" '
        f'aria-label="{escaped(f"{title}. {spoken}")}">{"".join(drawn)}</svg>'
        f"<details><summary>The numbers as a table</summary>{data}</details></figure>"
    )


def _text(x: float, y: float, text: str, anchor: str = "start", size: int = 13, fill: str = INK) -> str:
    ends = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" style="fill: {fill}"{ends}>{escaped(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" height="{height:g}" fill="{fill}"/>'


def bars(title: str, rows: Sequence[Bar], most: float, heads: tuple[str, str], note: str = "") -> str:
    """Horizontal bars from 0 to `most`; `heads` are those of the table behind. Long labels stand above their bars.

    `note` stands under the title: what is counted, and what the marks on the bars are.
    """
    longest = max((len(each.label) for each in rows), default=0)
    beside = longest <= LONGEST_BESIDE
    left = 10 + LETTER * longest if beside else 0.0
    beyond = 10 + LETTER * max((len(each.said) for each in rows), default=0)
    scale = max(60.0, WIDTH - left - beyond) / most if most else 0.0
    drawn, top = [], 4.0
    for each in rows:
        if beside:
            drawn.append(_text(left - 8, top + 13, each.label, "end"))
        else:
            for line in textwrap.wrap(each.label, int(WIDTH / LETTER)) or [""]:
                drawn.append(_text(0, top + 12, line))
                top += LINE
        long = max(1.0, min(each.value, most) * scale)
        marked = min(each.mark, most) * scale if each.mark is not None else 0.0
        drawn.append(_rect(left, top, long, 18, ACCENT))
        if each.mark is not None:
            drawn.append(_rect(left + marked - 1.5, top - 3, 3, 24, INK))
        drawn.append(_text(left + max(long, marked) + 6, top + 13, each.said))
        top += ROW if beside else ROW + 6
    spoken = "; ".join(f"{each.label}: {each.said}" for each in rows)
    return _figure(title, note, top, drawn, spoken, Behind(heads, [[each.label, each.said] for each in rows]))


def columns(
    title: str, rows: Sequence[Bar], most: float, behind: Behind, note: str = "", line: tuple[float, str] | None = None
) -> str:
    """A column for each week, from 0 to `most`; marks lie across them. `line` is a level, with its name.

    The first, the last, the lowest and the highest column say their numbers; the others are in the table behind.
    """
    foot, head = 130.0, 16.0
    step = min(44.0, (WIDTH - 4) / max(1, len(rows)))
    scale = (foot - head) / most if most else 0.0
    drawn = [_rect(0, foot, step * len(rows), 1, FAINT)]
    if line:
        at = foot - min(line[0], most) * scale
        drawn += [_rect(0, at, WIDTH, 1, QUIET), _text(WIDTH, at - 4, line[1], "end", 12, QUIET)]
    values = [each.value for each in rows]
    named = {0, len(rows) - 1, values.index(max(values)), values.index(min(values))} if rows else set()
    every = 1 if step >= 17 else 2
    for place, each in enumerate(rows):
        x, high = step * place, max(1.0, min(each.value, most) * scale)
        drawn.append(_rect(x + step * 0.15, foot - high, step * 0.7, high, ACCENT))
        if each.mark is not None:
            drawn.append(_rect(x + step * 0.08, foot - min(each.mark, most) * scale - 1.5, step * 0.84, 3, INK))
        if step >= 30 or place in named:
            above = max(high, min(each.mark or 0.0, most) * scale)
            drawn.append(_text(x + step / 2, foot - above - 4, each.said, "middle", 12))
        if place % every == 0:
            drawn.append(_text(x + step / 2, foot + 15, each.label, "middle", 12, QUIET))
    spoken = "; ".join(": ".join(str(cell) for cell in row[:2]) for row in behind.rows)
    return _figure(title, note, foot + 22, drawn, spoken, behind)


def scatter(title: str, dots: Sequence[Dot], axes: tuple[str, str], behind: Sequence[str], note: str = "") -> str:
    """Points by two shares: across from 0 to 1, upwards from the lowest (at most -0.2) to 1; `axes` name them.

    The lowest ones are named, as far as there is room; `behind` are the heads of the table.
    """
    left, foot, top, right = 34.0, 250.0, 10.0, 20.0
    lowest = min([-0.2, *(dot.y for dot in dots)])

    def across(x: float) -> float:
        return left + x * (WIDTH - left - right)

    def up(y: float) -> float:
        return foot - (y - lowest) / (1 - lowest) * (foot - top)

    drawn = []
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        drawn += [
            _rect(across(share), top, 1, foot - top, FAINT),
            _text(across(share), foot + 15, f"{100 * share:.0f}%", "middle", 12, QUIET),
        ]
    for level in (0.0, 0.2, 0.5, 1.0):
        drawn += [
            _rect(left, up(level), WIDTH - left - right, 1, QUIET if level == 0.2 else FAINT),
            _text(left - 6, up(level) + 4, f"{level:.1f}", "end", 12, QUIET),
        ]
    drawn.append(_text(WIDTH - right, foot + 32, axes[0], "end", 12, QUIET))
    drawn.append(_text(left + 6, top + 10, axes[1], "start", 12, QUIET))
    taken: list[tuple[float, float, float]] = []
    order = sorted(dots, key=lambda dot: (dot.y, dot.x))
    for dot in order:
        drawn.append(
            f'<circle cx="{across(dot.x):.1f}" cy="{up(dot.y):.1f}" r="4" fill="{ACCENT}" fill-opacity=".75"/>'
        )
    for dot in order[:MOST_NAMED]:
        long = LETTER * len(dot.label)
        start = across(dot.x) + 8 if across(dot.x) + 8 + long < WIDTH else across(dot.x) - 8 - long
        y = up(dot.y) + 4
        free = all(abs(y - other) > 13 or start > end or start + long < begin for begin, end, other in taken)
        if start > left and free:
            drawn.append(_text(start, y, dot.label))
            taken.append((start, start + long, y))
    spoken = "; ".join(f"{dot.label}: {dot.x:.0%} {axes[0]}, {axes[1]} {dot.y:+.2f}" for dot in order[: 2 * MOST_NAMED])
    spoken += f"; and {len(dots) - 2 * MOST_NAMED} more in the table" if len(dots) > 2 * MOST_NAMED else ""
    return _figure(title, note, foot + 38, drawn, spoken, Behind(behind, [[dot.label, *dot.said] for dot in dots]))


def heat_map(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[tuple[str, Sequence[float | tuple[float, str] | None]]],
    head: str,
) -> str:
    """A table of shares from 0 to 1, each on a ground as dark as it is high; None is an empty cell.

    A share says its percent, unless it comes with words of its own.
    """
    heads = "".join(f'<th scope="col">{escaped(each)}</th>' for each in columns)
    body = "".join(
        f'<tr><th scope="row">{escaped(name)}</th>{"".join(_heat(cell) for cell in cells)}</tr>' for name, cells in rows
    )
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}"><table class="heat">'
        f"<caption>{escaped(caption)}</caption><thead><tr>"
        f'<th scope="col">{escaped(head)}</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _heat(cell: float | tuple[float, str] | None) -> str:
    if cell is None:
        return '<td class="heat-none">–</td>'
    share, said = cell if isinstance(cell, tuple) else (cell, f"{100 * cell:.0f}")
    shade = f"color-mix(in srgb, var(--hoh-link) {DARKEST * min(1.0, max(0.0, share)):.0f}%, transparent)"
    return f'<td style="background: {shade}">{escaped(said)}</td>'
