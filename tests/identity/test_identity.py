"""Who is whom: identifiers link, resemblance never does, contradictions wait for a person; order does not matter."""

from dataclasses import replace
from datetime import date
from itertools import combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.identity import Decision, Judgement, head, own_id, resolve, typed
from app.matching.apart import NAMES_APART, PersonFacts, PersonRef, TypedId, contradiction, person_facts
from app.matching.names import SHORT_FORMS, shortened, tokens
from app.sandbox.names import ALIKE
from schemas import Identifier, Name, Person

STATE = TypedId("state", "district", "s1")
LOCAL = TypedId("district", "district", "d1")
BIRTH = date(2012, 5, 4)


def someone(key: str, *ids: TypedId, source: int = 1, name: str = "", birth: date | None = None) -> PersonFacts:
    return PersonFacts(
        PersonRef(source, key), source, frozenset(ids), tokens(name), frozenset([birth] if birth else [])
    )


def called(key: str, given_name: str, *ids: TypedId, source: int = 1, birth: date | None = None) -> PersonFacts:
    """Somebody of the family Sample."""
    names = (Name(given=given_name, family="Sample"),)
    return person_facts(PersonRef(source, key), source, ids, [Person(key=key, names=names, birth_date=birth)])


def human(left: PersonFacts, right: PersonFacts, judgement: Judgement) -> Decision:
    low, high = sorted((left.ref, right.ref))
    return Decision(low, high, judgement, "person", "they told us")


def test_a_shared_identifier_links() -> None:
    sis, tool = someone("a", STATE, LOCAL, name="Ada"), someone("b", LOCAL, source=2)
    resolution = resolve([sis, tool])
    assert resolution.components == [[sis.ref, tool.ref]]
    assert resolution.decisions == [
        Decision(sis.ref, tool.ref, "same", "shared-district-id", "they share a district id")
    ]


def test_nothing_but_an_identifier_links() -> None:
    email = TypedId("email", "sis", "family@example.org")
    twins = [someone("a", email, name="Ada", birth=BIRTH), someone("b", email, name="Ada", birth=BIRTH)]
    assert resolve(twins).components == [[twins[0].ref], [twins[1].ref]]


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        (someone("a", LOCAL, birth=BIRTH), someone("b", LOCAL, birth=date(2012, 4, 5)), "birth dates"),
        (someone("a", LOCAL, STATE), someone("b", LOCAL, STATE._replace(value="s2")), "state ids"),
        (someone("a", LOCAL, name="Mia"), someone("b", LOCAL, name="Leo"), "given names"),
    ],
)
def test_a_contradiction_makes_a_near_match(left: PersonFacts, right: PersonFacts, why: str) -> None:
    resolution = resolve([left, right])
    assert resolution.components == [[left.ref], [right.ref]]
    [decision] = resolution.decisions
    assert decision.judgement == "unsure"
    assert why in decision.reason


@pytest.mark.parametrize(
    ("left", "right"), [("José", "jose"), ("Rob", "Robert"), ("Katherine", "Catherine"), ("A B", "B")]
)
def test_variants_of_a_name_do_not_speak_against(left: str, right: str) -> None:
    assert contradiction(someone("a", name=left), someone("b", name=right)) is None


USER = TypedId("username", "sis", "bsample")
THEIR_USER = TypedId("username", "lms", "bsample")


def test_a_short_form_does_not_speak_against_whom_more_than_the_family_ties() -> None:
    sis = called("a", "Elizabeth", LOCAL, USER, birth=BIRTH)
    for lms in (called("b", "Bess", LOCAL, source=2, birth=BIRTH), called("b", "Bess", LOCAL, THEIR_USER, source=2)):
        assert resolve([sis, lms]).components == [[sis.ref, lms.ref]]
    for other in (
        called("b", "Bess", LOCAL, source=2),  # nothing else in common
        called("b", "Bess", LOCAL, USER._replace(value="other"), source=2),
        called("b", "Bess", LOCAL, THEIR_USER, source=2, birth=date(2012, 5, 5)),
        called("b", "Bridget", LOCAL, THEIR_USER, source=2, birth=BIRTH),
        someone("b", LOCAL, THEIR_USER, source=2, name="Bess", birth=BIRTH),  # no family name
    ):
        assert len(resolve([sis, other]).components) == 2
    assert len(resolve([called("a", "Elizabeth", birth=BIRTH), called("b", "Bess", birth=BIRTH)]).components) == 2


def test_a_third_source_that_knows_the_long_form_comes_along_in_any_order() -> None:
    sis = called("a", "Elizabeth", LOCAL, USER, birth=BIRTH)
    lms, tests = called("b", "Bess", LOCAL, THEIR_USER, source=2), called("c", "Elizabeth", LOCAL, source=3)
    for order in permutations([sis, lms, tests]):
        assert len(resolve(order).components) == 1
    assert len(resolve([lms, tests]).components) == 2  # without the one who knows both
    stranger = called("c", "Mia", LOCAL, source=3)
    assert [sis.ref, lms.ref] in resolve([sis, lms, stranger]).components


@pytest.mark.parametrize(("name", "other"), [*ALIKE, ("Maria", "Mia"), ("Anna", "Nina"), ("Helena", "Elena")])
def test_twins_are_not_each_others_short_forms(name: str, other: str) -> None:
    assert not shortened(tokens(name), tokens(other))


def test_short_forms_are_written_as_names_are_compared() -> None:
    for name, forms in SHORT_FORMS.items():
        assert tokens(name, forms) == {name, *forms.split()}


@pytest.mark.parametrize(("left", "right"), [("Đức", "Duc"), ("Søren", "Soren"), ("Łucja", "LUCJA"), ("José", "jose")])
def test_a_stroke_is_an_accent_to_a_name(left: str, right: str) -> None:
    assert tokens(left) == tokens(right)


def test_a_third_person_never_joins_two_whom_something_keeps_apart() -> None:
    """B shares an id with a and another with c; a and c have different birth dates: b goes with the stronger id."""
    a, c = someone("a", STATE, birth=BIRTH), someone("c", LOCAL, birth=date(2011, 1, 1))
    b = someone("b", STATE, LOCAL)
    resolution = resolve([a, b, c])
    assert resolution.components == [[a.ref, b.ref], [c.ref]]
    assert {d.judgement for d in resolution.decisions} == {"same", "unsure"}


def test_two_groups_are_one_question() -> None:
    """A nickname in the LMS differs from the name in the SIS and in the tool: that is asked once."""
    sis, tool = someone("a", LOCAL, name="Elizabeth"), someone("b", LOCAL, source=2, name="Elizabeth")
    lms, club = someone("c", LOCAL, source=3, name="Bess"), someone("d", LOCAL, source=4)
    resolution = resolve([sis, tool, lms, club])
    assert resolution.components == [[sis.ref, tool.ref, club.ref], [lms.ref]]
    assert [d.left for d in resolution.decisions if d.judgement == "unsure"] == [sis.ref]
    outcome = resolve([sis, tool, lms, club], [human(sis, lms, "same")])
    assert len(outcome.components) == 1
    assert {d.judgement for d in outcome.decisions} == {"same"}


def test_people_decide_first() -> None:
    a, b = someone("a", LOCAL), someone("b", LOCAL, source=2)
    assert len(resolve([a, b], [human(a, b, "different")]).components) == 2
    twin, other = someone("a", name="Mia"), someone("b", name="Leo")
    assert len(resolve([twin, other], [human(twin, other, "same")]).components) == 1


def test_what_a_person_keeps_apart_no_rule_joins_by_a_detour() -> None:
    a, b, c = someone("a", STATE), someone("b", STATE, LOCAL), someone("c", LOCAL)
    components = resolve([a, b, c], [human(a, c, "different")]).components
    assert not any({a.ref, c.ref} <= set(component) for component in components)


def test_a_placeholder_is_nobodys_identifier() -> None:
    for value in ("0", "000000", "N/A", "999999", " "):
        made = Identifier(type="district", value=value)
        assert typed(made, tenant="t", source="s", types={}, issuers={}) is None


def test_an_identifier_of_a_crowd_links_nobody() -> None:
    crowd = [someone(f"p{i:03}", LOCAL) for i in range(40)]
    resolution = resolve(crowd)
    assert len(resolution.components) == 40
    assert resolution.decisions == []
    assert len(resolve(crowd[:2]).components) == 1
    assert len(resolve(crowd[:2], crowds={LOCAL}).components) == 2


def test_an_identifier_belongs_to_its_issuer() -> None:
    mine = typed(Identifier(type="sourced", value="1"), tenant="t", source="sis-a", types={}, issuers={})
    theirs = typed(Identifier(type="sourced", value="1"), tenant="t", source="sis-b", types={}, issuers={})
    ids = typed(Identifier(type="sourced", value="1"), tenant="t", source="lms", types={}, issuers={"sourced": "sis-a"})
    assert mine != theirs
    assert ids == mine


def test_the_learner_bears_the_id_of_the_most_preferred_source() -> None:
    assert head([PersonRef(2, "a"), PersonRef(1, "z")], {1: 50, 2: 10}) == PersonRef(2, "a")
    assert own_id(b"salt", PersonRef(1, "a")) == own_id(b"salt", PersonRef(1, "a"))
    assert own_id(b"salt", PersonRef(1, "a")) != own_id(b"other", PersonRef(1, "a"))


def test_what_is_known_comes_from_statements() -> None:
    record = Person(key="a", names=(Name(given="Ada", family="Sample"), Name(full="Addie Sample")), birth_date=BIRTH)
    facts = person_facts(PersonRef(1, "a"), 1, [LOCAL], [record])
    assert facts.first_names == {"ada", "addie", "sample"}
    assert facts.births == {BIRTH}


ids = st.builds(TypedId, st.sampled_from(["state", "district", "sourced"]), st.just("d"), st.sampled_from("abcd"))
people = st.lists(
    st.tuples(
        st.frozensets(ids, max_size=3),
        st.sampled_from(["", "Mia", "Leo", "Ada"]),
        st.sampled_from([None, BIRTH, date(2011, 1, 1)]),
    ),
    max_size=9,
)


@given(people, st.randoms(use_true_random=False), st.data())
def test_order_makes_no_difference_and_no_component_holds_a_contradiction(drawn, random, data) -> None:
    persons = [someone(str(i), *has, name=name, birth=birth) for i, (has, name, birth) in enumerate(drawn)]
    pairs = [(a, b) for a in persons for b in persons if a.ref < b.ref]
    chosen = data.draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []
    decided = [human(a, b, "different") for a, b in dict.fromkeys(chosen)]
    expected = resolve(persons, decided)
    shuffled = list(persons)
    random.shuffle(shuffled)
    assert resolve(shuffled, decided) == expected
    by_ref = {person.ref: person for person in persons}
    for component in expected.components:
        for ref in component:
            for other in component:
                assert ref == other or contradiction(by_ref[ref], by_ref[other]) is None
                assert (ref, other) not in {(d.left, d.right) for d in decided}


relatives = st.builds(
    lambda n, source, given_name, ids, birth: called(f"{source}-{n}", given_name, *ids, source=source, birth=birth),
    st.integers(0, 3),
    st.integers(1, 3),
    st.sampled_from(["Elizabeth", "Bess", "Beth", "Mia"]),
    st.sets(st.sampled_from([LOCAL, STATE, USER, THEIR_USER])),
    st.sampled_from([None, BIRTH, date(2012, 5, 5)]),
)


@given(st.lists(relatives, max_size=7, unique_by=lambda person: person.ref), st.data())
def test_two_of_different_names_are_one_only_where_somebody_is_known_by_both(
    persons: list[PersonFacts], data: st.DataObject
) -> None:
    expected = resolve(persons)
    assert resolve(data.draw(st.permutations(persons))) == expected
    by_ref = {person.ref: person for person in persons}
    for component in expected.components:
        for left, other in combinations([by_ref[ref] for ref in component], 2):
            if why := contradiction(left, other):
                assert why == NAMES_APART
                among = [by_ref[ref] for ref in component]
                assert any(
                    contradiction(third, left) is None and contradiction(third, other) is None for third in among
                )
            assert not left.births or not other.births or left.births == other.births
        assert not {"mia"} < {name for ref in component for name in by_ref[ref].first_names}


@pytest.mark.parametrize("order", [0, 1, 2])
def test_who_is_told_of_by_a_number_that_two_children_have_is_neither(order: int) -> None:
    number = TypedId("district", "d", "1")
    ben, zoe, pushed = (
        PersonFacts(PersonRef(source, key), source, frozenset({number}), frozenset(first))
        for source, key, first in ((1, "u-1", {"ben"}), (1, "u-9", {"zoe"}), (2, "district:1", ()))
    )
    people = [ben, zoe, pushed]
    resolution = resolve(people[order:] + people[:order])
    assert resolution.components == [[ben.ref], [zoe.ref], [pushed.ref]]
    assert {decision.judgement for decision in resolution.decisions} == {"unsure"}
    assert resolve([ben, pushed]).components == [[ben.ref, pushed.ref]]
    judged = Decision(ben.ref, pushed.ref, "same", "person", "a registrar knows")
    assert resolve(people, [judged]).components == [[ben.ref, pushed.ref], [zoe.ref]]


@pytest.mark.parametrize("order", range(3))
def test_a_number_alone_is_of_whom_the_most_preferred_source_names(order: int) -> None:
    """The roster says whose number it is, whichever source came first; two clubs of one rank say it of nobody."""
    club, roster = someone("b", LOCAL, name="Ben"), someone("u", LOCAL, source=2, name="Ann")
    pushed = someone("n", LOCAL, source=3)
    club, roster, pushed = (replace(person, rank=rank) for person, rank in ((club, 60), (roster, 10), (pushed, 60)))
    people = [club, roster, pushed]
    resolution = resolve(people[order:] + people[:order])
    assert resolution.components == [[club.ref], [roster.ref, pushed.ref]]
    equals = [club, replace(roster, rank=60), pushed]
    assert resolve(equals[order:] + equals[:order]).components == [[club.ref], [roster.ref], [pushed.ref]]


@pytest.mark.parametrize("order", [0, 1])
def test_numbers_that_differ_by_leading_zeros_alone_are_asked_about(order: int) -> None:
    """A spreadsheet takes zeros away: where name and birth date agree, somebody is asked, and nobody is linked."""
    born, other_day = date(2010, 1, 1), date(2010, 1, 2)
    written, bare = TypedId("district", "d", "0100001"), TypedId("district", "d", "100001")
    roster, file = called("u", "Ann", written, birth=born), called("f", "Ann", bare, source=2, birth=born)
    resolution = resolve([roster, file][:: 1 - 2 * order])
    assert len(resolution.components) == 2
    assert [(d.judgement, d.rule) for d in resolution.decisions] == [("unsure", "zeros-district-id")]
    assert resolve([roster, file], [human(roster, file, "same")]).components == [[roster.ref, file.ref]]
    assert resolve([roster, file], [human(roster, file, "different")]).decisions == []
    for stranger in (
        called("f", "Ben", bare, source=2, birth=born),
        called("f", "Ann", bare, source=2, birth=other_day),
        called("f", "Ann", bare, source=2),
        called("f", "Ann", TypedId("district", "elsewhere", "100001"), source=2, birth=born),
    ):
        assert resolve([roster, stranger]).decisions == []
