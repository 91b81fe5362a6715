"""A record on paper: the picture begins on the first page, below whose it is, and no page is empty."""

import io
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
from playwright.sync_api import Browser

from tests.support.browser import DESK, Served, browser, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket]
FULL = 350
"""Characters that the first page has beside whose record it is, where the picture is on it."""


def test_the_profile_begins_on_the_first_page(browser: Browser, served: Served, shots: Path | None) -> None:
    del shots
    with signed_in(browser, served, "administrator", name="Printer") as look:
        look.page.set_viewport_size(DESK)
        look.at(f"{look.home}/learners/{UUID(served.learner())}")
        look.page.wait_for_load_state()
        margin = dict.fromkeys(("top", "bottom", "left", "right"), "0.5in")
        document = pypdfium2.PdfDocument(io.BytesIO(look.page.pdf(format="Letter", margin=margin)))  # type: ignore[arg-type]
        lengths = [len(page.get_textpage().get_text_range()) for page in document]
    assert lengths[0] > FULL, lengths
    assert min(lengths[:-1]) > FULL, lengths
