# SPDX-License-Identifier: LicenseRef-Gatehouse
"""看守: a child that dies or freezes is started again; one that a leader left is not (interface.md section 9)."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from ui.cli.supervise import Limits, Watch, watched_by_somebody

LIMITS = Limits(start=60, silent=6, again=1, end=5)
ROOT = Path(__file__).resolve().parents[3]


def test_a_child_has_a_minute_to_show_its_first_screen() -> None:
    watch = Watch(100.0, LIMITS)
    assert not watch.frozen(159.9)
    assert watch.frozen(160.1)


def test_a_sign_of_life_counts_from_the_first_screen_on() -> None:
    watch = Watch(0.0, LIMITS)
    watch.told(b"WATCHDOG=1", 1.0)
    assert not watch.frozen(30.0), "before it is ready the long limit holds"
    watch.told(b"READY=1", 30.0)
    assert watch.ready
    assert not watch.frozen(36.0)
    assert watch.frozen(36.1)
    watch.told(b"STATUS=x\nWATCHDOG=1", 36.0)
    assert not watch.frozen(42.0)


def test_an_orderly_end_is_given_its_time() -> None:
    watch = Watch(0.0, LIMITS)
    watch.told(b"READY=1", 1.0)
    watch.told(b"STOPPING=1", 2.0)
    assert not watch.frozen(30.0)


def test_a_frozen_screen_is_back_within_twelve_seconds() -> None:
    assert Limits() == LIMITS
    assert LIMITS.silent + LIMITS.again <= 12 - 5, "five seconds are left for the start"


@pytest.mark.parametrize(
    ("environment", "watched"),
    [({}, False), ({"NOTIFY_SOCKET": "/run/x"}, False), ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1"}, True)],
)
def test_where_systemd_watches_nobody_else_does(environment: dict[str, str], *, watched: bool) -> None:
    assert watched_by_somebody(environment) is watched


_CHILD = """
import os, signal, socket, sys, time
place = sys.argv[1]
count = len(os.listdir(place))
open(f"{place}/{count}", "w").write(str(os.getpid()))
line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
tell = lambda text: line.sendto(text, os.environ["NOTIFY_SOCKET"])
tell(b"READY=1")
what = sys.argv[2 + count]
if what == "freezes":
    time.sleep(60)
elif what == "dies":
    os.kill(os.getpid(), signal.SIGKILL)
elif what == "waits":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    while True:
        tell(b"WATCHDOG=1")
        time.sleep(0.1)
sys.exit(int(what))
"""


def _watched(place: Path, *lives: str) -> subprocess.Popen[str]:
    """A watch, in a process of its own, over a child that lives so each time it is started."""
    child = place / "child.py"
    child.write_text(_CHILD)
    (place / "lives").mkdir()
    program = textwrap.dedent(f"""
        import sys
        from ui.cli.supervise import Limits, supervise
        command = [sys.executable, {str(child)!r}, {str(place / "lives")!r}, *{list(lives)!r}]
        sys.exit(supervise(command, Limits(start=20, silent=0.6, again=0.05, end=2)))
    """)
    return subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True)


def _ended(watch: subprocess.Popen[str]) -> tuple[int, str]:
    said = watch.communicate(timeout=30)[1]
    return watch.returncode, said


def test_what_freezes_or_dies_is_started_again_until_the_leader_leaves(tmp_path: Path) -> None:
    code, said = _ended(_watched(tmp_path, "freezes", "dies", "70", "0"))
    assert code == 0
    assert [line.partition(",")[0] for line in said.splitlines()] == [
        "gate-kiosk: 画面停住 the screen was frozen",
        "gate-kiosk: 程序中断 the program ended (-9)",
        "gate-kiosk: 程序中断 the program ended (70)",
    ]


@pytest.mark.parametrize("code", [2, 3, 4])
def test_what_a_restart_would_not_mend_ends_the_watch(tmp_path: Path, code: int) -> None:
    assert _ended(_watched(tmp_path, str(code)))[0] == code


def test_after_a_death_a_folder_still_held_is_tried_again(tmp_path: Path) -> None:
    assert _ended(_watched(tmp_path, "dies", "4", "0"))[0] == 0


def test_the_watch_ends_its_child_in_order(tmp_path: Path) -> None:
    watch = _watched(tmp_path, "waits")
    first = tmp_path / "lives" / "0"
    while not (first.exists() and first.read_text()):
        os.sched_yield()
    watch.send_signal(signal.SIGTERM)
    assert _ended(watch) == (0, "")
    with pytest.raises(ProcessLookupError):
        os.kill(int(first.read_text()), 0)
