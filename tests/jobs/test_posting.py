"""Letters over one connection: what was taken is not sent again, and one that cannot be written costs itself."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

import pytest

from app.jobs.posting import TRIES, Became, next_try, post_all
from app.programs.notices import Reader
from app.settings import Settings
from app.web.mail.letters import Letter
from tests.support.mail import Mailbox, mail_server

pytestmark = pytest.mark.enable_socket
NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
NAMESPACE = UUID(int=7)


def letters_of(name: str) -> tuple[UUID, Sequence[tuple[Reader, Letter]]]:
    if name == "unwritable":
        raise KeyError(name)
    return uuid5(NAMESPACE, name), [(Reader(f"{name}@example.org", "en"), Letter("News", "There are news."))]


async def posted(box: Mailbox, names: Sequence[str]) -> tuple[int, dict[str, Became]]:
    """How many letters were taken, and what became of each."""
    became: dict[str, Became] = {}

    async def mark(name: str, what: Became) -> None:
        assert name not in became
        became[name] = what

    settings = Settings(mail_host="127.0.0.1", mail_port=box.port, mail_security="none", mail_from="t@example.org")
    return await post_all(settings, 1, names, letters_of=letters_of, mark=mark, now=NOW), became


async def test_what_was_taken_before_the_server_went_away_is_not_sent_again() -> None:
    async with mail_server() as box:
        box.leaves_after = 1
        count, became = await posted(box, ["ada", "bo", "cy"])
    assert count == 1
    assert {name: what.state for name, what in became.items()} == {"ada": "sent", "bo": "waiting", "cy": "waiting"}


async def test_a_letter_that_cannot_be_written_costs_itself() -> None:
    async with mail_server() as box:
        count, became = await posted(box, ["ada", "unwritable", "b o\n", "cy"])
    assert count == 2
    assert {name: what.state for name, what in became.items()} == {
        "ada": "sent",
        "unwritable": "waiting",
        "b o\n": "waiting",
        "cy": "sent",
    }


def test_a_letter_is_tried_later_and_later_and_in_the_end_no_more() -> None:
    waiting = Became("waiting")
    tries = [next_try(waiting, tries, NOW) for tries in range(1, TRIES + 1)]
    assert [state for state, _ in tries] == ["waiting"] * (TRIES - 1) + ["given up"]
    assert [again for _, again in tries] == sorted({again for _, again in tries})
    assert next_try(Became("sent", 1), 1, NOW) == ("sent", NOW)
