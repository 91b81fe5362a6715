"""What the service says in English, pages say again in Spanish: near matches, credentials, settings."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import connectors
from app.access import tenants
from app.credentials import parts, verify
from app.identity import contests, identity
from app.matching import apart, guards
from app.matching.explain import WORDS
from app.pipeline import guard, normalize, raw, seen_keys
from app.web.district import fault_words, match_words, run_words
from app.web.district.settings_form import settings_of
from app.web.kit import error_words
from app.web.kit.words import _, speak
from app.web.public.report_words import translated_part, translated_report
from connectors import discover
from tests.support.api import Api
from tests.support.district import District, user
from tests.support.people import signed_in
from tests.support.sentences import ENGLISH, raised, sentences

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


CONNECTORS = Path(connectors.__file__).parent
OF_SETTINGS = {"layout.py", "layout_files.py", "limits.py", "settings.py", "shorthand.py", "sources.py"}
"""Modules whose errors are of a setting or a layout, not of a record."""
OF_RUNS = {"__init__.py", "calls.py", "client.py", "guard.py", "spreadsheetml.py"}
"""Modules whose errors end a run."""
PLACES = re.compile(
    r"a row|a raw chunk is not .*|field 'peerpeer': peer peer"
    r"|(?:(?:summary export, )?(?:peer|row) ?(?:line |record |row )?)+"
)
"""Where a record stands, a frame of a sentence; and what is said of our own store."""
FAULTS = {
    text
    for path in (
        *(path for path in sorted(CONNECTORS.rglob("*.py")) if path.name not in OF_SETTINGS | OF_RUNS),
        *(Path(module.__file__ or "") for module in (normalize, raw, seen_keys)),
    )
    if "testing" not in path.parts
    for text in raised(path, ("MappingError", "ValueError", "Reject", "spare", "wrong"), {"what": "a field name "})
    if not PLACES.fullmatch(text)
} - {
    "the row identifies nobody: peer",
    "peer is no ISO date",
    "peer is no month",
    "peer, with other columns: split the file there",
    "peer: one submission is about one",
}
"""What is wrong with records, but for what is a piece of a sentence that stands below whole."""
TWICE = (
    "lines 3 and 9 have the same key StudentID and differ in Score: the first is kept. If both are right (a second "
    "try), add a column that tells them apart to the layout's `tries`; if one corrects the other, send the right one "
    "alone"
)
BESIDE = {
    TWICE,
    "the row identifies nobody: StudentID are all blank",
    "the row identifies nobody: StudentID: 'N/A' stands for no number",
    "the row names nobody: Email",
    "page.csv line 7: another header begins here, with other columns: split the file there",
    "field 'badge': 2 badges: one submission is about one",
    "learner.identifiers[0].value: 7: input should be a valid string; field 'scor' is unknown (did you mean 'score'?)",
    "result.score: '3': input should be a valid number",
    "name: string should have at most 255 characters",
    "this row cannot be read: it has 9 cells, and the header has 4",
    "field 'users' (in CSV 'userSourcedIds') is missing or blank, and is required",
}
HELD = "users: all 40 students of school Northside (s-1) are gone"
GONE = "enrollments: 12 of 30 records are gone (Northside: 10 of 20 students, Lincoln: 2 of 10 teachers, and 3 more)"
RIGHTS = "the rights do not suffice (grant this client what the connector's README lists) (it takes Grades)"
NOWHERE = (
    "host sis.x.org has no address that this instance may reach (is the name right? which private addresses may be "
    "reached, the operator decides: TESSERA_PRIVATE_ADDRESSES)"
)
KEPT = "nothing was ended: look at the source, then sync again and allow what is right to shrink"
RUNS = {
    f"{HELD}; {GONE} (2 findings); {KEPT}",
    "grades: 3 of 9 aides of grade 05 are gone",
    f"results: GET https://x.org/a answered 403 ('No'): {RIGHTS}",
    "GET https://x.org/a answered 401: the credentials are refused (renew them in the source's settings)",
    "users: it needs orgs: asked for when they come again",
    f"{HELD}; the source does not answer: nothing else is asked for in this run",
    "10,301 mapped, 22 ignored, 0 reported, 0 lost",
    "x.org answers and lists 4 organizations; the first is 'North'.",
    "users: the answer is a web page, not a JSON list under 'users' (a login page? is base_url right?)",
    NOWHERE,
    "by Kim Sample",
    "New: test it, then begin.",
}


REFUSALS = ("Conflict", "Denied", "Gone", "Invalid", "NotFound", "TooManyRequests")
WITHOUT_PAGES = {"access", "api", "cli", "credentials", "db", "rosters", "web", "webhooks"}
"""Floors and domains of which no page of people asks anything, or whose words are their own."""
PROGRAMS_ALONE = {"apps.py", "labeled.py", "pushed.py", "vc_api.py", "xapi.py", "xapi_documents.py"}
"""Modules that only programs and commands ask."""
APP = Path(tenants.__file__ or "").parents[1]
REFUSED = {
    text
    for path in sorted(APP.rglob("*.py"))
    if path.relative_to(APP).parts[0] not in WITHOUT_PAGES and path.name not in PROGRAMS_ALONE
    for text in raised(path, REFUSALS)
    if not re.fullmatch(r"(?:body )?peer: peer|It was peer\. Ask (?:for|the school for) a new one\.", text)
}
"""What domains refuse with."""


@pytest.fixture(autouse=True)
def _spanish() -> Iterator[None]:
    speak("es")
    yield
    speak("en")


def test_there_is_something_to_say() -> None:
    assert (len(REASONS) > 20, len(SCORED) > 100, len(PARTS) > 8) == (True, True, True)


@pytest.mark.parametrize("reason", [*sorted(REASONS), *SCORED])
def test_why_two_may_be_one_is_said_in_spanish(reason: str) -> None:
    spanish = match_words.translated(reason)
    assert spanish != reason
    assert not ENGLISH.search(spanish), spanish


def test_a_score_keeps_its_likelihood_and_its_reasons_in_english() -> None:
    speak("en")
    for reason in ("83.4 % likely: the same grade; asked because too little speaks for it", f"{SHARED}, but {DIFFER}"):
        assert match_words.translated(reason) == reason
    assert match_words.translated("Somebody's own words, but few") == "Somebody's own words, but few"


def english(words: str) -> str:
    """What of a sentence is English: without what is quoted, and names of fields and settings."""
    return re.sub(r"'[^']*'|`[^`]*`|\\([^)]*README[^)]*\\)", "", words)


@pytest.mark.parametrize("reason", sorted(FAULTS | BESIDE))
def test_why_a_record_is_in_quarantine_is_said_in_spanish(reason: str) -> None:
    spanish = fault_words.translated(reason)
    assert spanish != reason
    assert not ENGLISH.search(english(spanish)), spanish
    speak("en")
    assert fault_words.translated(reason) == reason


def test_a_fault_is_called_without_the_value_of_one_record_but_with_its_field() -> None:
    speak("en")
    words = fault_words.translated("field 'birthDate': '31.2.2012; x' is not a date like 2026-09-01", values=False)
    assert words == "field 'birthDate': … is not a date like 2026-09-01"
    assert fault_words.translated("Something nobody has said yet", values=False) == "Something nobody has said yet"


@pytest.mark.parametrize("message", sorted(RUNS))
def test_how_a_run_went_is_said_in_spanish(message: str) -> None:
    spanish = run_words.translated(message)
    assert spanish != message
    assert not ENGLISH.search(english(spanish)), spanish
    speak("en")
    assert run_words.translated(message) == message


@pytest.mark.parametrize("refusal", sorted(REFUSED))
def test_what_is_refused_is_said_in_spanish(refusal: str) -> None:
    spanish = error_words.translated(refusal)
    assert spanish != refusal
    assert not ENGLISH.search(english(spanish)), spanish


@pytest.mark.parametrize(
    "refusal",
    [
        "No learner 6f1c.",
        "No class of source 'sis', key 'c': see GET /v1/classes.",
        "No source 7: see GET /v1/sources.",
    ],
)
def test_a_page_gives_no_advice_that_is_for_programs(refusal: str) -> None:
    speak("en")
    assert error_words.translated(refusal) == "It is no longer here, or you may not see it."


@pytest.mark.parametrize(
    "refusal",
    [
        "No share has this link. Check that it was copied whole.",
        "No exhibition has this address. Check that it was copied whole.",
        "No number says whose it is: choose the learner, or say that it is one nobody knows yet.",
    ],
)
def test_what_is_said_to_people_stays_as_it_is(refusal: str) -> None:
    speak("en")
    assert error_words.translated(refusal) == refusal


@pytest.mark.parametrize("title", sorted(error_words.TITLES))
def test_a_refusal_has_a_spanish_name(title: str) -> None:
    assert _(title) != title


@pytest.mark.parametrize("role", ["student", *guard.ADULTS])
def test_whoever_is_gone_is_called_in_spanish(role: str) -> None:
    who = guard.STUDENTS if role == "student" else guard.ADULTS[role]
    spanish = run_words.translated(f"users: all 4 {who} of school North (s-1) are gone")
    assert who not in spanish
    assert "de la escuela North (s-1)" in spanish


@pytest.mark.parametrize("name", sorted(PARTS))
def test_a_part_of_a_credential_is_called_in_spanish(name: str) -> None:
    spanish = translated_part(name)
    assert spanish != name
    assert not ENGLISH.search(spanish), spanish
    assert ("3" in spanish) == ("3" in name)


@pytest.mark.parametrize("finding", sorted(REPORTED | WHOLE))
def test_what_verification_finds_is_said_in_spanish(finding: str) -> None:
    dated = re.sub(r"\b(on|for|until|before) peer(?=\.$|, which is not yet)", r"\1 2026-10-03", finding)
    spanish = translated_report(dated)
    assert spanish != dated
    assert not ENGLISH.search(re.sub(r"'[^']*'", "", spanish).replace("the sample list", "")), spanish


def test_a_report_keeps_its_words_in_english() -> None:
    speak("en")
    assert [translated_report(finding) for finding in sorted(WHOLE)] == sorted(WHOLE)


def test_a_stranger_s_words_stay_as_they_are() -> None:
    sentence = translated_report("It was revoked by its issuer: It is not signed.")
    assert sentence == "La revocó su emisor: It is not signed."
    assert translated_report("Robots. And more") == "Robots. And more"


def test_a_part_keeps_the_name_its_issuer_gave_it() -> None:
    assert translated_part("Robotics 3") == "Robotics 3"


@pytest.mark.parametrize("connector", discover().values(), ids=lambda connector: connector.name)
def test_settings_are_explained_in_spanish(connector: object) -> None:
    spanish = settings_of(connector, {})  # type: ignore[arg-type]
    speak("en")
    english = settings_of(connector, {})  # type: ignore[arg-type]
    for field, meant in zip(spanish, english, strict=True):
        assert (field.name, field.kind) == (meant.name, meant.kind)
        assert field.help == meant.help == "" or field.help != meant.help
        assert not ENGLISH.search(field.label), field.label


async def test_the_page_of_near_matches_and_a_source_s_form_are_in_spanish(api: Api) -> None:
    district = District(api.db, await tenants.by_id(api.db, api.tenant))
    for slug, name in (("sis", "Ada"), ("lms", "Zoe")):
        source = await district.source(slug, "oneroster")
        await district.take(source, "users", [user("u-1", name, identifier="1001")])
    await district.settle()
    reader = await signed_in(api, "steward", language="es")
    page = (await reader.get("/matches")).text
    assert "comparten" in page
    assert "sus nombres de pila son distintos" in page
    made = (await reader.get("/sources/new/canvas")).text
    assert "El secreto de la clave de desarrollador" in made
    sent = {"name": "X", "s-base_url": "https://canvas.invalid", "s-at_once": "many"}
    wrong = await reader.send("/sources/new/canvas", sent, page="/sources/new/canvas")
    assert "se necesita un número entero" in wrong.text
