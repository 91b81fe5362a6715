"""What Kolibri 0.15 to 0.19 says, in canonical terms.

Kolibri's words: a *facility* is a school or center, a *coach* a teacher, a *mastery log* one try at an exercise or quiz
with the criterion that counted then, a *summary log* a learner's progress in one piece of content over all tries.
"""

import re
from collections.abc import Iterator

from connectors.fields import Fields
from schemas import Alignment, AnyRecord, Class, Enrollment, Identifier, LineItem, Name, Org, Person, Result, Role
from schemas.codes import Method, OrgType, RoleName

FACILITY: dict[str, OrgType] = {"formal": "school", "nonformal": "program", "informal": "other"}
"""A facility by its preset (kolibri.core.auth, facility configuration presets)."""

ROLE: dict[str, RoleName] = {"admin": "administrator", "coach": "teacher", "classroom assignable coach": "teacher"}
"""An account's role in a collection (kolibri.core.auth, role kinds). No role at all is a learner."""

UNTOLD = frozenset({"NOT_SPECIFIED", "DEFERRED"})
"""Birth years a person did not want to give, or not yet (kolibri.core.auth, demographics)."""

METHOD: dict[str, Method] = {
    "do_all": "formative",
    "m_of_n": "adaptive",
    "num_correct_in_a_row_2": "adaptive",
    "num_correct_in_a_row_3": "adaptive",
    "num_correct_in_a_row_5": "adaptive",
    "num_correct_in_a_row_10": "adaptive",
    "skill_check": "adaptive",
    "quiz": "summative",
    "pre_post_test": "diagnostic",
}
"""How a try came about, by its mastery criterion (le_utils, mastery models)."""

STANDARD = re.compile(r"(?=.*\d)[A-Za-z0-9:]+([.\-][A-Za-z0-9]+)+")
"""A tag that is the code of a standard, like CCSS.MATH.CONTENT.6.RP.A.1; other tags are for finding things."""

CRITERION = {kind: (kind, method) for kind, method in METHOD.items()}


def facility(f: Fields) -> Iterator[AnyRecord]:
    dataset = f.nested("dataset")
    yield Org(key=f.ident("id"), name=f.text("name"), type=dataset.one_of("preset", FACILITY))
    dataset.drop(*dataset.names())  # how the facility is set up; nothing else in it is about learning


def account(f: Fields) -> Iterator[AnyRecord]:
    """An account of a facility, or one a facility has deleted (then it carries `date_deleted`)."""
    key, org = f.ident("id"), f.ident("facility")
    identifiers = [Identifier(type="account", value=key), Identifier(type="username", value=f.ident("username"))]
    if number := f.ident("id_number", None):
        identifiers.append(Identifier(type="district", value=number))
    yield Person(
        key=key,
        identifiers=tuple(identifiers),
        names=(Name(full=name),) if (name := f.text("full_name", None)) else (),
        roles=_roles(f, org),
        birth_year=_birth_year(f),
        primary_org=org,
        withdrawn=f.moment("date_deleted", None) is not None,
    )


def _roles(f: Fields, org: str) -> tuple[Role, ...]:
    roles: list[RoleName] = ["systemAdministrator"] if f.flag("is_superuser", False) else []
    for role in f.each("roles"):
        roles.append(role.one_of("kind", ROLE))
        role.drop("id", "collection")  # a class or the facility: the classroom stream says which classes
    if not roles:
        roles.append("student")
    return tuple(Role(role=role, org=org) for role in dict.fromkeys(roles))


def _birth_year(f: Fields) -> int | None:
    year = f.text("birth_year", None)
    if year is None or year in UNTOLD:
        return None
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise f.wrong("birth_year", year, "is not a year like 2014, NOT_SPECIFIED or DEFERRED")
    return int(year)


def classroom(f: Fields) -> Iterator[AnyRecord]:
    key, org = f.ident("id"), f.ident("parent")
    yield Class(key=key, title=f.text("name"), type="scheduled", org=org)
    for coach in f.each("coaches"):
        person = coach.ident("id")
        coach.drop(*coach.names())  # the account again, which its own stream says in full
        yield Enrollment(key=f"{key}|{person}", person=person, class_=key, role="teacher", org=org)


def learner_group(f: Fields) -> Iterator[AnyRecord]:
    """A group inside a classroom."""
    yield Class(key=f.ident("id"), title=f.text("name"), type="group", part_of=f.ident("parent"))


def membership(f: Fields) -> Iterator[AnyRecord]:
    yield Enrollment(key=f.ident("id"), person=f.ident("user"), class_=f.ident("collection"), role="student")


def lesson(f: Fields) -> Iterator[AnyRecord]:
    yield LineItem(
        key=f.ident("id"),
        title=f.text("title"),
        description=f.text("description", None),
        category="lesson",
        class_=f.ident("collection"),
        assigned=f.day("date_created", None),
    )


def exam(f: Fields) -> Iterator[AnyRecord]:
    """A quiz a coach made for a class. A draft was given to nobody, and says nothing yet."""
    draft = f.flag("draft", False)
    item = LineItem(
        key=f.ident("id"),
        title=f.text("title"),
        category="exam",
        class_=f.ident("collection"),
        assigned=f.day("date_activated", None),
        maximum=f.number("question_count", None),
    )
    if not draft:
        yield item


def content_node(f: Fields) -> Iterator[AnyRecord]:
    """A piece of content, under the id its copies in all channels share: logs name that one. A topic is a folder.

    Tags that are codes of standards say what it is aligned to.
    """
    kind = f.text("kind")
    item = LineItem(
        key=f.ident("content_id"),
        title=f.text("title"),
        description=f.text("description", None),
        category=kind,
        alignments=tuple(Alignment(code=tag) for tag in f.texts("tags") if STANDARD.fullmatch(tag)),
    )
    if kind != "topic":
        yield item


def summary_log(f: Fields) -> Iterator[AnyRecord]:
    """A row of Kolibri's summary export, with the account id that belongs to its username as the cell `user`.

    What an exercise's progress proves, its mastery logs say; only other content is passed by being completed.
    """
    person, content = f.ident("user"), f.ident("Content id")
    exercise = f.text("Content kind") == "exercise"
    completed, last = f.moment("Time of completion", None), f.moment("Time of last interaction", None)
    f.drop(*(name for name in f.names() if name.startswith("Folder level")))
    yield Result(
        key=f"{person}|{content}",
        person=person,
        line_item=content,
        title=f.text("Content title", None),
        modified=last,
        status="partially graded" if completed is None else "fully graded",
        score=f.number("Progress (0-1)"),
        minimum=0,
        maximum=1,
        unit="progress",
        passed=True if completed and not exercise else None,
        scored_at=completed or last,
    )


def mastery_log(f: Fields) -> Iterator[AnyRecord]:
    """One try, in the envelope the client adds: whose try (`user`), at what (`content`).

    A complete try proves mastery only where the criterion asks for right answers; "do all", quizzes and tests are
    complete when every question has been answered, right or wrong. Of a quiz whose learners do not see yet how they did
    (`withheld`) nothing is told but that it was done.
    """
    key, person, content = f.ident("id"), f.ident("user"), f.ident("content", None)
    withheld = f.flag("withheld", False)
    log = f.nested("log")
    method, criterion = _criterion(log)
    complete = log.flag("complete")
    completed, last = log.moment("completion_timestamp", None), log.moment("end_timestamp", None)
    correct = log.number("correct")
    log.drop("id", "start_timestamp", "time_spent")
    if withheld:
        yield Result(key=key, person=person, line_item=content, modified=last, status="submitted" if complete else None)
        return
    yield Result(
        key=key,
        person=person,
        line_item=content,
        modified=last,
        status="fully graded" if complete else "partially graded",
        score=correct,
        minimum=0,
        unit="correct answers",
        passed=complete if method == "adaptive" else None,
        method=method,
        scored_at=completed or last,
        extensions={"mastery_criterion": criterion} if criterion else {},
    )


def _criterion(log: Fields) -> tuple[Method | None, dict[str, str | float]]:
    """The method a try's criterion stands for, and the criterion itself ("m right of the last n")."""
    criterion = log.nested("mastery_criterion", None)
    if criterion is None or "type" not in criterion:
        return None, {}
    kind, method = criterion.one_of("type", CRITERION)
    criterion.drop("coach_assigned")
    counts = {"m": criterion.number("m", None), "n": criterion.number("n", None)}
    words = {name: criterion.text(name, None) for name in ("test_type", "version")}
    return method, {"type": kind} | {name: value for name, value in (counts | words).items() if value is not None}
