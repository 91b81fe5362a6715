"""Every house rule over every file of a repository."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.rules import bindings, folders, source, text

LEFT_OUT = {".git", ".venv", "__pycache__", "var", "dist", "build", "node_modules"}
PROSE = {".py", ".md", ".toml", ".yaml", ".html", ".js", ".css", ".mako", ""}
"""The kinds of files whose words are ours; the rest is data."""
OTHERS = {"fixtures", "vendor", "upstream", "LICENSE"}
"""Folders and files of other people's words: samples of what sources send, published documents."""


def broken(root: Path) -> Iterator[str]:
    """What breaks a rule, as `path:line: words`."""
    for path in sorted(files(root)):
        name = path.relative_to(root)
        try:
            content = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture, an archive: no words to check
        rules = list(text.anywhere(content))
        if path.suffix in PROSE and not OTHERS & set(name.parts):
            rules += text.ours(content)
        if path.suffix == ".py":
            rules += source.check(name.as_posix(), content, ast.parse(content))
        if path.suffix == ".html" and "templates" in name.parts:
            rules += bindings.in_template(content)
        yield from (f"{name}:{line}: {words}" for line, words in rules)
    yield from folders.check(root)


def files(root: Path) -> Iterator[Path]:
    """The repository's own files, without git: it may be a plain copy."""
    for path in root.iterdir():
        if path.name in LEFT_OUT or path.name.endswith("_cache") or path.name == ".hypothesis":
            continue
        if path.is_dir() and not path.is_symlink():
            yield from files(path)
        elif path.is_file():
            yield path
