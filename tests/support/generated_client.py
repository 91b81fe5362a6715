"""A vendor's program on the Python client that openapi-python-client makes: it pushes, reads back, meets an error.

Run by the generator's own interpreter, with the folder that holds the client, the service's address and a key. What it
saw goes to standard output.
"""

import json
import sys
from uuid import UUID

folder, url, key = sys.argv[1:]
sys.path.insert(0, folder)

from client import AuthenticatedClient  # noqa: E402
from client.api.evidence_and_badges import push_evidence  # noqa: E402
from client.api.learners import list_learners, read_record  # noqa: E402
from client.models import EvidenceItem, Header, Problem, PushOutcome  # noqa: E402

service = AuthenticatedClient(base_url=url, token=key)
item = EvidenceItem.from_dict(
    {
        "id": "py-1",
        "learner": {"identifiers": [{"type": "district", "value": "100482"}], "name": {"given": "Ada"}},
        "name": "A robot that follows a line",
        "occurredAt": "2026-10-03T20:30:00Z",
    }
)
pushed = push_evidence.sync(client=service, body=item)
assert isinstance(pushed, PushOutcome), pushed
missing = read_record.sync(UUID(int=0), client=service)
assert isinstance(missing, Problem), missing
learners = list_learners.sync(client=service)
names = []
for learner in getattr(learners, "learners", []):
    record = read_record.sync(learner.id, client=service)
    assert isinstance(record, Header), record
    names += [name.value for name in record.names]
json.dump({"status": pushed.items[0].status, "problem": missing.type_, "names": names}, sys.stdout)
