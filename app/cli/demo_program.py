"""What the demo shows of a program out of school: from the coordinator's form to the learner's record and a badge."""

from collections.abc import Callable
from typing import Any

import httpx
from rich.markup import escape

from app.cli.answers import answer_of
from app.cli.console import table
from app.cli.tour import Screen

Key = Callable[[int], Any]
NAME = "Lakeside Maker Space"
TITLE = "A lamp that follows the sun"
COORDINATOR = {"name": "Sam Coordinator", "role": "coordinator"}
REVIEWER = {"name": "Robin Reviewer", "role": "reviewer"}
LEVELS = [{"name": name, "points": float(n)} for n, name in enumerate(("Beginning", "Proficient", "Exemplary"), 1)]


async def show_program(api: httpx.AsyncClient, learner: str, number: str, headers: dict[str, str], own: Key) -> Screen:
    """Register a program, hand in what a learner did, review it, and show what became of it; once, however often asked.

    `headers` are of a client that manages and reviews; `own` gives those of a key for a program's source.
    """
    known = answer_of(await api.get("/v1/programs", headers=headers))["programs"]
    program = next((listed for listed in known if listed["name"] == NAME), None)
    if program is None:
        program = await _registered(api, learner, headers)
    hers = await own(program["source"])
    before = answer_of(await api.get("/v1/submissions", headers=hers))["submissions"]
    if not before:
        await _handed_in(api, program, learner, number=number, headers=headers, hers=hers)
        before = answer_of(await api.get("/v1/submissions", headers=hers))["submissions"]
    case = answer_of(await api.get(f"/v1/reviews/{before[0]['id']}", headers=headers))
    return _screen(case)


async def _registered(api: httpx.AsyncClient, learner: str, headers: dict[str, str]) -> dict[str, Any]:
    """The program, approved, with a badge that shows a competency the learner's school rates, too."""
    registration = {"name": NAME, "kind": "library", "setting": "after-school"}
    program = answer_of(await api.post("/v1/programs", json=registration, headers=headers))
    profile = answer_of(await api.get(f"/v1/learners/{learner}/profile", headers=headers))
    competencies = [standing["competency"] for domain in profile["domains"] for standing in domain["competencies"]][:1]
    badge = {
        "name": "Maker",
        "description": "Makes something that works, and explains how.",
        "criteria": "It works in front of others, and its maker answers their questions.",
        "rubric": [
            {"id": "works", "name": "It works", "levels": LEVELS, "wanted": "Proficient", "competencies": competencies},
            {"id": "explains", "name": "Explains it", "levels": LEVELS, "wanted": "Proficient"},
        ],
        "writer": REVIEWER,
    }
    path = f"/v1/programs/{program['id']}"
    answer_of(await api.post(f"{path}/achievements", json=badge, headers=headers))
    return dict(answer_of(await api.post(f"{path}/decision", json={"state": "approved"}, headers=headers)))


async def _handed_in(
    api: httpx.AsyncClient,
    program: dict[str, Any],
    learner: str,
    number: str,
    headers: dict[str, str],
    hers: dict[str, str],
) -> None:
    """Hand in, take it to look at, and accept it."""
    record = answer_of(await api.get(f"/v1/learners/{learner}", headers=headers))
    path = f"/v1/programs/{program['id']}/achievements"
    (badge,) = answer_of(await api.get(path, headers=headers))["achievements"]
    name = record["names"][0]["value"]
    submission = {
        "learner": {"name": name, "numbers": [{"type": "district", "value": number}]},
        "title": TITLE,
        "done": "Soldered two light sensors and a motor to a board, and wrote the loop that turns the lamp.",
        "on": "2026-10-17",
        "place": NAME,
        "achievement": badge["id"],
        "reflection": "The hardest part was that both sensors never say the same.",
        "submitter": COORDINATOR,
        "consent": "Kim Guardian",
    }
    receipt = answer_of(await api.post("/v1/submissions", json=submission, headers=hers))
    path = f"/v1/reviews/{receipt['id']}"
    answer_of(await api.post(f"{path}/claim", json={"by": REVIEWER}, headers=headers))
    marks = [{"criterion": "works", "level": "Exemplary"}, {"criterion": "explains", "level": "Proficient"}]
    decision = {"assessor": REVIEWER, "verdict": "accept", "marks": marks}
    answer_of(await api.post(f"{path}/decisions", json=decision, headers=headers))


def _screen(case: dict[str, Any]) -> Screen:
    screen = Screen("Out of school: from a program's form to the record")
    screen.add(f"{escape(case['programName'])} handed in: [bold]{escape(case['body']['title'])}[/]")
    steps = table("what happened", "who")
    for step in case["history"]:
        steps.add_row(step["step"], f"{step['name']} ({step['role']})")
    screen.add(steps)
    for review in case["reviews"]:
        marks = ", ".join(f"{mark['criterion']}: {mark['level']}" for mark in review["marks"])
        screen.add(f"{escape(review['name'])} saw: {escape(marks)}")
    screen.add(f"\nIn the record of learner {case['learner']}, with a signed Open Badge:")
    screen.add(f"  GET /v1/credentials/{case['credential']}")
    return screen
