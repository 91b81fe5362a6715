"""Rules for folders: every connector says what it reads, how well, and shows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules import source


def check(root: Path) -> Iterator[str]:
    """What is missing in the connectors' folders."""
    for folder in sorted((root / "connectors").iterdir()):
        if not (folder / "__init__.py").exists() or folder.name == "kit":
            continue
        name = folder.relative_to(root)
        if not (folder / "README.md").exists():
            yield f"{name}: no README.md: say what it reads, its limits, and where its fixtures come from"
        if not any(path.is_file() for path in (folder / "fixtures").rglob("*")):
            yield f"{name}: no fixtures: they are its tests"
        if not _tier(folder / "__init__.py"):
            yield f"{name}/__init__.py: no tier: say bronze, silver or gold"
        yield from _impure_mappings(folder)


def _tier(module: Path) -> bool:
    """Whether the connector is built with a tier."""
    return any(
        isinstance(node, ast.keyword) and node.arg == "tier" and isinstance(node.value, ast.Constant)
        for node in ast.walk(ast.parse(module.read_text()))
    )


def _impure_mappings(folder: Path) -> Iterator[str]:
    """What the mapping does, itself or through its neighbors in the folder, that is no computing."""
    found, waiting = set(), ["mapping"]
    while waiting:
        module = waiting.pop()
        path = folder / f"{module}.py"
        if module in found or not path.exists():
            continue
        found.add(module)
        tree = ast.parse(path.read_text())
        name = path.relative_to(folder.parents[1])
        yield from (f"{name}:{line}: {words}" for line, words in source.impurities(tree))
        for line, imported in source.imports(tree):
            parts = imported.split(".")
            if parts[:2] == ["connectors", "kit"]:
                yield f"{name}:{line}: {imported}: the kit talks to the world, and a mapping does not"
            if parts[:2] == ["connectors", folder.name]:
                waiting += parts[2:3]
