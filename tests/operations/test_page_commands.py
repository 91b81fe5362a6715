"""Every command of the documentation is run, page by page and in order, on one sample district that is served.

A block that is no command, and a command that cannot be run here, is named below with the reason and with what looks
at it instead: nothing is passed over in silence.
"""

import asyncio
import io
import json
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import pytest

from app.__main__ import main
from app.cli.demo import play
from app.cli.sample import SLUG
from app.sandbox.assessment import write_map_growth
from app.sandbox.district import District
from app.sandbox.serve import Addresses, serving
from app.sandbox.sis import CLIENT_ID as SIS_CLIENT
from app.sandbox.sis import CLIENT_SECRET
from app.sandbox.world import World
from app.settings import Settings
from tests.support.page_commands import Block, blocks, commands
from tests.support.served import Served, served

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", ROOT / "deploy" / "README.md"]
PAGES += [*sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "connectors").glob("*/README.md"))]
PROGRAMS = {"tessera", "curl", "export"}
PASSPHRASE = "correct horse battery staple"

NO_COMMAND = {
    ("README.md", "pull ─▶"): "a picture",
    ("docs/architecture.md", "pull ─▶"): "a picture",
    (
        "docs/architecture.md",
        "cli ",
    ): "a picture: tests/api/test_documentation.py compares it with the import contracts",
    ("docs/competencies.md", "evidence ──▶"): "a picture",
    ("docs/competencies.md", "code,statement"): "a file: tests/api/test_documentation.py has it taken",
    (
        "docs/how-to/proxy.md",
        "TESSERA_PUBLIC_URL=",
    ): "settings: tests/api/test_documentation.py asks that there are such",
    ("docs/how-to/proxy.md", "records.example.org {"): "Caddy's, which is not here: its shape is looked at below",
    ("docs/how-to/proxy.md", "server {"): "nginx's, which is not here: its shape is looked at below",
    (
        "docs/how-to/several-machines.md",
        "DATABASE_URL=",
    ): "a setting, and SQL for a standby: tests/faults/test_several.py",
    ("docs/how-to/backup.md", "15 3 * * *"): "a line of cron's: its shape and its command are looked at below",
}
"""Blocks that are no commands, by page and first words; fences of other languages are looked at by their own tests."""

ELSEWHERE = {
    r"make demo\b": "this module begins with it: `tessera demo`, on fewer learners",
    r"make serve\b": "this module serves: `tessera serve`",
    r"make (test|check)\b": "what runs this test",
    r"docker compose ": "no Docker here: tests/operations/test_deploy.py looks at the files",
    r"(\w+=\S+ )*docker compose ": "no Docker here: tests/operations/test_deploy.py looks at the files",
    r"(kubectl|helm) ": "no cluster here: tests/operations/test_deploy.py looks at the chart",
    r"(uv tool run openapi-python-client|npx openapi-typescript) ": "tests/api/test_generated_clients.py",
    r"pip install --target ": "a package registry: tests/db/test_major_upgrade.py uses Debian's programs",
    r"tessera roster ": "tests/cli/test_rosters.py, with a client to share with",
    r"tessera source rollover ": "tests/cli/test_rollover.py, with a school year that turns",
    r"tessera source notices --to ": "tests/operations/test_watching.py, with more than one steward",
    r"tessera host ": "tests/cli/test_hosts.py, with a host to register with",
    r"tessera source add google_classroom ": "a project at Google: tests/connectors asks its settings",
}
"""Commands that are not run here, and why."""


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def is_shell(block: Block) -> bool:
    """Whether a block is of commands; one of another language, or named above, is not."""
    if block.language not in ("", "sh", "bash"):
        return False
    page = name_of(block.page)
    return not any(page == of and block.begins.startswith(words) for of, words in NO_COMMAND)


def elsewhere(command: str) -> str | None:
    """Why a command is not run here; None where it is."""
    return next((reason for pattern, reason in ELSEWHERE.items() if re.match(pattern, command)), None)


def test_every_block_is_of_commands_that_are_run_or_is_told_with_a_reason() -> None:
    unknown, used = [], set()
    for page in PAGES:
        for block in blocks(page):
            used |= {key for key in NO_COMMAND if key[0] == name_of(page) and block.begins.startswith(key[1])}
            for command in commands(block) if is_shell(block) else ():
                used |= {pattern for pattern in ELSEWHERE if re.match(pattern, command)}
                printed = command.startswith("{")
                if not printed and not elsewhere(command) and block.page not in WALKS:
                    unknown.append(f"{name_of(page)}:{block.line}: {command}")
    assert unknown == []
    assert set(NO_COMMAND) | set(ELSEWHERE) == used, "an exception that nothing needs any more"


@dataclass
class Walk:
    """How one page is gone through: what it takes for granted, and what its reader would write for its placeholders."""

    before: tuple[str, ...] = ()
    words: tuple[tuple[str, str], ...] = ()
    """Patterns, and what its reader writes there."""
    needs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By how a command begins: what has been done before it, as the page says in words."""


CLUB = "program-lakeside-maker-space"
"""The source of the program that the demo registers."""
SCOPES = "https://purl.imsglobal.org/spec/or/v1p2/scope"
TOKEN_ASKED = 'curl -u "$CLIENT_ID:$KEY" -d grant_type=client_credentials https://records.example.org/oauth/token'
PUT = """curl -X PUT -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json'"""
WALKS = {
    ROOT / path: walk
    for path, walk in {
        "docs/tutorials/first-source.md": Walk(),
        "docs/tutorials/first-push.md": Walk(),
        "docs/vendors.md": Walk(
            words=(("my-tool", "our-tool"), ("My tool", "Our tool")),
            needs={
                f"{TOKEN_ASKED.split(' https', maxsplit=1)[0]}\n": (
                    f"tessera client add Rosters --scope {SCOPES}/roster.readonly",
                    "export ROSTERS=$CLIENT_ID ROSTERS_KEY=$KEY",
                    "tessera client add Administrator --scope clients.manage",
                    f"{PUT} https://records.example.org/v1/rosters/served -d '{{\"sources\": [1]}}'",
                    f"{PUT} https://records.example.org/v1/rosters/shares/$ROSTERS -d '{{}}'",
                    "export CLIENT_ID=$ROSTERS KEY=$ROSTERS_KEY",
                ),
                "curl -X PUT": (TOKEN_ASKED,),
            },
        ),
        "docs/how-to/first-vendor.md": Walk(words=(("sample-valley", SLUG),)),
        "docs/how-to/sources.md": Walk(before=("tessera source add evidence --slug old-sis",)),
        "docs/competencies.md": Walk(before=("tessera client add Advisors --scope learners.read",)),
        "docs/programs.md": Walk(
            before=("tessera client add Club --source program-lakeside-maker-space --scope programs.submit",)
        ),
        "docs/operators.md": Walk(before=("export TESSERA_TENANT=sample-valley",)),
        "docs/how-to/backup.md": Walk(
            before=(f"export TESSERA_TENANT={SLUG}",),
            words=((r"^tessera restore", "TESSERA_DATA=/tmp/rehearsal-first tessera restore"),),
        ),
        "docs/how-to/upgrade.md": Walk(),
        "docs/how-to/keys.md": Walk(),
    }.items()
}
"""The pages with commands, in the order in which they are gone through; the last two with the service stopped."""
STOPPED = ROOT / "docs" / "how-to" / "upgrade.md"


@dataclass
class Reader:
    """Somebody who types what the pages say, and keeps what is printed for what comes next."""

    service: Served
    addresses: Addresses
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    variables: dict[str, str] = field(default_factory=dict)
    printed: str = ""

    def words(self) -> tuple[tuple[str, str], ...]:
        """What a reader writes in the place of what stands for their own."""
        return (
            ("http://127.0.0.1:8000", self.service.url),
            ("https://records.example.org", self.service.url),
            ("https://sis.example.org/token", self.addresses.token),
            ("https://sis.example.org", f"{self.addresses.root}/sis"),
            ("client_id=ID", f"client_id={SIS_CLIENT}"),
            ("import FILE", f"import {self.folder / 'tests.csv'}"),
            ("/tmp/rehearsal", str(self.folder / "rehearsal")),
            ("records.tessera", str(self.folder / "records.tessera")),
            ("items.json", str(self.folder / "items.json")),
            ("report.xml", str(self.folder / "report.xml")),
            ("@result.json", f"@{self.folder / 'result.json'}"),
            ("--key 8f3a", f"--key {self.variables.get('FIRST_KEY', '')[-4:]}"),
        )

    def type(self, command: str, words: tuple[tuple[str, str], ...] = ()) -> str | None:
        """Run a command; what went wrong, None where nothing did."""
        for pattern, own in words:
            command = re.sub(pattern, own, command)
        for word, own in self.words():
            command = command.replace(word, own)
        if command.startswith("{"):
            return None if self.printed == command else f"it is answered {self.printed}"
        *settings, program, arguments = self._parsed(command)
        if program == "export":
            self.variables |= dict(argument.split("=", 1) for argument in arguments if not argument.startswith("PATH="))
            return None
        run = self._tessera if program == "tessera" else self._curl
        code = run(arguments, dict(setting.split("=", 1) for setting in settings))
        self._remember(command)
        return None if code == 0 else f"exit {code}: {self.printed}"

    def _parsed(self, command: str) -> list[str | list[str]]:
        parts = shlex.split(Template(command).safe_substitute(self.variables), comments=True)
        first = next(index for index, part in enumerate(parts) if "=" not in part)
        return [*parts[:first], parts[first], parts[first + 1 :]]

    def _tessera(self, arguments: list[str], settings: dict[str, str]) -> int:
        typed = CLIENT_SECRET if "client_secret" in arguments else PASSPHRASE
        with self.monkeypatch.context() as patch:
            tenant = {"TESSERA_TENANT": self.variables["TESSERA_TENANT"]} if "TESSERA_TENANT" in self.variables else {}
            for name, value in (tenant | settings).items():
                patch.setenv(name, value)
            patch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
            self.capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main(arguments)
            output = self.capsys.readouterr()
        self.printed = output.out + output.err
        if "say --yes to go on" in self.printed:  # at a terminal it asks, and a reader answers
            return self._tessera([*arguments, "--yes"], settings)
        return int(ended.value.code or 0)

    def _curl(self, arguments: list[str], _settings: dict[str, str]) -> int:
        done = subprocess.run(
            ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "120", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.printed = done.stdout + done.stderr
        return done.returncode

    def _remember(self, command: str) -> None:
        """Keep the key, the client's id and the token that were printed, for a page to name."""
        if key := re.search(r"\btsk_\w+", self.printed):
            self.variables["KEY"] = key[0]
            self.variables.setdefault("FIRST_KEY", key[0])
        if client := re.search(r"client ([0-9a-f-]{36})", self.printed):
            self.variables["CLIENT_ID"] = client[1]
        if token := re.search(r'"access_token":\s*"(\w+)"', self.printed):
            self.variables["TOKEN"] = token[1]
        if "sandbox add" in command and (key := re.search(r"\btst_\w+", self.printed)):
            self.variables["TESSERA_TEST_KEY"] = key[0]
            (number,) = re.findall(r"^  (\d+)  ", self.printed, re.MULTILINE)[:1]
            (self.folder / "items.json").write_text(json.dumps([item(number)]))


def item(number: str) -> dict[str, object]:
    """What a vendor's tool makes."""
    return {
        "id": "attempt-1",
        "learner": {"identifiers": [{"type": "district", "value": number}]},
        "name": "Pairs of linear equations",
        "occurredAt": "2026-10-16T15:30:00Z",
        "result": {"score": 4, "max": 5},
    }


RESULT = {
    "result": {
        "sourcedId": "your-own-id",
        "status": "active",
        "dateLastModified": "2026-10-16T15:30:00.000Z",
        "lineItem": {"sourcedId": "quiz-1", "type": "lineItem", "href": "https://math.example.org/quiz-1"},
        "student": {"sourcedId": "1000007", "type": "user", "href": "https://math.example.org/1000007"},
        "scoreStatus": "fully graded",
        "score": 4,
        "scoreDate": "2026-10-16",
    }
}


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Reader]:
    """A reader with the sample district made, its systems running, and served."""
    folder = Path(tempfile.mkdtemp(prefix="tessera-pages-", dir="/tmp"))  # as root, PostgreSQL may not enter pytest's
    folder.chmod(0o711)
    district = District(size=40)
    with ExitStack() as stack:
        service = stack.enter_context(served(folder / "var"))
        addresses = stack.enter_context(serving(World(district)))
        (folder / "var").mkdir(mode=0o711)
        for name, value in (("TESSERA_DATA", service.folder), ("TESSERA_PRIVATE_ADDRESSES", "127.0.0.1")):
            monkeypatch.setenv(name, str(value))
        for name in ("DATABASE_URL", "TESSERA_SERVICE_DATABASE_URL", "TESSERA_TENANT"):
            monkeypatch.delenv(name, raising=False)
        asyncio.run(play(Settings(), district))
        service.start()
        write_map_growth(district, "fall", folder / "tests.csv")
        (folder / "result.json").write_text(json.dumps(RESULT))
        yield Reader(service, addresses, folder, monkeypatch, capsys)
    shutil.rmtree(folder)


@pytest.mark.enable_socket
@pytest.mark.timeout(900)
def test_every_command_does_what_its_page_says(reader: Reader) -> None:
    wrong = []
    for page, walk in WALKS.items():
        if page == STOPPED:
            assert reader.service.stop() == 0
        wrong += [f"before {name_of(page)}: {each}: {why}" for each in walk.before if (why := reader.type(each))]
        for block in filter(is_shell, blocks(page)):
            for command in commands(block):
                if elsewhere(command):
                    continue
                steps = [each for begins, each in walk.needs.items() if command.startswith(begins)]
                for each in (*(step for several in steps for step in several), command):
                    if why := reader.type(each, walk.words):
                        wrong.append(f"{name_of(page)}:{block.line}: {each}: {why}")
    assert not wrong, "\n".join(wrong)


def test_the_line_for_cron_is_one() -> None:
    (line,) = [
        block.text for block in blocks(ROOT / "docs" / "how-to" / "backup.md") if block.begins.startswith("15 3")
    ]
    minute, hour, *days, command = line.split(maxsplit=5)
    assert (minute.isdigit(), hour.isdigit(), days) == (True, True, ["*", "*", "*"])
    assert "%" not in re.sub(r"\\%", "", command), "cron ends a command at a percent sign that is not escaped"
    shell = (
        command.replace("\\%", "%")
        .replace("tessera backup", "printf '%s'")
        .replace("/etc/tessera/passphrase", "/dev/null")
    )
    done = subprocess.run(["bash", "-ec", shell], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"/backups/\d{4}-\d\d-\d\d\.tessera", done.stdout)


def test_what_the_proxies_are_told_is_whole() -> None:
    """Neither is here: that braces close, that each directive ends, and that the address is the service's own."""
    of = {block.begins: block.text for block in blocks(ROOT / "docs" / "how-to" / "proxy.md")}
    for begins in ("records.example.org {", "server {"):
        assert of[begins].count("{") == of[begins].count("}"), begins
        assert f"127.0.0.1:{Settings.model_fields['port'].default}" in of[begins]
    lines = [line.strip() for line in of["server {"].splitlines()]
    assert [line for line in lines if line[-1] not in ";{}"] == []
