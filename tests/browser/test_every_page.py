"""Every page that a link leads to, as each role finds it: it is there, fits a phone and a desk, and axe finds nothing.

One page of each address's shape and role. With TESSERA_SHOTS, each is a picture at both sizes.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser

from app.people.roles import Role
from app.programs import programs
from tests.support.browser import DESK, NARROW, Look, Served, browser, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(900)]
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)\d+(?=/|$)|(?<=/classes/\d/)[^/]+")
AWAY = re.compile(r"^/(?:logout|login|docs|help|assets|t/|openapi|start/)|\.(?:json|png|svg|pdf|csv|xml)$")
"""What is no page of people."""
ROLES: tuple[Role, ...] = (
    *("administrator", "steward", "registrar", "teacher", "advisor"),
    *("coordinator", "reviewer", "guardian", "learner"),
)


def shape_of(address: str) -> str:
    """A page's address without its ids: one picture for all of its kind."""
    return ID.sub("N", urlsplit(address).path)


def links_of(look: Look) -> Iterator[str]:
    """Where a page leads to, within the service."""
    for address in look.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)"):
        parts = urlsplit(address)
        if address.startswith(look.home) and not AWAY.search(parts.path):
            yield parts.path + (f"?{parts.query}" if parts.query else "")


async def people_of(app: FastAPI, tenant: int) -> dict[str, Any]:
    """A teacher of the roster, and the demo's program."""
    async with app.state.service.db.transaction(tenant) as tx:
        rows = await tx.rows(
            """SELECT r.source_id, r.person FROM record r
               JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id
               WHERE r.tenant_id = %s AND s.slug = 'sis' AND r.kind = 'enrollment' AND r.body->>'role' = 'teacher'
                 AND r.state = 'current' ORDER BY r.body->>'class_', r.person""",
            tenant,
        )
        (program, *_rest) = [row for row in await programs.listed(tx) if row.source_id is not None]
    return {"teacher": (rows[0][0], rows[0][1]), "program": program.source_id}


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_a_role_is_led_to(browser: Browser, served: Served, role: Role, shots: Path | None) -> None:
    people = served.run(people_of)
    more: dict[str, Any] = {"name": role.title()}
    match role:
        case "teacher":
            more["person"] = people["teacher"]
        case "coordinator" | "reviewer":
            more["source"] = people["program"]
        case "advisor" | "guardian" | "learner":
            more["learner"] = UUID(served.learner())
        case _:
            pass
    wrong: list[str] = []
    with signed_in(browser, served, role, **more) as look:
        waiting, seen = ["/"], set[str]()
        while waiting:
            address = waiting.pop(0)
            if shape_of(address) in seen:
                continue
            seen.add(shape_of(address))
            wrong += [f"{address}: {words}" for words in faults(look, role, address, shots)]
            waiting += links_of(look)
    assert wrong == []
    assert len(seen) > 3, seen


def faults(look: Look, role: str, address: str, shots: Path | None) -> Iterator[str]:
    """What is wrong with a page; a picture of it at both sizes."""
    look.at(look.home + address)
    look.page.wait_for_load_state()
    if look.status >= 400:
        yield f"{look.status}"
    for size in (DESK, NARROW):
        look.page.set_viewport_size(size)
        if (wide := look.overflow()) > 0:
            yield f"{wide} pixels wider than {size['width']}"
        if shots is not None:
            shots.mkdir(parents=True, exist_ok=True)
            name = shape_of(address).strip("/").replace("/", "-") or "start"
            look.page.screenshot(path=shots / f"every-{role}-{name}-{size['width']}.png", full_page=True)
    yield from look.violations()
    look.page.set_viewport_size(DESK)
