"""A hostile program, by every route there is: others' ids, others' districts, words that are script, floods, bombs."""

import io
import json
import re
import zipfile
from datetime import date
from typing import Any, get_args
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from app.access.clients import create_client
from app.access.scopes import Scope
from app.people.roles import Role
from app.programs import catalogue, files, links, programs, uploads
from app.programs.links import NewLink
from app.programs.offers import Experience, Offer
from app.programs.submission import Artifact, Learner
from app.web.kit.visitors import Visitors
from tests.support.api import Api, bearer
from tests.support.attacks import ROUTES, fields_of, fingerprint, may_open
from tests.support.people import TOKEN, Reader, browsing, signed_in
from tests.support.programs import COORDINATOR, Club, club, handed_in, now

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
OURS = re.compile(r"^(?:submission|submitted|program|exhibition|badge_idea|opportunity|issued|record|raw|entry|person)")
"""Tables of what a program has, or what comes of it."""


async def source_of(api: Api, owner: Club) -> int:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, owner.program)).source_id
    assert source is not None
    return source


async def link(api: Api, owner: Club, kind: str, title: str = "Zebra", **more: Any) -> tuple[str, str]:
    """A link's id, and its code."""
    async with api.db.transaction(api.tenant) as tx:
        order = NewLink(kind=kind, title=title, **more)  # type: ignore[arg-type]
        made = await links.make(tx, api.app.state.service.vault, owner.program, order, "a test", now())
    return str(made.row.id), made.secret


async def belongings(api: Api, owner: Club) -> dict[str, str]:
    """What a program has, by what paths call it."""
    out = io.BytesIO()
    Image.new("RGB", (32, 32), "#2f6fb9").save(out, "JPEG")
    photo = await files.clean(out.getvalue(), "zebra.jpg")
    submission = await handed_in(api, owner, title="Zebra", evidence=(Artifact("file", photo.sha256, "zebra.jpg"),))
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await files.keep(tx, service.vault, service.settings, submission, [photo], now())
        rows = b"Name,Grade,Activity\nZebra Zebra,7,Zebra\n"
        upload = await uploads.keep(tx, owner.program, "x.csv", rows, None, COORDINATOR, now(), consent="the parents")
        step = Experience("Zebra step")
        offered = Offer(kind="playlist", title="Zebra", achievements=(owner.achievement,), experiences=(step,))
        opportunity = await catalogue.offer(tx, owner.program, offered, "a test", now())
    form, _ = await link(api, owner, "form")
    return {
        "submission": str(submission),
        "sha256": photo.sha256,
        "upload": str(upload),
        "link": form,
        "opportunity": str(opportunity),
        "program": str(owner.program),
        "badge": str(owner.achievement),
        "achievement": str(owner.achievement),
    }


async def marks(api: Api) -> dict[str, str]:
    return {table: mark for table, mark in (await fingerprint(api, api.tenant)).items() if OURS.match(table)}


@pytest.mark.parametrize("role", ["coordinator", "reviewer"])
async def test_no_page_opens_or_changes_what_is_another_programs(api: Api, role: Role) -> None:
    ids = await belongings(api, await club(api, name="Zebra Club"))
    other = await club(api, name="Chess Club")
    reader = await signed_in(api, role, source=await source_of(api, other))
    before, wrong, tried = await marks(api), [], 0
    for route in ROUTES:
        names = set(re.findall(r"\{(\w+)\}", route.path))
        if not names or not names <= ids.keys() or not may_open(route, role):
            continue
        path = re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], route.path)
        for method in route.methods:
            api.app.state.visitors = Visitors()
            tried += 1
            sent = dict.fromkeys(fields_of(route), "yes")
            answer = await (reader.get(path) if method == "GET" else reader.send(path, sent))
            if "Zebra" in answer.text or not 400 <= answer.status_code < 500:
                wrong.append(f"{method} {route.path}: {answer.status_code}")
    assert tried >= {"coordinator": 18, "reviewer": 8}[role]
    assert wrong == []
    assert await marks(api) == before


async def test_no_route_of_the_api_opens_or_changes_what_is_another_programs(api: Api) -> None:
    ids = await belongings(api, await club(api, name="Zebra Club"))
    other = await club(api, name="Chess Club")
    async with api.db.transaction(api.tenant) as tx:
        _, key = await create_client(
            tx, "chess", ["programs.submit"], (await programs.program_of(tx, other.program)).source_id
        )
    before, wrong, tried = await marks(api), [], 0
    for template, methods in api.app.openapi()["paths"].items():
        names = set(re.findall(r"\{(\w+)\}", template))
        if not template.startswith("/v1/") or not names or not names <= ids.keys():
            continue
        path = re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], template)
        for method in methods:
            tried += 1
            answer = await api.http.request(method.upper(), path, headers=bearer(key.text), json={"words": "x"})
            if "Zebra" in answer.text or not 400 <= answer.status_code < 500:
                wrong.append(f"{method} {template}: {answer.status_code}")
    assert tried >= 20
    assert wrong == []
    assert await marks(api) == before


async def key_of(api: Api, scopes: list[Scope], owner: Club) -> dict[str, str]:
    """A key with these scopes for a program's source."""
    async with api.db.transaction(api.tenant) as tx:
        _, key = await create_client(tx, f"{scopes}", scopes, (await programs.program_of(tx, owner.program)).source_id)
    return bearer(key.text)


async def test_no_key_whatever_it_may_do_reads_what_waits_of_another_program(api: Api) -> None:
    """Each scope alone, at every route that reads; but for who manages programs for the district."""
    zebra, chess = await club(api, name="Zebra Club"), await club(api, name="Chess Club")
    ids = await belongings(api, zebra)
    learner = Learner("Quokka Quill", date(2010, 5, 6))
    ids["submission"] = str(await handed_in(api, zebra, title="Quokka", done="Quokka", learner=learner))
    paths = [
        re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], template)
        for template, methods in api.app.openapi()["paths"].items()
        if template.startswith("/v1/") and "get" in methods and set(re.findall(r"\{(\w+)\}", template)) <= ids.keys()
    ]
    assert len(paths) > 40
    wrong = []
    for scope in get_args(Scope):
        key = await key_of(api, [scope], chess)
        for path in paths:
            answer = await api.http.get(path, headers=key)
            if "Quokka" in answer.text or answer.status_code >= 500:
                wrong.append(f"{scope} GET {path}: {answer.status_code}")
    assert wrong == []


@pytest.mark.parametrize("scopes", [["programs.review"], ["programs.review", "programs.submit"]], ids=" ".join)
async def test_a_key_of_a_program_reviews_that_program_alone_and_never_its_own(api: Api, scopes: list[Scope]) -> None:
    """A key for a program's source sees and decides what that program hands in; where it hands in itself, nothing."""
    zebra, chess = await club(api, name="Zebra Club"), await club(api, name="Chess Club")
    other, own = await handed_in(api, zebra, title="Quokka"), await handed_in(api, chess, title="A gambit")
    key, before = await key_of(api, scopes, chess), await marks(api)
    by = {"name": "Robin", "role": "reviewer"}
    body = {"by": by, "assessor": by, "words": "x", "verdict": "reject", "learner": None}
    for template, methods in api.app.openapi()["paths"].items():
        if not template.startswith("/v1/reviews/"):
            continue
        for method in methods:
            answer = await api.http.request(
                method.upper(), template.replace("{submission}", str(other)), headers=key, json=body
            )
            assert 400 <= answer.status_code < 500, f"{method} {template}"
            assert "Quokka" not in answer.text
    assert await marks(api) == before
    listed = await api.http.get("/v1/reviews", headers=key)
    assert (await api.http.get(f"/v1/reviews?program={zebra.program}", headers=key)).status_code in (403, 404)
    hers = await api.http.get(f"/v1/reviews/{own}", headers=key)
    if "programs.submit" in scopes:
        assert (listed.status_code, hers.status_code) == (403, 403)
    else:
        assert [waiting["title"] for waiting in listed.json()["waiting"]] == ["A gambit"]
        assert listed.json()["counts"] == {"pending": 1}
        assert hers.status_code == 200


async def test_a_code_opens_nothing_in_another_district(api: Api) -> None:
    robotics = await club(api)
    submission = await handed_in(api, robotics)
    _, form = await link(api, robotics, "form")
    _, mentor = await link(api, robotics, "assess", submission=submission, uses=1)
    http = browsing(api.app)
    assert (await http.get(f"/t/sample/in/{form}")).status_code == 200
    assert (await http.get(f"/t/sample/assess/{mentor}")).status_code == 200
    for path in (f"in/{form}", f"in/{mentor}", f"assess/{mentor}", f"assess/{form}", f"x/{form}", f"x/{mentor}"):
        assert (await http.get(f"/t/other/{path}")).status_code == 404, path
    for path in (f"in/{mentor}", f"assess/{form}", f"x/{form}", f"x/{mentor}"):
        assert (await http.get(f"/t/sample/{path}")).status_code == 404, f"{path}: a code opens what it is for alone"


async def test_script_in_lists_links_offers_badges_and_what_mentors_write_is_words(api: Api) -> None:
    robotics = await club(api)
    reader = await signed_in(api, "coordinator", source=await source_of(api, robotics), name=SCRIPT)
    admin = await signed_in(api, "administrator", name=SCRIPT)
    pages: list[httpx.Response] = []
    cell = SCRIPT.replace('"', '""')
    pasted = f'Name,Birth date,Activity,"{cell}"\n"{cell}",2010-05-06,"{cell}","{cell}"\nA B,"{cell}",C,D\n'
    read = await reader.send("/program/lists", {"pasted": pasted, "consent": "yes"}, page="/program/lists")
    assert read.status_code == 303, read.text
    pages += [await reader.get(read.headers["location"]), await reader.get("/program/lists")]
    named = {"file": (f"{SCRIPT}.csv", b"Name,Grade,Activity\nA B,7,Chess\n", "text/csv")}
    pages.append(await reader.send("/program/lists", {"consent": "yes"}, files=named, page="/program/lists"))
    pages.append(
        await reader.send("/program/links", {"title": SCRIPT, "kind": "code", "uses": "3"}, page="/program/links")
    )
    pages.append(await reader.get("/program/links"))
    offer = dict.fromkeys(("title", "description", "place", "transport", "steps", "category"), SCRIPT) | {
        "kind": "event"
    }
    assert (
        await reader.send("/program/offers", {**offer, "on": "2099-01-01"}, page="/program/offers")
    ).status_code < 500
    pages += [await reader.get("/program/offers"), await browsing(api.app).get("/t/sample/opportunities")]
    badge = {"name": SCRIPT, "criteria": SCRIPT, "description": SCRIPT, "rubric": SCRIPT}
    assert (await admin.send(f"/programs/{robotics.program}/achievements", badge)).status_code == 303
    pages.append(await admin.get(f"/programs/{robotics.program}"))
    link_to_badge = re.search(rf"/programs/{robotics.program}/badges/[0-9a-f-]{{36}}", pages[-1].text)
    assert link_to_badge
    pages += [await admin.get(link_to_badge[0], params={"q": SCRIPT}), await reader.get("/program/new")]
    pages += await mentored(api, robotics, admin)
    for page in pages:
        assert page.status_code < 400, f"{page.request.url} {page.status_code}"
        assert "<script>alert" not in page.text, page.request.url
        assert "<img src=x" not in page.text, page.request.url


async def mentored(api: Api, robotics: Club, admin: Reader) -> list[httpx.Response]:
    """The pages on which one reads what an outside assessor wrote."""
    submission = await handed_in(api, robotics, title=SCRIPT, done=SCRIPT, team=SCRIPT)
    _, code = await link(api, robotics, "assess", SCRIPT, submission=submission, uses=1)
    http = browsing(api.app)
    page = await http.get(f"/t/sample/assess/{code}")
    token = TOKEN.search(page.text)
    assert token
    form = {"name": SCRIPT, "feedback": SCRIPT, "verdict": "reject", "level-cut": SCRIPT, "form_token": token[1]}
    refused = await http.post(f"/t/sample/assess/{code}", data=form)
    assert refused.status_code == 422
    assert "<script>alert" not in refused.text
    del form["level-cut"]
    thanks = await http.post(f"/t/sample/assess/{code}", data=form)
    return [page, thanks, await admin.get(f"/reviews/{submission}"), await admin.get("/reviews")]


async def test_a_badge_whose_words_are_script_is_refused_or_words(api: Api) -> None:
    """An unsigned badge is refused; the refusal shows nothing of it as a page."""
    robotics = await club(api)
    _, code = await link(api, robotics, "form")
    http = browsing(api.app)
    token = TOKEN.search((await http.get(f"/t/sample/in/{code}")).text)
    assert token
    forged = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiableCredential", SCRIPT],
        "name": SCRIPT,
    }
    for content in (
        json.dumps({**forged, "issuer": SCRIPT}),
        json.dumps({"name": SCRIPT, "issuer": {"id": SCRIPT}}),
        SCRIPT,
    ):
        form = {"learner": SCRIPT, "born": "2010-05-06", "submitter": SCRIPT, "form_token": token[1]}
        attached = {"badge": ("b.json", content.encode(), "application/json")}
        answer = await http.post(f"/t/sample/in/{code}", data=form, files=attached)
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text


async def test_one_place_hands_in_only_so_often_by_a_link(api: Api) -> None:
    robotics = await club(api)
    _, code = await link(api, robotics, "form")
    api.app.state.visitors = Visitors()
    http = browsing(api.app)
    token = TOKEN.search((await http.get(f"/t/sample/in/{code}")).text)
    assert token
    answers = []
    for nth in range(40):
        form = {"learner": "Ada Sample", "born": "2010-05-06", "title": f"Piece {nth}", "submitter": "x"}
        answers.append((await http.post(f"/t/sample/in/{code}", data={**form, "form_token": token[1]})).status_code)
    assert answers[0] == 200
    assert answers[-1] == 429
    elsewhere = browsing(api.app, place="198.51.100.7")
    assert (await elsewhere.get(f"/t/sample/in/{code}")).status_code == 200, "others are not kept out by it"


def workbook(sheet: bytes, times: int) -> bytes:
    """A spreadsheet whose one sheet is these bytes so many times."""
    schemas = "http://schemas.openxmlformats.org"
    main, office = f"{schemas}/spreadsheetml/2006/main", f"{schemas}/officeDocument/2006/relationships"

    def relation(kind: str, target: str) -> str:
        relations = f"{schemas}/package/2006/relationships"
        only = f'<Relationship Id="r1" Type="{office}/{kind}" Target="{target}"/>'
        return f'<Relationships xmlns="{relations}">{only}</Relationships>'

    parts = {
        "[Content_Types].xml": f'<Types xmlns="{schemas}/package/2006/content-types"/>',
        "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, words in parts.items():
            book.writestr(name, words)
        with book.open("xl/worksheets/sheet1.xml", "w") as written:
            for _ in range(times):
                written.write(sheet)
    return out.getvalue()


@pytest.mark.slow
async def test_a_spreadsheet_that_unpacks_without_end_is_refused_before_it_does(api: Api) -> None:
    robotics = await club(api)
    reader = await signed_in(api, "coordinator", source=await source_of(api, robotics))
    bomb = workbook(b"<c><v>1</v></c>" * 4096, 6000)  # 370 MB in less than 2 MB
    assert len(bomb) < 2_000_000
    attached = {"file": ("list.xlsx", bomb, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")}
    answer = await reader.send("/program/lists", {"consent": "yes"}, files=attached, page="/program/lists")
    assert answer.status_code == 422
    async with api.db.transaction(api.tenant) as tx:
        assert await uploads.listed(tx, robotics.program) == []


async def test_what_is_asked_of_nothing_is_answered_as_what_is_anothers(api: Api) -> None:
    """404 for another program's and for what never was: neither tells that there is one."""
    ids = await belongings(api, await club(api, name="Zebra Club"))
    other = await club(api, name="Chess Club")
    reader = await signed_in(api, "coordinator", source=await source_of(api, other))
    for route in ROUTES:
        names = re.findall(r"\{(\w+)\}", route.path)
        if not route.path.startswith("/program/") or not names or "GET" not in route.methods:
            continue
        api.app.state.visitors = Visitors()
        theirs = await reader.get(re.sub(r"\{(\w+)\}", lambda name: ids[name[1]], route.path))
        nothing = await reader.get(
            re.sub(r"\{(\w+)\}", lambda name: "0" * 64 if name[1] == "sha256" else str(uuid4()), route.path)
        )
        assert theirs.status_code == nothing.status_code == 404, route.path
        masked = [re.sub(r"[0-9a-f]{64}|[0-9a-f-]{36}", "…", answer.text) for answer in (theirs, nothing)]
        assert masked[0] == masked[1], route.path
