"""What the demo shows of a learner's competencies: the profile as a picture, one level explained, the record page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from rich.markup import escape

from app.cli.console import out, table
from app.cli.private import write_private

Told = Callable[[httpx.Response], Any]


async def show_competencies(
    api: httpx.AsyncClient, told: Told, learner: str, headers: dict[str, str], folder: Path, home: str
) -> None:
    """Draw a learner's profile into a folder, explain the level with most evidence, and make a link to their page."""
    path = f"/v1/learners/{learner}"
    profile = told(await api.get(f"{path}/profile", headers=headers))
    shown = [one for part in profile["domains"] for one in part["competencies"]]
    if not shown:
        return
    picture = folder / "profile.svg"
    answer = await api.get(f"{path}/profile.svg", headers=headers)
    told_or_drawn(answer, told, picture)
    most = max(shown, key=lambda one: sum(piece["count"] for piece in one["evidence"]))
    why = told(await api.get(f"{path}/competencies/{most['competency']}", headers=headers))
    out.print(
        f"\n[bold]Competencies[/]: {len(shown)} of a framework, {len(profile['unaligned'])} in sources' own words"
    )
    out.print(f"  the profile as a picture: {escape(str(picture))}", soft_wrap=True)
    _explain(most, why)
    link = told(await api.post(f"{path}/record-link", json={"reader": "the family"}, headers=headers))
    page = f"{home}/record/{link['url'].rpartition('/')[2]}"
    out.print(f"  the record page, for who has this link, for a week: {page}", soft_wrap=True)


def told_or_drawn(answer: httpx.Response, told: Told, picture: Path) -> None:
    """Keep a drawn picture; what is none is told as the error it is."""
    if not answer.is_success:
        told(answer)
    write_private(picture, answer.text)


def _explain(one: dict[str, Any], why: dict[str, Any]) -> None:
    level = one["level"]["name"] if one["level"] else "no level yet"
    out.print(
        f"\n  Why [bold]{escape(level)}[/] in {escape(one['code'] or one['statement'])}, by {escape(why['policy'])}:"
    )
    pieces = table("what", "where", "when", "counts")
    for piece in sorted(why["assertions"], key=lambda piece: str(piece["at"]), reverse=True):
        detail = piece["detail"]
        where = f"{detail.get('source', '')}, {str(detail.get('setting', '')).replace('-', ' ')}"
        pieces.add_row(escape(str(detail.get("title", "?"))), escape(where), piece["at"][:10], escape(piece["why"]))
    out.print(pieces)
