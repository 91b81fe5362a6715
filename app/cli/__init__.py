"""The commands of `tessera`: one file per thing they are about, put together here."""

from importlib.metadata import version
from typing import Annotated

import typer

from app.cli import (
    backups,
    clients,
    credentials,
    credit,
    database,
    demo,
    doctor,
    drops,
    hosts,
    imports,
    instance_key,
    layouts,
    matching,
    near_matches,
    people,
    quarantine,
    record_links,
    records,
    rollover,
    rosters,
    sandboxes,
    scaffold,
    serve,
    source_endings,
    source_notices,
    source_runs,
    sources,
    tenants,
)

commands = typer.Typer(
    name="tessera",
    help="Learner records from every system, in one record per learner.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _print_version(asked_for: bool) -> None:
    if asked_for:
        typer.echo(f"tessera {version('tessera-records')}")
        raise typer.Exit


@commands.callback()
def _tessera(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="print the version, and end")
    ] = False,
) -> None:
    """Learner records from every system, in one record per learner."""


commands.command()(serve.serve)
commands.command()(serve.work)
commands.command()(demo.demo)
commands.add_typer(tenants.commands, name="tenant")
commands.add_typer(sandboxes.commands, name="sandbox")
commands.command()(sandboxes.conform)
commands.add_typer(sources.commands, name="source")
for verb in (
    source_runs.sync,
    source_runs.preview,
    source_runs.undo,
    source_runs.held,
    source_runs.allow,
    source_runs.runs,
    rollover.rollover,
    source_notices.notices,
    source_endings.retire,
    source_endings.remove,
    drops.watch,
):
    sources.commands.command()(verb)
commands.command("import")(imports.import_file)
commands.command()(records.record)
commands.add_typer(record_links.commands, name="record-link")
commands.command()(records.replay)
commands.add_typer(quarantine.commands, name="quarantine")
commands.add_typer(near_matches.commands, name="near-match")
commands.add_typer(layouts.commands, name="layout")
commands.add_typer(matching.commands, name="matching")
commands.add_typer(people.commands, name="people")
commands.add_typer(clients.commands, name="client")
commands.add_typer(rosters.commands, name="roster")
commands.add_typer(instance_key.commands, name="key")
commands.add_typer(credentials.commands, name="credential")
commands.add_typer(credit.commands, name="credit")
commands.add_typer(hosts.commands, name="host")
commands.command()(scaffold.new_connector)
commands.command()(serve.export_openapi)
commands.command()(backups.backup)
commands.command()(backups.restore)
commands.add_typer(database.commands, name="database")
commands.command()(doctor.doctor)
