"""Letters and colors in the place of pictures: the same for a name everywhere, whatever is in it."""

import pytest
from hypothesis import given
from hypothesis.strategies import text

from app.web.kit.emblems import COLORS, hue, initials


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lovelace", "AL"), ("Ada", "A"), ("Ada King de Lovelace", "AL"), ("Łucja Żak", "ŁŻ"), ("", "★"), ("—", "★")],
)
def test_a_name_has_the_letters_of_its_first_and_last_word(name: str, letters: str) -> None:
    assert initials(name) == letters


@given(text())
def test_any_name_has_letters_and_one_of_the_colors(name: str) -> None:
    assert initials(name)
    assert initials(name) == initials(name)
    assert 0 <= hue(name) < COLORS
