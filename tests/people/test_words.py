"""The words of pages: all are in the catalog's reach, and each is said in Spanish, with the same values in it."""

import html
import re
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from app import web
from app.access import audit
from app.web import templates
from app.web.district.audit import KINDS
from app.web.kit import words
from tests.support.catalogs import WEB, known, outside, words_of_pages

TEMPLATES = sorted((WEB / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB / "templates")))
def test_no_template_says_what_no_catalog_can_reach(template: Path) -> None:
    assert [text for _, text in outside(template)] == []


def test_bare_text_would_be_seen(tmp_path: Path) -> None:
    planted = tmp_path / "planted.html"
    planted.write_text(
        '{% trans %}In reach{% endtrans %}<p title="Bare">{{ _("said") }} loose {% if x %}words{% endif %}</p>'
    )
    texts = {text for _, text in outside(planted)}
    assert "Bare" in texts
    assert any("loose" in text and "words" in text for text in texts)


def test_everything_is_said_in_spanish() -> None:
    have = known()
    assert [sentence for sentence in words_of_pages() if not have.get(sentence)] == [], (
        "run: python -m tests.support.catalogs, and translate"
    )


def test_nothing_is_translated_that_nobody_says() -> None:
    assert sorted(map(str, known().keys() - words_of_pages().keys())) == []


def test_whatever_is_written_down_has_a_name() -> None:
    assert {*KINDS} == {*audit.KINDS}


def test_translations_hold_the_same_values() -> None:
    for sentence, spanish in known().items():
        english = sentence if isinstance(sentence, str) else sentence[1]
        assert set(re.findall(r"%\(\w+\)s", spanish)) == set(re.findall(r"%\(\w+\)s", english)), english


@pytest.mark.parametrize("number", [0, 1, 2, 3, 11, 1_000_000])
def test_however_many_there_are_it_is_said_in_spanish(number: int) -> None:
    spanish = words.catalog("es")
    plurals = [sentence for sentence in known() if not isinstance(sentence, str)]
    assert plurals
    assert [plural for plural in plurals if spanish.ngettext(*plural, number) in (*plural, "")] == []


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.5", "es"),
        ("fr,es;q=0.1", "es"),
        ("en;q=0.1,es;q=0", "en"),
        ("de", "en"),
        ("x;q=y", "en"),
    ],
)
def test_the_browser_s_language_is_heard(header: str, language: str) -> None:
    assert words.chosen(None, header=header) == language
    assert words.chosen("es", header=header) == "es"


@given(st.text())
def test_a_complaint_that_quotes_somebody_is_text_in_a_page(quoted: str) -> None:
    """Words that no catalog has are never markup, and a per cent sign in them is one."""
    markup = templates().from_string("{{ _(complaint) }}").render(complaint=f"'{quoted}' is no date")
    assert html.unescape(markup) == web.unturned(f"'{quoted}' is no date")
    assert "<" not in markup


def test_our_own_words_are_said_with_what_they_are_given_escaped() -> None:
    markup = templates().from_string('{{ _("by %(name)s", name=name) }}').render(name="<b>")
    assert markup == "by &lt;b&gt;"
