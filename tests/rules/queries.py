"""Rules for queries and calls: they name their columns and values; routes, pages and commands know no query."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

Breach = tuple[int, str]

MOST_VALUES = 5
ASKING = {"rows": 1, "row": 1, "one": 1, "run": 1, "all": 2, "first": 2}
"""The methods of a transaction that take a query, and how many arguments stand before its values."""
EVERY_COLUMN = re.compile(r"\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*(?!\s*FROM\s+\()", re.IGNORECASE)
"""All columns of a table or of arrays; those of a query are named where it is written."""
AS_MANY = {
    "add_row",
    "all",
    "all_binary",
    "drop",
    "first",
    "format",
    "one",
    "pack",
    "problems",
    "row",
    "rows",
    "run",
    "table",
}
"""What takes as many values as there are: nothing to name them by."""
TABLES = {"Collection", "Operation", "Session", "_program"}
"""Lines of a table that is written out, under each other, and the arguments of a program."""
BY_THE_MILLION = {"ScoredEvidence", "State", "Statement"}
"""What is made for every record or piece of evidence, where names would be half of its cost."""
CALLERS = {"api", "web", "cli"}
"""The floors that call the domains, and never the database."""
VALUE = re.compile(r"[A-Z]\w*[a-z]\w*")
"""The name of a class: what a domain gives. Queries are functions, in modules."""


def check(path: PurePath, tree: ast.Module) -> Iterator[Breach]:
    """What breaks a rule in a module of the service; what a migration says, it says for good."""
    if path.parts[:3] != ("app", "db", "migrations"):
        yield from _columns(tree)
        yield from _values(tree)
    if path.parts[:2] == ("app", "db") and path != PurePath("app/db/__init__.py"):
        yield from _brackets(tree)
    if path.parts[:1] == ("app",) and CALLERS & set(path.parts[1:2]):
        yield from _imports(tree)


def _columns(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and EVERY_COLUMN.search(node.value):
            yield node.lineno, "SELECT *: name the columns, so that the next release may add some"


def _values(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING):
            continue
        values = node.args[ASKING[node.func.attr] :]
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "tx" and len(values) > MOST_VALUES:
            yield node.lineno, f"{len(values)} values by position, and {MOST_VALUES} is the most: give them by name"


def _brackets(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cursor"):
            continue
        open_here = ast.unparse(node.func.value) == "tx.conn" and not node.args  # a named one reads in parts
        if open_here and any(keyword.arg == "row_factory" for keyword in node.keywords):
            yield node.lineno, "a hand-written row bracket: ask by tx.all(Type, …), tx.first or tx.all_binary"


def positions(tree: ast.Module) -> Iterator[Breach]:
    """Calls of more positional values than anybody can tell apart."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and len(node.args) > MOST_VALUES:
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            spread = any(isinstance(value, ast.Starred) for value in node.args)
            if name not in AS_MANY | TABLES | BY_THE_MILLION and not spread:
                yield node.lineno, f"{name} by {len(node.args)} positions, and {MOST_VALUES} is the most: name them"


def _imports(tree: ast.Module) -> Iterator[Breach]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.startswith("app.db.")]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("app.db."):
            names = [f"{node.module}.{alias.name}" for alias in node.names if not VALUE.fullmatch(alias.name)]
        elif isinstance(node, ast.ImportFrom) and node.module == "app.db":
            names = [f"app.db.{alias.name}" for alias in node.names if not VALUE.fullmatch(alias.name)]
        else:
            continue
        yield from ((node.lineno, f"{name}: call a function of the domain, not the database") for name in names)
