"""A program's badge: its picture, the competencies it shows, and the credit it counts for; by page and by API."""

import io
import json
import re
from base64 import b64encode
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs
from PIL import Image

from app.credentials.verify import IssuerList
from app.issuing import issue
from app.plans import crediting
from app.plans.credit import Need, Rule
from app.programs import definitions, pictures, reviewing, rubric
from app.programs.judging import Mark
from app.programs.rubric import Definition
from app.wallet.fetcher import credential_fetcher
from app.wallet.verifying import verify_beside
from tests.support.api import Api, bearer, problem_of
from tests.support.frameworks import ident
from tests.support.people import Reader, signed_in
from tests.support.programs import COORDINATOR, REVIEWER, ROBOT, Club, club, handed_in, now, numbered

GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
HOSTILE = {
    "a vector picture with script": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "words": b"a picture",
    "half a picture": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "nothing": b"",
}


def photo(color: str = "#2f7d4f") -> bytes:
    """A photo that tells where it was taken, with a script behind it."""
    exif = Image.Exif()
    exif[0x0110] = "Phone of Ada"
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    out = io.BytesIO()
    Image.new("RGB", (900, 700), color).save(out, "JPEG", exif=exif, comment=b"41.8781 N")
    return out.getvalue() + b"<script>alert(1)</script>"


async def definition(api: Api, badge: UUID) -> Definition:
    async with api.db.transaction(api.tenant) as tx:
        return rubric.read((await definitions.achievement_of(tx, badge)).body)


async def credit_rule(api: Api, *codes: str) -> UUID:
    needs = tuple(Need(UUID(ident(code))) for code in codes)
    rule = Rule(
        title="Shop 1", amount=0.5, unit="credit", subject="Technology", framework=UUID(ident("Shop")), needs=needs
    )
    async with api.db.transaction(api.tenant) as tx:
        return await crediting.new_rule(tx, rule, COORDINATOR, now())


async def awarded(api: Api, robotics: Club) -> tuple[UUID, dict[str, Any]]:
    """Whom a badge was awarded to, and what it says; it is valid."""
    await api.learner(await api.pusher(slug="sis"))
    submission = await handed_in(api, robotics, learner=numbered())
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        done = await reviewing.review(tx, service, submission, "accept", GOOD, None, REVIEWER, now())
        assert done.accepted is not None
        assert done.accepted.credential is not None
        badge = await issue.credential_of(tx, done.accepted.credential)
    document: dict[str, Any] = json.loads(badge.body)
    known = (IssuerList("these", {document["issuer"]["id"]: document["issuer"]["name"]}),)
    fetch = credential_fetcher(api.db, service.vault, service.settings)
    report = await verify_beside(badge.body, fetch=fetch, known=known)
    assert report.verdict == "valid", report.as_json()
    return done.accepted.learner, document["credentialSubject"]["achievement"]


async def test_a_picture_is_drawn_anew_and_drawn_again_it_stays_the_same() -> None:
    image = await pictures.drawn(photo())
    png = pictures.png_of(image)
    assert png is not None
    for word in (b"Phone of Ada", b"41.8781", b"<script>", b"eXIf"):
        assert word not in png
    with Image.open(io.BytesIO(png)) as opened:
        assert max(opened.size) == pictures.SIDE
    assert await pictures.of_uri(image) == image
    assert len(image) < 60_000


async def test_a_badge_carries_its_picture_and_is_valid(api: Api) -> None:
    image = await pictures.drawn(photo())
    robotics = await club(api, structs.replace(ROBOT, image=image))
    _learner, achievement = await awarded(api, robotics)
    assert achievement["image"] == {"id": image, "type": "Image"}


@pytest.mark.parametrize("needs", [("W.1", "P.2"), ("W.1", "P.2", "W.2")])
async def test_a_badge_counts_for_credit_as_far_as_it_shows_what_the_rule_asks(
    api: Api, needs: tuple[str, ...]
) -> None:
    """All of it: the badge says so, and its learner is proposed. Less: neither, until the rest is shown, too."""
    robotics = await club(api)
    rule = await credit_rule(api, *needs)
    async with api.db.transaction(api.tenant) as tx:
        counts = structs.replace(ROBOT, credit_rule=rule)
        await definitions.redefine(tx, robotics.achievement, counts, COORDINATOR, now())
    learner, achievement = await awarded(api, robotics)
    whole = len(needs) == 2
    assert achievement.get("creditsAvailable") == (0.5 if whole else None)
    async with api.db.transaction(api.tenant) as tx:
        proposed = await crediting.proposals(tx, rule, "general", UUID(int=0), 10, now())
    assert [who for who, _ in proposed.found] == ([learner] if whole else [])


async def test_by_api_a_picture_and_a_rule_are_checked_and_the_same_again_is_no_new_version(api: Api) -> None:
    robotics = await club(api)
    rule = await credit_rule(api, "W.1")
    key = bearer(await api.key())
    written = {
        "name": "Robot builder",
        "description": "Builds a robot.",
        "criteria": "It follows a line.",
        "image": f"data:image/jpeg;base64,{b64encode(photo()).decode()}",
        "creditRule": str(rule),
        "writer": {"name": "Kim", "role": "staff"},
    }
    path = f"/v1/program-achievements/{robotics.achievement}"
    first = await api.http.put(path, json=written, headers=key)
    assert first.status_code == 200, first.text
    definition = first.json()
    assert (definition["version"], definition["creditRule"]) == (2, str(rule))
    assert definition["image"].startswith("data:image/png;base64,")
    again = await api.http.put(path, json={**written, "image": definition["image"]}, headers=key)
    assert again.json()["version"] == 2
    for content in HOSTILE.values():
        image = f"data:image/png;base64,{b64encode(content).decode()}"
        refused = problem_of(await api.http.put(path, json={**written, "image": image}, headers=key), 422)
        assert [error["pointer"] for error in refused["errors"]] == ["/image"]
    refused = problem_of(await api.http.put(path, json={**written, "creditRule": str(uuid4())}, headers=key), 422)
    assert [error["pointer"] for error in refused["errors"]] == ["/creditRule"]


async def test_the_district_makes_a_badge_by_form_with_all_there_is_to_it(api: Api) -> None:
    robotics = await club(api)
    rule = await credit_rule(api, "W.1", "P.2")
    admin = await signed_in(api, "administrator")
    home = f"/programs/{robotics.program}"
    form = {
        "name": "Maker",
        "criteria": "It is shown to others.",
        "rubric": "Cuts parts\nSays why",
        "credit": str(rule),
    }
    form |= {"description": "Makes a thing.", "assessing": "moderated"}
    files = {"picture": ("logo.jpg", photo(), "image/jpeg")}
    assert (await admin.send(f"{home}/achievements", form, files=files)).status_code == 303
    page = (await admin.get(home)).text
    link = re.search(rf'href="({home}/badges/([0-9a-f-]{{36}}))">Maker<', page)
    assert link
    badge, own = link[1], UUID(link[2])
    made = await definition(api, own)
    assert made.image
    assert made.image.startswith(pictures.PREFIX)
    assert (made.description, made.assessing, made.credit_rule) == ("Makes a thing.", "moderated", rule)
    assert "2 competencies, and the badge shows 0" in (await admin.get(badge)).text
    cut = made.rubric[0].id
    await found_and_added(admin, badge, "W.1", cut)
    await found_and_added(admin, badge, "plan", "")
    made = await definition(api, own)
    assert made.rubric[0].competencies == (UUID(ident("W.1")),)
    assert UUID(ident("P.2")) in made.competencies
    page_of_it = (await admin.get(badge)).text
    assert "Cuts along a line" in page_of_it
    assert "The badge shows all that the rule asks for" in page_of_it
    form |= {"rubric": "Cuts parts\nSays why\nCleans up", "credit": "", "no_picture": "yes"}
    assert (await admin.send(badge, form)).status_code == 303
    changed = await definition(api, own)
    assert [criterion.name for criterion in changed.rubric] == ["Cuts parts", "Says why", "Cleans up"]
    assert changed.rubric[:2] == made.rubric
    assert (changed.image, changed.credit_rule, changed.competencies) == (None, None, made.competencies)
    gone = {"competency": ident("W.1"), "where": cut}
    assert (await admin.send(f"{badge}/competencies/remove", gone)).status_code == 303
    assert (await definition(api, own)).rubric[0].competencies == ()


async def found_and_added(admin: Reader, badge: str, words: str, where: str) -> None:
    """Search for a competency, and say that the badge shows the first that is found."""
    page = (await admin.get(badge, params={"q": words})).text
    first = re.search(r'name="competency" value="([0-9a-f-]{36})"', page[page.index("It shows") :])
    assert first
    answer = await admin.send(f"{badge}/competencies", {"competency": first[1], "where": where})
    assert answer.status_code == 303


@pytest.mark.parametrize("what", HOSTILE)
async def test_what_is_no_picture_is_told_beside_its_field_and_what_was_typed_stays(api: Api, what: str) -> None:
    robotics = await club(api)
    admin = await signed_in(api, "administrator")
    page = f"/programs/{robotics.program}/badges/{robotics.achievement}"
    files = {"picture": ("x.png", HOSTILE[what], "image/png")}
    answer = await admin.send(page, {"name": "Robot builder", "criteria": "All new words."}, files=files)
    assert answer.status_code == 422
    assert "All new words." in answer.text
    assert 'id="picture-hint"' in answer.text
    assert (await definition(api, robotics.achievement)) == ROBOT


async def test_a_badge_of_another_program_is_not_there(api: Api) -> None:
    robotics, chess = await club(api), await club(api, name="Chess Club")
    admin = await signed_in(api, "administrator")
    page = f"/programs/{chess.program}/badges/{robotics.achievement}"
    assert (await admin.get(page)).status_code == 404
    for path in ("", "/competencies", "/competencies/remove"):
        form = {"name": "x", "criteria": "y", "competency": ident("W.2"), "where": ""}
        assert (await admin.send(page + path, form)).status_code == 404, path
    assert (await definition(api, robotics.achievement)) == ROBOT
    coordinator = await signed_in(api, "coordinator")
    assert (await coordinator.get(f"/programs/{robotics.program}/badges/{robotics.achievement}")).status_code == 403
