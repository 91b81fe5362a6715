"""Rules for folders: every connector says what it reads, how well, and shows it; a pure package computes."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules.source import imports, impurities


def check(root: Path) -> Iterator[str]:
    """What is missing in the connectors' folders, what pure packages do that is no computing, numbers given twice."""
    yield from _impure_packages(root)
    yield from _numbered_alike(root)
    for folder in sorted((root / "connectors").iterdir()):
        if not (folder / "__init__.py").exists() or folder.name in ("kit", "testing"):
            continue
        name = folder.relative_to(root)
        if not (folder / "README.md").exists():
            yield f"{name}: no README.md: say what it reads, its limits, and where its fixtures come from"
        if not any(path.is_file() for path in (folder / "fixtures").rglob("*")):
            yield f"{name}: no fixtures: they are its tests"
        if not _tier(folder / "__init__.py"):
            yield f"{name}/__init__.py: no tier: say bronze, silver or gold"
        yield from _impure_mappings(folder)


def _impure_packages(root: Path) -> Iterator[str]:
    for package in sorted(
        path for part in ("app", "connectors", "schemas") for path in (root / part).rglob("__init__.py")
    ):
        if "Pure." not in (ast.get_docstring(ast.parse(package.read_text())) or ""):
            continue
        for module in sorted(package.parent.glob("*.py")):
            name = module.relative_to(root)
            yield from (f"{name}:{line}: {words}" for line, words in impurities(ast.parse(module.read_text())))


def _numbered_alike(root: Path) -> Iterator[str]:
    """Migrations of one number: no database can be made while there are two."""
    numbers: dict[str, Path] = {}
    for path in sorted((root / "app" / "db" / "migrations" / "versions").glob("*.py")):
        other = numbers.setdefault(path.name.partition("_")[0], path)
        if other != path:
            yield f"{path.relative_to(root)}: {other.name} has this number: give it the next, after that one"


def _tier(module: Path) -> bool:
    """Whether the connector is built with a tier."""
    return any(
        isinstance(node, ast.keyword) and node.arg == "tier" and isinstance(node.value, ast.Constant)
        for node in ast.walk(ast.parse(module.read_text()))
    )


def _impure_mappings(folder: Path) -> Iterator[str]:
    """What the mapping does that is no computing: itself, or what it uses of its own folder and of the kit."""
    connectors = folder.parent
    seen: set[Path] = set()
    waiting = [folder / "mapping.py"]
    while waiting:
        path = waiting.pop()
        if path in seen or not path.exists():
            continue
        seen.add(path)
        tree = ast.parse(path.read_text())
        name = path.relative_to(connectors.parent)
        yield from (
            f"{name}:{line}: {words} (the mapping of {folder.name} uses it)" for line, words in impurities(tree)
        )
        for _, imported in imports(tree):
            parts = imported.split(".")
            if parts[0] == "connectors" and {folder.name, "kit"} & set(parts[1:2]):
                module = connectors.joinpath(*parts[1:3]).with_suffix(".py")
                waiting.append(module if module.exists() else connectors / parts[1] / "__init__.py")
