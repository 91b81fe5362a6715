"""What a level looks like is told in the reader's words: "I can …" to a learner, and to a family in its language."""

import re
from typing import Any

import pytest

from app.mastery.policies import KHAN_LEVELS, USUAL_LEVELS, Level
from app.records.settle import settle
from app.web.kit.descriptors import looks_like, name
from app.web.kit.words import speak
from tests.support.api import Api
from tests.support.competencies import learner  # noqa: F401  (learner is a fixture)
from tests.support.frameworks import ident
from tests.support.people import signed_in


@pytest.mark.parametrize("level", [*USUAL_LEVELS, *KHAN_LEVELS], ids=lambda level: str(level.name))
def test_each_shipped_level_is_told_four_ways(level: Level) -> None:
    sentences: dict[tuple[str, bool], str] = {}
    names: dict[str, str] = {}
    try:
        for language in ("en", "es"):
            speak(language)
            names[language] = name(level)
            sentences |= {(language, own): looks_like(level, own=own) for own in (True, False)}
    finally:
        speak("en")
    assert sentences["en", True].startswith("I can ")
    assert "uedo " in sentences["es", True]
    assert len(set(sentences.values())) == 4
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


async def test_a_family_reads_levels_and_pictures_in_its_language_and_no_bare_code(api: Api, learner: Any) -> None:
    who, headers = learner
    item = {
        "id": "vendor-1",
        "learner": {"identifiers": [{"type": "district", "value": "100482"}]},
        "name": "Screening",
        "occurredAt": "2026-11-03T10:00:00Z",
        "result": {"level": "High"},
    }
    assert (await api.http.post("/v1/evidence", json=item, headers=headers)).status_code == 201
    await settle(api.db, api.tenant)
    reader = await signed_in(api, "guardian", learner=who, language="es")
    page = (await reader.get(f"/mine/{who}")).text
    pictures = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert pictures
    for picture in pictures:
        assert "Perfil: niveles por competencia" in picture
        assert not re.search(r"Proficient|Beginning|Developing|Advanced|mastered|school", picture)
        assert not re.search(r"\bW\.\d", picture), "competencies in words, not by codes"
    assert "«High», en palabras de Robotics-Club" in page
