"""The generator: the same for everyone, whole however it is read, with every special case in it."""

import subprocess
import sys
from collections import Counter
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise, product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sandbox import gradebook, people, year
from app.sandbox.accounts import lms_accounts, tool_account, truth
from app.sandbox.catalog import FIRST_LMS_GRADE, TOOL_GRADES
from app.sandbox.district import District
from app.sandbox.people import BLOCK, Learner, children_of, household_of, index_at, position_of

ROOT = Path(__file__).parents[2]
DIGEST = """
import msgspec
from hashlib import sha256
from app.sandbox import gradebook
from app.sandbox.district import District
d = District().day(3)
whole = [d.learners, list(d.guardians()), d.staff, list(d.enrollments()), list(gradebook.results(d))]
print(sha256(msgspec.json.encode(whole, enc_hook=lambda r: [r.start, r.stop])).hexdigest())
"""


def digest(district: District) -> str:
    whole = [
        district.learners,
        list(district.guardians()),
        district.staff,
        list(district.enrollments()),
        list(gradebook.results(district)),
    ]
    return sha256(msgspec.json.encode(whole, enc_hook=lambda r: [r.start, r.stop])).hexdigest()


def placed(district: District, positions: frozenset[int]) -> list[Learner]:
    learners = [learner for learner in district.learners if learner.position in positions]
    assert len(learners) == len(positions) * district.size // BLOCK
    return learners


def test_is_the_same_in_another_process():
    elsewhere = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout.strip() == digest(District().day(3))


def test_another_seed_is_another_district(district: District):
    other = District(seed=1)
    assert digest(other) != digest(district)
    assert [x.key for x in other.learners] == [x.key for x in district.learners]


def test_has_the_size_asked_for(district: District):
    assert len(district.learners) == 500
    assert len({learner.number for learner in district.learners}) == 500
    assert {school.level for school in district.schools} == {"elementary", "middle", "high"}
    assert len(district.schools) >= 4
    assert {learner.grade for learner in district.learners} == set(range(13))


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 1500), st.integers(0, 2**32))
def test_holds_together_at_any_size(size: int, seed: int):
    district = District(size=size, seed=seed)
    staff = {member.key for member in district.staff}
    learners = {learner.key for learner in district.learners}
    enrollments = list(district.enrollments())
    assert len(learners) == size
    assert len({enrollment.key for enrollment in enrollments}) == len(enrollments)
    assert {e.person for e in enrollments if e.role == "student"} == learners
    assert {e.person for e in enrollments if e.role == "teacher"} <= staff
    assert {e.class_.key for e in enrollments} == {class_.key for class_ in district.class_at.values()}
    homes = {guardian.household for guardian in district.guardians()}
    assert homes == {learner.household for learner in district.learners}


@given(st.integers(0, 10**6), st.integers(0, BLOCK - 1))
def test_a_place_in_a_block_is_one_learner(block: int, position: int):
    index = index_at(block, position)
    assert index // BLOCK == block
    assert position_of(index) == position
    assert index in children_of(household_of(index)[0])


def test_a_learner_alone_is_the_learner_in_the_list(district: District):
    assert [District().learner(index) for index in (499, 0, 250)] == [district.learners[i] for i in (499, 0, 250)]


def test_has_enough_enrollments_for_a_benchmark():
    district = District(size=2000)
    per_learner = sum(1 for _ in district.enrollments()) / district.size
    assert per_learner >= 8


def test_twins_share_all_but_their_given_name(district: District):
    homes = {learner.household for learner in placed(district, people.TWINS)}
    assert len(homes) == 10
    for home in homes:
        first, second = [district.learners[index] for index in children_of(home)]
        assert (first.birth_date, first.family, first.email) == (second.birth_date, second.family, second.email)
        assert (first.grade, first.school) == (second.grade, second.school)
        assert first.given != second.given
        assert first.number != second.number


def test_siblings_share_their_home_and_differ_in_age(district: District):
    homes = Counter(learner.household for learner in district.learners if learner.position not in people.TWINS)
    shared = [home for home, children in homes.items() if children > 1]
    assert len(shared) == 5 * 25
    for home in shared:
        children = [district.learners[index] for index in children_of(home)]
        assert len({child.family_email for child in children}) == 1
        assert len({child.birth_date.year for child in children}) == len(children)


def test_those_who_moved_ended_at_one_school_and_began_at_another(district: District):
    for learner in placed(district, people.MOVED_BEFORE):
        assert learner.former
        assert learner.former != learner.school
        assert learner.former.level == learner.school.level
        ended = [e for e in district.enrollments_of(learner) if e.ends]
        begun = [e for e in district.enrollments_of(learner) if not e.ends]
        assert {e.class_.school for e in ended} == {learner.former}
        assert {e.class_.school for e in begun} == {learner.school}
        assert max(e.ends for e in ended if e.ends) < min(e.begins for e in begun)


def test_some_learners_are_in_two_schools_at_once(district: District):
    for learner in placed(district, people.TWO_SCHOOLS):
        schools = Counter(e.class_.school for e in district.enrollments_of(learner))
        assert sorted(schools.values()) == [1, 7]


def test_namesakes_are_two_children(district: District):
    pairs = Counter((learner.given, learner.family) for learner in placed(district, people.NAMESAKES))
    assert set(pairs.values()) == {2}
    assert len({learner.birth_date for learner in placed(district, people.NAMESAKES)}) > len(pairs)


def test_names_differ_between_systems(district: District):
    def in_lms(positions: frozenset[int]) -> list[tuple[str, str, str, str]]:
        return [
            (x.given, x.family, lms_accounts(x)[0].given, lms_accounts(x)[0].family)
            for x in placed(district, positions)
        ]

    assert all(name != other for name, _, other, _ in in_lms(people.NICKNAME))
    assert all(other.isascii() and not family.isascii() for _, family, _, other in in_lms(people.ACCENTED))
    assert all(len(other) < len(family) for _, family, _, other in in_lms(people.DOUBLE))
    assert all("'" in family and "'" not in other for _, family, _, other in in_lms(people.APOSTROPHE))


def test_identifiers_are_missing_where_they_should_be(district: District):
    assert all(lms_accounts(learner)[0].sis_id is None for learner in placed(district, people.NO_ID_IN_LMS))
    tool = [tool_account(learner) for learner in placed(district, people.NO_ID_IN_TOOL)]
    assert all(account and account.number == "" for account in tool)
    assert all(learner.state_id is None for learner in placed(district, people.NO_STATE_ID))
    assert all(learner.email is None for learner in placed(district, people.NO_EMAIL))


def test_the_truth_names_every_account_once(district: District):
    truths = list(truth(district))
    assert [t.number for t in truths] == [learner.number for learner in district.learners]
    for system in ("sis", "lms", "tool", "assessment"):
        keys = [key for t in truths for key in getattr(t, system)]
        assert len(keys) == len(set(keys))
    two = [t for t in truths if len(t.lms) == 2]
    assert len(two) == 5
    for t, learner in zip(truths, district.learners, strict=True):
        assert bool(t.tool) == (learner.grade in TOOL_GRADES)
        assert not t.lms or learner.grade >= FIRST_LMS_GRADE


def test_household_contacts_are_shared(district: District):
    shared = Counter(guardian.email for guardian in district.guardians())
    assert max(shared.values()) == 2
    phones = {guardian.household: guardian.phone for guardian in district.guardians()}
    assert all(phones[guardian.household] == guardian.phone for guardian in district.guardians())


def test_scores_are_never_made_up_from_nothing(district: District):
    results = list(gradebook.results(district))
    assert {result.status for result in results} == {
        "exempt",
        "fully graded",
        "not submitted",
        "partially graded",
        "submitted",
    }
    for result in results:
        assert (result.score is None) == (result.status in ("exempt", "not submitted", "submitted"))
        assert result.score is None or 0 <= result.score <= result.item.maximum
    assert {objective.source for result in results for objective in result.item.objectives} == {"case", "unknown"}


def test_days_change_a_little_and_only_that(district: District):
    for before, after in pairwise(district.day(day) for day in range(1, year.LAST_DAY + 1)):
        changed = [(x, y) for x, y in zip(before.learners, after.learners, strict=True) if x != y]
        assert Counter("renamed" if y.family != x.family else "left" if y.left else "moved" for x, y in changed) == {
            "renamed": 5,
            "left": 5,
            "moved": 5,
        }
        assert {y.modified for _, y in changed} == {year.stamp(year.date_of(after.today))}
        assert all(y.family == f"{x.family}-Beispiel" for x, y in changed if y.family != x.family)
        old, new = ({e.key: e for e in d.enrollments()} for d in (before, after))
        assert set(old) <= set(new)
        assert sum(e.withdrawn for e in new.values()) - sum(e.withdrawn for e in old.values()) == 5 * 8
        assert len(new) - len(old) == 5 * 8
        old_results, new_results = ({r.key: r for r in gradebook.results(d)} for d in (before, after))
        fresh = [r for key, r in new_results.items() if key not in old_results]
        assert fresh
        assert {r.item.due for r in fresh} == {year.date_of(after.today)}
        assert all(r == old_results[key] for key, r in new_results.items() if key in old_results)


@pytest.mark.parametrize("day", [0, 6])
def test_there_is_one_week_only(district: District, day: int):
    with pytest.raises(ValueError, match="has days 1 to 5"):
        district.day(day)


def test_a_day_reached_step_by_step_is_that_day():
    for first, last in product((1, 2, 4), (3, 5)):
        assert District().day(first).day(last).learners == District().day(last).learners


def test_the_week_is_five_school_days():
    days = [year.date_of(day) for day in range(1, year.LAST_DAY + 1)]
    assert [day.weekday() for day in days] == [0, 1, 2, 3, 4]
    assert days[-1] - days[0] == timedelta(days=4)
