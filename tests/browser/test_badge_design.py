"""A badge that people design, in a real browser: drawn, made of others, endorsed; nothing for axe."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.support.browser import Look, Served, browser, seen_well, served, shots, signed_in

__all__ = ["browser", "served", "shots"]
pytestmark = [pytest.mark.enable_socket, pytest.mark.slow, pytest.mark.timeout(420)]


def program(look: Look, name: str) -> None:
    """Register and approve a program; its page is open then."""
    look.at(f"{look.home}/programs")
    look.page.fill("#name", name)
    look.page.click("text=Register >> nth=-1")
    look.page.click("button:has-text('Approve')")
    look.page.wait_for_selector("text=Invite its coordinator")


def badge(look: Look, name: str, color: str, icon: str, *parts: str) -> None:
    """Add a badge on the page of its program."""
    look.page.click("summary:has-text('Add a badge')")
    look.page.fill("#name", name)
    look.page.fill("#criteria", f"Shows how to {name.lower()}.")
    look.page.click("summary:has-text('Picture, description and credit')")
    look.page.select_option("#color", label=color)
    look.page.select_option("#icon", label=icon)
    if parts:
        look.page.click("summary:has-text('A badge of other badges')")
    for part in parts:
        look.page.check(f"label.check:has-text('{part}') input")
    look.page.click("button:has-text('Add it')")
    look.page.wait_for_selector(f"a:has-text('{name}')")


def test_a_badge_is_designed(browser: Browser, served: Served, shots: Path | None) -> None:
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    with signed_in(browser, served, "administrator") as look:
        program(look, "City Museum")
        program(look, "Makers")
        badge(look, "Cut", "Brick", "Gear wheel")
        badge(look, "Solder", "Blue", "Star")
        badge(look, "Build a lamp", "Violet", "Cup", "Cut (Makers)", "Solder (Makers)")
        assert look.page.locator("img.emblem[src^='data:image/svg+xml']").count() >= 3
        seen_well(look, "badges-of-a-program", shots)
        look.page.click("a:has-text('Build a lamp')")
        assert "Whoever has all of these gets it by itself." in look.text
        look.page.click("summary:has-text('Let another organization endorse it')")
        look.page.select_option("#endorser", label="City Museum")
        look.page.fill("#words", "Whoever has it can begin in our workshop.")
        look.page.click("button:has-text('Endorse it')")
        look.page.wait_for_selector("text=Endorsed: each badge")
        assert "Whoever has it can begin in our workshop." in look.text
        seen_well(look, "badge-designed", shots)
        look.page.click("summary:has-text('What it says')")
        assert look.page.is_checked("label.check:has-text('Cut (Makers)') input")
        assert look.page.input_value("#color") == "#7a4b9a"
        look.page.click("button:has-text('Save')")
        look.page.wait_for_selector("text=Saved.")
        assert "Solder (Makers)" in look.text
        look.page.click("button:has-text('End it')")
        look.page.wait_for_selector("text=Ended.")
        assert "Whoever has it can begin in our workshop." not in look.text
