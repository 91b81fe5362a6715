"""Every rule of the house, broken on purpose: each must be seen, and its mended twin must pass."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules import bindings, folders, source, text
from tests.rules.check import broken

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
DOC = '"""A module."""\n'
PURE = '"""A pure module."""\n'

SOURCE = [
    ("app/a.py", "import os\nkey = os.environ['KEY']\n", "import sys\n", "only app/settings.py reads the environment"),
    ("app/a.py", "from os import getenv\n", "from os import sep\n", "only app/settings.py reads the environment"),
    ("app/a.py", "from pydantic_settings import BaseSettings\n", "", "only app/settings.py reads the environment"),
    (
        "connectors/a/client.py",
        "from connectors.b.client import x\n",
        "from connectors.a.x import y\n",
        "do not import",
    ),
    ("connectors/a/client.py", "from connectors import b\n", "from connectors import Page\n", "do not import each"),
    ("schemas/a.py", "from pathlib import Path\n", "import re\n", "this module is pure"),
    ("schemas/a.py", "import asyncio\n", "import msgspec\n", "this module is pure"),
    ("app/identity/identity.py", "x = datetime.now(UTC)\n", "x = clock.moment()\n", "this module is pure"),
    ("app/records/fold.py", "x = open('x')\n", "", "this module is pure"),
    (
        "app/plans/a.py",
        "from app.db.plans import plans\n",
        "from app.db.plans.plans import PlanRow\n",
        "this module is pure",
    ),
    ("app/plans/a.py", "from app.settings import Settings\n", "", "this module is pure"),
    ("connectors/a/mapping.py", "x = f.get('x')\n", "x = f.text('x', None)\n", "a mapping has no .get()"),
    ("connectors/a/mapping.py", "try:\n    x()\nfinally:\n    y()\n", "x()\n", "a mapping has no try"),
    ("app/a.py", "x = 1\n" * 400, "x = 1\n" * 399, "400 is the most"),
    ("app/a.py", "def f():\n" + "    x = 1\n" * 50, "def f():\n" + "    x = 1\n" * 49, "50 is the most"),
    ("app/a.py", "try:\n    x()\nexcept Exception:\n    y()\n", "try:\n    x()\nexcept KeyError:\n    y()\n", "every"),
    (
        "app/a.py",
        "try:\n    x()\nexcept:\n    y()\n",
        "try:\n    x()\nexcept BaseException:\n    y()\n    raise\n",
        "catches everything",
    ),
    (
        "app/a.py",
        "try:\n    x()\nexcept Exception:  # noqa: BLE001\n    y()\n",
        "try:\n    x()\nexcept Exception:  # noqa: BLE001  a plug-in may raise anything\n    y()\n",
        "say why",
    ),
    ("app/a.py", "try:\n    x()\nexcept KeyError:\n    pass\n", "", "an error goes unsaid"),
    (
        "app/a.py",
        "def f():\n    raise NotImplementedError('x')\n",
        "def f():\n    raise KeyError('x')\n",
        "not written",
    ),
    ("connectors/a/mapping.py", "x = ROLE.get(role, 'other')\n", "x = f.one_of('role', ROLE)\n", "an unknown code"),
    ("app/utils.py", "", None, "'utils' says nothing"),
    ("app/a.py", "class JobManager:\n    x = 1\n", "class Job:\n    x = 1\n", "name it for what it is"),
    ("app/a.py", "def handle_page():\n    x()\n", "def keep():\n    x()\n", "name it for what it does"),
    ("app/plans/b.py", "found = plans()\n", "whole = plans()\n", "name it for what it is"),
    ("app/plans/b.py", "x = [one.id for one in plans]\n", "x = [plan.id for plan in plans]\n", "how it came"),
    ("app/plans/b.py", "def f(at: str): ...\n", "def f(at: datetime | None): ...\n", "'at' says how it came"),
    (
        "app/db/a.py",
        "Q = 'SELECT * FROM person'\n",
        "Q = 'SELECT * FROM (SELECT id FROM person) p'\n",
        "name the columns",
    ),
    ("app/db/a.py", "tx.run(Q, 1, 2, 3, 4, 5, 6)\n", "tx.run(Q, 1, 2, 3, 4, 5)\n", "give them by name"),
    ("app/db/a.py", "tx.all(Row, Q, 1, 2, 3, 4, 5, 6)\n", "tx.all(Row, Q, 1, 2, 3, 4, 5)\n", "give them by name"),
    ("app/db/a.py", "Q = 'SELECT p.* FROM person p'\n", "Q = 'SELECT p.id FROM person p'\n", "name the columns"),
    ("app/plans/a.py", "row = PlanRow(1, 2, 3, 4, 5, 6)\n", "row = PlanRow(1, 2, 3, 4, 5, title=6)\n", "name them"),
    (
        "app/db/a.py",
        "cursor = tx.conn.cursor(row_factory=class_row(A))\n",
        "cursor = tx.conn.cursor('rows', row_factory=class_row(A))\n",
        "row bracket",
    ),
    (
        "app/api/a.py",
        "from app.db.plans import plans\n",
        "from app.db.plans.plans import PlanRow\n",
        "a function of the domain",
    ),
    ("app/web/a.py", "from app.db.plans.plans import by_id\n", "from app.db import Tx\n", "a function of the domain"),
    ("app/cli/a.py", "import app.db.plans.plans\n", "from app.plans import plans\n", "a function of the domain"),
    ("app/cli/a.py", "from app.db import queue\n", "from app.db import Database\n", "a function of the domain"),
    ("tests/test_a.py", "told = answer.json()\n", "plan = answer.json()\n", "how it came"),
    ("tests/test_a.py", "monkeypatch.setattr(app, 'x', 1)\n", "monkeypatch.setenv('X', '1')\n", "patches a module"),
    ("tests/test_a.py", "from unittest.mock import Mock\n", "", "a shipped fake"),
]


@pytest.mark.parametrize(
    ("name", "bad", "good", "complaint"), SOURCE, ids=[f"{case[3]}-{i}" for i, case in enumerate(SOURCE)]
)
def test_source_rules(name: str, bad: str, good: str | None, complaint: str) -> None:
    doc = PURE if complaint == "this module is pure" else DOC
    complaints = [words for _, words in source.check(name, doc + bad, ast.parse(doc + bad))]
    assert any(complaint in words for words in complaints), complaints
    if good is not None:
        assert list(source.check(name, doc + good, ast.parse(doc + good))) == []


@pytest.mark.parametrize(
    "markup",
    [
        "{% for one in plans %}{{ one.title }}{% endfor %}",
        "{% set told = 1 %}",
        "{% macro shown(plan) %}{% endmacro %}",
    ],
)
def test_names_in_templates_say_what_a_thing_is(markup: str) -> None:
    assert [words for _, words in bindings.in_template(markup) if "how it came" in words]
    assert (
        list(
            bindings.in_template(
                "{% for plan in shown %}{{ plan.at }}{% trans name=plan.by %}{{ name }}{% endtrans %}{% endfor %}"
            )
        )
        == []
    )


def test_a_module_says_what_it_is() -> None:
    assert [words for _, words in source.check("app/a.py", "x = 1\n", ast.parse("x = 1\n"))]


def test_settings_may_read_the_environment() -> None:
    code = DOC + "from pydantic_settings import BaseSettings\n"
    assert list(source.check("app/settings.py", code, ast.parse(code))) == []


WORDS = ["TO" + "DO: later", "the program" + "me", "a lic" + "ence", "en" + "rolment"]
PLACES = ["https://py" + "pi.org/simple", "/wo" + "rk/main", "open('/ro" + "ot/x')", "registry." + "npm" + "js.org"]


@pytest.mark.parametrize("words", WORDS)
def test_word_rules(words: str) -> None:
    assert list(text.ours(words))
    assert list(text.ours("a program, a license, an enrollment; done")) == []


@pytest.mark.parametrize("words", PLACES)
def test_place_rules(words: str) -> None:
    assert list(text.anywhere(words))
    assert list(text.anywhere("https://example.org/work and network/root.txt")) == []


def test_a_word_of_others_may_be_quoted() -> None:
    assert list(text.ours('"col' + 'our": the source says so  [sic]')) == []


def test_connector_folders(tmp_path: Path) -> None:
    folder = tmp_path / "connectors" / "a"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("connector = Connector(name='a')\n")
    assert [line.partition(": ")[2].split(":")[0] for line in folders.check(tmp_path)] == [
        "no README.md",
        "no fixtures",
        "no tier",
    ]
    (folder / "__init__.py").write_text("connector = Connector(name='a', tier='bronze')\n")
    (folder / "README.md").write_text("# A\n")
    (folder / "fixtures" / "x").mkdir(parents=True)
    (folder / "fixtures" / "x" / "page.json").write_text("{}")
    assert list(folders.check(tmp_path)) == []


def test_migrations_have_numbers_of_their_own(tmp_path: Path) -> None:
    versions = tmp_path / "app" / "db" / "migrations" / "versions"
    versions.mkdir(parents=True)
    (tmp_path / "connectors").mkdir()
    (versions / "0001_spine.py").write_text('"""The first."""\n')
    (versions / "0002_more.py").write_text('"""The next."""\n')
    assert list(folders.check(tmp_path)) == []
    (versions / "0002_other.py").write_text('"""The next, too."""\n')
    assert [line.partition(":")[0] for line in folders.check(tmp_path)] == ["app/db/migrations/versions/0002_other.py"]


def test_a_pure_package_computes(tmp_path: Path) -> None:
    package = tmp_path / "app" / "a"
    package.mkdir(parents=True)
    for part in ("connectors", "schemas"):
        (tmp_path / part).mkdir()
    (package / "__init__.py").write_text('"""A. Pure."""\n')
    (package / "b.py").write_text("import re\n")
    assert list(folders.check(tmp_path)) == []
    (package / "b.py").write_text("import os\n")
    assert [line.partition(":")[0] for line in folders.check(tmp_path)] == ["app/a/b.py"]


def test_a_mapping_is_pure_and_so_is_what_it_uses(tmp_path: Path) -> None:
    folder = tmp_path / "connectors" / "a"
    (folder / "fixtures").mkdir(parents=True)
    (folder / "fixtures" / "page.json").write_text("{}")
    (folder / "README.md").write_text("# A\n")
    (folder / "__init__.py").write_text("import httpx\nconnector = Connector(tier='bronze')\n")
    (folder / "mapping.py").write_text("import re\nfrom connectors.a.people import person\n")
    (folder / "people.py").write_text("from connectors.fields import Fields\n")
    assert list(folders.check(tmp_path)) == []
    (folder.parent / "kit").mkdir()
    (folder.parent / "kit" / "__init__.py").write_text("import httpx\n")
    (folder.parent / "kit" / "texts.py").write_text("import re\n")
    (folder / "people.py").write_text("from connectors.kit.texts import plain\n")
    assert list(folders.check(tmp_path)) == []
    (folder / "people.py").write_text("import httpx\nfrom connectors.kit import client\n")
    assert [line.partition(":")[0] for line in folders.check(tmp_path)] == [
        "connectors/a/people.py",
        "connectors/kit/__init__.py",
    ]


def test_the_house_keeps_its_rules() -> None:
    assert list(broken(ROOT)) == []


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tools look at."""
    copy = tmp_path_factory.mktemp("house")
    for part in ("app", "connectors", "schemas"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "fixtures"))
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN / command[0], *command[1:]], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def planted(house: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A module with a break in it; gone afterwards."""
    name, code = request.param
    path = house / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DOC + code)
    yield path
    path.unlink()


IMPORTS = [
    (("schemas/planted.py", "import connectors.fields\n"), "app > connectors > schemas BROKEN"),
    (("connectors/planted.py", "import app.settings\n"), "app > connectors > schemas BROKEN"),
    (("app/db/planted.py", "import app.pipeline\n"), "the domains, one above the other > db BROKEN"),
    (("app/pipeline/planted.py", "import app.db.tables\n"), "Tables never leave app.db BROKEN"),
    (("app/planted.py", ""), "planted"),
    (("app/web/planted.py", "import app.api.kit.context\n"), "Pages and commands know nothing of the API BROKEN"),
    (("app/cli/planted.py", "import app.api.kit.context\n"), "Pages and commands know nothing of the API BROKEN"),
    (("app/plans/planted.py", "import app.sharing.sharing\n"), "the domains, one above the other > db BROKEN"),
]


@pytest.mark.parametrize(("planted", "verdict"), IMPORTS, indirect=["planted"], ids=[case[0][0] for case in IMPORTS])
def test_import_rules(house: Path, planted: Path, verdict: str) -> None:
    done = run(house, "lint-imports", "--no-cache")
    assert done.returncode != 0
    assert verdict in " ".join(done.stdout.split())
    content = planted.read_text()
    planted.unlink()
    assert run(house, "lint-imports", "--no-cache").returncode == 0
    planted.write_text(content)


TOOLS = [
    (("app/planted.py", "import os\n"), ("ruff", "check", "app/planted.py"), "F401"),
    (("app/planted.py", "x = eval('1')\n"), ("ruff", "check", "app/planted.py"), "S307"),
    (
        ("app/planted.py", "x = 'a'\ny = [1,2]\n"),
        ("ruff", "format", "--check", "app/planted.py"),
        "would be reformatted",
    ),
    (("app/planted.py", "x: int = 'a'\n"), ("mypy", "app/planted.py"), "Incompatible types"),
    (("app/planted.py", "def f(x):\n    return x\n"), ("mypy", "app/planted.py"), "no-untyped-def"),
]


@pytest.mark.parametrize(
    ("planted", "command", "complaint"), TOOLS, indirect=["planted"], ids=[f"{case[1][0]}-{case[2]}" for case in TOOLS]
)
def test_linters_and_types(house: Path, planted: Path, command: tuple[str, ...], complaint: str) -> None:
    done = run(house, *command)
    assert done.returncode != 0
    assert complaint in done.stdout + done.stderr
    planted.write_text(DOC)
    assert run(house, *command).returncode == 0
