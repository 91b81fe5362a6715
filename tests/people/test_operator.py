"""Who operates the instance: sees how each district is doing and none of its learners, adds, renames, removes."""

import re
from uuid import UUID

from app.access import tenants
from app.db.sources import sources
from app.people import accounts
from tests.support.api import Api
from tests.support.people import HTML, Reader, browsing, signed_in

CODE = re.compile(r"/invitation/([0-9A-Z]{4}(?:-?[0-9A-Z]{4}){3})")
GENERAL = ("/learners", "/people", "/sources", "/audit", "/quarantine", "/matches", "/clients", "/district")


async def operator(api: Api) -> Reader:
    """Somebody who operates the instance, and holds no role in the district they sign in to."""
    reader = await signed_in(api)
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.known(tx, reader.account)
        await accounts.operate(tx, row, since=row.created_at)
    return reader


async def test_districts_are_listed_with_what_is_not_well(api: Api) -> None:
    reader = await operator(api)
    page = await reader.get("/instance", headers=HTML)
    assert page.status_code == 200
    for tenant in await tenants.listed(api.db):
        assert tenant.name in page.text
    home = await reader.get("/", headers=HTML)
    assert home.headers["location"] == "/instance"


async def test_an_operator_sees_no_learner(api: Api) -> None:
    learner = await api.learner(await api.pusher())
    reader = await operator(api)
    for path in GENERAL:
        assert (await reader.get(path)).status_code == 403, path
    for path in (f"/learners/{learner}", f"/learners/{learner}/plan", f"/learners/{UUID(int=7)}"):
        assert (await reader.get(path)).status_code == 403, path
    assert "Ada" not in (await reader.get("/instance")).text


async def test_an_account_operates_from_its_next_look_and_until_it_does_not(api: Api) -> None:
    reader = await signed_in(api, "administrator")
    assert (await reader.get("/instance")).status_code == 403
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.known(tx, reader.account)
        await accounts.operate(tx, row, since=row.created_at)
    assert (await reader.get("/instance")).status_code == 200
    async with api.db.transaction(api.tenant) as tx:
        await accounts.rename(tx, await accounts.known(tx, reader.account), "Kim Sample", "es")  # changes nothing of it
    assert "Distritos" in (await reader.get("/instance")).text
    async with api.db.transaction(api.tenant) as tx:
        await accounts.operate(tx, row, since=None)
    assert (await reader.get("/instance")).status_code == 403


async def test_a_new_district_is_opened_by_its_first_administrator_alone(api: Api) -> None:
    reader = await operator(api)
    made = await reader.send("/instance", {"name": "O'Higgins & Żółty Unified"})
    assert made.status_code == 200
    code = CODE.search(made.text)
    assert code, made.text
    again = await reader.send("/instance/o-higgins-zolty-unified/invite")
    assert again.status_code == 200
    other = CODE.search(again.text)
    assert other
    assert other[1] != code[1]
    stranger = browsing(api.app)
    assert (await stranger.get(f"/invitation/{code[1]}")).status_code == 410  # the later one took its place
    assert (await stranger.get(f"/invitation/{other[1]}")).status_code == 200
    district = next(row for row in await tenants.listed(api.db) if row.slug == "o-higgins-zolty-unified")
    async with api.db.transaction(district.id) as tx:
        await accounts.make(tx, "kim@example.org", "Kim Sample")
    assert (await reader.send("/instance/o-higgins-zolty-unified/invite")).status_code == 409
    assert (await reader.send("/instance", {"name": "O'Higgins & Żółty Unified"})).status_code == 409
    assert (await reader.send("/instance", {"name": " "})).status_code == 422


async def test_districts_are_told_apart_in_whatever_letters_their_names_are(api: Api) -> None:
    """Each name is its own district with a short name of its own; only the same name is refused."""
    reader = await operator(api)
    differing = [
        "北京市第一区",
        "上海市",
        "Школьный округ",
        "★★",
        "☆☆",
        "Lake Unified",
        "Läke Unified",
        "L" * 45,
        "L" * 46,
    ]
    for name in differing:
        assert (await reader.send("/instance", {"name": name})).status_code == 200, name
    known = {row.name: row.slug for row in await tenants.listed(api.db)}
    assert known["上海市"] == "shanghaishi"
    assert [known["Lake Unified"], known["Läke Unified"]] == ["lake-unified", "lake-unified-2"]
    assert len({known[name] for name in differing}) == len(differing)
    for name in ("上海市", "LAKE unified", "lake-unified"):
        assert (await reader.send("/instance", {"name": name})).status_code == 409, name


async def test_a_district_is_renamed_and_its_short_name_stays(api: Api) -> None:
    reader = await operator(api)
    other = next(row for row in await tenants.listed(api.db) if row.id == api.other)
    assert (await reader.send(f"/instance/{other.slug}/name", {"name": "Lake & River"})).status_code == 303
    assert "Lake &amp; River" in (await reader.get("/instance")).text
    assert (await reader.send(f"/instance/{other.slug}/name", {"name": ""})).status_code == 422
    assert (await reader.send("/instance/no-such-district/name", {"name": "X"})).status_code == 404


async def test_a_district_is_removed_once_its_short_name_is_typed(api: Api) -> None:
    reader = await operator(api)
    known = {row.id: row for row in await tenants.listed(api.db)}
    slug, own = known[api.other].slug, known[api.tenant].slug
    page = await reader.get(f"/instance/{slug}/remove")
    assert page.status_code == 200
    assert slug in page.text
    for typed in ("", "yes", slug.upper(), own):
        assert (await reader.send(f"/instance/{slug}/remove", {"slug": typed})).status_code == 422
    assert (await reader.send(f"/instance/{own}/remove", {"slug": own})).status_code == 409
    assert len(await tenants.listed(api.db)) == len(known)
    assert (await reader.send(f"/instance/{slug}/remove", {"slug": slug})).status_code == 303
    assert slug not in {row.slug for row in await tenants.listed(api.db)}
    assert (await reader.send(f"/instance/{slug}/remove", {"slug": slug})).status_code == 404


async def test_a_paused_source_makes_its_district_one_to_look_at(api: Api) -> None:
    reader = await operator(api)
    assert "could not be looked at" not in (await reader.get("/instance")).text
    await api.pusher()
    async with api.db.transaction(api.tenant) as tx:
        (row, *_rest) = await sources.listed(tx)
        await sources.set_state(tx, row.id, "paused", "its key was refused")
    page = (await reader.get("/instance")).text
    assert "to be looked at" in page
    assert row.name in page


async def test_a_district_s_administrator_does_not_come_to_the_instance_by_the_operator_s_account(api: Api) -> None:
    owner = await operator(api)
    admin = await signed_in(api, "administrator")
    for path in ("reset", "second-factor"):
        refused = await admin.send(f"/people/{owner.account}/{path}", page=f"/people/{owner.account}")
        assert refused.status_code == 409, path
        assert "operates the instance" in refused.text
    assert (await owner.get("/instance")).status_code == 200
