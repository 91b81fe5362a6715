"""Records that name others: whatever changes, in whatever order, each learner's record says what is so now."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.db.sources import sources
from app.pipeline import absence
from app.pipeline.replay import replay
from app.sources.source import Source, open_source
from tests.support.district import MORNING, VAULT, District, class_, enrollment, user
from tests.support.identity_worlds import TABLES, from_nothing, outcome
from tests.support.limits import LOOPBACK

few = st.integers(0, 1)
word = st.sampled_from(["North", "South"])
Step = tuple[Any, ...]
STEPS = st.one_of(
    st.tuples(st.just("orgs"), few, word),
    st.tuples(st.just("courses"), few, word, few),
    st.tuples(st.just("classes"), few, word, few, few),
    st.tuples(st.just("users"), st.integers(0, 3), word, st.booleans(), few),
    st.tuples(st.just("enrollments"), few, few, few, st.booleans()),
    st.tuples(st.just("lineItems"), few, word, few),
    st.tuples(st.just("results"), few, few, few, st.integers(0, 3)),
    st.tuples(st.just("gone"), st.sampled_from(["orgs", "courses", "classes", "users", "lineItems", "results"]), few),
    st.just(("settle",)),
    st.just(("replay",)),
)
STAMP = {"status": "active", "dateLastModified": "2026-09-01T08:00:00.000Z"}


def ref(key: str) -> dict[str, str]:
    return {"sourcedId": key, "type": "x", "href": "x"}


def record(step: Step) -> dict[str, Any]:
    """The step's record as the student information system has it."""
    match step:
        case ("orgs", key, name):
            return {"sourcedId": f"o-{key}", **STAMP, "name": name, "type": "school"}
        case ("courses", key, title, org):
            return {"sourcedId": f"k-{key}", **STAMP, "title": title, "org": ref(f"o-{org}")}
        case ("classes", key, title, course, org):
            return class_(f"c-{key}", title, course=ref(f"k-{course}"), school=ref(f"o-{org}"))
        case ("users", key, given_, student, org):
            role = {"roleType": "primary", "role": "student" if student else "parent", "org": ref(f"o-{org}")}
            agents = [ref(f"u-{(key + 1) % 4}")] if student else []
            return user(f"u-{key}", given_, roles=[role], agents=agents)
        case ("enrollments", key, person, taught, withdrawn):
            more = {"status": "tobedeleted"} if withdrawn else {}
            return enrollment(f"e-{key}", f"u-{person}", f"c-{taught}", **more)
        case ("lineItems", key, title, taught):
            more = {"assignDate": "2026-09-01T08:00:00Z", "dueDate": "2026-09-02T08:00:00Z", "school": ref("o-0")}
            return {"sourcedId": f"l-{key}", **STAMP, "title": title, "class": ref(f"c-{taught}"), **more}
        case (_, key, person, line, score):
            more = {"scoreDate": "2026-09-03", "scoreStatus": "fully graded", "score": score}
            return {
                "sourcedId": f"r-{key}",
                **STAMP,
                "student": ref(f"u-{person}"),
                "lineItem": ref(f"l-{line}"),
                **more,
            }
    raise AssertionError(step)


KEYS = {"orgs": "o", "courses": "k", "classes": "c", "users": "u", "lineItems": "l", "results": "r"}


async def take(district: District, sis: Source, step: Step) -> None:
    if step[0] == "settle":
        await district.settle()
    elif step[0] == "replay":
        await replay(district.db, sis)
    elif step[0] == "gone":
        async with district.db.transaction(district.tenant.id) as tx:
            await absence.mark_absent(tx, sis.id, sis.stream(step[1]), [f"{KEYS[step[1]]}-{step[2]}"], MORNING)
    else:
        assert (await district.take(sis, step[0], [record(step)])).rejected == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=6, max_size=24))
async def test_what_a_record_names_is_never_stale(district: District, steps: list[Step]) -> None:
    async with district.db.transaction(district.tenant.id) as tx:
        for table in TABLES:
            await tx.conn.execute(f"DELETE FROM {table}".encode())
        made = [open_source(row, VAULT, LOOPBACK) for row in await sources.listed(tx)]
    sis = made[0] if made else await district.source("sis", "oneroster")
    for step in steps:
        await take(district, sis, step)
    await district.settle()
    assert await outcome(district) == await from_nothing(district)
