"""What the demo issues of a learner's record: a signed CLR in a file, and a page that shows it to who has the link."""

import io
import json
from pathlib import Path
from typing import Any

import httpx
import segno
from rich.markup import escape

from app.cli.answers import answer_of
from app.cli.private import write_private
from app.cli.tour import Screen

FILE, CODE = "learner-record.clr.json", "share-qr.svg"
PURPOSE, RECIPIENT, DAYS = "A place in the summer academy", "Lakeside Summer Academy", 30


async def show_credential(
    api: httpx.AsyncClient, learner: str, headers: dict[str, str], folder: Path, *, again: bool
) -> Screen:
    """Issue a CLR of a learner's record into a folder, and share it by a link and its QR code.

    `again`: nothing has changed since the last time, so that the CLR of then, if it stands, is shown again.
    """
    credential = (await _standing(api, learner, headers) if again else None) or await _issued(api, learner, headers)
    document = credential["document"]
    to_share = {"items": [credential["id"]], "purpose": PURPOSE, "recipient": RECIPIENT, "days": DAYS, "showName": True}
    share = answer_of(await api.post(f"/v1/learners/{learner}/shares", json=to_share, headers=headers))
    path, code = folder / FILE, folder / CODE
    write_private(path, json.dumps(document, ensure_ascii=False))
    drawn = io.BytesIO()
    segno.make(share["url"], error="m").save(drawn, kind="svg", scale=6, border=4, light="#fff")
    write_private(code, drawn.getvalue())
    inside = len(document["credentialSubject"]["verifiableCredential"])
    screen = Screen("A credential that anyone can verify")
    screen.add(f"Issued: a learner record (CLR 2.0) of {inside} signed Open Badges.\n")
    screen.add(f"  the CLR                     {escape(str(path))}")
    screen.add(f"  verify it                   tessera credential verify {escape(str(path))}")
    screen.add(f"  the link as a QR code       {escape(str(code))}")
    screen.add(f"\nIts page, for who has this link, once 'tessera serve' runs:\n  {share['url']}")
    return screen


async def _issued(api: httpx.AsyncClient, learner: str, headers: dict[str, str]) -> dict[str, Any]:
    body = {"kind": "ClrCredential"}
    answer = answer_of(await api.post(f"/v1/learners/{learner}/credentials", json=body, headers=headers))
    return dict(answer["credentials"][0])


async def _standing(api: httpx.AsyncClient, learner: str, headers: dict[str, str]) -> dict[str, Any] | None:
    """The newest CLR that was issued to the learner and is neither suspended nor revoked."""
    credentials = answer_of(await api.get(f"/v1/learners/{learner}/credentials", headers=headers))["credentials"]
    for credential in credentials:
        if (credential["way"], credential["kind"], credential["state"]) == ("issued", "ClrCredential", "active"):
            return dict(answer_of(await api.get(f"/v1/credentials/{credential['id']}", headers=headers)))
    return None
