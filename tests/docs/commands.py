# SPDX-License-Identifier: LicenseRef-Gatehouse
"""docs/commands.md is written from the command tables, and a test holds the two equal.

python -P -m tests.docs.commands        # writes it
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kiosk.launch import Program, loaded
from sync.cli.main import PROGRAM as OFFICE
from ui.cli.main import PROGRAM as KIOSK

PAGE = Path(__file__).resolve().parents[2] / "docs" / "commands.md"

_HEAD = """# 命令 Commands

Written from the programs' own tables by `make rules`; a test holds it equal.

退出码 Exit codes:

| | |
|---|---|
| 0 | 完成 done |
| 1 | 有发现 done, with findings |
| 2 | 用法或输入有误 wrong use, or unreadable input |
| 3 | 非本单位或版本较新 another office's or compound's, or a newer program's |
| 4 | 不允许或已在运行 not allowed, or already running |
| 5 | 繁忙或不可达,请重试 busy or out of reach, try again |
| 70 | 程序故障 our fault; `GATEHOUSE_DEBUG=1` shows a developer the traceback |
| 130 | 被中断 stopped at the keyboard |
"""


def page() -> str:
    """The whole text of docs/commands.md."""
    parts = [_HEAD]
    for program in (KIOSK, OFFICE):
        parts.append(f"## {program.name}\n\n{program.zh}。{program.en}.\n")
        parts += _commands(program)
    return "\n".join(parts)


def _commands(program: Program) -> Iterator[str]:
    for name, row in program.present().items():
        yield f"### {program.name} {name}\n\n{row.zh} · {row.en}\n"
        command: Any = loaded(program.name, name, row)
        verbs: dict[str, Any] = getattr(command, "commands", {})
        if not verbs:
            yield _table(f"{program.name} {name}", command)
        for verb, inner in verbs.items():
            help_line = (inner.help or "").strip().partition("\n\n")[0].replace("\n", " ")
            yield f"{help_line}\n\n{_table(f'{program.name} {name} {verb}', inner)}"


def _table(called: str, command: Any) -> str:
    positional = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    words = [called, *(["[OPTIONS]"] if options else []), *(_metavar(p) for p in positional)]
    rows = [(_metavar(p), p) for p in positional]
    rows += [(", ".join([*p.opts, *p.secondary_opts]), p) for p in options]
    lines = [f"    {' '.join(words)}", ""]
    if rows:
        lines += ["| | |", "|---|---|"]
        lines += [f"| `{shown}` | {_help(p)} |" for shown, p in rows]
        lines.append("")
    return "\n".join(lines)


def _metavar(parameter: Any) -> str:
    name = str(parameter.metavar or parameter.name).upper().strip("[].")
    many = f"{name}..." if parameter.nargs != 1 else name
    return many if parameter.required else f"[{many}]"


def _help(parameter: Any) -> str:
    text = (getattr(parameter, "help", None) or "").strip().replace("\n", " ").replace("|", "\\|")
    needed = " (必填 required)" if parameter.required and parameter.param_type_name == "option" else ""
    return text + needed
