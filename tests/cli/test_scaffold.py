"""A new connector passes everything a finished one must, as it is generated, and nothing else was edited."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from app.cli.scaffold import write, write_distribution
from app.errors import ConfigError

ROOT = Path(__file__).parents[2]
NAMES = ["qt", "district_lms", "a_name_as_long_as_names_may_be1"]


SUITE = ("-q", "-p", "connectors.testing.plugin", "--pyargs", "connectors.testing.suite")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a connector author has: this repository, without what connectors have no use for."""
    for folder in ("connectors", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def done(copy: Path, *command: str) -> str:
    """What a tool says; it fails the test where the tool complains."""
    ran = subprocess.run([sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def failed(copy: Path, *command: str) -> str:
    """What a tool complains of; it fails the test where the tool does not."""
    ran = subprocess.run([sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True, check=False)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    return " ".join(ran.stdout.split())


def test_generated_connectors_pass_lint_types_and_contract(copy: Path) -> None:
    for name in NAMES:
        write(name, copy / "connectors")
    made = [f"connectors/{name}" for name in NAMES]
    done(copy, "ruff", "check", *made)
    done(copy, "ruff", "format", "--check", *made)
    done(copy, "mypy", *(part for name in NAMES for part in ("-p", f"connectors.{name}")))
    proven = (*SUITE, *(part for name in NAMES for part in ("--connector", name)))
    assert "passed" in done(copy, "pytest", *proven)
    assert done(copy, "connectors.testing.golden", *NAMES) == ""


def test_a_connector_of_its_own_distribution_is_found_and_proven_anywhere(tmp_path: Path) -> None:
    made = write_distribution("far_lms", tmp_path)
    offered = tomllib.loads((made / "pyproject.toml").read_text())["project"]
    info = made / "tessera_far_lms-0.1.0.dist-info"  # what installing it leaves, without a build
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {offered['name']}\nVersion: {offered['version']}\n")
    [(name, target)] = offered["entry-points"]["tessera.connectors"].items()
    (info / "entry_points.txt").write_text(f"[tessera.connectors]\n{name} = {target}\n")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *SUITE, "--connector", "far_lms"],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(made), str(ROOT)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_a_mapping_that_changed_wants_another_version(copy: Path) -> None:
    made = write("qt", copy / "connectors")
    mapping, package = made / "mapping.py", made / "__init__.py"
    suite = (*SUITE, "--connector", "qt")
    before = mapping.read_text()
    mapping.write_text(before + "\nMORE = 1\n")
    assert "Raise `version`" in failed(copy, "pytest", *suite)
    assert "Raise `version`" in failed(copy, "connectors.testing.golden", "qt")
    assert "qt: locked at version 1" in done(copy, "connectors.testing.golden", "qt", "--same-records")
    mapping.write_text(before + "\nMORE = 2\n")
    package.write_text(package.read_text().replace("    rank=", "    version=2,\n    rank=", 1))
    assert "qt: locked at version 2" in done(copy, "connectors.testing.golden", "qt")
    assert "passed" in done(copy, "pytest", *suite)


def test_a_connector_of_another_distribution_is_found_and_proven(copy: Path) -> None:
    """Its folder is anywhere, its distribution says where by an entry point; a name that is taken is refused."""
    made = write("acme", copy / "elsewhere")
    shutil.copytree(made, copy / "acme_tessera")
    metadata = copy / "acme_tessera-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-tessera\nVersion: 1.0\n")
    offer = metadata / "entry_points.txt"
    offer.write_text("[tessera.connectors]\nacme = acme_tessera:connector\n")
    for module in ("__init__.py", "client.py", "mapping.py"):
        path = copy / "acme_tessera" / module
        path.write_text(path.read_text().replace("connectors.acme", "acme_tessera"))
    assert "passed" in done(copy, "pytest", *SUITE, "--connector", "acme")
    offer.write_text("[tessera.connectors]\ncanvas = acme_tessera:connector\n")
    refused = subprocess.run(
        [sys.executable, "-c", "import connectors; connectors.discover()"],
        cwd=copy,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "offers no connector named 'canvas'" in refused.stderr


@pytest.mark.parametrize("name", ["Canvas", "x", "9lives", "two words", "../up", "class", "a" * 32])
def test_a_name_that_will_not_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no name for a connector"):
        write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    write("district_lms", tmp_path)
    with pytest.raises(ConfigError, match="exists: choose another name"):
        write("district_lms", tmp_path)
