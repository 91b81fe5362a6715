"""The page of a plan: goals written, reached, signed and taken out; and words that stay a learner's own."""

import re
from typing import Any
from uuid import UUID

import pytest

from tests.support.api import EVIDENCE, Api
from tests.support.attacks import SCRIPT
from tests.support.competencies import learner
from tests.support.frameworks import ident
from tests.support.people import Reader, signed_in

__all__ = ["learner"]
GOAL = {"plan_title": "This year", "title": "Build a cabinet", "horizon": "year", "why": "For my room"}


def hidden_of(page: str, action: str) -> dict[str, str]:
    """What the form of that action sends along: the ids of its hidden fields."""
    form = re.search(rf'<form method="post" action="[^"]*{action}".*?</form>', page, re.DOTALL)
    assert form, f"no form {action} in {page}"
    return dict(re.findall(r'type="hidden" name="(plan|revision|do)" value="([^"]*)"', form[0]))


async def written(reader: Reader, path: str, **more: Any) -> str:
    """A page whose plan has one goal."""
    answer = await reader.send(f"{path}/goals", {**GOAL, **more}, page=path)
    assert answer.status_code == 303, answer.text
    return (await reader.get(path)).text


async def test_a_goal_s_steps_are_reached_by_what_is_shown_and_a_person_closes_it(
    api: Api, learner: tuple[str, dict[str, str]]
) -> None:
    own, headers = learner
    path = f"/learners/{own}/plan"
    pupil = await signed_in(api, "learner", learner=UUID(own))
    first = (await pupil.get(path)).text
    assert "The first goal" in first
    assert "Planes a board" in first, "what has begun is offered as a step"
    page = await written(pupil, path, step=ident("W.2"))
    assert "Build a cabinet" in page
    assert 'max="1" value="0"' in page
    assert "It is reached" not in page, "nobody types in what is reached"
    better = {**EVIDENCE, "id": "w2", "alignments": [{"code": "W.2"}], "result": {"score": 10, "max": 10}}
    await api.learner(headers, **better)
    page = (await pupil.get(path)).text
    assert "ready to close" in page
    goal = re.search(r"/plan/([0-9a-f-]{36}/goals/[\w-]+)", page)
    assert goal
    closed = await pupil.send(
        f"/learners/{own}/plan/{goal[1]}", {**hidden_of(page, goal[1]), "do": "reached"}, page=path
    )
    assert closed.status_code == 303
    assert "Open it again" in (await pupil.get(path)).text


async def test_an_advisor_s_signature_is_of_what_they_saw(api: Api) -> None:
    own = await api.learner(await api.pusher())
    path = f"/learners/{own}/plan"
    pupil = await signed_in(api, "learner", learner=UUID(own))
    advisor = await signed_in(api, "advisor", learner=UUID(own), name="Ann")
    page = await written(pupil, path)
    seen = hidden_of(page, "/sign")
    sign = re.search(r'action="([^"]*/sign)"', page)
    assert sign
    page = await written(pupil, path, title="Another goal", **hidden_of(page, "/plan/goals"))
    late = await advisor.send(sign[1], seen, page=path)
    assert late.status_code == 409
    assert "Somebody changed the plan meanwhile" in late.text
    assert (await advisor.send(sign[1], hidden_of(page, "/sign"), page=path)).status_code == 303
    assert "signed by the advisor" in (await pupil.get(path)).text
    assert "Ann Sample" in (await pupil.get(path)).text


async def test_a_guardian_reads_and_signs_and_writes_nothing(api: Api) -> None:
    own = await api.learner(await api.pusher())
    path = f"/learners/{own}/plan"
    await written(await signed_in(api, "teacher", learner=UUID(own)), path)
    guardian = await signed_in(api, "guardian", learner=UUID(own), language="es")
    page = (await guardian.get(path)).text
    assert "Build a cabinet" in page
    assert "/plan/goals" not in page
    assert (await guardian.send(f"{path}/goals", GOAL, page=path)).status_code == 403
    sign = re.search(r'action="([^"]*/sign)"', page)
    assert sign
    assert (await guardian.send(sign[1], hidden_of(page, "/sign"), page=path)).status_code == 303


async def test_one_s_own_words_are_for_oneself_until_one_lets_others_read_them(api: Api) -> None:
    own = await api.learner(await api.pusher())
    path = f"/learners/{own}/plan"
    pupil = await signed_in(api, "learner", learner=UUID(own))
    advisor = await signed_in(api, "advisor", learner=UUID(own))
    answer = await pupil.send(f"/learners/{own}/notes", {"kind": "interest", "words": "How birds find home"}, page=path)
    assert answer.status_code == 303
    page = (await pupil.get(path)).text
    assert "How birds find home" in page
    assert "How birds find home" not in (await advisor.get(path)).text
    note = re.search(r'action="(/learners/[^"]+/notes/[^"]+)"', page)
    assert note
    assert (await advisor.send(note[1], {"do": "open"}, page=path)).status_code == 403
    await pupil.send(note[1], {"do": "open"}, page=path)
    assert "How birds find home" in (await advisor.get(path)).text
    await pupil.send(note[1], {"do": "close"}, page=path)
    assert "How birds find home" not in (await advisor.get(path)).text
    await pupil.send(note[1], {"do": "delete"}, page=path)
    assert "How birds find home" not in (await pupil.get(path)).text


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({"title": ""}, "Say what the goal is."),
        ({"horizon": "soon"}, "Say how far ahead the goal lies."),
        ({"step": "x"}, "Choose steps of the list."),
        ({"by": "some day"}, "is no day"),
        ({"plan": "00000000-0000-4000-8000-000000000000"}, "no longer here"),
    ],
)
async def test_a_form_that_does_not_do_is_told_so_and_keeps_its_words(
    api: Api, sent: dict[str, str], complaint: str
) -> None:
    own = await api.learner(await api.pusher())
    path = f"/learners/{own}/plan"
    pupil = await signed_in(api, "learner", learner=UUID(own))
    answer = await pupil.send(f"{path}/goals", {**GOAL, **sent}, page=path)
    assert answer.status_code in (404, 422)
    assert complaint in answer.text
    if answer.status_code == 422:
        assert "For my room" in answer.text


async def test_hostile_words_are_words(api: Api) -> None:
    own = await api.learner(await api.pusher())
    path = f"/learners/{own}/plan"
    pupil = await signed_in(api, "learner", learner=UUID(own))
    page = await written(pupil, path, title=SCRIPT, plan_title=SCRIPT, why="W" * 3000)
    assert "<script>alert" not in page
    assert "{{7*7}}" in page
