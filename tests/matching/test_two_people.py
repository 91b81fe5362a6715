"""Two people who are nearly alike: whoever may be two is asked about, and one child's spellings are still one."""

from datetime import date

import pytest

from app.matching.apart import PersonRef, TypedId
from app.matching.guards import candidates, stops
from app.matching.traits import Traits, spelling
from app.matching.weights import Model
from schemas import Name

BORN = date(2012, 3, 4)
HOME = frozenset({("email", "home@example.org")})
MODEL = Model(people=3000)
TWO_NAMES = "both given names are ones that people bear"
LABELED = "a number or a letter in their names differs"


@pytest.mark.parametrize(
    ("form", "listed"),
    [
        *(("Kayden", "Jayden"), ("Daniela", "Daniel"), ("Gabriel", "Gabriela"), ("Thanh", "Thinh"), ("Marta", "Maria")),
        *(("Mario", "Maria"), ("Tyler", "Taylor"), ("Sofia", "Sonia"), ("Brian", "Brianna"), ("Nora", "Eleanor")),
        *(("Jose", "Josue"), ("Juan", "Juana"), ("Quan", "Quang"), ("Angel", "Angela"), ("Mohamed", "Mahmoud")),
    ],
)
def test_a_twin_on_no_roster_is_not_taken_for_the_other(form: str, listed: str) -> None:
    assert _stop(_known(2, form, "Hill"), [_known(1, listed, "Hill")]) == TWO_NAMES


@pytest.mark.parametrize(
    ("form", "listed"),
    [
        *(("Jonhatan", "Jonathan"), ("Natalei", "Natalie"), ("Brian", "Bryan"), ("Sara", "Sarah"), ("Jamse", "James")),
        *(
            ("Muhammad", "Mohammed"),
            ("Aysha", "Aisha"),
            ("Tony", "Antonio"),
            ("Liz", "Elizabeth"),
            ("Alex", "Alexandra"),
        ),
    ],
)
def test_one_child_spelled_otherwise_is_found(form: str, listed: str) -> None:
    assert _stop(_known(2, form, "Hill"), [_known(1, listed, "Hill")]) is None


@pytest.mark.parametrize(
    ("form", "listed", "why"),
    [
        (Name(full="Student 17"), Name(full="Student 18"), LABELED),
        (Name(given="Student", family="A"), Name(given="Student", family="B"), LABELED),
        (Name(full="Student XVII"), Name(full="Student XVIII"), LABELED),
        (
            Name(given="John", family="Hill III"),
            Name(given="John", family="Hill Jr."),
            "one is a junior, and the other not, or another one",
        ),
        (Name(given="FNU", family="Singh"), Name(given="FNU", family="Singh"), "the given name is not the same"),
    ],
)
def test_what_is_no_name_tells_two_apart(form: Name, listed: Name, why: str) -> None:
    assert _stop(_called(2, form), [_called(1, listed)]) == why


def test_who_is_called_junior_is_called_so() -> None:
    assert spelling(Name(given="Junior", family="Reyes")).given == ("junior",)
    assert spelling(Name(given="John Jr", family="Reyes")) == spelling(Name(given="John", family="Reyes Jr."))


def test_two_surnames_of_which_one_is_another_are_asked_about() -> None:
    """Away from home they are cousins as a rule; at home one of them was written wrong."""
    form, listed = _known(2, "Jose", "Garcia Lopez"), _known(1, "Jose", "Garcia Perez")
    assert _stop(form, [listed]) is None
    elsewhere = _known(2, "Jose", "Garcia Lopez", home=False)
    assert _stop(elsewhere, [listed]) == "a part of the family name is another one"
    assert _stop(_known(2, "Jose", "Lopez Garcia", home=False), [_known(1, "Jose", "Garcia Lopez")]) is None


def test_a_first_of_january_is_a_year_and_no_more() -> None:
    new_year = date(2012, 1, 1)
    form, listed = (_known(n, "Mohamed", "Abdi", born=new_year, home=False) for n in (2, 1))
    assert _stop(form, [listed]) == "too little speaks for it"


def test_a_child_of_two_rosters_is_one_candidate_and_a_number_of_two_makes_none_of_them_one() -> None:
    number = frozenset({TypedId("state", "d", "900")})
    form, listed = _known(2, "Ada", "Stone"), _known(1, "Ada", "Stone", ids=number)
    again, twin = _known(3, "Ada", "Stone", ids=number), _known(3, "Eve", "Stone", ids=number)
    (candidate,) = candidates(form, [listed, again], MODEL)
    assert candidate.refs == {listed.ref, again.ref}
    assert _stop(form, [listed, again]) is None
    assert _stop(form, [listed, twin]) == "somebody else of this family has the same birth date"


def _stop(form: Traits, others: list[Traits]) -> str | None:
    return stops(form, candidates(form, others, MODEL), others, MODEL)


def _known(
    source: int, first: str, family: str, *, born: date = BORN, home: bool = True, ids: frozenset[TypedId] = frozenset()
) -> Traits:
    return _called(source, Name(given=first, family=family), born=born, home=home, ids=ids)


def _called(
    source: int, name: Name, *, born: date = BORN, home: bool = True, ids: frozenset[TypedId] = frozenset()
) -> Traits:
    key = name.full or f"{name.given} {name.family}"
    contacts = HOME if home else frozenset()
    return Traits(PersonRef(source, key), (spelling(name),), born, born.year, ids=ids, contacts=contacts)
