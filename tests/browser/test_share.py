"""The end of the demo: its CLR verifies with others' libraries, and its page is right in a real browser."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.credentials.grouping import GROUPS
from tests.support.browser import PHONE, Served, looking, seen_well
from tests.support.independent import Node

pytestmark = [pytest.mark.enable_socket]


def stands(node: Node, served: Served, document: dict[str, Any]) -> bool:
    """Whether the library finds a credential good, with what the issuer publishes now at hand and nothing else."""
    did = httpx.get(f"{served.url}/t/sample/did.json").json()
    revoked = f"{served.url}/t/sample/revocations"
    methods = {method["id"]: {**method, "@context": did["@context"]} for method in did["verificationMethod"]}
    node.give({did["id"]: did, revoked: httpx.get(revoked).json(), **methods})
    verified: bool | str = node.ask("verify", credential=document, now=datetime.now(UTC).isoformat())
    return verified is True


@pytest.mark.parametrize("more", [{}, {"java_script_enabled": False}], ids=["scripts", "no scripts"])
def test_the_page_shows_what_was_shared(browser: Browser, served: Served, more: dict[str, bool]) -> None:
    share = served.share(showName=True, recipient="Lakeside Academy")
    record = served.api.get(f"/v1/learners/{served.learner()}").json()
    with looking(browser, served, **more) as look:
        assert look.at(share["url"]).status == 200
        name = record["names"][0]["value"]
        assert look.title == f"{name} · Sample Valley Unified School District"
        assert look.page.inner_text("h1") == name
        for words in ("with Lakeside Academy for: A place in the summer academy", "Valid as of now", "Mathematics 8"):
            assert words in look.text
        parts = look.page.locator("details.part")
        assert parts.count() == len(served.clr["credentialSubject"]["verifiableCredential"])
        expect(parts.first.locator("dl")).not_to_be_visible()
        parts.first.locator("summary").click()
        expect(parts.first.locator("dl").first).to_be_visible()
        assert look.page.locator("img.qr").get_attribute("alt")


def test_a_record_is_read_in_groups_and_has_no_homework(browser: Browser, served: Served, shots: Path | None) -> None:
    with looking(browser, served) as look:
        look.at(served.share(showName=True)["url"])
        names = [name.partition(":")[0] for name in look.page.locator("article h4").all_inner_texts()]
        assert names == sorted(names, key=[*GROUPS].index)
        assert {"Courses and credit", "Competencies", "Examinations"} <= set(names)
        for words in ("Homework 1", "Exit ticket", "Problem set", "Unit test 1"):
            assert words not in look.text
        seen_well(look, "shared-record", shots)


def test_it_fits_a_phone(browser: Browser, served: Served) -> None:
    with looking(browser, served, PHONE, has_touch=True, is_mobile=True) as look:
        look.at(served.share()["url"])
        assert look.overflow() <= 0
        assert look.page.inner_text("h1") == "Shared credentials"
        tall = look.page.locator("a.button").first.bounding_box()
        assert tall is not None
        assert tall["height"] >= 44


def test_on_paper_there_is_what_matters_and_nothing_to_click(browser: Browser, served: Served) -> None:
    with looking(browser, served) as look:
        look.at(served.share()["url"])
        look.page.emulate_media(media="print")
        for hidden in look.page.locator(".no-print").all():
            expect(hidden).to_be_hidden()
        expect(look.page.locator("img.qr")).to_be_visible()
        assert look.page.pdf()[:5] == b"%PDF-"


def test_a_link_taken_back_shows_why(browser: Browser, served: Served) -> None:
    share = served.share()
    assert served.api.delete(f"/v1/shares/{share['share']['id']}").status_code == 204
    with looking(browser, served) as look:
        assert look.at(share["url"]).status == 410
        assert "Link expired" in look.text
        assert "taken back" in look.text
        assert look.violations() == []


def test_what_was_taken_back_inside_a_record_is_told_where_it_stands(browser: Browser, served: Served) -> None:
    clr = served.another()
    badge, other, *_ = clr["credentialSubject"]["verifiableCredential"]
    served.end(badge, "revoked")
    served.end(other, "suspended")
    with looking(browser, served) as look:
        look.at(served.share(clr)["url"])
        assert "Valid as of now" not in look.text
        assert "Something inside it was taken back" in look.text
        assert look.page.locator("details.part .state").all_inner_texts() == ["Revoked", "Suspended for now"]
        assert look.violations() == []


def test_the_demos_clr_verifies_with_an_independent_library(served: Served, node: Node) -> None:
    inside = served.clr["credentialSubject"]["verifiableCredential"]
    assert len(inside) > 10
    assert [stands(node, served, document) for document in (served.clr, *inside)] == [True] * (1 + len(inside))
    assert not stands(node, served, served.clr | {"name": "A better record"})


def test_the_library_too_is_told_of_what_is_revoked(served: Served, node: Node) -> None:
    clr = served.another()
    *_, last = clr["credentialSubject"]["verifiableCredential"]
    assert stands(node, served, last)
    served.end(last, "revoked")
    assert not stands(node, served, last)
