"""What a level looks like is told in the reader's words: "I can …" to a learner, and to a family in its language."""

from typing import Any

import pytest

from app.mastery.policies import KHAN_LEVELS, USUAL_LEVELS, Level
from app.web.kit.descriptors import looks_like, name
from app.web.kit.words import speak
from tests.support.api import Api
from tests.support.competencies import learner  # noqa: F401  (learner is a fixture)
from tests.support.frameworks import ident
from tests.support.people import signed_in


@pytest.mark.parametrize("level", [*USUAL_LEVELS, *KHAN_LEVELS], ids=lambda level: str(level.name))
def test_each_shipped_level_is_told_four_ways(level: Level) -> None:
    told: dict[tuple[str, bool], str] = {}
    names: dict[str, str] = {}
    try:
        for language in ("en", "es"):
            speak(language)
            names[language] = name(level)
            told |= {(language, own): looks_like(level, own=own) for own in (True, False)}
    finally:
        speak("en")
    assert told["en", True].startswith("I can ")
    assert "uedo " in told["es", True]
    assert len(set(told.values())) == 4
    assert names["en"] == level.name != names["es"]


def test_a_district_s_own_level_keeps_its_own_words() -> None:
    own = Level("Proficient", 0.7, "As our handbook has it")
    assert (name(own), looks_like(own, own=True)) == ("Proficient", "As our handbook has it")


async def test_a_parent_and_a_learner_read_why_without_codes_policies_and_advice(api: Api, learner: Any) -> None:
    who, _ = learner
    for role, words in (("learner", "I can "), ("guardian", "help")):
        reader = await signed_in(api, role, learner=who)
        page = (await reader.get(f"/learners/{who}/competencies/{ident('W.1')}")).text
        assert words in page
        for inside in ("Judged by", 'class="code"', "aliases"):
            assert inside not in page
