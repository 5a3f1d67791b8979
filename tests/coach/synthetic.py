"""A cohort of any size with grades, journals and memo marks drawn by chance, without grading anything.

`python -m tests.coach.synthetic 1000 26` says how long the report takes on it.
"""

import json
import random
import sqlite3
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from grader.authoring.plan import ExercisePlan, read_plan
from grader.coach.cohort import Cohort, new_cohort
from grader.coach.grade import ExerciseGrade, Grade, MemoWaiting
from grader.coach.grade_file import FILE_NAME, grade_bytes
from grader.coach.memo_marks import MemoMark, write_marks
from grader.coach.releases import current_release, keep_release
from grader.coach.report import write_report
from grader.learner.outcome import Status

MEMO = "board-number"
NAMES = ("Ann{} O'Brien", "Smith{}, Jr.", "李{}娜", "<b>Bold{}</b> Lee")
FREE = ("quagga", "okapi", "tapir", "numbat")
"""Words that stand in a memo, in what came back, in a coach's comment and in an answer, and nowhere else."""
SUNDAY = datetime(2026, 3, 1, 18, tzinfo=UTC)


def synthetic(parent: Path, learners: int, weeks: int, seed: int = 7) -> Cohort:
    """The cohort. Its first weeks are those of the course that exist; the others borrow the release of one of them."""
    chance = random.Random(seed)
    roster = parent / "roster.csv"
    people = [(f"p{number:04}@x.org", NAMES[number % len(NAMES)].format(number)) for number in range(learners)]
    lines = [f'{email},"{name}",Otters {number // 4}\n' for number, (email, name) in enumerate(people)]
    roster.write_text("email,name,team\n" + "".join(lines), encoding="utf-8")
    cohort = new_cohort("synthetic", roster, parent / "cohorts")
    names = [f"w{number:02}" for number in range(1, weeks + 1)]
    there = ["w01", "w09", "w13", "w23"]
    for number, week in enumerate(names):
        kept = keep_release(cohort, there[number % len(there)])
        target = cohort.releases / week / kept.hash
        if not target.exists():
            target.parent.mkdir(exist_ok=True)
            target.symlink_to(kept.release.parent.resolve())
            for path in (kept.release.parent / "release").glob("w*.ipynb"):
                other = path.with_name(f"{week}_{path.stem[4:]}.ipynb")
                if not other.exists():
                    other.write_bytes(path.read_bytes())
    lessons = [current_release(there[number % len(there)]) for number in range(weeks)]
    exercises = {
        week: read_plan(each.source / "lesson.toml").exercise for week, each in zip(names, lessons, strict=True)
    }
    with closing(sqlite3.connect(cohort.gradebook)) as book:
        _enrol(book, people, exercises)
        for place, (email, _) in enumerate(people):
            skill = chance.random()
            for number, week in enumerate(names):
                if chance.random() < 0.1 + (place % 9 == 8) * number / weeks:
                    continue
                _hand_in(cohort, book, email, week, number, exercises[week], skill, chance)
        book.commit()
    return cohort


def _enrol(
    book: sqlite3.Connection, people: list[tuple[str, str]], weeks: Mapping[str, Mapping[str, ExercisePlan]]
) -> None:
    book.executemany("INSERT INTO student VALUES (?, 'Ann', 'O''Brien', ?, NULL)", [(each, each) for each, _ in people])
    book.execute("INSERT INTO course VALUES ('c')")
    for week, exercises in weeks.items():
        book.execute("INSERT INTO assignment VALUES (?, ?, NULL, 'c')", (week, week))
        book.execute("INSERT INTO notebook VALUES (?, ?, ?, NULL)", (week, week, week))
        for name in [*(f"check-{each}" for each in exercises), f"memo-{MEMO}"]:
            book.execute("INSERT INTO base_cell VALUES (?, ?, ?, 'GradeCell')", (f"{week}{name}", name, week))
            book.execute("INSERT INTO grade_cells VALUES (?, ?, 'code')", (f"{week}{name}", 8 if "memo" in name else 3))


def _hand_in(
    cohort: Cohort,
    book: sqlite3.Connection,
    email: str,
    week: str,
    number: int,
    plans: Mapping[str, ExercisePlan],
    skill: float,
    chance: random.Random,
) -> None:
    key, at = f"{email}{week}", SUNDAY + timedelta(days=7 * number)
    book.execute(
        "INSERT INTO submitted_assignment VALUES (?, ?, ?, ?, NULL)",
        (key, week, email, f"{at:%Y-%m-%d %H:%M:%S.000000}"),
    )
    book.execute("INSERT INTO submitted_notebook VALUES (?, ?, ?, 0, NULL)", (key, key, week))
    exercises, lines = [], []
    clock = at - timedelta(hours=1)
    for name, plan in plans.items():
        right = chance.random() < skill
        named = None if right or chance.random() < 0.4 else chance.randrange(2)
        status = Status.RIGHT if right else Status.WRONG if named is None else Status.CLOSE
        points = 3.0 if right else 0.0
        saw = f"the text `{chance.choice('abcd')}`" if plan.kind == "choice" else "the number 7"
        message = "Holds." if right else f"Seen: {name} {named}. Next: look again."
        if not right and named is None:
            message = f"I saw {FREE[3]}. Next: look again."
        exercises.append(ExerciseGrade(name, status, points, 3.0, message, named, saw=saw, source=FREE[3]))
        book.execute(
            "INSERT INTO grade VALUES (?, ?, ?, ?, NULL, NULL, 0)", (f"{key}{name}", key, f"{week}check-{name}", points)
        )
        clock += timedelta(minutes=chance.uniform(2, 12))
        lines.append({"at": clock.isoformat(), "kind": "try", "exercise": name, "status": status.value, "named": named})
    sure, guess = chance.randrange(40, 100), {"kind": "prediction", "name": "guess", "value": 3}
    lines.append({"at": clock.isoformat(), **guess, "confidence": sure, "hit": chance.random() < 0.5})
    asked = {"kind": "recall", "name": "monday", "answer": chance.choice(("yes", "no")), "came_back": f"An {FREE[1]}."}
    lines.append({"at": clock.isoformat(), **asked})
    criteria = tuple(chance.randrange(3) for _ in range(4))
    total = None if chance.random() < 0.2 else float(sum(criteria))
    book.execute(
        "INSERT INTO grade VALUES (?, ?, ?, NULL, ?, NULL, ?)",
        (f"{key}m", key, f"{week}memo-{MEMO}", total, total is None),
    )
    grade = Grade(week, tuple(exercises), (MemoWaiting(MEMO, f"My {FREE[0]}.", 2, (60, 150)),), ())
    (cohort.autograded / email / week).mkdir(parents=True)
    (cohort.autograded / email / week / FILE_NAME).write_bytes(grade_bytes(grade))
    (cohort.submitted / email / week).mkdir(parents=True)
    if chance.random() < 0.8:
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (cohort.submitted / email / week / "journal.jsonl").write_text(text, encoding="utf-8")
    if total is not None:
        write_marks(cohort, week, email, {MEMO: MemoMark(MEMO, criteria, f"A {FREE[2]}.", total)})


def main() -> None:
    """Make one and time its report."""
    learners, weeks = (int(each) for each in sys.argv[1:3])
    with TemporaryDirectory() as scratch:
        cohort = synthetic(Path(scratch), learners, weeks)
        start = time.perf_counter()
        path = write_report(cohort)
        took = time.perf_counter() - start
        print(f"{learners} learners, {weeks} weeks: {took:.1f} s, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
