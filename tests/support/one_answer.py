"""Generated districts in which learners show things in every way there is, and what each view says of them.

Each learner comes twice: the twin's evidence arrives in another order, some of it wrong first and corrected later.
"""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from app.db.access import tenants
from app.mastery import judging, reporting
from app.mastery.views.report_card import Term
from app.records.settle import settle
from tests.support.api import Api
from tests.support.district import District, class_, enrollment, user
from tests.support.naming import BASE, ident, import_, package
from tests.support.people import Reader, signed_in

NOW = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
WHOLE, OTHER = "Whole", "Other"
CODES = {"P": WHOLE, "P.1": WHOLE, "P.2": WHOLE, "Q": WHOLE, "O": OTHER, "X": OTHER}
"""Each code's framework. P.1 is an item of the other one, too, where it is part of O."""
IDS = {code: ident(f"{framework} {code}") for code, framework in CODES.items()}
BY_ID = {competency: code for code, competency in IDS.items()}
LEAVES = {WHOLE: ("P.1", "P.2", "Q"), OTHER: ("P.1", "X")}
Stand = tuple[str | None, bool]
"""The level's name, and whether it is mastered."""
Stands = dict[str, Stand]


def _link(kind: str, origin: str, destination: str) -> dict[str, Any]:
    name = f"{kind} {origin} {destination}"
    ends = [
        {"title": code, "identifier": IDS[code], "uri": f"{BASE}/CFItems/{IDS[code]}"} for code in (origin, destination)
    ]
    return {
        "identifier": ident(name),
        "uri": f"{BASE}/CFAssociations/{ident(name)}",
        "associationType": kind,
        "originNodeURI": ends[0],
        "destinationNodeURI": ends[1],
    }


def frameworks() -> list[dict[str, Any]]:
    """A whole with two parts and what is equivalent to one; another with a part in common, and an equivalent whole."""
    whole = package(WHOLE, "P", "P.1", "P.2", "Q")
    links = [
        ("isChildOf", "P.1", "P"),
        ("isChildOf", "P.2", "P"),
        ("exactMatchOf", "Q", "P.2"),
        ("precedes", "P.1", "P.2"),
    ]
    whole["CFAssociations"] = [_link(*link) for link in links]
    other = package(OTHER, "O", "X")
    other["CFItems"].append(next(item for item in whole["CFItems"] if item["humanCodingScheme"] == "P.1"))
    other["CFAssociations"] = [_link("isChildOf", "P.1", "O"), _link("exactMatchOf", "X", "P")]
    return [whole, other]


LEVELS = [{"name": "Starting", "at": 0}, {"name": "Partly", "at": 0.4}, {"name": "There", "at": 0.8}]
RULES: list[dict[str, Any]] = [
    {"rule": "latest"},
    {"rule": "highest"},
    {"rule": "n-times", "n": 2},
    {"rule": "m-of-n", "m": 2, "n": 3},
    {"rule": "decaying-average"},
    {"rule": "average-of-last", "n": 3},
    {"rule": "mode"},
]


PARTS: list[dict[str, Any]] = [
    {"rule": "all"},
    {"rule": "any"},
    {"rule": "n-of-m", "n": 2},
    {"rule": "points", "weights": {IDS["P.1"]: 3}},
]
"""By which rule parts add up to their whole."""


def policies(chance: Random) -> list[dict[str, Any]]:
    """The policies of a district: for all, a framework, a competency, or none; in force for long or as of now."""
    chosen = []
    for scope in ({}, {"framework": ident(OTHER)}, {"competency": IDS["P.2"]}, {"competency": IDS["P"]}):
        if chance.random() < 0.5:
            policy: dict[str, Any] = {"rule": chance.choice(RULES)}
            if chance.random() < 0.5:
                policy |= {"levels": LEVELS, "mastery": 0.8}
            if chance.random() < 0.4:
                policy["parts"] = chance.choice(PARTS)
            if chance.random() < 0.4:
                policy["days"] = chance.choice([3, 40])
            begins = {"begins": (NOW - timedelta(days=900)).isoformat()} if chance.random() < 0.7 else {}
            chosen.append({"name": f"policy-{len(chosen)}", "policy": policy, **scope, **begins})
    return chosen


def history(chance: Random) -> list[dict[str, Any]]:
    """What one learner showed: some of it at the same time, on the same day, at no time, by their own word, expired."""
    day = (NOW - timedelta(days=chance.choice([2, 30, 60]))).date()
    times = [None, f"{day}", f"{day}T00:00:00Z", f"{day}T10:00:00Z", f"{day + timedelta(days=1)}T10:00:00Z"]
    times.append(f"{(NOW + timedelta(days=9)).date()}T10:00:00Z")
    statements = []
    for n in range(chance.randint(1, 8)):
        when = chance.choice(times)
        result: dict[str, Any] = {"score": chance.randint(1, 4), **chance.choice([{"max": 4}, {"min": 1, "max": 4}])}
        if chance.random() < 0.2:
            result = {"level": chance.choice(["Proficient", "Developing", "There", "High", "met"])}
        result["method"] = chance.choice(["summative", "formative", "diagnostic", "self", "peer"])
        item: dict[str, Any] = {"name": f"n{n}", "result": result, "alignments": [_alignment(chance)]}
        if when:
            item["occurredAt"] = when
        if chance.random() < 0.2:
            item["expiresAt"] = (NOW + timedelta(days=chance.choice([-1, 20]))).isoformat()
        if chance.random() < 0.1:
            item["withdrawn"] = True
        statements.append(item)
    return statements


def _alignment(chance: Random) -> dict[str, str]:
    code = chance.choice([*CODES, "P.2"])
    return {"url": f"{BASE}/CFItems/{IDS[code]}", "code": code, "type": "CFItem"}


@dataclass
class World:
    """A generated district: its learners by name (`3a` and `3b` are twins), and everybody who looks at them."""

    api: Api
    headers: dict[str, str]
    chance: Random
    learners: dict[str, str] = field(default_factory=dict)
    rule: str = ""
    readers: dict[str, Reader] = field(default_factory=dict)
    room: str = ""
    """The address of the class that all are in."""

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = await self.api.http.request(method, f"/v1{path}", json=body, params=query, headers=self.headers)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json()

    async def page(self, path: str) -> str:
        answer = await self.readers["registrar"].get(path)
        assert answer.status_code == 200, f"{path}: {answer.text[:500]}"
        return answer.text


async def world(api: Api, chance: Random, histories: int) -> World:
    """A district with so many histories, each of two twins, taken in, in an order of chance."""
    made = World(api, await api.pusher(), chance)
    packages = frameworks()
    chance.shuffle(packages)
    for framework in packages:
        await import_(api, made.headers, framework)
    for policy in policies(chance):
        await made.ask("POST", "/policies", policy)
    await judging.judge_all(api.db, api.tenant, datetime.now(UTC))
    made.room = await _class(made, [f"{n}{twin}" for n in range(histories) for twin in "ab"])
    await _arrive(made, histories)
    await settle(api.db, api.tenant)
    for name in (f"{n}{twin}" for n in range(histories) for twin in "ab"):
        learners = (await made.ask("GET", "/learners", identifier=f"district:{name}"))["learners"]
        if learners:
            made.learners[name] = learners[0]["id"]
    await _set_levels(made, histories)
    await settle(api.db, api.tenant)  # as the job that a level defers
    await _look(made)
    return made


async def world_of(api: Api, headers: dict[str, str], learners: dict[str, str]) -> World:
    """A district that a test has made, to look at these learners in."""
    made = World(api, headers, Random(0), learners)
    await _look(made)
    return made


async def _look(made: World) -> None:
    """A rule of credit, and who looks."""
    needs = [{"competency": IDS[code]} for code, framework in CODES.items() if framework == WHOLE]
    rule = {"title": "All", "amount": 1, "unit": "credit", "subject": "All", "framework": ident(WHOLE), "needs": needs}
    writer = {"name": "Kim Sample", "role": "teacher"}
    made.rule = (await made.ask("POST", "/credit-rules", {**rule, "writer": writer, "atLeast": 1}))["id"]
    made.readers["registrar"] = await signed_in(made.api, "registrar")


async def _class(made: World, names: list[str]) -> str:
    """A class of learners whom the school knows by these numbers; the address of its page."""
    tenant = await tenants.by_id(made.api.db, made.api.tenant)
    assert tenant is not None
    district = District(made.api.db, tenant)
    sis = await district.source("sis", "oneroster")
    await district.take(sis, "users", [user(f"u-{name}", f"L{name}", "Sample", identifier=name) for name in names])
    await district.take(sis, "classes", [class_("c-1", "Everybody")])
    members = [enrollment(f"e-{name}", f"u-{name}", "c-1", beginDate="2026-08-17") for name in names]
    await district.take(sis, "enrollments", members)
    return f"/classes/{sis.id}/c-1"


async def _arrive(made: World, histories: int) -> None:
    chance, rounds = made.chance, 4
    arriving: list[list[dict[str, Any]]] = [[] for _ in range(rounds)]
    for n in range(histories):
        arrivals = history(chance)
        for twin in "ab":
            who = {"identifiers": [{"type": "district", "value": f"{n}{twin}"}]}
            for k, item in enumerate(arrivals):
                own = {**item, "id": f"{n}-{twin}-{k}", "learner": who}
                last = chance.randrange(rounds)
                if twin == "b" and last and chance.random() < 0.4:
                    wrong = {**own, "result": {"score": 2, "max": 4}, "withdrawn": False}
                    arriving[chance.randrange(last)].append({k: v for k, v in wrong.items() if v is not False})
                arriving[last].append(own)
    for items in arriving:
        chance.shuffle(items)
        for begin in range(0, len(items), 200):
            await made.ask("POST", "/evidence", items[begin : begin + 200])
        if chance.random() < 0.5:
            await settle(made.api.db, made.api.tenant)


KIM = {"name": "Kim Sample", "role": "teacher of record"}
LEE = {"name": "Lee Sample", "role": "teacher of record"}


async def _set_levels(made: World, histories: int) -> None:
    """Teachers set levels for some, two of them for the same now and then; of one twin alone where it is taken back."""
    for n in range(histories):
        if made.chance.random() < 0.5 or f"{n}b" not in made.learners:
            continue
        code, until = made.chance.choice([*CODES]), (NOW + timedelta(days=30)).isoformat()
        path = f"/learners/{made.learners[f'{n}a']}/competencies/{IDS[code]}"
        names = [level["name"] for level in (await made.ask("GET", path))["policySays"]["levels"]]
        taken_back = made.chance.random() < 0.4
        teachers = made.chance.choice([[KIM], [KIM, LEE]])
        levels = [
            {"level": made.chance.choice(names), "reason": "Seen", "ends": until, "teacherOfRecord": t}
            for t in teachers
        ]
        for twin in "a" if taken_back else "ab":
            own = f"/learners/{made.learners[f'{n}{twin}']}"
            for level_set in levels:
                done = await made.api.http.post(
                    f"/v1{own}/competencies/{IDS[code]}/overrides", json=level_set, headers=made.headers
                )
                assert done.status_code in (201, 422), done.text  # 422: it stands by a competency of another scale
                if taken_back and done.status_code == 201:
                    why = {"reason": "Seen otherwise", "teacherOfRecord": KIM}
                    await made.ask("POST", f"{own}/overrides/{done.json()['key']}/withdrawal", why)


async def explained(made: World, learner: str, **query: Any) -> Stands:
    """What the explanations say: what every other view is held against."""
    stands: Stands = {}
    for code, competency in IDS.items():
        explanation = await made.ask("GET", f"/learners/{learner}/competencies/{competency}", **query)
        stands[code] = (explanation["level"]["name"] if explanation.get("level") else None, explanation["met"])
    return stands


async def views(made: World, learner: str) -> dict[str, Stands]:
    """What each view of one learner says of what it tells of."""
    by_view: dict[str, Stands] = {}
    for framework in (WHOLE, OTHER):
        by_view |= await _in_framework(made, learner, framework)
    by_view["profile"] = _profile(await made.ask("GET", f"/learners/{learner}/profile"))
    by_view["growth"] = _grown(await made.ask("GET", f"/learners/{learner}/growth"), by_view["profile"])
    by_view["credit"] = await _credit(made, learner)
    by_view["report card"] = await _report_card(made, learner)
    return by_view


async def _in_framework(made: World, learner: str, title: str) -> dict[str, Stands]:
    own, query = f"/learners/{learner}", {"framework": ident(title)}
    gaps = {gap["code"]: gap.get("level") for gap in await made.ask("GET", f"{own}/gaps", **query)}
    way = await made.ask("GET", f"{own}/pathway", **query)
    steps = {gap["code"]: gap.get("level") for gap in way["steps"]}
    skipped = {row["code"]: row["level"] for row in way["skipped"]}
    progress = [
        competency for part in await made.ask("GET", f"{own}/progress", **query) for competency in part["competencies"]
    ]
    profile = _profile(await made.ask("GET", f"{own}/profile", **query))
    by_view = {
        "gaps and pathway": {c: (gaps[c], False) if c in gaps else (skipped[c], True) for c in LEAVES[title]},
        "steps of the pathway": {code: (level, False) for code, level in steps.items()},
        "progress": {row["code"]: (row.get("level"), row["met"]) for row in progress},
        "profile": profile,
        "growth": _grown(await made.ask("GET", f"{own}/growth", **query), profile),
    }
    assert gaps.keys() == steps.keys(), "what is a gap is a step of the pathway"
    return {f"{view} of {title}": stands for view, stands in by_view.items()}


async def group_views(made: World) -> dict[str, dict[str, Stands]]:
    """What views of all learners together say, by learner."""
    by_learner: dict[str, dict[str, Stands]] = {learner: {} for learner in made.learners.values()}

    def note(learner: str, view: str, code: str, stand: Stand) -> None:
        by_learner[learner].setdefault(view, {})[code] = stand

    for title in (WHOLE, OTHER):
        query = {"framework": ident(title), "learners": [*by_learner]}
        everything = {*LEAVES[title], *(code for code, framework in CODES.items() if framework == title)}
        book = await made.ask(
            "POST", "/gradebook", {**query, "competencies": [IDS[code] for code in sorted(everything)]}
        )
        for row in book["learners"]:
            for column, cell, met in zip(book["competencies"], row["cells"], row["met"], strict=True):
                note(row["learner"], f"gradebook of {title}", column["code"], (cell, met))
        for row, written in zip(book["learners"], await _gradebook_file(made, book, query), strict=True):
            for column, cell, met in zip(book["competencies"], written, row["met"], strict=True):
                note(row["learner"], f"gradebook file of {title}", column["code"], (cell or None, met))
        for gap in await made.ask("POST", "/gaps", query):
            for short in gap["learners"]:
                note(short["learner"], f"gaps of a group in {title}", gap["code"], (short.get("level"), False))
        for need in (need for part in await made.ask("POST", "/needs", query) for need in part["needs"]):
            for because in (entry for together in need["groups"] for entry in together["learners"]):
                note(because["learner"], f"needs in {title}", need["code"], (because.get("level"), False))
    return by_learner


async def _gradebook_file(made: World, book: Mapping[str, Any], query: dict[str, Any]) -> list[list[str]]:
    """The cells of the same gradebook as CSV, row by row."""
    body = {**query, "competencies": [column["competency"] for column in book["competencies"]], "form": "csv"}
    answer = await made.api.http.post("/v1/gradebook", json=body, headers=made.headers)
    assert answer.status_code == 200, answer.text
    header, *rows = csv.reader(io.StringIO(answer.text))
    assert header == ["learner", *(column["code"] for column in book["competencies"])]
    assert [row[0] for row in rows] == [row["learner"] for row in book["learners"]]
    return [row[1:] for row in rows]


async def _report_card(made: World, learner: str) -> Stands:
    """What a report card says at the end of a term that is not over, of what was shown in it."""
    term = Term("So far", (NOW - timedelta(days=900)).date(), (NOW + timedelta(days=1)).date())
    async with made.api.db.transaction(made.api.tenant) as tx:
        subjects = await reporting.card(tx, UUID(learner), term, datetime.now(UTC))
    lines = [line for subject in subjects for line in subject.lines if line.code in CODES]
    return {str(line.code): (line.level.name if line.level else None, line.mastered) for line in lines}


def _profile(profile: Mapping[str, Any]) -> Stands:
    competencies = [competency for part in profile["domains"] for competency in part["competencies"]]
    return {row["code"]: (row["level"]["name"] if row["level"] else None, row["mastered"]) for row in competencies}


def _grown(growth: Mapping[str, Any], profile: Stands) -> Stands:
    """Growth tells levels without whether they are mastered; what it tells of is what the profile does."""
    steps = {
        competency["code"]: competency["steps"][-1]["level"]
        for competency in growth["competencies"]
        if competency["code"] in profile
    }
    assert steps.keys() == profile.keys()
    return {code: (level, profile[code][1]) for code, level in steps.items()}


async def _credit(made: World, learner: str) -> Stands:
    credits_ = await made.ask("GET", f"/learners/{learner}/credits")
    [rule] = [rule for rule in credits_["rules"] if rule["rule"] == made.rule]
    return {BY_ID[need["competency"]]: (need["level"], need["reached"]) for need in rule["needs"]}


async def then(made: World, learner: str, moment: datetime) -> tuple[Stands, dict[str, Stands]]:
    """What explanations and views say of how it stood on a day."""
    as_of = {"as_of": moment.isoformat()}
    profile = _profile(await made.ask("GET", f"/learners/{learner}/profile", **as_of))
    by_view = {"profile then": profile}
    by_view["growth then"] = _grown(await made.ask("GET", f"/learners/{learner}/growth", **as_of), profile)
    for title in (WHOLE, OTHER):
        way = await made.ask("GET", f"/learners/{learner}/pathway", framework=ident(title), **as_of)
        stands = {step["code"]: (step.get("level"), False) for step in way["steps"]}
        by_view[f"pathway of {title} then"] = stands | {row["code"]: (row["level"], True) for row in way["skipped"]}
    return await explained(made, learner, **as_of), by_view
