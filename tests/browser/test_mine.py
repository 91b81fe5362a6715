"""A family's evening in a real browser: the record in plain words, a badge shared and taken back, something asked."""

import html
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser, expect

from app.mastery import group
from tests.support.browser import DESK, NARROW, Served, seen_well, signed_in

pytestmark = [pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def learner(served: Served) -> UUID:
    return UUID(served.learner())


WORDS = re.compile(r"[A-Za-z]{3}")
SAME = {
    "A place in the summer academy",
    "Tessera",
    "Sample Valley Unified School District",
    "English",
    "Español",
    "Plan",
    "Guardian Sample",
    "Teacher Sample",
    "Learner Sample",
}
"""What is said alike in every language."""


def lines_of(page: str) -> set[str]:
    """What a page says, in pieces as its tags part them, also to who does not see it; but for what is quoted."""
    body = re.sub(r"<(script|style|pre|option)\b.*?</\1>|<span class=\"code\">.*?</span>", " ", page, flags=re.DOTALL)
    labels = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', body)
    pieces = [*re.split(r"<[^>]*>", body.split("<body", 1)[1]), *labels]
    return {" ".join(html.unescape(piece).split()) for piece in pieces if WORDS.search(piece)}


def _by_a_source(line: str, known: str) -> bool:
    """Whether a source, or whoever shared, said this: names in a row, points in a unit that is a name, an address."""
    if "@example.org" in line or re.fullmatch(r"\d+ RIT", line) or line.startswith("Learner record, "):
        return True
    pieces = [line, *line.removeprefix("· ").removesuffix(" ★").rstrip("…. ").split(", ")]
    sourced = [piece in known or json.dumps(piece)[1:-1] in known for piece in pieces]
    return sourced[0] or all(sourced[1:])


def test_what_is_the_same_in_both_languages_is_what_sources_said(
    browser: Browser, served: Served, learner: UUID
) -> None:
    async def corpus(app: Any, tenant: int) -> tuple[str, tuple[int, str, str], UUID]:
        async with app.state.service.db.transaction(tenant) as tx:
            rows = await tx.rows(
                """SELECT body::text FROM record WHERE tenant_id = %(tenant)s
                   UNION ALL SELECT statement || ' ' || coalesce(code, '') FROM competency WHERE tenant_id = %(tenant)s
                   UNION ALL SELECT title FROM framework WHERE tenant_id = %(tenant)s
                   UNION ALL SELECT name FROM client WHERE tenant_id = %(tenant)s
                   UNION ALL SELECT name FROM source WHERE tenant_id = %(tenant)s""",
                tenant=tenant,
            )
            taught = await tx.rows(
                """SELECT r.source_id, r.person, r.body->>'class_' FROM record r
                   JOIN source s ON s.tenant_id = r.tenant_id AND s.id = r.source_id AND s.slug = 'sis'
                   WHERE r.tenant_id = %(tenant)s AND r.kind = 'enrollment' AND r.body->>'role' = 'teacher'
                     AND r.state = 'current' ORDER BY 3, 2 LIMIT 1""",
                tenant=tenant,
            )
            competency = await tx.one(
                """SELECT competency_id FROM mastery WHERE tenant_id = %(tenant)s AND learner_id = %(learner)s
                   ORDER BY shown DESC LIMIT 1""",
                tenant=tenant,
                learner=learner,
            )
            named = await group.names(tx, [row[0] for row in await tx.rows("SELECT id FROM learner")])
            texts = (*(row[0] for row in rows), *named.values())
            return " ".join(" ".join(text.split()) for text in texts), taught[0], competency

    known, (source, teacher, key), competency = served.run(corpus)
    own = [f"/mine/{learner}{page}" for page in ("", "/badges", "/exhibitions", "/asks", "/looks", "/corrections")]
    record = [
        f"/learners/{learner}",
        f"/learners/{learner}/competencies/{competency}",
        f"/learners/{learner}?section=evidence",
        "/me",
    ]
    classes = ["/classes", *(f"/classes/{source}/{key}{page}" for page in ("", "/needs", "/evidence"))]
    wrong = []
    for role, more, paths in (
        ("guardian", {"learner": learner}, [*own, *record]),
        ("learner", {"learner": learner}, [*own, *record]),
        ("teacher", {"person": (source, teacher)}, classes),
    ):
        lines = {}
        for language in ("en", "es"):
            cookie = served.session(role, language=language, name=role.title(), **more)  # type: ignore[arg-type]
            with httpx.Client(
                base_url=served.url, cookies={"tessera": cookie}, headers={"Accept": "text/html"}, timeout=60
            ) as http:
                lines[language] = {path: lines_of(http.get(path).raise_for_status().text) for path in paths}
        for path in paths:
            same = sorted(lines["en"][path] & lines["es"][path] - SAME)
            wrong += [f"{role} {path}: {line[:200]}" for line in same if not _by_a_source(line, known)]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("role", ["learner", "guardian"])
@pytest.mark.parametrize("path", ["", "/badges", "/looks", "/corrections"])
def test_pages_of_one_s_own_record_look_well(
    browser: Browser, served: Served, learner: UUID, role: Any, path: str, shots: Path | None
) -> None:
    with signed_in(browser, served, role, learner=learner) as look:
        look.at(f"{served.url}/mine/{learner}{path}")
        assert look.status == 200
        seen_well(look, f"mine{path.replace('/', '-')}-{role}", shots)


def test_a_family_s_page_looks_well_in_spanish(
    browser: Browser, served: Served, learner: UUID, shots: Path | None
) -> None:
    with signed_in(browser, served, "guardian", learner=learner, language="es") as look:
        look.at(f"{served.url}/mine/{learner}")
        seen_well(look, "mine-es", shots)


def test_a_parent_reads_in_spanish_asks_for_a_correction_and_reads_the_answer(
    browser: Browser, served: Served, learner: UUID, shots: Path | None
) -> None:
    with signed_in(browser, served, "guardian", learner=learner, language="es", size=NARROW) as look:
        look.at(f"{served.url}/mine")
        page = look.page
        expect(page).to_have_url(f"{served.url}/mine/{learner}")
        assert page.get_attribute("html", "lang") == "es"
        page.get_by_role("link", name="Algo está mal").click()
        page.get_by_label("¿Qué está mal y qué sería lo correcto?").fill("La fecha de nacimiento es otra.")
        page.get_by_role("button", name="Enviar").click()
        expect(page.get_by_role("status")).to_contain_text("Enviado.")
        seen_well(look, "mine-correction-asked", shots)
    with signed_in(browser, served, "registrar") as look:
        look.at(f"{served.url}/corrections")
        seen_well(look, "corrections", shots)
        page = look.page
        page.get_by_label("It was wrong, and is put right at its source").first.check()
        page.get_by_label("Your words to the family").first.fill("The office has corrected it today.")
        page.get_by_role("button", name="Answer").first.click()
        expect(page.get_by_role("status")).to_contain_text("Answered.")
    with signed_in(browser, served, "guardian", learner=learner, size=NARROW) as look:
        look.at(f"{served.url}/mine/{learner}/corrections")
        assert "The office has corrected it today." in look.text


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "phone"])
def test_a_learner_shares_a_badge_and_takes_it_back(
    browser: Browser, served: Served, learner: UUID, size: Any, scripts: bool, shots: Path | None
) -> None:
    with signed_in(browser, served, "learner", learner=learner, size=size, scripts=scripts) as look:
        look.at(f"{served.url}/mine/{learner}/badges")
        page = look.page
        page.get_by_role("checkbox").first.check()
        page.get_by_label("What is it for?").fill("A place in the summer academy")
        page.get_by_role("button", name="Make a link").click()
        address = page.locator(".link a").get_attribute("href")
        assert address
        if scripts:
            seen_well(look, "mine-link", shots)
        look.at(address)
        assert look.status == 200
        look.at(f"{served.url}/mine/{learner}/badges")
        page.get_by_role("button", name="Take it back").first.click()
        expect(page.get_by_role("status")).to_contain_text("Taken back.")
        look.at(address)
        assert look.status == 410


def test_another_child_s_record_is_not_there(browser: Browser, served: Served, learner: UUID) -> None:
    other = served.api.get("/v1/learners").json()["learners"]
    stranger = next(learner["id"] for learner in other if learner["id"] != str(learner))
    with signed_in(browser, served, "guardian", learner=learner) as look:
        for path in ("", "/badges", "/looks", "/corrections"):
            look.at(f"{served.url}/mine/{stranger}{path}")
            assert look.status == 404


def test_a_parent_reads_who_has_looked_and_the_record_by_link_in_spanish(
    browser: Browser, served: Served, learner: UUID, shots: Path | None
) -> None:
    with signed_in(browser, served, "registrar", name="Robin") as look:
        for _ in range(2):
            look.at(f"{served.url}/learners/{learner}")
        seen_well(look, "learner-with-its-ways", shots)
        look.at(f"{served.url}/credentials")
    link = served.post(f"/v1/learners/{learner}/record-link", {"reader": "la abuela"})
    with signed_in(browser, served, "guardian", learner=learner, language="es", size=NARROW) as look:
        look.at(f"{served.url}/mine/{learner}/looks")
        expect(look.page.locator("main")).to_contain_text("abrió el expediente (2 veces)")
        seen_well(look, "mine-looks-es", shots)
        look.at(link["url"])
        expect(look.page.locator("main")).to_contain_text("Expediente de aprendizaje para la abuela.")
        seen_well(look, "record-es", shots)
        look.at(f"{served.url}/verify")
        expect(look.page.get_by_role("heading", level=1)).to_have_text("Verificar una credencial")
        seen_well(look, "verify-es", shots)
