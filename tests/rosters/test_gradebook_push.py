"""The gradebook as tools write it: by the official document, into their own source, and read back."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.access.scopes import ONEROSTER
from app.rosters import sharing
from app.rosters.written import WRITTEN
from tests.support.api import bearer
from tests.support.district import user
from tests.support.rosters import EVERY, GRADEBOOK, Provider, plain, ref

Json = dict[str, Any]


class Tool:
    """A tool that writes grades into a source of its own; what of the roster is shared with it, it reads there."""

    def __init__(self, provider: Provider, headers: dict[str, str], source: int) -> None:
        self.provider, self.headers, self.source = provider, headers, source

    async def write(self, method: str, path: str, body: Any = None) -> httpx.Response:
        content = None if body is None else json.dumps(body).encode()
        return await self.provider.api.http.request(method, GRADEBOOK + path, content=content, headers=self.headers)

    async def read(self, path: str, **query: Any) -> httpx.Response:
        return await self.provider.get(GRADEBOOK + path, headers=self.headers, **query)

    async def put(self, collection: str, row: Json) -> httpx.Response:
        single = next(kind.single for kind in WRITTEN if kind.collection == collection)
        return await self.write("PUT", f"/{collection}/{row['sourcedId']}", {single: row})

    async def results(self, name: str) -> list[tuple[Any, ...]]:
        """A learner's results that this tool told: title, score, status."""
        await self.provider.district.settle()
        record = next(
            record
            for record in (await self.provider.district.records()).values()
            if any(value["given"] == name for value in record["names"])
        )
        return sorted(
            (result["title"], result.get("score"), result.get("status"))
            for result in record["results"]
            if any(of["source"] == "tool" for of in result["from"])
        )


async def tool_of(provider: Provider, slug: str = "tool", *scopes: str, shared: bool = True, **settings: Any) -> Tool:
    source = await provider.district.source(slug, "oneroster", **settings)
    client, key = await provider.api.client(*(scopes or EVERY), source=source.id)
    if shared:
        async with provider.api.db.transaction(provider.api.tenant) as tx:
            await sharing.share(tx, client, None, None, [])
    return Tool(provider, bearer(key), source.id)


@pytest.fixture
async def tool(provider: Provider) -> Tool:
    return await tool_of(provider)


async def item(provider: Provider, key: str = "li-1", **more: Any) -> Json:
    taught = (await provider.list("/classes", filter="title='Algebra 1-1'"))[0]
    dates = {"assignDate": "2026-09-15T00:00:00.000Z", "dueDate": "2026-09-18T00:00:00.000Z"}
    where = {"class": ref("class", taught["sourcedId"]), "school": ref("org", taught["school"]["sourcedId"])}
    about = {"title": "Ratios", "category": ref("category", "cat-1"), "resultValueMin": 0, "resultValueMax": 10}
    return plain(key, **dates, **where, **about, **more)


def grade(key: str, student: str, score: float | None = 9, line_item: str = "li-1", **more: Any) -> Json:
    about: Json = {"scoreStatus": "fully graded", "scoreDate": "2026-09-19"}
    about |= {} if score is None else {"score": score}
    return plain(key, lineItem=ref("lineItem", line_item), student=ref("user", student), **{**about, **more})


async def ada(provider: Provider) -> str:
    return (await provider.ids("users", "givenName"))["Ada"]


async def test_what_a_gradebook_writes_is_in_the_record_and_read_back(provider: Provider, tool: Tool) -> None:
    category = plain("cat-1", title="Quizzes", weight=0.4)
    written = {"categories": category, "lineItems": await item(provider), "results": grade("re-1", await ada(provider))}
    for collection, row in written.items():
        answer = await tool.put(collection, row)
        assert (answer.status_code, answer.text) == (201, ""), answer.text
        back = await tool.read(f"/{collection}/{row['sourcedId']}")
        assert list(back.json().values()) == [row]
    assert await tool.results("Ada") == [("Ratios", 9, "fully graded")]
    assert await tool.results("Ben") == []
    record = next(
        record for record in (await provider.district.records()).values() if record["names"][0]["given"] == "Ada"
    )
    assert "Quizzes" in {result["category"] for result in record["results"] if result["title"] == "Ratios"}


async def test_writing_again_changes_nothing_twice_and_an_older_version_nothing_at_all(
    provider: Provider, tool: Tool
) -> None:
    student = await ada(provider)
    await tool.put("lineItems", await item(provider))
    for score in (7, 7, 8):
        moment = f"2026-09-2{score - 6}T08:00:00.000Z"
        row = grade("re-1", student, score) | {"dateLastModified": moment}
        assert (await tool.put("results", row)).status_code == 201
    assert await tool.results("Ada") == [("Ratios", 8, "fully graded")]
    late = await tool.put("results", grade("re-1", student, 3))
    assert late.status_code == 409
    assert late.json()["imsx_codeMajor"] == "failure"
    assert await tool.results("Ada") == [("Ratios", 8, "fully graded")]


async def test_what_googles_conformance_suite_writes_is_taken(provider: Provider, tool: Tool) -> None:
    """A long title, more points than the maximum, an exempt student, and objects taken back one after the other."""
    student = await ada(provider)
    title = "A long title, " * 80
    await tool.put("categories", plain("cat-1", title="Classwork"))
    assert (
        await tool.put("lineItems", await item(provider) | {"title": title, "resultValueMax": 100})
    ).status_code == 201
    assert (await tool.put("results", grade("re-1", student, 300))).status_code == 201
    assert await tool.results("Ada") == [(title.strip(), 300, "fully graded")]
    exempt = grade("re-1", student, None, scoreStatus="exempt") | {"dateLastModified": "2026-09-21T08:00:00.000Z"}
    assert (await tool.put("results", exempt)).status_code == 201
    assert await tool.results("Ada") == [(title.strip(), None, "exempt")]
    for path in ("/results/re-1", "/lineItems/li-1", "/categories/cat-1"):
        assert (await tool.write("DELETE", path)).status_code == 204
        assert (await tool.read(path)).status_code == 404
    assert await tool.results("Ada") == []


async def test_what_is_deleted_counts_no_more_and_is_not_found(provider: Provider, tool: Tool) -> None:
    await tool.put("lineItems", await item(provider))
    await tool.put("results", grade("re-1", await ada(provider)))
    for _ in range(2):
        assert (await tool.write("DELETE", "/results/re-1")).status_code == 204
    assert await tool.results("Ada") == []
    assert (await tool.read("/results/re-1")).status_code == 404
    unknown = await tool.write("DELETE", "/results/none")
    assert (unknown.status_code, unknown.json()["imsx_codeMajor"]) == (404, "failure")
    assert (await tool.put("results", grade("re-1", await ada(provider), 6))).status_code == 201
    assert await tool.results("Ada") == [("Ratios", 6, "fully graded")]


async def test_one_bad_row_costs_itself(provider: Provider, tool: Tool) -> None:
    await tool.put("lineItems", await item(provider))
    users = await provider.ids("users", "givenName")
    rows = [
        grade("re-1", users["Ada"]),
        {**grade("re-2", users["Ben"]), "scoreStatus": "wonderful"},
        "no object",
        {**grade("", users["Ben"], None, scoreStatus="exempt")},
    ]
    answer = await tool.write("POST", "/lineItems/li-1/results", {"results": rows})
    assert answer.status_code == 201, answer.text
    supplied = [pair["suppliedSourcedId"] for pair in answer.json()["sourcedIdPairs"]]
    assert supplied[0] == "re-1"
    assert len(supplied) == 2
    assert await tool.results("Ada") == [("Ratios", 9, "fully graded")]
    assert await tool.results("Ben") == [("Ratios", None, "exempt")]
    again = await tool.write("POST", "/lineItems/li-1/results", {"results": rows[:1]})
    assert again.json()["sourcedIdPairs"] == [{"suppliedSourcedId": "re-1", "allocatedSourcedId": "re-1"}]
    assert await tool.results("Ada") == [("Ratios", 9, "fully graded")]
    alone = await tool.write("POST", "/lineItems/li-1/results", {"results": rows[1:2]})
    assert alone.status_code == 422
    assert "wonderful" in alone.text


async def test_paths_name_what_is_there(provider: Provider, tool: Tool) -> None:
    row = await item(provider)
    taught, school, student = row.pop("class")["sourcedId"], row.pop("school")["sourcedId"], await ada(provider)
    session = (await provider.ids("gradingPeriods"))["Quarter 1"]
    assert (await tool.write("POST", f"/classes/{taught}/lineItems", {"lineItems": [row]})).status_code == 201
    in_school = {"lineItems": [await item(provider, "li-2")]}
    assert (await tool.write("POST", f"/schools/{school}/lineItems", in_school)).status_code == 201
    results = {"results": [grade("re-1", student)]}
    path = f"/classes/{taught}/academicSessions/{session}/results"
    assert (await tool.write("POST", path, results)).status_code == 201
    assert await tool.results("Ada") == [("Ratios", 9, "fully graded")]
    assert (await tool.write("POST", "/lineItems/li-2/results", {"results": []})).json() == {"sourcedIdPairs": []}
    for unknown in (
        "/classes/none/lineItems",
        f"/classes/{school}/lineItems",
        "/lineItems/none/results",
        f"/classes/{taught}/academicSessions/{taught}/results",
    ):
        body = {unknown.rpartition("/")[2]: []}
        assert (await tool.write("POST", unknown, body)).status_code == 404, unknown


async def test_an_unknown_student_waits_until_the_roster_has_them(provider: Provider) -> None:
    tool = await tool_of(provider, shared=False, issuers={"sourced": "sis"})
    row = {**await item(provider), "class": ref("class", "c-1")}
    assert (await tool.put("lineItems", row)).status_code == 201
    assert (await tool.put("results", grade("re-1", "u-77"))).status_code == 201
    assert (await tool.put("results", grade("re-2", "u-1", 5))).status_code == 201
    assert await tool.results("Ada") == [("Ratios", 5, "fully graded")]

    await provider.district.take(provider.sis, "users", [user("u-77", "Nia", "New", identifier="1077")])
    assert await tool.results("Nia") == [("Ratios", 9, "fully graded")]


async def test_a_tool_writes_and_reads_its_own_alone(provider: Provider, tool: Tool) -> None:
    other = await tool_of(provider, "other")
    await tool.put("lineItems", await item(provider))
    await tool.put("results", grade("re-1", await ada(provider)))
    assert (await other.read("/results/re-1")).status_code == 404
    assert (await other.write("DELETE", "/results/re-1")).status_code == 404
    assert (await other.write("POST", "/lineItems/li-1/results", {"results": []})).status_code == 404
    await other.put("lineItems", await item(provider) | {"title": "Another's"})
    await other.put("results", grade("re-1", await ada(provider), 1))
    assert await tool.results("Ada") == [("Ratios", 9, "fully graded")]
    served = (await provider.list(f"{GRADEBOOK}/results"))[0]["sourcedId"]
    assert (await tool.write("DELETE", f"/results/{served}")).status_code == 404, "the SIS's own result"


async def test_what_a_tool_wrote_is_listed_filtered_sorted_and_paged(provider: Provider, tool: Tool) -> None:
    """Beside what the roster shares; without it, what is the tool's own alone."""
    ids = await provider.ids("users", "givenName")
    quiz, essay = await item(provider), await item(provider, "li-2") | {"title": "Essay", "metadata": {"x": "1"}}
    rows = [grade("Re-1", ids["Ada"], 9), grade("re-2", ids["Ben"], 4), grade("re-3", ids["Ben"], 7, "li-2")]
    rows[2]["dateLastModified"] = "2026-10-01T08:00:00.000Z"
    for collection, written in (
        ("categories", [plain("cat-1", title="Quizzes", weight=0.4), plain("cat-2", title="Unused")]),
        ("lineItems", [quiz, essay]),
        ("results", rows),
        ("assessmentLineItems", [plain("a-9", title="Fluency")]),
        ("assessmentResults", [grade("b-9", ids["Cai"]) | {"assessmentLineItem": ref("assessmentLineItem", "a-9")}]),
    ):
        for row in written:
            assert (await tool.put(collection, row)).status_code == 201
    class_ = quiz["class"]["sourcedId"]

    async def keys(path: str, **query: Any) -> list[str]:
        answer = await tool.read(path, **query)
        assert answer.status_code == 200, answer.text
        (objects,) = answer.json().values()
        assert int(answer.headers["x-total-count"]) >= len(objects)
        return [each["sourcedId"] for each in objects if each["sourcedId"] in own]

    own = {"cat-1", "cat-2", "li-1", "li-2", "Re-1", "re-2", "re-3", "a-9", "b-9"}
    assert await keys("/results") == ["Re-1", "re-2", "re-3"]
    assert await keys("/results", sort="score") == ["re-2", "re-3", "Re-1"]
    assert await keys("/results", filter="dateLastModified>'2026-09-15'") == ["re-3"]
    assert await keys("/results", filter=f"student.sourcedId='{ids['Ben']}' AND score>'5'") == ["re-3"]
    assert await keys("/results", filter="status='tobedeleted'") == []
    assert await keys(f"/classes/{class_}/results") == ["Re-1", "re-2", "re-3"]
    assert await keys(f"/classes/{class_}/lineItems/li-2/results") == ["re-3"]
    assert await keys(f"/classes/{class_}/students/{ids['Ada']}/results") == ["Re-1"]
    assert await keys(f"/classes/{class_}/lineItems", filter="title~'ess' OR category.sourcedId='none'") == ["li-2"]
    assert await keys("/categories", filter="weight>'0.3'") == ["cat-1"]
    assert await keys(f"/classes/{class_}/categories") == ["cat-1"]
    assert await keys("/assessmentLineItems") == ["a-9"]
    assert await keys("/assessmentResults", filter="assessmentLineItem.sourcedId='a-9'") == ["b-9"]

    every = (await tool.read("/results", limit=10000)).json()["results"]
    assert [each for each in every if each["sourcedId"] in own] == rows, "as they were written"
    assert len(every) == len(rows) + len(await provider.list(f"{GRADEBOOK}/results")), "and what the roster shares"
    first = await tool.read("/results", limit=2, sort="score", orderBy="desc", fields="sourcedId,score")
    assert first.headers["x-total-count"] == str(len(every))
    assert 'rel="next"' in first.headers["link"]
    assert set(first.json()["results"][0]) == {"sourcedId", "score"}
    assert (await tool.read("/lineItems/li-2", fields="metadata")).json() == {"lineItem": {"metadata": {"x": "1"}}}
    for path in ("/classes/none/results", f"/classes/{class_}/lineItems/none/results"):
        assert (await tool.read(path)).status_code == 404, path
    assert (await tool.read("/results", filter="learningObjectiveSet.source='case'")).status_code == 400

    alone = await tool_of(provider, "alone", shared=False, issuers={"sourced": "sis"})
    await alone.put("lineItems", await item(provider) | {"class": ref("class", "c-1")})
    await alone.put("results", grade("mine", "u-1"))
    for path in ("/results", "/classes/c-1/results", "/classes/c-1/students/u-1/results"):
        assert [each["sourcedId"] for each in (await alone.read(path)).json()["results"]] == ["mine"], path
    assert (await alone.write("DELETE", "/results/mine")).status_code == 204
    emptied = await alone.read("/results")
    assert (emptied.json(), emptied.headers["x-total-count"]) == ({"results": []}, "0")


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 3, 0, 1)])
async def test_a_score_is_a_level_by_its_scale_whatever_comes_first(
    provider: Provider, tool: Tool, order: tuple[int, ...]
) -> None:
    values = [
        {"itemValueLHS": left, "itemValueRHS": right} for left, right in (("0-5", "Beginning"), ("6-10", "Proficient"))
    ]
    line_item = await item(provider, scoreScale=ref("scoreScale", "sc-1"))
    scale = plain("sc-1", title="Mastery", type="levels", scoreScaleValue=values, **{"class": line_item["class"]})
    written = [
        ("categories", plain("cat-1", title="Quizzes")),
        ("scoreScales", scale),
        ("lineItems", line_item),
        ("results", grade("re-1", await ada(provider), 9)),
    ]
    for place in order:
        assert (await tool.put(*written[place])).status_code == 201
    await provider.district.settle()
    records = (await provider.district.records()).values()
    [result] = [
        result
        for record in records
        for result in record["results"]
        if any(of["source"] == "tool" for of in result["from"])
    ]
    assert (result["level"], result["category"]) == ("Proficient", "Quizzes")
    class_, school = line_item["class"]["sourcedId"], line_item["school"]["sourcedId"]
    for path in ("/scoreScales", f"/classes/{class_}/scoreScales", f"/schools/{school}/scoreScales"):
        assert (await tool.read(path)).json() == {"scoreScales": [scale]}, path
    assert (await tool.write("DELETE", "/scoreScales/sc-1")).status_code == 204
    assert (await tool.read("/scoreScales")).json() == {"scoreScales": []}


async def test_nobody_names_a_student_by_a_note(provider: Provider, tool: Tool) -> None:
    await tool.put("lineItems", await item(provider))
    forged = grade("re-1", "nobody") | {"(student)": {"type": "sourced", "value": "u-1", "issuer": "sis"}}
    assert (await tool.put("results", forged)).status_code == 201
    assert await tool.results("Ada") == []


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/results/re-1", {"result": grade("re-2", "u-1")}, 422),
        ("/results/re-1", {"results": []}, 422),
        ("/results/re-1", [], 422),
        ("/lineItems/li-1", {"lineItem": {"sourcedId": "li-1", "title": "No class"}}, 422),
        ("/results/re-1", {"result": {"sourcedId": "re-1", "lineItem": {}, "student": "u-1"}}, 422),
    ],
)
async def test_what_cannot_be_read_is_refused_as_the_standard_words_it(
    tool: Tool, path: str, body: Any, status: int
) -> None:
    answer = await tool.write("PUT", path, body)
    assert answer.status_code == status, answer.text
    (field,) = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"]
    assert field["imsx_codeMinorFieldValue"] == "invaliddata"


async def test_writing_takes_its_own_scope_and_a_source(provider: Provider, tool: Tool) -> None:
    row = grade("re-1", await ada(provider))
    await tool.put("lineItems", await item(provider))
    reader = Tool(provider, (await tool_of(provider, "reader", ONEROSTER + "gradebook.readonly")).headers, 0)
    assert (await reader.put("results", row)).status_code == 403
    putter = await tool_of(provider, "putter", ONEROSTER + "gradebook.createput")
    assert (await putter.put("results", row)).status_code == 201
    assert (await putter.write("DELETE", "/results/re-1")).status_code == 403
    assert (await putter.put("assessmentLineItems", plain("a-1", title="Reading"))).status_code == 403
    sourceless = Tool(provider, await provider.client(), 0)
    refused = await sourceless.put("results", row)
    assert (refused.status_code, refused.json()["imsx_codeMajor"]) == (403, "failure")
    nobody = Tool(provider, {}, 0)
    assert (await nobody.put("results", row)).status_code == 401


async def test_every_write_operation_of_the_document_is_there(provider: Provider, tool: Tool, shared: Path) -> None:
    official = json.loads((shared / "data/oneroster/onerosterv1p2gradebookservice_openapi3_v1p0.json").read_text())
    tried = 0
    for path, methods in official["paths"].items():
        for method in methods.keys() & {"put", "post", "delete"}:
            address = path.replace("{", "").replace("}", "")
            answer = await tool.write(method.upper(), address, None if method == "delete" else {})
            assert answer.status_code == (404 if method == "delete" else 422), (method, path, answer.text)
            assert answer.json()["imsx_severity"] == "error"
            tried += 1
    assert tried == 16
    del provider
