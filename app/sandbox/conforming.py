"""Conforming: push what a vendor's tool makes to its sandbox, and report what a district would have had of it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree as ET

import httpx

from app.access.keys import is_test
from app.errors import ConfigError
from app.sandbox.tenant import DOORS, Door

Json = dict[str, Any]
SHOWN = 5
"""So many items are named in a finding."""
TAKEN_IN = ("new", "updated", "unchanged")
PATIENCE = 120
"""Seconds within which items must be settled; on a machine that is not busy it takes a few."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what is wrong with it: nothing where it passed."""

    check: str
    wrong: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def items_of(text: str) -> list[Json]:
    """The items of a file: an object, an array, or one object a line. ConfigError where it is none of these."""
    try:
        value = json.loads(text)
    except ValueError:
        try:
            value = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as why:
            raise ConfigError(f"the file is neither JSON nor a JSON object a line: {why}") from None
    items = value if isinstance(value, list) else [value]
    if not items or not all(isinstance(item, dict) for item in items):
        raise ConfigError("the file holds no items: give an object, an array of objects, or an object a line")
    return items


async def conform(url: str, key: str, door: str, items: Sequence[Json]) -> list[Finding]:
    """Push items with a sandbox's key, and say what is wrong with them. ConfigError for a key of a district."""
    if not is_test(key):
        raise ConfigError("the key does not begin with tst_: it is a district's, and this is for a sandbox alone")
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
        return await _look(http, DOORS[door], items)


async def _look(http: httpx.AsyncClient, door: Door, items: Sequence[Json]) -> list[Finding]:
    ids = [str(item["id"]) if item.get("id") else None for item in items]
    nameless = [f"item {n} has none" for n, key in enumerate(ids) if key is None]
    twice = [f"{key} is that of {ids.count(key)} items" for key in dict.fromkeys(ids) if key and ids.count(key) > 1]
    first, again = [await _push(http, door, items) for _ in range(2)]
    refused = [f"{_which(item)}: {item.get('reason')}" for item in first if item["status"] not in TAKEN_IN]
    unknown = [f"{_which(item)}: {words}" for item in first for words in item.get("warnings", ())]
    changed = [
        f"{_which(item)} was {item['status']} when it was sent again"
        for item in again
        if item["status"] in TAKEN_IN and item["status"] != "unchanged"
    ]
    findings = [
        Finding("every item has an id of its own", [*nameless, *twice]),
        Finding("every item is taken in", refused),
        Finding("every field is known", unknown),
        Finding("what is sent again changes nothing", changed),
    ]
    stored = [str(item["id"]) for item in first if item["status"] in TAKEN_IN]
    if door.connector != "xapi" and stored:  # statements are read back by the standard, which tells no learner
        item = next(item for item in items if str(item.get("id")) == stored[0])
        findings.append(Finding("every item is a learner's of the sandbox", await _strangers(http, door, stored, item)))
        findings.append(Finding("an item can be taken back", await _take_back(http, door, stored[0], items)))
    return findings


async def _push(http: httpx.AsyncClient, door: Door, items: Sequence[Json]) -> list[Json]:
    """What became of each item. ConfigError where the push as a whole was refused."""
    answer = await http.post(door.path, json=list(items))
    try:
        body = answer.json()
    except ValueError:
        raise ConfigError(f"{http.base_url} answered {answer.status_code}, and no JSON: is it Tessera?") from None
    if "items" not in body:
        raise ConfigError(f"{answer.status_code} {body.get('title')}: {body.get('detail')}")
    outcomes: list[Json] = body["items"]
    return outcomes


async def _strangers(http: httpx.AsyncClient, door: Door, stored: Sequence[str], item: Json) -> list[str]:
    """Items whose learner the sandbox does not know, or knows by another name, each with what is wrong."""
    await _settled(http, door, item)
    states = {key: (await http.get(f"{door.path}/{quote(key, safe='')}")).json().get("learner") for key in stored}
    words = {"contradicts": "the sandbox knows another by that number", "waiting": "the sandbox knows nobody by it"}
    return [f"{key}: {words.get(str(state), state)}" for key, state in states.items() if state != "matched"]


async def _settled(http: httpx.AsyncClient, door: Door, item: Json) -> None:
    """Wait until the items are settled: an item about a stranger, pushed after them, is settled with them."""
    key = f"conform-{uuid4().hex}"
    await _push(http, door, [{**item, "id": key, "learner": {"identifiers": [{"type": "district", "value": key}]}}])
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await http.get("/v1/learners", params={"identifier": f"district:{key}"})
                if answer.json().get("learners"):
                    return
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise ConfigError(f"nothing was settled within {PATIENCE} s: does the service run its jobs?") from None
    finally:
        await http.delete(f"{door.path}/{key}")


async def _take_back(http: httpx.AsyncClient, door: Door, key: str, items: Sequence[Json]) -> list[str]:
    """Take an item back and send it again; what was wrong with that."""
    address = f"{door.path}/{quote(key, safe='')}"
    gone = await http.delete(address)
    state = (await http.get(address)).json().get("status")
    await _push(http, door, [item for item in items if str(item.get("id")) == key])
    there = (await http.get(address)).json().get("status")
    expected = (204, "withdrawn", "stored")
    return [] if (gone.status_code, state, there) == expected else [f"{key}: {gone.status_code}, {state}, {there}"]


def _which(item: Json) -> str:
    return str(item.get("id") or f"item {item['index']}")


def junit(findings: Sequence[Finding]) -> str:
    """The findings as a JUnit report, which continuous integration shows."""
    failures = sum(not finding.passed for finding in findings)
    suite = ET.Element("testsuite", name="tessera conform", tests=str(len(findings)), failures=str(failures))
    for finding in findings:
        case = ET.SubElement(suite, "testcase", classname="conform", name=finding.check)
        if not finding.passed:
            ET.SubElement(case, "failure", message=finding.wrong[0]).text = "\n".join(finding.wrong)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)
