"""The administrator's and data steward's work by pages: a held pull, a quarantine, a near match, a file, people."""

import re
from datetime import UTC, datetime

import pytest

from app.access import tenants
from app.db.pipeline import leaving
from app.db.records import learners
from app.identity import scored
from app.pipeline.report import HeldByGuard
from app.records.settle import settle
from app.records.words import folded
from app.sources import known
from app.web.district import fault_words
from tests.support.api import EVIDENCE, Api
from tests.support.district import District, enrollment, user
from tests.support.people import signed_in


@pytest.fixture
async def district(api: Api) -> District:
    return District(api.db, await tenants.by_id(api.db, api.tenant))


async def test_a_district_of_nothing_says_what_comes_first(api: Api) -> None:
    reader = await signed_in(api, "administrator")
    page = (await reader.get("/district")).text
    assert "Connect a first source" in page
    assert (await reader.get("/")).headers["location"] == "/district"


async def test_a_source_is_made_and_its_secret_is_never_shown(api: Api) -> None:
    reader = await signed_in(api, "steward")
    values = {"name": "District LMS", "s-base_url": "https://canvas.invalid", "s-token": "s3cret", "every": "1440"}
    made = await reader.send("/sources/new/canvas", values, page="/sources/new/canvas")
    source = re.search(r"/sources/(\d+)/test", made.headers["location"])
    assert source, made.text
    for path in ("", "/settings"):
        assert "s3cret" not in (await reader.get(f"/sources/{source[1]}{path}")).text
    async with api.db.transaction(api.tenant) as tx:
        row = await known.by_id(tx, int(source[1]))
    assert (row.slug, row.every_minutes, row.state) == ("district-lms", 1440, "paused")
    wrong = await reader.send("/sources/new/canvas", {"name": "X", "s-at_once": "many"}, page="/sources/new/canvas")
    assert wrong.status_code == 422
    assert "whole number" in wrong.text


async def test_quarantined_records_are_marked_tried_again_and_dismissed(api: Api, district: District) -> None:
    sis = await district.source("sis", "oneroster")
    bad = {**user("u-1"), "enabledUser": "perhaps"}
    await district.take(sis, "users", [bad, {**bad, "sourcedId": "u-2"}, user("u-3")])
    reader = await signed_in(api, "steward")
    listed = (await reader.get("/quarantine")).text
    assert "2 records" in listed
    first = re.search(r"/quarantine/(\d+)\"", listed)
    assert first
    text = (await reader.get(f"/quarantine/{first[1]}")).text
    assert "<mark>enabledUser</mark>" in text
    again = await reader.send("/quarantine/replay", {"source": sis.id, "id": [first[1]]}, page="/quarantine")
    assert again.status_code == 303
    page = f"/quarantine/dismiss/{first[1]}"
    ids = re.findall(r'name="id" value="(\d+)"', (await reader.get(page)).text)
    assert len(ids) == 2
    assert (await reader.send("/quarantine/dismiss", {"id": ids}, page=page)).status_code == 422, "a reason is wanted"
    await reader.send("/quarantine/dismiss", {"id": ids, "reason": "rows of a test"}, page=page)
    assert "Nothing waits here" in (await reader.get("/quarantine")).text
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT dismissed_by, dismissed_reason FROM quarantine")
    assert rows == [(f"account {reader.account}", "rows of a test")] * 2


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("field 'givenName' is missing or blank, and is required", "Something that is needed is missing"),
        ("nothing is shown: give a name, description, narrative, url, result or achievement", "needed is missing"),
        ("field 'roles[0].role': 'wizard' is not one of aide, teacher", "a word that is not known here"),
        ("the row identifies nobody: StudentID: '9999999' stands for no number", "does not say whose it is"),
        ("no account has the username 'ghost': was it renamed while the export was written?", "whose it is"),
        ("field 'birth_year': 'MMXV' is not a year like 2014, NOT_SPECIFIED or DEFERRED", "not what it should be"),
        ("field 'score': 400 is not between 100 and 300", "not what it should be"),
        ("something that nobody foresaw", "does not fit"),
    ],
)
def test_faults_stand_under_words_that_need_no_code(reason: str, words: str) -> None:
    assert words in fault_words.kind(reason)


async def test_names_written_alike_are_decided_at_once(api: Api) -> None:
    codes = [f"LOCAL.{n}" for n in range(1, 6)]
    pieces = [{**EVIDENCE, "id": code, "alignments": [{"code": code}]} for code in [*codes, "Weaving"]]
    await api.http.post("/v1/evidence", json=pieces, headers=await api.pusher())
    await settle(api.db, api.tenant)
    reader = await signed_in(api, "steward")
    page = (await reader.get("/alignments")).text
    card = next(part for part in page.split("<section")[1:] if "LOCAL.1" in part)
    assert "LOCAL.1, LOCAL.2, LOCAL.3 and 2 more" in card
    ids = re.findall(r'name="alignment" value="(\d+)"', card)
    assert len(ids) == len(codes)
    assert (await reader.send("/alignments", {"alignment": ids}, page="/alignments")).status_code == 422
    sent = await reader.send("/alignments", {"alignment": ids, "competency": "none"}, page="/alignments")
    assert sent.status_code == 303
    left = (await reader.get("/alignments")).text
    assert "LOCAL" not in left
    assert "Weaving" in left


async def test_a_near_match_is_decided_and_taken_back(api: Api, district: District) -> None:
    for slug, name in (("sis", "Ada"), ("lms", "Zoe")):
        source = await district.source(slug, "oneroster")
        await district.take(source, "users", [user("u-1", name, identifier="1001")])
    await district.settle()
    reader = await signed_in(api, "steward", name="Lee")
    page = (await reader.get("/matches")).text
    if "Nobody waits" in page:
        pytest.fail("two children with one number, and no pair waits")
    assert "<mark>Ada Sample</mark>" in page
    async with api.db.transaction(api.tenant) as tx:
        looks = await tx.one(
            "SELECT count(DISTINCT learner_id) FROM disclosure WHERE via LIKE 'near matches, account %%'"
        )
    assert looks == 2, "whoever sees two side by side has looked at both"
    pair = re.search(r'action="(/matches/\d+)"', page)
    assert pair
    assert (await reader.send(pair[1], {"judgement": "same"}, page="/matches")).status_code == 422
    await reader.send(pair[1], {"judgement": "same", "reason": "A nickname; I know her"}, page="/matches")
    decided = (await reader.get("/matches/decided")).text
    assert "A nickname; I know her" in decided
    assert "Lee Sample" in decided
    undo = re.search(r'action="(/matches/\d+)"', decided)
    assert undo
    await reader.send(undo[1], {"judgement": "open"}, page="/matches/decided")
    await district.settle()
    assert "<mark>Ada Sample</mark>" in (await reader.get("/matches")).text


async def test_a_crowd_of_links_is_shown_and_let_through(api: Api, district: District) -> None:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    names = ("Ada Stone", "Marcus Hill")
    await district.take(sis, "users", [user(name, *name.split()) for name in names])
    born = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": "2012-03-04"}
    await district.take(sis, "demographics", [{"sourcedId": name, **born} for name in names])
    for name in names:
        program = [{"type": "program", "value": name}]
        learner = {"name": {"full": name}, "birthDate": "2012-03-04", "identifiers": program}
        await district.take(club, "evidence", [{"id": name, "name": "Robot", "learner": learner}])
    async with api.db.transaction(api.tenant) as tx:
        await scored.set_mode(tx, club.id, "propose", by="a test")
        await scored.set_mode(tx, club.id, "automatic", by="a test", at_once=1)
    await scored.rematch(api.db, api.tenant, club.id)
    await district.settle()
    reader = await signed_in(api, "steward")
    page = (await reader.get("/matches")).text
    assert "Many links at once: club" in page
    assert "2 sign-ups are ready to be linked" in page
    address = f"/matches/links/{club.id}"
    assert (await reader.send(address, {"links": "many"}, page="/matches")).status_code == 422
    assert (await reader.send(address, {"links": "1"}, page="/matches")).status_code == 409
    assert (await reader.send(address, {"links": "2"}, page="/matches")).status_code == 303
    await district.settle()
    assert "Many links at once" not in (await reader.get("/matches")).text
    assert len(await district.records()) == 2


async def looks(api: Api) -> list[str]:
    """How each look at a learner stands in the disclosure log."""
    async with api.db.transaction(api.tenant) as tx:
        return [via for (via,) in await tx.rows("SELECT via FROM disclosure ORDER BY id")]


async def test_who_sees_the_raw_of_a_known_learner_in_quarantine_is_written_down(api: Api, district: District) -> None:
    sis = await district.source("sis", "oneroster")
    await district.listing(sis, "users", [user("u-1", "Ada"), user("u-2", "Ben")])
    await district.settle()
    spoiled = {**user("u-1", "Ada"), "dateLastModified": "never"}
    await district.listing(sis, "users", [spoiled, user("u-2", "Ben")], datetime(2026, 9, 2, tzinfo=UTC))
    async with api.db.transaction(api.tenant) as tx:
        ((waiting,),) = await tx.rows("SELECT id FROM quarantine")
    reader = await signed_in(api, "steward")
    assert "Ada" in (await reader.get(f"/quarantine/{waiting}")).text
    (only,) = await looks(api)
    assert only.startswith("quarantine, account ")


async def test_a_held_pull_shows_who_would_vanish(api: Api, district: District) -> None:
    sis = await district.source("sis", "oneroster")
    people = [user(f"u-{n}", f"Ada{n}") for n in range(10)]
    await district.listing(sis, "users", people)
    with pytest.raises(HeldByGuard) as raised:
        await district.listing(sis, "users", people[:2], datetime(2026, 9, 2, tzinfo=UTC))
    async with api.db.transaction(api.tenant) as tx:
        run = await tx.one("SELECT max(id) FROM run")
        await leaving.show(tx, sis.id, run, raised.value.alarms)
    reader = await signed_in(api, "steward")
    await district.settle()
    page = (await reader.get(f"/sources/{sis.id}/held")).text
    assert "Ada5 Sample" in page
    looked_at = await looks(api)
    assert len(looked_at) == 8, "of those who would vanish, and of nobody else"
    assert all(via.startswith("held list, account ") for via in looked_at)
    assert (await reader.send(f"/sources/{sis.id}/held", {}, page=f"/sources/{sis.id}/held")).status_code == 422


async def test_a_file_is_looked_at_first_and_then_taken_in(api: Api, district: District) -> None:
    source = await district.source("club", "evidence")
    reader = await signed_in(api, "steward")
    path = f"/sources/{source.id}/upload"
    file = {"file": ("list.csv", b"student_id,given_name,family_name,title,date\n1001,Ada,Sample,Robot,2026-10-01\n")}
    looked = await reader.send(path, {}, files=file, page=path)
    match = re.search(r'name="kept" value="([^"]+)"', looked.text)
    assert match, looked.text
    assert "Nothing was changed yet" in looked.text
    forged = await reader.send(f"{path}/take", {"kept": "../../instance.key"}, page=path)
    assert forged.status_code == 410
    taken = await reader.send(f"{path}/take", {"kept": match[1]}, page=path)
    assert f"/sources/{source.id}/runs/" in taken.headers["location"]
    assert (await reader.send(f"{path}/take", {"kept": match[1]}, page=path)).status_code == 410


async def test_a_key_is_shown_once(api: Api) -> None:
    reader = await signed_in(api, "administrator")
    made = await reader.send("/clients", {"name": "Dashboard", "scope": ["learners.read"]}, page="/clients")
    key = re.search(r"tsk_[0-9a-f]{64}", made.text)
    assert key
    assert key[0] not in (await reader.get("/clients")).text
    answered = await api.http.get("/v1/learners", headers={"Authorization": f"Bearer {key[0]}"})
    assert answered.status_code == 200


async def test_what_was_done_is_in_the_log_by_name(api: Api) -> None:
    reader = await signed_in(api, "administrator", name="Kim")
    await reader.send("/clients", {"name": "Dashboard", "scope": ["learners.read"]}, page="/clients")
    assert "Kim Sample" in (await reader.get("/audit?kind=client")).text


async def test_a_role_is_given_and_taken_and_the_last_administrator_stays(api: Api) -> None:
    kim = await signed_in(api, "administrator", name="Kim")
    lee = await signed_in(api, name="Lee")
    page = f"/people/{lee.account}"
    await kim.send(f"{page}/roles", {"role": "steward"}, page=page)
    assert (await lee.get("/quarantine")).status_code == 200
    match = re.search(rf"{page}/roles/[0-9a-f-]+/end", (await kim.get(page)).text)
    assert match
    await kim.send(match[0], {}, page=page)
    assert (await lee.get("/quarantine")).status_code == 403
    own = f"/people/{kim.account}"
    mine = re.search(rf"{own}/roles/[0-9a-f-]+/end", (await kim.get(own)).text)
    assert mine
    assert (await kim.send(mine[0], {}, page=own)).status_code == 409
    assert (await kim.get("/people")).status_code == 200


async def test_a_teacher_is_bound_to_the_roster_and_finds_their_own(api: Api, district: District) -> None:
    sis = await district.source("sis", "oneroster")
    role = {"roleType": "primary", "role": "teacher", "org": {"sourcedId": "o-1", "type": "org", "href": "x"}}
    people = [
        user("u-1", "Ada", "Nguyễn-Müller", identifier="1001"),
        user("u-2", "Adam", "Sample", identifier="1002"),
        user("t-1", "Tia", email="tia@example.org", roles=[role]),
    ]
    await district.take(sis, "users", people)
    taught = [enrollment("e-1", "u-1", "c-1"), enrollment("e-2", "t-1", "c-1", role="teacher")]
    await district.take(sis, "enrollments", taught)
    await district.settle()
    kim, tia = await signed_in(api, "administrator"), await signed_in(api, name="Tia")
    page = f"/people/{tia.account}"
    assert "This is them" in (await kim.get(f"{page}?q=tia@example")).text
    assert (await tia.get("/learners?q=ad")).status_code == 403
    await kim.send(f"{page}/bind", {"source": sis.id, "person": "t-1"}, page=page)
    own = (await tia.get("/learners?q=ad")).text
    assert "Ada Nguyễn-Müller" in own
    assert "Adam" not in own
    whole = (await kim.get("/learners?q=ad")).text
    assert "Ada Nguyễn-Müller" in whole
    assert "Adam" in whole
    for words in ("muller", "NGUYEN ad", "1001"):
        assert "Ada Nguyễn-Müller" in (await kim.get(f"/learners?q={words}")).text, words
    assert "Nobody is found" in (await kim.get("/learners?q=ada zzz")).text
    learner = re.search(r"/learners/[0-9a-f-]{36}", own)
    assert learner
    record = (await tia.get(learner[0])).text
    assert "You see this record as: Teacher." in record
    origin = await tia.get(f"{learner[0]}/from?path=/names/0")
    assert '"familyName": "Nguyễn-Müller"' in origin.text.replace("&#34;", '"')


def test_words_are_found_without_accents_and_case() -> None:
    assert folded("O'Sample-NGUYỄN, Müller") == ["o", "sample", "nguyen", "muller"]


async def test_staff_read_all_of_a_record_page_by_page_and_find_what_else_there_is(api: Api) -> None:
    headers = await api.pusher()
    for n in range(95):
        pushed = await api.http.post(
            "/v1/evidence", json={**EVIDENCE, "id": f"e{n}", "name": f"Piece {n:02}"}, headers=headers
        )
    await settle(api.db, api.tenant)
    async with api.db.transaction(api.tenant) as tx:
        who = (await learners.by_identifier(tx, "district", "100482", None))[0].id
    assert pushed.is_success
    reader = await signed_in(api, "registrar", "counselor", learner=who)
    pieces: list[str] = []
    onward: str | None = f"/learners/{who}?section=evidence"
    while onward:
        page = (await reader.get(onward)).text
        pieces += re.findall(r"<b>(Piece \d\d)</b>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        onward = following[1].replace("&amp;", "&").partition("#")[0] if following else None
    assert sorted(pieces) == [f"Piece {n:02}" for n in range(95)]
    for way in ("credentials", "credit", "checkins"):
        assert f'href="/learners/{who}/{way}"' in page
        assert (await reader.get(f"/learners/{who}/{way}")).status_code == 200
    assert (await reader.get(f"/learners/{who}?after=x y z")).status_code == 200


async def test_a_program_is_let_in_for_a_purpose_and_its_rights_are_told_in_words(api: Api) -> None:
    reader = await signed_in(api, "administrator")
    refused = await reader.send("/clients", {"name": "Coach", "purpose": "evidence"}, page="/clients")
    assert refused.status_code == 422
    assert "Choose the source that it sends into." in refused.text
    nothing = await reader.send("/clients", {"name": "Coach"}, page="/clients")
    assert "Choose what it is for, or at least one right." in nothing.text
    made = await reader.send(
        "/clients", {"name": "Board", "purpose": "reader", "scope": ["audit.read"]}, page="/clients"
    )
    assert re.search("tsk_[0-9a-f]{64}", made.text)
    page = (await reader.get("/clients")).text
    line = page.split("<b>Board</b>")[1].split("</li>")[0]
    assert "Records, Badges and credentials, Frameworks, Running the district" in line
    assert "never used" in line


async def test_the_audit_log_calls_things_by_their_names(api: Api) -> None:
    reader = await signed_in(api, "administrator", name="Kim")
    await reader.send("/clients", {"name": "Board", "purpose": "reader"}, page="/clients")
    page = (await reader.get("/audit")).text
    summaries = re.findall(r"<summary>(.*?)</summary>", page)
    assert any(summary.startswith("Board ") for summary in summaries)
    assert any(summary.startswith("Kim Sample, Administrator ") for summary in summaries)
    assert not [summary for summary in summaries if re.search("[0-9a-f]{8}-", summary)], "no id stands for a name"


async def test_who_somebody_is_is_claimed_noted_set_aside_and_decided(api: Api, district: District) -> None:
    sis, club = await district.source("sis", "oneroster"), await district.source("club", "evidence")
    born = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z", "birthDate": "2012-03-04"}
    for name in ("Ryan Hill", "Bryan Hill"):
        await district.take(sis, "users", [user(name, *name.split(), grades=["7"])])
        await district.take(sis, "demographics", [{"sourcedId": name, **born}])
    learner = {
        "name": {"full": "Ryan Hill"},
        "birthDate": "2012-03-04",
        "identifiers": [{"type": "program", "value": "7"}],
    }
    await district.take(club, "evidence", [{"id": "7", "name": "Robot", "learner": learner}])
    async with api.db.transaction(api.tenant) as tx:
        await scored.set_mode(tx, club.id, "propose", by="a test", second_person=True)
    await scored.rematch(api.db, api.tenant, club.id)
    await district.settle()
    lee, kim = await signed_in(api, "steward", name="Lee"), await signed_in(api, "administrator", name="Kim")
    page = (await lee.get("/matches")).text
    assert page.count("It is this one") == 2
    (case,) = re.findall(r'<form method="post" action="(/matches/\d+)"', page)
    await lee.send(case, {"judgement": "claim"}, page="/matches")
    assert "yours until" in (await lee.get("/matches")).text
    assert "Lee Sample is looking at it" in (await kim.get("/matches")).text
    assert (await kim.send(case, {"judgement": "different", "reason": "x"}, page="/matches")).status_code == 409
    await lee.send(case, {"judgement": "note", "reason": "The club was asked"}, page="/matches")
    await lee.send(case, {"judgement": "release"}, page="/matches")
    assert "The club was asked" in (await kim.get("/matches")).text
    await kim.send(case, {"judgement": "not-enough"}, page="/matches")
    assert "Nobody waits" in (await kim.get("/matches")).text
    assert "It is this one" in (await kim.get(f"/matches?aside=true&source={club.id}")).text
    first = re.findall(r'formaction="(/matches/\d+)"', page)[0]
    word = {"judgement": "same", "reason": "I know him"}
    assert (await lee.send(first, word, page="/matches")).status_code == 303
    assert "Lee Sample says that they are one learner" in (await kim.get("/matches")).text
    assert "You have said what you think" in (await lee.get("/matches")).text
    await district.settle()
    assert len(await district.records()) == 3
    await kim.send(first, word, page="/matches")
    await district.settle()
    assert len(await district.records()) == 2
    assert (await lee.get("/matches?days=9")).status_code == 422
