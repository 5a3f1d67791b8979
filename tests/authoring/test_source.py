"""Mistakes in lesson.py: each is told with its line and its mend."""

import pytest

from grader.authoring.source import SourceCell, count_words, read_cells

from .conftest import Course

ANSWER = 'the cell answer="active"'
SOLUTION = """active = duckdb.sql("SELECT count(*) FROM 'rows.csv' WHERE status = 'active'")"""
LONG = "\n".join(f"x{number} = {number}" for number in range(13))

MISTAKES: dict[str, tuple[str, str, list[str]]] = {
    "a check of an unknown exercise": (
        '# %% check="reply"\ncheck("reply")',
        '# %% check="replies"\ncheck("replies")',
        ['line 41, the cell check="replies": lesson.toml has no exercise of that name.', "Add [exercise.replies]"],
    ),
    "an exercise without its check": (
        '# %% check="reply"\ncheck("reply")',
        "",
        ['exercise.reply: No cell is marked check="reply". Add the cell.'],
    ),
    "two cells for one answer": (
        '# %% check="active"\ncheck("active")',
        f'# %% check="active"\ncheck("active")\n\n# %% answer="active"\nactive = ...\n'
        f"### BEGIN SOLUTION\n{SOLUTION}\n### END SOLUTION",
        [f"line 32, {ANSWER}: Another cell is marked so already.", "mend its name"],
    ),
    "two markers on one cell": (
        '# %% check="active"',
        '# %% answer="active" check="active"',
        ["line 29", "has two markers: answer and check.", "Make two cells of it"],
    ),
    "an unknown marker": (
        '# %% check="active"',
        '# %% chek="active"',
        ['line 29, the cell that starts “check("active")”: has a marker that is not known: chek.', "Use answer"],
    ),
    "an unknown flag": ("# %%\nimport duckdb", "# %% secret\nimport duckdb", ["line 4", "is not known: secret."]),
    "an answer in markdown": (
        '# %% answer="reply"',
        '# %% [markdown] answer="reply"',
        ['line 35, the cell answer="reply": is not of the kind that its marker needs. Make it a code cell'],
    ),
    "a check of another exercise": (
        'check="active"\ncheck("active")',
        'check="active"\ncheck("reply")',
        ['line 29, the cell check="active": It checks something else', 'Write check("active")'],
    ),
    "no solution": (
        f"### BEGIN SOLUTION\n{SOLUTION}\n### END SOLUTION",
        "",
        [f"line 22, {ANSWER}: has no solution.", "between ### BEGIN SOLUTION and ### END SOLUTION"],
    ),
    "another name": (
        "active = ...",
        "actives = ...",
        [f"line 22, {ANSWER}: its first line is 'actives = ...'. Begin with active = ... "],
    ),
    "code outside of the solution": (
        "### END SOLUTION\nactive\n",
        "### END SOLUTION\nactive.df()\n",
        [f"line 22, {ANSWER}: has live code outside of the solution. Show the name, no more."],
    ),
    "half a line outside of the solution": (
        "### END SOLUTION\nactive\n",
        "### END SOLUTION\nif active:\n",
        [f"{ANSWER}: has live code outside of the solution."],
    ),
    "a cell that is too long": (
        "import duckdb\n",
        f"import duckdb\n{LONG}\n",
        ["line 4, the cell that starts “import duckdb”: 16 lines of code. At most 12."],
    ),
    "prose that is too long": (
        "How many are active?",
        "word " * 125,
        ["line 17, the cell that starts “## Your turn (2 min)”: 130 words with nothing to run", "At most 120"],
    ),
    "a section that cannot be read in its minutes": (
        "The table has {{rows}} rows, and {{share}} of them are active.",
        "word " * 110 + "{{rows}} {{share}}\n#\n# # Another\n\n# %% [markdown]\n# " + "word " * 80,
        ["“## The situation (1 min)”: 199 words in 1 minutes. At 170 words a minute it does not fit: cut."],
    ),
    "other minutes than in the plan": (
        "## Your turn (2 min)",
        "## Your turn (3 min)",
        ["the headings: Headings say [1, 3] minutes, lesson.toml [1, 2]. Write “(N min)” as in lesson.toml."],
    ),
    "a heading without minutes": ("## Your turn (2 min)", "## Your turn", ["Headings say [1] minutes"]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_cells_is_told_with_its_line_and_its_mend(course: Course, mistake: str):
    old, new, says = MISTAKES[mistake]
    course.change("lesson.py", old, new)
    told = [text for text in course.refused() if all(piece in text for piece in says)]
    assert len(told) == 1, course.refused()
    assert told[0].startswith("w01_tiny/lesson.py, ")


def test_a_lesson_that_is_not_utf_8_is_said(course: Course):
    (course.folder / "lesson.py").write_bytes("# %%\n# Zürich".encode("latin-1"))
    assert course.refused() == ["w01_tiny/lesson.py, the file: is not UTF-8 text. Save it as UTF-8."]


def test_cells_are_read_with_their_markers_flags_and_lines(course: Course):
    course.change("lesson.py", "# %%\nimport duckdb", "# %% private raises\nimport duckdb")
    cells = read_cells(course.folder / "lesson.py")
    assert [(cell.role, cell.name) for cell in cells if cell.role] == [
        ("predict", "guess"),
        ("answer", "active"),
        ("check", "active"),
        ("answer", "reply"),
        ("check", "reply"),
    ]
    assert [(cell.line, cell.kind) for cell in cells[:3]] == [(1, "markdown"), (4, "code"), (9, "markdown")]
    assert [(cell.private, cell.raises) for cell in cells[:2]] == [(False, False), (True, True)]


def test_where_a_text_looks_like_a_marker_lines_are_left_out_rather_than_wrong(course: Course):
    course.change("lesson.py", "import duckdb\n", 'import duckdb\ntext = """\n# %% not a cell"""\n')
    cells = read_cells(course.folder / "lesson.py")
    assert {cell.line for cell in cells} == {0}
    assert ANSWER in [cell.where for cell in cells]


def test_an_answer_cell_knows_its_solution_and_takes_another():
    cell = SourceCell("code", "x = ...\n### BEGIN SOLUTION\ny = 1\nx = y\n### END SOLUTION\nx", "answer", "x")
    assert cell.solution == "y = 1\nx = y"
    assert cell.outside == ["x = ...", "x"]
    assert cell.with_solution("x = 2") == "x = 2\nx"


def test_words_in_code_blocks_are_not_counted():
    assert count_words("two words\n```\nSELECT 1\n```\nand more") == 4
