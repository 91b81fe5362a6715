"""Wholes that stand by their parts: each rule, what it explains, and every view alike."""

from typing import Any
from uuid import UUID

import pytest

from app.errors import ConfigError
from app.mastery.judge import Judge
from app.mastery.parts import AllParts, AnyPart, AnyParts, PartsByLevel, Reaching, SomeParts, WeightedParts
from app.mastery.policies import Policy, parse
from tests.support.api import Api
from tests.support.naming import ident, import_
from tests.support.one_answer import IDS, KIM, explained, frameworks, views, world_of
from tests.support.one_answer_pages import pages

A, B, C = (UUID(int=n) for n in (1, 2, 3))
ADVANCED, PROFICIENT, DEVELOPING = ("Advanced", True), ("Proficient", True), ("Developing", False)
NONE = (None, False)
MOST = PartsByLevel(levels=(Reaching("Advanced", "Advanced", 2), Reaching("Proficient", "Proficient")))

# (rule, where the parts stand, level, mastered, positions of the parts that decided)
ROLLED: list[tuple[AnyParts, list[tuple[str | None, bool]], str | None, bool, list[int]]] = [
    (AllParts(), [ADVANCED, PROFICIENT, PROFICIENT], "Proficient", True, [0, 1, 2]),
    (AllParts(), [ADVANCED, DEVELOPING, PROFICIENT], "Developing", False, [0, 1, 2]),
    (AllParts(), [ADVANCED, PROFICIENT, NONE], None, False, [0, 1]),
    (AnyPart(), [DEVELOPING, NONE, PROFICIENT], "Proficient", True, [2]),
    (AnyPart(), [NONE, NONE, NONE], None, False, []),
    (SomeParts(2), [ADVANCED, DEVELOPING, PROFICIENT], "Proficient", True, [0, 2]),
    (SomeParts(9), [ADVANCED, PROFICIENT, PROFICIENT], "Proficient", True, [0, 1, 2]),
    (WeightedParts({A: 3}), [ADVANCED, NONE, NONE], "Developing", False, [0]),  # 2.7 of 5 points
    (WeightedParts({C: 0}), [PROFICIENT, PROFICIENT, NONE], "Proficient", True, [0, 1]),
    (MOST, [ADVANCED, ADVANCED, DEVELOPING], "Advanced", True, [0, 1]),
    (MOST, [PROFICIENT, ADVANCED, PROFICIENT], "Proficient", True, [0, 1, 2]),
    (MOST, [PROFICIENT, ADVANCED, NONE], "Beginning", False, [0, 1]),
]


@pytest.mark.parametrize(("rule", "parts", "level", "met", "used"), ROLLED)
def test_parts_add_up_by_their_rule(
    rule: AnyParts, parts: list[tuple[str | None, bool]], level: str | None, met: bool, used: list[int]
) -> None:
    judge = Judge(Policy(parts=rule))
    place, _, reached, decided = judge.roll([(key, *part) for key, part in zip((A, B, C), parts, strict=True)])
    name = None if place is None else judge.policy.levels[place].name
    assert (name, reached, list(decided)) == (level, met, used)


def test_a_part_on_another_scale_counts_on_its_side_of_mastery() -> None:
    judge = Judge(Policy(parts=AllParts()))
    assert judge.roll([(A, "There", True), (B, "There", True)])[2]
    assert not judge.roll([(A, "There", True), (B, "Partly", False)])[2]


def test_a_rule_by_level_names_levels_of_its_policy() -> None:
    with pytest.raises(ConfigError, match="names 'Level 7'"):
        parse(b'{"parts": {"rule": "levels", "levels": [{"level": "Level 7", "at": "Proficient"}]}}')


async def _levels(api: Api, rule: dict[str, Any], **scores: int) -> tuple[dict[str, str], str]:
    headers = await api.pusher()
    for package in frameworks():
        await import_(api, headers, package)
    policy = {"name": "by-parts", "framework": ident("Whole"), "policy": {"parts": rule}}
    assert (await api.http.post("/v1/policies", json=policy, headers=headers)).status_code < 300
    for code, score in scores.items():
        item = {"result": {"score": score, "max": 4}, "alignments": [{"code": code.replace("_", ".")}], "id": code}
        learner = await api.learner(headers, **item)
    return headers, learner


async def test_a_whole_by_its_parts_is_explained_by_them_and_the_same_in_every_view(api: Api) -> None:
    headers, learner = await _levels(api, {"rule": "all"}, P_1=4, P_2=3)
    made = await world_of(api, headers, {"0a": learner})
    stands = await explained(made, learner)
    assert stands["P"] == ("Proficient", True)
    assert stands["X"] == (None, False), "what went up goes to no equivalent"
    by_view = await views(made, learner) | await pages(made, learner)
    assert {view: of["P"] for view, of in by_view.items() if "P" in of} == {
        view: ("Proficient", True) for view, of in by_view.items() if "P" in of
    }
    assert {"profile", "credit", "plan", "learner record"} <= {view for view, of in by_view.items() if "P" in of}
    why = await made.ask("GET", f"/learners/{learner}/competencies/{IDS['P']}")
    assert [(part["code"], part.get("level"), part["decided"]) for part in why["parts"]] == [
        ("P.1", "Advanced", True),
        ("P.2", "Proficient", True),
    ]
    assert [assertion["decided"] for assertion in why["assertions"]] == [True, True]
    page = await made.page(f"/learners/{learner}/competencies/{IDS['P']}")
    assert "By its parts" in page


async def test_what_went_up_does_not_come_down_again(api: Api) -> None:
    headers, learner = await _levels(api, {"rule": "any"}, P_1=4, P_2=2)
    made = await world_of(api, headers, {"0a": learner})
    stands = await explained(made, learner)
    assert (stands["P"], stands["P.2"]) == (("Advanced", True), ("Developing", False))


async def test_a_level_set_for_the_whole_goes_before_its_parts(api: Api) -> None:
    headers, learner = await _levels(api, {"rule": "all"}, P_1=4, P_2=3)
    made = await world_of(api, headers, {"0a": learner})
    override = {
        "level": "Developing",
        "reason": "Not together yet",
        "ends": "2027-09-01T00:00:00Z",
        "teacherOfRecord": KIM,
    }
    await made.ask("POST", f"/learners/{learner}/competencies/{IDS['P']}/overrides", override)
    stands = await explained(made, learner)
    assert stands["P"] == ("Developing", False)
    by_view = await views(made, learner)
    assert {of["P"] for of in by_view.values() if "P" in of} == {("Developing", False)}
