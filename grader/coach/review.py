"""The memos of a week, ready to be marked, and the marks as they are written: into files and the gradebook.

A team's memo is marked once and counts for each member who handed it in: those whom one manifest names, as long as the
text is the same. Whoever wrote their own is marked on their own.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import MissingEntry

from grader.authoring.plan import MemoPlan
from grader.authoring.prose import compute_facts, fill_plan
from grader.coach.cohort import Cohort
from grader.coach.feedback import open_lesson
from grader.coach.grade import Grade
from grader.coach.grade_file import read_grade
from grader.coach.gradebook import PATIENCE, lock, make_or_check, open_gradebook
from grader.coach.memo_marks import MOST, MemoMark, hash_of_text, read_mark, write_marks
from grader.coach.points import CellPoints, read_cells
from grader.coach.releases import kept_releases
from grader.coach.whole import write_whole
from grader.learner.pack import MANIFEST
from grader.learner.problem import Problem

NEAR = 0.6
"""Cosine similarity of two memos from which they are shown side by side."""
MOST_SIMILAR = 3
MOST_COMMENT = 4_000
MOST_COMMENTS = 200
COMMENTS = "comments.json"
NEWER = "Somebody else has marked this memo since you opened it: theirs is shown, and yours was not written."
LATER = "Kept, and not in the gradebook yet: {why}"


@dataclass(frozen=True)
class Memo:
    """One memo to mark, of one learner or of a team's members. `numbers` are what they computed, in words."""

    id: str
    name: str
    emails: tuple[str, ...]
    who: str
    text: str
    numbers: tuple[tuple[str, str, str], ...]
    most: float
    mark: MemoMark
    given: float | None
    stale: bool
    similar: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Example:
    """A memo that the lesson's author has marked, to begin with. `scores` are shown when the coach's own are there."""

    id: str
    name: str
    text: str
    scores: tuple[int, ...]


@dataclass(frozen=True)
class Review:
    """All that the page of a week needs. `problems` are learners whose files could not be read."""

    week: str
    title: str
    plans: Mapping[str, MemoPlan]
    examples: tuple[Example, ...]
    memos: tuple[Memo, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Written:
    """What came of a mark: as it stands now, and a sentence where that is not what was asked."""

    mark: MemoMark
    said: str = ""
    refused: bool = False


def open_review(cohort: Cohort, week: str, *, blind: bool = False) -> Review:
    """Read the memos of a week that are graded. Raises Problem where there are none."""
    lesson = open_lesson(cohort, week)
    plan = fill_plan(lesson.plan, compute_facts(lesson.plan, kept_releases(cohort, week)[-1].release))
    cells = {(each.email, each.name): each for each in read_cells(cohort, week)}
    names = {each.email: each.name for each in cohort.roster().learners}
    memos: dict[str, Memo] = {}
    problems = []
    for email in sorted({email for email, _ in cells}):
        try:
            grade, marks = read_grade(cohort.autograded / email / week), read_mark(cohort, week, email)
        except Problem as problem:
            problems.append(f"{names.get(email) or email}: {problem}")
            continue
        team = _team(cohort, week, email)
        for memo in _memos(grade, cells, email, names.get(email) or email, marks, team):
            if memo.name in plan.memo:
                known = memos.get(memo.id)
                memos[memo.id] = _joined(known, memo) if known else memo
    if not memos:
        raise Problem(f"No memo of {week} waits in {cohort.name}: nobody has written one that is graded.")
    order = sorted(memos.values(), key=lambda each: each.id if blind else each.who.lower())
    if blind:
        order = [replace(each, who=f"Memo {number}") for number, each in enumerate(order, 1)]
    examples = tuple(
        Example(f"example-{name}-{number}", name, each.text, tuple(each.scores))
        for name, each_plan in plan.memo.items()
        for number, each in enumerate(each_plan.examples)
    )
    return Review(week, lesson.plan.title, plan.memo, examples, tuple(_with_similar(order)), tuple(problems))


def _memos(
    grade: Grade,
    cells: Mapping[tuple[str, str], CellPoints],
    email: str,
    who: str,
    marks: Mapping[str, MemoMark],
    team: frozenset[str],
) -> Iterator[Memo]:
    numbers = tuple((each.name.replace("-", " "), each.status.value, each.saw) for each in grade.exercises)
    for memo in grade.memos:
        cell = cells.get((email, f"memo-{memo.name}"))
        if not memo.words or cell is None:
            continue
        text_hash = hash_of_text(memo.text)
        mark = marks.get(memo.name) or MemoMark(memo.name, (None,) * 4)
        if mark.text_hash and mark.text_hash != text_hash:
            mark = replace(mark, criteria=(None,) * len(mark.criteria), total=None)
        mark = replace(mark, comment=cell.comment or mark.comment, text_hash=text_hash)
        group = ",".join(sorted(team)) if len(team) > 1 else email
        shown = hashlib.sha256(f"{group} {memo.name} {text_hash}".encode()).hexdigest()[:12]
        yield Memo(
            shown,
            memo.name,
            (email,),
            who,
            memo.text,
            numbers,
            cell.most,
            mark,
            cell.manual,
            mark.is_stale(cell.manual),
        )


def _joined(one: Memo, other: Memo) -> Memo:
    return replace(one, emails=(*one.emails, *other.emails), who=f"{one.who}, {other.who}")


def _team(cohort: Cohort, week: str, email: str) -> frozenset[str]:
    """Those whom the manifest of a hand-in names, the learner among them."""
    try:
        said = json.loads((cohort.submitted / email / week / MANIFEST).read_bytes())
        named = [said.get("email"), *said.get("team", ())]
        return frozenset({email, *(each.strip().lower() for each in named if isinstance(each, str))})
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return frozenset({email})


def _with_similar(memos: Sequence[Memo]) -> list[Memo]:
    """Each memo with the others that are nearly the same, by TF-IDF and cosine."""
    if len(memos) < 2:
        return list(memos)
    from sklearn.feature_extraction.text import TfidfVectorizer

    try:
        weights = TfidfVectorizer(ngram_range=(1, 2)).fit_transform([each.text for each in memos])
    except ValueError:  # nothing but signs in all of them
        return list(memos)
    near = (weights @ weights.T).toarray()
    made = []
    for row, memo in enumerate(memos):
        order = sorted((other for other in range(len(memos)) if other != row), key=lambda other: -near[row, other])
        close = [
            (memos[other].id, float(near[row, other])) for other in order[:MOST_SIMILAR] if near[row, other] >= NEAR
        ]
        made.append(replace(memo, similar=tuple(close)))
    return made


def save(cohort: Cohort, week: str, memo: Memo, criteria: Sequence[int | None], comment: str, base: str) -> Written:
    """Write a mark for all whose memo it is. `base` is the time of the mark that the coach saw.

    It goes to the cohort's files first, then to the gradebook; where that is in use, the mark is kept and written with
    the next. Raises Problem for marks that are none, and where nothing could be kept.
    """
    if len(criteria) != len(memo.mark.criteria) or any(
        each is not None and (type(each) is not int or not 0 <= each <= MOST) for each in criteria
    ):
        raise Problem(f"A memo has {len(memo.mark.criteria)} marks, each 0, 1, 2 or none yet.")
    if len(comment) > MOST_COMMENT:
        raise Problem(f"A comment has at most {MOST_COMMENT:,} characters: this one has {len(comment):,}.")
    with _alone(cohort):
        stored = read_mark(cohort, week, memo.emails[0]).get(memo.name)
        if stored is not None and stored.at != base:
            return Written(replace(stored, text_hash=memo.mark.text_hash), NEWER, refused=True)
        at = datetime.now(UTC).isoformat()
        mark = MemoMark(memo.name, tuple(criteria), comment, None, at, memo.mark.text_hash)
        _keep(cohort, week, memo, mark)
        try:
            _to_gradebook(cohort, week, memo, mark)
        except Problem as problem:
            return Written(mark, LATER.format(why=problem))
        mark = replace(mark, total=mark.points(memo.most))
        _keep(cohort, week, memo, mark)
    return Written(mark)


def _keep(cohort: Cohort, week: str, memo: Memo, mark: MemoMark) -> None:
    for email in memo.emails:
        write_marks(cohort, week, email, {**read_mark(cohort, week, email), memo.name: mark})


def _to_gradebook(cohort: Cohort, week: str, memo: Memo, mark: MemoMark) -> None:
    """nbgrader's manual score and comment of each of them; an open mark waits for the coach again."""
    held = lock(cohort.folder)
    try:
        make_or_check(cohort.gradebook, PATIENCE)
        book = open_gradebook(cohort.gradebook, "", PATIENCE)
        try:
            for email in memo.emails:
                (notebook,) = book.find_submission(week, email).notebooks
                grade = book.find_grade(f"memo-{memo.name}", notebook.name, week, email)
                points = mark.points(memo.most)
                grade.manual_score, grade.needs_manual_grade = points, points is None
                book.find_comment(f"memo-{memo.name}", notebook.name, week, email).manual_comment = mark.comment or None
            book.db.commit()
        except (MissingEntry, ValueError) as error:
            raise Problem(f"the gradebook has no such memo ({error}); run `handson grade {week}`.") from error
        finally:
            book.close()
    finally:
        os.close(held)


def send_kept(cohort: Cohort, review: Review) -> int:
    """Write to the gradebook what was kept while it was in use; how many memos. Raises Problem while it still is."""
    sent = 0
    for memo in review.memos:
        kept = read_mark(cohort, review.week, memo.emails[0]).get(memo.name)
        if kept is not None and kept.complete and kept.total is None and kept.text_hash == memo.mark.text_hash:
            _to_gradebook(cohort, review.week, memo, kept)
            _keep(cohort, review.week, memo, replace(kept, total=kept.points(memo.most)))
            sent += 1
    return sent


@contextmanager
def _alone(cohort: Cohort) -> Iterator[None]:
    """One writer of marks at a time; the others wait the moment that it takes."""
    with (cohort.folder / ".review.lock").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def read_comments(cohort: Cohort) -> list[str]:
    """Comments that the coach keeps to use again, the newest first."""
    try:
        said = json.loads((cohort.folder / COMMENTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise Problem(f"{cohort.folder / COMMENTS} cannot be read ({error}): move it away.") from error
    return [each for each in said if isinstance(each, str)] if isinstance(said, list) else []


def keep_comment(cohort: Cohort, comment: str) -> list[str]:
    """Add a comment to those that are kept, or move it to the front. Raises Problem."""
    said = " ".join(comment.split())[:MOST_COMMENT]
    kept = [said, *(each for each in read_comments(cohort) if each != said)] if said else read_comments(cohort)
    content = json.dumps(kept[:MOST_COMMENTS], ensure_ascii=False, indent=1) + "\n"
    write_whole(cohort.folder / COMMENTS, content.encode("utf-8", "replace"))
    return kept[:MOST_COMMENTS]


def as_json(review: Review, comments: Sequence[str]) -> dict[str, Any]:
    """What the page is given. E-mails are not in it; the page shows the author's marks after the coach's own."""
    return {
        "week": review.week,
        "title": review.title,
        "rubrics": {
            name: [{"asks": each.asks, "anchors": list(each.anchors)} for each in plan.criteria]
            for name, plan in review.plans.items()
        },
        "examples": {
            name: [{"text": each.text, "scores": list(each.scores)} for each in plan.examples]
            for name, plan in review.plans.items()
        },
        "items": [
            *({"id": each.id, "kind": "example", "memo": each.name, "text": each.text} for each in review.examples),
            *(_memo_as_json(each) for each in review.memos),
        ],
        "comments": list(comments),
        "problems": list(review.problems),
    }


def _memo_as_json(memo: Memo) -> dict[str, Any]:
    return {
        "id": memo.id,
        "kind": "memo",
        "memo": memo.name,
        "who": memo.who,
        "text": memo.text,
        "numbers": [list(each) for each in memo.numbers],
        "most": memo.most,
        "criteria": list(memo.mark.criteria),
        "comment": memo.mark.comment,
        "base": memo.mark.at,
        "given": memo.given,
        "stale": memo.stale,
        "similar": [list(each) for each in memo.similar],
    }
