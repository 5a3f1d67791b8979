"""One self-contained page in the one look: nothing is fetched, nothing runs, it prints, and it is light or dark."""

import html
import re
from pathlib import Path

from grader.learner.card import stylesheet

_DARK = re.compile(r"\[data-jp-theme-light=\"false\"\] \.hoh-card,[^{]*\{([^}]*)\}")
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
KEPT = "\n\u200c\u200d"
_OWN = Path(__file__).with_name("page.css")


def page(title: str, body: str, *, wide: bool = False, head: str = "") -> str:
    """The whole HTML of a page. `body` is safe HTML of ours; the styles of cards in it are taken out and stand once.

    `head` is HTML that goes into the head, such as another policy; without it no script can run.
    """
    css = stylesheet() + _OWN.read_text(encoding="utf-8")
    dark = _DARK.search(css)
    assert dark is not None, "handson.css names its dark colours"
    night = f"@media screen and (prefers-color-scheme: dark) {{ .hoh-page, .hoh-page .hoh-card {{ {dark.group(1)} }} }}"
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        + (head or f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n')
        + f"<title>{html.escape(title)}</title>\n<style>{css}{night}</style>\n</head>\n"
        f'<body class="hoh-page">\n<main{" class=wide" if wide else ""}>\n{_STYLE.sub("", body)}\n</main>\n'
        "</body>\n</html>\n"
    )


def escaped(text: object) -> str:
    """Any text as HTML, with signs that steer nothing: control characters other than line breaks become blanks.

    The two joiners stay: names and words of many scripts are spelled with them.
    """
    return html.escape("".join(sign if sign.isprintable() or sign in KEPT else " " for sign in str(text)))


def table(caption: str, heads: list[str], rows: list[list[object]], numbers: frozenset[int] = frozenset()) -> str:
    """A table with a caption; the columns whose places are in `numbers` stand to the right."""

    def cells(tag: str, row: list[object]) -> str:
        extra = ' scope="col"' if tag == "th" else ""
        return "".join(
            f"<{tag}{extra}{' class=number' if place in numbers else ''}>{escaped(each)}</{tag}>"
            for place, each in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escaped(caption)}">'
        f"<table><caption>{escaped(caption)}</caption>"
        f"<thead><tr>{cells('th', list(heads))}</tr></thead><tbody>{body}</tbody></table></div>"
    )
