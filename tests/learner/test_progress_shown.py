"""The map as a card and as plain text, and the commands that print it."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from grader import progress
from grader.cli import app
from grader.learner.card import stylesheet
from grader.learner.key import begin, lesson_folder
from grader.learner.progress import read_progress, weeks_in_words
from grader.learner.progress_card import GLYPHS, show
from grader.learner.progress_text import MARKS
from grader.learner.session import MODES_WITHOUT_JOURNAL, NBGRADER_RUNS
from tests.learner.test_card import Page, contrast, themes
from tests.learner.test_progress import HANDED_IN, Work, guessed, tried, write


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """A folder with a week of each kind, and guesses enough for a chart."""
    for name in ("HANDSON_MODE", "HANDSON_INBOX", *NBGRADER_RUNS):
        monkeypatch.delenv(name, raising=False)
    made = Work(tmp_path)
    monkeypatch.setenv("HANDSON_LESSONS", str(made.course))
    guesses = [guessed(f"g{number}", 90 if number % 2 else 30, number < 2) for number in range(6)]
    write(made.lesson(1), tried("first", 2.0), *guesses, HANDED_IN)
    write(made.lesson(2), {**tried("first", 2.0), "at": "2026-06-01T09:00:00+00:00"})
    made.lesson(9)
    before = lesson_folder()
    begin(made.folder)
    yield made
    begin(before)


def visible(html: str) -> str:
    text = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def test_the_card_says_each_state_in_a_sign_and_in_words(work: Work):
    said = visible(progress().html)
    assert "✓ Week 1 · Three answers (done, packed 4 May, 2 of 4 points)" in said
    assert "➜ Week 2 · The average (next: started, 1 of 2 right, 2 of 4 points)" in said
    assert "○ Week 9 · What a score means (ready)" in said
    assert "· Week 13 · The Monday report (not published)" in said
    assert "Today Go on with Week 2 · The average : 1 of 2 exercises are right" in said
    write(work.folder / "w09_week", tried("first"))
    assert "◐ Week 9 · What a score means (started, 0 of 2 right, 1 not right yet" in visible(progress().html)
    assert len(set(GLYPHS.values())) == len(set(MARKS.values())) == 5


def test_several_weeks_to_come_share_a_line_in_the_card_and_in_plain_text(work: Work):
    shutil.rmtree(work.folder / "w09_week")
    shutil.rmtree(work.course / "w09_week", ignore_errors=True)
    shown = progress()
    assert "· Weeks 9 and 13 (not published)" in visible(shown.html)
    assert "\n   -  Weeks 9 and 13 (not published)\n" in shown.text
    assert "What a score means" not in shown.text


@pytest.mark.parametrize(
    ("numbers", "said"),
    [([2], "Week 2"), ([21, 22], "Weeks 21 and 22"), ([2, 3, 4], "Weeks 2 to 4"), ([5, 7, 8], "Weeks 5, 7 and 8")],
)
def test_weeks_are_counted_as_a_reader_counts_them(numbers: list[int], said: str):
    assert weeks_in_words(numbers) == said


def test_links_are_relative_and_quoted_and_only_where_there_is_a_notebook(work: Work):
    (work.folder / "w09_week").rename(work.folder / 'week "nine" é & 100%')
    links = re.findall(r'href="([^"]*)"', progress().html)
    assert links == [
        "w01_week/w01_week.ipynb",
        "w02_week/w02_week.ipynb",
        "week%20%22nine%22%20%C3%A9%20%26%20100%25/w09_week.ipynb",
        "w02_week/w02_week.ipynb",
    ]


def test_the_card_is_a_region_with_a_heading_for_each_module_the_chart_and_today(work: Work):
    html = progress().html
    assert '<section class="hoh-card hoh-idle hoh-map" role="region" aria-label="Where you are"' in html
    assert re.findall(r"<h3[^>]*>([^<]*)", html) == ["1 · Ask", "2 · See", "How sure you are, and how right", "Today"]
    assert html.count("<li ") == 4
    assert html.count("<ul ") == 2


def test_each_bar_has_its_numbers_in_its_own_row_and_needs_no_colour_and_no_svg(work: Work):
    html = progress().html
    rows = [visible(row).strip() for row in re.findall(r"<tr [^>]*>(.*?)</tr>", html)]
    assert rows == [
        "You said right (bar), said (line), 0 to 100% You were right",
        "20 to 40%, on average 30% 1 of 3, 33%",
        "80 to 100%, on average 90% 1 of 3, 33%",
    ]
    assert html.count("<svg aria-hidden") == 2
    # An untrusted notebook drops the SVG; text inside it would be left behind.
    assert all(visible(svg).strip() == "" for svg in re.findall(r"<svg.*?</svg>", html))
    bars = re.findall(r'hoh-bar" x="0" y="5" width="([\d.]+)"', html)
    assert [float(bar) / 160 for bar in bars] == pytest.approx([1 / 3, 1 / 3], abs=0.001)
    ticks = re.findall(r'hoh-tick" x="([\d.]+)"', html)
    assert [(float(tick) + 1.5) / 160 for tick in ticks] == pytest.approx([0.3, 0.9], abs=0.001)


def test_with_few_guesses_there_is_a_sentence_and_no_chart(work: Work):
    (work.folder / "w01_week" / "journal.jsonl").unlink()
    html = progress().html
    assert "you have made none yet." in html
    assert "<table" not in html


def test_every_text_keeps_its_contrast_where_the_style_block_is_dropped(work: Work):
    texts = Page(progress().html).texts
    assert len(texts) > 20
    for text, ink, ground, _ in texts:
        assert contrast(ink, ground) >= 4.5, text


def test_every_text_and_every_shape_has_a_class_that_the_dark_theme_overrides(work: Work):
    html = progress().html
    (style,) = re.findall(r"<style>(.*?)</style>", html)
    ruled = set(re.findall(r"\.(hoh-[\w-]+)", style))
    for text, _, _, classes in Page(re.sub(r'(<span(?: aria-hidden="true")?)>', r'\1 class="hoh-week">', html)).texts:
        assert set(classes.split()) & ruled, text
    assert {"hoh-track", "hoh-bar", "hoh-tick", "hoh-link"} <= ruled
    assert style.startswith(stylesheet())
    assert set(re.findall(r"var\(--hoh-(\w+)\)", style)) - {"c"} <= themes()[1].keys()


def test_what_a_title_or_a_folder_is_called_never_becomes_a_tag(work: Work):
    nasty = '<img src=x onerror="a()">'
    (work.folder / "w13_<b>").mkdir()
    (work.course / ".syllabus.json").write_text(
        (work.course / ".syllabus.json").read_text().replace("Three answers", nasty.replace('"', '\\"'))
    )
    page = Page(progress().html)
    assert "img" not in page.tags
    assert page.scripts == []
    assert "w13_&lt;b&gt;" in progress().html


@pytest.mark.parametrize("mode", MODES_WITHOUT_JOURNAL)
def test_runs_of_the_build_and_of_a_coach_read_no_journal(work: Work, monkeypatch: pytest.MonkeyPatch, mode: str):
    monkeypatch.setenv("HANDSON_MODE", mode)
    shown = progress()
    assert shown.text == "Where you are. In this run no journal is read."
    assert "Week 1" not in shown.html


def test_in_a_lessons_folder_the_map_is_that_of_the_folder_above(work: Work):
    begin(work.folder / "w01_week")
    assert progress().text == show(read_progress(work.folder)).text


def handson(*arguments: str, **options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments), **options)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_prints_the_same_map_plain_where_it_is_no_terminal(work: Work):
    code, out, _ = handson("progress", str(work.folder))
    assert code == 0
    assert out.rstrip("\n") == show(read_progress(work.folder)).text
    assert "\x1b" not in out
    assert "[x] Week 1 · Three answers (done, packed 4 May, 2 of 4 points)" in out
    assert "said 80 to 100% |#######             | right in 1 of 3, 33%" in out


def test_the_command_finds_the_folder_that_it_is_run_in(work: Work, monkeypatch: pytest.MonkeyPatch):
    asked = handson("progress", str(work.folder))
    monkeypatch.chdir(work.folder / "w01_week")
    assert handson("progress") == asked
    work.folder.rename(work.folder.with_name("my-work"))
    monkeypatch.chdir(work.folder.parent)
    assert handson("progress") == asked


def test_a_folder_that_is_not_there_or_holds_no_lesson_is_a_sentence(work: Work, tmp_path: Path):
    code, out, said = handson("progress", str(tmp_path / "nowhere"))
    assert (code, out) == (2, "")
    assert said.startswith(f"There is no folder {tmp_path / 'nowhere'}: name the one")
    (tmp_path / "empty").mkdir()
    code, _, said = handson("progress", str(tmp_path / "empty"))
    assert code == 2
    assert said.startswith(f"The folder {tmp_path / 'empty'} holds no lesson: name the one")


@pytest.fixture
def saved(work: Work) -> Work:
    """The same with notebooks that can be handed in."""
    for number in (1, 2, 9):
        folder = work.folder / f"w{number:02}_week"
        text = f'{{"cells": [], "metadata": {{"handson": {{"lesson": "w{number:02}"}}}}, "nbformat": 4}}'
        (folder / f"{folder.name}.ipynb").write_text(text)
    return work


def test_submit_packs_the_newest_copy_and_says_what_the_coach_will_see(saved: Work):
    newest = saved.folder / "w02_week-r2"
    (saved.folder / "w02_week").rename(newest)
    saved.lesson(2)
    code, out, _ = handson("submit", "w02", "--folder", str(saved.folder), "--email", "a@x.example")
    assert code == 0
    assert out.startswith(f"Packed {newest / 'w02-hand-in.zip'}, with w02_week.ipynb as saved on ")
    assert "It says whose it is: a@x.example." in out
    assert "Still unanswered: “first”, “second”." in out
    assert (newest / "w02-hand-in.zip").exists()
    shown = show(read_progress(saved.folder)).text
    assert re.search(r"\[>\] Week 2 · The average \(next: started, 1 of 2 right, packed .* with 2 unanswered", shown)


def test_submit_without_a_terminal_asks_nothing_and_says_how_to_be_named(saved: Work):
    code, out, _ = handson("submit", "w01", "--folder", str(saved.folder), "--no-journal", input="x@y.example\n")
    assert code == 0
    assert "Your coach cannot tell whose it is: handson submit w01 --email you@company.com." in out
    assert "Your journal (tries, predictions, recall) stayed out, with all that boxes show" in out


def test_submit_takes_a_team(saved: Work):
    team = ("--team", "b@x.example", "--team", "c@x.example")
    _, out, _ = handson("submit", "w01", "--folder", str(saved.folder), "--email", "a@x.example", *team)
    assert "your team (b@x.example, c@x.example)" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Which week? You have w01, w02, w09: write it behind the command, as in `handson submit w01`."),
        (("w07",), "has no lesson w07: it has w01, w02, w09."),
        (("../../etc",), "has no lesson ../../etc: it has"),
        (("w" * 300,), "has no lesson of that name: it has"),
        (("w01", "--email", "a/b@x.example"), "`a/b@x.example` is no e-mail"),
        (("w01", "--email", "a" * 300), "An e-mail of 300 characters cannot be right"),
        (("w01", "--team", "\N{GRINNING FACE}"), "is no e-mail"),
    ],
)
def test_submit_refuses_in_one_sentence_and_writes_nothing(saved: Work, arguments: tuple[str, ...], says: str):
    code, out, said = handson("submit", *arguments, "--folder", str(saved.folder))
    assert (code, out) == (2, "")
    assert says in said
    assert said.count("\n") == 1
    assert list(saved.folder.rglob("*.zip")) == []


def test_submit_of_a_damaged_notebook_is_a_sentence_without_a_word_about_cells(saved: Work):
    (saved.folder / "w01_week" / "w01_week.ipynb").write_text("{")
    code, _, said = handson("submit", "w01", "--folder", str(saved.folder))
    assert code == 2
    assert "w01_week.ipynb` is damaged on disk" in said
    assert "cell" not in said
