"""The API's description: what is served is what is committed, complete, and true of its own examples."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema

from app.access.rate import Buckets
from app.api.description.examples import ANSWERS
from app.main import create_app
from app.settings import Settings
from tests.support.api import Api

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
DOCUMENT: dict[str, Any] = create_app(Settings()).openapi()
OPEN = {"/v1/xapi/about"}
"""What anybody may ask: which versions there are (xAPI 1.0.3, part 3, section 2.8)."""
OPERATIONS = [
    (path, method, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()
]


async def test_what_is_served_is_what_is_committed(api: Api) -> None:
    served = (await api.http.get("/openapi.json")).json()
    assert served == json.loads(COMMITTED.read_text()) == json.loads(json.dumps(DOCUMENT))


def test_every_operation_says_what_it_is_and_what_can_go_wrong() -> None:
    for path, _, operation in OPERATIONS:
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        if path.startswith("/v1"):
            assert operation.get("security") or path in OPEN, path
            assert {"401", "403", "422", "429", "503"} <= set(operation["responses"]), path
        assert "HTTPValidationError" not in json.dumps(operation)


def test_every_operation_that_takes_or_gives_json_has_an_example_that_is_true() -> None:
    checked = 0
    for path, method, operation in OPERATIONS:
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if not media_type.endswith("json"):
                    continue
                assert "example" in content, (path, method, status)
                _check(content["example"], content.get("schema", {}))
                checked += 1
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type == "application/json":
                for example in _request_examples(content):
                    _check(example, content["schema"])
                    checked += 1
    assert checked > 100


def test_no_example_is_left_without_its_operation() -> None:
    assert set(ANSWERS) <= {operation["operationId"] for _, _, operation in OPERATIONS}


async def test_the_reference_has_a_page_for_every_operation_and_type(api: Api) -> None:
    index = (await api.http.get("/docs")).text
    api.app.state.visitors.looks = Buckets(1e6, 1e6)
    for path, _, operation in OPERATIONS:
        assert f'/docs/{operation["operationId"]}"' in index, path
        page = await api.http.get(f"/docs/{operation['operationId']}")
        assert page.status_code == 200, path
        for shape in re.findall(r'"/docs/types/([^"]+)"', page.text):
            assert shape in DOCUMENT["components"]["schemas"], path
    for shape in DOCUMENT["components"]["schemas"]:
        assert (await api.http.get(f"/docs/types/{shape}")).status_code == 200, shape
    assert (await api.http.get("/docs/nothing")).status_code == 404


async def test_the_reference_finds_operations_by_words(api: Api) -> None:
    text = (await api.http.get("/docs", params={"q": "push EVIDENCE"})).text
    assert "pushEvidence" in text
    assert "listSources" not in text
    assert "<script" not in (await api.http.get("/docs", params={"q": "<script>"})).text


async def test_the_description_is_compressed_for_who_takes_that(api: Api) -> None:
    small = await api.http.get("/openapi.json")
    plain = await api.http.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert small.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert small.json() == plain.json()
    assert int(small.headers["content-length"]) < int(plain.headers["content-length"]) / 5


def _request_examples(content: dict[str, Any]) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    if "examples" in content:
        return [example["value"] for example in content["examples"].values()]
    shape = content["schema"]
    name = next(option["$ref"] for option in [*shape.get("anyOf", []), shape] if "$ref" in option).rsplit("/", 1)[1]
    examples: list[Any] = DOCUMENT["components"]["schemas"][name]["examples"]
    assert examples, name
    return examples


def _check(value: Any, schema: dict[str, Any]) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


def test_no_schema_is_a_truth_value() -> None:
    """Generators of clients refuse a document that has one."""

    def look(part: Any, pointer: str) -> None:
        if isinstance(part, dict):
            assert not isinstance(part.get("items"), bool), pointer
            for name, inner in part.items():
                look(inner, f"{pointer}/{name}")
        elif isinstance(part, list):
            for number, inner in enumerate(part):
                look(inner, f"{pointer}/{number}")

    look({**DOCUMENT, "paths": {}}, "#")


def test_no_type_carries_our_modules_names() -> None:
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []
    assert DOCUMENT["servers"][0]["url"] == "/"
    assert DOCUMENT["info"]["version"] == version("tessera-records")


def test_types_are_named_for_what_they_are() -> None:
    how_it_came = re.compile(r"(Asked|Found|Given|Held|Kept|Said|Shown|Told|Wanted|Written)(-Input|-Output)?$")
    assert [name for name in DOCUMENT["components"]["schemas"] if how_it_came.search(name)] == []
