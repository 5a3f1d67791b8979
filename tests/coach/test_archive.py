"""Reading what nobody trusts: each trick is refused in a sentence, nothing is written, and what is honest is read."""

import io
import json
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.coach import archive
from grader.coach.archive import Contents, Refused, read_inbox, read_json, read_notebook, read_zip, shown

NOTEBOOK = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
UTF_8, ENCRYPTED = 0x800, 0x1


@dataclass(frozen=True)
class Raw:
    """An entry as it stands in the file, whatever a decent program would write there."""

    name: bytes
    data: bytes = b"x"
    method: int = zipfile.ZIP_DEFLATED
    flags: int = UTF_8
    mode: int = 0o100644
    size: int | None = None
    packed: int | None = None
    checksum: int | None = None
    extra: bytes = b""


def raw_zip(*entries: Raw) -> bytes:
    body, listed = b"", b""
    for each in entries:
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        data = squeeze.compress(each.data) + squeeze.flush() if each.method == zipfile.ZIP_DEFLATED else each.data
        size = len(each.data) if each.size is None else each.size
        packed = len(data) if each.packed is None else each.packed
        checksum = zlib.crc32(each.data) if each.checksum is None else each.checksum
        head = (each.flags, each.method, 0x6000, 0x5A21, checksum, packed, size, len(each.name), len(each.extra))
        offset = len(body)
        body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, *head) + each.name + each.extra + data
        listed += struct.pack("<4s2B5H3L5H2L", b"PK\1\2", 20, 3, 20, *head, 0, 0, 0, each.mode << 16, offset)
        listed += each.name + each.extra
    end = (0, 0, len(entries) & 0xFFFF, len(entries) & 0xFFFF, len(listed), len(body), 0)
    return body + listed + struct.pack("<4s4H2LH", b"PK\5\6", *end)


def refusal(content: bytes) -> str:
    """The one sentence with which a zip is refused whole."""
    contents = read_zip(content, "ada.zip")
    assert contents.files == ()
    assert len(contents.refused) == 1
    return str(contents.refused[0])


def names(contents: Contents) -> list[str]:
    return [entry.name for entry in contents.files]


def test_an_honest_zip_is_read() -> None:
    page = io.BytesIO()
    with zipfile.ZipFile(page, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("w01/", "")
        made.writestr(zipfile.ZipInfo("w01/w01_three_answers.ipynb", (2026, 3, 1, 10, 0, 0)), NOTEBOOK)
        made.writestr("w01/journal.jsonl", "{}\n" * 1_000)
    contents = read_zip(page.getvalue(), "ada.zip")
    assert contents.refused == ()
    assert names(contents) == ["w01/w01_three_answers.ipynb", "w01/journal.jsonl"]
    assert contents.files[0].read() == NOTEBOOK
    assert contents.files[0].at == datetime(2026, 3, 1, 10).astimezone(UTC)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../w01.ipynb", "leads to another folder"),
        ("a/../../w01.ipynb", "leads to another folder"),
        ("__MACOSX/../../w01.ipynb", "leads to another folder"),
        ("./w01.ipynb", "leads to another folder"),
        ("a//w01.ipynb", "leads to another folder"),
        ("/etc/passwd", "starts at the root"),
        ("//server/share/w01.ipynb", "starts at the root"),
        ("C:/w01.ipynb", "has a colon"),
        ("c:w01.ipynb", "has a colon"),
        ("w01.ipynb:stream", "has a colon"),
        ("a\\w01.ipynb", "has a backslash"),
        ("..\\..\\w01.ipynb", "has a backslash"),
        ("\\\\server\\share\\w01.ipynb", "has a backslash"),
        ("w01.ipynb\0.txt", "has a control character"),
        ("w01\r.ipynb", "has a control character"),
        ("\x1b[2Jw01.ipynb", "has a control character"),
        ("CON", "is reserved on Windows"),
        ("a/nul.ipynb", "is reserved on Windows"),
        ("w01.ipynb.", "ends with a dot or a space"),
        ("w01.ipynb ", "ends with a dot or a space"),
        ("x" * 300, "has more than 255 bytes"),
        ("李" * 100, "has more than 255 bytes"),
        ("a/" * 9 + "w01.ipynb", "lies more than 8 folders deep"),
        ("", "is empty"),
        ("/", "is empty"),
    ],
)
def test_a_name_that_leads_astray_is_refused(name: str, said: str) -> None:
    sentence = refusal(raw_zip(Raw(name.encode()), Raw(b"w01.ipynb", NOTEBOOK)))
    assert sentence.startswith("`ada.zip` names a file")
    assert said in sentence
    assert sentence.isprintable()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("w01.ipynb", "w01.ipynb"),
        ("w01.ipynb", "W01.IPYNB"),
        ("straße.ipynb", "STRASSE.ipynb"),
        ("é.ipynb", "e\u0301.ipynb"),
        ("ﬁle.ipynb", "file.ipynb"),
        ("a/w01.ipynb", "A/w01.ipynb"),
    ],
)
def test_a_name_that_stands_twice_is_refused_however_it_is_written(first: str, second: str) -> None:
    assert "twice" in refusal(raw_zip(Raw(first.encode(), NOTEBOOK), Raw(second.encode(), NOTEBOOK)))


def test_a_name_that_is_a_file_and_a_folder_is_refused() -> None:
    assert "as a file and as a folder" in refusal(raw_zip(Raw(b"a"), Raw(b"A/w01.ipynb", NOTEBOOK)))


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (Raw(b"w01.ipynb", b"/etc/passwd", mode=0o120777), "which is a link"),
        (Raw(b"w01.ipynb", mode=0o010644), "which is no file and no folder"),
        (Raw(b"w01.ipynb", mode=0o060644), "which is no file and no folder"),
        (Raw(b"w01.ipynb", flags=UTF_8 | ENCRYPTED), "which is encrypted"),
        (Raw(b"w01.ipynb", flags=UTF_8 | 0x40), "which is encrypted"),
        (Raw(b"w01.ipynb", method=zipfile.ZIP_BZIP2), "in an unusual way"),
        (Raw(b"w01.ipynb", method=zipfile.ZIP_LZMA), "in an unusual way"),
        (Raw(b"w01.ipynb", method=99), "in an unusual way"),
        (Raw(b"w01.ipynb", NOTEBOOK, checksum=1), "is damaged at `w01.ipynb`"),
        (Raw(b"w01.ipynb", NOTEBOOK, size=5), "is damaged at `w01.ipynb`"),
        (Raw(b"w01.ipynb", NOTEBOOK, size=4_000_000_000), "is damaged at `w01.ipynb`"),
        (Raw(b"w01.ipynb", NOTEBOOK, packed=3), "is damaged at `w01.ipynb`"),
        (Raw(b"w01.ipynb", NOTEBOOK, packed=1_000_000), "says that it holds more than it does"),
    ],
)
def test_an_entry_that_is_not_what_it_seems_is_refused(entry: Raw, said: str) -> None:
    assert said in refusal(raw_zip(entry))


def test_a_size_that_lies_with_a_checksum_that_fits_gives_no_more_than_it_says() -> None:
    data = b"a" * 3_000_000
    contents = read_zip(raw_zip(Raw(b"w01.ipynb", data, size=10, checksum=zlib.crc32(data[:10]))), "ada.zip")
    assert [len(entry.read()) for entry in contents.files] in ([], [10])


def test_a_bomb_is_refused_by_its_ratio_long_before_it_is_whole() -> None:
    bomb = raw_zip(Raw(b"bomb.txt", bytes(50_000_000)), Raw(b"w01.ipynb", NOTEBOOK))
    assert len(bomb) < 100_000
    assert "grows more than 200 times" in refusal(bomb)


def test_a_bomb_of_entries_that_share_their_bytes_is_refused() -> None:
    whole = raw_zip(Raw(b"a.txt", os.urandom(4_000)))
    start = whole.index(b"PK\1\2")
    listed = whole[start : whole.index(b"PK\5\6")]
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 50, 50, len(listed) * 50, start, 0)
    assert "twice" in refusal(whole[:start] + listed * 50 + end)
    renamed = b"".join(listed.replace(b"a.txt", b"%05d" % n) for n in range(50))
    assert "says that it holds more than it does" in refusal(whole[:start] + renamed + end)


def test_caps_on_bytes_count_what_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 200_000)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 350_000)
    text = os.urandom(90_000).hex().encode()
    assert names(read_zip(raw_zip(Raw(b"a.txt", text)), "ada.zip")) == ["a.txt"]
    assert "holds `a.txt`, which has more than" in refusal(raw_zip(Raw(b"a.txt", text * 2)))
    assert "MB in all" in refusal(raw_zip(Raw(b"a.txt", text), Raw(b"b.txt", text)))
    monkeypatch.setattr(archive, "MAX_PACKED", 1_000)
    assert "has more than" in refusal(raw_zip(Raw(b"a.txt", text)))


def test_a_hundred_thousand_entries_are_refused_without_being_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = raw_zip(Raw(b"a.txt"))
    start = one.index(b"PK\1\2")
    listed = one[start : one.index(b"PK\5\6")] * 100_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(listed), start, 0)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "holds more than 2,000 files" in refusal(one[:start] + listed + end)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (b"w01-hand-in.zip", raw_zip(Raw(b"w01.ipynb", NOTEBOOK))),
        (b"w01-hand-in.ipynb", raw_zip(Raw(b"w01.ipynb", NOTEBOOK))),
        (b"work.tar.gz", b"anything"),
        (b"work", b"\x1f\x8b\x08" + bytes(20)),
        (b"work.7z", b"7z\xbc\xaf\x27\x1c"),
        (b"work", bytes(257) + b"ustar\x0000" + bytes(300)),
    ],
)
def test_an_archive_in_an_archive_is_not_opened_and_the_rest_is_taken(name: bytes, data: bytes) -> None:
    contents = read_zip(raw_zip(Raw(name, data), Raw(b"w01.ipynb", NOTEBOOK)), "ada.zip")
    assert names(contents) == ["w01.ipynb"]
    assert [str(each) for each in contents.refused] == [
        f"`ada.zip` holds an archive, `{name.decode()}`, and archives in archives are not opened: "
        "unpack the outer one in the inbox."
    ]


def test_a_spreadsheet_is_no_archive() -> None:
    assert names(read_zip(raw_zip(Raw(b"report.xlsx", raw_zip(Raw(b"sheet.xml")))), "ada.zip")) == ["report.xlsx"]


def test_what_file_managers_leave_is_passed_over_in_silence() -> None:
    left = (
        b"__MACOSX/._w01.ipynb",
        b"._x.ipynb",
        b"a/.DS_Store",
        b".ipynb_checkpoints/w01-checkpoint.ipynb",
        b"Thumbs.db",
    )
    contents = read_zip(raw_zip(*(Raw(name) for name in left), Raw(b"w01.ipynb", NOTEBOOK)), "ada.zip")
    assert names(contents) == ["w01.ipynb"]
    assert contents.refused == ()


@pytest.mark.parametrize(
    ("raw", "flags", "name"),
    [
        ("🦅 w01.ipynb".encode(), UTF_8, "🦅 w01.ipynb"),
        ("عدد\u200f w01.ipynb".encode(), UTF_8, "عدد\u200f w01.ipynb"),
        ("李 w01.ipynb".encode(), 0, "李 w01.ipynb"),
        ("Größe.ipynb".encode("cp437"), 0, "Größe.ipynb"),
    ],
    ids=["emoji", "right to left", "macOS", "MS-DOS"],
)
def test_names_of_all_scripts_are_read(raw: bytes, flags: int, name: str) -> None:
    assert names(read_zip(raw_zip(Raw(raw, NOTEBOOK, flags=flags)), "ada.zip")) == [name]


def test_a_name_that_claims_to_be_utf_8_and_is_not_is_refused() -> None:
    assert "is no zip that can be read" in refusal(raw_zip(Raw(b"\xff\xfe.ipynb", NOTEBOOK)))


def test_a_name_turned_around_is_shown_written_out_and_a_long_one_is_cut() -> None:
    assert shown("gpj.\u202ebpyni.ipynb\x1b") == "gpj.\\u202ebpyni.ipynb\\u001b"
    assert len(shown("x" * 300)) < 120
    assert shown("\udcff") == "\\udcff"


def test_the_time_of_a_file_is_the_one_in_utc_where_the_zip_has_it() -> None:
    at = datetime(2026, 3, 1, 10, 0, 1, tzinfo=UTC)
    stamp = struct.pack("<HHBi", 0x5455, 5, 1, int(at.timestamp()))
    other = struct.pack("<HH", 0x7875, 3) + b"abc"
    for extra in (stamp, other + stamp):
        contents = read_zip(raw_zip(Raw(b"w01.ipynb", NOTEBOOK, extra=extra)), "ada.zip")
        assert [entry.at for entry in contents.files] == [at]
    short = struct.pack("<HHB", 0x5455, 1, 1)
    contents = read_zip(raw_zip(Raw(b"w01.ipynb", NOTEBOOK, extra=short)), "ada.zip")
    assert [entry.at for entry in contents.files] == [datetime(2025, 1, 1, 12).astimezone(UTC)]


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\5\6", bytes(30_000), b"no zip at all", raw_zip(Raw(b"a"))[:-1]])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    assert "is no zip that can be read" in refusal(content)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def sentences(folder: Path) -> list[str]:
    return [str(each) for contents in read_inbox(folder) for each in contents.refused]


def found(folder: Path) -> list[str]:
    return [f"{contents.where}|{entry.name}" for contents in read_inbox(folder) for entry in contents.files]


def test_an_inbox_is_read_folder_by_folder_and_zip_by_zip(inbox: Path) -> None:
    (inbox / "Ada_1_assignsubmission_file").mkdir()
    (inbox / "Ada_1_assignsubmission_file" / "W01.ZIP").write_bytes(raw_zip(Raw(b"w01.ipynb", NOTEBOOK)))
    (inbox / "Ada_1_assignsubmission_file" / ".DS_Store").write_bytes(b"x")
    (inbox / "bert.ipynb").write_bytes(NOTEBOOK)
    assert found(inbox) == ["|bert.ipynb", "Ada_1_assignsubmission_file/W01.ZIP|w01.ipynb"]
    assert found(inbox / "bert.ipynb") == ["|bert.ipynb"]
    assert found(inbox / "Ada_1_assignsubmission_file" / "W01.ZIP") == ["W01.ZIP|w01.ipynb"]


def test_links_pipes_and_other_archives_in_an_inbox_are_refused(inbox: Path) -> None:
    (inbox / "bert.ipynb").write_bytes(NOTEBOOK)
    (inbox / "a.ipynb").symlink_to("/etc/passwd")
    (inbox / "b").symlink_to(inbox, target_is_directory=True)
    (inbox / "c.zip").symlink_to(inbox / "nowhere")
    os.mkfifo(inbox / "d.ipynb")
    (inbox / "e.rar").write_bytes(b"Rar!")
    assert sentences(inbox) == [
        "`a.ipynb` is a link, and links are not followed: put the file itself there.",
        "`b` is a link, and links are not followed: put the file itself there.",
        "`c.zip` is a link, and links are not followed: put the file itself there.",
        "`d.ipynb` is no file and no folder: take it away.",
        "`e.rar` is an archive that is not opened here: put a zip or a folder in its place.",
    ]
    assert found(inbox) == ["|bert.ipynb"]


def test_what_is_put_in_a_files_place_between_two_looks_is_refused(inbox: Path) -> None:
    for name in ("a.ipynb", "b.ipynb"):
        (inbox / name).write_bytes(NOTEBOOK)
    (contents,) = read_inbox(inbox)
    for name in ("a.ipynb", "b.ipynb"):
        (inbox / name).unlink()
    (inbox / "a.ipynb").symlink_to("/etc/passwd")
    os.mkfifo(inbox / "b.ipynb")
    for entry, said in zip(contents.files, ("is a link", "is no file"), strict=True):
        with pytest.raises(Refused, match=said):
            entry.read()


def test_folders_are_followed_to_a_depth(inbox: Path) -> None:
    deep = inbox.joinpath(*"abcdefghi")
    deep.mkdir(parents=True)
    (deep / "w01.ipynb").write_bytes(NOTEBOOK)
    (deep.parent / "w01.ipynb").write_bytes(NOTEBOOK)
    assert found(inbox) == ["a/b/c/d/e/f/g/h|w01.ipynb"]
    assert sentences(inbox) == ["`a/b/c/d/e/f/g/h/i` lies more than 8 folders deep: move it up."]


def test_a_file_on_disk_is_read_to_a_cap(inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE", 100)
    (inbox / "w01.ipynb").write_bytes(bytes(101))
    (contents,) = read_inbox(inbox)
    with pytest.raises(Refused, match="ask for a smaller one"):
        contents.files[0].read()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" * 500_000, "brackets within brackets"),
        (b"[" * 100 + b"]" * 100, "brackets within brackets"),
        (b'{"a":' * 65 + b"1" + b"}" * 65, "brackets within brackets"),
        (b"[" + b"[]," * 1_000_000 + b"[]]", "more parts than a notebook"),
        (b"9" * 100_000, "is not whole JSON"),
        (b'{"cells": [', "is not whole JSON"),
        ('{"cells": []}'.encode("utf-16"), "is not UTF-8 text"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (b"", "is not whole JSON"),
        (b"[]", "holds no notebook"),
        (b"7", "holds no notebook"),
        (b'{"cells": {}}', "holds no notebook"),
        (b'{"cells": [1]}', "holds no notebook"),
        (b'{"cells": [], "nbformat": 3}', "another format"),
        (b'{"cells": [], "nbformat": 4, "metadata": []}', "another format"),
    ],
)
def test_a_notebook_that_would_break_its_readers_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_notebook(content, "w01.ipynb")


def test_a_notebook_is_read_with_and_without_a_byte_order_mark() -> None:
    assert read_notebook(b"\xef\xbb\xbf" + NOTEBOOK, "w01.ipynb") == json.loads(NOTEBOOK)
    assert read_json(b"[" * 64 + b"]" * 64, "x")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty working folder, in which anything that is written would be seen."""
    folder = tmp_path_factory.mktemp("elsewhere") / "inner"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield folder


def held(content: bytes, elsewhere: Path) -> None:
    """Whatever the bytes are: files within the caps, or a refusal in one line; nothing is written."""
    contents = read_zip(content, "ada.zip")
    sizes = [len(entry.read()) for entry in contents.files]
    assert len(sizes) <= archive.MAX_FILES
    assert all(size <= archive.MAX_FILE for size in sizes)
    assert sum(sizes) <= archive.MAX_UNPACKED
    for name in names(contents):
        path = Path(os.path.normpath(elsewhere / name))
        assert path.is_relative_to(elsewhere)
        assert "\\" not in name
    for each in contents.refused:
        assert str(each).isprintable()
    assert list(elsewhere.parent.rglob("*")) == [elsewhere]


ENTRIES = st.builds(
    Raw,
    name=st.one_of(
        st.sampled_from([b"../a", b"/a", b"a", b"A", b"a/b", b"C:\\a", b"w01.ipynb", b"a.zip", b"con", b""]),
        st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass")),
        st.binary(max_size=20),
    ),
    data=st.binary(max_size=200),
    method=st.sampled_from([0, 8, 8, 8, 12, 14]),
    flags=st.sampled_from([0, UTF_8, UTF_8, UTF_8 | ENCRYPTED, 0x8, 0x20]),
    mode=st.sampled_from([0, 0o100644, 0o100644, 0o120777, 0o040755, 0o010644]),
    size=st.sampled_from([None, None, None, 0, 1, 2**32 - 1]),
    packed=st.sampled_from([None, None, None, 0, 1, 2**31]),
)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_files_within_the_caps_or_a_refusal(elsewhere: Path, content: bytes) -> None:
    held(content, elsewhere)


@settings(deadline=None, max_examples=300)
@given(st.lists(ENTRIES, max_size=5), st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 255)), max_size=4))
def test_any_zip_however_mangled_is_files_within_the_caps_or_a_refusal(
    elsewhere: Path, entries: list[Raw], changes: list[tuple[int, int]]
) -> None:
    content = bytearray(raw_zip(*entries))
    for place, value in changes:
        content[place % len(content)] = value
    held(bytes(content), elsewhere)
