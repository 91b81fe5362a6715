"""`tessera source rollover`: two school years side by side on the command line."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.commands import Tessera

HEADER = "sourcedId,enabledUser,givenName,familyName,role,orgSourcedIds,grades,identifier\n"


def bundle(folder: Path, *rows: str) -> str:
    """A OneRoster 1.1 bundle of one school."""
    folder.mkdir()
    names = ("academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "users")
    files = "".join(f"file.{name},{'bulk' if name in ('orgs', 'users') else 'absent'}\n" for name in names)
    (folder / "manifest.csv").write_text(f"propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n{files}")
    (folder / "orgs.csv").write_text("sourcedId,name,type\nN,North High,school\n")
    (folder / "users.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return str(folder)


def test_the_years_are_counted_and_named(tessera: Tessera, tmp_path: Path) -> None:
    assert tessera("tenant", "add", "lake", "Lake District").code == 0
    old = bundle(tmp_path / "old", "u1,true,Ada,Sample,student,N,09,1001", "u2,true,Ben,Sample,student,N,10,1002")
    assert tessera("import", old, "--connector", "oneroster", "--yes").code == 0
    assert "does not say when its school year turns" in tessera("source", "rollover", "oneroster").plain
    today = datetime.now(UTC).date()
    window = f"{today - timedelta(days=1)}..{today + timedelta(days=9)}"
    assert tessera("source", "schedule", "oneroster", "--rollover", window).code == 0
    counted = tessera("source", "rollover", "oneroster")
    assert "Nothing was known before" in counted.plain  # the roster came after that day began
    document = json.loads(tessera("source", "rollover", "oneroster", "--json").out)
    assert (document["totals"]["came"], document["totals"]["left"]) == (2, 0)
    (grade_9, _) = document["grades"]
    assert (grade_9["school_name"], grade_9["grade"], grade_9["came"]) == ("North High", "09", 1)
    names = tessera("source", "rollover", "oneroster", "--names", "--move", "came", "--grade", "09")
    assert "Ada Sample" in names.plain
    assert "Ben Sample" not in names.plain
    assert "is none of moved up" in tessera("source", "rollover", "oneroster", "--names", "--move", "flew").plain
