"""A new connector passes everything a finished one must, as it is generated, and nothing else was edited."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.scaffold import write
from app.errors import ConfigError

ROOT = Path(__file__).parents[2]
NAMES = ["qt", "district_lms", "a_name_as_long_as_names_may_be1"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a connector author has: this repository, without what connectors have no use for."""
    for folder in ("connectors", "schemas"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "tests" / "connectors").mkdir(parents=True)
    for name in ("contract.py", "golden.py", "test_contract.py"):
        shutil.copy(ROOT / "tests" / "connectors" / name, tmp_path / "tests" / "connectors" / name)
    return tmp_path


def done(copy: Path, *command: str) -> str:
    """What a tool says; it fails the test where the tool complains."""
    ran = subprocess.run([sys.executable, "-m", *command], cwd=copy, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_generated_connectors_pass_lint_types_and_contract(copy: Path) -> None:
    for name in NAMES:
        write(name, copy / "connectors")
    made = [f"connectors/{name}" for name in NAMES]
    done(copy, "ruff", "check", *made)
    done(copy, "ruff", "format", "--check", *made)
    done(copy, "mypy", *(part for name in NAMES for part in ("-p", f"connectors.{name}")))
    done(copy, "pytest", "tests/connectors/test_contract.py", "-q", "-k", " or ".join(NAMES))
    assert done(copy, "tests.connectors.golden", *NAMES) == ""


@pytest.mark.parametrize("name", ["Canvas", "x", "9lives", "two words", "../up", "class", "a" * 32])
def test_a_name_that_will_not_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no name for a connector"):
        write(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_taken(tmp_path: Path) -> None:
    write("district_lms", tmp_path)
    with pytest.raises(ConfigError, match="exists: choose another name"):
        write("district_lms", tmp_path)
