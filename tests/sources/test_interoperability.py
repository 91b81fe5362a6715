"""How interoperable is this: levels follow from what is configured and what came, each with its evidence."""

from app.records.settle import settle
from app.sources.interoperability import of_tenant
from tests.support.api import EVIDENCE, Api


async def test_a_districts_metrics_follow_from_what_is_configured(api: Api) -> None:
    async with api.db.transaction(api.tenant) as tx:
        empty = await of_tenant(tx, api.app.state.service.settings)
    levels = {metric.name: metric.level for metric in empty.metrics}
    assert len(levels) == 10
    assert (levels["Data quality"], levels["Import process"], levels["Export security"]) == (1, 1, 2)
    headers = await api.pusher()
    pushed = [EVIDENCE, {**EVIDENCE, "id": "bad", "learner": {"identifiers": []}}]
    await api.http.post("/v1/evidence", json=pushed, headers=headers)
    await settle(api.db, api.tenant)
    body = (await api.http.get("/v1/interoperability", headers=headers)).json()
    levels = {metric["name"]: metric["level"] for metric in body["metrics"]}
    assert (levels["Data quality"], levels["Import process"], levels["Import frequency"]) == (4, 4, 4)
    assert levels["Data granularity"] < 4
    assert all(metric["evidence"] and (metric["next"] or metric["level"] == 4) for metric in body["metrics"])
    (source,) = body["sources"]
    assert source["sends"]["evidence"] >= 1
    assert source["when"] == "at once"
    assert source["rejects"]["evidence"].startswith("1: ")
    assert "Ada" not in str(body), "numbers, and nothing of whom"


async def test_everybody_reads_what_the_instance_offers_and_nothing_of_districts(api: Api) -> None:
    body = (await api.http.get("/about/interoperability")).json()
    assert {standard["name"] for standard in body["standards"]} >= {"OneRoster", "CASE", "Open Badges"}
    assert [metric["name"][:6] for metric in body["metrics"]] == ["Export"] * 4
    page = await api.http.get("/about/interoperability", headers={"Accept": "text/html"})
    assert "How interoperable is this?" in page.text
    assert "Sample District" not in page.text + str(body)
