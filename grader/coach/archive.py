"""Reads what nobody trusts: a zip, a folder, a bare notebook. Into memory, within caps; nothing is written anywhere.

A zip that only a trick or an accident makes (a link, `..`, a name twice, a bomb) is refused whole. An archive inside an
archive is not opened, and the rest is read. Names are looked at, never used as paths.
"""

import io
import json
import os
import re
import stat
import struct
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MAX_PACKED = 25_000_000
"""Bytes of one zip: what mail servers carry. A hand-in has under 1 MB, with many charts 5."""
MAX_FILE = 20_000_000
"""Bytes of one file: a notebook of an hour has under 10 MB, even with all its charts."""
MAX_UNPACKED = 100_000_000
"""Bytes of all files of one zip: held in memory while it is read."""
MAX_FILES = 2_000
"""Names in one zip: a bulk download for 1,000 learners has as many files, a learner's folder of 26 weeks 300."""
MAX_DEPTH = 8
"""Folders within folders: a bulk download of zipped lesson folders has four."""
MAX_RATIO = 200
"""Bytes out for each byte in. Text seldom passes 20, a bomb has 1,000. Small files are let be (RATIO_FROM)."""
RATIO_FROM = 1_000_000
MAX_NAME = 255
"""Bytes of one part of a name: no file system here takes more."""
MAX_JSON_DEPTH = 64
"""Brackets within brackets: outputs with maps or charts have 20. Deeper ones break what reads them later."""
MAX_JSON_NODES = 1_000_000
"""Opening brackets: each becomes 60 bytes or more in memory. A notebook has 10,000."""
CHUNK = 1 << 16
ARCHIVES = (
    ".zip",
    ".tar",
    ".gz",
    ".tgz",
    ".bz2",
    ".tbz",
    ".xz",
    ".txz",
    ".7z",
    ".rar",
    ".zst",
    ".lzma",
    ".jar",
    ".cab",
)
_ARCHIVE_STARTS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x28\xb5\x2f\xfd",
)
_OFFICE = (".xlsx", ".docx", ".pptx", ".xlsm", ".odt", ".ods", ".odp")
"""Zips by their bytes, files to people."""
_NOISE = {"__macosx", ".ds_store", ".ipynb_checkpoints", "thumbs.db", "desktop.ini"}
"""What file managers and Jupyter leave; nobody means to hand it in."""
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_NOTEBOOK = (".ipynb", ".ipynb.json", ".ipynb.txt")
"""Some mail programs add a suffix of their own."""
_UNPACK = "unpack it, and hand in what is in it"
_AGAIN = "ask for a new one, as `hand_in` packs it"
_TOO_DEEP = f"has more than {MAX_JSON_DEPTH} brackets within brackets"
_LINK, _REPARSE = "is a link, and links are not followed", 0x400


@dataclass(frozen=True)
class Refusal:
    """What was not taken: `where` it lies in the inbox, `what` is wrong, and the `mend`. As text, one sentence."""

    where: str
    what: str
    mend: str

    def __str__(self) -> str:
        return f"`{shown(self.where)}` {self.what}: {self.mend}."


class Refused(Exception):
    """Carries a `Refusal` to whoever reads on with the rest."""

    def __init__(self, where: str, what: str, mend: str) -> None:
        self.refusal = Refusal(where, what, mend)
        super().__init__(str(self.refusal))


@dataclass(frozen=True)
class Entry:
    """One file. `name` is relative to where it was found, with `/` between folders.

    `at` is when it was last written, as far as that is known. `read()` gives its bytes, at most MAX_FILE, or raises
    Refused.
    """

    name: str
    at: datetime | None
    read: Callable[[], bytes] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Contents:
    """The files of one zip, or those that lie directly in one folder; `where` is its place below the inbox.

    `at` is when the zip itself was last written; None for a folder.
    """

    where: str
    files: tuple[Entry, ...] = ()
    refused: tuple[Refusal, ...] = ()
    zipped: bool = False
    at: datetime | None = None


def is_notebook(name: str) -> bool:
    """Whether a file's name says that it is a notebook."""
    return name.lower().endswith(_NOTEBOOK)


def is_noise(name: str) -> bool:
    """Whether a name, with its folders, is what file managers and Jupyter leave behind."""
    return any(part.casefold() in _NOISE or part.startswith("._") for part in name.split("/"))


def shown(name: str) -> str:
    """A name that is safe to print: what is not seen or turns the text around is written out, long ones are cut."""
    text = "".join(
        character if character.isprintable() and unicodedata.category(character) != "Cf" else f"\\u{ord(character):04x}"
        for character in name
    )
    return text if len(text) <= 120 else f"{text[:80]}...{text[-30:]}"


def read_inbox(path: Path) -> Iterator[Contents]:
    """What lies in a folder, a zip or a notebook: one Contents for each zip and each folder, in the order of names.

    Links and special files are refused, folders are followed to MAX_DEPTH. Nothing in it is changed or kept open.
    """
    if path.is_dir():
        yield from _folder(path, "", 0)
    elif path.suffix.lower() == ".zip":
        yield read_path(path, path.name)
    else:
        yield Contents("", (_entry(path, path.name),))


def _folder(path: Path, where: str, depth: int) -> Iterator[Contents]:
    files: list[Entry] = []
    refused: list[Refusal] = []
    inner: list[Contents | Iterator[Contents]] = []
    try:
        with os.scandir(path) as listed:
            found = sorted(listed, key=lambda each: each.name)
    except OSError as error:
        yield Contents(where, refused=(Refusal(where or path.name, _unread(error), "check its permissions"),))
        return
    for each in found:
        place = f"{where}/{each.name}" if where else each.name
        if is_noise(each.name):
            continue
        if each.is_symlink():
            refused.append(Refusal(place, _LINK, "put the file itself there"))
        elif each.is_dir(follow_symlinks=False):
            if depth + 1 > MAX_DEPTH:
                refused.append(Refusal(place, f"lies more than {MAX_DEPTH} folders deep", "move it up"))
            else:
                inner.append(_folder(Path(each.path), place, depth + 1))
        elif not each.is_file(follow_symlinks=False):
            refused.append(Refusal(place, "is no file and no folder", "take it away"))
        elif each.name.lower().endswith(".zip"):
            inner.append(_lazily(Path(each.path), place))
        elif each.name.lower().endswith(ARCHIVES):
            refused.append(
                Refusal(place, "is an archive that is not opened here", "put a zip or a folder in its place")
            )
        else:
            files.append(_entry(Path(each.path), each.name, place))
    yield Contents(where, tuple(files), tuple(refused))
    for contents in inner:
        yield from contents if isinstance(contents, Iterator) else (contents,)


def _lazily(path: Path, where: str) -> Iterator[Contents]:
    yield read_path(path, where)


def _entry(path: Path, name: str, where: str = "") -> Entry:
    return Entry(name, _last_written(path), lambda: _bytes_of(path, where or name, MAX_FILE))


def _last_written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return None


def read_path(path: Path, where: str) -> Contents:
    """The files of a zip on disk. Whatever it holds, the answer is files within the caps or refusals."""
    try:
        return replace(read_zip(_bytes_of(path, where, MAX_PACKED), where), at=_last_written(path))
    except Refused as refused:
        return Contents(where, refused=(refused.refusal,), zipped=True)


def read_zip(content: bytes, where: str) -> Contents:
    """The files of a zip in memory. Whatever it holds, the answer is files within the caps or refusals."""
    try:
        return _zip(content, where)
    except Refused as refused:
        return Contents(where, refused=(refused.refusal,), zipped=True)


def _zip(content: bytes, where: str) -> Contents:
    if len(content) > MAX_PACKED:
        raise Refused(where, f"has more than {MAX_PACKED // 1_000_000} MB", _UNPACK)
    # Each name in a zip's list starts so. Counting them costs nothing; reading a list of a million costs minutes.
    if content.count(b"PK\x01\x02") > MAX_FILES:
        raise Refused(where, f"holds more than {MAX_FILES:,} files", _UNPACK)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        listed = archive.infolist()
    except Exception as error:  # whatever zipfile makes of bytes that are no zip
        raise Refused(where, "is no zip that can be read", _AGAIN) from error
    names = [_name_of(info) for info in listed]
    for info, name in zip(listed, names, strict=True):
        _check_entry(info, name, where)
    _check_together(names, where)
    if sum(info.compress_size for info in listed) > len(content):
        raise Refused(where, "says that it holds more than it does", _AGAIN)
    files: list[Entry] = []
    nested: list[str] = []
    left = MAX_UNPACKED
    for info, name in zip(listed, names, strict=True):
        if name.endswith("/"):
            continue
        data = _unpacked(archive, info, where, left)
        left -= len(data)
        if is_noise(name):
            continue
        if _is_archive(name, data):
            nested.append(name)
        else:
            files.append(Entry(name, _time_of(info), _giving(data)))
    refused: tuple[Refusal, ...] = ()
    if nested:
        others = f" and {len(nested) - 1} more" if len(nested) > 1 else ""
        what = f"holds an archive, `{shown(nested[0])}`{others}, and archives in archives are not opened"
        refused = (Refusal(where, what, "unpack the outer one in the inbox"),)
    return Contents(where, tuple(files), refused, zipped=True)


def _giving(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _check_entry(info: zipfile.ZipInfo, name: str, where: str) -> None:
    wrong = _wrong_with(name)
    if wrong:
        raise Refused(where, f"names a file `{shown(name)}`, which {wrong}", _AGAIN)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or info.external_attr & _REPARSE:
        what = _LINK if kind in (0, stat.S_IFLNK) else "is no file and no folder"
        raise Refused(where, f"holds `{shown(name)}`, which {what}", "zip the file itself")
    if info.flag_bits & 0x2041:
        raise Refused(where, f"holds `{shown(name)}`, which is encrypted", "ask for a zip without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(where, f"packs `{shown(name)}` in an unusual way", _AGAIN)


def _wrong_with(name: str) -> str:
    """What is wrong with the name of a file in a zip, as the end of a sentence; empty for a good one."""
    parts = name.removesuffix("/").split("/")
    checks = (
        (not name.strip("/"), "is empty"),
        ("\\" in name, "has a backslash"),
        (":" in name, "has a colon, like a drive"),
        (any(unicodedata.category(character) in ("Cc", "Cs") for character in name), "has a control character"),
        (name.startswith("/"), "starts at the root"),
        (any(part in ("", ".", "..") for part in parts), "leads to another folder"),
        (any(part[-1:] in (" ", ".") for part in parts), "ends with a dot or a space"),
        (any(_RESERVED.fullmatch(part.strip()) for part in parts), "is reserved on Windows"),
        (any(len(part.encode("utf-8", "replace")) > MAX_NAME for part in parts), f"has more than {MAX_NAME} bytes"),
        (len(parts) > MAX_DEPTH + 1, f"lies more than {MAX_DEPTH} folders deep"),
    )
    return next((wrong for found, wrong in checks if found), "")


def _check_together(names: Sequence[str], where: str) -> None:
    """No name twice, however it is written, and no file that is a folder too."""
    files: set[str] = set()
    folders: set[str] = set()
    for name in names:
        plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        parents = [plain[:place] for place, character in enumerate(plain) if character == "/"]
        folders.update(parents)
        if not plain.endswith("/"):
            if plain in files:
                raise Refused(where, f"holds `{shown(name)}` twice", _AGAIN)
            files.add(plain)
    both = files & folders
    if both:
        raise Refused(where, f"holds `{shown(min(both))}` as a file and as a folder", _AGAIN)


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, where: str, left: int) -> bytes:
    """The bytes of a file of a zip, counted as they come out: what its header says is not believed."""
    name = shown(_name_of(info))
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as stream:
            while size <= min(MAX_FILE, left) and (part := stream.read(CHUNK)):
                parts.append(part)
                size += len(part)
                if size > RATIO_FROM and size > MAX_RATIO * max(info.compress_size, 1):
                    raise Refused(
                        where, f"holds `{name}`, which grows more than {MAX_RATIO} times when unpacked", _AGAIN
                    )
    except Refused:
        raise
    except Exception as error:  # whatever zipfile and zlib make of damaged bytes
        raise Refused(where, f"is damaged at `{name}`", _AGAIN) from error
    if size > MAX_FILE:
        raise Refused(where, f"holds `{name}`, which has more than {MAX_FILE // 1_000_000} MB", "leave out what is big")
    if size > left:
        raise Refused(where, f"holds more than {MAX_UNPACKED // 1_000_000} MB in all", _UNPACK)
    if size != info.file_size:
        raise Refused(where, f"is damaged at `{name}`", _AGAIN)
    return b"".join(parts)


def _name_of(info: zipfile.ZipInfo) -> str:
    """The name as it was written. zipfile takes one without the mark for UTF-8 for MS-DOS; macOS writes UTF-8 so."""
    name = info.orig_filename
    if info.flag_bits & 0x800:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _time_of(info: zipfile.ZipInfo) -> datetime | None:
    """When the file was last written. A zip that does not say it in UTC says it in local time: this computer's."""
    seconds = _unix_time(info.extra)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, UTC)
        if info.date_time[:3] == (1980, 1, 1):  # the first day that a zip can write stands for "not known"
            return None
        return datetime(*info.date_time).astimezone(UTC)
    except (OSError, OverflowError, ValueError):
        return None


def _unix_time(extra: bytes) -> int | None:
    """The time of the last change from the extended timestamp (0x5455), where there is one."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == 0x5455 and size >= 5 and len(extra) >= 9 and extra[4] & 1:
            return int(struct.unpack_from("<i", extra, 5)[0])
        extra = extra[4 + size :]
    return None


def _is_archive(name: str, data: bytes) -> bool:
    lower = name.lower()
    if lower.endswith(_OFFICE):
        return False
    return lower.endswith(ARCHIVES) or data.startswith(_ARCHIVE_STARTS) or data[257:262] == b"ustar"


def _bytes_of(path: Path, where: str, most: int) -> bytes:
    """The bytes of an ordinary file. What is put in its place between two looks (a link, a pipe) is refused."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Refused(where, "is no file", "take it away")
            content = file.read(most + 1)
    except OSError as error:
        raise Refused(where, _LINK if path.is_symlink() else _unread(error), "check its permissions") from error
    if len(content) > most:
        raise Refused(where, f"has more than {most // 1_000_000} MB", "ask for a smaller one, without big outputs")
    return content


def _unread(error: OSError) -> str:
    return f"cannot be read ({error.strerror})"


def read_json(content: bytes, where: str) -> Any:
    """UTF-8 JSON of bounded depth and size. Raises Refused."""
    if content.count(b"[") + content.count(b"{") > MAX_JSON_NODES:
        raise Refused(where, "has more parts than a notebook has", "clear big outputs and save it again")
    try:
        found = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused(where, "is not UTF-8 text", "save it once more in Jupyter") from error
    except RecursionError as error:
        raise Refused(where, _TOO_DEEP, "clear all outputs and save it again") from error
    except ValueError as error:
        raise Refused(where, "is not whole JSON", "save it once more in Jupyter") from error
    if _deeper(found, MAX_JSON_DEPTH):
        raise Refused(where, _TOO_DEEP, "clear all outputs and save it again")
    return found


def _deeper(value: Any, most: int) -> bool:
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(most):
        inner = (item for each in level for item in (each.values() if isinstance(each, dict) else each))
        level = [item for item in inner if isinstance(item, dict | list)]
    return bool(level)


def read_notebook(content: bytes, where: str) -> dict[str, Any]:
    """A notebook of format 4 as plain JSON. Raises Refused."""
    notebook = read_json(content, where)
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise Refused(where, "holds no notebook", "save it once more in Jupyter")
    if not isinstance(notebook.get("metadata", {}), dict) or notebook.get("nbformat") != 4:
        raise Refused(where, "is a notebook of another format than 4", "save it once more in Jupyter")
    return dict(notebook)
