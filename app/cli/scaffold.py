"""`tessera new-connector`: a folder to begin a connector with, which passes the contract tests as it is."""

import keyword
import re
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer
from rich.markup import escape

import connectors
from app.cli.console import out
from app.errors import ConfigError
from connectors.testing import lock

PYPROJECT = Template("""[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "$project"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["tessera-records"]

[project.entry-points."tessera.connectors"]
$name = "$package:connector"

[tool.hatch.build.targets.wheel]
packages = ["$package"]
""")


def new_connector(
    name: Annotated[str, typer.Argument(help="the connector's name: small letters, digits and _")],
    folder: Annotated[Path | None, typer.Option(help="where connectors are, if not beside this program")] = None,
    distribution: Annotated[
        bool, typer.Option("--distribution", help="a distribution of its own, outside Tessera's repository")
    ] = False,
) -> None:
    """Make the folder of a new connector: client, mapping, fixtures and README, ready to be filled."""
    if distribution:
        target = write_distribution(name, folder or Path.cwd())
    else:
        target = write(name, folder or Path(connectors.__path__[0]))
    out.print(f"[green]✓[/] {escape(str(target))}")
    for path in sorted(path for path in target.rglob("*") if path.is_file()):
        out.print(f"    {path.relative_to(target)}")
    found_by = f"once it is installed (pip install --editable {target})" if distribution else "already"
    out.print(f"\nIts README says what to do next. The contract tests find it {escape(found_by)}:")
    out.print(f"    pytest --pyargs connectors.testing.suite --connector {name}")


def write_distribution(name: str, folder: Path) -> Path:
    """Write a distribution that offers a connector as an entry point; ConfigError as `write` has it."""
    package = f"tessera_{name}"
    target = folder / f"tessera-{name.replace('_', '-')}"
    if target.exists():
        raise ConfigError(f"{target} exists: choose another name, or edit what is there")
    write(name, target, package)
    (target / "pyproject.toml").write_text(
        PYPROJECT.substitute(name=name, package=package, project=target.name), "utf-8"
    )
    return target


def write(name: str, folder: Path, package: str | None = None) -> Path:
    """Write a connector's folder; ConfigError for a name that will not do or is taken.

    `package` is what it is imported as; without one, it is one of `connectors`.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", name) or keyword.iskeyword(name):
        raise ConfigError(f"'{name}' is no name for a connector: small letters, digits and _, such as district_lms")
    home = folder / (package or name)
    package = package or f"connectors.{name}"
    if home.exists():
        raise ConfigError(f"{home} exists: choose another name, or edit what is there")
    words = name.split("_")
    values = {
        "name": name,
        "package": package,
        "title": " ".join(words).title(),
        "camel": "".join(word.title() for word in words),
    }
    try:
        for path, text in sorted(_texts(files("app.cli") / "connector_template", "")):
            target = home / path.removesuffix(".tmpl")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(text).substitute(values) if path.endswith(".tmpl") else text, "utf-8")
        lock.write(home, lock.of_folder(home, 1, [f"{package}.mapping"]))
    except OSError as why:
        raise ConfigError(f"{home} cannot be written: {why} (name another place with --folder)") from why
    return home


def _texts(folder: Traversable, path: str) -> list[tuple[str, str]]:
    """Every file of the template, by its path."""
    texts: list[tuple[str, str]] = []
    for entry in folder.iterdir():
        inside = f"{path}{entry.name}"
        texts += _texts(entry, f"{inside}/") if entry.is_dir() else [(inside, entry.read_text("utf-8"))]
    return texts
