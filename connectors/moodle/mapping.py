"""What Moodle (3.1 to 5) says of people and their competencies, in canonical terms.

Moodle's words: a *competency* has a framework and a scale; a user is *rated* in it with an item of the scale (`grade`,
from 1), which is or is not *proficient*; *evidence of prior learning* is what a user made elsewhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from connectors.fields import Fields
from connectors.kit.markup import plain
from schemas import Alignment, AnyRecord, Competency, Evidence, Framework, Identifier, Name, Person, Result, Role


def user(f: Fields) -> Iterator[AnyRecord]:
    """An account. The role is `other`, which makes nobody a learner: what they are rated in does."""
    key, number, login = f.text("id"), f.text("idnumber", None), f.text("username")
    identifiers = [Identifier(type="account", value=key), Identifier(type="username", value=login)]
    if number:
        identifiers.append(Identifier(type="district", value=number))
    yield Person(
        key=key,
        identifiers=tuple(identifiers),
        names=(Name(given=f.text("firstname", None), family=f.text("lastname", None)),),
        roles=(Role(role="other"),),
        email=f.text("email", None),
        enabled=not f.flag("suspended", False),
    )


def framework(f: Fields) -> Iterator[AnyRecord]:
    yield Framework(key=f.text("id"), title=plain(f.text("shortname")), modified=_moment(f, "timemodified"))


def competency(f: Fields) -> Iterator[AnyRecord]:
    name = plain(f.text("shortname"))
    yield Competency(
        key=f.text("id"),
        statement=plain(f.text("description", "")) or name,
        code=f.text("idnumber", None) or name,
        framework=f.text("competencyframeworkid"),
        modified=_moment(f, "timemodified"),
    )


def rating(f: Fields) -> Iterator[AnyRecord]:
    """A user's rating in a competency, in the envelope the client adds. Who is not rated yet has no grade: nothing."""
    key, person = f.text("id"), f.text("user")
    told = f.nested("rating")
    aligned = _aligned(told.nested("competency"))
    then = told.nested("usercompetencyplan", None)
    rated = told.nested("usercompetency", None) if then is None else then
    told.drop("usercompetency")
    if rated is None:
        return
    grade, at = rated.number("grade", None), _moment(rated, "timemodified")
    level, proficient = rated.text("gradename", None), rated.flag("proficiency", None)
    rated.drop(*rated.names())  # who reviews it, and what the caller may do
    if grade is not None:
        yield Result(
            key=key,
            person=person,
            title=aligned.name,
            status="fully graded",
            score=grade,
            minimum=1,
            unit="scale item",
            level=plain(level) if level else None,
            passed=proficient,
            scored_at=at,
            alignments=(aligned,),
        )


def evidence(f: Fields) -> Iterator[AnyRecord]:
    """Evidence of prior learning, aligned with the competencies it was linked to; how those are rated, plans say."""
    alignments = []
    for linked in f.each("usercompetencies"):
        alignments.append(_aligned(linked.nested("competency")))
        linked.drop("usercompetency")
    yield Evidence(
        key=f.text("id"),
        person=f.text("userid"),
        name=plain(f.text("name")),
        description=plain(f.text("description", "")) or None,
        url=f.text("url", None),
        occurred_at=_moment(f, "timecreated"),
        modified=_moment(f, "timemodified"),
        alignments=tuple(alignments),
    )


def _aligned(told: Fields) -> Alignment:
    """The competency as it is written beside a rating: its code is what Moodle calls its id number."""
    name, code = plain(told.text("shortname")), told.text("idnumber", None)
    told.drop(*told.names())
    return Alignment(name=name, code=code)


def _moment(f: Fields, name: str) -> datetime | None:
    """Moodle tells times in seconds since 1970; 0 is none."""
    seconds = f.number(name, None)
    if not seconds:
        return None
    if not 0 < seconds < 1e10:
        raise f.wrong(name, seconds, "is no time in seconds since 1970")
    return datetime.fromtimestamp(seconds, UTC)
