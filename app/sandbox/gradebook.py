"""The SIS gradebook of the sample district: categories, score scales, line items, results, district benchmarks."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from app.sandbox import year
from app.sandbox.catalog import CODE_PREFIX, GRADED, MATH, SCIENCE, STANDARDS, TOOL_GRADES
from app.sandbox.chance import roll
from app.sandbox.district import Class, District
from app.sandbox.people import Learner

ScoreStatus = Literal["exempt", "fully graded", "not submitted", "partially graded", "submitted"]

CATEGORIES = (("cat-homework", "Homework", 0.2), ("cat-test", "Tests", 0.5), ("cat-project", "Projects", 0.3))
LEVELS = ("Beginning", "Developing", "Proficient", "Advanced")
"""What the four points of the project scale mean."""


class Objective(Struct, frozen=True):
    """What a line item assesses: `source` "case" means `id` is a CASE GUID, "unknown" that it is a local code."""

    source: Literal["case", "unknown"]
    id: str


class LineItem(Struct, frozen=True):
    """An assignment in a class."""

    key: str
    title: str
    class_: Class
    category: str
    due: date
    maximum: float
    scaled: bool
    objectives: tuple[Objective, ...]
    modified: str


class Result(Struct, frozen=True):
    """What a learner reached on a line item. No score is no score, never zero."""

    key: str
    item: LineItem
    person: str
    status: ScoreStatus
    score: float | None
    level: str | None
    day: date
    late: bool
    missing: bool
    modified: str


class Benchmark(Struct, frozen=True):
    """The district's own mathematics test in a grade, with one standard's score beside the whole."""

    key: str
    title: str
    grade: int
    taken: date


_PLAN = (("Homework 1", 0, date(2026, 9, 11), 10.0), ("Unit test 1", 1, date(2026, 10, 9), 100.0))
_PROJECT_DUE = date(2026, 11, 6)
_BENCHMARK_TAKEN = date(2026, 9, 22)
BENCHMARKS = tuple(
    Benchmark(f"ali-math-{grade}", f"District mathematics benchmark, grade {grade}", grade, _BENCHMARK_TAKEN)
    for grade in TOOL_GRADES
)


def line_items(district: District) -> Iterator[LineItem]:
    """Every line item: three for each class of a graded subject, and from day 2 an exit ticket a day in mathematics."""
    for class_ in district.class_at.values():
        if class_.subject in GRADED:
            yield from line_items_of(class_, district.today)


def line_items_of(class_: Class, today: int) -> Iterator[LineItem]:
    """A class's line items up to a day."""
    mathematics = class_.subject == MATH
    first, second = STANDARDS[class_.grade]
    by_guid = (Objective("case", first.guid),) if mathematics else ()
    by_code = (Objective("unknown", CODE_PREFIX + second.code),) if mathematics else ()
    for number, (title, category, due, maximum) in enumerate(_PLAN, 1):
        objectives = by_guid if number == 1 else by_guid + by_code
        yield _item(class_, str(number), title, category=category, due=due, maximum=maximum, objectives=objectives)
    local = (Objective("unknown", f"LOCAL.{class_.subject}.{class_.grade}.P1"),) if class_.subject != SCIENCE else ()
    yield _item(
        class_, "3", "Project", category=2, due=_PROJECT_DUE, maximum=float(len(LEVELS)), objectives=by_guid or local
    )
    for day in range(2, today + 1 if mathematics else 2):
        on = year.date_of(day)
        title = f"Exit ticket {on:%B %d}"
        yield _item(class_, f"d{day}", title, category=0, due=on, maximum=5.0, objectives=by_guid)


def _item(
    class_: Class,
    suffix: str,
    title: str,
    *,
    category: int,
    due: date,
    maximum: float,
    objectives: tuple[Objective, ...],
) -> LineItem:
    return LineItem(
        key=f"li-{class_.key[4:]}-{suffix}",
        title=title,
        class_=class_,
        category=CATEGORIES[category][0],
        due=due,
        maximum=maximum,
        scaled=title == "Project",
        objectives=objectives,
        modified=year.stamp(due if due > year.DAY_ONE else due - timedelta(days=14)),
    )


def results(district: District) -> Iterator[Result]:
    """Every result, learner by learner."""
    items: dict[str, tuple[LineItem, ...]] = {}
    for index in range(district.size):
        learner = district.learner(index)
        for class_, begins, ends in district.classes_of(learner):
            if class_.subject not in GRADED:
                continue
            if class_.key not in items:
                items[class_.key] = tuple(line_items_of(class_, district.today))
            for number, item in enumerate(items[class_.key]):
                if begins <= item.due and (ends is None or item.due <= ends):
                    yield _result(district.seed, learner, item, number)


def _result(seed: int, learner: Learner, item: LineItem, number: int) -> Result:
    """A result by chance around the learner's ability; one in ten is not simply graded."""
    chance = roll(seed, learner.index, item.class_.subject, number)
    status = _STATUS[chance % len(_STATUS)]
    share = min(1.0, max(0.0, 0.25 + 0.6 * learner.ability + (chance >> 8 & 0xFF) / 0xFF * 0.3 - 0.15))
    score = level = None
    if status in ("fully graded", "partially graded"):
        score = round(share * item.maximum, 1)
        if item.scaled:
            score = float(1 + min(3, int(share * 4)))
            level = LEVELS[int(score) - 1]
    handed_in = item.due + timedelta(days=chance >> 16 & 1)
    entered = item.due if item.due > year.DAY_ONE else item.due + timedelta(days=2 + (chance >> 24) % 7)
    return Result(
        key=f"res-{item.key[3:]}-{learner.number}",
        item=item,
        person=learner.key,
        status=status,
        score=score,
        level=level,
        day=handed_in,
        late=handed_in > item.due,
        missing=status == "not submitted",
        modified=year.stamp(entered),
    )


_STATUS: tuple[ScoreStatus, ...] = ("fully graded",) * 28 + ("exempt", "not submitted", "partially graded", "submitted")


class BenchmarkResult(Struct, frozen=True):
    """A learner's benchmark: `score` of 500 to 900, and a mastery level of 1 to 4 on the grade's first standard."""

    key: str
    benchmark: Benchmark
    person: str
    score: float
    percentile: float
    standard: str
    level: float
    modified: str


def benchmark_results(district: District) -> Iterator[BenchmarkResult]:
    """Every benchmark result of the grades that took one."""
    by_grade = {benchmark.grade: benchmark for benchmark in BENCHMARKS}
    modified = year.stamp(_BENCHMARK_TAKEN + timedelta(days=7))
    for index in range(district.size):
        learner = district.learner(index)
        if learner.grade in by_grade:
            benchmark = by_grade[learner.grade]
            yield BenchmarkResult(
                key=f"asr-math-{learner.number}",
                benchmark=benchmark,
                person=learner.key,
                score=float(500 + round(400 * learner.ability)),
                percentile=float(1 + round(98 * learner.ability)),
                standard=STANDARDS[learner.grade][0].guid,
                level=float(1 + min(3, int(4 * learner.ability))),
                modified=modified,
            )
