"""Words out of the HTML that some systems send instead of text."""

import html
import re


def plain(markup: str) -> str:
    """The words of a piece of HTML, without tags and with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())
