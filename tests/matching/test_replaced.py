"""A correction is like what it corrects, and a row of which neither name nor birth date is, is of another person."""

from datetime import date
from typing import Any

import pytest

from app.matching.apart import PersonFacts, PersonRef, TypedId, person_facts
from app.matching.replaced import became_another
from schemas import Name, Person


def row(name: str, born: str | None = None, number: str | None = None, **more: Any) -> PersonFacts:
    """What a row tells: "Given Middle|Family" or a whole name, a birth date or year, a number; `master`, `email` …"""
    first, bar, family = name.partition("|")
    ids = {TypedId("district", "", number)} if number else set()
    ids |= {TypedId("district", "userMasterIdentifier", more["master"])} if "master" in more else set()
    ids |= {TypedId(kind, "", more[kind]) for kind in ("username", "email") if kind in more}
    whole = Name(given=first, family=family) if bar else Name(full=name)
    is_year = born is not None and len(born) == 4
    person = Person(
        key="u-1",
        names=(whole,),
        birth_date=date.fromisoformat(born) if born and not is_year else None,
        birth_year=int(born) if born and is_year else None,
    )
    return person_facts(PersonRef(1, "u-1"), 0, ids, [person])


BEN, BORN = "Ben|Family1", "2011-02-02"
CORRECTIONS: dict[str, tuple[PersonFacts, PersonFacts]] = {
    "nothing but the number": (row(BEN, BORN, "1"), row(BEN, BORN, "2")),
    "nothing but the birth date": (row(BEN, BORN, "1"), row(BEN, "2016-09-30", "1")),
    "birth date and number": (row(BEN, BORN, "1"), row(BEN, "2016-09-30", "2")),
    "misspelled": (row("Jon|Smith", BORN, "1"), row("John|Smith", BORN, "1")),
    "misspelled, and day and month swapped": (
        row("Micheal|Brown", "2011-03-04", "1"),
        row("Michael|Brown", "2011-04-03", "1"),
    ),
    "misspelled, swapped, and renumbered": (
        row("Micheal|Brown", "2011-03-04", "1"),
        row("Michael|Brown", "2011-04-03", "2"),
    ),
    "misspelled, another birth date and number": (
        row("Cristopher|Diaz", BORN, "1"),
        row("Christopher|Diaz", "2012-11-30", "2"),
    ),
    "married or adopted": (row("Ada|Sample", BORN, "1"), row("Ada|Lovelace", BORN, "1")),
    "adopted, and renumbered": (row("Ada|Sample", BORN, "1"), row("Ada|Lovelace", BORN, "2")),
    "adopted, another birth date in the papers": (row("Ada|Sample", BORN, "1"), row("Ada|Lovelace", "2010-07-15", "1")),
    "a chosen name": (row("Ben|Family1", BORN, "1"), row("Zoe|Family1", BORN, "1")),
    "a chosen name, renumbered": (row("Ben|Family1", BORN, "1"), row("Zoe|Family1", BORN, "2")),
    "a chosen name, a misprinted birth date": (row("Ben|Family1", BORN, "1"), row("Zoe|Family1", "2011-02-03", "1")),
    "a whole new name": (row(BEN, BORN, "1"), row("Zoe|Other", BORN, "1")),
    "a whole new name, renumbered": (row(BEN, BORN, "1"), row("Zoe|Other", BORN, "2")),
    "a whole new name, no birth date": (row(BEN, None, "1"), row("Zoe|Other", None, "1")),
    "a new name and local number, the district's stays": (
        row(BEN, None, "1", master="M1"),
        row("Zoe|Family1", None, "2", master="M1"),
    ),
    "another script": (row("Юлия|Петрова", BORN, "1"), row("Yulia|Petrova", "2011-02-20", "2")),
    "another script, Chinese": (row("伟|李", "2011-03-04", "1"), row("Wei|Li", "2011-04-03", "1")),
    "accents": (row("José|Nuñez", BORN, "1"), row("Jose|Nunez", "2011-02-03", "2")),
    "another order": (row("Nguyen|An", BORN, "1"), row("An|Nguyen", "2012-02-02", "2")),
    "another order, written nearly so": (row("Nguyenn|Phuong", BORN, "1"), row("Phuoung|Nguyen", "2012-12-12", "1")),
    "a nickname": (row("Bill|Jones", BORN, "1"), row("William|Jones", "2013-08-09", "1")),
    "a short form": (row("Alex|Jones", BORN, "1"), row("Alexandra|Jones", "2013-08-09", "1")),
    "the middle name": (row("James Robert|Hill", BORN, "1"), row("Robert|Hill", "2011-02-12", "2")),
    "half of a double name": (row("Maria-Jose|Vega", BORN, "1"), row("Maria|Vega", "2010-05-06", "2")),
    "a short name": (row("Li|Wang", BORN, "1"), row("Lee|Wang", "2011-02-03", "1")),
    "a name that stood for none": (row("Baby Boy|Garcia", BORN), row("Luis|Garcia", BORN, "1")),
    "a day that stood for none": (row("Ahmad|Nazari", "2011-01-01", "1"), row("Ahmed|Nazary", "2010-06-17", "2")),
    "a day that stands for none, a chosen name": (row("Ben|F", "2011-01-01", "1"), row("Zoe|F", "2011-01-01", "1")),
    "a whole name, the parts turned": (row("Sample, Ada", BORN, "1"), row("Ada Sample", "2012-02-02", "2")),
    "an account, a chosen name": (row("Ben Sample", "2011", username="bs"), row("Zoe Sample", "2011", username="zs")),
    "an account, a whole new name": (row("Ben Sample", "2011", username="x"), row("Zoe Other", "2011", username="x")),
    "a number that comes late": (row(BEN, BORN), row(BEN, "2016-01-01", "1")),
}
ANOTHER: dict[str, tuple[PersonFacts, PersonFacts, str]] = {
    "all of it": (row(BEN, BORN, "1"), row("Zoe|Other", "2016-09-30", "2"), "name and birth date and number differ"),
    "a number given anew": (row(BEN, BORN, "1"), row("Zoe|Other", "2016-09-30", "1"), "name and birth date differ"),
    "a number given anew, a year after": (
        row("Mia|Adams", "2011-06-14", "1"),
        row("Noah|Baker", "2012-10-27", "1"),
        "name and birth date differ",
    ),
    "a brother under the same number": (
        row("Ada|Sample", BORN, "1"),
        row("Hugo|Sample", "2014-05-06", "1"),
        "name and birth date differ",
    ),
    "the same master identifier": (
        row(BEN, BORN, "1", master="M1"),
        row("Zoe|Other", "2016-09-30", "2", master="M1"),
        "name and birth date and number differ",
    ),
    "the same master identifier, no birth date": (
        row(BEN, None, "1", master="M1"),
        row("Zoe|Other", None, "2", master="M1"),
        "name and number differ",
    ),
    "no birth date": (row(BEN, None, "1"), row("Zoe|Other", None, "2"), "name and number differ"),
    "no number": (row(BEN, BORN), row("Zoe|Other", "2016-09-30"), "name and birth date differ"),
    "one digit of the birth date, another number": (
        row(BEN, BORN, "1"),
        row("Zoe|Other", "2011-02-03", "2"),
        "name and birth date and number differ",
    ),
    "one digit of the birth date, no number": (
        row(BEN, BORN),
        row("Zoe|Other", "2011-02-03"),
        "name and birth date differ",
    ),
    "a common given name": (
        row("Jose|Garcia", BORN, "1"),
        row("Jose|Alvarez", "2016-09-30", "2"),
        "family name and birth date and number differ",
    ),
    "given names that look alike": (
        row("Jane|Smith", BORN, "1"),
        row("June|Park", "2016-09-30", "1"),
        "name and birth date differ",
    ),
    "a day that stands for none": (
        row("Ahmad|Nazari", "2011-01-01", "1"),
        row("Zoe|Other", "2011-01-01", "2"),
        "name and birth date and number differ",
    ),
    "numbered names": (row("Student 17", None, "1"), row("Student 18", None, "2"), "name and number differ"),
    "the same year": (row(BEN, "2011", "1"), row("Zoe|Other", "2011", "2"), "name and number differ"),
    "another year": (row(BEN, "2011"), row("Zoe|Other", "2014"), "name and birth date differ"),
    "another script": (
        row("Юлия|Петрова", BORN, "1"),
        row("Ahmed|Khan", "2013-09-30", "1"),
        "name and birth date differ",
    ),
    "an account made anew": (
        row("Ben|Sample", username="bs"),
        row("Zoe|Other", username="zo"),
        "the whole name and the account's name or address differ",
    ),
}


@pytest.mark.parametrize(("before", "now"), CORRECTIONS.values(), ids=CORRECTIONS)
def test_a_correction_is_like_what_it_corrects(before: PersonFacts, now: PersonFacts) -> None:
    assert became_another(before, now) is None
    assert became_another(now, before) is None


@pytest.mark.parametrize(("before", "now", "reason"), ANOTHER.values(), ids=ANOTHER)
def test_a_row_that_is_like_it_in_nothing_is_anothers(before: PersonFacts, now: PersonFacts, reason: str) -> None:
    assert became_another(before, now) == reason
    assert became_another(now, before) == reason
