# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the doctor looks at beside the gate: can it be heard, can it print, what types into it (interface.md 5.14)."""

import subprocess
from pathlib import Path

from ui.cli.doctor_checks import Check, Place, Row, State

_PLAY_S = 3.0
_TONE = "T1"


def sound(_place: Place) -> Row:
    """The phrases are there, and the tone of a go can be played now."""
    import assets
    from kiosk.app.texts import Catalogue
    from ui.sound import sound_player

    phrases = [
        (language, name.removeprefix("phrase."))
        for language in assets.LANGUAGES
        for name in Catalogue(language, *assets.texts(language)).names()
        if name.startswith("phrase.")
    ]
    missing = [f"{language}/{phrase}" for language, phrase in phrases if assets.sound(language, phrase) is None]
    if missing:
        return Row(
            State.FAULT, f"缺 {len(missing)} 句录音", f"{len(missing)} phrases are missing: {', '.join(missing[:3])}",
            "重新安装程序", "install again",
        )  # fmt: skip
    player = sound_player()
    return played(None if player is None else [player, "-q"], str(assets.tone(_TONE)))


def played(player: list[str] | None, file: str) -> Row:
    """What came of playing a file."""
    todo = ("检查音量、喇叭和接线;没有声音也能放行", "check volume, speaker and cable; the gate works without")
    if player is None:
        return Row(State.NOTE, "没有声音设备", "no sound device", *todo)
    try:
        # S603: the program was found by its name on this machine, the file is our own
        done = subprocess.run([*player, file], capture_output=True, timeout=_PLAY_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as fault:
        return Row(State.FAULT, f"放不出声音 ({type(fault).__name__})", f"not played ({type(fault).__name__})", *todo)
    if done.returncode:
        return Row(State.FAULT, f"放不出声音 ({done.returncode})", f"not played ({done.returncode})", *todo)
    return Row(State.GOOD, "刚才放了一声,录音齐全", "a tone was played just now, every phrase is there")


def printer(_place: Place) -> Row:
    """The printer that the system prefers; a gate works without one."""
    from ui.views.leader_printer import printer_name

    name = printer_name()
    if name is not None:
        return Row(State.GOOD, f"打印机 {name}", f"printer {name}")
    return Row(
        State.NOTE,
        "没有打印机",
        "no printer",
        "临时证存成 PDF,由街道打印",
        "slips are kept as PDF for the office to print",
    )


def keyboards(place: Place, where: Path | None = None) -> Row:
    """Hand scanners and thermometers that type: their names, for `--scanner keys:` and `--thermometer keys:`."""
    from kiosk.adapters.input_devices import BY_ID, typing_devices

    del place
    found = [Path(each.path).name for each in typing_devices(where or BY_ID)]
    if not found:
        return Row(State.GOOD, "没有会打字的设备", "nothing that types")
    return Row(State.GOOD, ", ".join(found), ", ".join(found))


DEVICE_CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("声音", "sound", sound),
    ("打印机", "printer", printer),
    ("键盘类设备", "keyboards", keyboards),
)
"""自检项: name in two languages, and what looks."""
