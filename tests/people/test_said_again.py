"""What the service says in English, pages say again in Spanish: near matches, credentials, settings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.access import tenants
from app.credentials import parts, verify
from app.identity import contests, identity
from app.matching import apart, guards
from app.matching.explain import WORDS
from app.web.district import match_words
from app.web.district.settings_form import settings_of
from app.web.kit.words import speak
from app.web.public.report_words import said_of_part, said_of_report
from connectors import discover
from tests.support.api import Api
from tests.support.district import District, user
from tests.support.people import signed_in
from tests.support.sentences import ENGLISH, sentences

SHARED, DIFFER = "they share a state id", "their birth dates differ"
IN_REASONS = {
    "kind": "state",
    "what": "an e-mail address",
    "' and a '.join(kinds)": "state and a district",
    **dict.fromkeys(("reason", "decision.reason"), SHARED),
    **dict.fromkeys(("why", "reasons[0]"), DIFFER),
}
"""What stands in a reason, by what the code calls it."""
NOT_SAID = {
    "a state id",
    "birth date",
    "name and peer differ",
    "the whole name and the account's name or address differ",
}
"""Why a record became another person's: said in logs alone; and what is a piece of a reason."""
STOPS = sentences(Path(guards.__file__))
REASONS = STOPS.union(
    *(sentences(Path(module.__file__ or ""), IN_REASONS) for module in (apart, identity, contests))
).difference(NOT_SAID)
SCORED = [
    f"{likely} % likely: {words}, {words}; against it: {words}; asked because {stop}, but {DIFFER}"
    for likely in ("83.4", "more than 99.9", "less than 0.1")
    for words in sorted({words for levels in WORDS.values() for words in levels.values() if words})
    for stop in sorted(STOPS)[:2]
]
PARTS = sentences(Path(parts.__file__), {"number + 1": "3"}) | {"Term", "Picture", "Competency"}

ELSEWHERE = {"schema.py", "shape.py", "reading.py", "resolve.py"}
"""Modules of verification that say what stands inside a sentence: a form's faults, and why an address is not read."""
NAMES = re.compile(r"Open Badge|Verifiable|Comprehensive Learner|SD-JWT VC|not asked|issuer key|\(data model 1\.1\)")
PIECES = {"whoever holds peer", "whoever may publish at peer", "by its issuer", "without a name"} | {
    "on the list that it names, which another keeps",
    "peer is the least (STATUS_LIST_LENGTH_ERROR)",
    "The key 'peer' belongs to another than the issuer 'peer'",
    "Its issuer has set the status peer of it",
    "This credential could not be confirmed",
    "This credential is not valid",
    "the list at peer has peer entries, and peer",
    "peer Its holder, whose key the issuer names, showed it to 'peer'peer.",
    *(
        "Its issuer is on peerpeer",
        "peer; here it calls itself peer.",
        "on peer",
        "peer at peer",
        "peer, and peer.",
        "(and peer more)",
    ),
}
"""What is never said alone, and is tried as a part of its sentence below."""
WHOLE = {
    "The key 'k' belongs to another than the issuer 'i', and the document at a lists no keys.",
    "Its issuer has set the status 's' of it. Its issuer says: gone",
    "Its issuer is on the sample list as 'Club'; here it calls itself 'Klub'.",
    "Its issuer is on the sample list.",
    "It is unchanged since it was signed. Its holder, whose key the issuer names, showed it to 'x'.",
    "It was revoked on the list that it names, which another keeps: reason.",
    "This credential is not valid: It was revoked by its issuer.",
    "This credential could not be confirmed: The key is not known: a could not be fetched: timeout.",
    "Its issuer is known by its domain alone: whoever may publish at x.org/a made it. No list here names it.",
    "the list at a has 9 entries, and 131,072 is the least (STATUS_LIST_LENGTH_ERROR)",
}
IN_REPORTS = {
    **dict.fromkeys(("gives", "about", "set_"), ""),
    "who": "whoever holds x.org",
    "whom": "by its issuer",
    "f': {reason}' if reason else '.'": ": gone.",
    "f': {shown(reason)}' if reason else '.'": ".",
}
"""What stands in a sentence of a report, by what the code calls it."""
REPORTED = {
    text.strip()
    for path in sorted(Path(verify.__file__).parent.glob("*.py"))
    if path.name not in ELSEWHERE
    for text in sentences(path, IN_REPORTS)
    if not NAMES.search(text)
} - PIECES


@pytest.fixture(autouse=True)
def _spanish() -> Iterator[None]:
    speak("es")
    yield
    speak("en")


def test_there_is_something_to_say() -> None:
    assert (len(REASONS) > 20, len(SCORED) > 100, len(PARTS) > 8) == (True, True, True)


@pytest.mark.parametrize("reason", [*sorted(REASONS), *SCORED])
def test_why_two_may_be_one_is_said_in_spanish(reason: str) -> None:
    spanish = match_words.said(reason)
    assert spanish != reason
    assert not ENGLISH.search(spanish), spanish


def test_a_score_keeps_its_likelihood_and_its_reasons_in_english() -> None:
    speak("en")
    for reason in ("83.4 % likely: the same grade; asked because too little speaks for it", f"{SHARED}, but {DIFFER}"):
        assert match_words.said(reason) == reason
    assert match_words.said("Somebody's own words, but few") == "Somebody's own words, but few"


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_part_of_a_credential_is_called_in_spanish(name: str) -> None:
    spanish = said_of_part(name)
    assert spanish != name
    assert not ENGLISH.search(spanish), spanish
    assert ("3" in spanish) == ("3" in name)


@pytest.mark.parametrize("finding", sorted(REPORTED | WHOLE))
def test_what_verification_finds_is_said_in_spanish(finding: str) -> None:
    dated = re.sub(r"\b(on|for|until|before) peer(?=\.$|, which is not yet)", r"\1 2026-10-03", finding)
    spanish = said_of_report(dated)
    assert spanish != dated
    assert not ENGLISH.search(re.sub(r"'[^']*'", "", spanish).replace("the sample list", "")), spanish


def test_a_report_keeps_its_words_in_english() -> None:
    speak("en")
    assert [said_of_report(finding) for finding in sorted(WHOLE)] == sorted(WHOLE)


def test_a_stranger_s_words_stay_as_they_are() -> None:
    said = said_of_report("It was revoked by its issuer: It is not signed.")
    assert said == "La revocó su emisor: It is not signed."
    assert said_of_report("Robots. And more") == "Robots. And more"


def test_a_part_keeps_the_name_its_issuer_gave_it() -> None:
    assert said_of_part("Robotics 3") == "Robotics 3"


@pytest.mark.parametrize("connector", discover().values(), ids=lambda connector: connector.name)
def test_settings_are_explained_in_spanish(connector: object) -> None:
    spanish = settings_of(connector, {})  # type: ignore[arg-type]
    speak("en")
    english = settings_of(connector, {})  # type: ignore[arg-type]
    for said, meant in zip(spanish, english, strict=True):
        assert (said.name, said.kind) == (meant.name, meant.kind)
        assert said.help == meant.help == "" or said.help != meant.help
        assert not ENGLISH.search(said.label), said.label


async def test_the_page_of_near_matches_and_a_source_s_form_are_in_spanish(api: Api) -> None:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    for slug, given in (("sis", "Ada"), ("lms", "Zoe")):
        source = await district.source(slug, "oneroster")
        await district.take(source, "users", [user("u-1", given, identifier="1001")])
    await district.settle()
    reader = await signed_in(api, "steward", language="es")
    page = (await reader.get("/matches")).text
    assert "comparten" in page
    assert "sus nombres de pila no tienen nada en común" in page
    made = (await reader.get("/sources/new/canvas")).text
    assert "El secreto de la clave de desarrollador" in made
    sent = {"name": "X", "s-base_url": "https://canvas.invalid", "s-at_once": "many"}
    wrong = await reader.send("/sources/new/canvas", sent, at="/sources/new/canvas")
    assert "se necesita un número entero" in wrong.text
