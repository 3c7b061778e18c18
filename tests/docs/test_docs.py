# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The pages are true: each command, dependency, error code and target on them exists, and the other way round."""

import re
import subprocess
import sys
import tomllib
from enum import StrEnum
from pathlib import Path
from types import ModuleType

import pytest

from kiosk.domain import codes
from kiosk.launch import Program, run
from sync.cli.main import PROGRAM as OFFICE
from sync.office.store import tables
from tests.docs import commands, errors, policies, rules
from ui.cli.main import PROGRAM as KIOSK

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    page
    for page in ROOT.rglob("*.md")
    if not set(page.relative_to(ROOT).parts) & {".venv", ".demo", ".cache", ".pytest_cache", "build", "dist"}
)
TARGETS = set(re.findall(r"^([a-z-]+):.*?## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
ROWS = [(program, name) for program in (KIOSK, OFFICE) for name in program.present()]


@pytest.mark.parametrize(("program", "name"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_every_listed_command_exists_and_helps(program: Program, name: str) -> None:
    assert run(program, [name, "--help"]) == 0


@pytest.mark.parametrize("written", [commands, errors, policies, rules], ids=lambda module: module.PAGE.name)
def test_a_written_page_is_what_the_program_says(written: ModuleType) -> None:
    assert written.PAGE.read_text() == written.page(), "run: make rules"


@pytest.mark.parametrize("name", ["decode", "pass-check", "replay", "verify-log"])
def test_commands_for_machines_without_a_screen_load_no_qt(name: str) -> None:
    start = "import sys; from ui.cli.main import PROGRAM, run; "
    start += f"code = run(PROGRAM, [{name!r}, '--help']); "
    start += "sys.exit(code or any(m.partition('.')[0] in ('PySide6', 'shiboken6') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-P", "-c", start], capture_output=True, check=False).returncode == 0


def test_every_make_target_on_a_page_exists() -> None:
    named = {
        (page.name, target)
        for page in PAGES
        for target in re.findall(r"(?<![\w-])make ([a-z]+(?:-[a-z]+)*)`", page.read_text())
    }
    assert {(page, target) for page, target in named if target not in TARGETS} == set()


def test_every_make_target_has_its_line_in_make_help_and_no_target_is_hidden() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == TARGETS


def test_the_design_s_targets_are_all_there() -> None:
    wanted = "help setup demo kiosk office office-postgres fmt lint types arch test check"
    wanted += " bench screens faults fuzz soak audit"
    assert set(wanted.split()) <= TARGETS


def test_make_help_runs_what_it_lists() -> None:
    # -n prints the recipe without running it: an undefined variable or a lost tab shows here
    for target in sorted(TARGETS):
        done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (target, done.stderr)


def test_modules_that_make_starts_exist() -> None:
    modules = re.findall(r"-m (tests\.[a-z_.]+)", (ROOT / "Makefile").read_text())
    places = {module: ROOT.joinpath(*module.split(".")) for module in modules}
    gone = [
        m
        for m, place in places.items()
        if not (place / "__main__.py").is_file() and not place.with_suffix(".py").is_file()
    ]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda page: page.stem)
def test_a_decision_has_its_five_parts_in_order(page: Path) -> None:
    text = page.read_text()
    assert re.match(rf"# {page.stem[:4]} \S", text)
    assert re.search(r"^Status: (proposed|accepted|superseded by \d{4}), \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert parts[:5] == ["Summary", "Context", "Decision", "Consequences", "Alternatives"]
    assert parts[5:] in ([], ["Health"])


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.stem[:4]) for page in sorted((ROOT / "docs" / "adr").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_dependency_has_its_health_in_a_decision() -> None:
    asked = [*PROJECT["dependencies"], *(name for extra in PROJECT["optional-dependencies"].values() for name in extra)]
    names = [re.split(r"[\[<>=]", requirement)[0] for requirement in asked]
    rows = "\n".join(page.read_text() for page in (ROOT / "docs" / "adr").glob("*.md"))
    told = {name.lower() for name in re.findall(r"^\| ([\w.-]+) \| ", rows, re.MULTILINE)}
    assert [name for name in names if name.lower() not in told] == []


def test_the_lock_is_hashed_and_names_no_place() -> None:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith(("#", " "))]
    assert pins
    assert [line for line in pins if not re.match(r"^[a-z0-9-]+(\[\w+\])?==[\w.!]+( ; .+)? \\$", line)] == []
    rest = [line for line in lines if line.startswith(" ")]
    assert [line for line in rest if not re.match(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$", line)] == []


def test_a_package_of_this_name_is_not_uploaded() -> None:
    assert "Private :: Do Not Upload" in PROJECT["classifiers"]


def test_every_source_file_says_its_licence_and_what_it_is() -> None:
    silent = []
    for package in ("kiosk", "ui", "sync", "assets", "tests"):
        for file in (ROOT / package).rglob("*.py"):
            text = file.read_text()
            first, _, rest = text.partition("\n")
            says = file.name == "__init__.py" or rest.lstrip().startswith('"""')
            if first != "# SPDX-License-Identifier: LicenseRef-Gatehouse" or not says:
                silent.append(str(file.relative_to(ROOT)))
    assert silent == []


def test_every_folder_of_code_has_its_room_in_the_architecture() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    cells = re.findall(r"^\| (`.+?`) \| ", page.partition("## Rooms")[2].partition("\n## ")[0], re.MULTILINE)
    rooms = {name for cell in cells for name in re.findall(r"`([a-z_/.]+)`", cell)}
    code = {
        str(file.parent.relative_to(ROOT))
        for package in ("kiosk", "ui", "sync", "assets")
        for file in (ROOT / package).rglob("*.py")
        if file.stem != "__init__"
    }
    assert code - rooms - {"kiosk"} == set()
    assert [room for room in rooms if not (ROOT / room).exists()] == []


@pytest.mark.parametrize("title", ["The gate's file", "The office's database"])
def test_every_table_stands_in_the_architecture_and_no_other(title: str) -> None:
    section = (ROOT / "ARCHITECTURE.md").read_text().partition(f"### {title}")[2].partition("\n##")[0]
    told = {
        name for row in re.findall(r"^\| (`.+?`) \| ", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    if title == "The gate's file":
        schema = (ROOT / "kiosk" / "adapters" / "store_schema.py").read_text()
        there = set(re.findall(r"CREATE TABLE (\w+)", schema))
    else:
        there = {table.name for table in tables.metadata.sorted_tables}
    assert told == there


def test_the_changelog_keeps_its_form() -> None:
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert heads[0] == "[Unreleased]"
    assert [head for head in heads[1:] if not re.match(r"^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$", head)] == []


def test_codes_in_the_glossary_are_codes_of_the_program() -> None:
    known = {str(member) for kind in vars(codes).values() if isinstance(kind, type(StrEnum)) for member in kind}
    told = set(re.findall(r"`([A-Z][A-Z_]+)`", (ROOT / "docs" / "glossary.md").read_text()))
    assert told - known == set()


def test_from_clone_to_green_takes_five_commands_at_most() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    first = text.partition("From clone to green")[2].partition("\n## ")[0]
    assert 1 <= len(re.findall(r"^    \S", first, re.MULTILINE)) <= 5


def test_nothing_speaks_of_the_machine_it_was_made_on() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    machine = re.compile(r"/work/|/opt/pypi|\.\./shared")
    told = []
    for name in filter(None, tracked.split("\0")):
        file = ROOT / name
        written = file.suffix in {".py", ".md", ".toml", ".txt", ".lock", ".html", ".sh", ""} and file.is_file()
        if written and file != Path(__file__) and machine.search(file.read_text(errors="replace")):
            told.append(name)
    assert told == []
