# SPDX-License-Identifier: LicenseRef-Gatehouse
"""How both programs start: a table of commands, each loaded only when it is called; exit codes; the last resort.

`gate-kiosk` and `gate-office` share this and nothing else. `--help` reads the table alone, so that it answers at once
and imports no Qt, OpenCV or web server; `decode`, `replay` and `verify-log` load only what they need.

Exit codes (design: interface.md "Exit codes"; per command: sync-and-store.md 14): 0 done; 1 done with findings;
2 unreadable input or wrong use; 3 another office's or compound's, or a newer program's; 4 not allowed, or already
running; 5 busy or out of reach, try again; 70 our fault.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

if TYPE_CHECKING:
    from typer.core import TyperCommand, TyperGroup

WRONG_USE: Final = 2
OUR_FAULT: Final = 70
INTERRUPTED: Final = 130

_PACKAGES: Final = ("kiosk", "ui", "sync", "assets")
_HELP_WORDS: Final = frozenset({"--help", "-h", "help"})


@dataclass(frozen=True, slots=True)
class Command:
    """One row of a program's command table.

    `target` is "module:attribute"; the attribute is a typer-style function or a `typer.Typer` with verbs of its own.
    `zh` and `en` are the one-line help that `--help` prints. `plain`, where a start must not wait for typer, is a
    "module:function" that takes the words first: an exit code, or None where it leaves them to typer.
    """

    target: str
    zh: str
    en: str
    plain: str = ""

    @property
    def module(self) -> str:
        """The module that holds the command."""
        return self.target.partition(":")[0]

    @property
    def attribute(self) -> str:
        """The function or `typer.Typer` in that module."""
        return self.target.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Program:
    """A console program: its name, what it is in two languages, its commands by name in the order of `--help`."""

    name: str
    zh: str
    en: str
    commands: dict[str, Command]

    def present(self) -> dict[str, Command]:
        """The rows whose module is in this release; a row of a later one waits in the table and is not offered."""
        return {name: row for name, row in self.commands.items() if find_spec(row.module) is not None}


def help_text(program: Program) -> str:
    """The answer to `PROGRAM --help`: what the program is and a line per command, 中文 and English."""
    offered = program.present()
    width = max(len(name) for name in offered)
    lines = [
        f"{program.name}  {program.zh}",
        f"{' ' * len(program.name)}  {program.en}",
        "",
        f"用法 Usage: {program.name} COMMAND [OPTIONS] [ARGUMENTS]",
        f"           {program.name} COMMAND --help",
        "",
        "命令 Commands:",
    ]
    lines += [f"  {name:<{width}}  {row.zh} · {row.en}" for name, row in offered.items()]
    lines += [
        "",
        "退出码 Exit codes: 0 完成 done; 1 有发现 done with findings; 2 用法或输入有误 wrong use or unreadable input;",
        "  3 非本单位或版本较新 another office's, or newer; 4 不允许或已在运行 not allowed, or already running;",
        "  5 繁忙或不可达,请重试 busy or out of reach, try again; 70 程序故障 our fault",
    ]
    return "\n".join(lines)


def run(program: Program, arguments: Sequence[str]) -> int:
    """Run `program` with the words after its name; the exit code.

    Never raises for what a command does: an unexpected exception becomes code 70 and a calm message that names the
    kind and place of the fault, never its text, which could hold personal data. `GATEHOUSE_DEBUG=1` shows the
    traceback to a developer.
    """
    try:
        return _answer(program, arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output went away (`| head`): not a fault; keep the interpreter from flushing into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as fault:  # noqa: BLE001 - the last resort: whatever it is, a calm word and code 70
        print(fault_text(fault), file=sys.stderr)
        return OUR_FAULT


def end(code: int) -> NoReturn:
    """End the process with this code, whatever its threads are at.

    A daemon thread that is inside a library (a frame in OpenCV, a code in zxing) when the interpreter shuts down is
    unwound by force as soon as it comes back for the lock, and C++ answers that with `terminate`: exit code 134 after
    an orderly end. So where a thread is left, the process ends at once; what is ours is closed and flushed by then.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    if any(thread is not threading.main_thread() for thread in threading.enumerate()):
        os._exit(code)
    sys.exit(code)


def _answer(program: Program, arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in _HELP_WORDS:
        print(help_text(program), file=sys.stdout if arguments else sys.stderr, flush=True)
        return 0 if arguments else WRONG_USE
    name, rest = arguments[0], list(arguments[1:])
    if name == "--version":
        print(f"{program.name} {_version()}")
        return 0
    row = program.commands.get(name)
    if row is None:
        print(_unknown(program, name), file=sys.stderr)
        return WRONG_USE
    if name not in program.present():
        print(f"{program.name} {name}: 本版本尚未提供 · not in this release yet", file=sys.stderr)
        return WRONG_USE
    strays = scattered_packages()
    if strays:
        print(_scattered(strays), file=sys.stderr)
        return OUR_FAULT
    if row.plain:
        module, _, function = row.plain.partition(":")
        code: int | None = getattr(import_module(module), function)(rest)
        if code is not None:
            return code
    return _call(program.name, name, row, rest)


def fault_text(fault: BaseException) -> str:
    """What a person reads when the program is at fault: kind and place, without the exception's own text."""
    import traceback

    if os.environ.get("GATEHOUSE_DEBUG") == "1":
        return "".join(traceback.format_exception(fault)).rstrip()
    root = Path(__file__).resolve().parent.parent
    place = "?"
    for frame in traceback.extract_tb(fault.__traceback__):
        file = Path(frame.filename)
        if file.is_absolute() and file.is_relative_to(root) and ".venv" not in file.parts:
            place = f"{file.relative_to(root)}:{frame.lineno}"
    return (
        "程序出错,已停止。已经记录的内容不受影响,请再试一次;仍不行请把下一行告诉街道。\n"
        "The program had a fault and stopped. What was recorded is kept. Try again, or else pass on the next line.\n"
        f"{type(fault).__name__} {place} gatehouse {_version()}"
    )


def scattered_packages() -> dict[str, str]:
    """The four packages' folders if they do not come from one place, else empty.

    A folder named `ui` or `sync` in the current directory would otherwise shadow ours (design: architecture.md 6).
    """
    places = {name: _place_of(name) for name in _PACKAGES}
    return {} if len(set(places.values())) == 1 else places


def _place_of(package: str) -> str:
    spec = find_spec(package)
    origin = None if spec is None else spec.origin
    return "-" if origin is None else str(Path(origin).resolve().parent.parent)


def _scattered(places: dict[str, str]) -> str:
    rows = "\n".join(f"  {name}: {place}" for name, place in places.items())
    return (
        "安装不完整:程序的四个部分来自不同位置,请重新安装。\n"
        f"Broken installation: the four packages come from different places. Install again.\n{rows}"
    )


def _unknown(program: Program, name: str) -> str:
    shown = name if name.isprintable() else ascii(name)
    return (
        f"{program.name}: 没有“{shown}”这个命令 · no such command\n"
        f"{program.name} --help 列出全部命令 · lists all commands"
    )


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # a start need not wait for it

    try:
        return version("gatehouse")
    except PackageNotFoundError:
        return "(not installed)"


def loaded(program: str, name: str, row: Command) -> "TyperCommand | TyperGroup":
    """The command as typer's object: its module is imported here and not before.

    Raises ImportError or AttributeError where the table names what does not exist: a fault of ours.
    """
    import typer

    target: Any = getattr(import_module(row.module), row.attribute)
    if isinstance(target, typer.Typer):
        app = target
    else:
        app = typer.Typer(add_completion=False)
        # the table's line is the command's help; its docstring is for the reader of the code
        app.command(name=name, help=f"{row.zh} · {row.en}")(target)
    command = typer.main.get_command(app)
    command.name = f"{program} {name}"
    return cast("TyperCommand | TyperGroup", command)  # typer names only their private common base


def _call(program: str, name: str, row: Command, arguments: list[str]) -> int:
    import typer

    command = loaded(program, name, row)
    try:
        answer = command.main(arguments, prog_name=f"{program} {name}", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except typer.TyperException as wrong:
        # wrong use: typer's message names the option or argument
        print(f"{program} {name}: 用法有误 wrong use: {_said(wrong)}", file=sys.stderr)
        print(f"{program} {name} --help 有说明 · explains", file=sys.stderr)
        return WRONG_USE
    return answer if isinstance(answer, int) else 0


def _said(wrong: Exception) -> str:
    """Typer's words for wrong use: its exceptions format themselves, but share no public type that says so."""
    words: object = getattr(wrong, "format_message", lambda: str(wrong))()
    return str(words)
