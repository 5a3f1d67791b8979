import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.learner.card import GLYPHS, Fold, anchor, card, download_link, plain, rich, stylesheet

VOID = {"br", "hr", "img"}


class Page(HTMLParser):
    """Every piece of text with the inline colours of text and ground that hold there."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.tags, self.scripts = [], [], set(), []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given_style = dict(attrs).get("style") or ""
        styles = dict(re.findall(r"([\w-]+): ([^;]+)", given_style))
        above = self.open[-1][1] if self.open else {}
        inherited = {key: styles.get(key, above.get(key)) for key in ("color", "background-color")}
        self.tags.add(tag)
        self.scripts += [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append((tag, inherited, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if data.strip() and self.open and self.open[-1][0] != "style":
            _, colours, attrs = self.open[-1]
            self.texts.append((data, colours["color"], colours["background-color"], attrs.get("class", "")))


def brightness(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((brightness(one), brightness(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def full_card(state):
    return card(
        state,
        "A title",
        "0 of 2",
        paragraphs=["I see `a table`, **not** a number."],
        next_step="look at `count`.",
        hints=["first", "second"],
        hints_in_all=3,
        folds=[Fold("The real message", "Traceback\n  line 1", code=True)],
        quiet=["nothing kept"],
    )


def test_the_formula_of_contrast_is_the_known_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("state", GLYPHS)
def test_every_text_keeps_its_contrast_where_the_style_block_is_dropped(state):
    texts = Page(full_card(state)).texts
    assert len(texts) > 10
    for text, ink, ground, _ in texts:
        assert ink, text
        assert ground, text
        assert contrast(ink, ground) >= 4.5, text


def themes():
    blocks = re.findall(r"{([^{}]*--hoh-paper:[^{}]*)}", stylesheet())
    assert len(blocks) == 2
    return [dict(re.findall(r"--hoh-(\w+): (#[0-9a-f]{6})", block)) for block in blocks]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["ink", "quiet", "right", "close", "wrong", "idle", "link"])
def test_every_colour_of_the_stylesheet_keeps_its_contrast_in_light_and_dark(theme, ink):
    colours = themes()[theme]
    assert contrast(colours[ink], colours["paper"]) >= 4.5
    if ink in ("ink", "quiet"):
        assert contrast(colours[ink], colours["shade"]) >= 4.5


def test_dark_differs_from_light_and_every_variable_that_is_used_is_set():
    light, dark = themes()
    assert light.keys() == dark.keys()
    assert brightness(dark["paper"]) < 0.1 < brightness(light["paper"])
    assert set(re.findall(r"var\(--hoh-(\w+)\)", stylesheet())) - {"c"} <= light.keys()


def test_the_inline_colours_are_the_light_side_of_the_stylesheet():
    light = set(themes()[0].values())
    for state in GLYPHS:
        for _, ink, ground, _ in Page(full_card(state)).texts:
            assert {ink, ground} <= light


def test_every_element_with_a_colour_has_a_class_that_the_dark_theme_overrides():
    ruled = set(re.findall(r"\.(hoh-[\w-]+)", stylesheet()))
    for _, _, _, classes in Page(full_card("wrong")).texts:
        assert set(classes.split()) & ruled, classes


@pytest.mark.parametrize("state", GLYPHS)
def test_a_card_says_its_state_in_a_sign_and_in_words_and_is_announced(state):
    html = full_card(state)
    assert 'aria-hidden="true" style="color: ' in html
    assert GLYPHS[state] in html
    assert 'role="status"' in html
    texts = [text for text, *_ in Page(html).texts]
    assert {"A title", "0 of 2", "Next:", "Hint 1 of 3", "Hint 2 of 3", "The real message"} <= set(texts)


def test_only_the_newest_hint_stands_open():
    assert full_card("close").count("<details") == 3
    assert re.findall(r"<details[^>]* open[^>]*><summary[^>]*>([^<]*)", full_card("close")) == ["Hint 2 of 3"]


def test_a_hint_that_is_code_with_blanks_is_set_as_code():
    assert "<pre" in card("close", "Close", hints=["x = duckdb.sql('SELECT ____')"])
    assert "<pre" not in card("close", "Close", hints=["Fill `____` first."])


def test_backticks_and_stars_are_code_and_bold():
    assert plain("the `x` is **not** it") == "the x is not it"
    texts = [text for text, *_ in Page(rich("the `a < b` is **not** it")).texts]
    assert "".join(texts) == "a < bnot"
    assert "<code" in rich("`**x**`")
    assert "**x**" in rich("`**x**`")


@given(st.text())
def test_no_text_ever_becomes_a_tag(text):
    html = card(
        "wrong",
        text,
        text,
        paragraphs=[text],
        next_step=text,
        hints=[text],
        folds=[Fold(text, text), Fold(text, text, code=True)],
        quiet=[text],
    )
    page = Page(html)
    allowed = {"style", "section", "header", "span", "p", "b", "code", "details", "summary", "pre"}
    assert page.tags <= allowed
    assert page.scripts == []


def test_a_tag_in_a_message_is_shown_as_text():
    html = card("wrong", "<script>alert(1)</script>", paragraphs=['`<img src=x onerror="a()">` **<b>**'])
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;img src=x onerror=&quot;a()&quot;&gt;" in html


def test_a_link_is_underlined_in_its_own_colour_and_escaped():
    link = download_link('a"b.zip', "x?a=1&b")
    assert "text-decoration: underline" in link
    assert 'download="a&quot;b.zip" href="x?a=1&amp;b">Download a&quot;b.zip</a>' in link
    assert "color: #" in anchor("Week 1", "w01.ipynb")
    assert "download=" not in anchor("Week 1", "w01.ipynb")
