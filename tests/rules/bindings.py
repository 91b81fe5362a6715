"""Names say what a thing is: `enrollments`, `statement`, `since`; not how it came, as `found`, `told` and `one` do."""

import ast
from collections.abc import Iterator

from jinja2 import Environment, TemplateError, nodes

HOW_IT_CAME = frozenset(
    ["asked", "at", "found", "given", "got", "held", "it", "kept", "one", "said", "shown", "those", "told", "wanted"]
)
COMPLAINT = "'{name}' says how it came: name it for what it is"
TEMPLATES = Environment(extensions=["jinja2.ext.i18n"])


def check(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Bindings that say how a value came."""
    fields = {id(step.target) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for step in _fields(node)}
    for node in ast.walk(tree):
        name, line = _bound(node), getattr(node, "lineno", 0)
        if name in HOW_IT_CAME and id(node) not in fields:
            yield line, COMPLAINT.format(name=name)
    yield from _functions(tree)


def _functions(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Functions called so. A method is read with its object (`Invalid.at`), a command is what one types."""
    methods = {id(step) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for step in node.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and id(node) not in methods:
            name = node.name.removeprefix("_")
            if name in HOW_IT_CAME and "Argument" not in ast.unparse(node.args):
                yield node.lineno, COMPLAINT.format(name=node.name)


def in_template(content: str) -> Iterator[tuple[int, str]]:
    """The same in a template: what loops, macros and assignments bind, and what macros are called."""
    try:
        template = TEMPLATES.parse(content)
    except TemplateError as error:
        yield 0, f"this is no template: {error}"
        return
    for node in template.find_all((nodes.Name, nodes.Macro)):
        free = isinstance(node, nodes.Macro) or node.ctx in ("store", "param")
        if free and node.name in HOW_IT_CAME:
            yield node.lineno, COMPLAINT.format(name=node.name)


def _fields(node: ast.ClassDef) -> list[ast.AnnAssign]:
    """The fields of a shape, which others read by their names."""
    return [step for step in node.body if isinstance(step, ast.AnnAssign)]


def _bound(node: ast.AST) -> str | None:
    """The name that a node binds, if its choice is free: a time may be `at`, and callers know a command's options."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        kind = ast.unparse(node.annotation) if node.annotation else ""
        dated = node.arg == "at" and "datetime" in kind
        return None if dated or kind.startswith("Annotated[") else node.arg
    return None
