"""`handson build`: from a lesson's source to its notebooks, data files and key, byte for byte the same."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import NotebookNode, from_dict
from nbformat import read as read_notebook
from rich.console import Console

from grader.authoring.answers import Computed, compute
from grader.authoring.data import write_data
from grader.authoring.notebook import canonical_bytes, released_notebook, solved_notebook, write_notebook
from grader.authoring.plan import Plan, check_plan, read_plan
from grader.authoring.problem import Finding, SourceProblem
from grader.authoring.prose import check_figures, compute_facts, fill, fill_plan
from grader.authoring.source import SourceCell, check_cells, read_cells
from grader.authoring.weeks import START_NAME, course_map, syllabus_json, with_way_on
from grader.learner.key import Key, Memo
from grader.learner.problem import Problem
from grader.learner.progress import SYLLABUS
from grader.sandbox.run import Cell, Job, Pool

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions"
LESSONS = ROOT / "lessons"
MAP = re.compile(r"(<!-- map:[^\n]*-->\n).*?(<!-- end of map -->)", re.DOTALL)
LOOK = ROOT / "grader" / "learner" / "look" / "matplotlibrc"
START = "w00"
SEED = 7
FIRST_CHART_WEEK = 2


@dataclass(frozen=True)
class Built:
    """A built lesson, in a folder of its own: `release` is what a learner gets, `solved` the notebook for a coach."""

    lesson: str
    name: str
    release: Path
    solved: Path
    plan: Plan
    key: Key


def lesson_folders(week: str | None = None) -> list[Path]:
    """The folders of solutions/ with a lesson or a page, or the one of a week such as w01. Raises Problem for none.

    `w00` is the start page; `d04` the desk session after week 4. Pages have no exercises, and no coach's page.
    """
    folders = sorted(path.parent for path in SOLUTIONS.glob("[dw][0-9][0-9]_*/lesson.py"))
    found = [folder for folder in folders if week is None or folder.name.startswith(f"{week}_")]
    if not found:
        known = ", ".join(folder.name[:3] for folder in folders) or "none"
        raise Problem(f"solutions/ has no lesson {week or 'at all'}: choose one of {known}.")
    return found


def build_lesson(folder: Path, seed: int, out: Path, pool: Pool) -> Built:
    """Build the lesson of `folder` on the company of `seed` into `out`. Raises SourceProblem for its mistakes."""
    lesson = folder.name[:3]
    name = START_NAME if lesson == START else folder.name
    plan, cells = read_lesson(folder)
    release = out / "release" / folder.name
    release.mkdir(parents=True)
    write_data(plan, seed, release)
    if plan.data or plan.files:
        shutil.copyfile(LOOK, release / "matplotlibrc")
    facts = compute_facts(plan, release)
    cells = [replace(cell, text=fill(cell.text, facts)) if cell.kind == "markdown" else cell for cell in cells]
    plan = fill_plan(plan, facts)
    computed = compute(cells, plan, release, pool, f"{folder.name}/lesson.toml")
    solved = solved_notebook(cells, plan, lesson)
    released = released_notebook(solved, lesson, name)
    key = _key(plan, computed, lesson, folder.name, released)
    for notebook in (solved, released):
        notebook.metadata["handson"]["release"] = key.release
    if plan.exercise:
        text = json.dumps(key.to_json(), indent=1, ensure_ascii=False)
        (release / "key.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    _execute(solved, release, pool, plan, f"{folder.name}/lesson.py")
    path = out / "solved" / folder.name / f"{name}.ipynb"
    path.parent.mkdir(parents=True)
    write_notebook(with_way_on(released, key.week, SOLUTIONS, released=True), release / f"{name}.ipynb")
    write_notebook(with_way_on(solved, key.week, SOLUTIONS, released=False), path)
    return Built(lesson, name, release, path, plan, key)


def read_all(folders: Sequence[Path]) -> None:
    """Read every source before anything slow starts. Raises SourceProblem with the mistakes of all of them."""
    findings: list[Finding] = []
    for folder in folders:
        try:
            read_lesson(folder)
        except SourceProblem as problem:
            findings += problem.findings
    if findings:
        raise SourceProblem(findings)


def read_lesson(folder: Path) -> tuple[Plan, list[SourceCell]]:
    """The plan and the cells of a lesson. Raises SourceProblem with every mistake that shows without running it."""
    plan = read_plan(folder / "lesson.toml")
    cells = read_cells(folder / "lesson.py")
    toml, source = f"{folder.name}/lesson.toml", f"{folder.name}/lesson.py"
    findings = [*check_plan(plan, toml), *check_cells(cells, plan, source), *check_figures(cells, plan, folder.name)]
    if plan.exercise and not (folder / "coach.md").exists():
        findings.append(Finding(f"{folder.name}/coach.md", "the file", "is not there.", "Write the coach's page."))
    if findings:
        raise SourceProblem(findings)
    return plan, cells


def _key(plan: Plan, computed: Computed, lesson: str, slug: str, released: NotebookNode) -> Key:
    answers = repr([asdict(each) for each in computed.exercises.values()]).encode()
    release = hashlib.sha256(canonical_bytes(released) + answers).hexdigest()[:12]
    return Key(
        lesson=lesson,
        slug=slug,
        title=plan.title,
        week=int(lesson[1:]),
        release=release,
        exercises=computed.exercises,
        predictions=computed.predictions,
        recalls=computed.recalls,
        memos={name: Memo(name, memo.to, memo.words) for name, memo in plan.memo.items()},
    )


def _execute(solved: NotebookNode, folder: Path, pool: Pool, plan: Plan, file: str) -> None:
    """Run the solved notebook as a learner would, and store its outputs. Every check must give its points."""
    code = [cell for cell in solved.cells if cell.cell_type == "code"]
    run = pool.run(Job([Cell(cell.id, cell.source) for cell in code], folder))
    if run.died:
        raise SourceProblem([Finding(file, "the solved notebook", f"did not end: {run.died}.", "Mend its code.")])
    findings = []
    for number, (cell, done) in enumerate(zip(code, run.cells, strict=True), 1):
        cell.execution_count = number
        cell.outputs = [from_dict(output) for output in done.outputs]
        where = f"the cell {cell.id} that starts “{cell.source.partition(chr(10))[0][:50]}”"
        raises = "raises-exception" in cell.metadata.get("tags", [])
        if done.ok and raises:
            findings.append(Finding(file, where, "shows no error.", "Take `raises` from its marker, or mend it."))
        elif not done.ok and not raises:
            said = next(output["evalue"] for output in done.outputs if output["output_type"] == "error")
            findings.append(Finding(file, where, f"ends with: {' '.join(said.split())[:300]}.", "Mend the cell."))
        grade = cell.metadata.get("nbgrader", {})
        if grade.get("grade"):
            results = [output for output in cell.outputs if output["output_type"] == "execute_result"]
            shown = [output["data"]["text/plain"] for output in results]
            if shown != [repr(float(grade["points"]))]:
                findings.append(Finding(file, where, f"shows {shown}, not its full points.", "Mend it."))
    drawn = any("image/png" in output.get("data", {}) for cell in code for output in cell.outputs)
    if plan.exercise and int(file[1:3]) >= FIRST_CHART_WEEK and not drawn:
        findings.append(Finding(file, "the lesson", "has no chart.", "Draw one; from W2 on people look."))
    if findings:
        raise SourceProblem(findings)


def _targets(built: Built) -> Iterator[tuple[Path, Path]]:
    """Each built file and the place in the repository where it belongs."""
    yield built.solved, SOLUTIONS / built.solved.parent.name / built.solved.name
    for path in sorted(built.release.iterdir()):
        yield path, _folder_of(built) / path.name if built.lesson != START else LESSONS / path.name


def _folder_of(built: Built) -> Path:
    return LESSONS / built.release.name


def build_command(week: str | None, *, check: bool, seed: int = SEED, out: Path | None = None) -> int:
    """Build lessons. With `check` nothing is written, and 1 is returned where a file would differ.

    With `out` (or another seed than the course's) the built folders go there instead. Raises SourceProblem.
    """
    if seed != SEED and out is None:
        raise Problem(f"lessons/ holds the company of seed {SEED}: say --out FOLDER for another seed.")
    console = Console(stderr=True)
    folders = lesson_folders(week)
    read_all(folders)
    with Pool() as pool, TemporaryDirectory() as scratch:
        built = [build_lesson(folder, seed, Path(scratch), pool) for folder in folders]
        if out is not None:
            shutil.copytree(scratch, out, dirs_exist_ok=True)
            return 0
        made = {target: path for each in built for path, target in _targets(each)}
        made.update(_other_ways_on([each.release.name for each in built], Path(scratch)))
        made[LESSONS / "glossary.md"] = _glossary(Path(scratch))
        made[LESSONS / SYLLABUS] = _syllabus(Path(scratch))
        made[ROOT / "README.md"] = _readme(Path(scratch))
        changed = [target for target, path in made.items() if not _same(path, target)]
        leftover = [
            path for each in built for path in _folder_of(each).glob("*") if path not in made and path.is_file()
        ]
        if not check:
            _install(changed, made, leftover, console)
            return 0
    for target in changed:
        console.print(f"{target.relative_to(ROOT)} is not what its source makes: run `handson build`.")
    for path in leftover:
        console.print(f"{path.relative_to(ROOT)} is made by no source: run `handson build`, which removes it.")
    if not changed and not leftover:
        console.print(f"As their sources say: {', '.join(each.lesson for each in built)}.")
    return 1 if changed or leftover else 0


def _same(made: Path, target: Path) -> bool:
    return target.exists() and target.read_bytes() == made.read_bytes()


def _install(changed: Sequence[Path], made: Mapping[Path, Path], leftover: Sequence[Path], console: Console) -> None:
    for target in changed:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        try:
            shutil.copyfile(made[target], part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        console.print(f"wrote {target.relative_to(ROOT)}")
    for path in leftover:
        path.unlink()
        console.print(f"removed {path.relative_to(ROOT)}")
    if not changed and not leftover:
        console.print("Nothing to write: all is as its source says.")


def _other_ways_on(built: Sequence[str], scratch: Path) -> dict[Path, Path]:
    """The notebooks of the lessons that are not built now: the way on changes when a week next to them appears."""
    made = {}
    for folder in lesson_folders():
        if folder.name in built:
            continue
        start = folder.name[:3] == START
        name = f"{START_NAME if start else folder.name}.ipynb"
        for target, released in (
            (folder / name, False),
            (LESSONS / name if start else LESSONS / folder.name / name, True),
        ):
            try:
                notebook = read_notebook(target, as_version=4)
            except (OSError, ValueError):
                # Not built yet, or damaged: its own build sees to it.
                continue
            path = scratch / f"{'released' if released else 'solved'}-{name}"
            write_notebook(with_way_on(notebook, int(folder.name[1:3]), SOLUTIONS, released=released), path)
            made[target] = path
    return made


def _syllabus(scratch: Path) -> Path:
    """The list of weeks for the learners' maps."""
    path = scratch / SYLLABUS
    path.write_text(syllabus_json(SOLUTIONS), encoding="utf-8", newline="\n")
    return path


def _readme(scratch: Path) -> Path:
    """The README with the map of what is published."""
    course = re.sub(r"\]\((?=[dw]\d\d_)", "](lessons/", course_map(SOLUTIONS))
    text = MAP.sub(lambda found: f"{found[1]}{course}{found[2]}", (ROOT / "README.md").read_text(encoding="utf-8"))
    path = scratch / "README.md"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def _glossary(scratch: Path) -> Path:
    """The glossary of all lessons that exist, by week; each term stands once, where it is first defined."""
    lines = ["# Glossary", "", "Each term in the week that brings it."]
    for folder in lesson_folders():
        plan = read_plan(folder / "lesson.toml")
        if plan.glossary:
            lines += ["", f"## Week {int(folder.name[1:3])} · {plan.title}", ""]
            lines += [f"- **{term}**: {meaning}" for term, meaning in plan.glossary.items()]
    path = scratch / "glossary.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    return path
