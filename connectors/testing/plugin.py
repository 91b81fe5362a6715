"""The pytest plugin: `--connector NAME` says which connectors the suite is for; without it, all that are installed."""

import pytest

SUITE = "connectors.testing.suite"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names connectors."""
    parser.getgroup("tessera").addoption(
        "--connector", action="append", default=[], metavar="NAME", help="prove this connector (may be repeated)"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give the suite's tests their connectors and fixtures, wherever they are imported into."""
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
