"""The verbs that Open edX and Moodle send are known, each with what it says, and fill no quarantine."""

from copy import deepcopy
from typing import Any

import pytest

from connectors.fields import Fields
from connectors.xapi.mapping import statements
from connectors.xapi.verbs import VERBS, Meaning
from schemas import Credential, Evidence, Result

ADL, TINCAN = "http://adlnet.gov/expapi/verbs/", "http://id.tincanapi.com/verb/"
ACROSSX, DOD, TLA = (f"https://w3id.org/xapi/{name}/verbs/" for name in ("acrossx", "dod-isd", "tla"))
STREAMS, SCHEMA = "http://activitystrea.ms/", "http://activitystrea.ms/schema/1.0/"
EDLM, VIDEO = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/", "https://w3id.org/xapi/video/verbs/"
XAPI_FR = "http://vocab.xapi.fr/verbs/"
SENT = {
    "Open edX (event-routing-backends)": {
        ADL: "asked attempted completed failed initialized interacted passed progressed registered terminated",
        TINCAN: "earned unregistered viewed",
        ACROSSX: "edited evaluated posted reported",
        DOD: "deleted navigated",
        "https://w3id.org/xapi/openedx/verb/": "unreported voted",
        VIDEO: "paused played seeked",
    },
    "Moodle (logstore_xapi)": {
        STREAMS: "create delete join leave send start submit update",
        SCHEMA: "assign create join leave receive retract start submit",
        ADL: "answered attended commented completed imported launched registered",
        TINCAN: "adjourned live replied secured unregistered unsecured viewed",
        ACROSSX: "edited searched",
        DOD: "assessed deleted published",
        TLA: "achieved forfeited resumed scored suspended verified",
        EDLM: "enrolled exceeded locked login logout restarted subscribed toured uncompleted unlocked unsubscribed",
    },
    "TRAX Logs (moodle-profile of xapi-fr)": {
        XAPI_FR: "graded marked-completion navigated-in reset",
        TINCAN: "defined",
    },
}
CASES = [
    pytest.param(base + verb, id=f"{sender.split()[0]}-{verb}")
    for sender, bases in SENT.items()
    for base, verbs in bases.items()
    for verb in verbs.split()
]


@pytest.mark.parametrize("verb", CASES)
def test_every_verb_they_send_is_known(verb: str) -> None:
    assert verb in VERBS


@pytest.mark.parametrize(
    ("verb", "meaning"),
    [
        (ACROSSX + "evaluated", "measured"),
        (TINCAN + "earned", "measured"),
        (TLA + "scored", "measured"),
        (DOD + "assessed", "measured"),
        (ADL + "answered", "answered"),
        (ACROSSX + "answered", "answered"),
        (XAPI_FR + "graded", "measured"),
        (SCHEMA + "complete", "shown"),
        (TINCAN + "viewed", "nothing"),
        (SCHEMA + "submit", "nothing"),
        (SCHEMA + "start", "nothing"),
        (DOD + "navigated", "nothing"),
        (VIDEO + "played", "nothing"),
    ],
)
def test_what_verbs_mean(verb: str, meaning: Meaning) -> None:
    assert VERBS[verb] == meaning


BADGE = "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/badge"
PARENT = {"contextActivities": {"parent": [{"id": "https://lms.example.org/quiz/1"}]}}
SCORE = {"score": {"raw": 3, "min": 0, "max": 4, "scaled": 0.75}, "success": True}


def records_of(verb: str, **fields: Any) -> list[Any]:
    statement = {
        "id": "44444444-6f0c-4a52-9d0c-2f4f3f1f7a01",
        "actor": {"account": {"homePage": "https://lms.example.org", "name": "7"}},
        "verb": {"id": verb},
        "object": {"id": "https://lms.example.org/x/1", "definition": {"name": {"en": "X"}}},
        "timestamp": "2026-10-01T00:00:00Z",
    }
    return list(statements({}, {})(Fields(deepcopy(statement | fields))))  # it is read destructively


def results(records: list[Any]) -> list[Result]:
    return [record for record in records if isinstance(record, Result)]


def test_a_measured_statement_is_a_result_and_without_one_says_nothing() -> None:
    for verb in (ACROSSX + "evaluated", TINCAN + "earned", TLA + "scored", DOD + "assessed"):
        [result] = results(records_of(verb, result=SCORE))
        assert (result.score, result.maximum, result.passed) == (3, 4, True)
        assert records_of(verb) == []


def test_an_answer_counts_where_it_stands_by_itself() -> None:
    assert len(results(records_of(ADL + "answered", result=SCORE))) == 1
    assert records_of(ADL + "answered", result=SCORE, context=PARENT) == []
    assert records_of(ADL + "answered", result={"success": True}) == []


def test_a_badge_achieved_is_granted_and_forfeited_is_taken_back() -> None:
    badge = {"id": "https://lms.example.org/badges/1", "definition": {"name": {"en": "Robotics"}, "type": BADGE}}
    for verb, revoked in ((TLA + "achieved", False), (TLA + "forfeited", True)):
        [credential] = [record for record in records_of(verb, object=badge) if isinstance(record, Credential)]
        assert (credential.name, credential.revoked) == ("Robotics", revoked)
    assert records_of(TINCAN + "viewed", object=badge) == []


def test_a_problem_of_several_questions_and_one_worth_nothing_are_taken_as_they_come() -> None:
    grouped = {"objectType": "GroupActivity", "id": "https://edx.example.org/p/1"}
    assert len(results(records_of(ACROSSX + "evaluated", object=grouped, result=SCORE))) == 1
    nothing = {"score": {"raw": 0, "min": 0, "max": 0, "scaled": 0}, "success": True}
    [result] = results(records_of(ACROSSX + "evaluated", result=nothing))
    assert (result.score, result.passed) == (None, True)
    assert records_of(ACROSSX + "evaluated", result={"score": nothing["score"]}) == []
    unnamed = {"definition": {"type": "http://adlnet.gov/expapi/activities/cmi.interaction"}}
    assert len(results(records_of(ACROSSX + "evaluated", object=unnamed, result=SCORE))) == 1


def test_what_is_marked_as_not_complete_is_no_work_done() -> None:
    for verb in (XAPI_FR + "marked-completion", ADL + "completed"):
        assert records_of(verb, result={"completion": False}) == []
        assert len(results(records_of(verb, result={"completion": False, **SCORE}))) == 1


def test_work_done_and_not_judged_is_evidence() -> None:
    assert any(isinstance(record, Evidence) for record in records_of(ADL + "completed", result={"completion": True}))
