"""Standings, growth and their pictures on a made-up learner: school, an adaptive tool and a club side by side."""

import json
from datetime import timedelta
from xml.etree import ElementTree as ET

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.mastery.pictures.growth import growth_picture
from app.mastery.pictures.profile import profile_picture
from app.mastery.pictures.svg import mark_of, measured, wrapped
from app.mastery.rules import Highest, Latest
from app.mastery.standing import Evidenced, Ground, by_domain, standings
from app.mastery.views.growth import growth
from app.mastery.views.profile import profile
from tests.support.competency_learner import EVIDENCE, ITEMS, NOVEMBER, competency, rules

SVG = "{http://www.w3.org/2000/svg}"
GROUND = Ground(EVIDENCE, ITEMS, rules())
FOUND = standings(GROUND, NOVEMBER)


def test_strengths_come_first_and_nothing_is_folded_into_one_number() -> None:
    assert [(domain, [standing.item.label for standing in standings]) for _, domain, standings in by_domain(FOUND)] == [
        ("Next Generation Science Standards", ["MS-ETS1-4"]),
        ("The Number System", ["6.NS.A.1", "6.NS.B.2"]),
        ("Ratios and Proportional Relationships", ["6.RP.A.1", "6.RP.A.2"]),
        ("Expressions and Equations", ["6.EE.A.1"]),
    ]
    view = profile(FOUND, NOVEMBER)
    assert [standing.code for standing in view.unaligned] == ["MS-ETS1-4"]
    assert not {"mean", "average", "score", "gpa"} & set(msgspec.json.encode(view).decode().lower().split('"'))


def test_evidence_from_everywhere_stands_side_by_side() -> None:
    [ratio] = [standing for standing in FOUND if standing.item.id == competency(1)]
    assert {mark_of(piece.setting, piece.asserted.method).name for piece in ratio.evidence} == {
        "school",
        "adaptive tool",
        "after school",
    }
    assert (ratio.level, ratio.state.met) == ("Proficient", True)
    assert len(ratio.reasons) == len(ratio.evidence)


@given(st.permutations(EVIDENCE[competency(1)]))
def test_the_order_of_evidence_does_not_matter(order: list[Evidenced]) -> None:
    shuffled = standings(GROUND._replace(evidence={**EVIDENCE, competency(1): order}), NOVEMBER)
    assert shuffled == FOUND
    assert profile_picture(shuffled) == profile_picture(FOUND)


def test_growth_steps_where_the_level_moves_and_sees_nothing_of_later() -> None:
    ways = {way.now.item.label: way for way in growth(GROUND._replace(rules=rules(Latest())), EVIDENCE, NOVEMBER)}
    assert [step.level for step in ways["6.RP.A.1"].steps] == [0, 1, 2, 3]
    early = NOVEMBER - timedelta(days=60)
    then = {way.now.item.label: way for way in growth(GROUND._replace(rules=rules(Highest())), EVIDENCE, early)}
    assert [step.level for step in then["6.RP.A.1"].steps] == [0, 1]


@pytest.mark.parametrize("width", [320, 360, 480, 760, 1200])
def test_pictures_are_well_formed_told_in_words_and_inside_their_frame(width: int) -> None:
    ways = growth(GROUND, EVIDENCE, NOVEMBER)
    for drawn in (profile_picture(FOUND, width=width), growth_picture(ways, NOVEMBER, width=width)):
        root = ET.fromstring(drawn)
        assert (root.get("role"), root.get("viewBox", "").split()[2]) == ("img", str(width))
        description = root.find(f"{SVG}desc")
        assert description is not None
        assert "6.RP.A.1" in (description.text or "")
        for words in root.iter(f"{SVG}text"):
            size, x = float(words.get("font-size", "13")), float(words.get("x", "0"))
            if words.get("text-anchor") != "end":
                assert x + 0.8 * measured(words.text or "", size) <= width, words.text


def test_pictures_of_nothing_say_so() -> None:
    assert "Nothing has been shown yet." in profile_picture([])
    assert "Nothing has been shown yet." in growth_picture([], NOVEMBER)


def test_what_a_source_says_cannot_break_out_of_a_picture() -> None:
    nasty = {key: item._replace(statement='<script>alert("x")</script> & so on') for key, item in ITEMS.items()}
    drawn = profile_picture(standings(GROUND._replace(items=nasty), NOVEMBER))
    assert "<script" not in drawn
    ET.fromstring(drawn)


@given(st.text(max_size=200), st.integers(40, 400), st.integers(1, 3))
def test_wrapped_text_fits(words: str, width: int, lines: int) -> None:
    rows = wrapped(words, width, 13, lines)
    assert len(rows) <= lines
    assert all(measured(row, 13) <= width or len(row) <= 2 for row in rows)


def test_the_made_up_learner_is_json() -> None:
    assert json.loads(msgspec.json.encode(profile(FOUND, NOVEMBER)))["domains"]
