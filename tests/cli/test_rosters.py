"""`tessera roster`: what a client would see is shown first, and saved on a person's word."""

import asyncio
import json
from pathlib import Path

from app.access.scopes import ONEROSTER
from app.db import Database
from app.db.access import tenants
from app.rosters.refresh import refresh
from tests.conftest import TestDatabase
from tests.support.commands import Tessera

MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n"


def test_the_roster_is_shared_by_command(tessera: Tessera, tmp_path: Path, database: TestDatabase) -> None:
    names = ("academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "users")
    files = "".join(f"file.{name},{'bulk' if name in ('orgs', 'users') else 'absent'}\n" for name in names)
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "manifest.csv").write_text(MANIFEST + files)
    (bundle / "orgs.csv").write_text("sourcedId,name,type\nN,North High,school\nS,South High,school\n")
    (bundle / "users.csv").write_text(
        "sourcedId,enabledUser,givenName,familyName,role,orgSourcedIds,grades,identifier\n"
        "u1,true,Ada,Sample,student,N,09,1001\nu2,true,Ben,Sample,student,S,10,1002\n"
    )
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    assert tessera("import", str(bundle), "--connector", "oneroster", "--yes").code == 0
    assert tessera("client", "add", "Reading tool", "--scope", ONEROSTER + "roster.readonly").code == 0
    assert "No roster is served" in tessera("roster", "schools").plain
    assert tessera("roster", "serve", "oneroster").code == 0
    asyncio.run(made(database))
    assert {row["name"] for row in json.loads(tessera("roster", "schools", "--json").out)} == {
        "North High",
        "South High",
    }
    proposal = tessera("roster", "share", "Reading tool", "--school", "North High", "--withhold", "users.email")
    assert "say --yes" in proposal.plain  # nobody is at a terminal: it is shown, and not saved
    assert "/students 1" in proposal.plain
    assert "Nothing is shared" in tessera("roster", "shares").plain
    assert "is no school" in tessera("roster", "share", "Reading tool", "--school", "West High", "--yes").plain
    assert tessera("roster", "share", "Reading tool", "--school", "North High", "--yes").code == 0
    (share,) = json.loads(tessera("roster", "shares", "--json").out)
    assert (share["client"], len(share["schools"]), share["classes"]) == ("Reading tool", 1, None)
    assert tessera("roster", "unshare", "Reading tool").code == 0
    assert "No roster is shared" in tessera("roster", "unshare", "Reading tool").plain


async def made(database: TestDatabase) -> None:
    """The roster, made as the worker makes it."""
    async with Database(database.service_url, 2) as db:
        (owner,) = await tenants.listed(db)
        await refresh(db, owner.id)
