# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A real gate's folder, enrolled at a real office in this process: for `gate-kiosk run`, for robots on the real desk.

The keys lie in the folder as in a demonstration, so every screen says 演示. The office is gone once the folder is made:
the gate stands alone, as it does for hours.
"""

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from kiosk.adapters.device_folder import write_device
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.domain.instants import shanghai
from sync.street.given import build_street
from sync.street.scenario import read_scenario


@dataclass(frozen=True, slots=True)
class Cards:
    """Pass texts of the folder's people, by label."""

    folder: Path
    texts: dict[str, bytes]


def gate_folder(place: Path, now_ms: int, residents: int = 3) -> Cards:
    """Make an enrolled gate of 合阳小区 under `place`; cards `card0` .., one `expired`, one `lost`."""
    now = shanghai(now_ms).replace(microsecond=0)
    file = place / "gate.toml"
    file.write_text(_scenario(now, residents), encoding="utf-8")
    street = build_street(read_scenario(file), place / "street")
    street.sync(None)
    rig = street.gates["G01"]
    labels = [f"card{n}" for n in range(residents)] + ["expired", "lost"]
    texts = {label: street.pass_text(label) for label in labels}
    device = replace(rig.gate.device, demo=True, url="")
    stored: dict[str, bytes] = rig.keys._place._secrets  # type: ignore[attr-defined]
    street.close()
    kept = DemoKeyStore(rig.folder / "keys")
    for name, secret in stored.items():
        assert kept.save(name, secret) is None
    write_device(rig.folder, device)
    return Cards(rig.folder, texts)


def _scenario(now: dt.datetime, residents: int) -> str:
    names = ("张伟", "李娜", "王芳", "陈静", "刘洋")
    parts = [
        'id = "T01"', 'title = "a gate"', "[given]", f"now = {now.isoformat()}", 'policy = "2020-02-14"',
        f"list_made_at = {(now - dt.timedelta(minutes=8)).isoformat()}",
        "[[given.compound]]", 'id = "C01"', 'name = "合阳小区"', "[[given.gate]]", 'id = "G01"', 'compound = "C01"',
    ]  # fmt: skip
    for n in range(residents + 2):
        parts += [
            "[[given.person]]", f'id = "p{n}"', f'name = "{names[n % len(names)]}"', 'category = "LOCAL"',
            'compound = "C01"', f'building = "{1 + n // 12}"', 'unit = "1"', f'room = "{100 * (1 + n % 12) + 1}"',
            f'phone = "1380000{n:04d}"',
        ]  # fmt: skip
    for n in range(residents):
        parts += ["[[given.pass]]", f'id = "card{n}"', f'person = "p{n}"']
    ended = (now - dt.timedelta(days=3)).isoformat()
    parts += [
        "[[given.pass]]",
        'id = "expired"',
        f'person = "p{residents}"',
        'state = "EXPIRED"',
        f"valid_to = {ended}",
    ]
    parts += ["[[given.pass]]", 'id = "lost"', f'person = "p{residents + 1}"', 'state = "LOST"']
    parts += ["[[step]]", 'do = "look"', "expect = {}"]
    return "\n".join(parts) + "\n"
