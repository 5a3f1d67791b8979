"""The power triangle: what is drawn, what is said in words, and what a learner's ten answers become."""

import io
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text

from grader.labs.triangle import Person, draw, draw_mine, figure_of, finding, in_words, names
from grader.learner.problem import Problem
from grader.sandbox.run import Cell, Job, Pool

ROOM = (
    Person("Chair", "boss", True, False, True, "rest", "yes", "yes"),
    Person("Finance", "boss", False, False, True, "drag", "yes", "no"),
    Person("Engineer", "tech", False, False, False, "push", "no", "no"),
    Person("Product", "business", False, True, True, "drag", "yes", "no"),
)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plt, "show", lambda: None)
    with mpl.rc_context(fname=Path(__file__).resolve().parents[2] / "grader" / "learner" / "look" / "matplotlibrc"):
        yield
    plt.close("all")


def words_of(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, its lines joined."""
    return " ".join(capsys.readouterr().out.split())


def texts(figure: Figure) -> list[str]:
    return [each.get_text() for each in figure.findobj(Text) if each.get_text()]


def test_the_title_counts_yes_in_the_room_and_alone():
    assert finding(ROOM, "Assistant") == "Assistant: 3 of 4 say yes in the room, 1 alone"


def test_the_title_names_a_corner_where_nobody_stands():
    assert finding(ROOM[:2], "Assistant").endswith("nobody from tech or business")
    assert finding([], "") == "The initiative: nobody stands in a corner"


def test_a_vote_that_nobody_knows_is_not_counted_as_a_yes_or_a_no():
    people = [Person("A", "boss", in_the_room="yes"), Person("B", "tech", in_the_room="yes", alone="yes")]
    assert finding(people, "X") == (
        "X: 2 of 2 say yes in the room, 1 yes alone, nobody from business; the others are not known"
    )
    assert finding([Person("A", "boss")], "X").startswith("X: nobody from tech")
    people = [Person("A", "boss", in_the_room="yes"), *(Person(name, name) for name in ("tech", "business"))]
    assert finding(people, "X") == "X: 1 yes in the room; the others are not known"


def test_the_picture_shows_each_name_its_boxes_and_its_votes_as_words():
    shown = texts(figure_of(ROOM, "Assistant"))
    for text in ("Chair", "Finance", "Engineer", "Product", "on paper", "in fact", "yes, alone no", "no"):
        assert text in shown
    assert shown.count("veto") == 3
    assert shown.count("yes, alone no") == 2
    assert "paper: boss\nfact: business" in shown


def test_each_energy_and_each_kind_of_vote_has_a_shape_of_its_own():
    lines = figure_of(ROOM, "Assistant").axes[0].lines
    assert {"^", "o", "v", "s"} <= {line.get_marker() for line in lines}
    assert {line.get_fillstyle() for line in lines if line.get_marker() == "s"} == {"full", "left", "none"}


def test_nothing_is_drawn_on_top_of_something_else_or_outside_the_paper():
    many = [Person(f"{corner} person number {n}", corner, n == 0, n == 1, n < 3, "drag", "yes", "no")
            for corner in ("boss", "tech", "business") for n in range(6)]  # fmt: skip
    for people, called in ((ROOM, "Assistant"), (many, "A name that is too long " * 4)):
        figure = figure_of(people, called)
        figure.canvas.draw()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
        paper = figure.bbox
        assert all(paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 for box in boxes)
        overlaps = [
            (one, other)
            for number, one in enumerate(boxes)
            for other in boxes[number + 1 :]
            if one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
        ]
        assert not overlaps


def test_an_empty_corner_is_said_and_its_sides_are_dotted():
    figure = figure_of([each for each in ROOM if each.corner != "tech"], "Assistant")
    assert "nobody" in texts(figure)
    assert [line.get_linestyle() for line in figure.axes[0].lines[:3]] == [":", ":", "-"]


def test_the_same_people_give_the_same_picture_byte_for_byte():
    first, second = io.BytesIO(), io.BytesIO()
    figure_of(ROOM, "Assistant").savefig(first)
    figure_of(ROOM, "Assistant").savefig(second)
    assert first.getvalue() == second.getvalue()


def test_the_words_name_who_decides_who_drags_and_who_says_another_thing_alone(capsys: pytest.CaptureFixture[str]):
    draw(ROOM, "Assistant")
    said = words_of(capsys)
    assert said.startswith("In words: Assistant: 3 of 4 say yes in the room, 1 alone. Boss: Chair and Finance, ")
    for part in (
        "Decides on paper: Chair.",
        "Decides in fact: Product.",
        "Can stop it alone: Chair, Finance and Product.",
        "Drags: Finance and Product.",
        "Says no in the room: Engineer.",
        "Yes in the room, no alone: Finance and Product.",
    ):
        assert part in said


def test_the_picture_for_others_says_nobodys_vote_alone():
    shown = [text for text in texts(figure_of(ROOM, "X", alone=False)) if "alone" in text]
    assert shown == ["on paper, in fact: who decides    veto: can stop it alone"]
    assert in_words(ROOM, "X", alone=False).count("alone") == 1  # whoever can stop it alone


def test_a_saved_picture_is_a_png_in_this_folder_and_replaces_none(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    draw(ROOM, "Assistant", save="mine.png")
    first = (tmp_path / "mine.png").read_bytes()
    draw(ROOM[:1], "Assistant", save="../elsewhere/mine")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine-2.png", "mine.png"]
    assert (tmp_path / "mine.png").read_bytes() == first
    assert imread(tmp_path / "mine.png").shape[1] > 1200
    assert "Saved as mine-2.png" in words_of(capsys)


def test_a_folder_that_cannot_be_written_gets_a_sentence_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "replace", refuse)
    draw(ROOM, "Assistant", save="mine")
    assert "I may not write `mine.png` into this folder (Permission denied)" in words_of(capsys)
    assert list(tmp_path.iterdir()) == []


def test_ten_empty_answers_draw_an_empty_triangle(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    draw_mine("")
    draw_mine(..., boss=..., tech=None)  # type: ignore[arg-type]
    assert words_of(capsys).count("The initiative: nothing is filled in yet.") == 2
    assert list(tmp_path.iterdir()) == []


def test_ten_answers_become_people_whatever_their_capitals_and_signs(capsys: pytest.CaptureFixture[str]):
    draw_mine(
        "Price list",
        boss="CEO; chair",
        tech="nobody",
        business=["head of sales", "head of service"],
        on_paper="Chair",
        in_fact="ceo",
        veto="CEO",
        push="CEO",
        drag="Head of Sales",
        no_in_the_room="nobody",
        no_alone="head of sales",
    )
    said = words_of(capsys)
    assert "Price list: 4 of 4 say yes in the room, 3 alone, nobody from tech." in said
    assert "Decides on paper: chair. Decides in fact: CEO." in said
    assert "Rests: chair and head of service. Drags: head of sales." in said
    assert "Yes in the room, no alone: head of sales." in said


def test_an_answer_that_is_empty_is_not_nobody(capsys: pytest.CaptureFixture[str]):
    draw_mine("Price list", boss="CEO", push="CEO")
    said = words_of(capsys)
    assert "Rests" not in said
    assert "who says yes is not known yet" in said
    assert "in the room" not in said
    assert names("") is None
    assert names("nobody") == []


def test_who_says_no_in_the_room_says_no_alone_as_well(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", boss="A, B", no_in_the_room="A", no_alone="B")
    assert "1 of 2 say yes in the room, 0 alone" in words_of(capsys)


TRIO = {"boss": "CEO", "tech": "CTO", "business": "head of sales"}


def test_a_no_alone_makes_nobody_else_a_yes(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", **TRIO, no_alone="CTO")
    shown = texts(plt.gcf())
    assert [text for text in shown if text.startswith("yes")] == ["yes, alone no", "yes", "yes in the room, no alone"]
    said = words_of(capsys)
    assert "X: 1 would write no; the others are not known. Boss: CEO. Tech: CTO, 1 would write no. Business" in said
    assert "0 alone" not in said


def test_a_misspelt_name_in_the_last_answer_leaves_the_others_notes_unknown(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", **TRIO, no_in_the_room="nobody", no_alone="CTO, head of sale")
    shown = texts(plt.gcf())
    assert shown.count("yes, alone ?") == 3  # two people and the legend
    assert shown.count("yes") == 1  # in the legend
    said = words_of(capsys)
    assert "X: 3 of 3 say yes in the room, 1 would write no; the others are not known. Boss: CEO, 1 of 1 yes in" in said
    assert " alone. " not in said.replace("no alone", "")
    assert "`head of sale` (no_alone) fits none of the people" in said


def test_whose_note_is_not_known_is_not_drawn_as_a_yes_alone():
    people = [Person("CEO", "boss", in_the_room="yes", alone="yes"), Person("CTO", "tech", in_the_room="yes")]
    faces = [line.get_markerfacecolor() for line in figure_of(people, "X").axes[0].lines if line.get_marker() == "s"]
    assert len(set(faces[:2])) == 2
    assert "yes, alone ?" in texts(figure_of(people, "X"))
    assert "yes, alone ?" not in texts(figure_of(people, "X", alone=False))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (
            {"no_in_the_room": "CTO", "no_alone": "cto"},
            "`CTO` stands in no_in_the_room and in no_alone: drawn as a no aloud.",
        ),
        (
            {"business": "nobody, CFO"},
            "`nobody` in business stands beside a name and is left out: keep one of the two.",
        ),
        ({"business": "CEO, CFO"}, "`CEO` stands in boss and business: drawn in each, and counted once in the title."),
        (
            {"business": "Sales and Ops", "no_alone": "Ops"},
            "if `Sales and Ops` is more than one person, put commas between them in the corner, too.",
        ),
        ({"drag": "two of them"}, "`two of them` (drag) fits none of the people: name them, or leave the whole answer"),
        (
            {"drag": "CTO, don\u2019t know"},
            "`don't know` (drag) fits none of the people: name them, or leave the",
        ),
    ],
)
def test_an_answer_that_is_drawn_otherwise_than_typed_is_said(
    capsys: pytest.CaptureFixture[str], typed: dict[str, str], said: str
):
    draw_mine("X", **{**TRIO, **typed})
    assert said in words_of(capsys)


def test_two_deciders_of_one_corner_are_not_drawn_as_one():
    people = [Person("CEO", "boss", on_paper=True), Person("CFO", "boss", in_fact=True)]
    assert "paper and fact:\none corner\nnot one person" in texts(figure_of(people, "X"))
    assert "paper and fact:\none corner" in texts(figure_of([Person("CEO", "boss", True, True)], "X"))


def test_a_long_role_is_drawn_on_two_lines():
    shown = texts(figure_of([Person("Head of IT infrastructure and operations", "tech")], "X"))
    assert {"Head of IT", "infrastructure and operations"} <= set(shown)


def test_a_saved_picture_does_not_tell_by_a_lone_yes_who_says_no_alone():
    people = [Person("CEO", "boss"), Person("CTO", "tech", in_the_room="yes", alone="no"), Person("COO", "business")]
    shown = texts(figure_of(people, "X", alone=False))
    assert shown.count("yes") == 1  # in the legend
    assert "X: who says yes is not known yet" in shown


def test_a_name_that_fits_nobody_leaves_the_others_open(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", **TRIO, push="CEO", drag="head of sale", no_in_the_room="the cto", no_alone="nobody")
    said = words_of(capsys)
    assert "Pushes: CEO." in said
    assert "Rests" not in said
    assert "X: who says yes is not known yet." in said
    assert "`head of sale` (drag) fits none of the people: if you mean `head of sales`, write it so." in said
    assert "`the cto` (no_in_the_room) fits none of the people: if you mean `CTO`, write it so." in said


@pytest.mark.parametrize(
    ("typed", "mend"),
    [
        ("CEO and cto", "if you mean `CEO` and `CTO`, put commas between them."),
        ("everybody", "name each of them, with commas."),
        ("board", "write it into a corner, spelt the same."),
    ],
)
def test_a_name_that_fits_nobody_gets_its_mend(capsys: pytest.CaptureFixture[str], typed: str, mend: str):
    draw_mine("X", **TRIO, push=typed)
    assert f"`{typed}` (push) fits none of the people: {mend}" in words_of(capsys)


def test_names_without_any_corner_get_one_sentence(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", push="CEO", drag="CTO", veto="CEO")
    said = words_of(capsys)
    assert said.count("write each name into boss, tech or business as well") == 1
    assert "fits none" not in said


def test_who_pushes_and_drags_is_asked_about_and_drawn_as_neither(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", **TRIO, push="CEO, CTO", drag="ceo")
    said = words_of(capsys)
    assert "Pushes: CTO. Rests: head of sales. " in said
    assert "`CEO` stands in push and in drag: keep the one that the last meeting showed." in said


def test_nobody_is_said_and_drawn_and_an_open_question_is_not(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", boss="CEO", tech="nobody", on_paper="nobody", in_fact="CEO", veto="Nobody", drag="nobody")
    said = words_of(capsys)
    assert "X: nobody from tech. Boss: CEO. Tech: nobody. Business: not filled in" in said
    for part in ("Decides on paper: nobody.", "Decides in fact: CEO.", "Can stop it alone: nobody.", "Drags: nobody."):
        assert part in said
    assert "Pushes" not in said
    shown = texts(plt.gcf())
    assert "paper: nobody\nfact: boss\nveto: nobody" in shown
    assert [text for text in shown if text in ("nobody", "not filled in yet")] == ["nobody", "not filled in yet"]


def test_a_question_mark_is_not_an_answer():
    assert names("?") is None
    assert names("CEO, ?") == ["CEO", "?"]


def test_who_stands_in_two_corners_is_drawn_in_both_and_counted_once(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", boss="CEO", tech="ceo", business="head of sales", push="CEO", no_in_the_room="nobody")
    said = words_of(capsys)
    assert "X: 2 of 2 say yes in the room." in said
    assert "Pushes: CEO. Says" in said
    assert {"CEO", "ceo"} <= set(texts(plt.gcf()))


def test_a_name_without_a_corner_is_said_and_stops_nothing(capsys: pytest.CaptureFixture[str]):
    draw_mine("X", boss="CEO", drag="the CFO")
    assert "`the CFO` (drag) fits none of the people: write it into a corner, spelt the same." in words_of(capsys)


@pytest.mark.parametrize("field", ["corner", "energy", "in_the_room", "alone"])
def test_a_word_that_the_triangle_does_not_know_is_refused_in_a_sentence(field: str):
    with pytest.raises(Problem, match="Ann has the word 'maybe', which the triangle does not know: use "):
        Person(**{"name": "Ann", "corner": "boss", field: "maybe"})


@pytest.mark.linux
def test_it_draws_where_a_hand_in_is_run_for_grading(tmp_path: Path):
    (tmp_path / "w08").mkdir()
    tmp_path.chmod(0o755)  # the run is nobody's, and pytest keeps its folders to itself
    code = "from grader.labs.triangle import draw_mine\ndraw_mine('Price list', boss='CEO')"
    with Pool(1, tmp_path) as pool:
        done = pool.run(Job([Cell("mine", code)], tmp_path / "w08"))
    kinds = [output["output_type"] for output in done.cells[0].outputs]
    assert kinds == ["display_data", "stream"], done.cells[0].outputs
