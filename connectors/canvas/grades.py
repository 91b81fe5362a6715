"""Grades of a whole course, of a grading period in it, and of a rubric's rows, in canonical terms."""

from collections.abc import Iterator

from connectors.canvas.places import period_key, whole
from connectors.fields import Fields
from connectors.kit.zones import local_day
from schemas import AcademicSession, AnyRecord, LineItem, Result

NEAR = 1e-6
"""A score this near a rating's points has reached it: 2 of 3, on a scale of 4, is not the same number everywhere."""


def grading_period(f: Fields) -> Iterator[AnyRecord]:
    """A grading period in the envelope the client adds: with the terms of its set. Of several it is no one's part."""
    key, zone, terms = f.ident("id"), f.text("time_zone", None), [each.ident("id") for each in f.each("terms")]
    period = f.nested("period")
    yield AcademicSession(
        key=key,
        title=period.text("title"),
        type="gradingPeriod",
        parent=terms[0] if len(terms) == 1 else None,
        begins=local_day(period, "start_date", zone),
        ends=local_day(period, "end_date", zone),
    )


def period_grade(f: Fields) -> Iterator[AnyRecord]:
    """A learner's grade in a grading period of a course, or what it is a grade of."""
    course, period = f.ident("course_id"), f.nested("period")
    title = f"Course grade, {period.text('title')}"
    session = period_key(period.ident("id"))
    if "user_id" in f:
        yield from grade(f, course, title, f"grade/{course}/{session}")
        return
    yield LineItem(key=f.ident("id"), title=title, class_=whole(course), session=session, minimum=0, maximum=100)


def grade(f: Fields, course: str, title: str, line_item: str | None = None) -> Iterator[AnyRecord]:
    """A learner's grade: while its time runs, of what is graded so far; at its end with all that is missing.

    A grade that a teacher set by hand stands above both. What is not posted is not told, nor the total of a course
    that hides it from those who learn in it. Where nothing of a grading period is graded, Canvas makes its end a zero,
    also for who came to the class after it: that is told of nobody.
    """
    key, person, state = f.ident("id"), f.ident("user_id"), f.text("state", None)
    grades, hidden = f.nested("course_grades"), f.flag("hidden", False)
    done = state == "completed"
    which = "final" if done else "current"
    score, words = grades.number(f"{which}_score", None), grades.text(f"{which}_grade", None)
    by_hand = grades.number("override_score", None), grades.text("override_grade", None)
    unseen = line_item is not None and grades.number("current_score", None) is None and which == "final"
    grades.drop(*grades.names())  # what is not posted, and its address
    if any(value is not None for value in by_hand):
        score, words, unseen = *by_hand, False
    if hidden or unseen or (score is None and words is None):
        return
    yield Result(
        key=key,
        person=person,
        line_item=line_item,
        class_=whole(course),
        title=title,
        status="fully graded" if done else "partially graded",
        score=score,
        minimum=0,
        maximum=100,
        unit="percent",
        text_score=words,
        method="summative",
    )


def rubric_words(f: Fields) -> str | None:
    """What a rubric's rows say of a piece of work, a line each: the rating, the points, the assessor's comment.

    A row that is tied to an outcome has an outcome result, too; the others are of no competency that Canvas knows. A
    rating is known by its id: two of a row may have the same points.
    """
    rubric = f.nested("rubric", None)
    if rubric is None:
        f.drop("rubric_assessment")
        return None
    assessed, points = f.nested("rubric_assessment"), not rubric.flag("hide_points", False)
    lines = [line for row in rubric.each("rows") if (line := _row(row, assessed, points=points))]
    assessed.drop(*assessed.names())  # rows that the rubric has no more
    return "\n".join(lines) or None


def _row(row: Fields, assessed: Fields, *, points: bool) -> str | None:
    key, name, most = row.ident("id"), row.text("description", None), row.number("points", None)
    ratings = [_rating(each) for each in row.each("ratings")]
    mark = assessed.nested(key, None)
    if mark is None:
        return None
    chosen, score, comment = mark.ident("rating_id", None), mark.number("points", None), mark.text("comments", None)
    mark.drop(*mark.names())
    words = next((text for rating, text, _ in ratings if chosen and rating == chosen), None)
    if words is None and score is not None:
        same = [text for _, text, worth in ratings if worth is not None and abs(worth - score) < NEAR]
        words = same[0] if len(same) == 1 else None
    number = f"{score:g}" + ("" if most is None else f" of {most:g}") if points and score is not None else None
    reached = ", ".join(text for text in (words, number) if text)
    sentence = ". ".join(text for text in (reached, comment) if text)
    return f"{name or key}: {sentence}" if sentence else None


def _rating(f: Fields) -> tuple[str | None, str | None, float | None]:
    """A rating's id, words and points."""
    return f.ident("id", None), f.text("description", None), f.number("points", None)
