"""Taking one person out of texts and zips, and nobody else."""

import html
import io
import json
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.coach.erase import FORGOTTEN, NAME, Eraser, read_zip
from grader.coach.roster import Learner

ADA = Eraser(Learner("ada@x.org", "Ada Person"), frozenset({"x-ada@x.org", "nada@x.org"}))


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("ada@x.org", FORGOTTEN),
        ("Write to ADA@X.org.", f"Write to {FORGOTTEN}."),
        ("mail='ada@x.org'", f"mail='{FORGOTTEN}'"),
        ("w01-ada@x.org-20260301T090000Z.zip", f"w01-{FORGOTTEN}-20260301T090000Z.zip"),
        ("week_1_ada@x.org.zip", f"week_1_{FORGOTTEN}.zip"),
        ("mailto:ada%40x.org", f"mailto:{FORGOTTEN}"),
        ("Ada Person, Person, Ada and ADA PERSON", f"{NAME}, {NAME} and {NAME}"),
        ("ada_person.ipynb", f"{NAME}.ipynb"),
        ("Ada&nbsp;Person", NAME),
    ],
)
def test_an_address_and_a_full_name_go_however_they_are_written(text: str, cleaned: str) -> None:
    assert ADA.clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "nada@x.org",
        "x-ada@x.org",
        "b.ada@x.org",
        "ada@x.org.uk",
        "ada@x.organ",
        "Ada alone",
        "a person",
        "Nada Person",
        "Ada Personne",
        "ada person",
    ],
)
def test_nobody_else_goes_with_them(text: str) -> None:
    assert ADA.clean(text) == text


@pytest.mark.parametrize("name", ["Ann O'Brien", "Smith, Jr.", "李娜", "Zoë Müller", "María del Río"])
def test_a_name_is_found_in_json_html_and_with_its_accents_put_together_in_any_way(name: str) -> None:
    eraser = Eraser(Learner("p@x.org", name))
    gone = NAME + "." * name.endswith(".")
    said = {"cells": [{"source": ["First line\n", f"{name} said so\n"]}], name: [f"a\n{name}\tb", "p@x.org", "q@x.org"]}
    for text in (json.dumps(said), json.dumps(said, ensure_ascii=False, indent=1) + "\n"):
        cleaned = eraser.clean_file("x.ipynb", text.encode()).decode()
        assert name not in json.dumps(json.loads(cleaned), ensure_ascii=False)
        assert json.loads(cleaned)[gone] == [f"a\n{gone}\tb", FORGOTTEN, "q@x.org"]
        assert cleaned.count("\n") == text.count("\n")
        assert eraser.may_be_in(text.encode())
    for form in (html.escape(name), unicodedata.normalize("NFD", name)):
        assert NAME in eraser.clean_file("x.html", f"<p>{form}</p>".encode()).decode()
        assert eraser.may_be_in(form.encode())


def test_a_name_over_the_end_of_a_line_of_a_cell_is_found() -> None:
    cell = json.dumps({"source": ["thanks to Ada\n", "Person for it\n", "and more"]})
    assert json.loads(ADA.clean_file("x.ipynb", cell.encode())) == {
        "source": [f"thanks to {NAME} for it\n", "and more"]
    }


def test_a_single_word_or_a_name_of_the_courses_own_is_left_alone() -> None:
    assert Eraser(Learner("t@x.org", "Tom")).clean("Tom's number") == "Tom's number"
    persona = Eraser(Learner("i@x.org", "Ines Kestrel"), full_name=False)
    assert persona.clean("To Ines Kestrel, i@x.org") == f"To Ines Kestrel, {FORGOTTEN}"


@given(st.binary(max_size=300))
def test_a_file_that_does_not_name_them_stays_as_it_is_to_the_byte(content: bytes) -> None:
    for name in ("a.json", "a.jsonl", "a.ipynb", "a.html", "a.zip"):
        assert ADA.clean_file(name, content) == content


def test_a_zip_loses_what_is_theirs_and_keeps_the_rest_zips_in_it_among_them() -> None:
    mine = {"w01.ipynb": b'{"a": "ada@x.org"}', "manifest.json": b'{"email": "ADA@x.org", "team": []}'}
    others = {"w01.ipynb": b'{"a": 1}', "manifest.json": b'{"email": "bo@x.org", "team": ["ada@x.org"]}'}
    bulk = zipped(
        {
            "Ada Person_123_file/w01.zip": zipped(mine),
            "personada_77_w01.ipynb": b"{}",
            "one/w01.ipynb": b"{}",
            "one/manifest.json": mine["manifest.json"],
            "Bo_124_file/w01.zip": zipped(others),
            "notes.txt": b"Ada Person was ill",
        }
    )
    files = read_zip(ADA.clean_file("bulk.zip", bulk))
    assert files is not None
    assert set(files) == {"Bo_124_file/w01.zip", "notes.txt"}
    assert files["notes.txt"] == f"{NAME} was ill".encode()
    inner = read_zip(files["Bo_124_file/w01.zip"])
    assert inner == {**others, "manifest.json": f'{{"email": "bo@x.org", "team": ["{FORGOTTEN}"]}}'.encode()}


def test_six_words_in_a_row_are_a_quotation() -> None:
    eraser = Eraser(Learner("a@x.org", "Ada Person"), texts=("Tell the board that one row is an account.",))
    assert eraser.quotes("You say “the board that one row is”: good.")
    assert not eraser.quotes("Tell the board what one row is.")
