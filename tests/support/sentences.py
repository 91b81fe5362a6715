"""The sentences that stand in a module's code, with samples in their places: so that a test sees all that is said.

for text in sentences(Path(guards.__file__), {"kind": "state"}): ...
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

ENGLISH = re.compile(
    r"\b(?:the|their|they|this|is|it|its|of|and|but|was|with|not|by|from|same|another|which|could|what)\b",
    re.IGNORECASE,
)
"""Words by which English is known, and which Spanish does not have."""


def sentences(path: Path, samples: Mapping[str, str] | None = None, sample: str = "peer") -> set[str]:
    """Every text of two words or more of a module but its docstrings, each as it may come out.

    `samples`: what stands for a value, by its expression as it is written in the code; anything else is `sample`.
    """
    return {text for text in _texts(ast.parse(path.read_text()), samples or {}, sample) if re.search(r"\w \w", text)}


def raised(path: Path, by: Collection[str], samples: Mapping[str, str] | None = None, sample: str = "peer") -> set[str]:
    """The same of what a module gives to calls of these names (an error it raises, say) alone."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    arguments = (call.args for call in calls if getattr(call.func, "attr", getattr(call.func, "id", "")) in by)
    texts = {text for args in arguments for arg in args for text in _texts(arg, samples or {}, sample)}
    return {text for text in texts if re.search(r"\w \w", text)}


def _texts(node: ast.AST, samples: Mapping[str, str], sample: str) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            str(part.value) if isinstance(part, ast.Constant) else samples.get(ast.unparse(part.value), sample)  # type: ignore[attr-defined]
            for part in node.values
        )
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    else:
        for child in ast.iter_child_nodes(node):
            yield from _texts(child, samples, sample)
