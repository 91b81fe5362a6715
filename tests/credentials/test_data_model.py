"""The inputs of the W3C Verifiable Credentials 2.0 test suite: those that should pass do, those that should fail do."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.credentials.errors import CredentialError, DataRefused
from app.credentials.issue import issue
from app.credentials.jsonld import canonize
from app.credentials.verify import shape
from tests.credentials.samples import CREATED, key

INPUTS = 120


def inputs(published: Path) -> dict[str, dict[str, Any]]:
    """The inputs, with what the suite's runner fills in: an issuer, dates."""
    folder = published / "vectors" / "w3c-vcdm2-suite-input"
    found = {}
    for path in sorted(folder.rglob("*.json")):
        text = (
            path.read_text().replace("PAST DATE", "2020-01-01T00:00:00Z").replace("FUTURE DATE", "2040-01-01T00:00:00Z")
        )
        document = json.loads(text)
        if not path.name.startswith("presentation") and "no-issuer" not in path.name:
            issuer = document.setdefault("issuer", "https://issuer.example/")
            if isinstance(issuer, dict):
                issuer.setdefault("id", "https://issuer.example/")
        found[path.name] = document
    return found


def refused(name: str, document: dict[str, Any]) -> bool:
    """Whether we would refuse to issue a credential, or to take a presentation."""
    try:
        if name.startswith("presentation"):
            if list(shape.presentation_problems(document)):
                return True
            canonize({name: value for name, value in document.items() if name != "proof"})
        else:
            issue({name: value for name, value in document.items() if name != "proof"}, key(), CREATED)
            return bool(list(shape.problems(document)))
    except CredentialError:
        return True
    return False


def test_every_input_of_the_suite(published: Path) -> None:
    found = inputs(published)
    assert len(found) == INPUTS
    wrong = [name for name, document in found.items() if refused(name, document) != ("-fail" in name)]
    assert wrong == []


@pytest.mark.parametrize("date", ["2026-02-30T00:00:00Z", "2026-01-01", "now", 7, "2026-01-01T25:00:00Z"])
def test_dates_that_are_none(date: Any) -> None:
    document = {"@context": [], "validFrom": date}
    assert any("validFrom" in words for words in shape.problems(document))


def test_a_credential_with_a_bad_form_is_not_issued() -> None:
    with pytest.raises(DataRefused, match="would be refused elsewhere"):
        issue({"@context": ["https://www.w3.org/ns/credentials/v2"]}, key(), CREATED)
