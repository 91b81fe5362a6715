"""The documentation is true: the operations, commands and pages it names are there; its examples do what it says."""

import importlib.util
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import typer.main
from typer.core import TyperGroup

from app.cli import commands
from app.settings import Settings
from tests.support.api import Api, bearer

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "connectors").glob("*/README.md"),
    ]
)
OF_TODAY = [page for page in PAGES if page.parent.name != "adr"]
"""The pages that say what is; decisions say what was."""
ELSEWHERE = {
    "app/models/rollup_score.rb",  # Canvas's own
    "app/web/public/frameworks_page.py",
    "app/web/templates/frameworks.html",
    "app/web/public/known_issuers_page.py",
}
"""Files of other people, and what the exercises made and nobody kept."""
FILE = re.compile(r"(?:app|bench|connectors|deploy|docs|openapi|schemas|tests)/[\w./-]*|[\w-]+\.py")
PATHS: dict[str, Any] = json.loads((ROOT / "openapi" / "openapi.json").read_text())["paths"]
VARIABLES = {f"TESSERA_{name.upper()}" for name in Settings.model_fields} | {
    name
    for folder in ("app", "tests")
    for file in (ROOT / folder).rglob("*.py")
    for name in re.findall(r"\bTESSERA_[A-Z_]+\b", file.read_text())
}
"""What the environment may say to the service, its commands and its tests."""
CODE = re.compile(r"`([^`]+)`|^    (\S.*)$", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_page_of_today = pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: str(page.relative_to(ROOT)))


def code(page: Path) -> Iterator[str]:
    """What stands in backticks, and in indented blocks."""
    for inline, block in CODE.findall(page.read_text()):
        words, _, comment = (inline or block).partition("  #")
        yield words.strip()
        yield from re.findall(r"\btessera [a-z].*", comment)


def wrong_operation(code: str) -> str | None:
    """What is wrong with an operation as a page names it; None where nothing is."""
    named = re.match(r"(GET|POST|PUT|PATCH|DELETE) (/\S*)", code)
    if named is None:
        return None
    address = urlsplit(named[2])
    paths = [path for path in PATHS if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", path), address.path)]
    operations = [PATHS[path][named[1].lower()] for path in paths if named[1].lower() in PATHS[path]]
    if not operations:
        return f"no operation {named[1]} {address.path}"
    known = {parameter["name"] for operation in operations for parameter in operation.get("parameters", [])}
    missing = {name for name, _ in parse_qsl(address.query, keep_blank_values=True)} - known
    return f"{code}: no parameter {missing}" if missing else None


def wrong_command(line: str) -> str | None:
    """What is wrong with a command as a page names it; None where nothing is."""
    if not line.startswith("tessera "):
        return None
    command = typer.main.get_command(commands)
    words = line.split()[1:]
    while words and isinstance(command, TyperGroup):
        inner = command.commands.get(words[0])
        if inner is None:
            return f"no command {line}"
        command, words = inner, words[1:]
    options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    missing = {word.split("=")[0] for word in words if re.match("--[a-z]", word)} - options
    return f"{line}: no option {missing}" if missing else None


@every_page
def test_operations_are_there(page: Path) -> None:
    assert [wrong for operation in code(page) if (wrong := wrong_operation(operation))] == []


@every_page
def test_commands_are_there(page: Path) -> None:
    assert [wrong for command in code(page) if (wrong := wrong_command(command))] == []


@every_page
def test_verbs_of_a_noun_are_there(page: Path) -> None:
    """`tessera NOUN`: add, list."""
    nouns = re.findall(r"`(tessera [\w-]+)`: ([a-z-]+(?:, [a-z-]+)*)", page.read_text())
    named = [f"{noun} {verb}" for noun, verbs in nouns for verb in verbs.split(", ")]
    assert [wrong for command in named if (wrong := wrong_command(command))] == []


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    assert [to for to in targets if not to.startswith("http") and not (page.parent / to).exists()] == []


def wrong_file(span: str, page: Path) -> str | None:
    """What is wrong with a file as a page names it (`path`, `path:name`, `module.py`); None where nothing is."""
    path, _, name = span.replace("::", ":").partition(":")
    if not FILE.fullmatch(path) or path in ELSEWHERE or "NAME" in path:
        return None
    places = (
        [ROOT / path, page.parent / path]
        if "/" in path
        else [*(ROOT / "app").rglob(path), *(ROOT / "connectors").rglob(path)]
    )
    file = next((place for place in [*places, page.parent / path] if place.exists()), None)
    if file is None:
        return f"no file {path}"
    return f"no {name} in {path}" if name and not defines(file, name) else None


def defines(file: Path, name: str) -> bool:
    """Whether a file says at its top what this is."""
    return re.search(rf"^(?:(?:async )?def |class )?{name}\b", file.read_text(), re.MULTILINE) is not None


@every_page_of_today
def test_files_are_there(page: Path) -> None:
    assert [wrong for span in code(page) if (wrong := wrong_file(span, page))] == []


@every_page_of_today
def test_names_stand_in_the_files_that_are_told(page: Path) -> None:
    pairs = re.findall(r"`(\w+)`\s+of\s+`([\w/]+\.py)`", page.read_text())
    assert [(name, path) for name, path in pairs if "/" in path and not defines(ROOT / path, name)] == []


@every_page_of_today
def test_modules_targets_and_variables_are_there(page: Path) -> None:
    content = page.read_text()
    modules = re.findall(r"python -m ((?:app|bench|connectors|tests)[\w.]*\w)", content)
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []
    targets = [target for span in code(page) for target in re.findall(r"^make (\w+)", span)]
    assert [target for target in targets if f"\n{target}:" not in (ROOT / "Makefile").read_text()] == []
    assert {*re.findall(r"\bTESSERA_[A-Z_]+[A-Z]\b", content)} <= VARIABLES


def test_the_picture_of_the_floors_is_that_of_the_import_contracts() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (floors,) = [contract["layers"] for contract in contracts if contract.get("containers") == ["app"]]
    picture = (ROOT / "docs" / "architecture.md").read_text().split("Floors, from the top")[1].split("\n**")[0]
    drawn = re.findall(r"\w+", picture)
    assert {name for floor in floors for name in re.findall(r"\w+", floor)} - {"__main__"} <= {*drawn}


def test_what_is_not_there_is_seen() -> None:
    here = ROOT / "docs" / "architecture.md"
    for file in ("app/nothing.py", "nothing.py", "app/errors.py:nothing", "connectors/nothing/"):
        assert wrong_file(file, here)
    for file in ("app/errors.py:NotFound", "app/plans/", "errors.py", "/v1/nothing/"):
        assert wrong_file(file, here) is None
    for operation in ("GET /v1/nothing", "PUT /v1/learners", "GET /v1/learners?nobody=x"):
        assert wrong_operation(operation)
    for command in ("tessera nothing", "tessera source nothing", "tessera serve --nothing"):
        assert wrong_command(command)


async def test_the_vendors_first_push_answers_as_printed(api: Api) -> None:
    page = (ROOT / "docs" / "vendors.md").read_text()
    pushed = re.search(r"-d '(\{.*?\})'", page, re.DOTALL)
    printed = re.search(r'^    (\{"received".*)$', page, re.MULTILINE)
    assert pushed
    assert printed
    key = await api.key("evidence.write", source=await api.source())
    headers = bearer(key) | {"Content-Type": "application/json"}
    answer = await api.http.post("/v1/evidence", content=pushed[1], headers=headers)
    assert answer.json() == json.loads(printed[1])


async def test_the_framework_in_a_spreadsheet_is_taken(api: Api) -> None:
    page = (ROOT / "docs" / "competencies.md").read_text()
    rows = "\n".join(re.findall(r"^    (\S.*,.*)$", page[page.index("    code,statement") :], re.MULTILINE))
    headers = bearer(await api.key()) | {"Content-Type": "text/csv"}
    assert (await api.http.post("/v1/frameworks/shipped/ccss-math", headers=headers)).status_code == 200
    params = {"title": "Shop", "creator": "Sample District"}
    answer = await api.http.post("/v1/frameworks/csv", params=params, content=rows, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.json()["items"] == 3
    assert answer.json()["findings"] == []
