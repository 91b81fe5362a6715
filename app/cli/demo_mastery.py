"""What the demo shows of a learner's competencies: the profile as a picture, one level explained, the record page."""

from pathlib import Path
from typing import Any

import httpx
from rich.markup import escape

from app.cli.answers import answer_of
from app.cli.console import table
from app.cli.private import write_private
from app.cli.tour import Screen

MOST = 6
"""So many of the assertions behind a level are shown."""


async def show_competencies(
    api: httpx.AsyncClient, learner: str, headers: dict[str, str], folder: Path, home: str
) -> Screen | None:
    """Draw a learner's profile into a folder, explain the level with most evidence, and make a link to their page."""
    path = f"/v1/learners/{learner}"
    profile = answer_of(await api.get(f"{path}/profile", headers=headers))
    standings = [standing for part in profile["domains"] for standing in part["competencies"]]
    if not standings:
        return None
    picture = folder / "profile.svg"
    answer = await api.get(f"{path}/profile.svg", headers=headers)
    _keep_picture(answer, picture)
    most = max(standings, key=lambda standing: sum(piece["count"] for piece in standing["evidence"]))
    why = answer_of(await api.get(f"{path}/competencies/{most['competency']}", headers=headers))
    screen = Screen("What they can do, and why we say so")
    screen.add(f"{len(standings)} competencies of a framework, {len(profile['unaligned'])} in sources' own words.")
    screen.add(f"The profile as a picture: {escape(str(picture))}")
    _explain(screen, most, why)
    link = answer_of(await api.post(f"{path}/record-link", json={"reader": "the family"}, headers=headers))
    page = f"{home}/record/{link['url'].rpartition('/')[2]}"
    screen.add(f"\nThe record page, for who has this link, for a week, once 'tessera serve' runs:\n  {page}")
    return screen


def _keep_picture(answer: httpx.Response, picture: Path) -> None:
    """Write a picture that the API drew to a file; ConfigError where it refused."""
    if not answer.is_success:
        answer_of(answer)
    write_private(picture, answer.text)


def _explain(screen: Screen, standing: dict[str, Any], why: dict[str, Any]) -> None:
    level = standing["level"]["name"] if standing["level"] else "no level yet"
    name = standing["code"] or standing["statement"]
    screen.add(f"\nWhy [bold]{escape(level)}[/] in {escape(name)}, by {escape(why['policy'])}:")
    pieces = table("what", "where", "when", "counts")
    newest = sorted(why["assertions"], key=lambda piece: str(piece["at"]), reverse=True)
    for piece in newest[:MOST]:
        detail = piece["detail"]
        where = f"{detail.get('source', '')}, {str(detail.get('setting', '')).replace('-', ' ')}"
        counts = piece["why"] if piece["decided"] else "an earlier one, or showing less"
        pieces.add_row(escape(str(detail.get("title", "?"))), escape(where), piece["at"][:10], escape(counts))
    screen.add(pieces)
    if len(newest) > MOST:
        screen.add(f"… and {len(newest) - MOST} more")
