"""Scored matching: how well sign-ups find their learner, and what one costs against a large district."""

import time
from collections import defaultdict

from app.matching.apart import PersonRef
from app.matching.blocking import MOST, keys
from app.matching.evaluate import Evaluation, evaluate, model_of
from app.matching.guards import candidates, stops
from app.matching.traits import Traits
from bench.figures import Figure
from tests.support.households import roster, sign_ups, traits_of

SEEDS = (101, 202, 303)
PEOPLE, SIGN_UPS = 6000, 4000
DISTRICT, ASKED = 100_000, 2000


def figures() -> list[Figure]:
    """Precision and recall over three seeds, the worst of each, and the time of one sign-up."""
    outcomes = [_seed(seed) for seed in SEEDS]
    wrong = sum(len(outcome.wrong) for outcome in outcomes)
    return [
        Figure("matching: wrong automatic links, three districts", "links", wrong, wanted=0, ceiling=True),
        Figure("true pairs linked automatically", "share", min(o.automatic.value for o in outcomes), wanted=0.88),
        Figure("true pairs linked or asked about", "share", min(o.found.value for o in outcomes), wanted=0.997),
        Figure("sign-ups asked about", "share", max(o.queue.value for o in outcomes), wanted=0.11, ceiling=True),
        Figure("one sign-up against 100,000 (p95)", "CPU-ms", _sign_up_seconds(), wanted=20, ceiling=True),
    ]


def _seed(seed: int) -> Evaluation:
    children = roster(seed, PEOPLE)
    forms = sign_ups(seed, children, SIGN_UPS)
    truth = {PersonRef(2, str(n)): PersonRef(1, child.true) for n, child in enumerate(forms) if child.true}
    listed = [traits_of(1, child.true, child) for child in children]
    return evaluate(listed, [traits_of(2, str(n), child) for n, child in enumerate(forms)], truth)


def _sign_up_seconds() -> float:
    """The time that 19 of 20 sign-ups take at most, in milliseconds of CPU: keys, candidates, scores and guards."""
    children = roster(1, DISTRICT)
    listed = [traits_of(1, child.true, child) for child in children]
    index: dict[str, list[Traits]] = defaultdict(list)
    for person in listed:
        for key in keys(person):
            index[key].append(person)
    model, spent = model_of(listed), []
    for n, form in enumerate(sign_ups(1, children, ASKED)):
        person, began = traits_of(2, str(n), form), time.process_time()
        around = {c.ref: c for key in keys(person) if len(index.get(key, ())) <= MOST for c in index.get(key, ())}
        ranked = candidates(person, list(around.values()), model)
        if ranked:
            stops(person, ranked, list(around.values()), model)
        spent.append(time.process_time() - began)
    return sorted(spent)[int(len(spent) * 0.95)] * 1000
