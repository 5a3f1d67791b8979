"""Reads what claims to be a notebook, from any tool and of any age, into a valid one of nbformat 4.5.

nbformat refuses what its schema does not allow. Here, whatever can be read is kept: every text of every cell, the
metadata, and outputs of a known shape. What cannot be read ends in one sentence.
"""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

from nbformat import NotebookNode

from grader.learner.problem import Problem

DEEPEST = 60
"""Metadata and outputs that are nested deeper than this are cut there."""
MOST_CELLS = 20_000
LINE_ENDS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""Where nbformat cuts a text into the lines of a list."""
MOST_CODE = 1_000_000
"""Characters in all code cells: to mend a notebook is to read its code, which takes seconds for a million."""
MOST_PARTS = 1_000_000
"""Lists and objects: each takes a hundred bytes of memory, and may take two of the file."""
SAVE_AGAIN = "Open the notebook in Jupyter, save it, and hand in that file."
ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
FOREIGN_IDS = ("id", "cell_id")
"""Where Colab and Deepnote keep a cell's id, in its metadata."""
_ESCAPED = re.compile(r"\\u(?:d[89a-f]|0000)", re.IGNORECASE)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS = {"code": "code", "markdown": "markdown", "raw": "raw", "heading": "markdown", "html": "markdown"}
_V3_MIMES = {
    "text": "text/plain",
    "html": "text/html",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "latex": "text/latex",
    "json": "application/json",
    "javascript": "application/javascript",
}


def parse(data: bytes) -> NotebookNode:
    """The bytes of a file as a notebook. Raises Problem, a sentence, where they are none."""
    text = _decode(data)
    if text.count("[") + text.count("{") > MOST_PARTS:
        raise Problem("The notebook has more parts than anybody makes. Clear its big outputs, and save it.")
    try:
        value = json.loads(text, parse_int=_int, parse_constant=lambda _: None)
    except RecursionError:
        raise Problem(f"The notebook is nested too deeply to be read. {SAVE_AGAIN}") from None
    except ValueError as error:
        raise Problem(_why_not(text, error)) from None
    return notebook_of(value, clean=_ESCAPED.search(text) is not None or "\x00" in text)


def notebook_of(value: object, clean: bool = True) -> NotebookNode:
    """A parsed JSON value as a valid notebook. Raises Problem, a sentence, where it has no cells.

    `clean` looks for characters in it that no file can hold (half ones, and NUL); without it they are known to be none.
    """
    if not isinstance(value, dict):
        raise Problem(f"The file holds no notebook but something else. {SAVE_AGAIN}")
    cells = list(_cells(value))
    if len(cells) > MOST_CELLS:
        raise Problem(
            f"The notebook has more than {MOST_CELLS:,} cells. Delete those that you do not need, and save it."
        )
    metadata = value.get("metadata")
    if clean:
        metadata, cells = _clean(metadata, 0), [_clean(cell, 0) for cell in cells]
    made = [_cell(cell) for cell in cells]
    if sum(len(cell["source"]) for cell in made if cell["cell_type"] == "code") > MOST_CODE:
        raise Problem(
            f"The notebook has more than {MOST_CODE:,} characters of code. Delete what you do not need, and save it."
        )
    _give_ids(made)
    return NotebookNode(cells=made, metadata=_kept(metadata, _NOTEBOOK), nbformat=4, nbformat_minor=5)


def _decode(data: bytes) -> str:
    """The bytes as text: by their mark, else UTF-8, else what an old Windows editor writes."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace").lstrip("\ufeff").strip("\x00 \t\r\n")
    encoding = json.detect_encoding(data) if data else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    return text.strip("\ufeff\x00 \t\r\n")


def _int(digits: str) -> int | float:
    """A number of thousands of digits is no number that anybody means; Python refuses to read it."""
    return int(digits) if len(digits) < 400 else math.copysign(math.inf, -1 if digits[0] == "-" else 1)


def _why_not(text: str, error: ValueError) -> str:
    start = text[:200].lstrip().lower()
    if not text:
        return f"The file is empty. {SAVE_AGAIN}"
    if start.startswith(("<!doctype", "<html", "<?xml")):
        return "The file is a web page, not a notebook. Choose File, then Download, and hand in what that gives."
    if start.startswith("pk\x03\x04"):
        return "The file is a zip with the name of a notebook. Give it the ending .zip, and hand it in again."
    if "<<<<<<< " in text and ">>>>>>> " in text:
        return "The notebook holds the marks of an unfinished merge (<<<<<<<). Settle the merge, and hand it in again."
    if not start.startswith("{"):
        return f"The file holds no notebook but something else. {SAVE_AGAIN}"
    if isinstance(error, json.JSONDecodeError):
        if error.pos >= len(text.rstrip()) - 1 or "Unterminated" in error.msg:
            return f"The notebook breaks off in line {error.lineno}: a part of the file is missing. {SAVE_AGAIN}"
        return f"The notebook cannot be read from line {error.lineno} on: the file is damaged. {SAVE_AGAIN}"
    return f"The notebook cannot be read: the file is damaged. {SAVE_AGAIN}"


def _cells(value: dict[Any, Any]) -> Iterator[Any]:
    """The cells of a notebook of any version. Raises Problem where there is no list of cells."""
    cells, sheets = value.get("cells"), value.get("worksheets")
    if isinstance(cells, list):
        yield from cells
    elif isinstance(sheets, list):
        for sheet in sheets:
            inner = sheet.get("cells") if isinstance(sheet, dict) else None
            yield from inner if isinstance(inner, list) else []
    else:
        raise Problem(f"The file is no notebook: it has no list of cells. {SAVE_AGAIN}")


def _cell(value: object) -> NotebookNode:
    """One cell, of any shape: what is no cell is kept as text."""
    if not isinstance(value, dict):
        return _made("raw", "" if value is None else _text(value), {})
    said = value.get("cell_type")
    kind = _KINDS.get(said) if isinstance(said, str) else None
    if kind is None:
        is_run = any(name in value for name in ("outputs", "execution_count", "input", "prompt_number"))
        kind = "code" if is_run or said == "python" else "raw"
    text = _text(value["source"] if "source" in value else value.get("input"))
    if said == "heading":
        level = value.get("level")
        text = f"{'#' * (level if isinstance(level, int) and 1 <= level <= 6 else 1)} {text}"
    made = _made(kind, text, _kept(value.get("metadata"), _CELL))
    made["id"] = _id(value, made["metadata"])
    if kind == "code":
        made["execution_count"] = _count(value.get("execution_count", value.get("prompt_number")))
        outputs = value.get("outputs")
        made["outputs"] = [each for output in outputs if (each := _output(output))] if isinstance(outputs, list) else []
    else:
        attachments = _attachments(value.get("attachments"))
        if attachments:
            made["attachments"] = attachments
    return made


def _made(kind: str, text: str, metadata: dict[str, Any]) -> NotebookNode:
    made = NotebookNode(id="", cell_type=kind, metadata=_node(metadata), source=text)
    if kind == "code":
        made.update({"execution_count": None, "outputs": []})
    return made


def _text(value: object) -> str:
    """A source as text: a string, a list of lines (also of lines without their ends), or whatever it is."""
    if isinstance(value, str):
        text = value
    elif isinstance(value, list):
        parts = [part if isinstance(part, str) else _dumped(part) for part in value]
        text = ("" if any(part[-1:] in LINE_ENDS for part in parts[:-1] if part) else "\n").join(parts)
    else:
        text = _dumped(value)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.removeprefix("\ufeff")


def _dumped(value: object) -> str:
    return "" if value is None else json.dumps(_node(value), ensure_ascii=False)


def _id(value: dict[Any, Any], metadata: dict[str, Any]) -> str:
    """The cell's id, also where Colab and Deepnote keep it; empty where there is none that a notebook may have."""
    for said in (value.get("id"), *(metadata.get(name) for name in FOREIGN_IDS)):
        if isinstance(said, str) and ID.fullmatch(said):
            return said
    return ""


def _give_ids(cells: list[NotebookNode]) -> None:
    """A second cell of the same id is numbered (`all-rows--2`); one without an id is named by its place."""
    taken = {cell["id"] for cell in cells}
    seen: set[str] = set()
    for place, cell in enumerate(cells, 1):
        said = cell["id"] or f"place-{place:03}"
        again = 1
        name = said
        while name in seen or (name != cell["id"] and name in taken):
            again = again + 1 if again < 9 else again + place
            name = f"{said[:50]}--{again}"
        cell["id"] = name
        seen.add(name)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _node(value: Any, depth: int = 0) -> Any:
    """Plain data as a notebook holds it: keys are texts, numbers are finite, nothing is nested too deeply."""
    if isinstance(value, dict):
        if depth > DEEPEST:
            return NotebookNode()
        made = NotebookNode()
        for key, each in value.items():
            dict.__setitem__(made, key if isinstance(key, str) else str(key), _node(each, depth + 1))
        return made
    if isinstance(value, list | tuple):
        return [] if depth > DEEPEST else [_node(each, depth + 1) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, str | int) else str(value)


def _clean(value: Any, depth: int) -> Any:
    """The same without NULs and half characters."""
    if isinstance(value, str):
        return _whole(value)
    if isinstance(value, dict):
        if depth > DEEPEST + 4:
            return {}
        return {_whole(key) if isinstance(key, str) else key: _clean(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [] if depth > DEEPEST + 4 else [_clean(each, depth + 1) for each in value]
    return value


def _whole(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "")
    return text.replace("\x00", "").encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_tags(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(tag, str) and re.fullmatch(r"[^,\n]+", tag) for tag in value):
        return False
    return len(set(value)) == len(value)


def _has_texts(*names: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def _is_language(value: object) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return False
    texts = ("file_extension", "mimetype", "pygments_lexer")
    mode = value.get("codemirror_mode", "")
    return all(isinstance(value.get(name, ""), str) for name in texts) and isinstance(mode, str | dict)


_NOTEBOOK: dict[str, Callable[[object], bool]] = {
    "kernelspec": _has_texts("name", "display_name"),
    "language_info": _is_language,
    "orig_nbformat": lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 1,
    "title": _is_text,
    "authors": lambda value: isinstance(value, list),
}
_CELL: dict[str, Callable[[object], bool]] = {
    "name": lambda value: isinstance(value, str) and re.fullmatch(r".+", value) is not None,
    "tags": _are_tags,
    "jupyter": lambda value: isinstance(value, dict),
    "format": _is_text,
    "collapsed": _is_flag,
    "scrolled": lambda value: isinstance(value, bool) or value == "auto",
    "execution": lambda value: isinstance(value, dict) and all(isinstance(each, str) for each in value.values()),
}


def _kept(metadata: object, rules: dict[str, Callable[[object], bool]]) -> dict[str, Any]:
    """Metadata without what the format forbids. Another tool's own is kept as it is."""
    if not isinstance(metadata, dict):
        return NotebookNode()
    made: dict[str, Any] = _node(metadata)
    for name, is_allowed in rules.items():
        if name in made and not is_allowed(made[name]):
            del made[name]
    return made


def _attachments(value: object) -> dict[str, Any]:
    """Attached pictures, by name and kind, each a text."""
    if not isinstance(value, dict):
        return {}
    named = {str(name): _bundle(each) for name, each in value.items()}
    return NotebookNode({name: bundle for name, bundle in named.items() if bundle})


def _bundle(value: object) -> NotebookNode:
    """Data by kind: JSON stays as it is, anything else is text."""
    made = NotebookNode()
    if isinstance(value, dict):
        for kind, each in value.items():
            is_json = re.fullmatch(r"application/(.*\+)?json", str(kind)) is not None
            dict.__setitem__(made, str(kind), _node(each, 1) if is_json else _joined(each))
    return made


def _joined(value: object) -> str:
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return "".join(value)
    return value if isinstance(value, str) else _text(value)


def _output(value: object) -> NotebookNode | None:
    """One output in the shape of nbformat 4, or None where it is none."""
    if not isinstance(value, dict):
        return None
    match value.get("output_type"):
        case "stream":
            name = value.get("name", value.get("stream"))
            return NotebookNode(
                output_type="stream", name=name if name == "stderr" else "stdout", text=_joined(value.get("text"))
            )
        case "display_data" | "execute_result" | "pyout" as kind:
            return _shown("display_data" if kind == "display_data" else "execute_result", value)
        case "error" | "pyerr":
            lines = value.get("traceback")
            return NotebookNode(
                output_type="error",
                ename=_joined(value.get("ename")),
                evalue=_joined(value.get("evalue")),
                traceback=[_joined(line) for line in lines] if isinstance(lines, list) else [],
            )
    return None


def _shown(kind: str, value: dict[Any, Any]) -> NotebookNode:
    data = value.get("data")
    if not isinstance(data, dict):
        data = {mime: value[name] for name, mime in _V3_MIMES.items() if name in value}
    metadata = value.get("metadata")
    made = NotebookNode(
        output_type=kind, data=_bundle(data), metadata=_node(metadata) if isinstance(metadata, dict) else NotebookNode()
    )
    if kind == "execute_result":
        made["execution_count"] = _count(value.get("execution_count", value.get("prompt_number")))
    return made
