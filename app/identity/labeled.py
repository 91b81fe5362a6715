"""Labeled files: people of whom it is known who is who, to see how well scores find them."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app.errors import Invalid
from app.matching.apart import PersonRef, TypedId
from app.matching.traits import Traits, contact, grade, spelling, words
from schemas import Name

COLUMNS = ("side", "id", "truth")
"""What every row has: `roster` or `sign-up`, an id of its own, and a label that all rows of one person share."""
FIELDS = (
    *("given", "middle", "family", "birth_date", "grade", "school", "sex"),
    *("email", "phone", "address", "state_id", "kind"),
)
"""What a row may have besides; `kind` names what is wrong with a sign-up (`typo`, `twin`), with commas between."""
ROSTER, SIGN_UP = 1, 2


@dataclass(frozen=True, slots=True)
class Labeled:
    """People of a roster, sign-ups, whom of the roster each sign-up is, if anybody, and what is wrong with each."""

    roster: list[Traits]
    sign_ups: list[Traits]
    truth: dict[PersonRef, PersonRef]
    kinds: dict[PersonRef, tuple[str, ...]]


def read(path: Path) -> Labeled:
    """Read a labeled CSV file. Invalid names the line and the column that will not do."""
    people = list(_rows(path))
    by_label = {label: person.ref for person, label, _ in people if person.ref.source == ROSTER}
    sign_ups = [(person, label) for person, label, _ in people if person.ref.source == SIGN_UP]
    kinds = {person.ref: kind for person, _, kind in people if kind}
    truth = {person.ref: by_label[label] for person, label in sign_ups if label in by_label}
    return Labeled([p for p, *_ in people if p.ref.source == ROSTER], [p for p, _ in sign_ups], truth, kinds)


def _rows(path: Path) -> Iterator[tuple[Traits, str, tuple[str, ...]]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if lacking := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
            raise Invalid(f"{path.name} lacks the column {lacking[0]!r}: it wants {', '.join(COLUMNS + FIELDS)}")
        for row in rows:
            side = {"roster": ROSTER, "sign-up": SIGN_UP}.get(row["side"])
            if side is None:
                raise Invalid(f"{path.name} line {rows.line_num}: side {row['side']!r} is not roster or sign-up")
            kinds = tuple(kind.strip() for kind in (row.get("kind") or "").split(",") if kind.strip())
            yield _person(PersonRef(side, row["id"]), row, f"{path.name} line {rows.line_num}"), row["truth"], kinds


def _person(ref: PersonRef, row: dict[str, str], place: str) -> Traits:
    fields = {name: (row.get(name) or "").strip() for name in FIELDS}
    try:
        birth = date.fromisoformat(fields["birth_date"]) if fields["birth_date"] else None
    except ValueError:
        raise Invalid(f"{place}: birth_date {fields['birth_date']!r} is not a date like 2012-03-04") from None
    reached = (("email", fields["email"]), ("phone", fields["phone"]), ("address", fields["address"]))
    return Traits(
        ref=ref,
        names=(spelling(Name(given=fields["given"], middle=fields["middle"], family=fields["family"])),),
        birth=birth,
        birth_year=birth.year if birth else None,
        grade=grade(fields["grade"]) if fields["grade"] else None,
        schools=frozenset({" ".join(words(fields["school"]))} if fields["school"] else ()),
        sex=fields["sex"] or None,
        ids=frozenset({TypedId("state", "", fields["state_id"])} if fields["state_id"] else ()),
        contacts=frozenset(plain for kind, value in reached if value and (plain := contact(kind, value))),
    )
