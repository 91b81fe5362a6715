"""Badges that people design: drawn where they have no picture, made of other badges, endorsed by others."""

import base64
from uuid import UUID, uuid4

import msgspec
import pytest
from msgspec import structs

from app.credentials.verify import Report
from app.db.access import tenants
from app.db.issuing.issued import IssuedRow, of_learners
from app.db.plans.plans import Signature
from app.errors import Conflict, Invalid, NotFound
from app.issuing import issue
from app.issuing.picture import ICONS, drawn_svg
from app.programs import accepting, defining, definitions, endorsing, pathways, programs, reviewing
from app.programs.programs import Registration
from app.programs.rubric import Definition
from app.sharing.readable import readable
from tests.support.api import Api, bearer
from tests.support.issuing import checked
from tests.support.programs import COORDINATOR, REVIEWER, Club, club, handed_in, now, numbered

STEPS = [Definition(name=name, description=name, criteria=f"Did {name}.") for name in ("Cut", "Solder", "Test")]


async def defined(api: Api, program: UUID, definition: Definition) -> UUID:
    async with api.db.transaction(api.tenant) as tx:
        return await defining.define(tx, api.app.state.service, program, definition, COORDINATOR, now())


async def workshop(api: Api) -> tuple[Club, list[UUID]]:
    """A program with two badges, in a district with two learners."""
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    await api.learner(headers, id="other", learner={"identifiers": [{"type": "district", "value": "100999"}]})
    made = await club(api, STEPS[0])
    return made, [made.achievement, await defined(api, made.program, STEPS[1])]


async def earn(api: Api, made: Club, achievement: UUID, number: str = "100482") -> accepting.Accepted:
    """A submission of a learner for a badge, accepted."""
    submission = await handed_in(
        api, Club(made.program, achievement), learner=numbered(number, None), title=f"Work {uuid4()}"
    )
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        done = await reviewing.review(tx, api.app.state.service, submission, "accept", (), None, REVIEWER, now())
    assert done.accepted is not None
    return done.accepted


async def standing(api: Api, learner: UUID) -> dict[str, IssuedRow]:
    """The badges of a learner that stand, by name."""
    async with api.db.transaction(api.tenant) as tx:
        return {row.name: row for row in await of_learners(tx, [learner]) if row.state == "active"}


async def verified(api: Api, row: IssuedRow) -> Report:
    return await checked(api, row.body.decode())


async def test_a_badge_of_others_comes_with_the_last_of_them_and_goes_with_any(api: Api) -> None:
    made, parts = await workshop(api)
    maker = await defined(api, made.program, structs.replace(STEPS[2], name="Maker", parts=tuple(parts)))
    await defined(api, made.program, structs.replace(STEPS[2], name="Master", parts=(maker,)))
    first = await earn(api, made, parts[0])
    assert set(await standing(api, first.learner)) == {"Cut"}
    second = await earn(api, made, parts[1])
    assert second.learner == first.learner
    badges = await standing(api, first.learner)
    assert set(badges) == {"Cut", "Solder", "Maker", "Master"}
    document = msgspec.json.decode(badges["Maker"].body)
    assert {piece["id"] for piece in document["evidence"]} == {badges["Cut"].id.urn, badges["Solder"].id.urn}
    assert (await verified(api, badges["Maker"])).verdict == "valid"
    await earn(api, made, parts[1])  # the same part again brings nothing new
    assert len(await standing(api, first.learner)) == 4
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await accepting.retract(tx, service, first.row.id, "By mistake", REVIEWER, now())
    assert set(await standing(api, first.learner)) == {"Solder"}
    assert (await verified(api, badges["Maker"])).verdict == "invalid"
    await earn(api, made, parts[0])
    assert set(await standing(api, first.learner)) == {"Cut", "Solder", "Maker", "Master"}


async def settled(api: Api) -> int:
    async with api.db.transaction(api.tenant) as tx:
        return await pathways.settle(tx, api.app.state.service, now())


async def test_it_rests_on_the_badges_that_it_names(api: Api) -> None:
    """Whoever revokes one of them, and by whichever way; a suspended one gives no new badge and takes none."""
    made, parts = await workshop(api)
    maker = await defined(api, made.program, structs.replace(STEPS[2], name="Maker", parts=tuple(parts)))
    learner = (await earn(api, made, parts[0])).learner
    await earn(api, made, parts[1])
    other = (await earn(api, made, parts[0], "100999")).learner
    badges = await standing(api, learner)
    assert await settled(api) == 0
    further = await defined(api, made.program, structs.replace(STEPS[2], name="Further"))
    async with api.db.transaction(api.tenant) as tx:
        made_of = structs.replace(STEPS[2], name="Maker", parts=(*parts, further))
        await defining.redefine(tx, api.app.state.service, maker, made_of, COORDINATOR, now())
    assert "Maker" in await standing(api, learner)  # as it was awarded, it stays
    async with api.db.transaction(api.tenant) as tx:
        await issue.change_state(tx, badges["Cut"].id, "suspended", None)
    assert await settled(api) == 0
    async with api.db.transaction(api.tenant) as tx:
        await issue.change_state(tx, badges["Cut"].id, "revoked", "By mistake")
    assert await settled(api) == 1
    assert set(await standing(api, learner)) == {"Solder"}
    assert set(await standing(api, other)) == {"Cut"}


async def test_it_goes_where_its_parts_turn_out_to_be_two_childrens(api: Api) -> None:
    """Parts of two learners who were taken for one make one badge, which neither has once they are parted."""
    made, parts = await workshop(api)
    await defined(api, made.program, structs.replace(STEPS[2], name="Maker", parts=tuple(parts)))
    first = (await earn(api, made, parts[0])).learner
    second = (await earn(api, made, parts[1], "100999")).learner
    assert await settled(api) == 0
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE learner SET merged_into = %(first)s WHERE id = %(second)s", first=first, second=second)
    assert await settled(api) == 1
    assert set(await standing(api, first)) == {"Cut", "Maker"}
    async with api.db.transaction(api.tenant) as tx:
        await tx.run("UPDATE learner SET merged_into = NULL WHERE id = %(second)s", second=second)
    assert await settled(api) == 1
    assert (set(await standing(api, first)), set(await standing(api, second))) == ({"Cut"}, {"Solder"})


async def test_a_pathway_of_a_program_that_ended_awards_nothing_more(api: Api) -> None:
    made, parts = await workshop(api)
    other = await museum(api)
    await defined(api, other, structs.replace(STEPS[2], name="Maker", parts=tuple(parts)))
    await earn(api, made, parts[0])
    async with api.db.transaction(api.tenant) as tx:
        await programs.end(tx, other, None, "the district", now())
    learner = (await earn(api, made, parts[1])).learner
    assert "Maker" not in await standing(api, learner)


async def test_it_comes_to_whoever_has_its_parts_already_and_to_nobody_else(api: Api) -> None:
    made, parts = await workshop(api)
    await earn(api, made, parts[0])
    whole = (await earn(api, made, parts[1])).learner
    half = (await earn(api, made, parts[0], "100999")).learner
    await defined(api, made.program, structs.replace(STEPS[2], name="Maker", parts=tuple(parts)))
    assert "Maker" in await standing(api, whole)
    assert "Maker" not in await standing(api, half)


async def test_a_badge_is_made_of_others_that_there_are(api: Api) -> None:
    made, parts = await workshop(api)
    for part in (UUID(int=7), made.program):
        with pytest.raises(Invalid) as refused:
            await defined(api, made.program, structs.replace(STEPS[2], parts=(part,)))
        assert "/parts/0" in str(refused.value.more)
    itself = structs.replace(STEPS[0], parts=(parts[0],))
    async with api.db.transaction(api.tenant) as tx:
        with pytest.raises(Invalid):
            await definitions.redefine(tx, parts[0], itself, COORDINATOR, now())


async def museum(api: Api) -> UUID:
    """Another program, approved."""
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        program = await programs.register(tx, Registration("City Museum", kind="museum"), now())
        owner = await tenants.by_id(api.db, api.tenant)
        assert owner is not None
        await programs.approve(tx, service.vault, service.settings, owner, program, "the district", now())
    return program


async def test_a_second_organization_endorses_a_badge_under_its_own_name(api: Api) -> None:
    made, parts = await workshop(api)
    other = await museum(api)
    curator = Signature("Kim", "curator", "client museum")
    async with api.db.transaction(api.tenant) as tx:
        row = await endorsing.endorse(tx, parts[0], other, "Opens our workshop.", curator, now())
    learner = (await earn(api, made, parts[0])).learner
    badge = (await standing(api, learner))["Cut"]
    report = await verified(api, badge)
    assert report.verdict == "valid"
    check = report.check("endorsements")
    assert check is not None
    assert check.message == "1 of 1 endorsements hold."
    (endorsement,) = report.endorsements
    assert endorsement.facts.issuer_name == "City Museum"
    assert "/p/city-museum" in str(msgspec.json.decode(badge.body)["endorsement"][0]["issuer"]["url"])
    (line,) = readable(msgspec.json.decode(badge.body)).endorsements
    assert (line.name, line.words) == ("City Museum", "Opens our workshop.")
    async with api.db.transaction(api.tenant) as tx:
        await endorsing.end(tx, row.id, now())
        with pytest.raises(NotFound):
            await endorsing.end(tx, row.id, now())
    later = (await standing(api, (await earn(api, made, parts[0], "100999")).learner))["Cut"]
    assert "endorsement" not in msgspec.json.decode(later.body)
    assert (await verified(api, badge)).endorsements


async def test_nobody_endorses_their_own_nor_unapproved(api: Api) -> None:
    made, parts = await workshop(api)
    async with api.db.transaction(api.tenant) as tx:
        waiting = await programs.register(tx, Registration("A club that waits"), now())
    for program, error in ((made.program, Invalid), (waiting, Conflict), (UUID(int=7), NotFound)):
        async with api.db.transaction(api.tenant) as tx:
            with pytest.raises(error):
                await endorsing.endorse(tx, parts[0], program, "Good.", COORDINATOR, now())


async def test_the_same_by_the_api(api: Api) -> None:
    made, _ = await workshop(api)
    other = await museum(api)
    headers = bearer(await api.key("programs.manage"))
    writer = {"name": "Kim", "role": "curator"}
    definition = {
        "name": "Drawn",
        "description": "d",
        "criteria": "c",
        "color": "#2f7d4f",
        "icon": "leaf",
        "writer": writer,
    }
    url = f"/v1/programs/{made.program}/achievements"
    answer = await api.http.post(url, json=definition, headers=headers)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["color"], answer.json()["icon"], answer.json()["parts"]) == ("#2f7d4f", "leaf", [])
    for wrong in ({"color": "red"}, {"icon": "skull"}, {"image": "https://x.example/y.png"}, {"parts": ["x"]}):
        assert (await api.http.post(url, json={**definition, **wrong}, headers=headers)).status_code == 422, wrong
    own = f"/v1/program-achievements/{answer.json()['id']}/endorsements"
    endorsement = {"program": str(other), "words": "Good.", "writer": writer}
    endorsed = await api.http.post(own, json=endorsement, headers=headers)
    assert endorsed.status_code == 201, endorsed.text
    assert (await api.http.get(own, headers=headers)).json()["endorsements"] == [endorsed.json()]
    ended = f"/v1/endorsements/{endorsed.json()['id']}"
    assert (await api.http.delete(ended, headers=headers)).status_code == 204
    assert (await api.http.delete(ended, headers=headers)).status_code == 404
    assert (await api.http.get(own, headers=headers)).json()["endorsements"] == []


@pytest.mark.parametrize("icon", [None, "gear"])
async def test_a_badge_without_a_picture_is_drawn(api: Api, icon: str | None) -> None:
    made, _ = await workshop(api)
    drawn = await defined(api, made.program, structs.replace(STEPS[2], color="#7a4b9a", icon=icon))
    badge = (await standing(api, (await earn(api, made, drawn)).learner))["Test"]
    image = msgspec.json.decode(badge.body)["credentialSubject"]["achievement"]["image"]
    head, _, body = image["id"].partition(",")
    assert head == "data:image/svg+xml;base64"
    picture = base64.b64decode(body).decode()
    assert "#7a4b9a" in picture
    assert ICONS[icon or "tiles"] in picture
    assert (await verified(api, badge)).verdict == "valid"
    assert readable(msgspec.json.decode(badge.body)).image == image["id"]
    assert drawn_svg(image["id"]) == picture.encode()
    assert drawn_svg(image["id"].replace("svg+xml", "png")) is None
