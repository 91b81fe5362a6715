"""Where consent ends before it is decided, nothing of what was handed in stays; of the record's, once it is out."""

import json
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from app.db.programs import submissions as stored
from app.errors import Conflict
from app.programs import accepting, consent_ending, reviewing, submission, submitting, uploads
from app.programs.states import State
from app.programs.submission import FORGOTTEN, Guardian, Learner
from tests.conftest import TestDatabase
from tests.programs.test_six_ways import TOKEN, coordinator
from tests.support.api import Api
from tests.support.people import signed_in
from tests.support.programs import COORDINATOR, REVIEWER, club, handed_in, now, numbered, robot

SECRET = "Zoraida"
"""A word that stands in all that is handed in, and nowhere else."""


def tables_with(database: TestDatabase, word: str) -> set[str]:
    """The tables in whose rows a word stands."""
    with psycopg.connect(database.owner_url) as connection:
        connection.execute("SELECT set_config('tessera.tenant', '1', false)")
        names = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        query = sql.SQL("SELECT count(*) FROM {} t WHERE t::text ILIKE {}")
        return {
            name
            for (name,) in names
            if connection.execute(query.format(sql.Identifier(name), sql.Literal(f"%{word}%"))).fetchone() != (0,)
        }


@pytest.mark.parametrize("state", ["draft", "pending", "in review", "needs work", "rejected", "withdrawn"])
async def test_nothing_of_it_stays_in_any_table_from_whichever_state(
    api: Api, database: TestDatabase, state: State
) -> None:
    robotics = await club(api)
    learner = Learner(name=f"{SECRET} Sample", grade="05", guardian=Guardian("Kim", f"{SECRET}@example.org"))
    case = robot(None, learner=learner, title=f"{SECRET}'s robot", done=f"{SECRET} built it.", reflection=SECRET)
    async with api.db.transaction(api.tenant) as tx:
        receipt = await submitting.submit(
            tx, robotics.program, case, "form", COORDINATOR, now(), consent=f"{SECRET}'s mother", draft=state == "draft"
        )
        row = receipt.row
        await submitting.say(tx, row, "program", f"{SECRET} is proud of it.", COORDINATOR, now())
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        if state in ("in review", "needs work", "rejected"):
            await reviewing.claim(tx, row.id, REVIEWER, now())
        if state in ("needs work", "rejected"):
            verdict = "reject" if state == "rejected" else "needs work"
            await reviewing.review(tx, service, row.id, verdict, (), f"Ask {SECRET}.", REVIEWER, now())
        if state == "withdrawn":
            await submitting.withdraw(tx, robotics.program, row.id, f"{SECRET} left.", COORDINATOR, now())
    assert "submission_step" in tables_with(database, SECRET)
    async with api.db.transaction(api.tenant) as tx:
        before = await submitting.own(tx, robotics.program, row.id, lock=True)
        assert before.state == state
        await consent_ending.end_consent(tx, service.settings, before, None, COORDINATOR, now())
    assert tables_with(database, SECRET) == set()
    async with api.db.transaction(api.tenant) as tx:
        after = await submitting.own(tx, robotics.program, row.id)
        steps = [step.step for step in await submitting.history(tx, row.id)]
        assert (after.state, submission.decode(after.body).title, steps[-1]) == ("withdrawn", FORGOTTEN, "end consent")
        with pytest.raises(Conflict, match="withdrawn"):
            await submitting.submit(tx, robotics.program, case, "api", COORDINATOR, now(), consent="Kim")
    reviewer = await signed_in(api, "administrator")
    assert "there is nothing left to decide" in (await reviewer.get(f"/reviews/{row.id}")).text


async def test_of_a_list_the_row_goes_and_the_others_stay(api: Api, database: TestDatabase) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    rows = f"Name,Grade,Activity\n{SECRET} Sample,5,A robot\nBo Sample,5,A lamp\n{SECRET} Sample,5,\n"
    read = await reader.send("/program/lists", {"pasted": rows, "consent": "yes"})
    page = await reader.http.get(read.headers["location"])
    token = TOKEN.search(page.text)
    assert token
    await reader.http.post(f"{read.headers['location']}/take", data={"form_token": token[1]})
    async with api.db.transaction(api.tenant) as tx:
        everything = await submitting.owned(tx, robotics.program, ("pending",), 10)
        (hers,) = [row for row in everything if SECRET in row.body]
        await consent_ending.end_consent(tx, api.app.state.service.settings, hers, None, COORDINATOR, now())
    assert tables_with(database, SECRET) == set()
    async with api.db.transaction(api.tenant) as tx:
        (upload,) = await uploads.listed(tx, robotics.program)
    assert "Bo Sample" in json.dumps(upload.rows)
    assert "no longer agrees" in (await reader.get(read.headers["location"])).text


async def test_what_was_accepted_is_forgotten_once_the_district_takes_it_out(api: Api, tmp_path: Path) -> None:
    del tmp_path
    await api.learner(await api.pusher(slug="sis"))
    robotics = await club(api)
    work = await handed_in(api, robotics, learner=numbered(), title=f"{SECRET}'s robot", achievement=None)
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        await reviewing.claim(tx, work, REVIEWER, now())
        await reviewing.review(tx, service, work, "accept", (), None, REVIEWER, now())
        row = await submitting.own(tx, robotics.program, work, lock=True)
        ended = await consent_ending.end_consent(tx, service.settings, row, None, COORDINATOR, now())
    assert (ended.state, SECRET in ended.body) == ("accepted", True)
    async with api.db.transaction(api.tenant) as tx:
        await accepting.retract(tx, service, work, "Consent was taken back.", REVIEWER, now())
        left = await stored.by_id(tx, work)
    assert left is not None
    assert (left.state, SECRET in left.body) == ("withdrawn", False)


async def test_the_photo_of_a_team_stays_hidden_once_one_of_it_is_forgotten(api: Api) -> None:
    robotics = await club(api)
    work = await handed_in(api, robotics, learner=numbered(), team="Lamps")
    async with api.db.transaction(api.tenant) as tx:
        row = await submitting.own(tx, robotics.program, work, lock=True)
        await consent_ending.end_consent(tx, api.app.state.service.settings, row, None, COORDINATOR, now())
        assert await stored.teams_without_consent(tx, robotics.program, now().date()) == [("Lamps", [])]


async def test_who_says_not_yet_hands_nothing_in(api: Api) -> None:
    robotics = await club(api)
    reader = await coordinator(api, robotics)
    typed = {"learner": "Cleo Sample", "born": "2009-05-06", "title": "A robot", "consent": "no"}
    assert (await reader.send("/program/new", typed)).status_code == 422
    async with api.db.transaction(api.tenant) as tx:
        assert await submitting.owned(tx, robotics.program, ("draft", "pending"), 10) == []
