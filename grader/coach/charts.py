"""Charts for pages: bars that say their own numbers, with words for those who do not see them, and a table behind."""

from collections.abc import Sequence
from dataclasses import dataclass

from grader.coach.page import escaped, table

WIDTH, LABEL, ROW, LETTER = 640, 250, 26, 7.0
BAR = WIDTH - LABEL - 130
DARKEST = 45
"""Percent of the accent in the ground of a full share: never so dark that the ink on it is hard to read."""


@dataclass(frozen=True)
class Bar:
    """One bar: its label, its value, the value in words, and a second value that is marked on it, if there is one."""

    label: str
    value: float
    said: str
    mark: float | None = None


def bars(title: str, rows: Sequence[Bar], most: float, heads: tuple[str, str], marked: str = "") -> str:
    """Horizontal bars from 0 to `most` under a title that says the finding; `heads` are those of the table behind.

    `marked` says what the marks on the bars are.
    """
    height = ROW * len(rows) + 6
    scale = BAR / most if most else 0.0
    drawn = []
    for place, each in enumerate(rows):
        top = ROW * place + 4
        long = max(1.0, min(each.value, most) * scale)
        end = max(long, min(each.mark or 0.0, most) * scale)
        drawn.append(
            f'<text x="{LABEL - 8}" y="{top + 14}" text-anchor="end" font-size="13">'
            f"{escaped(_short(each.label))}</text>"
            f'<rect x="{LABEL}" y="{top}" width="{long:.1f}" height="18" rx="2" fill="var(--hoh-link)"/>'
            f'<text x="{LABEL + end + 6:.1f}" y="{top + 14}" font-size="13">{escaped(each.said)}</text>'
        )
        if each.mark is not None:
            at = LABEL + min(each.mark, most) * scale
            drawn.append(f'<rect x="{at - 1.5:.1f}" y="{top - 3}" width="3" height="24" fill="var(--hoh-ink)"/>')
    spoken = "; ".join(f"{each.label}: {each.said}" for each in rows)
    key = f'<p class="quiet">{escaped(marked)}</p>' if marked else ""
    data = table(title, list(heads), [[each.label, each.said] for each in rows], frozenset({1}))
    return (
        f"<figure><figcaption><b>{escaped(title)}</b></figcaption>{key}"
        f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="100%" style="max-width: {WIDTH}px" '
        f'aria-label="{escaped(f"{title} {spoken}")}">{"".join(drawn)}</svg>'
        f"<details><summary>The numbers as a table</summary>{data}</details></figure>"
    )


def _short(label: str) -> str:
    most = int((LABEL - 8) / LETTER)
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def heat_map(
    caption: str, columns: Sequence[str], rows: Sequence[tuple[str, Sequence[float | None]]], head: str
) -> str:
    """A table of shares from 0 to 1, each in percent on a ground as dark as it is high; None is an empty cell."""
    heads = "".join(f'<th scope="col">{escaped(each)}</th>' for each in columns)
    body = "".join(
        f'<tr><th scope="row">{escaped(name)}</th>{"".join(_heat(share) for share in shares)}</tr>'
        for name, shares in rows
    )
    return (
        f'<div class="scroll"><table class="heat"><caption>{escaped(caption)}</caption><thead><tr>'
        f'<th scope="col">{escaped(head)}</th>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _heat(share: float | None) -> str:
    if share is None:
        return '<td class="heat-none">–</td>'
    shade = f"color-mix(in srgb, var(--hoh-link) {DARKEST * share:.0f}%, transparent)"
    return f'<td style="background: {shade}">{100 * share:.0f}</td>'
