import json

import pytest

from grader.learner.key import (
    Exercise,
    Key,
    Memo,
    Prediction,
    Recall,
    WrongAnswer,
    begin,
    current_key,
    lesson_folder,
    load_key,
    seal,
    unseal,
    week_of,
)
from grader.learner.problem import Problem


def a_key(**changes):
    exercise = Exercise(
        "all-rows",
        "value",
        "all_rows",
        2.0,
        True,
        {"value": 4902},
        "Everyone.",
        wrong=(WrongAnswer({"value": 1200}, "That is the Coast alone."),),
        hints=("one", "two"),
        options=("a", "b"),
        cases=((1, [2, 3]), ("file:a.csv",)),
    )
    fields = {
        "lesson": "w01",
        "slug": "w01_three_answers",
        "title": "Three answers",
        "week": 1,
        "release": "0123456789ab",
        "exercises": {"all-rows": exercise},
        "predictions": {"paused": Prediction("paused", 1210, 100, "So.", "homes")},
        "recalls": {"r": Recall("r", "b", ("a", "b"), {"a": "No."}, "Yes.")},
        "memos": {"board": Memo("board", "Ines", (60, 150))},
    }
    return Key(**{**fields, **changes})


def write(folder, content):
    (folder / "key.json").write_text(json.dumps(content), encoding="utf-8")


def test_a_key_comes_back_as_it_was_written(tmp_path):
    write(tmp_path, a_key().to_json())
    assert load_key(tmp_path) == a_key()


def test_the_same_content_is_sealed_to_the_same_text_and_keeps_the_order_of_the_lesson():
    assert seal({"b": 2, "a": 1}) == seal({"b": 2, "a": 1})
    assert list(unseal(seal({"b": 2, "a": 1}))) == ["b", "a"]


def test_a_sealed_text_shows_no_answer_in_the_clear():
    text = json.dumps(a_key().to_json())
    assert "4902" not in text
    assert "Coast" not in text
    assert unseal(a_key().to_json()["sealed"])["exercises"]["all-rows"]["answer"] == {"value": 4902}


@pytest.mark.parametrize("text", ["not base64!", "AAAA", seal({"a": 1})[:-8]])
def test_a_text_that_is_not_sealed_is_refused(text):
    with pytest.raises(ValueError, match=r"not sealed|not a sealed"):
        unseal(text)


def test_a_folder_without_a_key_says_where_to_open_the_notebook(tmp_path):
    with pytest.raises(Problem, match="a copy outside its lesson's folder"):
        load_key(tmp_path)
    lesson = tmp_path / "w01_three_answers"
    with pytest.raises(Problem, match="moved or renamed while this page was open"):
        load_key(lesson)
    lesson.mkdir()
    with pytest.raises(Problem, match="start the course again"):
        load_key(lesson)


def test_a_key_of_another_version_is_named_with_both_versions(tmp_path):
    write(tmp_path, {**a_key().to_json(), "schema": 2})
    with pytest.raises(Problem, match="version 2 and this course reads version 1"):
        load_key(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "\xff", '{"schema": 1}', '{"schema": 1, "sealed": "x"}'])
def test_a_damaged_key_is_a_sentence_and_no_other_error(tmp_path, text):
    (tmp_path / "key.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(Problem, match="damaged"):
        load_key(tmp_path)


def test_the_lesson_folder_stays_when_the_learner_changes_folder(tmp_path, monkeypatch):
    before = lesson_folder()
    write(tmp_path, a_key().to_json())
    begin(tmp_path)
    try:
        monkeypatch.chdir(tmp_path.parent)
        assert lesson_folder() == tmp_path.resolve()
        assert current_key() is current_key()
        write(tmp_path, a_key(title="Another title").to_json())
        assert current_key().title == "Another title"
    finally:
        begin(before)


def test_the_week_is_read_without_unsealing_and_is_zero_without_a_key(tmp_path):
    assert week_of(tmp_path) == 0
    write(tmp_path, {**a_key(week=14).to_json(), "sealed": ""})
    assert week_of(tmp_path) == 14
