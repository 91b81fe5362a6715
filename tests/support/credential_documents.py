"""Generated JSON-LD documents: credentials of the shipped contexts, with what a signature could trip over.

Control characters are left out: PyLD still writes them as URDNA2015 did, RDFC-1.0 escapes them (its suite has a test).
"""

from typing import Any

from hypothesis import strategies as st

V2 = "https://www.w3.org/ns/credentials/v2"
OB = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
UNDEFINED = "https://www.w3.org/ns/credentials/undefined-terms/v2"

OWN: dict[str, Any] = {
    "ex": "https://example.org/vocab#",
    "list": {"@id": "ex:list", "@container": "@list"},
    "ids": {"@id": "ex:ids", "@type": "@id", "@container": "@list"},
    "words": {"@id": "ex:words", "@container": "@language"},
    "json": {"@id": "ex:json", "@type": "@json"},
    "kind": {"@id": "ex:kind", "@type": "@vocab"},
    "graph": {"@id": "ex:graph", "@container": "@graph"},
    "number": {"@id": "ex:number", "@type": "http://www.w3.org/2001/XMLSchema#double"},
    "german": {"@id": "ex:german", "@language": "de"},
    "leftward": {"@id": "ex:leftward", "@direction": "rtl"},
    "Place": {"@id": "ex:Place", "@context": {"where": "ex:where", "inside": {"@id": "ex:inside", "@type": "@id"}}},
    "scoped": {"@id": "ex:scoped", "@context": {"only": "ex:only"}},
}
CONTEXTS = st.sampled_from(
    [
        [V2, OB, UNDEFINED],
        [V2, OB, EXTENSIONS, UNDEFINED],
        [V2, CLR, OB, UNDEFINED],
        [V2, OB, OWN],
        [V2, OB, UNDEFINED, OWN],
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(['"\\n\\r', "\\\\"])
IDS = st.sampled_from(["urn:a", "urn:b", "https://example.org/x", "did:example:1", "_:b0", "_:other", "ex:thing"])
NUMBERS = st.one_of(st.integers(), st.floats(-1e9, 1e9), st.booleans())
SCALARS = st.one_of(TEXT, NUMBERS, IDS, st.none())
TYPES = st.sampled_from(
    [
        "Achievement",
        "AchievementSubject",
        "Alignment",
        "Profile",
        "Result",
        "ResultDescription",
        "Evidence",
        "Image",
        "OpenBadgeCredential",
        "VerifiableCredential",
        "Address",
        "IdentityObject",
        "Place",
        "ClrSubject",
        "Nothing",
        "ex:Own",
        "urn:type",
        "JsonSchema",
        "DataIntegrityProof",
        "Association",
    ]
)
NAMES = st.sampled_from(
    [
        "name",
        "description",
        "achievement",
        "alignment",
        "targetUrl",
        "creditsEarned",
        "result",
        "resultDescription",
        "allowedValue",
        "image",
        "criteria",
        "creator",
        "url",
        "tag",
        "identifier",
        "hashed",
        "address",
        "where",
        "inside",
        "scoped",
        "only",
        "list",
        "ids",
        "words",
        "json",
        "kind",
        "graph",
        "number",
        "german",
        "leftward",
        "undefined",
        "ex:free",
        "credentialSubject",
        "issuer",
        "validFrom",
        "proofPurpose",
        "evidence",
        "endorsement",
        "verifiableCredential",
        "jsonSchema",
        "digestSRI",
        "cnf",
        "jwk",
        "parentOrg",
        "geo",
        "association",
        "@graph",
    ]
)
LANGUAGES = st.sampled_from(["en", "de-AT", "PT", "@none", "x y"])
DIRECTIONS = st.sampled_from(["ltr", "rtl"])
DATATYPES = st.sampled_from(["urn:t", "ex:t", "@json", "Achievement", "t"])
VALUES = st.one_of(
    st.fixed_dictionaries({"@value": SCALARS}, optional={"@language": LANGUAGES, "@direction": DIRECTIONS}),
    st.fixed_dictionaries({"@value": SCALARS, "@type": DATATYPES}),
    st.dictionaries(LANGUAGES, st.one_of(TEXT, st.lists(TEXT, max_size=2)), max_size=2),
)


def _holding(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    keyword = st.sampled_from(["@list", "@list", "@set"])
    lists = st.dictionaries(keyword, st.lists(inner, max_size=3), min_size=1, max_size=1)
    return st.one_of(_nodes(inner), _nodes(inner), _nodes(inner), st.lists(inner, max_size=3), lists)


def _nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    types = st.one_of(TYPES, st.lists(TYPES, min_size=1, max_size=2))
    heads = st.fixed_dictionaries({}, optional={"id": IDS, "type": types, "@context": CONTEXTS})
    return st.builds(lambda head, body: head | body, heads, st.dictionaries(NAMES, inner, max_size=4))


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents with contexts, most of them signable."""
    contents = st.recursive(st.one_of(SCALARS, VALUES), _holding, max_leaves=12)
    return st.builds(lambda context, node: node | {"@context": context}, CONTEXTS, _nodes(contents))
