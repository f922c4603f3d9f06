"""One class: every submission of a folder judged once, its result on disk as soon as it is known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from grader.classroom import pool
from grader.classroom.kept import kept_result, locked, remove, remove_others, write_manifest
from grader.classroom.plan import Plan, verdict_key
from grader.classroom.pricing import priced, whole
from grader.classroom.readable import write_reports
from grader.classroom.reader import Reader, ReaderFailed
from grader.classroom.room import busy, check_room
from grader.classroom.rows import Row, row_of, unjudged_row
from grader.classroom.submissions import Submission, take_all
from grader.classroom.taking import Taken
from grader.judging.marks import unjudged
from grader.judging.results import SCHEMA, RunResult
from grader.kata.files import CannotGrade, write_json
from grader.kata.late import LateRule

TRIED_AT_LEAST = 3  # when nobody could be judged, so many are tried a second time and the others are not


class MarkAll(Protocol):
    """The engine of a class: `grader.classroom.pool.mark_all`, or another one with the same arguments.

    It calls `mark(marks, piece)` once for each piece of work, from as many threads as it likes. `marks` is
    what marks one submission, with `mark(files, seed, seconds) -> Outcome`, for one thread at a time.
    """

    def __call__(
        self,
        work: Iterable[Any],
        jobs: int,
        about_all: dict[str, Any],
        mark: Callable[[pool.Marks, Any], None],
    ) -> None:
        """Mark everything."""


@dataclass(frozen=True)
class Judged:
    """What a run of a class came to, in the order of the submissions."""

    manifest: dict[str, Any]
    rows: list[Row]

    @property
    def not_judged(self) -> list[Row]:
        return [row for row in self.rows if row.not_judged]


def judge_class(
    plan: Plan, jobs: int, on_row: Callable[[Row, bool], None], mark_all: MarkAll = pool.mark_all
) -> Judged:
    """Judge what is not judged yet; every result is on disk before `on_row` hears of it.

    What fails on the grader's side is never a result: it is tried again alone at the end, and then the
    submission has no mark, and none of its results are kept.

    Args:
        on_row: called with each row, and whether its verdict was there already.
        mark_all: what runs the markers.
    Raises:
        CannotGrade: no marks may be given on this machine, or `out` cannot be written.
    """
    jobs = max(1, min(jobs, len(plan.submissions)))
    if plan.submissions:
        check_room(jobs)
    with locked(plan.out):
        run = _Run(plan, jobs, on_row)
        try:
            write_manifest({**plan.manifest(), **earlier_marks(plan.earlier)}, plan.out)
            about = pool.about(plan.steps, plan.settings, plan.seconds, plan.own_stack)
            mark_all(plan.submissions, jobs, about, run.mark)
            again, run.alone = run.second_tries(), True
            mark_all(again, 1, about, run.mark)
            run.give_up()
            remove_others(plan.out, {row.id for row in run.rows.values() if not row.not_judged})
        except OSError as error:
            place = error.filename or plan.out
            raise CannotGrade(f"cannot write {place}: {error.strerror or error}") from None
        finally:
            run.close()
    return Judged(plan.manifest(), [run.rows[submission.id] for submission in plan.submissions])


def earlier_marks(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """What a manifest says of the marks of the last whole run, which the next one is compared with."""
    return {key: manifest.get(key, {}) for key in ("marks", "marks_of")}


class _Run:
    """The submissions of one run on their way to a result; `mark` is called from several threads."""

    def __init__(self, plan: Plan, jobs: int, on_row: Callable[[Row, bool], None]):
        self.rows: dict[str, Row] = {}
        self.alone = jobs == 1
        self._plan, self._on_row = plan, on_row
        self._manifest = plan.manifest()
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[Submission, str]] = {}
        self._first_with: dict[str, tuple[str, threading.Event]] = {}  # verdict key -> who is judged with it
        self._local = threading.local()
        self._readers: list[Reader] = []
        self._second = False

    def close(self) -> None:
        for reader in self._readers:
            reader.close()

    def second_tries(self) -> list[Submission]:
        """Those that could not be judged; only a few where nobody could: then it is not the load."""
        self._second = True
        failed = [submission for submission, _ in self._failed.values()]
        return failed if self.rows else failed[:TRIED_AT_LEAST]

    def give_up(self) -> None:
        """Those who still have no mark stay without one."""
        for submission, why in list(self._failed.values()):
            remove(self._plan.out, submission.id)
            self._done(unjudged_row(_about(submission, Taken(), ""), self._plan.steps, why), False)
        self._failed.clear()

    def mark(self, marks: pool.Marks, submission: Submission) -> None:
        """Read one submission, and find or make its result."""
        try:
            taken = take_all(submission, self._reader())
        except ReaderFailed as error:
            self._later(submission, str(error))
            return
        wanted = {step.file for step in self._plan.steps}
        if not taken.problem and not wanted & set(taken.files):
            taken.problem = f"not handed in: {' or '.join(sorted(wanted))}"
        if taken.problem:
            self._keep(submission, taken, self._nothing(taken), "", False)
            return
        key = verdict_key(self._manifest, taken.digests())
        mine, event = self._turn(submission, key)
        if not mine:
            event.wait()
        before = self._known(submission, key)
        try:
            if before is not None:
                self._keep(submission, taken, before, key, before["submission"]["id"] == submission.id)
            else:
                self._judge(marks, submission, taken, key)
        finally:
            event.set()

    def _judge(self, marks: pool.Marks, submission: Submission, taken: Taken, key: str) -> None:
        limit = self._plan.submission_seconds
        outcome = marks.mark(taken.files, self._plan.seed_for(taken.digests()), limit)
        loaded = busy() or not self.alone
        result = outcome.result
        if result is None and not outcome.late:
            self._later(submission, outcome.why)
        elif not self._second and (loaded if result is None else busy() and _has_timeouts(result)):
            self._later(submission, outcome.why or "the machine was busy")
        else:
            self._keep(submission, taken, result or self._cut_short(taken, outcome), key, False)

    def _turn(self, submission: Submission, key: str) -> tuple[bool, threading.Event]:
        """Whether nobody else is judged with the same files; who is not first waits for the event."""
        with self._lock:
            first = self._first_with.get(key)
            if first is not None and (self._second or first[0] == submission.id):
                return True, first[1]
            if first is None:
                first = self._first_with[key] = (submission.id, threading.Event())
                return True, first[1]
            return False, first[1]

    def _known(self, submission: Submission, key: str) -> dict[str, Any] | None:
        """A verdict on these very files: from an earlier run, or from another person's equal files now."""
        twin = self._first_with[key][0]
        folders = [self._plan.out, *self._plan.known]
        places = [*((folder, submission.id) for folder in folders), (self._plan.out, twin)]
        for folder, id in dict.fromkeys(places):
            result = kept_result(folder, id, self._plan.steps)
            if result is not None and result["submission"]["key"] == key:
                return result
        return None

    def _later(self, submission: Submission, why: str) -> None:
        with self._lock:
            self._failed[submission.id] = (submission, why or "the grader gave no reason")

    def _keep(
        self, submission: Submission, taken: Taken, verdicts: Mapping[str, Any], key: str, was_there: bool
    ) -> None:
        """Put the points on the verdicts, and the result on disk: its reports first, then the JSON."""
        about = _about(submission, taken, key, self._manifest["settings"])
        result = {**priced(verdicts, self._plan.steps), "submission": about}
        about |= lateness(about, self._plan.settings.late, result["max_score"])
        assert result["schema"] == SCHEMA
        out, path = self._plan.out, self._plan.out / "results" / f"{submission.id}.json"
        same = kept_result(out, submission.id, self._plan.steps) == result
        write_reports(result, out / "reports", only_missing=same)
        if not same:
            write_json(result, path)
        with self._lock:
            self._failed.pop(submission.id, None)
        self._done(row_of(result), was_there or same)

    def _done(self, row: Row, was_there: bool) -> None:
        with self._lock:
            self.rows[row.id] = row
            self._on_row(row, was_there)

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            reader = self._local.reader = Reader()
            with self._lock:
                self._readers.append(reader)
        return reader

    def _nothing(self, taken: Taken) -> dict[str, Any]:
        """The verdicts on a submission in which there is nothing to judge."""
        steps = unjudged(self._plan.steps, f"not judged: {taken.problem}")
        return RunResult("exercises", {}, self._plan.seed or 0, "not needed", steps).to_dict()

    def _cut_short(self, taken: Taken, outcome: pool.Outcome) -> dict[str, Any]:
        """What was judged before the submission's time was up, and for all other tests why they were not."""
        rest = unjudged(self._plan.steps, f"not judged: {outcome.why}", "timeout")
        seed = self._plan.seed_for(taken.digests())
        result = RunResult("exercises", taken.digests(), seed, "unknown", rest).to_dict()
        judged = {step["number"]: step for step in outcome.steps}
        result["steps"] = [judged.get(step["number"], step) for step in result["steps"]]
        result["duration_s"] = whole(sum(step["duration_s"] for step in result["steps"]))
        return result


def _about(submission: Submission, taken: Taken, key: str, settings: str = "") -> dict[str, Any]:
    """What a result says of the submission itself."""
    return {
        "id": submission.id,
        "entry": submission.path.name,
        "students": [asdict(student) for student in submission.students],
        "origin": taken.origin,
        "notes": list(taken.notes),
        "problem": taken.problem,
        "forms": {name: list(form) for name, form in taken.forms.items()},
        "handed_in": submission.handed_in,
        "late": submission.late,
        "attempt": submission.attempt,
        "key": key,
        "settings": settings,
    }


def lateness(about: Mapping[str, Any], rule: LateRule | None, most: float) -> dict[str, Any]:
    """What a result says of the days that it came late; nothing where the settings have no rule.

    Args:
        about: what else it says of the submission.
        most: the points that there are.
    """
    if rule is None:
        return {}
    who = [text for student in about["students"] for text in student.values() if text]
    days = rule.days_late(about["handed_in"], who)
    if days is not None:
        return {"days_late": days, "taken_off": whole(rule.taken_off(days, most))}
    unknown = "late, and the export does not say by how much: nothing was taken off"
    return {"notes": [*about["notes"], unknown]} if about["late"] else {}


def _has_timeouts(result: Mapping[str, Any]) -> bool:
    return any(test["status"] == "timeout" for step in result["steps"] for test in step["tests"])
