"""A Kolibri server that answers from recorded answers of Kolibri 0.19.5, as requests come to it."""

from typing import Any

import httpx
import msgspec

from connectors.kolibri import connector
from tests.support.pulled import fixture

SESSION = "kolibri=s3ss10n; kolibri_csrftoken=t0k3n"


class KolibriServer:
    """A Kolibri that answers from the fixtures to who is signed in, and with empty lists to who is not."""

    def __init__(self) -> None:
        self.refusal: httpx.Response | None = None
        self.asked: list[str] = []
        self.signed_in = True
        self.task = ["COMPLETED"]
        self.renamed: dict[str, str] = {}
        self.exam: dict[str, Any] = {}
        self.kind = ["superuser", "admin"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        ordered = {"/api/auth/session/": self.sign_in, "/api/tasks/tasks/": self.order}
        if request.method == "POST":
            return ordered[request.url.path](request)
        return self.answer(request)

    def sign_in(self, request: httpx.Request) -> httpx.Response:
        if msgspec.json.decode(request.content)["password"] != "open sesame":
            return httpx.Response(401, json=[{"id": "INVALID_CREDENTIALS", "metadata": {}}])
        cookies = [("set-cookie", f"{pair}; Path=/") for pair in SESSION.split("; ")]
        return httpx.Response(200, json={"username": "admin", "kind": self.kind}, headers=cookies)

    def order(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["X-CSRFToken"] == "t0k3n"
        origin = str(request.url.copy_with(path="/", query=None)).rstrip("/")
        assert request.headers["Referer"].startswith(origin)  # or Django refuses what comes over https
        return self.refusal or httpx.Response(200, json={"id": "7264", "status": "QUEUED"})

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["Cookie"] == SESSION
        path, params = request.url.path, dict(request.url.params)
        self.asked.append(str(request.url.copy_with(scheme=None, netloc=b"")))
        if path.startswith("/api/tasks/"):
            return httpx.Response(
                200, json={"id": "7264", "status": self.task.pop(0) if self.task[1:] else self.task[0]}
            )
        if path.startswith("/facility/api/downloadcsvfile/summary/"):
            return httpx.Response(200, content=fixture(connector, "summary_logs", "page.csv"))
        if path == "/api/logger/masterylog/":
            return self.paged(self.tries(params.get("user", ""), params.get("content", "")))
        if path == "/api/auth/membership/":
            document = msgspec.json.decode(fixture(connector, "memberships"))
            return self.listed([row for row in document if row["collection"] == params["collection"]])
        stream, file = PAGES[path]
        body = msgspec.json.decode(fixture(connector, stream, file))
        if isinstance(body, dict):
            for result in body["results"]:
                if result.get("username") in self.renamed:
                    result["username"] = self.renamed[result["username"]]
            return self.paged(body["results"]) if "page" in body else httpx.Response(200, json=body)
        return self.listed([row | self.exam for row in body] if stream == "exams" else body)

    def tries(self, user: str, content: str) -> list[Any]:
        document = msgspec.json.decode(fixture(connector, "mastery_logs"))
        return [t["log"] for t in document if user in ("", t["user"]) and content in ("", t["content"])]

    def listed(self, items: list[Any]) -> httpx.Response:
        return httpx.Response(200, json=items if self.signed_in else [])

    def paged(self, items: list[Any]) -> httpx.Response:
        rows = items if self.signed_in else []
        return httpx.Response(200, json={"page": 1, "count": len(rows), "total_pages": 1, "results": rows})


PAGES = {
    "/api/auth/facility/": ("facilities", "page.json"),
    "/api/auth/facilityuser/": ("accounts", "page.json"),
    "/api/auth/deletedfacilityuser/": ("accounts", "deleted.json"),
    "/api/auth/classroom/": ("classrooms", "page.json"),
    "/api/auth/learnergroup/": ("groups", "page.json"),
    "/api/lessons/lesson/": ("lessons", "page.json"),
    "/api/exams/exam/": ("exams", "page.json"),
    "/api/content/contentnode/": ("content", "page.json"),
}
