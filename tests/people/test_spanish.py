"""Public pages in Spanish: by the browser's wish, and by the person's who has signed in with it."""

import re
from uuid import UUID, uuid4

import pytest

from tests.support.api import Api
from tests.support.issuing import badge
from tests.support.people import HTML, browsing, signed_in

SPANISH = {**HTML, "Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
LOOSE = re.compile(r"\b(?:the|this|works until|issued|shared|none|grade|download)\b", re.IGNORECASE)
"""English that a page of these would say."""


async def pages_of(api: Api) -> dict[str, str]:
    """A page of each public kind: where it is."""
    headers = await api.pusher()
    learner = await api.learner(headers)
    issued = await badge(api, learner, headers)
    order = {"items": [issued["id"]], "purpose": "Universidad"}
    share = (await api.http.post(f"/v1/learners/{learner}/shares", json=order, headers=headers)).json()
    link = (
        await api.http.post(f"/v1/learners/{learner}/record-link", json={"reader": "Abuela"}, headers=headers)
    ).json()
    home = api.app.state.service.settings.home
    path = str(link["url"]).removeprefix(home)
    achievement = issued["credential"]["credentialSubject"]["achievement"]["id"] if "credential" in issued else ""
    return {
        "share": str(share["url"]).removeprefix(home),
        "record": path,
        "then": f"{path}/then",
        "verify": "/verify",
        "issuer": "/t/sample/about",
        **({"achievement": achievement.removeprefix(home)} if achievement else {}),
        "nothing": "/t/sample/s/" + "x" * 32,
        "no link": "/record/x",
    }


def spoken(text: str) -> str:
    """What a page says, but for its pictures and what people wrote."""
    main = re.sub(r"<svg.*?</svg>|<[^>]*>|Unit test.*?\.|did:web\S*", " ", text.split("<body>")[1], flags=re.DOTALL)
    return main.replace("A robot that follows a line", "")


async def test_public_pages_speak_the_browser_s_language(api: Api) -> None:
    paths = await pages_of(api)
    for name, path in paths.items():
        async with browsing(api.app) as http:
            page = await http.get(path, headers=SPANISH)
            english = await http.get(path)
        assert '<html lang="es">' in page.text, name
        assert not LOOSE.search(spoken(page.text)), (name, LOOSE.findall(spoken(page.text)), spoken(page.text)[:1500])
        assert '<html lang="en">' in english.text
        assert english.status_code == page.status_code
    dated = (await browsing(api.app).get(paths["record"], headers=SPANISH)).text
    assert re.search(r"Este enlace funciona hasta el \d+ de \w+ de \d{4}", dated)
    about = await browsing(api.app).get(paths["issuer"], headers=SPANISH)
    assert "Accept-Language" in about.headers["vary"], "a cache in between keeps one for each language"


async def test_public_pages_speak_the_language_of_who_has_signed_in(api: Api) -> None:
    reader = await signed_in(api, "guardian", learner=uuid4(), language="es")
    await reader.get("/me")
    assert '<html lang="es">' in (await reader.get("/verify")).text
    await reader.send("/me", {"name": "Ana", "language": "en"})
    assert '<html lang="en">' in (await reader.get("/verify", headers=SPANISH)).text
    await reader.send("/me", {"name": "Ana", "language": ""})
    assert '<html lang="es">' in (await reader.get("/verify", headers=SPANISH)).text


@pytest.mark.parametrize(
    ("credential", "sentence"),
    [("{}", "Esta credencial no"), ("", "Pegue una credencial"), ('{"@context": "x", "type": "y"}', "No válida")],
)
async def test_verification_answers_in_spanish(api: Api, credential: str, sentence: str) -> None:
    page = await api.http.post("/verify", data={"credential": credential}, headers=SPANISH)
    assert sentence in page.text


async def test_a_badge_that_is_good_is_said_to_be_so_in_spanish(api: Api) -> None:
    headers = await api.pusher()
    learner = UUID(await api.learner(headers))
    issued = await badge(api, str(learner), headers)
    answer = await api.http.get(f"/v1/credentials/{issued['id']}", headers=headers)
    page = (await api.http.post("/verify", data={"credential": answer.text}, headers=SPANISH)).text
    for words in ("Sin cambios desde que se firmó", "Emitida por", "Válida hoy", "Lo que dice:"):
        assert words in page
