"""Why something decided a level or did not: whatever a rule says of it is said in Spanish, too."""

import ast
from pathlib import Path

import pytest

from app.mastery import explaining, judge, rules
from app.web.kit import reasons
from app.web.kit.words import speak

SAMPLES = {"Y-%m-%d": "2026-10-03", "g": "0.5"}
"""What stands in a reason, by the format of its place; anything else is a word."""


def _text(node: ast.expr) -> str | None:
    """A reason as it comes out, with something in its places; None for what is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _sample(part)  # type: ignore[arg-type]
            for part in node.values
        )
    return None


def _sample(part: ast.FormattedValue) -> str:
    spec = ast.unparse(part.format_spec) if part.format_spec else ""
    return next((sample for form, sample in SAMPLES.items() if form in spec), "peer")


def said_by_rules() -> list[str]:
    """All that rules and explanations say: `spare` of each rule, what `_why_not…` returns, and the fixed sentences."""
    reasons = [judge.OVERRIDDEN, judge.DIFFERS, judge.SELF, explaining.INSTEAD, explaining.BY_PARTS]
    reasons += [
        _text(node.value) or ""
        for node in ast.walk(ast.parse(Path(rules.__file__).read_text()))
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "spare" and node.value
    ]
    for node in ast.walk(ast.parse(Path(judge.__file__).read_text())):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("_why_not"):
            for inner in ast.walk(node):
                values = inner.value if isinstance(inner, ast.Return) else None
                several = [values.body, values.orelse] if isinstance(values, ast.IfExp) else [values]
                reasons += [text for reason in several if reason is not None and (text := _text(reason))]
    return sorted({text for text in reasons if text})


def test_there_are_reasons() -> None:
    assert len(said_by_rules()) > 20


@pytest.mark.parametrize("why", said_by_rules())
def test_every_reason_is_said_in_spanish(why: str) -> None:
    speak("es")
    try:
        assert reasons.translated(why) != why
    finally:
        speak("en")
