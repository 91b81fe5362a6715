"""The lock of a mapping: what its text was at which `version`, so that it cannot change and nobody be told.

Raw records that did not change are mapped again only where the connector's `version` has risen. A mapping that is
edited without it passes every test on fixtures, and says nothing new in production. So `fixtures/mapping.lock` keeps
the version and, file by file, a hash of what the mapping says: its code without comments, docstrings and layout, that
of the modules of its own folder that it uses, and the tables (TOML) beside them.
"""

import ast
import functools
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from connectors import Connector, folder_of

LOCK = "fixtures/mapping.lock"


class Lock(msgspec.Struct, frozen=True):
    """A version of a mapping, and the hash of each of its files by its path in the connector's folder."""

    version: int
    files: dict[str, str]


class Difference(NamedTuple):
    """What is not as it was locked: files that changed or went, files that came; and whether `version` has risen."""

    changed: list[str]
    added: list[str]
    raised: bool


def lock_file(connector: Connector) -> Path:
    """Where the lock of a connector is."""
    return folder_of(connector.name) / LOCK


def current(connector: Connector) -> Lock:
    """The lock as it would be written now."""
    return of_folder(folder_of(connector.name), connector.version, [_module_of(s.map) for s in connector.streams])


def of_folder(folder: Path, version: int, modules: Sequence[str]) -> Lock:
    """The lock of a mapping that begins in these modules, by their full names: others' are left aside."""
    package = _package(folder, modules)
    files = {path.relative_to(folder).as_posix(): _hash(path, package) for path in _files(folder, package, modules)}
    return Lock(version, dict(sorted(files.items())))


def difference(connector: Connector) -> Difference | None:
    """What is not as it was locked; None where all is. A connector without a lock has all its files added."""
    now, path = current(connector), lock_file(connector)
    before = msgspec.json.decode(path.read_bytes(), type=Lock) if path.exists() else Lock(0, {})
    if now == before:
        return None
    changed = [name for name, digest in before.files.items() if now.files.get(name) != digest]
    return Difference(changed, sorted(now.files.keys() - before.files.keys()), now.version > before.version)


def complaint(connector: Connector) -> str | None:
    """What is wrong with a connector's lock, and what to do about it; None where it fits the mapping."""
    diff = difference(connector)
    command = f"python -m connectors.testing.golden {connector.name}"
    if diff is None:
        return None
    if diff.changed and not diff.raised:
        return (
            f"the mapping of {connector.name} changed ({', '.join(diff.changed)}), and its version is still "
            f"{connector.version}: records that are stored already would stay as they are. Raise `version` of the "
            f"connector and run '{command}'. Where every record stays what it is, as after a renaming, run "
            f"'{command} --same-records'"
        )
    return f"{lock_file(connector)} is not of this mapping: run '{command}' and commit it"


def write(folder: Path, lock: Lock) -> None:
    """Write the lock of the connector in a folder."""
    (folder / LOCK).write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n")


def _files(folder: Path, package: str, modules: Sequence[str]) -> Iterator[Path]:
    """What a mapping is written in: modules of the folder, what they use of it, and the tables beside them."""
    waiting = [path for module in modules if (path := _path(folder, package, module))]
    reached: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in reached:
            reached.add(path)
            used = _imports(ast.parse(path.read_text("utf-8")), package)
            waiting += [own for module in used if (own := _path(folder, package, module))]
    yield from reached
    yield from (path for path in folder.rglob("*.toml") if "fixtures" not in path.relative_to(folder).parts)


def _package(folder: Path, modules: Sequence[str]) -> str:
    """The package in a folder: that of the first module that is in it."""
    packages = (module.rpartition(".")[0] for module in modules)
    return next((package for package in packages if package.rpartition(".")[2] == folder.name), folder.name)


def _module_of(map_: Any) -> str:
    while isinstance(map_, functools.partial):
        map_ = map_.func
    return str(map_.__module__)


def _path(folder: Path, package: str, module: str) -> Path | None:
    """The file of a module of the package; None for others', and for the package itself, which has the version."""
    if not module.startswith(f"{package}."):
        return None
    path = folder.joinpath(*module.removeprefix(f"{package}.").split(".")).with_suffix(".py")
    return path if path.exists() else None


def _imports(tree: ast.Module, package: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join(part for part in (package if node.level else "", node.module) if part)
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _hash(path: Path, package: str) -> str:
    text = path.read_text("utf-8")
    says = tomllib.loads(text) if path.suffix == ".toml" else _plain(_bare(ast.parse(text), package))
    return hashlib.sha256(repr(says).encode()).hexdigest()[:16]


def _bare(tree: ast.Module, package: str) -> ast.Module:
    """A module without docstrings and any other text that stands by itself, and wherever its package is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            node.module = node.module.removeprefix(package)
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [step for step in body if not _is_text(step)]  # type: ignore[attr-defined]
    return tree


def _is_text(step: ast.AST) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant) and isinstance(step.value.value, str)


def _plain(node: Any) -> Any:
    """A syntax tree as plain values. What is left empty is left out: later Pythons know of more that may be."""
    if isinstance(node, ast.AST):
        parts = [(name, _plain(value)) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return type(node).__name__, *parts
    return [_plain(item) for item in node] if isinstance(node, list) else node
