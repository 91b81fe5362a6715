"""A district's life: children come, learn, change schools, leave, return, graduate, and what is true of each of them.

The simulation keeps two books: what its student information system lists at a sync, and what is so of each child. They
are written by the same events and by nothing of Tessera's.
"""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

SYLLABLES = (
    "ka",
    "ru",
    "mi",
    "zo",
    "pe",
    "lu",
    "di",
    "fa",
    "go",
    "he",
    "ni",
    "vy",
    "sa",
    "to",
    "be",
    "ji",
    "wo",
    "cu",
    "qe",
    "xi",
)
"""Of three of these, the third decided by the two others, names are made of which no two resemble one another."""
SUBJECTS = ("Algebra", "Biology", "Chemistry", "Drawing")
SCHOOLS = ("o-1", "o-2")
LAST_GRADE = 12
FEWEST = 4
Json = dict[str, Any]


@dataclass
class Enrolled:
    """A child in a class: from when to when it is to run, whether any listing had it, and since when none has."""

    source: str
    title: str
    begins: date
    ends: date
    told: bool = False
    gone: date | None = None


@dataclass
class Scored:
    """A result, and whether its source took it back."""

    source: str
    day: date
    score: int
    gone: date | None = None
    retracted: bool = False


@dataclass
class Child:
    """What is so of a child. `rows` are how each source told of them, from which day on."""

    number: str
    rows: dict[str, list[tuple[date, "Row"]]] = field(default_factory=dict)
    enrolled: dict[str, Enrolled] = field(default_factory=dict)
    scored: dict[str, Scored] = field(default_factory=dict)

    def on(self, day: date) -> list["Row"]:
        """How each source had told of the child by a day or, before that, how it told first."""
        return [
            ([row for since, row in versions if since <= day] or [versions[0][1]])[-1]
            for versions in self.rows.values()
        ]


@dataclass(frozen=True)
class Row:
    """A child in the student information system: by which name, at which school, and in which grade."""

    child: int
    name: str
    school: str
    grade: int


@dataclass
class Sync:
    """One full pull: of which source, when, its pages by stream, and what is true from then on."""

    source: str
    at: datetime
    streams: list[tuple[str, list[Json]]]
    truth: dict[int, Child]


class District:
    """The district itself, and its student information system."""

    def __init__(self, random: Random, size: int, *, regrading: bool = False) -> None:
        self.random = random
        self.regrading = regrading
        self.children: dict[int, Child] = {}
        self.rows: dict[str, Row] = {}
        self.enrollments: dict[str, tuple[str, int]] = {}
        self.results: dict[str, int] = {}
        self.deleted: dict[str, int] = {}
        self.left: dict[str, Row] = {}
        self.source, self.changes, self.keys = "sis0", 0, 0
        self.year = 2020
        for _ in range(size):
            self._arrive()

    def life(self, years: int) -> Iterator[Sync]:
        """The syncs of so many school years: three a year, and events before each."""
        for year in range(2020, 2020 + years):
            self.year = year
            self._roll_over()
            for month, day in ((9, 1), (12, 1), (4, 1)):
                today = date(year + (month < 8), month, day)
                if self.changes < 1 and self.random.random() < 0.1:
                    self._change_system()
                for _ in range(self.random.randrange(4)):
                    self.random.choice(
                        (
                            self._arrive,
                            self._leave,
                            self._drop,
                            self._transfer,
                            self._correct,
                            self._overwrite,
                            self._reuse,
                            self._return,
                            self._delete,
                        )
                    )()
                self._learn(today)
                if self.regrading:
                    self._regrade()
                yield self._sync(today)

    def _key(self, letter: str) -> str:
        self.keys += 1
        return f"{letter}{self.keys}"

    def _arrive(self, key: str | None = None) -> None:
        n = len(self.children)
        first, second = divmod(n, len(SYLLABLES))
        parts = (SYLLABLES[first], SYLLABLES[second], SYLLABLES[(first + second) % len(SYLLABLES)])
        name = f"{''.join(parts).title()} Family{n}"
        self.children[n] = Child(f"{100000 + 37 * n}")
        key = key or self._key("u")
        self.rows[key] = Row(n, name, self.random.choice(SCHOOLS), self.random.randint(9, LAST_GRADE))
        self._enroll(key)

    def _enroll(self, key: str) -> None:
        row = self.rows[key]
        for subject in self.random.sample(SUBJECTS, 2):
            enrollment = self._key("e")
            self.enrollments[enrollment] = (key, row.child)
            title = f"{subject} {self.year}"
            self.children[row.child].enrolled[enrollment] = Enrolled(
                self.source, title, date(self.year, 8, 20), date(self.year + 1, 6, 15)
            )

    def _roll_over(self) -> None:
        """A new year: last year's classes, enrollments and results are listed no more, nor are those who graduated."""
        self.enrollments.clear()
        self.results.clear()
        self.deleted.clear()
        self.left = {key: replace(row, grade=row.grade + 1) for key, row in self.left.items() if row.grade < LAST_GRADE}
        self.rows = {key: replace(row, grade=row.grade + 1) for key, row in self.rows.items() if row.grade < LAST_GRADE}
        while len(self.rows) < FEWEST:
            self._arrive()
        for key in self.rows:
            self._enroll(key)

    def _change_system(self) -> None:
        """A new student information system: new keys for all, the same numbers; the old one is silent for ever."""
        self.changes += 1
        self.source = f"sis{self.changes}"
        rows, self.rows = self.rows, {}
        self.left.clear()
        self.enrollments.clear()
        self.results.clear()
        self.deleted.clear()
        for row in rows.values():
            key = self._key("v")
            self.rows[key] = row
            self._enroll(key)

    def _leave(self) -> None:
        if len(self.rows) >= FEWEST:
            key = self.random.choice(sorted(self.rows))
            self._forget(key)
            self.left[key] = self.rows.pop(key)

    def _return(self) -> None:
        if self.left:
            key = self.random.choice(sorted(self.left))
            self.rows[key] = self.left.pop(key)
            self._enroll(key)

    def _reuse(self) -> None:
        """A key of a child who has left that is a new child's from now on."""
        if self.left:
            key = self.random.choice(sorted(self.left))
            del self.left[key]
            self._arrive(key)

    def _forget(self, key: str) -> None:
        """A child's enrollments and results are listed no more."""
        child = self.rows[key].child
        self.enrollments = {e: (k, c) for e, (k, c) in self.enrollments.items() if c != child}
        self.results = {r: c for r, c in self.results.items() if c != child}

    def _drop(self) -> None:
        """A class that is left, with the results earned in it."""
        if self.enrollments:
            self.enrollments.pop(self.random.choice(sorted(self.enrollments)))

    def _correct(self) -> None:
        """A family name that was misspelt."""
        key = self.random.choice(sorted(self.rows))
        self.rows[key] = replace(self.rows[key], name=f"{self.rows[key].name}s")

    def _transfer(self) -> None:
        """To the other school of the district, and perhaps back later: other classes, and the results come along."""
        key = self.random.choice(sorted(self.rows))
        row = self.rows[key]
        self.rows[key] = replace(row, school=next(school for school in SCHOOLS if school != row.school))
        self.enrollments = {e: (k, c) for e, (k, c) in self.enrollments.items() if c != row.child}
        self._enroll(key)

    def _overwrite(self) -> None:
        """A row that is overwritten: the key of one child is another child's from one sync to the next."""
        if len(self.rows) >= FEWEST:
            key = self.random.choice(sorted(self.rows))
            self._forget(key)
            del self.rows[key]
            self._arrive(key)

    def _regrade(self) -> None:
        """Some results that are graded anew."""
        for key in self.random.sample(sorted(self.results), min(5, len(self.results))):
            self.children[self.results[key]].scored[key].score = self.random.randrange(11)

    def _delete(self) -> None:
        """A result that its source takes back."""
        if self.results:
            key = self.random.choice(sorted(self.results))
            self.deleted[key] = self.results.pop(key)

    def _learn(self, today: date) -> None:
        for key, row in self.rows.items():
            if any(k == key for k, _ in self.enrollments.values()) and self.random.random() < 0.5:
                result = self._key("r")
                self.results[result] = row.child
                self.children[row.child].scored[result] = Scored(
                    self.source, today - timedelta(days=3), self.random.randrange(11)
                )

    def _sync(self, today: date) -> Sync:
        moment = datetime.combine(today, time(6), UTC)
        self._true_from(today)
        streams = [
            ("users", [self._user(key, row) for key, row in self.rows.items()]),
            ("enrollments", [self._enrollment(key) for key in self.enrollments]),
            (
                "results",
                [*(self._result(key) for key in self.results), *(self._gone(key, moment) for key in self.deleted)],
            ),
        ]
        self.deleted.clear()
        return Sync(self.source, moment, streams, deepcopy(self.children))

    def _true_from(self, today: date) -> None:
        """Write down what this sync makes known of each child."""
        for row in self.rows.values():
            versions = self.children[row.child].rows.setdefault(self.source, [])
            if not versions or versions[-1][1] != row:
                versions.append((today, row))
        for child in self.children.values():
            for key, enrolled in child.enrolled.items():
                if key in self.enrollments:
                    enrolled.told = True
                elif enrolled.told and enrolled.gone is None and enrolled.source == self.source:
                    enrolled.gone = today
            for key, scored in child.scored.items():
                if key in self.deleted:
                    scored.retracted = True
                elif key not in self.results and scored.gone is None and scored.source == self.source:
                    scored.gone = today

    def _user(self, key: str, row: Row) -> Json:
        given_name, _, family = row.name.partition(" ")
        org = {"sourcedId": row.school, "type": "org", "href": "x"}
        return {
            **_head(key),
            "enabledUser": "true",
            "givenName": given_name,
            "familyName": family,
            "identifier": self.children[row.child].number,
            "grades": [f"{row.grade:02}"],
            "roles": [{"roleType": "primary", "role": "student", "org": org}],
        }

    def _enrollment(self, key: str) -> Json:
        user, child = self.enrollments[key]
        enrolled = self.children[child].enrolled[key]
        return {
            **_head(key),
            "role": "student",
            "user": {"sourcedId": user, "type": "user", "href": "x"},
            "class": {"sourcedId": enrolled.title, "type": "class", "href": "x"},
            "school": {"sourcedId": self.rows[user].school, "type": "org", "href": "x"},
            "beginDate": enrolled.begins.isoformat(),
            "endDate": (enrolled.ends + timedelta(days=1)).isoformat(),
        }

    def _result(self, key: str) -> Json:
        child = self.results[key]
        scored = self.children[child].scored[key]
        [user] = [user for user, row in self.rows.items() if row.child == child]
        return {
            **_head(key),
            "student": {"sourcedId": user, "type": "user", "href": "x"},
            "lineItem": {"sourcedId": "l-1", "type": "lineItem", "href": "x"},
            "score": scored.score,
            "scoreDate": scored.day.isoformat(),
            "scoreStatus": "fully graded",
        }

    def _gone(self, key: str, at: datetime) -> Json:
        return {"sourcedId": key, "status": "tobedeleted", "dateLastModified": at.isoformat()}


def _head(key: str) -> Json:
    return {"sourcedId": key, "status": "active", "dateLastModified": "2019-08-01T08:00:00.000Z"}
