"""A hostile program: files that are more than they seem, floods, script everywhere, others' ids, who is in school."""

import io
import re
import struct
import zipfile
from typing import Any
from uuid import uuid4

import httpx
import pytest
from PIL import Image

from app.access.clients import create_client
from app.errors import Invalid, TooManyRequests
from app.people import accounts, sessions
from app.programs import files, links, programs, submitting, uploads
from app.programs.cleaning import MOST_BYTES, cleaned
from app.programs.links import NewLink
from app.settings import Settings
from app.web.kit.visitors import Visitors
from tests.support.api import Api, bearer
from tests.support.people import TOKEN, Reader, browsing
from tests.support.programs import COORDINATOR, Club, club, handed_in, now, robot

SCRIPT = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
FORMULA = '=HYPERLINK("https://evil.example")'


def jpeg(**more: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "#b9482f").save(out, "JPEG", **more)
    return out.getvalue()


def located() -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "Phone of Ada"
    exif.get_ifd(0x8825)[2] = (40.0, 26.0, 46.0)
    return jpeg(exif=exif, comment=b"41.8781 N")


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def film() -> bytes:
    place = box(b"udta", box(b"\xa9xyz", b"+40.4461-079.9822/"))
    return (
        box(b"ftyp", b"isom\x00\x00\x02\x00") + box(b"moov", box(b"mvhd", bytes(100)) + place) + box(b"mdat", bytes(64))
    )


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("a", bytes(1_000_000))
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (12_000, 12_000)).save(out, "PNG")
    return out.getvalue()


REFUSED = {
    "a program": b"MZ\x90\x00" + bytes(100),
    "a Unix program": b"\x7fELF" + bytes(100),
    "a shell script": b"#!/bin/sh\nrm -rf /\n",
    "an archive": archive(),
    "an SVG with script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "an SVG behind words": b'hello <svg onload="alert(1)"></svg>',
    "a page": b"<!doctype html><script>alert(1)</script>",
    "a page of capitals": b"  <HTML><BODY onload=alert(1)>",
    "a picture that unpacks without end": bomb(),
    "half a picture": jpeg()[:200],
    "a picture in name only": b"\x89PNG\r\n\x1a\n" + bytes(64),
    "a PDF with a script": b"%PDF-1.7\n1 0 obj <</OpenAction <</S /JavaScript /JS (app.alert(1))>>>>\n%%EOF",
    "a PDF that is an archive": b"%PDF-1.7\n" + archive() + b"\n%%EOF",
    "half a PDF": b"%PDF-1.7\n",
    "a film with a box too long": box(b"ftyp", b"isom") + struct.pack(">I4s", 2**31, b"moov"),
    "nothing": b"",
    "too much": b"\xff\xd8\xff" + bytes(MOST_BYTES),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what: str) -> None:
    with pytest.raises(Invalid):
        cleaned(REFUSED[what])


def test_a_photo_keeps_nothing_of_where_it_was_taken_nor_of_what_hides_behind_it() -> None:
    hidden = located() + archive() + b"<script>alert(1)</script>"
    clean = cleaned(hidden)
    assert clean.media_type == "image/jpeg"
    for word in (b"Phone of Ada", b"41.8781", b"PK\x03\x04", b"<script>", b"Exif"):
        assert word not in clean.body
    with Image.open(io.BytesIO(clean.body)) as drawn:
        assert drawn.size == (64, 48)
        assert not dict(drawn.getexif())


def test_a_photo_lies_the_right_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(cleaned(jpeg(exif=exif)).body)) as drawn:
        assert drawn.size == (48, 64)


def test_a_film_keeps_its_length_and_loses_its_place() -> None:
    clean = cleaned(film())
    assert (clean.media_type, len(clean.body)) == ("video/mp4", len(film()))
    assert b"+40.4461" not in clean.body


def test_a_name_of_a_file_is_no_path_and_no_page() -> None:
    assert files.plain_name("../../etc/passwd") == "passwd"
    assert files.plain_name("C:\\x\\<img src=x>\r\n.jpg") == "img src=x.jpg"
    assert files.plain_name("\u202egpj.exe")[:1] != "\u202e"


async def coordinator(api: Api, robotics: Club, name: str = "sam@example.org") -> Reader:
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        row = await accounts.make(tx, name, "Sam Coordinator")
        await accounts.give(tx, row.id, "coordinator", by="a test", origin="administrator", source=source)
        opened = await sessions.begin(tx, api.app.state.service.settings, row.id, "password", "a test")
    return Reader(browsing(api.app, opened.cookie), row.id, opened.cookie)


async def send(http: httpx.AsyncClient, page: str, values: dict[str, Any], attached: Any = None) -> httpx.Response:
    token = TOKEN.search((await http.get(page)).text)
    assert token
    return await http.post(page, data={**values, "form_token": token[1]}, files=attached)


async def test_a_file_is_kept_sealed_outside_the_database_and_goes_with_its_submission(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    form = {"learner": "Ada Sample", "born": "2010-05-06", "title": "A lamp"}
    answer = await send(reader.http, "/program/new", form, {"files": ("x.jpg", located(), "image/jpeg")})
    assert answer.status_code == 200, answer.text
    settings: Settings = api.app.state.service.settings
    (sealed,) = [path for path in (settings.data / files.FOLDER).rglob("*") if path.is_file()]
    assert b"JFIF" not in sealed.read_bytes()
    home = (await reader.http.get("/program")).text
    match = re.search(r"/program/submissions/[0-9a-f-]{36}", home)
    assert match
    page = await reader.http.get(match[0])
    file = re.search(rf"{match[0]}/files/[0-9a-f]{{64}}", page.text)
    assert file
    download = await reader.http.get(file[0])
    assert download.headers["content-type"] == "image/jpeg"
    assert download.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert download.content.startswith(b"\xff\xd8\xff")
    token = TOKEN.search(page.text)
    assert token
    gone = await reader.http.post(f"{match[0]}/withdraw", data={"form_token": token[1]})
    assert gone.status_code == 303
    assert not sealed.exists()
    assert (await reader.http.get(file[0])).status_code == 404


async def test_script_in_every_field_and_name_is_words_on_every_page(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    fields = (
        "learner",
        "school",
        "grade",
        "title",
        "done",
        "place",
        "reflection",
        "mentor",
        "guardian",
        "contact",
        "team",
    )
    form = dict.fromkeys(fields, SCRIPT) | {"born": "2010-05-06", "words": SCRIPT}
    attached = {"files": (f"{SCRIPT}.jpg", jpeg(), "image/jpeg")}
    assert (await send(reader.http, "/program/new", form, attached)).status_code == 200
    home = (await reader.http.get("/program")).text
    match = re.search(r"/program/submissions/[0-9a-f-]{36}", home)
    assert match
    await send_say(reader, match[0])
    admin = await administrator(api)
    pages = [home, (await reader.http.get(match[0])).text, (await reader.http.get(f"{match[0]}/edit")).text]
    pages += [
        (await admin.get("/reviews")).text,
        (await admin.get(match[0].replace("/program/submissions", "/reviews"))).text,
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page


async def send_say(reader: Reader, page: str) -> None:
    token = TOKEN.search((await reader.http.get(page)).text)
    assert token
    await reader.http.post(f"{page}/messages", data={"words": SCRIPT, "form_token": token[1]})


async def administrator(api: Api) -> httpx.AsyncClient:
    async with api.db.transaction(api.tenant) as tx:
        row = await accounts.make(tx, "admin@example.org", "An Administrator")
        await accounts.give(tx, row.id, "administrator", by="a test", origin="administrator")
        opened = await sessions.begin(tx, api.app.state.service.settings, row.id, "password", "a test")
    return browsing(api.app, opened.cookie)


async def test_what_is_another_programs_is_not_there(api: Api) -> None:
    robotics, other = await club(api), await club(api, name="Chess Club")
    submission = await handed_in(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        upload = await uploads.keep(
            tx, robotics.program, "x.csv", b"Name,Grade,Activity\nA B,7,Chess\n", None, COORDINATOR, now()
        )
        link = NewLink(kind="form", title="x")
        made = await links.make(tx, api.app.state.service.vault, robotics.program, link, "a test", now())
        source = (await programs.program_of(tx, other.program)).source_id
        _, key = await create_client(tx, "chess", ["programs.submit"], source)
    reader = await coordinator(api, other)
    for path in (
        f"/program/submissions/{submission}",
        f"/program/submissions/{submission}/edit",
        f"/program/submissions/{submission}/files/{'0' * 64}",
        f"/program/lists/{upload}",
        f"/program/lists/{upload}/mend.csv",
        f"/program/links/{made.row.id}",
    ):
        assert (await reader.http.get(path)).status_code == 404, path
    for path in (f"/program/submissions/{submission}/{step}" for step in ("edit", "messages", "withdraw", "appeal")):
        answer = await reader.send(path, {"learner": "A B", "grade": "7", "title": "x", "consent": "yes", "words": "x"})
        assert answer.status_code == 404, path
    for path in (f"/program/lists/{upload}/take", f"/program/lists/{upload}/undo", f"/program/links/{made.row.id}/end"):
        assert (await reader.send(path)).status_code == 404, path
    assert (await reader.http.get(f"/reviews/{submission}")).status_code == 403
    for method, path in (("GET", ""), ("POST", "/withdrawal"), ("POST", "/appeal"), ("POST", "/messages")):
        body = {"words": "x", "by": {"name": "x", "role": "x"}}
        answer = await api.http.request(
            method,
            f"/v1/submissions/{submission}{path}",
            headers=bearer(key.text),
            json=body if method == "POST" else None,
        )
        nothing = await api.http.request(
            method,
            f"/v1/submissions/{uuid4()}{path}",
            headers=bearer(key.text),
            json=body if method == "POST" else None,
        )
        assert (answer.status_code, nothing.status_code) == (404, 404), path


async def test_a_flood_is_stopped(api: Api) -> None:
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        await tx.run(
            """INSERT INTO submission (tenant_id, id, program_id, key, body, way, state, revision, made_by, made_at,
                                       changed_at)
               SELECT %(tenant)s, gen_random_uuid(), %(program)s, 'k' || n, '{}', 'api', 'pending', 1, 'x', now(), now()
               FROM generate_series(1, %(many)s) n""",
            program=robotics.program,
            many=submitting.MOST_A_DAY,
        )
        with pytest.raises(TooManyRequests):
            await submitting.submit(tx, robotics.program, robot(), "api", COORDINATOR, now(), consent="a guardian")


async def test_nobody_finds_out_who_is_in_school(api: Api) -> None:
    """The same answer, byte for byte but for ids, whether the district has the learner or not."""
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        _, key = await create_client(tx, "club", ["programs.submit"], source)
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for nth in range(20):
        known = bool(nth % 2)
        body = {
            "learner": {
                "name": "Ada Sample",
                "numbers": [{"type": "district", "value": "100482" if known else "999999"}],
            },
            "title": f"Piece {nth:03d}",
            "consent": "Kim Sample",
            "submitter": {"name": "Sam", "role": "coordinator"},
        }
        answer = await api.http.post("/v1/submissions", json=body, headers=bearer(key.text))
        status = await api.http.get(f"/v1/submissions/{answer.json()['id']}", headers=bearer(key.text))
        words = re.sub(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[^\"]+|Piece \d+|100482|999999", "", answer.text + status.text)
        seen[known].add(words)
    assert seen[True] == seen[False]


async def test_claims_are_not_guessed(api: Api) -> None:
    api.app.state.visitors = Visitors()
    http = browsing(api.app)
    answers = [(await http.get(f"/t/sample/in/{'0' * 15}{nth % 10}")).status_code for nth in range(40)]
    assert answers[0] == 404
    assert 429 in answers


async def test_no_cell_of_a_list_to_be_mended_is_a_formula(api: Api) -> None:
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        rows = f'Name,Activity,Date\n"{FORMULA.replace(chr(34), chr(34) * 2)}",Chess,never\n'
        upload = await uploads.keep(
            tx, robotics.program, "x.csv", rows.encode(), None, COORDINATOR, now(), consent="the parents"
        )
        preview = await uploads.preview(tx, robotics.program, upload)
    line = uploads.rows_to_fix(preview).splitlines()[1]
    assert line.startswith("\"'=HYPERLINK")
