"""Rules for Python source that no linter we use knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.rules import bindings, queries

Breach = tuple[int, str]

FILE_LINES, FUNCTION_LINES, TEST_LINES = 400, 50, 80
PURE = re.compile(r"\bpure(ly)?\b", re.IGNORECASE)
"""What a module calls itself that computes and does nothing else; a package of such modules says `Pure.`"""
IMPURE = {
    "app.db",
    "app.settings",
    "app.start",
    "aiofiles",
    "asyncio",
    "fcntl",
    "glob",
    "httpx",
    "os",
    "pathlib",
    "psycopg",
    "psycopg_pool",
    "random",
    "requests",
    "secrets",
    "select",
    "shutil",
    "socket",
    "sqlalchemy",
    "sqlmodel",
    "ssl",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "urllib.request",
}
CLOCKS = {"now", "today", "utcnow", "uuid1", "uuid4"}
VAGUE_CLASS = re.compile(r"(Manager|Helper|Handler|Processor|Utils?)$")
VAGUE_FUNCTION = re.compile(r"^_?(handle|process)(_|$)")
THEIRS = {
    "handle_async_request",  # httpx asks for them by name
    "handle_request",
    "handle_starttag",  # and html.parser
    "handle_endtag",
    "handle_data",
    "handle",  # and Starlette's routes
}
VAGUE_MODULE = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
CONTRACT = {
    "date_order",
    "dates",
    "discover",
    "folder_of",
    "errors",
    "fields",
    "ids",
    "kit",
    "testing",
    "learner",
    "limits",
    "named",
    "no_streams",
    "pushed",
}
"""What `connectors` holds that is no connector; its other names are classes."""
PULLS_WHAT_IS_PUSHED = {"lrs": "xapi"}
"""Connectors that pull what another one is pushed: the same standard, and one mapping of it."""


def check(name: str, content: str, tree: ast.Module) -> Iterator[Breach]:
    """What breaks a rule in the module of this name (its path from the root)."""
    path = PurePath(name)
    yield from _size(content, tree, TEST_LINES if path.parts[0] == "tests" else FUNCTION_LINES)
    yield from _excuses(content, tree)
    yield from bindings.check(tree)
    if path.parts[0] == "tests":
        yield from _patches(tree)
        return
    if path.parts[0] not in {"app", "connectors", "schemas"}:
        return
    yield from _names(path, tree)
    if name != "app/settings.py":
        yield from _environment(tree)
    if path.parts[0] == "connectors" and len(path.parts) > 2:
        yield from _neighbors(path.parts[1], tree)
    if path.name != "__init__.py" and PURE.search(ast.get_docstring(tree) or ""):
        yield from impurities(tree)
    if "migrations" not in path.parts:
        yield from queries.positions(tree)
    if path.parts[0] == "app":
        yield from queries.check(path, tree)
    if path.match("connectors/*/mapping.py"):
        yield from _leniency(tree)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _functions_of(node: ast.AST) -> Iterator[ast.stmt]:
    """The functions that stand right inside another: each is counted by itself."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        else:
            yield from _functions_of(child)


def _size(content: str, tree: ast.Module, most: int) -> Iterator[Breach]:
    if (lines := content.count("\n")) > FILE_LINES:
        yield FILE_LINES, f"{lines} lines, and {FILE_LINES} is the most (300 the aim): which concept is missing?"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = _lines(node) - sum(map(_lines, _functions_of(node)))
            if length > most:
                yield node.lineno, f"{node.name} has {length} lines, and {most} is the most (40 the aim)"


def _excuses(content: str, tree: ast.Module) -> Iterator[Breach]:
    """Broad or silent handlers, and opt-outs, that give no reason."""
    lines = content.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and "NotImplementedError" in _dotted(getattr(node.exc, "func", node.exc)):
            yield node.lineno, "not written yet: write it, or take it out"
        if not isinstance(node, ast.ExceptHandler):
            continue
        reason = lines[node.lineno - 1].partition("#")[2].strip()
        broad = node.type is None or bool({"Exception", "BaseException"} & set(_dotted(node.type)))
        cleans_up = isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None
        if broad and not cleans_up and not re.sub(r"^noqa: [A-Z0-9, ]+", "", reason).strip():
            yield node.lineno, "catches everything: name the errors, or say why in a comment on this line"
        silent = all(isinstance(step, ast.Pass) or _is_ellipsis(step) for step in node.body)
        if silent and not any("#" in line for line in lines[node.lineno - 1 : node.end_lineno]):
            yield node.lineno, "an error goes unsaid: act on it, or say in a comment why it means nothing"


def _patches(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "setattr" and "monkeypatch" in _dotted(node.value):
            yield node.lineno, "patches a module: give the dependency as an argument (respx is for the HTTP edge)"
    for line, module in imports(tree):
        if module.startswith("unittest.mock") or module in {"mock", "pytest_mock"}:
            yield line, f"{module}: use a real thing or a shipped fake (respx is for the HTTP edge)"


def _names(path: PurePath, tree: ast.Module) -> Iterator[Breach]:
    if path.stem in VAGUE_MODULE:
        yield 1, f"'{path.stem}' says nothing: name the module for what it knows"
    if not ast.get_docstring(tree):
        yield 1, "the module does not say what it is: a docstring of one sentence comes first"
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name):
            yield node.lineno, f"class '{node.name}': name it for what it is"
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name in THEIRS:
            continue
        if VAGUE_FUNCTION.search(node.name):
            yield node.lineno, f"function '{node.name}': name it for what it does"


def _environment(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}:
            yield node.lineno, f"{'.'.join(_dotted(node))}: only app/settings.py reads the environment"
    for line, module in imports(tree):
        if module in {"os.environ", "os.environb", "os.getenv", "dotenv"} or module.startswith("pydantic_settings"):
            yield line, f"{module}: only app/settings.py reads the environment"


def _neighbors(folder: str, tree: ast.Module) -> Iterator[Breach]:
    own = CONTRACT | {folder, PULLS_WHAT_IS_PUSHED.get(folder, folder)}
    for line, module in imports(tree):
        parts = module.split(".")
        if parts[0] == "connectors" and parts[1:] and parts[1] not in own and parts[1].islower():
            yield line, f"{module}: connectors do not import each other: what they share belongs in connectors.kit"


def impurities(tree: ast.Module) -> Iterator[Breach]:
    for line, module in imports(tree):
        if any(module == bad or module.startswith(f"{bad}.") for bad in IMPURE) and not module.endswith("Row"):
            yield line, f"{module}: this module is pure: no I/O, no database, no settings, no clock, no chance"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = _dotted(node.func)
            if called[-1:] == ["open"] or (len(called) > 1 and called[-1] in CLOCKS):
                yield (
                    node.lineno,
                    f"{'.'.join(called)}(): this module is pure: no I/O, no database, no settings, no clock, no chance",
                )


def _leniency(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Try):
            yield node.lineno, "a mapping has no try: let the MappingError go up"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            read = _dotted(node.func.value)[-1:]
            if read in (["f"], ["fields"], ["raw"], ["record"]):
                yield node.lineno, "a mapping has no .get(): required is text('x'), optional text('x', None)"
            elif len(node.args) > 1 and read and read[0].isupper():
                yield node.lineno, f"{read[0]}.get() with a default: an unknown code is an error, so use one_of"


def imports(tree: ast.Module) -> Iterator[Breach]:
    """What is imported, in full: `from a import b` is a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def _dotted(node: ast.expr | None) -> list[str]:
    """The names in `a.b.c`, or in a tuple of such."""
    if isinstance(node, ast.Tuple):
        return [name for part in node.elts for name in _dotted(part)]
    if isinstance(node, ast.Attribute):
        return [*_dotted(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def _is_ellipsis(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and isinstance(step.value, ast.Constant) and step.value.value is ...
