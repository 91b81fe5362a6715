"""What an IRI, a keyword and a language tag look like (JSON-LD 1.1 section 9, RFC 3987, BCP 47)."""

import re

ABSOLUTE = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>"{}|\\^`\ufeff]*').fullmatch
"""An absolute IRI that can stand in N-Quads as it is."""
BLANK = re.compile(r"_:[A-Za-z0-9_-]+").fullmatch
LANGUAGE = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*").fullmatch
KEYWORD_LIKE = re.compile(r"@[A-Za-z]+").fullmatch

KEYWORDS = frozenset(
    {
        "@base",
        "@container",
        "@context",
        "@default",
        "@direction",
        "@embed",
        "@explicit",
        "@graph",
        "@id",
        "@included",
        "@index",
        "@json",
        "@language",
        "@list",
        "@nest",
        "@none",
        "@omitDefault",
        "@prefix",
        "@preserve",
        "@protected",
        "@requireAll",
        "@reverse",
        "@set",
        "@type",
        "@value",
        "@version",
        "@vocab",
    }
)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD = "http://www.w3.org/2001/XMLSchema#"
I18N = "https://www.w3.org/ns/i18n#"


def split(value: str) -> tuple[str, str] | None:
    """Prefix and suffix of a compact IRI, if it may be one."""
    prefix, colon, suffix = value.partition(":")
    if not colon or not prefix or suffix.startswith("//"):
        return None
    return prefix, suffix
