"""What `deploy/` offers: it is sound YAML and JSON, asks for what it needs, and names only metrics that there are."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from prometheus_client import CollectorRegistry

from app.api.kit.edge import RequestMetrics
from app.api.pipeline.push import PushIntake
from app.api.sources.health import BacklogMetrics

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CHART = DEPLOY / "helm" / "tessera"
GIVEN = {"publicUrl": "https://records.example.org"}
PROCESS = {"up", "process_resident_memory_bytes", "process_cpu_seconds_total"}


def metrics() -> set[str]:
    registry = CollectorRegistry()
    RequestMetrics(registry)
    BacklogMetrics(registry)
    PushIntake(None, registry, 1, 1)  # type: ignore[arg-type]  # nothing is pushed
    names = set(PROCESS)
    for family in registry.collect():
        names |= {f"{family.name}{ending}" for ending in ("", "_total", "_bucket", "_count", "_sum")}
    return names


@pytest.mark.parametrize("path", [ROOT / "compose.yaml", DEPLOY / "compose.several.yaml"], ids=lambda path: path.name)
def test_compose_asks_for_the_key_and_gives_the_same_to_all(path: Path) -> None:
    services = yaml.safe_load(path.read_text())["services"]
    ours = {name: service for name, service in services.items() if service.get("image") == "tessera"}
    assert ours
    for name, service in ours.items():
        environment = service.get("environment", {})
        assert service["read_only"], name
        if name != "tessera":  # which has a database and a key of its own, in its volume
            assert environment["TESSERA_KEY"].startswith("${TESSERA_KEY:?"), name
            assert ":?" in environment["DATABASE_URL"], name


def test_alerts_and_the_dashboard_name_metrics_that_there_are() -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((DEPLOY / "grafana" / "tessera.json").read_text())["panels"]
    exprs = [rule["expr"] for rule in rules] + [target["expr"] for panel in panels for target in panel["targets"]]
    named = {name for expr in exprs for name in re.findall(r"\b(?:tessera_\w+|process_\w+|up)\b", expr)}
    assert named - metrics() == set()
    assert {"tessera_http_requests_total", "tessera_paused_sources"} <= named


def test_the_charts_values_are_as_its_schema_says() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({**values, **GIVEN}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, schema)  # the public address has to be given


def documents() -> list[dict[str, Any]]:
    """The chart's documents, with a word in each place that Helm fills: their shape is what is looked at."""
    parts = []
    for path in sorted((CHART / "templates").glob("*.yaml")):
        text = re.sub(r"^\s*\{\{-.*\}\}\s*$", "", path.read_text(), flags=re.MULTILINE)
        parts += [part for part in yaml.safe_load_all(re.sub(r"\{\{.*?\}\}", "1", text)) if part]
    return parts


def test_the_charts_documents_have_probes_budgets_and_migrations_before_the_pods() -> None:
    kinds = {(document["kind"], document["metadata"]["name"]): document for document in documents()}
    assert {kind for kind, _ in kinds} == {"Deployment", "Service", "PodDisruptionBudget", "Job", "Ingress"}
    for document in documents():
        if document["kind"] not in ("Deployment", "Job"):
            continue
        pod = document["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["envFrom"][0]["secretRef"]
    server = kinds["Deployment", "1-server"]["spec"]["template"]["spec"]["containers"][0]
    assert server["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert server["livenessProbe"]["httpGet"]["path"] == "/livez"
    (job,) = [document for document in documents() if document["kind"] == "Job"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    assert sum(document["kind"] == "PodDisruptionBudget" for document in documents()) == 2


def test_helm_renders_the_chart() -> None:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("unavailable in CI: helm is not here; the chart's shape is checked without it")
    options = ["--set", "publicUrl=https://records.example.org", "--set", "ingress.enabled=true"]
    for command in (["lint", CHART, *options], ["template", "x", CHART, *options]):
        done = subprocess.run([helm, *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
