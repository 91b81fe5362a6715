"""What is suspended, reinstated or revoked is told everywhere from the next request on."""

from typing import Any

from app.credentials.status import unpacked, value
from tests.support.api import Api
from tests.support.everywhere import (
    Everywhere,
    everywhere,  # noqa: F401  (fixtures)
)
from tests.support.issuing import badge, checked


def all_say(state: str, verdict: str, reasons: list[str], *, good: bool) -> dict[str, Any]:
    return {
        "credential": state,
        "list": [state],
        "verification": verdict,
        "verify page": good,
        "VC-API": good,
        "share page": good,
        "revocations": reasons,
    }


async def test_every_place_tells_the_same_at_once(everywhere: Everywhere) -> None:
    assert await everywhere.told() == all_say("active", "valid", [], good=True)
    await everywhere.change("suspended")
    assert await everywhere.told() == all_say("suspended", "invalid", ["Suspended: For a test"], good=False)
    assert "Suspended for now" in (await everywhere.api.http.get(everywhere.link)).text
    await everywhere.change("active")
    assert await everywhere.told() == all_say("active", "valid", [], good=True)
    await everywhere.change("revoked")
    assert await everywhere.told() == all_say("revoked", "invalid", ["For a test"], good=False)
    page = (await everywhere.api.http.get(everywhere.link)).text
    assert "Revoked" in page
    assert "For a test" in page


async def test_the_achievement_stays_what_it_is_whoever_lost_it(everywhere: Everywhere) -> None:
    path = everywhere.document["credentialSubject"]["achievement"]["id"].removeprefix("http://127.0.0.1:8000")
    before = await everywhere.api.http.get(path)
    await everywhere.change("revoked")
    after = await everywhere.api.http.get(path)
    assert (before.status_code, after.status_code) == (200, 200)
    assert before.text == after.text
    assert everywhere.id not in after.text


async def test_a_bit_of_the_status_list_turns_at_once(api: Api) -> None:
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers, status="BitstringStatusListEntry")
    entry = issued["document"]["credentialStatus"]
    path = entry["statusListCredential"].removeprefix("http://127.0.0.1:8000")
    bits = []
    for state in (None, "revoked"):
        if state:
            url = f"/v1/credentials/{issued['id']}/state"
            await api.http.post(url, json={"state": state}, headers=headers)
        listed = (await api.http.get(path)).json()
        assert (await checked(api, listed)).verdict == "valid"
        bits.append(value(unpacked(listed["credentialSubject"]["encodedList"]), int(entry["statusListIndex"])))
    assert bits == [0, 1]
