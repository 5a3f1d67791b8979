"""The roster: what spreadsheets write, what is refused and in which line, and whose a file is by its name."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.coach.roster import Learner, Roster, read_roster, roster_text
from grader.learner.problem import Problem

SEAN = Learner("sean.o'brien@x.example", "Seán O'Brien", "North")
SMITH = Learner("rob@x.example", "Robert Smith")
JUNIOR = Learner("junior@x.example", "Robert Smith, Jr.")
LI = Learner("li@x.example", "李", "North")
KATYA = Learner("katya@x.example.uk", "Katya Maria Orlova")
ROSTER = Roster((SEAN, SMITH, JUNIOR, LI, KATYA))


def read(folder: Path, content: str | bytes) -> Roster:
    path = folder / "roster.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_roster(path)


def refusal(folder: Path, content: str | bytes) -> str:
    with pytest.raises(Problem) as raised:
        read(folder, content)
    return str(raised.value)


def test_a_plain_roster_is_read_in_order(tmp_path: Path) -> None:
    roster = read(tmp_path, 'email,name,team\nli@x.example,李,North\nrob@x.example,"Smith, Jr.",\n')
    assert roster.learners == (Learner("li@x.example", "李", "North"), Learner("rob@x.example", "Smith, Jr."))


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffemail,name,team\r\nAda@X.example,Ada O'Hara,North\r\n".encode(),
        b"E-Mail;Name;Team\nada@x.example;Ada O'Hara;North\n",
        b"sep=;\r\nEmail;NAME;team\r\nada@x.example;Ada O'Hara;North\r\n",
        b'"sep=,"\nEmail,NAME,team\nada@x.example,Ada O\'Hara,North\n',
        "email\tname\tteam\nada@x.example\tAda O'Hara\tNorth\n".encode("utf-16"),
        " Team , E-mail address,name , note\n North ,\u00a0ADA@x.example , Ada\u00a0 O'Hara,late\n,,,\n\n".encode(),
        b'email,name,team\n="ada@x.example","Ada O\'Hara","North"\n;\n'.replace(b"\n;\n", b"\n"),
        b"email,name,team\rada@x.example,Ada O'Hara,North\r",
    ],
    ids=["bom", "semicolons", "sep", "sep in quotes", "unicode text", "spaces and order", "formula", "old mac"],
)
def test_what_spreadsheets_write_is_read(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, content).learners == (Learner("ada@x.example", "Ada O'Hara", "North"),)


def test_a_learner_without_a_name_is_called_by_the_email(tmp_path: Path) -> None:
    assert read(tmp_path, "email,name\nada@x.example,\n").learners == (Learner("ada@x.example", "ada@x.example"),)


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("ada@x.example,Ada,\nADA@x.example,Ada again,\n", 3, "ada@x.example stands in line 2 already"),
        ("ada@x.example,Ada,\n,Bert,\n", 3, "there is no e-mail"),
        ('ada@x.example,"Ada\nLovelace",\nbert,Bert,\n', 4, "“bert” is not an e-mail"),
        ("../ada@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("a/b@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("a..b@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("ada@x..example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("a\\b@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("=cmd@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("-ada@x.example,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("Ada <ada@x.example>,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("ada@x.example.,Ada,\n", 2, "is not an e-mail that can name a folder"),
        ("ada\x07@x.example,Ada,\n", 2, "the email holds a control character"),
        ("ada@x.example,A\x1bda,\n", 2, "the name holds a control character"),
        (f"{'a' * 246}@x.example,Ada,\n", 2, "more than 254 bytes"),
        ("ada@x.example,Smith, Jr.,North\n", 2, "put a name with a comma in quotes"),
        ('ada@x.example,"Ada,\n', 2, "look at its quotes"),
    ],
)
def test_a_line_that_cannot_be_is_one_sentence_with_its_number(tmp_path: Path, rows: str, line: int, said: str) -> None:
    sentence = refusal(tmp_path, f"email,name,team\n{rows}")
    assert sentence.startswith(f"roster.csv, line {line}: ")
    assert said in sentence
    assert "\n" not in sentence


def test_an_email_of_254_characters_is_taken(tmp_path: Path) -> None:
    email = f"{'a' * 244}@x.example"
    assert len(email) == 254
    assert read(tmp_path, f"email,name\n{email},Ada\n").learners[0].email == email


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "names no learner"),
        (b"email,name,team\n", "names no learner"),
        (b"ada@x.example,Ada,North\n", "line 1: no column is called email"),
        (b"email,team\nada@x.example,North\n", "line 1: no column is called name"),
        (b"email,name,e-mail\n", "two columns are called email"),
        (b"PK\x03\x04rest", "is a workbook"),
        ("email,name\nada@x.example,Müller\n".encode("cp1252"), "line 2: this is not UTF-8 text"),
        (b"email,name\n" + b"a" * 5_000_000, "more than 5 MB"),
    ],
)
def test_a_file_that_is_no_roster_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refusal(tmp_path, content)


def test_a_roster_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"nowhere\.csv cannot be read \(No such file"):
        read_roster(tmp_path / "nowhere.csv")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, roster_text(ROSTER.learners)) == ROSTER


def test_an_email_is_found_in_any_case() -> None:
    assert ROSTER.get("  Sean.O'Brien@X.Example ") == SEAN
    assert ROSTER.get("stranger@x.example") is None


@pytest.mark.parametrize(
    ("name", "learner"),
    [
        ("Seán O'Brien_123456_assignsubmission_file", SEAN),
        ("Sean OBrien_123456_assignsubmission_file_w01-hand-in.zip", SEAN),
        ("obriensean_LATE_12_345_w01_hand-in-1.zip", SEAN),
        ("obriensen_12_345_w01.zip", None),
        ("O’BRIEN, Seán - w01.ipynb", SEAN),
        ("w01_sean.o'brien@x.example-late.zip", SEAN),
        ("SEAN.O'BRIEN@X.EXAMPLE", SEAN),
        ("notsean.o'brien@x.example.zip", None),
        ("big_sean.o'brien@x.example.zip", None),
        ("sean.o'brien@x.example.org.zip", None),
        ("sean.o'brien@x.example_Sean.zip", SEAN),
        ("Robert Smith_1_assignsubmission_file", SMITH),
        ("smithrobert_1_2_w01.zip", SMITH),
        ("Robert Smith, Jr._1_assignsubmission_file", JUNIOR),
        ("smithjrrobert_1_2_w01.zip", JUNIOR),
        ("李_1_assignsubmission_file", LI),
        ("w01 李.zip", LI),
        ("Katya Orlova w01.zip", KATYA),
        ("orlova katya maria", KATYA),
        ("katya@x.example.uk.zip", KATYA),
        ("katya@x.example.zip", None),
        ("Orlov Katya", None),
        ("", None),
    ],
)
def test_a_name_of_a_file_is_whose_it_says(name: str, learner: Learner | None) -> None:
    assert ROSTER.named(name) == ((learner,) if learner else ())


def test_an_email_is_a_stronger_word_than_a_name_and_two_names_are_both_returned() -> None:
    assert ROSTER.named("li@x.example", "Robert Smith") == (LI,)
    assert ROSTER.named("Robert Smith", "Katya Orlova") == (SMITH, KATYA)
    assert ROSTER.named("Robert Smith", "李") == (SMITH,)


def test_people_who_share_a_name_are_both_returned() -> None:
    one, other = Learner("a@x.example", "Anna Berg"), Learner("b@x.example", "Anna Berg")
    assert Roster((one, other)).named("anna berg.zip") == (one, other)
    assert Roster((one, other)).named("anna berg.zip", "b@x.example") == (other,)


def test_a_thousand_names_are_looked_up_at_once() -> None:
    roster = Roster(tuple(Learner(f"p{n}@x.example", f"Given{n} Middle{n} Family{n}") for n in range(1_000)))
    start = time.perf_counter()
    for n in range(0, 1_000, 10):
        assert roster.named(f"Given{n} Family{n}_1234_assignsubmission_file/w01-hand-in.zip") == (roster.learners[n],)
    assert time.perf_counter() - start < 2


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_is_looked_up_without_an_error(texts: list[str]) -> None:
    assert all(learner in ROSTER.learners for learner in ROSTER.named(*texts))


@given(st.binary(max_size=300))
def test_any_bytes_are_a_roster_or_a_problem(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(b"email,name\n" + content)
    try:
        roster = read_roster(path)
    except Problem:
        return
    assert all(learner.email.count("@") == 1 and "/" not in learner.email for learner in roster.learners)
