"""What programs offer: found by families, within reach or not for the district, and playlists in and out as files."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec import structs

from app.db.access import tenants
from app.errors import Invalid
from app.programs import catalogue, definitions, offers, playlists, programs, reach, rubric
from app.programs.offers import Experience, Offer, Search
from app.programs.programs import Registration
from tests.support.api import Api, bearer
from tests.support.district import District
from tests.support.people import Reader, browsing, signed_in
from tests.support.programs import ROBOT, Club, club, now

LAMPS = Offer(
    kind="club",
    title="Lamp makers",
    place="Northside Library",
    cost=12.5,
    transport="Bus from Creek",
    days=("tue", "thu"),
    opens="15:30",
    closes="17:00",
    reach=("Creek",),
    youngest=11,
    oldest=14,
)
LRNG: dict[str, Any] = {
    "playlist": {
        "name": "Light it up",
        "summary": "From a battery to a lamp.",
        "xps": [
            {
                "title": "Wire a lamp",
                "tasks": [{"text": "A photo of the lamp"}, "A drawing"],
                "links": [{"href": "https://x.org"}],
            },
            "Show it",
        ],
        "badge": {"name": "Electrician", "description": "Wires a lamp.", "criteria": {"narrative": "It lights up."}},
    }
}
texts = (
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40).map(str.strip).filter(bool)
)
experiences = st.builds(
    Experience, texts, texts | st.none(), st.lists(texts, max_size=3).map(tuple), st.lists(texts, max_size=2).map(tuple)
)
lists = st.builds(
    lambda title, description, steps: Offer("playlist", title, description, experiences=tuple(steps)),
    texts,
    texts | st.none(),
    st.lists(experiences, min_size=1, max_size=4),
)


@given(lists, st.booleans())
def test_a_playlist_written_is_read_as_it_was(offer: Offer, with_badge: bool) -> None:
    own = uuid4()
    badges = {own: structs.replace(ROBOT, rubric=())} if with_badge else {}
    (read,) = playlists.read(playlists.written(structs.replace(offer, achievements=tuple(badges)), badges))
    assert read.offer == offer
    if with_badge:
        assert read.badge is not None
        assert (read.badge.name, read.badge.criteria) == (ROBOT.name, ROBOT.criteria)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["playlist", "playlists", "title", "experiences", "requirements", "badge"]), inner
        )
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_file_is_a_playlist_or_is_told_what_lacks(document: Any) -> None:
    with contextlib.suppress(Invalid):
        assert all(item.offer.title and item.offer.experiences for item in playlists.read(json.dumps(document)))


def test_names_of_other_exports_are_read_and_what_is_endless_is_refused() -> None:
    (read,) = playlists.read(json.dumps(LRNG))
    assert read.offer.title == "Light it up"
    assert [
        (experience.title, experience.requirements, experience.resources) for experience in read.offer.experiences
    ] == [("Wire a lamp", ("A photo of the lamp", "A drawing"), ("https://x.org",)), ("Show it", (), ())]
    assert read.badge == playlists.Badge("Electrician", "Wires a lamp.", "It lights up.")
    for hostile in ("[" * 200_000, "{", b"\xff\xfe\x00", "[]", '"x"', "x" * 600_000):
        with pytest.raises(Invalid):
            playlists.read(hostile)


@pytest.mark.parametrize(
    ("search", "fits"),
    [
        (Search(), True),
        (Search(words="lamp LIBRARY"), True),
        (Search(words="robot"), False),
        (Search(age=11), True),
        (Search(age=15), False),
        (Search(most=0), False),
        (Search(most=25), True),
        (Search(place="northside library"), True),
        (Search(place="Museum"), False),
        (Search(school="Creek"), True),
        (Search(school="Hill"), False),
        (Search(transport=True), True),
        (Search(day="thu", part="afternoon"), True),
        (Search(day="fri"), False),
        (Search(part="evening"), False),
    ],
)
def test_a_family_finds_by_place_way_cost_age_and_time(search: Search, fits: bool) -> None:
    assert offers.fits(LAMPS, ("Hill",), search) is fits


def test_what_is_online_or_in_ones_own_time_always_fits() -> None:
    online = Offer(kind="club", title="Code", online=True)
    for search in (Search(school="Hill"), Search(transport=True), Search(day="sun", part="evening"), Search(most=0)):
        assert offers.fits(online, (), search)
    event = Offer(kind="event", title="Night", begins=datetime(2026, 10, 3, 18, tzinfo=UTC))
    assert offers.fits(event, (), Search(day="sat", part="evening"))
    assert not offers.fits(event, (), Search(day="sat", part="morning"))
    assert offers.over(event, datetime(2026, 10, 5, tzinfo=UTC))
    assert not offers.over(LAMPS, now())


def test_a_school_without_anything_near_comes_first() -> None:
    free = Offer(kind="club", title="Chess")
    placed = [
        (LAMPS, ("Hill",)),
        (free, ("Hill", "creek")),
        (Offer(kind="club", title="Loose"), ()),
        (Offer("club", "Web", online=True), ()),
    ]
    rows = reach.within_reach(["Creek", "Hill", "Far"], placed)
    assert [(row.school, row.offers, row.free, row.with_transport, row.online) for row in rows] == [
        ("Far", 0, 0, 0, 1),
        ("Hill", 1, 1, 0, 1),
        ("Creek", 2, 1, 1, 1),
    ]
    assert rows[0].none
    assert [offer.title for offer in reach.unplaced(placed)] == ["Loose"]


async def coordinator(api: Api, robotics: Club) -> Reader:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    return await signed_in(api, "coordinator", source=source)


async def test_a_coordinator_offers_and_families_find_it_until_it_ends(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    form = {
        "kind": "club",
        "title": "<script>Lamp makers</script>",
        "days": ["tue"],
        "opens": "15:30",
        "closes": "17:00",
    }
    assert (await reader.send("/program/offers", form)).status_code == 303
    listing = await browsing(api.app).get("/t/sample/opportunities?day=tue&part=afternoon")
    assert "&lt;script&gt;Lamp makers" in listing.text
    assert "<script>Lamp" not in listing.text
    none = await browsing(api.app).get("/t/sample/opportunities?day=fri")
    assert "Nothing fits" in none.text
    for odd in ("age=x", "cost=-1", "day=someday", "part=noon", "age=99999999999", "q=" + "x" * 900):
        assert (await browsing(api.app).get(f"/t/sample/opportunities?{odd}")).status_code == 200
    wrong = await reader.send("/program/offers", {**form, "opens": "25:00", "cost": "much"})
    assert wrong.status_code == 422
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await catalogue.opportunities(tx, robotics.program)
    other = await coordinator(api, await club(api, name="Chess Club"))
    assert (await other.send(f"/program/offers/{row.id}/end")).status_code == 404
    assert (await reader.send(f"/program/offers/{row.id}/end")).status_code == 303
    assert "Lamp makers" not in (await browsing(api.app).get("/t/sample/opportunities")).text


async def test_a_playlist_comes_in_once_by_page_or_api_and_goes_out_again(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    for _ in range(2):
        sent = await reader.send("/program/offers/playlists", {"pasted": json.dumps(LRNG)})
        assert sent.status_code == 303
    assert "Ask the district for these badges: Electrician" in (await reader.get("/program/offers")).text
    key = bearer(await api.key("programs.manage"))
    path = f"/v1/programs/{robotics.program}/playlists"
    for _ in range(2):
        answer = await api.http.post(path, json=LRNG, headers=key)
        assert answer.status_code == 200, answer.text
    async with api.db.transaction(api.tenant) as tx:
        (row,) = await catalogue.opportunities(tx, robotics.program)
        names = {
            rubric.read(achievement.body).name for achievement in await definitions.achievements(tx, robotics.program)
        }
    assert names == {"Robot builder", "Electrician"}
    assert len(offers.read(row.body).achievements) == 1
    file = await reader.get(f"/program/offers/{row.id}.json")
    assert file.json()["playlist"]["badge"]["title"] == "Electrician"
    out = await api.http.get(f"/v1/opportunities/{row.id}/playlist", headers=key)
    assert out.json()["playlist"] == file.json()["playlist"]
    wrong = await api.http.post(path, json={"playlist": {"title": "x"}}, headers=key)
    assert wrong.status_code == 422
    other = await coordinator(api, await club(api, name="Chess Club"))
    assert (await other.get(f"/program/offers/{row.id}.json")).status_code == 404


async def test_the_district_sees_where_no_program_is_within_reach(api: Api) -> None:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    sis = await district.source("sis", "oneroster")
    school = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "type": "school"}
    names = ("Creek", "Hill")
    await district.take(sis, "orgs", [{**school, "sourcedId": f"o-{n}", "name": name} for n, name in enumerate(names)])
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        await programs.change(tx, robotics.program, Registration("Robotics Club", schools=("Creek",)), "a test")
        lamps = structs.replace(LAMPS, reach=())
        await catalogue.offer(tx, robotics.program, lamps, "a test", now())
        past = Offer(kind="event", title="Past", begins=now() - timedelta(days=9), reach=("Hill",))
        await catalogue.offer(tx, robotics.program, past, "a test", now())
    key = bearer(await api.key("programs.manage"))
    answer = (await api.http.get("/v1/reach", headers=key)).json()
    assert [(row["school"], row["offers"]) for row in answer["schools"]] == [("Hill", 0), ("Creek", 1)]
    admin = await signed_in(api, "administrator")
    page = await admin.get("/reach")
    assert page.text.index("Hill") < page.text.index("Creek")
    assert (await (await signed_in(api, "coordinator")).get("/reach")).status_code == 403


async def test_an_offer_is_changed_and_keeps_what_the_form_does_not_ask_for(api: Api) -> None:
    robotics = await club(api)
    begins = now() + timedelta(days=9)
    event = structs.replace(LAMPS, kind="event", begins=begins, ends=begins + timedelta(hours=2), capacity=12)
    async with api.db.transaction(api.tenant) as tx:
        own = await catalogue.offer(tx, robotics.program, event, "a test", now())
        source = (await programs.program_of(tx, robotics.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    page = await reader.get(f"/program/offers/{own}/edit")
    for value in ("Lamp makers", "Bus from Creek", "15:30", begins.date().isoformat()):
        assert f'value="{value}"' in page.text
    assert 'value="tue" checked' in page.text
    assert 'value="wed" checked' not in page.text
    sent = {
        "kind": "event",
        "title": "Lamps and more",
        "on": f"{begins:%Y-%m-%d}",
        "opens": "15:30",
        "days": ["tue"],
        "capacity": "12",
    }
    assert (await reader.send(f"/program/offers/{own}/edit", sent)).status_code == 303
    async with api.db.transaction(api.tenant) as tx:
        changed = offers.read((await catalogue.opportunity_of(tx, own)).body)
    assert (changed.title, changed.days, changed.transport) == ("Lamps and more", ("tue",), None)
    assert (changed.begins, changed.ends, changed.capacity) == (event.begins, event.ends, 12)
    wrong = await reader.send(f"/program/offers/{own}/edit", {**sent, "title": "", "reach": "Creek"})
    assert wrong.status_code == 422
    assert (await reader.send(f"/program/offers/{own}/end")).status_code == 303
    assert (await reader.send(f"/program/offers/{own}/edit", sent)).status_code == 404


async def test_nobody_elses_offer_is_changed(api: Api) -> None:
    robotics, other = await club(api), await club(api, name="Chess Club")
    async with api.db.transaction(api.tenant) as tx:
        own = await catalogue.offer(tx, robotics.program, LAMPS, "a test", now())
        source = (await programs.program_of(tx, other.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    assert (await reader.get(f"/program/offers/{own}/edit")).status_code == 404
    assert (await reader.send(f"/program/offers/{own}/edit", {"kind": "club", "title": "X"})).status_code == 404
    key = bearer(await api.key("programs.manage"))
    written = {"kind": "club", "title": "Lamps", "days": ["fri"]}
    changed = await api.http.put(f"/v1/opportunities/{own}", json=written, headers=key)
    assert (changed.status_code, changed.json().get("days")) == (200, ["fri"]), changed.text
    elsewhere = bearer(await api.key("programs.manage", tenant=api.other))
    assert (await api.http.put(f"/v1/opportunities/{own}", json=written, headers=elsewhere)).status_code == 404
