import json

import pytest

from grader import predict, recall
from grader.learner import journal as journal_module
from grader.learner import session
from grader.learner.key import Key, Prediction, Recall, begin, lesson_folder
from grader.learner.outcome import Notice

KEY = Key(
    "w02",
    "w02_x",
    "X",
    2,
    "0" * 12,
    predictions={
        "paused": Prediction("paused", 1210, 100, "Paused homes still pay.", "homes"),
        "best": Prediction("best", "Coast", 0, "The Coast it is."),
        "share": Prediction("share", 0.25, 0.1, "A quarter."),
        "rate": Prediction("rate", 30, 5, "Three in ten.", "of 100"),
        "deals": Prediction("deals", 0, 20, "None.", "deals", 1000),
        "shown": Prediction("shown", 0, 2, "None of them.", "hours", source="The query shows"),
        "year": Prediction("year", 17650, 5000, "A year.", "EUR"),
    },
    recalls={"rows": Recall("rows", "b", ("a", "b", "c"), {"a": "That counts e-mails.", "c": "No."}, "Every row.")},
)


@pytest.fixture(autouse=True)
def lesson(tmp_path, monkeypatch):
    for name in ("HANDSON_MODE", *session.NBGRADER_RUNS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(journal_module, "_open", {})
    (tmp_path / "key.json").write_text(json.dumps(KEY.to_json()), encoding="utf-8")
    before = lesson_folder()
    begin(tmp_path)
    yield tmp_path
    begin(before)


def kept(folder):
    path = folder / "journal.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "type a number where the first dots are"),
        ({"confidence": 70}, "type a number where the first dots are"),
        ({"value": "1200", "confidence": 70}, "without quotes"),
        ({"value": True, "confidence": 70}, "one number"),
        ({"value": None, "confidence": 70}, "one number"),
        ({"value": [1, 2], "confidence": 70}, "one number"),
        ({"value": object(), "confidence": 70}, "one number"),
        ({"value": 1200}, "how sure you are"),
        ({"value": 1200, "confidence": "70"}, "without quotes or a percent sign"),
        ({"value": 1200, "confidence": 0.7}, "0.7 looks like a share. Is it 70?"),
        ({"value": 1200, "confidence": 101}, "101 lies outside"),
        ({"value": 1200, "confidence": -5}, "-5 lies outside"),
        ({"value": 1200, "confidence": True}, "from 0 to 100"),
    ],
)
def test_a_guess_that_is_not_there_yet_or_not_a_number_is_not_yet_and_shows_no_truth(lesson, arguments, words):
    notice = predict("paused", **arguments)
    assert type(notice) is Notice
    assert "Not tried yet" in notice.html
    assert words in notice.text
    assert "1,210" not in notice.html
    assert kept(lesson) == []


def test_a_guess_is_kept_and_answered_with_the_truth_the_distance_and_the_reason(lesson):
    notice = predict("paused", 1000, confidence=70)
    assert notice.text == (
        "Your guess was off. The data says 1,210 homes. You said 1,000 homes: off by 210 homes, outside the 100 homes "
        "that you had. You were 70% sure. Paused homes still pay."
    )
    (entry,) = kept(lesson)
    assert {key: entry[key] for key in entry if key != "at"} == {
        "kind": "prediction",
        "name": "paused",
        "value": 1000,
        "confidence": 70,
        "hit": False,
    }


def test_where_a_query_is_wrong_it_is_the_query_that_shows_the_number(lesson):
    assert "The query shows 0 hours. You said 17.25 hours" in predict("shown", 17.25, confidence=80).text


def test_one_is_said_of_one(lesson):
    assert "You said 1 deal: off by 1 deal, within the 20 deals" in predict("deals", 1, confidence=0).text


@pytest.mark.parametrize(("guess", "hit"), [(1110, True), (1310, True), (1109, False), (1311, False), (1210, True)])
def test_a_guess_holds_up_to_its_distance(lesson, guess, hit):
    notice = predict("paused", guess, confidence=0)
    assert kept(lesson)[0]["hit"] is hit
    assert ("Your guess was near enough" in notice.text) is hit


def test_only_the_first_guess_counts(lesson, monkeypatch):
    predict("paused", 1000, confidence=70)
    monkeypatch.setattr(journal_module, "_open", {})
    notice = predict("paused", 1210, confidence=100)
    assert "Your first guess was 1,000 homes: that is the one that counts." in notice.text
    assert "You were 70% sure" in notice.text
    assert len(kept(lesson)) == 1
    assert "first guess" not in predict("paused", 1000, confidence=70).text


def test_the_first_guess_counts_even_where_nothing_can_be_written(lesson):
    (lesson / "journal.jsonl").mkdir()
    assert "not kept" in predict("paused", 1000, confidence=70).text
    assert "first guess was 1,000" in predict("paused", 1210, confidence=70).text


@pytest.mark.parametrize(
    ("guess", "words"),
    [
        (0.05, "that would be 50"),
        (1500, "there are 1,000 in all"),
        (1001, "from 0 to 1000"),
        (-7, "lies below zero"),
        (7.0, "do you mean points or per cent?"),
    ],
)
def test_a_count_out_of_so_many_is_no_share_and_not_more_than_there_are(lesson, guess, words):
    assert words in predict("deals", guess, confidence=60).text
    assert kept(lesson) == []
    assert "You said 1,000 deals" in predict("deals", 1000, confidence=60).text


def test_a_word_may_be_guessed(lesson):
    assert "wants a word in quotes" in predict("best", 3, confidence=50).text
    assert "Your guess was near enough" in predict("best", " coast ", confidence=50).text


def test_a_share_is_a_share_and_not_rounded_away(lesson):
    assert "off by 0.1, within the 0.1" in predict("share", 0.15, confidence=50).text


def test_an_unknown_name_or_a_missing_key_is_a_sentence(lesson):
    assert "no prediction of that name" in predict("nope", 3, confidence=50).text
    assert "no question of that name" in recall("nope", "a").text
    (lesson / "key.json").unlink()
    assert "copy outside" in predict("paused", 3, confidence=50).text
    assert "copy outside" in recall("rows", "a").text


@pytest.mark.parametrize("mode", ["build", "grade", "test"])
def test_nothing_is_kept_by_build_grade_and_test(lesson, monkeypatch, mode):
    monkeypatch.setenv("HANDSON_MODE", mode)
    predict("paused", 1000, confidence=70)
    assert "first guess" not in predict("paused", 1210, confidence=70).text
    recall("rows", "b")
    recall("monday", "yes")
    assert kept(lesson) == []


def test_a_recalled_letter_gets_its_why_and_no_points(lesson):
    wrong, right = recall("rows", "a"), recall("rows", " B ")
    assert "That counts e-mails." in wrong.text
    assert "Every row." in right.text
    assert 'class="hoh-points"' not in right.html
    assert "Every row." not in wrong.html
    assert [(entry["answer"], entry["right"]) for entry in kept(lesson)] == [("a", False), ("b", True)]
    recall("rows", "b")
    assert len(kept(lesson)) == 2


@pytest.mark.parametrize("answer", [..., "", " ", "d", 3, None])
def test_a_recall_without_a_letter_is_not_yet(lesson, answer):
    notice = recall("rows", answer)
    assert "put one letter in quotes: a, b, c." in notice.text
    assert kept(lesson) == []


@pytest.mark.parametrize("answer", ["b)", "(B)", "b.", "b:"])
def test_a_letter_with_its_bracket_is_that_letter(lesson, answer):
    assert recall("rows", answer).text.startswith("Right")


def test_yes_with_a_full_stop_is_yes(lesson):
    recall("monday", "Yes.")
    assert kept(lesson)[0]["answer"] == "yes"


def test_what_came_back_on_monday_is_kept_and_never_judged(lesson):
    notice = recall("monday", "Yes", came_back="Tom counts payers. <b>")
    assert "Nobody judges this one." in notice.text
    assert "✓" not in notice.html
    assert kept(lesson)[0]["came_back"] == "Tom counts payers. <b>"
    recall("monday", "yes", came_back="Tom counts payers. <b>")
    assert len(kept(lesson)) == 1
    assert "came_back" in recall("monday", "yes").text
    assert "came_back" not in recall("monday", "not yet").text


@pytest.mark.parametrize("answer", [..., "", "maybe", 1])
def test_a_blank_monday_is_not_yet(lesson, answer):
    assert "Put yes, no or not yet between the quotes" in recall("monday", answer).text
    assert kept(lesson) == []


def test_a_number_with_a_comma_is_told_to_lose_it(lesson):
    assert "1200 and not 1,200" in predict("paused", 1, 200, confidence=60).text
    assert "1200 and not 1,200" in predict("paused", 1, 200).text
    assert "1200 and not 1,200" in predict("paused", 1, 0, confidence=...).text


def test_a_comma_before_decimals_is_told_to_be_a_point(lesson):
    assert "decimals wear a point, as in 17.25" in predict("paused", 17, 25, confidence=60).text
    assert kept(lesson) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("paused", 900, 60),
            "put confidence= in front of the second number, which says how sure you are: confidence=60.",
        ),
        (("paused", 1200, 100), "confidence=100"),
        (("paused", 900, "60"), "put confidence= in front of the second number"),
        (("best", "Coast", 60), "put confidence= in front of the number, which"),
        (("paused", 1, 0), "is 0 how sure you are? Then put confidence= in front of it."),
        (("paused", 900, 100), "take the comma out"),
    ],
)
def test_a_second_number_without_its_name_is_told_to_wear_it(lesson, arguments, words):
    notice = predict(*arguments)
    assert words in notice.text
    assert "1,200" not in notice.text
    assert kept(lesson) == []


def test_a_second_number_beside_the_dots_is_told_to_take_their_place(lesson):
    assert "put it in place of the last dots: confidence=60" in predict("paused", 900, 60, confidence=...).text
    assert "how sure you are" in predict("paused", 900, confidence=...).text


@pytest.mark.parametrize(
    ("name", "slipped", "says", "meant"),
    [
        ("rate", 0.7, "looks like a share: write 70", 70),
        ("share", 30, "looks like a percentage: write 0.3", 0.3),
        ("year", 17.65, "do you mean 17650?", 17650),
        ("year", 20.0, "do you mean 20000?", 20000),
    ],
)
def test_a_guess_in_another_unit_is_asked_back_and_not_spent(lesson, name, slipped, says, meant):
    told = predict(name, slipped, confidence=60)
    assert "Not tried yet" in told.text
    assert says in told.text
    assert kept(lesson) == []
    predict(name, meant, confidence=60)
    assert [entry["value"] for entry in kept(lesson)] == [meant]


@pytest.mark.parametrize(
    ("name", "value"), [("rate", 1), ("rate", 0), ("share", 0.9), ("share", 1), ("year", 950), ("year", 12.3456)]
)
def test_a_guess_that_may_be_meant_is_kept(lesson, name, value):
    predict(name, value, confidence=60)
    assert [entry["value"] for entry in kept(lesson)] == [value]


def test_what_came_back_beside_the_yes_is_sent_to_its_own_quotes():
    told = recall("monday", "yes, Tom said").text
    assert 'keep "yes" alone' in told
    assert "behind came_back=" in told


def test_a_guess_beside_the_dots_is_told_to_take_their_place(lesson):
    assert "put your number in their place" in predict("paused", ..., 1200, confidence=60).text
    assert kept(lesson) == []


def test_a_yes_where_the_name_stands_is_sent_to_its_own_quotes():
    assert 'recall("monday", "Yes", ...)' in recall("Yes", "", came_back="").text
    assert "there is: monday, rows" in recall("mondy", "yes").text


@pytest.mark.parametrize(
    ("name", "guess", "says"),
    [
        ("paused", 1.323, "do you mean 1323"),
        ("rate", 1.323, "do you mean 1323"),
        ("paused", -5, "lies below zero"),
    ],
)
def test_a_guess_that_was_typed_otherwise_than_meant_is_asked_about_and_not_kept(lesson, name, guess, says):
    assert says in predict(name, guess, confidence=60).text
    assert kept(lesson) == []


@pytest.mark.parametrize(("name", "guess"), [("rate", 1.5), ("rate", 31.25), ("share", 0.125)])
def test_a_guess_with_decimals_is_a_guess(lesson, name, guess):
    predict(name, guess, confidence=60)
    assert [entry["value"] for entry in kept(lesson)] == [guess]


def test_a_page_without_its_key_is_no_matter_of_trying(lesson):
    (lesson / "key.json").unlink()
    for told in (predict("paused", 1200, confidence=70), recall("rows", "b")):
        assert told.text.startswith("I cannot read this page's key. This page is a copy outside its lesson's folder")
        assert "Not tried yet" not in told.html
        assert "Next:" not in told.html
    begin(lesson / "renamed")
    assert "moved or renamed" in recall("rows", "b").text
    begin(lesson)
    assert kept(lesson) == []
