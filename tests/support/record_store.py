"""A small learning record store of the project's own: it pages, heeds `since`, voids, and asks for credentials."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx

Json = dict[str, Any]
ADL = "http://adlnet.gov/expapi/verbs/"


def statement(n: int, stored: str, verb: str = "passed", **more: Any) -> Json:
    """A statement of a learner of their own, stored at this time."""
    who = {"account": {"homePage": "https://lms.example.org", "name": f"l{n}"}}
    about = {"id": "https://lms.example.org/quiz", "definition": {"name": {"en": "Quiz"}}}
    body = {"actor": who, "verb": {"id": ADL + verb}, "object": about, "stored": stored, "timestamp": stored}
    return {"id": f"00000000-0000-4000-8000-{n:012d}", **body, "result": {"score": {"raw": 3, "max": 4}}, **more}


def voiding(n: int, stored: str, voided: int) -> Json:
    """A statement that voids another."""
    reference = {"objectType": "StatementRef", "id": f"00000000-0000-4000-8000-{voided:012d}"}
    return {**statement(n, stored, "voided"), "object": reference, "result": None}


@dataclass
class RecordStore:
    """The store. `size`: the most it gives in a page; `ascending`: whether it heeds that it is asked for the oldest."""

    statements: list[Json] = field(default_factory=list)
    size: int = 2
    ascending: bool = True
    clock: str | None = "2026-11-30T12:00:00Z"
    asked: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        if request.headers.get("X-Experience-API-Version") != "1.0.3":
            return httpx.Response(400, json={"message": "X-Experience-API-Version header missing"})
        if request.headers.get("Authorization") != httpx.BasicAuth("key", "secret")._auth_header:
            return httpx.Response(401, json={"message": "Unauthorized"})
        params = dict(request.url.params)
        self.asked.append(params)
        since = datetime.fromisoformat(params["since"]) if "since" in params else None
        voided = {row["object"]["id"] for row in self.statements if row["verb"]["id"] == ADL + "voided"}
        listed = [row for row in self.statements if row["id"] not in voided]
        listed = [row for row in listed if since is None or datetime.fromisoformat(row["stored"]) > since]
        listed.sort(
            key=lambda row: str(row["stored"]), reverse=not (self.ascending and params.get("ascending") == "true")
        )
        begin, size = int(params.get("from", 0)), min(self.size, int(params.get("limit", self.size)))
        rest = urlencode({**params, "from": begin + size})
        more = f"{request.url.path}?{rest}" if listed[begin + size :] else ""
        headers = {"X-Experience-API-Consistent-Through": self.clock} if self.clock else {}
        body = {"statements": listed[begin : begin + size], "more": more}
        return httpx.Response(200, json=body, headers=headers)
