"""The memos of a week, ready to be marked, and the marks as they are written: into files and the gradebook.

A team's memo is marked once and counts for each member who handed it in: those whom one manifest names, as long as the
text is the same. Whoever wrote their own is marked on their own.

The points in the gradebook count, whoever gave them. Criteria that do not come to them are stale: the page says so, and
the points change only when the coach has marked every criterion again.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from nbgrader.api import Comment, Grade, Gradebook, MissingEntry
from sqlalchemy.exc import DBAPIError

from grader.authoring.plan import MemoPlan
from grader.authoring.prose import compute_facts, fill_plan
from grader.coach.cohort import Cohort
from grader.coach.feedback import open_lesson
from grader.coach.grade import MemoWaiting
from grader.coach.grade_file import read_grade
from grader.coach.gradebook import PATIENCE, explain, lock, make_or_check, open_gradebook
from grader.coach.late import read_config
from grader.coach.memo_marks import MOST, MemoMark, hash_of, read_mark, write_marks
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
CHANGED = (
    "The text has changed since it was marked {marks}. Its {points} points are those of the earlier text: they count "
    "until you have marked every criterion again."
)
ELSEWHERE = (
    "The gradebook has {points} points, given elsewhere or to an earlier text: they count until you have marked every "
    "criterion here."
)
STALE = (
    "The gradebook has {points} points, given elsewhere since: they count, and these marks do not until you mark again."
)
NAMELESS = "{count} of the cohort, whose files cannot be read: the terminal says who."
WAITS = "Kept, and not in the gradebook yet: it goes there as soon as nobody else writes to it."


@dataclass(frozen=True)
class Memo:
    """One memo to mark, of one learner or of a team's members. `numbers` are what they computed, in words.

    `seen` names the state of mark and gradebook, to be given back with a mark. Where the criteria are not what counts,
    `note` is a sentence about it, and `elsewhere` are the points of each whose it is. `done` says that points count.
    """

    id: str
    name: str
    emails: tuple[str, ...]
    who: str
    text: str
    numbers: tuple[tuple[str, str, str], ...]
    most: float
    mark: MemoMark
    note: str = ""
    elsewhere: tuple[float | None, ...] | None = None
    done: bool = False
    seen: str = ""
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
    blind: bool


@dataclass(frozen=True)
class Given:
    """What the coach gives a memo. `seen` is that of the memo as it was shown to them.

    Without `marked` they changed their words alone. `points`, from an undo, are those that were given elsewhere before.
    """

    criteria: tuple[int | None, ...]
    comment: str
    seen: str
    marked: bool = True
    points: tuple[float | None, ...] | None = None


@dataclass(frozen=True)
class Written:
    """What came of a mark: the memo as it stands now, and a sentence where that is not what was asked."""

    memo: Memo
    said: str = ""
    refused: bool = False


@dataclass(frozen=True)
class _Held:
    """What the gradebook has for a learner's memo, and whether a coach has still to look at it."""

    manual: float | None
    comment: str
    waits: bool


@dataclass(frozen=True)
class _Own:
    """One learner's memo, before those of a team are joined."""

    email: str
    who: str
    memo: MemoWaiting
    numbers: tuple[tuple[str, str, str], ...]
    most: float
    mark: MemoMark | None
    held: _Held


def open_review(cohort: Cohort, week: str, *, blind: bool = False) -> Review:
    """Read the memos of a week that are graded. Raises Problem where there are none."""
    lesson = open_lesson(cohort, week)
    plan = fill_plan(lesson.plan, compute_facts(lesson.plan, kept_releases(cohort, week)[-1].release))
    cells = {(each.email, each.name): each for each in read_cells(cohort, week)}
    names = {each.email: each.name for each in cohort.roster().learners}
    groups: dict[str, list[_Own]] = {}
    problems = []
    for email in sorted({email for email, _ in cells}):
        who = names.get(email) or email
        try:
            for own in _own(cohort, week, email, who, cells):
                if own.memo.name in plan.memo:
                    group = ",".join(sorted(_team(cohort, week, email)))
                    groups.setdefault(hash_of(f"{group} {own.memo.name} {hash_of(own.memo.text)}"), []).append(own)
        except Problem as problem:
            problems.append(f"{who}: {problem}")
    if not groups:
        left_out = f" Left out: {problems[0]}" if problems else ""
        raise Problem(
            f"No memo of {week} waits in {cohort.name}: nobody has written one that is graded by `handson grade`."
            + left_out
        )
    memos = [_joined(name, group) for name, group in groups.items()]
    order = sorted(memos, key=lambda each: each.id if blind else (each.who.lower() + each.id))
    if blind:
        order = [replace(each, who=f"Memo {number}") for number, each in enumerate(order, 1)]
    examples = tuple(
        Example(f"example-{name}-{number}", name, each.text, tuple(each.scores))
        for name, each_plan in plan.memo.items()
        for number, each in enumerate(each_plan.examples)
    )
    return Review(week, lesson.plan.title, plan.memo, examples, tuple(_with_similar(order)), tuple(problems), blind)


def _own(
    cohort: Cohort, week: str, email: str, who: str, cells: Mapping[tuple[str, str], CellPoints]
) -> Iterator[_Own]:
    grade, marks = read_grade(cohort.autograded / email / week), read_mark(cohort, week, email)
    numbers = tuple((each.name.replace("-", " "), each.status.value, each.saw) for each in grade.exercises)
    for memo in grade.memos:
        cell = cells.get((email, f"memo-{memo.name}"))
        if memo.words and cell is not None:
            held = _Held(cell.manual, cell.comment, cell.waits)
            yield _Own(email, who, memo, numbers, cell.most, marks.get(memo.name), held)


def _joined(name: str, group: Sequence[_Own]) -> Memo:
    first = group[0]
    blank = MemoMark(first.memo.name, (None,) * 4, text_hash=hash_of(first.memo.text))
    memo = Memo(
        name,
        first.memo.name,
        tuple(each.email for each in group),
        ", ".join(each.who for each in group),
        first.memo.text,
        first.numbers,
        first.most,
        blank,
    )
    return _as_it_stands(memo, [each.mark for each in group], [each.held for each in group])


def _as_it_stands(memo: Memo, marks: Sequence[MemoMark | None], held: Sequence[_Held]) -> Memo:
    """The memo with the newest mark for its text, held against what the gradebook has for each whose it is."""
    text_hash = memo.mark.text_hash
    there = sorted((each for each in marks if each), key=lambda each: (each.text_hash == text_hash, each.at))
    last = there[-1] if there else replace(memo.mark, criteria=(None,) * len(memo.mark.criteria), comment="")
    changed = last.text_hash not in ("", text_hash)
    mark = replace(last, criteria=(None,) * len(last.criteria), total=None, waits="") if changed else last
    if held and not last.waits:
        mark = replace(mark, comment=next((each.comment for each in held if each.comment), ""))
    given = sorted({each.manual for each in held if each.manual is not None})
    points = " and ".join(f"{each:g}" for each in given)
    note = ""
    if mark.waits:
        note = WAITS
    elif changed and given:
        note = CHANGED.format(
            marks=" ".join("-" if each is None else str(each) for each in last.criteria), points=points
        )
    elif given and not mark.complete:
        note = ELSEWHERE.format(points=points)
    elif mark.complete and any(replace(mark, total=mark.points(memo.most)).is_stale(each.manual) for each in held):
        note = STALE.format(points=points or "no")
    return replace(
        memo,
        mark=replace(mark, text_hash=text_hash),
        note=note,
        elsewhere=tuple(each.manual for each in held) if note and not mark.waits else None,
        done=mark.complete if mark.waits else bool(given) and not changed and not any(each.waits for each in held),
        seen=f"{_mark_seen(marks)}/{_held_seen(held)}",
    )


def _mark_seen(marks: Sequence[MemoMark | None]) -> str:
    return hash_of(",".join(each.at if each else "" for each in marks))


def _held_seen(held: Sequence[_Held]) -> str:
    return hash_of(repr([(each.manual, each.comment) for each in held]))


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
        others = [other for other in (near[row] >= NEAR).nonzero()[0].tolist() if other != row]
        closest = sorted(others, key=lambda other: -near[row, other])[:MOST_SIMILAR]
        made.append(replace(memo, similar=tuple((memos[other].id, float(near[row, other])) for other in closest)))
    return made


def save(cohort: Cohort, week: str, memo: Memo, given: Given) -> Written:
    """Write a mark for all whose memo it is, unless mark or gradebook are others than the coach saw.

    It goes to the cohort's files first, then to the gradebook; where that is in use, the mark is kept and sent later.
    Raises Problem for marks that are none, and where nothing could be kept.
    """
    mark = _checked(memo, given)
    mark_seen, _, held_seen = given.seen.partition("/")
    with _alone(cohort), ExitStack() as stack:
        marks = [read_mark(cohort, week, email).get(memo.name) for email in memo.emails]
        before = _as_it_stands(memo, marks, []).mark
        words_only = not given.marked and (not before.waits or before.words_only)
        mark = replace(mark, waits=held_seen, total=before.total, words_only=words_only)
        newer = _mark_seen(marks) != mark_seen
        try:
            book = stack.enter_context(_book(cohort))
            rows = _rows(cohort, book, week, memo)
        except Problem as problem:
            if newer:
                return Written(_unsent(memo, marks, held_seen), NEWER, refused=True)
            if given.points is not None:
                raise  # what others gave is put back at once, or not
            _keep(cohort, week, memo, mark)
            return Written(_unsent(memo, [mark], held_seen), LATER.format(why=problem))
        held = _held(rows)
        if newer or _held_seen(held) != held_seen:
            return Written(_as_it_stands(memo, marks, held), NEWER, refused=True)
        _keep(cohort, week, memo, mark)
        _fill(rows, mark, memo.most, given.points)
        held = _held(rows)
        try:
            _commit(cohort, book)
        except Problem as problem:
            return Written(_unsent(memo, [mark], held_seen), LATER.format(why=problem))
        mark = _settled(mark, memo.most)
        with suppress(Problem):  # it is in the gradebook; what was kept is sent once more, and changes nothing
            _keep(cohort, week, memo, mark)
        return Written(_as_it_stands(memo, [mark] * len(memo.emails), held))


def _checked(memo: Memo, given: Given) -> MemoMark:
    """What the coach gives, as a mark. Raises Problem for what is none."""
    if len(given.criteria) != len(memo.mark.criteria) or any(
        each is not None and (type(each) is not int or not 0 <= each <= MOST) for each in given.criteria
    ):
        raise Problem(f"A memo has {len(memo.mark.criteria)} marks, each 0, 1, 2 or none yet.")
    if len(given.comment) > MOST_COMMENT and given.comment != memo.mark.comment:
        raise Problem(f"A comment has at most {MOST_COMMENT:,} characters: this one has {len(given.comment):,}.")
    if given.points is not None and (
        len(given.points) != len(memo.emails)
        or any(each is not None and (type(each) not in (int, float) or not 0 <= each < 1e6) for each in given.points)
    ):
        raise Problem("Points to put back are numbers, one for each whose memo it is.")
    comment = given.comment.encode("utf-8", "replace").decode()  # half a sign cannot be stored
    return MemoMark(memo.name, given.criteria, comment, None, datetime.now(UTC).isoformat(), memo.mark.text_hash)


def _unsent(memo: Memo, marks: Sequence[MemoMark | None], held_seen: str) -> Memo:
    """The memo while the gradebook cannot be asked."""
    every = list(marks) * (len(memo.emails) // len(marks))
    now = _as_it_stands(memo, every, [])
    return replace(now, done=now.mark.complete, seen=f"{_mark_seen(every)}/{held_seen}")


def _keep(cohort: Cohort, week: str, memo: Memo, mark: MemoMark) -> None:
    for email in memo.emails:
        write_marks(cohort, week, email, {**read_mark(cohort, week, email), memo.name: mark})


@contextmanager
def _book(cohort: Cohort) -> Iterator[Gradebook]:
    """The gradebook open for writing, as the Recorder opens it. Raises Problem while somebody else has it."""
    held = lock(cohort.folder)
    try:
        make_or_check(cohort.gradebook, PATIENCE)
        course = read_config(cohort.folder).CourseDirectory.get("course_id", "")
        with _explained(cohort):
            book = open_gradebook(cohort.gradebook, course, PATIENCE)
        try:
            yield book
        finally:
            book.close()
    finally:
        os.close(held)


@contextmanager
def _explained(cohort: Cohort) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise explain(error.orig, cohort.gradebook) from error


_Row = tuple[Grade, Comment]
"""nbgrader's rows of one learner's memo."""


def _rows(cohort: Cohort, book: Gradebook, week: str, memo: Memo) -> list[_Row]:
    """Of each whose memo it is. Raises Problem."""
    cell = f"memo-{memo.name}"
    rows = []
    try:
        with _explained(cohort):
            for email in memo.emails:
                (notebook,) = book.find_submission(week, email).notebooks
                at = (cell, notebook.name, week, email)
                rows.append((book.find_grade(*at), book.find_comment(*at)))
    except (MissingEntry, ValueError) as error:
        raise Problem(f"the gradebook has no such memo ({error}): run `handson grade {week}`.") from error
    return rows


def _held(rows: Sequence[_Row]) -> list[_Held]:
    return [
        _Held(grade.manual_score, (comment.manual_comment or "").strip(), bool(grade.needs_manual_grade))
        for grade, comment in rows
    ]


def _fill(rows: Sequence[_Row], mark: MemoMark, most: float, points: Sequence[float | None] | None) -> None:
    """Manual scores and comments, or `points` instead of the mark's; a memo without points waits for the coach.

    An open mark takes back its own points only: those that were given elsewhere stay until all criteria are marked.
    """
    came_to = mark.points(most)
    for place, (grade, comment) in enumerate(rows):
        own = mark.total is not None and not mark.is_stale(grade.manual_score)
        if points is not None:
            grade.manual_score = points[place]
            grade.needs_manual_grade = points[place] is None
        elif not mark.words_only and (came_to is not None or own):
            grade.manual_score = came_to
            grade.needs_manual_grade = came_to is None
        comment.manual_comment = mark.comment or None


def _commit(cohort: Cohort, book: Gradebook) -> None:
    with _explained(cohort):
        book.db.commit()


def _settled(mark: MemoMark, most: float) -> MemoMark:
    """The mark once the gradebook has been told."""
    return replace(mark, waits="", words_only=False, total=mark.total if mark.words_only else mark.points(most))


def send_kept(cohort: Cohort, review: Review) -> int:
    """Write to the gradebook what was kept while it was in use; how many memos. Raises Problem while it still is.

    Where others have given points or words there meanwhile, theirs stay, and the criteria are stale.
    """
    with _alone(cohort):
        waiting = []
        for memo in review.memos:
            marks = [read_mark(cohort, review.week, email).get(memo.name) for email in memo.emails]
            mark = _as_it_stands(memo, marks, []).mark
            if mark.waits:
                waiting.append((memo, mark))
        if not waiting:
            return 0
        with _book(cohort) as book:
            for memo, mark in waiting:
                rows = _rows(cohort, book, review.week, memo)
                if _held_seen(_held(rows)) == mark.waits:
                    _fill(rows, mark, memo.most, None)
            _commit(cohort, book)
        for memo, mark in waiting:
            _keep(cohort, review.week, memo, _settled(mark, memo.most))
    return len(waiting)


@contextmanager
def _alone(cohort: Cohort) -> Iterator[None]:
    """One writer of marks at a time; the others wait the moment that it takes."""
    with ExitStack() as stack:
        try:
            file = stack.enter_context((cohort.folder / ".review.lock").open("ab"))
        except OSError as error:
            raise Problem(f"{cohort.folder} cannot be written ({error.strerror}): mend its rights.") from error
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
    said = " ".join(comment.encode("utf-8", "replace").decode().split())[:MOST_COMMENT]
    with _alone(cohort):
        kept = [*([said] if said else ()), *(each for each in read_comments(cohort) if each != said)][:MOST_COMMENTS]
        content = json.dumps(kept, ensure_ascii=False, indent=1) + "\n"
        write_whole(cohort.folder / COMMENTS, content.encode("utf-8", "replace"))
    return kept


def as_json(cohort: Cohort, review: Review, comments: Sequence[str]) -> dict[str, Any]:
    """What the page is given. E-mails are not in it; the page shows the author's marks after the coach's own."""
    return {
        "key": hash_of(f"{cohort.folder.resolve()} {review.week}"),
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
            *(memo_as_json(each) for each in review.memos),
        ],
        "comments": list(comments),
        "problems": [NAMELESS.format(count=len(review.problems))]
        if review.blind and review.problems
        else list(review.problems),
    }


def memo_as_json(memo: Memo) -> dict[str, Any]:
    """One memo as the page knows it."""
    return {
        "id": memo.id,
        "kind": "memo",
        "memo": memo.name,
        "who": memo.who,
        "text": memo.text,
        "numbers": [list(each) for each in memo.numbers],
        "most": memo.most,
        "similar": [list(each) for each in memo.similar],
        **standing_as_json(memo),
    }


def standing_as_json(memo: Memo) -> dict[str, Any]:
    """What a mark changes."""
    return {
        "criteria": list(memo.mark.criteria),
        "comment": memo.mark.comment,
        "seen": memo.seen,
        "note": memo.note,
        "elsewhere": None if memo.elsewhere is None else list(memo.elsewhere),
        "done": memo.done,
    }
