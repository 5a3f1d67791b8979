import errno
import json

import pytest

from grader.learner import journal as module
from grader.learner.journal import Journal, journal
from grader.learner.session import MODES_WITHOUT_JOURNAL, NBGRADER_RUNS


@pytest.fixture(autouse=True)
def _a_learners_kernel(monkeypatch):
    monkeypatch.delenv("HANDSON_MODE", raising=False)
    for name in NBGRADER_RUNS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "_open", {})


def test_entries_come_back_in_order_with_the_time_of_writing(tmp_path):
    book = journal(tmp_path)
    assert book.append({"kind": "try", "n": 1})
    assert book.append({"kind": "try", "text": "ä “q”"})
    assert [entry.get("n") for entry in book.entries()] == [1, None]
    lines = (tmp_path / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == book.entries()
    assert "ä “q”" in lines[1]
    assert set(book.entries()[0]) == {"at", "kind", "n"}


def test_what_another_kernel_added_is_seen_and_what_was_there_is_kept(tmp_path):
    (tmp_path / "journal.jsonl").write_text('{"n": 0}\n', encoding="utf-8")
    one, other = Journal(tmp_path), Journal(tmp_path)
    one.append({"n": 1})
    other.append({"n": 2})
    assert [entry["n"] for entry in one.entries()] == [0, 1, 2]


def test_broken_lines_are_passed_over_and_a_cut_line_does_not_swallow_the_next(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"n": 0}\nnot json\n[1]\n\xff\n{"n": 1')
    book = Journal(tmp_path)
    assert [entry["n"] for entry in book.entries()] == [0]
    book.append({"n": 2})
    assert [entry["n"] for entry in book.entries()] == [0, 2]
    assert path.read_bytes().startswith(b'{"n": 0}\nnot json\n[1]\n\xff\n{"n": 1\n')


def test_a_journal_that_was_taken_away_is_read_anew(tmp_path):
    book = Journal(tmp_path)
    book.append({"n": 1})
    book.append({"n": 2})
    assert len(book.entries()) == 2
    (tmp_path / "journal.jsonl").write_text('{"n": 7}\n', encoding="utf-8")
    assert [entry["n"] for entry in book.entries()] == [7]


def test_only_what_was_added_is_read_again(tmp_path, monkeypatch):
    book = Journal(tmp_path)
    for number in range(100):
        book.append({"n": number})
    book.entries()
    read = []
    loads = module.json.loads
    monkeypatch.setattr(module.json, "loads", lambda line: read.append(line) or loads(line))
    book.append({"n": 100})
    assert len(book.entries()) == 101
    assert len(read) == 1


def test_a_journal_that_cannot_be_written_is_kept_in_memory(tmp_path):
    (tmp_path / "journal.jsonl").mkdir()
    book = Journal(tmp_path)
    assert book.append({"n": 1}) is False
    assert [entry["n"] for entry in book.entries()] == [1]


@pytest.mark.parametrize("written", [0, 20])
def test_what_a_full_disk_refused_is_written_once_there_is_room(tmp_path, monkeypatch, written):
    """The disk takes the first bytes of a line, or none; later it has room again."""
    path = tmp_path / "journal.jsonl"
    book = Journal(tmp_path)
    book.append({"n": 0})
    real = type(path).open

    class Full:
        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.stream.close()

        def tell(self):
            return self.stream.tell()

        def write(self, data):
            self.stream.write(data[:written])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(
        type(path), "open", lambda self, mode: Full(real(self, mode)) if "a" in mode else real(self, mode)
    )
    assert not book.append({"n": 1})
    assert not book.append({"n": 2})
    monkeypatch.undo()
    assert [entry["n"] for entry in book.entries()] == [0, 1, 2]
    assert book.append({"n": 3})
    for reader in (book, Journal(tmp_path)):
        assert [entry["n"] for entry in reader.entries()] == [0, 1, 2, 3]


@pytest.mark.parametrize("mode", MODES_WITHOUT_JOURNAL)
def test_build_grade_and_test_keep_nothing(tmp_path, monkeypatch, mode):
    monkeypatch.setenv("HANDSON_MODE", mode)
    assert journal(tmp_path).append({"n": 1})
    assert journal(tmp_path).entries() == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NBGRADER_RUNS)
def test_runs_of_nbgrader_keep_nothing(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "1")
    journal(tmp_path).append({"n": 1})
    assert list(tmp_path.iterdir()) == []
