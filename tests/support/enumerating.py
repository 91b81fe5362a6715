"""A program that tries to find out who goes to school: what it hands in, by every way in, and what it is told of it."""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import httpx
import respx
from psycopg import AsyncCursor

from app.access.clients import create_client
from app.db import Database
from app.programs import links, programs
from app.programs.links import NewLink
from app.programs.programs import Registration
from app.web.kit.visitors import Visitors
from tests.support.api import Api, bearer
from tests.support.people import TOKEN, Reader, browsing, signed_in
from tests.support.programs import Club, club, now


class Child(NamedTuple):
    """A child as a program knows them."""

    name: str
    born: str
    number: str
    email: str


HERE = Child("Zora Quimby", "2010-05-06", "100482", "zora@school.example.org")
"""The district has her: by this name, birth date, number and address."""
NOWHERE = Child("Zola Quince", "2010-08-09", "900573", "zola@school.example.org")
"""The district does not."""
BADGE = "https://badges.example.org/badges/42"
MASKED = re.compile(
    r"[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f-]{27}|(?:[0-9A-Z]{4}-?){4}"
    r"|\d{4}-\d\d-\d\d[T ][0-9:.]+(?:Z|[+-]\d\d:?\d\d)?|data:image[^\"]+|\d+ (?:second|minute)s? ago"
    r"|<span class=\"(?:avatar|medal)[^>]*>[^<]*"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program with all its ways in, and the child it asks about."""

    api: Api
    club: Club
    name: str
    child: Child
    reader: Reader
    key: dict[str, str]
    form: str
    code: str
    badges: dict[str, dict[str, Any]]

    def masked(self, text: str) -> str:
        """An answer without what the program sent itself, and without ids and times."""
        year, month, day = (int(part) for part in self.child.born.split("-"))
        born = (self.child.born, f"{month}/{day}/{year}", f"{day}", f"{month:02}/{day:02}/{year}")
        text = MASKED.sub("…", text)
        months = {5: "May", 8: "August"}
        text = text.replace(f"{months[month]} {day}, {year}", "BORN").replace(born[0], "BORN").replace(born[1], "BORN")
        for own, mask in ((self.child.name, "NAME"), (self.child.number, "NUMBER"), (self.child.email, "EMAIL")):
            text = text.replace(own, mask)
        for part in self.child.name.split():
            text = text.replace(part, "NAME")
        slug = self.name.casefold().replace(" ", "-")
        return text.replace(self.name, "CLUB").replace(slug, "club")

    async def get(self, path: str) -> str:
        """A page, as the program's coordinator sees it."""
        answer = await self.reader.get(path)
        return f"{answer.status_code} {answer.text}"

    async def ask(self, path: str) -> str:
        """The API, with the program's key."""
        answer = await self.api.http.get(path, headers=self.key)
        return f"{answer.status_code} {answer.text}"


async def program_of(api: Api, name: str, child: Child) -> Program:
    """A program of the district, approved, that asks about a child."""
    made = await club(api, name=name)
    async with api.db.transaction(api.tenant) as tx:
        row = await programs.program_of(tx, made.program)
        await programs.change(tx, made.program, Registration(name, issuers=(ISSUER,), contact=row.contact), "a test")
        _, key = await create_client(tx, name, ["programs.submit"], row.source_id)
    reader = await signed_in(api, "coordinator", source=row.source_id, name="Sam")
    form = await _link(api, made, "form")
    code = await _link(api, made, "code", uses=5000, achievement=made.achievement)
    return Program(api, made, name, child, reader, bearer(key.text), form, code, {})


async def _link(api: Api, made: Club, kind: str, **more: Any) -> str:
    async with api.db.transaction(api.tenant) as tx:
        order = NewLink(kind=kind, title="Robotics", **more)  # type: ignore[arg-type]
        opened = await links.make(tx, api.app.state.service.vault, made.program, order, "a test", now())
    return f"/t/sample/in/{opened.secret}"


def _filled(program: Program, title: str) -> dict[str, Any]:
    child = program.child
    form = {"learner": child.name, "born": child.born, "number": child.number, "contact": child.email}
    return {**form, "title": title, "consent": "yes", "submitter": "Sam Coordinator"}


async def _sent(http: httpx.AsyncClient, path: str, values: dict[str, Any], files: Any = None) -> str:
    page = await http.get(path)
    token = TOKEN.search(page.text)
    assert token, page.text[:500]
    answer = await http.post(path, data={**values, "form_token": token[1]}, files=files)
    return f"{page.status_code} {answer.status_code} {answer.text}"


async def by_form(program: Program, title: str) -> str:
    """Signed in, by the form."""
    return await _sent(program.reader.http, "/program/new", _filled(program, title))


async def by_link(program: Program, title: str) -> str:
    """Without an account, by the program's link or QR code."""
    return await _sent(browsing(program.api.app), program.form, _filled(program, title))


async def by_code(program: Program, title: str) -> str:
    """By an event's claim code."""
    return await _sent(browsing(program.api.app), program.code, _filled(program, title))


async def by_list(program: Program, title: str) -> str:
    """By a list: its preview, and what comes of it."""
    child, http = program.child, program.reader.http
    pasted = f"Name,Birth date,Student number,Activity\n{child.name},{child.born},{child.number},{title}\n"
    page = TOKEN.search((await http.get("/program/lists")).text)
    assert page
    read = await http.post("/program/lists", data={"pasted": pasted, "consent": "yes", "form_token": page[1]})
    listing = read.headers["location"]
    preview = await http.get(listing)
    token = TOKEN.search(preview.text)
    assert token
    taken = await http.post(f"{listing}/take", data={"form_token": token[1]})
    after = await http.get(listing)
    return f"{read.status_code} {preview.text} {taken.status_code} {after.status_code} {after.text}"


async def by_api(program: Program, title: str) -> str:
    """By the API."""
    child = program.child
    learner = {"name": child.name, "birthDate": child.born, "numbers": [{"type": "district", "value": child.number}]}
    body = {
        "learner": learner,
        "title": title,
        "achievement": str(program.club.achievement),
        "submitter": {"name": "Sam", "role": "coordinator"},
        "consent": "Kim Sample",
    }
    answer = await program.api.http.post("/v1/submissions", json=body, headers=program.key)
    return f"{answer.status_code} {answer.text}"


async def by_badge(program: Program, title: str) -> str:
    """By a badge of another issuer whose recipient is the child's address."""
    signed = json.dumps(program.badges[title]).encode()
    files = {"badge": ("badge.json", signed, "application/json")}
    return await _sent(browsing(program.api.app), program.form, _filled(program, ""), files)


async def by_address(program: Program, title: str) -> str:
    """By the address of such a badge."""
    with respx.mock:
        respx.get(BADGE).respond(json=program.badges[title])
        form = {**_filled(program, ""), "badge_address": BADGE}
        return await _sent(browsing(program.api.app), program.form, form)


WAYS: dict[str, Callable[[Program, str], Awaitable[str]]] = {
    "form": by_form,
    "link or QR": by_link,
    "claim code": by_code,
    "list": by_list,
    "API": by_api,
    "badge": by_badge,
    "address": by_address,
}
ISSUER = "did:web:127.0.0.1%3A8000:t:other"


async def prepare(program: Program, title: str) -> None:
    """Have a badge of that title issued to the program's child elsewhere, for `by_badge` and `by_address`."""
    email = {"type": "IdentityObject", "hashed": False, "identityType": "emailAddress"}
    achievement = {
        "id": "https://badges.example.org/robot-builder",
        "type": ["Achievement"],
        "name": "Robot builder",
        "description": "Builds a robot.",
        "criteria": {"narrative": "The robot follows a line."},
    }
    document = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
        ],
        "id": f"urn:uuid:{uuid4()}",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": ISSUER,
        "name": title,
        "validFrom": "2026-10-04T00:00:00Z",
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": [{**email, "identityHash": program.child.email}],
            "achievement": {**achievement, "name": title},
        },
    }
    api = program.api
    key = bearer(await api.key(tenant=api.other))
    issued = await api.http.post("/credentials/issue", json={"credential": document}, headers=key)
    assert issued.status_code == 201, issued.text
    program.badges[title] = issued.json()["verifiableCredential"]


def unhindered(api: Api) -> None:
    """As if the program asked from many places: nothing is refused because it came too often."""
    api.app.state.visitors = Visitors()


class Work:
    """What the service asks its database: each statement, and how many rows that gave or changed."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, int]] = []

    async def watch(self, db: Database) -> None:
        """From now on."""
        statements = self.statements

        class Watched(AsyncCursor[Any]):
            async def execute(self, query: Any, *args: Any, **named: Any) -> Any:
                done = await super().execute(query, *args, **named)
                statements.append((str(query), self.rowcount))
                return done

        db.pool.kwargs["cursor_factory"] = Watched  # type: ignore[index]
        await db.pool.drain()

    def taken(self) -> list[tuple[str, int]]:
        """What was asked since the last time."""
        taken = list(self.statements)
        self.statements.clear()
        return taken


def ids(text: str) -> list[UUID]:
    """The ids in an answer."""
    return [UUID(id_) for id_ in re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text)]
