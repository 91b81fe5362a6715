"""Who has looked: lists of learners in the disclosure log, and the page on which a family reads it."""

import re
from pathlib import Path
from uuid import UUID

import app.web
from app.identity import decisions
from app.programs import links
from app.programs.links import NewLink
from app.records.settle import settle
from app.web.mine.log_words import WHAT
from tests.support.api import Api
from tests.support.attacks import class_of
from tests.support.competencies import taken_in
from tests.support.people import browsing, signed_in
from tests.support.programs import club, handed_in, now, numbered


async def lines(api: Api, learner: UUID) -> list[tuple[str, str, str]]:
    """What the log has of a learner: way, party, purpose."""
    async with api.db.transaction(api.tenant) as tx:
        rows = await tx.rows("SELECT via, party, purpose FROM disclosure WHERE learner_id = %s ORDER BY id", learner)
    return [(via.partition(", account ")[0], party, purpose) for via, party, purpose in rows]


async def test_a_class_that_is_looked_at_stands_once_a_day_in_each_learner_s_log(api: Api) -> None:
    await taken_in(api)
    here = await class_of(api, "c-1", "Ada", "Ben")
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"), name="Tia")
    for _ in range(3):
        assert (await teacher.get(here.address)).status_code == 200
    why = "teacher of their class"
    for learner in here.learners:
        ((via, party, purpose),) = await lines(api, learner)
        assert (via, party) == ("class gradebook", "Tia Sample (teacher)")
        assert purpose.startswith(why)
    await teacher.get(f"{here.address}/needs")
    assert [via for via, _party, _purpose in await lines(api, here.learners[0])] == ["class gradebook", "class needs"]
    boss = await signed_in(api, "administrator")
    await boss.get(here.address)
    assert (await lines(api, here.learners[0]))[-1][2] == "administrator of the district"


async def test_lists_that_tell_of_learners_stand_in_their_logs(api: Api) -> None:
    learner = UUID(await api.learner(await api.pusher()))
    guardian = await signed_in(api, "guardian", learner=learner)
    await guardian.send(f"/mine/{learner}/corrections", {"words": "x"}, page=f"/mine/{learner}/corrections")
    counselor = await signed_in(api, "counselor", "registrar", learner=learner)
    for path in ("/caseload", "/corrections"):
        await counselor.get(path)
    assert {"caseload", "list of corrections"} <= {via for via, _party, _purpose in await lines(api, learner)}
    stranger = await signed_in(api, "counselor")
    await stranger.get("/caseload")
    assert len(await lines(api, learner)) == 3


async def test_a_family_reads_who_has_looked_in_plain_words_newest_first(api: Api) -> None:
    await taken_in(api)
    here = await class_of(api, "c-1", "Ada", "Ben")
    ada = here.learners[0]
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"), name="Tia")
    await teacher.get(here.address)
    for _ in range(3):
        await teacher.get(f"/learners/{ada}")
    counselor = await signed_in(api, "counselor", learner=ada, name="Cleo")
    await counselor.get("/caseload")
    mother = await signed_in(api, "guardian", learner=ada, language="es")
    await mother.get(f"/mine/{ada}")
    page = (await mother.get(f"/mine/{ada}/looks")).text
    matches = re.findall(r"<li>(.*?)</li>", page.split('class="rows card"')[1].split("</ul>")[0], re.DOTALL)
    assert [re.search("<b>(.*?)</b>", line)[1] for line in matches] == ["Cleo Sample", "Tia Sample"]  # type: ignore[index]
    assert "Docente" in matches[1]
    assert "abrió el expediente (3 veces)" in matches[1]
    assert "vio los niveles en el registro de una clase" in matches[1], "what one person saw on a day is one line"
    assert "Guardian Sample" not in "".join(matches), "one's own looks"


async def test_the_log_is_read_page_by_page_and_follows_a_merge(api: Api) -> None:
    here = await class_of(api, "c-1", "Ada", "Ben")
    ada, ben = here.learners
    async with api.db.transaction(api.tenant) as tx:
        for n in range(130):
            await tx.run(
                """INSERT INTO disclosure (tenant_id, learner_id, via, party, purpose, items)
                   VALUES (%(tenant)s, %(who)s, 'share link', %(party)s, 'x', '{}')""",
                who=ben if n % 2 else ada,
                party=f"Reader {n:03}",
            )
        await decisions.link(tx, (here.source, "u-0"), (here.source, "u-1"), by="steward", reason="the same child")
    await settle(api.db, api.tenant)
    mother = await signed_in(api, "guardian", learner=ada)
    seen: list[str] = []
    onward = f"/mine/{ada}/looks"
    while onward:
        page = (await mother.get(onward)).text
        seen += re.findall(r"Reader \d\d\d", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        onward = following[1] if following else ""
    assert seen == [f"Reader {n:03}" for n in reversed(range(130))]


async def test_who_reviews_or_assesses_known_work_stands_there_once_a_day(api: Api) -> None:
    learner = UUID(await api.learner(await api.pusher(slug="sis")))
    program = await club(api)
    known = await handed_in(api, program, learner=numbered())
    nobodys = await handed_in(api, program, learner=numbered("999"), title="Of somebody else")
    boss = await signed_in(api, "administrator", name="Bo")
    reviewer = await signed_in(api, "reviewer", name="Rea")
    before = len(await lines(api, learner))
    for reader in (boss, reviewer):
        for work in (known, nobodys, known):
            assert (await reader.get(f"/reviews/{work}")).status_code == 200
    async with api.db.transaction(api.tenant) as tx:
        link = NewLink(kind="assess", title="Mia Mentor", submission=known)
        made = await links.make(tx, api.app.state.service.vault, program.program, link, "a test", now())
    for _ in range(2):
        assert (await browsing(api.app).get(f"/t/sample/assess/{made.secret}")).status_code == 200
    assert (await lines(api, learner))[before:] == [
        ("submission", "Bo Sample (administrator)", "administrator of the district"),
        ("candidates", "Bo Sample (administrator)", "administrator of the district"),
        ("submission", "Rea Sample (reviewer)", "reviewer of what programs hand in"),
        ("candidates", "Rea Sample (reviewer)", "reviewer of what programs hand in"),
        (f"assessment link {made.row.id}", "Mia Mentor (assessor)", "asked to assess this work"),
    ]
    mother = await signed_in(api, "guardian", learner=learner)
    for language, texts in (
        ("en", ("Outside assessor", "opened work that was handed in, to assess it", "They review what programs")),
        ("es", ("Evaluador/a externo/a", "abrió un trabajo entregado, para evaluarlo", "Revisa lo que entregan")),
    ):
        page = await mother.get(f"/mine/{learner}/looks", headers={"Accept-Language": language})
        assert "<b>Mia Mentor</b>" in page.text
        assert all(words in page.text for words in texts), language


async def test_a_client_that_reviews_stands_there_by_its_name(api: Api) -> None:
    learner = UUID(await api.learner(await api.pusher(slug="sis")))
    program = await club(api)
    work = await handed_in(api, program, learner=numbered())
    await handed_in(api, program, learner=numbered("999"), title="Of somebody else")
    headers = {"Authorization": f"Bearer {await api.key('programs.review')}"}
    before = len(await lines(api, learner))
    for path in (f"/v1/reviews/{work}", f"/v1/reviews/{work}/candidates") * 2:
        assert (await api.http.get(path, headers=headers)).status_code == 200
    seen = (await lines(api, learner))[before:]
    assert [via.partition(", client ")[0] for via, *_ in seen] == ["submission", "candidates"]
    assert {(party, why) for _, party, why in seen} == {("test (reviewer)", "reviewer of what programs hand in")}
    mother = await signed_in(api, "guardian", learner=learner)
    page = await mother.get(f"/mine/{learner}/looks")
    assert "<b>test</b>" in page.text
    assert "saw the name in a list of those whose work that was handed in may be" in page.text


def test_each_way_to_look_at_a_learner_has_words_for_the_family() -> None:
    pages_read = [page.read_text() for page in Path(app.web.__path__[0]).rglob("*.py")]
    ways = {way for page in pages_read for way in re.findall(r'about_learner\(\s*"[a-z.]+",\s*"([^"]+)"', page)}
    lists = (
        r'(?:note_looks|note_persons|noted)\(tx, viewer, .*"([a-z][a-z -]+)"(?:\)|, (?:now|today|datetime|permission))'
    )
    ways |= {way for page in pages_read for way in re.findall(lists, page)}
    assert {"record page", "report card", "plan", "near matches", "rollover", "class gradebook"} <= ways
    assert ways - WHAT.keys() == set(), "a family would read these in English, whatever their language"


async def test_who_is_found_by_a_search_reads_who_searched_and_who_is_not_found_does_not(api: Api) -> None:
    await taken_in(api)
    here = await class_of(api, "c-1", "Ada", "Ben")
    teacher = await signed_in(api, "teacher", person=(here.source, "t-1"), name="Tia")
    for _ in range(2):
        assert "Ada" in (await teacher.get("/learners", params={"q": "Ada"})).text
    ((via, party, purpose),) = await lines(api, here.learners[0])
    assert (via, party) == ("search", "Tia Sample (teacher)")
    assert purpose.startswith("teacher of their class")
    assert await lines(api, here.learners[1]) == []
    boss = await signed_in(api, "administrator")
    await boss.get("/learners", params={"q": "Ben"})
    assert [via for via, *_more in await lines(api, here.learners[1])] == ["search"]
