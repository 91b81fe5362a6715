"""Words out of the HTML that some systems send instead of text."""

import html
import re

ATTRIBUTE = r"""\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>=]+)"""
MARKUP = re.compile(
    rf"<!--.{{0,500}}?-->|</[A-Za-z][\w:-]*\s*>|<(?:[abipqsuABIPQSU]|[A-Za-z][\w:-]+)(?:{ATTRIBUTE})*\s*/?>", re.DOTALL
)
"""Tags and comments. That something is less than another (`x < y`, `use <, > and =`) is none."""


def plain(markup: str) -> str:
    """The words of a piece of HTML, without tags and with single spaces."""
    return " ".join(html.unescape(MARKUP.sub(" ", markup)).split())
