"""A registrar's day in a real browser: issue to one and to a class, revoke, know an issuer, credit."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Browser, expect

from app.credentials.keys import did_key
from tests.support.browser import DESK, NARROW, Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]
MODES = pytest.mark.parametrize(
    ("size", "scripts"), [(DESK, True), (NARROW, False)], ids=["desk-scripts", "phone-no-scripts"]
)


@pytest.fixture(scope="module")
def fresh(served: Served) -> list[UUID]:
    """Learners to whom something can be issued, and nothing was."""
    learners = [learner["id"] for learner in served.api.get("/v1/learners").json()["learners"]]
    left = []
    for learner in learners:
        items = served.api.get(f"/v1/learners/{learner}/awardable").json()["items"]
        if len(items) > 1 and not any(item["issued"] for item in items):
            left.append(UUID(learner))
    return left


@MODES
def test_a_badge_is_issued_to_a_learner_and_revoked_with_a_reason(
    browser: Browser, served: Served, fresh: list[UUID], size: Any, scripts: bool, shots: Path | None
) -> None:
    learner = fresh.pop()
    with signed_in(browser, served, "registrar", size=size, scripts=scripts) as look:
        look.at(f"{served.url}/learners/{learner}/credentials")
        page = look.page
        page.get_by_role("button", name="Issue", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Choose at least one thing to issue.")
        page.locator("input[name=item]").first.check()
        page.get_by_role("button", name="Issue", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("1 badge is issued.")
        if scripts:
            seen_well(look, "credentials-one", shots)
            page.set_viewport_size(size)
        page.get_by_role("link", name="Revoke").first.click()
        page.get_by_label("Why?").fill("Issued in error")
        if scripts:
            seen_well(look, "credentials-revoke", shots)
        page.get_by_role("button", name="Revoke it").click()
        expect(page.get_by_role("status")).to_have_text("Revoked. Whoever verifies it from now on is told so.")
        look.at(f"{served.url}/credentials?state=revoked")
        assert "Issued in error" in look.text
        if scripts:
            seen_well(look, "credentials-revoked", shots)


@MODES
def test_a_class_gets_a_badge_and_the_page_says_how_far_it_is(
    browser: Browser, served: Served, size: Any, scripts: bool, shots: Path | None
) -> None:
    with signed_in(browser, served, "registrar", size=size, scripts=scripts) as look:
        look.at(f"{served.url}/credentials")
        page = look.page
        page.get_by_role("link", name="Issue to a class").click()
        if scripts:
            seen_well(look, "credentials-classes", shots)
        page.locator("ul.rows a[href*='/credentials']").first.click()
        page.get_by_role("button", name="Issue to the class").click()
        expect(page.get_by_role("alert")).to_contain_text("A badge needs a name")
        page.get_by_label("Name", exact=True).fill(f"Bridge builder {scripts}")
        page.get_by_label("What is it?").fill("Builds a bridge of paper that carries a book.")
        page.get_by_label("What was done for it?").fill("The bridge stood.")
        if scripts:
            seen_well(look, "credentials-class", shots)
        page.get_by_role("button", name="Issue to the class").click()
        for _ in range(60):
            if "issued now" in look.text:
                break
            page.wait_for_timeout(500)
            if not scripts:
                page.reload()
        assert "issued now" in look.text
        if scripts:
            seen_well(look, "credentials-batch", shots)
        page.goto(f"{served.url}/credentials?q=Bridge+builder+{scripts}")
        assert page.locator("ul.rows li").count() > 0
        if scripts:
            seen_well(look, "credentials-list", shots)


@MODES
def test_an_issuer_is_known_and_forgotten(
    browser: Browser, served: Served, size: Any, scripts: bool, shots: Path | None
) -> None:
    issuer = did_key(Ed25519PrivateKey.generate().public_key())
    with signed_in(browser, served, "registrar", size=size, scripts=scripts) as look:
        look.at(f"{served.url}/received")
        page = look.page
        if scripts:
            seen_well(look, "received", shots)
        page.get_by_role("main").get_by_role("link", name="Known issuers").click()
        page.get_by_label("Its identifier").fill("Robotics")
        page.get_by_label("What is it called here?").fill("Robotics Club")
        page.get_by_role("button", name="Put it on the list").click()
        expect(page.get_by_role("alert")).to_contain_text("is no identifier of an issuer")
        page.get_by_label("Its identifier").fill(issuer)
        page.get_by_role("button", name="Put it on the list").click()
        expect(page.get_by_role("status")).to_contain_text("Robotics Club is known.")
        if scripts:
            seen_well(look, "issuers", shots)
        page.get_by_role("listitem").filter(has_text=issuer).get_by_role("link", name="Take it off").click()
        page.get_by_role("button", name="Take it off").click()
        expect(page.get_by_role("status")).to_contain_text("Taken off.")


@pytest.fixture(scope="module")
def rule(served: Served) -> dict[str, Any]:
    """A rule of credit that some learners of the demo have reached."""

    async def find(app: Any, tenant: int) -> tuple[UUID, UUID]:
        async with app.state.service.db.transaction(tenant) as tx:
            rows = await tx.rows(
                """SELECT m.competency_id, c.framework_id FROM mastery m
                   JOIN competency c ON c.tenant_id = m.tenant_id AND c.id = m.competency_id
                   WHERE m.tenant_id = %s AND m.met GROUP BY 1, 2 ORDER BY count(*) DESC, 1 LIMIT 1""",
                tenant,
            )
            return rows[0]

    competency, framework = served.run(find)
    body = {
        "title": "Half a credit of mathematics",
        "amount": 0.5,
        "unit": "Carnegie unit",
        "subject": "Mathematics",
        "framework": str(framework),
        "needs": [{"competency": str(competency)}],
        "writer": {"name": "R. Office", "role": "teacher"},
    }
    return dict(served.post("/v1/credit-rules", body))


@MODES
def test_credit_is_awarded_in_the_name_of_a_teacher_and_withdrawn(
    browser: Browser, served: Served, rule: dict[str, Any], size: Any, scripts: bool, shots: Path | None
) -> None:
    with signed_in(browser, served, "registrar", size=size, scripts=scripts) as look:
        look.at(f"{served.url}/credit")
        page = look.page
        if scripts:
            seen_well(look, "credit", shots)
        page.get_by_role("link", name=rule["title"]).click()
        if scripts:
            seen_well(look, "credit-proposals", shots)
        page.get_by_role("link", name="Look, and award").first.click()
        page.get_by_label("Teacher of record").fill("T. Rivera")
        if scripts:
            seen_well(look, "credit-one", shots)
        page.get_by_role("button", name="Award it").click()
        expect(page.get_by_role("status")).to_have_text("Awarded.")
        page.get_by_role("link", name="Withdraw").first.click()
        page.get_by_label("Why?").fill("The wrong learner")
        page.get_by_role("button", name="Withdraw it").click()
        expect(page.get_by_role("status")).to_contain_text("Withdrawn")
        if scripts:
            seen_well(look, "credit-withdrawn", shots)
