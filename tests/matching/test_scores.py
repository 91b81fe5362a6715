"""Scores: what is compared and how, and how well it finds who is who, with guards that let no wrong link through."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from app.matching.apart import PersonRef, TypedId, alike
from app.matching.compare import compare
from app.matching.evaluate import Evaluation, evaluate
from app.matching.explain import explain
from app.matching.guards import candidates, stops
from app.matching.traits import PARTICLES, Spelling, Traits, contact, grade, spelling, words
from app.matching.weights import Model, score
from schemas import Name
from tests.support.households import roster, sign_ups, traits_of

BORN = date(2012, 3, 4)


@pytest.mark.parametrize(
    ("mine", "theirs", "given_level", "family"),
    [
        (("Elizabeth", "Hill"), ("Liz", "Hill"), "short", "same"),
        (("Guadalupe", "Reyes"), ("Lupita", "Reyes"), "short", "same"),
        (("José", "García López"), ("Jose", "Garcia"), "same", "part"),
        (("José", "García López"), ("Jose", "Lopez-Garcia"), "same", "part"),
        (("Anna", "de la Cruz"), ("Anna", "Cruz"), "same", "same"),
        (("Sean", "O'Neil"), ("Sean", "ONeil"), "same", "same"),
        (("Sean", "O\N{RIGHT SINGLE QUOTATION MARK}Neil"), ("Sean", "O'Neil"), "same", "same"),
        (("Marcus", "Hill Jr."), ("Marcus", "Hill"), "same", "same"),
        (("Mohammed", "Haddad"), ("Muhamad", "Hadad"), "close", "close"),
        (("Мария", "Иванова"), ("Mariya", "Ivanova"), "same", "same"),
        (("Linh", "Nguyen"), ("Nguyen", "Linh"), "swapped", "swapped"),
        (("Jonathan", "Hill"), ("Jonhatan", "Hill"), "close", "same"),
        (("J", "Hill"), ("Jonathan", "Hill"), "initial", "same"),
        (("Anna", "Hill"), ("Ben", "Hill"), "different", "same"),
        (("Maria Jose", "Cruz"), ("Maria Elena", "Cruz"), "middle", "same"),
        (("Maria Jose", "Cruz"), ("Maria", "Cruz"), "same", "same"),
        (("Student", "17"), ("Student", "18"), "same", "different"),
        (("Student 17", "Pilot"), ("Student 18", "Pilot"), "different", "same"),
    ],
)
def test_names_agree_as_people_write_them(
    mine: tuple[str, str], theirs: tuple[str, str], given_level: str, family: str
) -> None:
    for left, right in ((mine, theirs), (theirs, mine)):
        levels = compare(_known(1, *left), _known(2, *right)).levels
        assert (levels.given, levels.family) == (given_level, family)


@pytest.mark.parametrize(
    ("mine", "theirs", "level"),
    [
        (date(2012, 3, 4), date(2012, 3, 4), "same"),
        (date(2012, 3, 4), date(2012, 4, 3), "swapped"),
        (date(2012, 3, 4), date(2013, 3, 4), "digit"),
        (date(2012, 3, 31), date(2012, 4, 1), "digit"),
        (date(2012, 3, 4), date(2012, 1, 1), "placeholder"),
        (date(2012, 3, 4), date(2009, 8, 17), "different"),
        (date(2012, 3, 4), None, None),
    ],
)
def test_birth_dates_agree_as_people_mistake_them(mine: date, theirs: date | None, level: str | None) -> None:
    assert compare(_known(1, "A", "B", mine), _known(2, "A", "B", theirs)).levels.birth == level


def test_a_household_is_one_voice_however_much_of_it_agrees() -> None:
    anna = _known(1, "Anna", "Hill", contacts={("email", "h@example.org")})
    all_three = {("email", "h@example.org"), ("phone", "4015550100"), ("address", "1 oak street 02800")}
    model = Model(people=1000)
    scores = {
        score(
            compare(_known(1, "Anna", "Hill", contacts=some), _known(2, "Ben", "Hill", contacts=all_three)), model
        ).bits
        for some in (anna.contacts, all_three)
    }
    assert len(scores) == 1


def test_pseudonyms_that_differ_in_a_number_are_two() -> None:
    assert not alike(frozenset({"student", "17"}), frozenset({"student", "18"}))
    assert alike(frozenset({"student", "17"}), frozenset({"student", "17"}))


def test_the_words_hold_no_value() -> None:
    person = _known(2, "Liz", "Hill", contacts={("email", "h@example.org")})
    listed = _known(1, "Elizabeth", "Hill", contacts={("email", "h@example.org")})
    (candidate,) = candidates(person, [listed], Model(people=1000))
    words = explain(candidate, stops(person, [candidate], [listed], Model(people=1000)))
    assert "given name is short for" in words
    assert not {"Liz", "Elizabeth", "Hill", "2012"} & set(words.replace(",", " ").split())


def test_two_names_that_are_not_quite_the_same_are_asked_about() -> None:
    """Another child of half the family name, born the same day, lives elsewhere."""
    form, listed = _known(2, "Lalo", "Torres-Martinez"), _known(1, "Eduardo", "Moreno Torres")
    model = Model(people=1000)
    ranked = candidates(form, [listed], model)
    assert not ranked or stops(form, ranked, [listed], model) is not None


def test_without_a_birth_date_a_child_who_lives_with_another_of_their_grade_is_asked_about() -> None:
    home = {("email", "h@example.org")}
    form = replace(_known(2, "Quang", "Dang", None, home), grade=3)
    listed = replace(_known(1, "Quang", "Dang", contacts=home), grade=3)
    twin = replace(_known(1, "Linh", "Dang", date(2013, 1, 1), home), grade=3)
    model = Model(people=1000)
    ranked = candidates(form, [listed, twin], model)
    assert stops(form, ranked, [listed], model) is None
    assert stops(form, ranked, [listed, twin], model) == "without a birth date it may be a sister or brother"


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_made_up_households_are_found_and_nobody_is_mistaken(seed: int) -> None:
    children = roster(seed, 3000)
    forms = sign_ups(seed, children, 2000)
    listed = [traits_of(1, child.true, child) for child in children]
    signed = [traits_of(2, str(n), child) for n, child in enumerate(forms)]
    truth = {PersonRef(2, str(n)): PersonRef(1, child.true) for n, child in enumerate(forms) if child.true}
    _holds(evaluate(listed, signed, truth))


def test_the_shared_households_are_found_and_nobody_is_mistaken(shared: Path) -> None:
    listed = _read(shared / "data" / "linkage" / "k12_sis.csv", 1)
    signed = _read(shared / "data" / "linkage" / "k12_program.csv", 2)
    by_pid = {row["pid"]: person.ref for person, row in listed}
    truth = {person.ref: by_pid[row["pid"]] for person, row in signed if row["pid"] in by_pid}
    _holds(evaluate([person for person, _ in listed], [person for person, _ in signed], truth))


def _holds(outcome: Evaluation) -> None:
    """The figures that a district may rely on: see bench/README.md for how far they are surpassed."""
    assert outcome.wrong == []
    assert outcome.automatic.value >= 0.88
    assert outcome.found.value >= 0.997
    assert outcome.queue.value <= 0.11


def _known(
    source: int, given_name: str, family: str, birth: date | None = BORN, contacts: set[tuple[str, str]] | None = None
) -> Traits:
    name = spelling(Name(given=given_name, family=family))
    return Traits(
        PersonRef(source, given_name), (name,), birth, birth.year if birth else None, contacts=frozenset(contacts or ())
    )


def _read(path: Path, source: int) -> list[tuple[Traits, dict[str, str]]]:
    people = []
    for row in csv.DictReader(path.read_text().splitlines()):
        born = date.fromisoformat(row["dob"]) if row["dob"] else None
        family = tuple(word for word in words(row["last"]) if word not in PARTICLES) or words(row["last"])
        reached = (("email", row["email"]), ("phone", row["phone"]), ("address", f"{row['address']} {row['zip']}"))
        person = Traits(
            ref=PersonRef(source, row["unique_id"]),
            names=(Spelling(words(row["first"]), words(row["middle"]), family),),
            birth=born,
            birth_year=born.year if born else None,
            grade=grade(row["grade"]),
            schools=frozenset({row["school"]} if row["school"] else ()),
            ids=frozenset({TypedId("state", "d", row["state_id"])} if row["state_id"] else ()),
            contacts=frozenset(reachable for kind, value in reached if (reachable := contact(kind, value))),
        )
        people.append((person, row))
    return people
