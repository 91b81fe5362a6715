"""The record page: whoever has the link sees one learner's record, until the link expires; and nobody anything else."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.access.links import BadLink, Link, read, signed
from app.pipeline.settle import settle
from app.secrets import Vault
from app.start import Service
from tests.api.conftest import Api, problem_of
from tests.api.test_competencies import PUSHED, learner, shown  # noqa: F401  (learner is a fixture)

VAULT = Vault(b"k" * 32)
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
LINK = Link(7, UUID(int=1), "the family", NOW + timedelta(days=7))


def test_a_link_says_what_was_signed_and_works_until_it_expires() -> None:
    text = signed(VAULT, LINK)
    assert read(VAULT, text, NOW) == LINK
    with pytest.raises(BadLink, match="worked until 2026-11-08"):
        read(VAULT, text, NOW + timedelta(days=8))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-2] + ("AA" if text[-2:] != "AA" else "BB"),
        lambda text: text.split(".")[0] + "." + text.split(".")[1] + ".",
        lambda text: "eyJhbGciOiJub25lIn0." + text.split(".")[1] + ".",
        lambda text: text + "x" * 3000,
        lambda _: "",
        lambda _: signed(Vault(b"o" * 32), LINK),
    ],
)
def test_a_changed_link_is_no_link(change: Any) -> None:
    with pytest.raises(BadLink, match="not complete"):
        read(VAULT, change(signed(VAULT, LINK)), NOW)


def _service(app: FastAPI) -> Service:
    found: Service = app.state.service
    return found


async def test_the_page_shows_profile_evidence_and_sources(api: Api, learner: Any) -> None:  # noqa: F811
    who, headers = learner
    asked = {"reader": "the family of Ada Sample", "days": 3}
    made = await api.http.post(f"/v1/learners/{who}/record-link", json=asked, headers=headers)
    assert made.status_code == 201, made.text
    page = await api.http.get(made.json()["url"])
    assert page.status_code == 200
    assert page.headers["cache-control"] == "private, no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    words = page.text
    for said in ("Learner record for the family of Ada Sample", "Piece 2", "after school", "Decided the level", "Wood"):
        assert said in words
    assert "Shares tools" not in words, "what is sensitive stays inside"
    assert "<script" not in words
    assert not re.findall(r'(?:src|href)="(?!/|#)[^"]', words), "nothing comes from elsewhere"
    assert not re.search(r"\sstyle=", words), "the policy forbids inline styles"


async def test_what_a_source_says_is_escaped(api: Api, learner: Any) -> None:  # noqa: F811
    who, headers = learner
    nasty = shown("7", "W.1", 9, "in-school") | {"name": "<img src=x onerror=alert(1)>", "narrative": "<b>bold</b>"}
    await api.http.post("/v1/evidence", json=[nasty], headers=headers)
    await settle(api.db, api.tenant)
    link = signed(_service(api.app).vault, Link(api.tenant, UUID(who), "x", datetime.now(UTC) + timedelta(days=1)))
    words = (await api.http.get(f"/record/{link}")).text
    assert "<img src=x" not in words
    assert "&lt;img src=x" in words


async def test_a_link_opens_nothing_else(api: Api, learner: Any) -> None:  # noqa: F811
    who, _ = learner
    vault, later = _service(api.app).vault, datetime.now(UTC) + timedelta(days=1)
    for link in (Link(api.other, UUID(who), "x", later), Link(api.tenant, uuid4(), "x", later)):
        answer = await api.http.get(f"/record/{signed(vault, link)}")
        assert (answer.status_code, "no record here" in answer.text) == (404, True)
    assert (await api.http.get("/record/nonsense")).status_code == 404
    text = signed(vault, Link(api.tenant, UUID(who), "x", later))
    problem_of(await api.http.get(f"/v1/learners/{who}", headers={"Authorization": f"Bearer {text}"}), 401)
