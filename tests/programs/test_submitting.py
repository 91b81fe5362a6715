"""One case is one submission, however often and in whichever order it is sent; and it says nothing of any learner."""

from datetime import date
from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec import structs

from app.errors import Conflict, Invalid, NotFound
from app.programs import programs, states, submission, submitting
from app.programs.programs import Registration
from app.programs.submission import Artifact, Learner, Number, Submission
from tests.support.api import Api
from tests.support.programs import COORDINATOR, club, handed_in, now, numbered, robot

TODAY = date(2026, 11, 30)
texts = st.text(max_size=30)
learners = st.builds(
    Learner,
    name=texts | st.none(),
    birth_date=st.none() | st.dates(date(2005, 1, 1), date(2020, 1, 1)),
    grade=texts | st.none(),
    numbers=st.lists(st.builds(Number, st.sampled_from(submission.KINDS), texts), max_size=3).map(tuple),
)
submissions = st.builds(
    Submission,
    learner=learners,
    title=texts,
    done=texts | st.none(),
    evidence=st.lists(st.builds(Artifact, st.sampled_from(["text", "link"]), texts), max_size=3).map(tuple),
    reflection=texts | st.none(),
)


@given(submissions)
def test_what_is_canonical_stays_as_it_is(piece: Submission) -> None:
    once = submission.canonical(piece)
    assert submission.canonical(once) == once
    assert submission.decode(submission.encode(once)) == once
    assert submission.canonical(submission.decode(submission.encode(once))).key == once.key


@given(submissions, st.randoms())
def test_order_and_blanks_make_no_other_case(piece: Submission, chance: st.DataObject) -> None:
    numbers = list(piece.learner.numbers)
    chance.shuffle(numbers)  # type: ignore[attr-defined]
    spaced = structs.replace(
        piece, title=f"  {piece.title}\t", learner=structs.replace(piece.learner, numbers=tuple(numbers))
    )
    assert submission.encode(submission.canonical(spaced)) == submission.encode(submission.canonical(piece))


def test_every_step_leads_to_a_state_and_each_is_one_sides() -> None:
    for (before, step), after in states.LEADS.items():
        assert before in states.STATES
        assert after in states.STATES
        assert step in states.possible(before, states.side(step))
    ends = [state for state in states.STATES if not any(before == state for before, _ in states.LEADS)]
    assert not ends


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"learner": Learner()}, "/learner"),
        ({"learner": Learner(name="Ada Sample")}, "/learner"),
        ({"learner": Learner(name="A", birth_date=date(2030, 1, 1))}, "/learner/birthDate"),
        ({"title": " "}, "/title"),
        ({"on": date(2027, 1, 1)}, "/on"),
        ({"evidence": (Artifact("link", "javascript:alert(1)"),)}, "/evidence/0/value"),
        ({"done": "x" * 20_001}, "/done"),
        ({"place": "x" * 256}, "/place"),
    ],
)
def test_what_makes_no_sense_is_named(fields: dict[str, object], pointer: str) -> None:
    wrongs = dict(submission.wrongs(submission.canonical(robot(**fields)), TODAY))
    assert list(wrongs) == [pointer]


async def test_sent_again_it_changes_nothing_and_more_of_it_takes_its_place(api: Api) -> None:
    robotics = await club(api)
    first = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        piece = robot(robotics.achievement)
        again = await submitting.submit(tx, robotics.program, piece, "api", COORDINATOR, now(), consent="a guardian")
        assert (again.row.id, again.outcome) == (first, "unchanged")
        more = structs.replace(piece, reflection="I would use a bigger wheel.")
        changed = await submitting.submit(tx, robotics.program, more, "api", COORDINATOR, now(), consent="a guardian")
        assert (changed.row.id, changed.outcome, changed.row.state) == (first, "changed", "pending")
        await submitting.withdraw(tx, robotics.program, first, None, COORDINATOR, now())
        with pytest.raises(Conflict, match="was withdrawn"):
            await submitting.submit(tx, robotics.program, piece, "api", COORDINATOR, now(), consent="a guardian")


async def test_whoever_is_named_the_program_is_answered_alike(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    robotics = await club(api)
    outcomes = []
    for value in ("100482", "999999999"):
        async with api.db.transaction(api.tenant) as tx:
            piece = robot(robotics.achievement, learner=numbered(value))
            submitted = await submitting.submit(
                tx, robotics.program, piece, "api", COORDINATOR, now(), consent="a guardian"
            )
            row = structs.asdict(submission.decode(submitted.row.body))
            outcomes.append(
                (submitted.outcome, submitted.row.state, submitted.row.learner_id, submitted.row.whose, row["title"])
            )
    assert outcomes[0] == outcomes[1]


async def test_a_program_hands_in_only_for_itself_and_only_once_approved(api: Api) -> None:
    robotics, other = await club(api), await club(api, name="Chess Club")
    async with api.db.transaction(api.tenant) as tx:
        piece = robot(other.achievement)
        with pytest.raises(Invalid, match="no such achievement"):
            await submitting.submit(tx, robotics.program, piece, "api", COORDINATOR, now(), consent="a guardian")
        unapproved = await programs.register(tx, Registration("New Club"), now())
        with pytest.raises(Conflict, match="not approved"):
            await submitting.submit(tx, unapproved, robot(), "api", COORDINATOR, now(), consent="a guardian")
    submission_id = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        for nobody in (other.program, uuid4()):
            with pytest.raises(NotFound):
                await submitting.own(tx, nobody, submission_id)
    async with api.db.transaction(api.other) as tx:
        with pytest.raises(NotFound):
            await submitting.own(tx, robotics.program, submission_id)
