"""A learner shows one grade without the rest: what is chosen on the page of one's badges is all that the link opens."""

from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


def test_a_link_shows_only_the_part_that_was_chosen(browser: Browser, served: Served, shots: Path | None) -> None:
    learner = UUID(served.learner())
    order = {"kind": "ClrCredential", "format": "ecdsa-sd-2023"}
    answer = served.api.post(f"/v1/learners/{learner}/credentials", json=order)
    assert answer.status_code == 201, answer.text
    (record,) = answer.json()["credentials"]
    parts = served.api.get(f"/v1/credentials/{record['id']}/parts").json()["parts"]
    with signed_in(browser, served, "learner", learner=learner) as look:
        look.at(f"{served.url}/mine/{learner}/badges")
        page = look.page
        row = page.locator("li", has=page.locator(f"input[name=item][value='{record['id']}']"))
        row.locator("input[name=item]").check()
        row.get_by_text("Show only a part of it").click()
        seen_well(look, "mine-parts", shots)
        row.locator(f"input[name=part][value='{record['id']} {parts[0]['id']}']").check()
        page.get_by_label("What is it for?").fill("A place in the summer academy")
        page.get_by_role("button", name="Make a link").click()
        address = page.locator(".link a").get_attribute("href")
        assert address
        look.at(address)
        assert look.status == 200
        seen_well(look, "shared-part", shots)
        assert page.locator("details.part").count() == 1
        for part in parts[1:]:
            if part["name"] != parts[0]["name"]:
                assert part["name"] not in look.text
