"""What of the documentation is worked out from the code, so that it is true: settings, commands, API, events, problems …

MkDocs calls `on_files` when it builds the site. Each function returns one page in Markdown.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from prometheus_client.registry import CollectorRegistry
from typer.core import TyperGroup

from app import errors
from app.access.scopes import MEANING
from app.cli import commands
from app.records.event_types import EVENT_TYPES
from app.settings import Settings

ROOT = Path(__file__).parents[2]
MADE = "This page is made from the code.\n\n"
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.DomainError) and hasattr(kind, "type")
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages."""
    pages = {f"reference/{name}.md": text for name, page in PAGES.items() for text in [page()]}
    pages |= {f"reference/connectors/{folder.name}.md": _readme(folder) for folder in _connectors()}
    for uri, text in pages.items():
        files.append(File.generated(config, uri, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Lead links from the repository to where their targets are on the site; others stay as words."""
    up = "../" * page.file.src_uri.count("/")
    markdown = re.sub(r"\]\((?:\.\./)*connectors/(\w+)/README\.md\)", rf"]({up}reference/connectors/\1.md)", markdown)
    markdown = re.sub(r"\]\(adr/\)", f"]({up}reference/decisions.md)", markdown)
    return (
        re.sub(
            r"\[([^\]]+)\]\((?:\.\./)+(?!reference/|adr/|tutorials/|how-to/)[^)]*\.(?:md|py|toml)[^)]*\)",
            r"\1",
            markdown,
        )
        if up == ""
        else markdown
    )


def settings() -> str:
    """Every setting of the operator: its variable, what it means, its default."""
    lines = [
        "# Settings\n",
        MADE,
        "Every setting is an environment variable.\n",
        "| variable | meaning | default |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or f"TESSERA_{name.upper()}")
        default = "" if field.default is None or field.default_factory else _plain(field.default)
        lines.append(f"| `{variable}` | {_cell(field.description or '')} | {default} |")
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if "PydanticUndefined" in repr(value) else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands_page() -> str:
    """Every command with its arguments and options."""
    return "\n".join(["# Commands\n", MADE, *_commands("tessera", typer.main.get_command(commands))])


def _commands(name: str, command: Any) -> Iterator[str]:
    if isinstance(command, TyperGroup):
        for word, inner in sorted(command.commands.items()):
            yield from _commands(f"{name} {word}", inner)
        return
    yield f"\n## `{name}`\n\n{_cell(command.help or '')}\n"
    for parameter in command.params:
        if parameter.name == "help":
            continue
        option = parameter.param_type_name == "option"
        usage = ", ".join(f"`{name}`" for name in parameter.opts) if option else f"`{str(parameter.name).upper()}`"
        yield f"- {usage}: {_cell(getattr(parameter, 'help', '') or '')}"


def api() -> str:
    """Every operation by its group, with the scope it needs."""
    document = json.loads((ROOT / "openapi" / "openapi.json").read_text())
    words = {tag["name"]: tag["description"] for tag in document["tags"]}
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            scope = next(
                (each for way in operation.get("security", []) for scopes in way.values() for each in scopes), ""
            )
            row = f"| `{method.upper()} {path}` | {_cell(operation['summary'])} | {f'`{scope}`' if scope else 'none'} |"
            groups.setdefault(operation["tags"][0], []).append(row)
    lines = [
        "# API operations\n",
        MADE,
        "The service itself shows each with its fields, answers and an example at `/docs`.\n",
    ]
    for tag, rows in groups.items():
        lines += [
            f"\n## {tag}\n",
            words.get(tag, ""),
            "\n| operation | does | needs the scope |",
            "|---|---|---|",
            *rows,
        ]
    return "\n".join(lines)


class Kind(NamedTuple):
    """A type of problem: the last part of its URI, its status and title."""

    type: str
    status: str
    title: str


def problem_kinds() -> list[Kind]:
    """All types of problems that the code answers with, found where they are raised."""
    raised = {(kind.type, str(kind.status), kind.title) for kind in KINDS.values()}
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                raised |= set(_raised(node))
    kinds: dict[str, Kind] = {}
    for type, status, title in sorted(raised):
        kinds.setdefault(type, Kind(type, status, title))
    return list(kinds.values())


def _raised(call: ast.Call) -> Iterator[tuple[str, str, str]]:
    assert isinstance(call.func, ast.Name)
    if call.func.id in ("ApiError", "problem") and len(call.args) >= 3:
        values = [arg.value if isinstance(arg, ast.Constant) else None for arg in call.args[:3]]
        if isinstance(values[0], int) and isinstance(values[1], str):
            yield values[1], str(values[0]), values[2] if isinstance(values[2], str) else ""
    elif call.func.id in KINDS:
        named = {word.arg: word.value.value for word in call.keywords if isinstance(word.value, ast.Constant)}
        if isinstance(named.get("type"), str):
            kind = KINDS[call.func.id]
            yield str(named["type"]), str(kind.status), str(named.get("title", kind.title))


def problems() -> str:
    """Every type of problem."""
    lines = [
        "# Problems\n",
        MADE,
        "Errors are `application/problem+json` (RFC 9457). `type` is `urn:tessera:problem:` and one of these.\n",
        "| type | status | title |",
        "|---|---|---|",
    ]
    return "\n".join(
        [*lines, *(f"| `{kind.type}` | {kind.status} | {_cell(kind.title)} |" for kind in problem_kinds())]
    )


def events() -> str:
    """Every type of event."""
    lines = [
        "# Events\n",
        MADE,
        "In the change feed (`GET /v1/events`) and in webhooks.\n",
        "| type | tells |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| `{name}` | {_cell(words)} |" for name, words in EVENT_TYPES.items())])


def scopes() -> str:
    """Every scope."""
    lines = ["# Scopes\n", MADE, "| scope | lets a client |", "|---|---|"]
    return "\n".join([*lines, *(f"| `{name}` | {_cell(words)} |" for name, words in MEANING.items())])


def metrics() -> str:
    """Every metric of ours."""
    from app.api.kit.edge import RequestMetrics
    from app.api.pipeline.push import PushIntake
    from app.api.sources.health import BacklogMetrics

    registry = CollectorRegistry()
    RequestMetrics(registry), BacklogMetrics(registry)
    PushIntake(None, registry, 1, 1)  # type: ignore[arg-type]  # nothing is pushed
    lines = [
        "# Metrics\n",
        MADE,
        "At `/metrics`, for Prometheus; beside these those of the process. None holds personal data.\n",
        "| metric | kind | tells |",
        "|---|---|---|",
    ]
    families = sorted(registry.collect(), key=lambda family: family.name)
    return "\n".join(
        [*lines, *(f"| `{family.name}` | {family.type} | {_cell(family.documentation)} |" for family in families)]
    )


def connectors() -> str:
    """Every connector, with a page for each."""
    lines = ["# Connectors\n", MADE]
    for folder in _connectors():
        title = (folder / "README.md").read_text().splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}](connectors/{folder.name}.md)")
    return "\n".join(lines)


def _connectors() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "connectors").glob("*/README.md"))


def _readme(folder: Path) -> str:
    return _unlinked((folder / "README.md").read_text())


def changes() -> str:
    """The change log."""
    return _unlinked((ROOT / "CHANGELOG.md").read_text())


def decisions() -> str:
    """The decisions, one after the other."""
    lines = ["# Decisions\n"]
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        title = path.read_text().splitlines()[0].lstrip("# ")
        lines.append(f"- [{title}](../adr/{path.name})")
    return "\n".join(lines)


def versions() -> str:
    """What a version promises."""
    return (ROOT / "docs" / "_site" / "versions.md").read_text()


def _unlinked(text: str) -> str:
    """A text of the repository whose links lead out of the documentation: their words stay."""
    return re.sub(r"\[([^\]]+)\]\((?!https?://|#)[^)]*\)", r"\1", text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


PAGES: dict[str, Callable[[], str]] = {
    "settings": settings,
    "commands": commands_page,
    "api": api,
    "problems": problems,
    "events": events,
    "scopes": scopes,
    "metrics": metrics,
    "connectors": connectors,
    "changes": changes,
    "decisions": decisions,
    "versions": versions,
}
