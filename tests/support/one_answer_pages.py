"""What pages for people say of a learner in a generated district, and what is issued, as who looks reads it."""

import html
import json
import re
from uuid import UUID

from app.mastery.policies import USUAL_LEVELS
from app.web.kit import descriptors
from tests.support.naming import ident
from tests.support.one_answer import BY_ID, CODES, IDS, OTHER, WHOLE, Stand, Stands, World
from tests.support.people import signed_in


async def class_pages(made: World) -> dict[str, dict[str, Stands]]:
    """What the gradebook of the class shows of each learner, in each framework."""
    by_learner: dict[str, dict[str, Stands]] = {learner: {} for learner in made.learners.values()}
    for title in (WHOLE, OTHER):
        for learner, code, stand in await _class_pages(made, title):
            by_learner.setdefault(learner, {}).setdefault(f"class page of {title}", {})[code] = stand
    return by_learner


async def _class_pages(made: World, title: str) -> list[tuple[str, str, Stand]]:
    """What the gradebook of a class shows: learner, code and standing. Its numbers mean what its legend says."""
    marks: list[tuple[str, str, Stand]] = []
    path: str | None = f"{made.room}?framework={ident(title)}"
    while path:
        text = await made.page(path)
        legend = set(re.findall(r'aria-hidden="true">(\d+)</span> <b>([^<]+)</b>', text))
        heads = re.findall(r'<th scope="col"><abbr title="[^"]*">([^<]+)</abbr></th>', text)
        for learner, cells in re.findall(r'<a href="/learners/([0-9a-f-]+)">[^<]*</a></th>(.*?)</tr>', text, re.DOTALL):
            columns = re.findall(r"<td>(.*?)</td>", cells)
            assert len(columns) == len(heads), path
            for code, cell in zip(heads, columns, strict=True):
                level = re.search(r'">(\d*)<span class="hidden"> ([^<,]*)([^<]*)</span>', cell)
                if level:
                    assert (level[1], level[2]) in legend, (
                        f"{path}: {level[1]} is {level[2]}, and the legend has {legend}"
                    )
                stand = (html.unescape(level[2]), "mastered" in level[3]) if level else (None, False)
                marks.append((learner, code, stand))
        further = re.search(r'rel="next" href="([^"]+)"', text)
        path = html.unescape(further[1]) if further else None
    return marks


async def _home_page(made: World, learner: str) -> Stands:
    """What a guardian's page says that the child can do, and what comes next: the nearest of what is not mastered."""
    guardian = await signed_in(made.api, "guardian", learner=UUID(learner))
    text = (await guardian.get(f"/mine/{learner}")).text
    names = {descriptors.name(level): level.name for level in USUAL_LEVELS}
    link = rf'<a href="/learners/{learner}/competencies/([0-9a-f-]+)">[^<]*</a>'
    stands: Stands = {}
    for competency, words in re.findall(rf'<li>{link} <span class="soft">([^<]+)</span></li>', text):
        level = re.split(r" \(|:", html.unescape(words))[0].strip()
        stands[BY_ID[competency]] = (names.get(level, level), True)
    steps = rf'<li><p>{link}</p>\s*<p class="soft">Now: (.+?)\.'
    for competency, words in re.findall(steps, text):
        stands[BY_ID[competency]] = (names.get(html.unescape(words), html.unescape(words)), False)
    return stands


async def pages(made: World, learner: str) -> dict[str, Stands]:
    """What the pages of a learner say, their plan, and what is issued to them."""
    return {
        **await _record_page(made, learner),
        "home page": await _home_page(made, learner),
        "competency page": await _competency_pages(made, learner),
        "plan": await _plan(made, learner),
        "learner record": await issued(made, learner),
    }


async def _plan(made: World, learner: str) -> Stands:
    steps = [{"competency": competency} for competency in IDS.values()]
    goal = {"id": "all", "title": "All", "horizon": "year", "steps": steps}
    await made.ask(
        "POST",
        f"/learners/{learner}/plans",
        {"title": "All", "goals": [goal], "writer": {"name": "A", "role": "learner"}},
    )
    [plan] = (await made.ask("GET", f"/learners/{learner}/plans"))["plans"]
    return {BY_ID[s["competency"]]: (s.get("level"), s["reached"]) for goal in plan["goals"] for s in goal["steps"]}


async def _record_page(made: World, learner: str) -> dict[str, Stands]:
    """The family's page: its words, its pictures of the profile, and how many it counts."""
    link = await made.ask("POST", f"/learners/{learner}/record-link", {"reader": "the family"})
    text = (await made.api.http.get(link["url"])).text
    heads = re.findall(r'<h3>([^<]+) <span class="state (good|plain)">([^<]+)</span></h3>', text)
    words = {code: (None if level == "no level yet" else level, tone == "good") for code, tone, level in heads}
    pictures: Stands = {}
    for code, level, met in re.findall(
        r"<title>(\S+) [^<:]+: ([^<,]+)(, mastered|, not mastered yet|) \([^<]*</title>", text
    ):
        name = None if level == "no level yet" else level.removesuffix(" (set by a teacher)")
        assert pictures.setdefault(code, (name, met == ", mastered")) == (name, met == ", mastered"), "phone and page"
    [(met, begun)] = re.findall(r"(\d+) competenc(?:y|ies) mastered so far, (\d+) begun", text) or [("0", "0")]
    assert int(met) == sum(mastered for _, mastered in words.values())
    assert int(begun) == sum(level is not None and not mastered for level, mastered in words.values())
    views = {"record page": words, "pictures of the record page": pictures}
    return {view: {code: stand for code, stand in of.items() if code in CODES} for view, of in views.items()}


async def _competency_pages(made: World, learner: str) -> Stands:
    """The page of each competency, as staff see it."""
    why: Stands = {}
    for code, competency in IDS.items():
        text = await made.page(f"/learners/{learner}/competencies/{competency}")
        [verdict] = re.findall(r'<p class="verdict"><b>([^<]+)</b>(.*?)</p>', text)
        why[code] = (None if verdict[0] == "No level yet" else html.unescape(verdict[0]), "mastered" in verdict[1])
    return why


async def issued(made: World, learner: str) -> Stands:
    """What a learner record (CLR) says is mastered, as it would be issued now."""
    offered = await made.ask("GET", f"/learners/{learner}/awardable")
    items = [item["item"] for item in offered["items"] if item["item"].startswith("/competencies/")]
    if not items:
        return {}
    issued_ = await made.ask("POST", f"/learners/{learner}/credentials", {"kind": "ClrCredential", "items": items})
    document = issued_["credentials"][0]["document"]
    stands: Stands = {}
    for inner in document["credentialSubject"]["verifiableCredential"]:
        subject = inner["credentialSubject"]
        codes = [
            code for code, competency in IDS.items() if competency in json.dumps(subject["achievement"]["alignment"])
        ]
        stands[codes[0]] = (subject["result"][0]["value"], True)
    return stands
