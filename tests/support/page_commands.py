"""The commands that pages of the documentation show, as they are typed."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ASSIGNED = re.compile(r"[A-Z_]+=(?:'[^']*'|\S*)\s+")


@dataclass(frozen=True, slots=True)
class Block:
    """What a page sets apart by four spaces or by a fence, and in which line it begins."""

    page: Path
    line: int
    text: str
    language: str = ""

    @property
    def program(self) -> str:
        """The first word, but for the variables before it."""
        text = self.text
        while assigned := ASSIGNED.match(text):
            text = text[assigned.end() :]
        return text.split(maxsplit=1)[0] if text.split() else ""

    @property
    def begins(self) -> str:
        """The first line."""
        return self.text.split("\n", maxsplit=1)[0]


def blocks(page: Path) -> Iterator[Block]:
    """Every block of a page, in order."""
    lines = page.read_text().split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        first = number
        if fence := re.match(r"```(\w*)", line):
            number += 1
            while not lines[number].startswith("```"):
                number += 1
            yield Block(page, first + 2, "\n".join(lines[first + 1 : number]), fence[1])
            number += 1
        elif line.startswith("    ") and (first == 0 or not lines[first - 1].strip()):
            while number < len(lines) and (lines[number].startswith("    ") or _goes_on(lines, number)):
                number += 1
            yield Block(page, first + 1, "\n".join(text[4:] for text in lines[first:number]))
        else:
            number += 1


def _goes_on(lines: list[str], number: int) -> bool:
    """Whether a blank line is inside a block."""
    return not lines[number].strip() and number + 1 < len(lines) and lines[number + 1].startswith("    ")


def commands(block: Block) -> Iterator[str]:
    """The commands of a block, each with the lines it goes on in; comments are none."""
    command = ""
    for line in block.text.split("\n"):
        command = f"{command}\n{line}" if command else line
        if command.endswith("\\"):
            command = command.removesuffix("\\").rstrip()
            continue
        try:
            words = shlex.split(command, comments=True)
        except ValueError:  # a quotation goes on in the next line
            continue
        if words:
            yield command.strip()
        command = ""
