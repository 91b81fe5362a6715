"""The pytest plugin: `--connector NAME` says which connectors the suite is for; without it, all that are installed.

`--world MODULE:FUNCTION` says on which sources the suite of misbehavior is tried.
"""

import pkgutil

import pytest

SUITE = "connectors.testing.suite"
MISBEHAVIOR = "connectors.testing.misbehavior"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options that name connectors and worlds."""
    group = parser.getgroup("tessera")
    group.addoption(
        "--connector", action="append", default=[], metavar="NAME", help="prove this connector (may be repeated)"
    )
    group.addoption(
        "--world",
        action="append",
        default=[],
        metavar="MODULE:FUNCTION",
        help="try a connector on this source of its own, which misbehaves (may be repeated)",
    )
    group.addoption("--every-kind", action="store_true", help="let each fault meet requests of every kind")


@pytest.fixture
def every_kind(request: pytest.FixtureRequest) -> bool:
    """Whether each fault is to meet requests of every kind."""
    return bool(request.config.getoption("--every-kind"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the suite's tests their connectors and fixtures, wherever they are imported into."""
    if metafunc.function.__module__ == MISBEHAVIOR:
        _misbehave(metafunc)
    if metafunc.function.__module__ != SUITE:
        return
    from connectors import discover  # not before it is needed: every run of pytest loads this plugin
    from connectors.testing.fixtures import fixtures

    names = metafunc.config.getoption("--connector")
    if unknown := set(names) - discover().keys():
        raise pytest.UsageError(f"no connector '{min(unknown)}': there are {', '.join(sorted(discover()))}")
    if "fixture" in metafunc.fixturenames:
        metafunc.parametrize("fixture", list(fixtures(names)), ids=str)
    if "connector" in metafunc.fixturenames:
        chosen = [connector for name, connector in discover().items() if not names or name in names]
        metafunc.parametrize("connector", chosen, ids=lambda connector: connector.name)


def _misbehave(metafunc: pytest.Metafunc) -> None:
    """Give the suite of misbehavior its worlds: those named, or those of the module it was imported into."""
    from connectors.testing.faults import FAULTS

    named = {path: pkgutil.resolve_name(path) for path in metafunc.config.getoption("--world")}
    worlds = named or getattr(metafunc.module, "WORLDS", {})
    metafunc.parametrize("make_world", list(worlds.values()), ids=list(worlds))
    if "fault" in metafunc.fixturenames:
        metafunc.parametrize("fault", FAULTS, ids=str)
