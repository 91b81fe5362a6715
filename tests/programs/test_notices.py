"""Programs and families are told by e-mail, page and webhook; letters name no child, and none is sent twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from app.jobs.mail import send_at
from app.jobs.tasks import tick
from app.programs import accepting, notices, programs, reviewing, submitting, summary
from app.programs.judging import Mark
from app.programs.programs import Registration
from app.programs.submission import Guardian
from app.start import Service
from tests.support.api import Api, bearer
from tests.support.mail import Mailbox, mail_server
from tests.support.people import signed_in
from tests.support.programs import REVIEWER, Club, club, handed_in, now, numbered

pytestmark = pytest.mark.enable_socket
GOOD = (Mark("cut", "Exemplary"), Mark("explain", "Proficient"))
EVA = Guardian("Eva Sample", "eva@family.example.org")
LATER = notices.GATHERED + timedelta(minutes=1)


def mailing(api: Api, box: Mailbox) -> Service:
    """The service with that mail server in its settings."""
    service: Service = api.app.state.service
    update = {"mail_host": "127.0.0.1", "mail_port": box.port, "mail_security": "none"}
    settings = service.settings.model_copy(update={**update, "mail_from": "Sample Records <records@example.org>"})
    return replace(service, settings=settings)


async def decided(api: Api, submission: UUID, verdict: Any = "accept", feedback: str | None = None) -> None:
    marks = GOOD if verdict == "accept" else ()
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, submission, REVIEWER, now())
        await reviewing.review(tx, api.app.state.service, submission, verdict, marks, feedback, REVIEWER, now())


async def handed(api: Api, robotics: Club, **fields: Any) -> UUID:
    learner = structs.replace(numbered(), guardian=EVA)
    return await handed_in(api, robotics, learner=learner, **fields)


async def states(api: Api, robotics: Club) -> dict[tuple[str, str], int]:
    async with api.db.transaction(api.tenant) as tx:
        return await notices.counted(tx, robotics.program)


async def test_a_program_and_a_family_are_written_to_once_and_no_letter_names_a_child(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    for n in range(3):
        await decided(api, await handed(api, robotics, title=f"A robot {n}"))
    await decided(api, await handed(api, robotics, title="A lamp"), "needs work", "Ada forgot the photo.")
    async with mail_server() as box:
        service = mailing(api, box)
        assert await send_at(service, api.tenant, now()) == 3, "families at once, a program's news gathered"
        assert await send_at(service, api.tenant, now() + LATER) == 1
        assert await send_at(service, api.tenant, now() + LATER) == 0
        (news,) = box.to("club@example.org")
        assert [letter["From"] for letter in box.taken] == ["Sample Records <records@example.org>"] * 4
        assert news["Auto-Submitted"] == "auto-generated"
        assert "- 3 are in the record now." in news.get_content()
        assert "- 1 was asked back" in news.get_content()
        assert "- 3 están en el expediente." in news.get_content(), "nobody has chosen a language: it is said in each"
        family = box.to(str(EVA.contact))
        assert len(family) == 3
        assert "Robotics Club handed in something your child did there" in family[0].get_content()
        for letter in box.taken:
            whole = "\n".join((str(letter["Subject"]), str(letter["To"]), letter.get_content()))
            for private in ("Ada", "Sample ", "100482", "robot 1", "lamp", "photo", "2014"):
                assert private not in whole.replace("Sample Records", "").replace("Sample District", ""), private
    assert await states(api, robotics) == {("program", "sent"): 4, ("family", "sent"): 3}


async def test_a_coordinator_is_written_to_in_the_language_they_chose(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
        await programs.change(tx, robotics.program, Registration("Robotics Club", contact="call us"), "a test")
    reader = await signed_in(api, "coordinator", source=source, language="es")
    await decided(api, await handed(api, robotics))
    async with mail_server() as box:
        await send_at(mailing(api, box), api.tenant, now() + LATER)
        (news,) = [letter for letter in box.taken if letter["To"] != EVA.contact]
    assert news["To"].startswith("coordinator-")
    assert "en el expediente" in news.get_content()
    assert "in the record" not in news.get_content()
    page = await reader.get("/program")
    assert "Novedades" in page.text


async def test_nobody_is_written_to_at_a_programs_whim(api: Api) -> None:
    robotics = await club(api)
    for n in range(3):
        await handed(api, robotics, title=f"A robot {n}")
    async with mail_server() as box:
        assert await send_at(mailing(api, box), api.tenant, now() + LATER) == 0
    for contact in (
        "eva@family.example.org, bob@x.example.org",
        "eva@x.example.org\nBcc: all@x.example.org",
        "555-0100",
    ):
        assert notices.address_of(contact) is None


@pytest.mark.parametrize(
    ("answer", "state", "tries"), [("550 no such user", "given up", 1), ("451 try later", "waiting", 6)]
)
async def test_an_address_that_is_refused_costs_itself_and_one_that_waits_is_tried_again(
    api: Api, answer: str, state: str, tries: int
) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    await decided(api, await handed(api, robotics))
    async with mail_server() as box:
        box.refuses[str(EVA.contact)] = answer
        service = mailing(api, box)
        assert await send_at(service, api.tenant, now() + LATER) == 1, "the program's"
        assert (await states(api, robotics))["family", state] == 1
        for hours in (1, 3, 9, 31, 119)[: tries - 1]:
            await send_at(service, api.tenant, now() + timedelta(hours=hours))
    assert (await states(api, robotics))["family", "given up"] == 1


async def test_without_a_server_nothing_is_lost_and_nothing_goes_out_twice(api: Api) -> None:
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    await decided(api, await handed(api, robotics))
    async with mail_server() as box:
        service = mailing(api, box)
        gone = service.settings.model_copy(update={"mail_port": 1})
        assert await send_at(replace(service, settings=gone), api.tenant, now() + LATER) == 0
        assert await states(api, robotics) == {("program", "waiting"): 1, ("family", "waiting"): 1}
        assert await send_at(service, api.tenant, now() + LATER) == 0, "not at once again"
        assert await send_at(service, api.tenant, now() + timedelta(hours=2)) == 2
        none = service.settings.model_copy(update={"mail_host": None})
        assert await send_at(replace(service, settings=none), api.tenant, now() + timedelta(days=1)) == 0


async def test_what_is_told_stands_on_the_page_and_in_the_feed(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    robotics = await club(api)
    submission = await handed(api, robotics)
    await decided(api, submission, "needs work", "When was it?")
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    assert "was asked back" in (await reader.get("/program")).text
    events = (await api.http.get("/v1/events?limit=500", headers=headers)).json()["events"]
    changed = [event for event in events if event["type"] == "submission.changed"]
    assert [event["data"] for event in changed] == [
        {"submission": str(submission), "program": str(robotics.program), "standing": "asked back"}
    ]
    assert changed[0].get("learner") is None


async def test_a_month_is_counted_from_what_happened_and_told_once(api: Api) -> None:
    headers = await api.pusher(slug="sis")
    await api.learner(headers)
    robotics = await club(api)
    first = await handed(api, robotics, title="A robot")
    await decided(api, first)
    await decided(api, await handed(api, robotics, title="A lamp"), "needs work", "When was it?")
    await decided(api, await handed(api, robotics, title="A kite"), "reject", "No.")
    await handed(api, robotics, title="A boat")
    month = now().date().replace(day=1)
    async with api.db.transaction(api.tenant) as tx:
        await accepting.retract(tx, api.app.state.service, first, "A slip.", REVIEWER, now())
        row = await submitting.own(tx, robotics.program, first)
        assert row.state == "withdrawn"
        counts = await summary.summary(tx, robotics.program, month)
    assert (counts.handed_in, counts.accepted, counts.asked_back, counts.not_taken_in) == (4, 1, 1, 1)
    assert (counts.taken_back, counts.waiting, counts.badges) == (1, 1, {"Robot builder": 1})
    key = bearer(await api.key("programs.manage"))
    answer = await api.http.get(f"/v1/programs/{robotics.program}/months?month={month:%Y-%m}", headers=key)
    assert answer.json()["handedIn"] == 4, answer.text
    wrong = await api.http.get(f"/v1/programs/{robotics.program}/months?month=2026-13", headers=key)
    assert wrong.status_code == 422
    begun = datetime.combine(summary.following(month), datetime.min.time(), UTC) + timedelta(hours=5)
    async with mail_server() as box:
        service = mailing(api, box)
        for _ in range(2):
            await tick(service, begun)
            await send_at(service, api.tenant, begun)
        told_months = [letter for letter in box.to("club@example.org") if "Robot builder: 1" in letter.get_content()]
    assert len(told_months) == 1
    assert f"/program/months?month={month:%Y-%m}" in told_months[0].get_content()


async def test_months_are_pages_and_tables_of_ones_own_program(api: Api) -> None:
    robotics = await club(api)
    await handed(api, robotics)
    async with api.db.transaction(api.tenant) as tx:
        source = (await programs.program_of(tx, robotics.program)).source_id
    reader = await signed_in(api, "coordinator", source=source)
    month = f"{now():%Y-%m}"
    assert (await reader.get(f"/program/months?month={month}")).status_code == 200
    assert (await reader.get("/program/months?month=2026-99")).status_code == 422
    table = (await reader.get("/program/months.csv")).text.splitlines()
    assert table[0].startswith("\ufeffMonth,Handed in,Accepted")
    assert table[1].startswith(f"{month},1,0,")
    assert (await reader.get(f"/programs/{robotics.program}/months")).status_code == 403
    admin = await signed_in(api, "administrator")
    assert (await admin.get(f"/programs/{robotics.program}/months?month={month}")).status_code == 200


def test_a_month_has_a_following_one() -> None:
    assert [summary.following(date(2026, month, 1)) for month in (1, 11, 12)] == [
        date(2026, 2, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
