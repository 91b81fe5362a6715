"""Objects of a document under names that stay with them, so that a part of the document can be told from the whole.

An object without an id is a blank node. In a part of a document it must be the same node as in the whole.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from app.credentials.errors import DataRefused

WHOLE = None
Tree = dict[str, Any]
"""What is chosen of an object or list, by name or number; WHOLE where all of it is."""


class Named(dict[str, Any]):
    """An object and the name that it has where it has no id."""

    name: str

    def __init__(self, name: str, contents: Any = ()) -> None:
        super().__init__(contents)
        self.name = name


class NamedList(list[Any]):
    """A list and the name that its cells have where it is an ordered one."""

    name: str

    def __init__(self, name: str, contents: Any = ()) -> None:
        super().__init__(contents)
        self.name = name


def named(document: dict[str, Any]) -> Named:
    """The document with a name for each object and list in it."""
    names = (f"_:o{number}" for number in count())
    result = _named(document, names)
    assert isinstance(result, Named)
    return result


def without_context(value: dict[str, Any]) -> dict[str, Any]:
    """An object without its `@context`, under the name that it had."""
    rest = {name: item for name, item in value.items() if name != "@context"}
    return Named(value.name, rest) if isinstance(value, Named) else rest


def plain(value: Any) -> Any:
    """A value with its objects as they are written."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return {name: plain(item) for name, item in value.items()} if isinstance(value, dict) else value


def select(document: Named, pointers: Sequence[str]) -> Named:
    """What JSON pointers (RFC 6901) choose of a document, with what it is and its contexts.

    Each object on the way keeps its id and its type (W3C VC Data Integrity ECDSA 1.0, section 3.4.13). DataRefused for
    a pointer to what is not there.
    """
    tree: Tree | None = {}
    for pointer in pointers:
        tree = _with(tree, document, pointer)
    chosen = _chosen(document, tree)
    return Named(document.name, {"@context": document["@context"], **chosen})


def steps(pointer: str) -> list[str]:
    """The steps of a JSON pointer. DataRefused for a text that is none."""
    if pointer and not pointer.startswith("/"):
        raise DataRefused(f"'{pointer[:200]}' is no JSON pointer: it should begin with /")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _named(value: Any, names: Iterator[str]) -> Any:
    if isinstance(value, list):
        return NamedList(next(names), (_named(item, names) for item in value))
    if not isinstance(value, dict):
        return value
    return Named(
        next(names), {name: item if name == "@context" else _named(item, names) for name, item in value.items()}
    )


def _with(tree: Tree | None, value: Any, pointer: str) -> Tree | None:
    """The tree with what a pointer leads to."""
    path = steps(pointer)
    if not path or tree is WHOLE:
        return WHOLE
    for step in path:
        value = _below(value, step, pointer)
    branch, last = tree, len(path) - 1
    for number, step in enumerate(path):
        if number == last or branch.get(step, {}) is WHOLE:
            branch[step] = WHOLE
            break
        branch = branch.setdefault(step, {})
    return tree


def _below(value: Any, step: str, pointer: str) -> Any:
    if isinstance(value, dict) and step in value and step != "@context":
        return value[step]
    if isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    raise DataRefused(f"'{pointer[:200]}' leads to nothing in it")


def _chosen(value: Any, tree: Tree | None) -> Any:
    if tree is WHOLE:
        return value
    if isinstance(value, list):
        return [_chosen(value[place], tree[str(place)]) for place in sorted(map(int, tree))]
    beginning = {name: value[name] for name in ("id", "type") if name in value}
    if str(beginning.get("id")).startswith("_:"):
        del beginning["id"]
    return Named(value.name, beginning | {name: _chosen(value[name], part) for name, part in tree.items()})
