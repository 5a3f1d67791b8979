"""`grade.json` beside an executed notebook: what each exercise came to, for feedback and report. No answer is in it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from grader.coach.grade import ExerciseGrade, Grade, MemoWaiting
from grader.learner.outcome import Status
from grader.learner.problem import Problem

FILE_NAME = "grade.json"
SCHEMA = 1


def grade_bytes(grade: Grade) -> bytes:
    """The content of the file: the grade without its notebook, outputs and cards, which lie beside it."""
    said: dict[str, Any] = {
        "schema": SCHEMA,
        "lesson": grade.lesson,
        "exercises": [_exercise(each) for each in grade.exercises],
        "memos": [asdict(each) for each in grade.memos],
        "mended": grade.mended,
        "flags": grade.flags,
        "died": grade.died,
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _exercise(exercise: ExerciseGrade) -> dict[str, Any]:
    said = asdict(exercise) | {"status": exercise.status.value}
    del said["card"]
    return said


def read_grade(folder: Path) -> Grade:
    """The grade that lies in a folder of autograded/. Raises Problem for a missing or damaged file."""
    path = folder / FILE_NAME
    try:
        said = json.loads(path.read_bytes())
        return Grade(
            lesson=said["lesson"],
            exercises=tuple(ExerciseGrade(**{**each, "status": Status(each["status"])}) for each in said["exercises"]),
            memos=tuple(MemoWaiting(**{**each, "wanted": tuple(each["wanted"])}) for each in said["memos"]),
            mended=tuple(said["mended"]),
            flags=tuple(said["flags"]),
            died=said["died"],
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Problem(f"{path} is missing or damaged: run `handson grade {folder.name}` again.") from error
