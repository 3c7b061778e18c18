# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What is put on: how large the street, which parts, which picture size; and where its things lie.

    FOLDER/street-KEY/   the office as it stands in the morning: residents, passes, policy; cards.pdf; issued.json
    FOLDER/clip-KEY.avi  the clip, with its truth beside it as JSON
    FOLDER/office/ gate/ screens/   of this run: a fresh copy of the office, a gate enrolled at it, what it showed

The first two are kept between runs as long as what they are made of is the same: KEY is a hash of it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiosk.domain.identity import CompoundId, GateId
from tests.demo.cast import CAST, Part

ROOT = Path(__file__).resolve().parents[2]
GATE, COMPOUND = GateId("G01"), CompoundId("C01")
SEED = 20200220
_STREET_SOURCES = (
    "kiosk/domain/passes", "kiosk/domain/register.py", "sync/office/store", "sync/office/init.py",
    "sync/office/keys.py", "sync/office/signer.py", "sync/office/print", "sync/street/people.py",
    "sync/street/households.py", "sync/street/names.py", "sync/street/places.py", "sync/street/as_register.py",
    "assets/policies", "tests/demo/cast.py", "tests/demo/morning_before.py",
)  # fmt: skip
_CLIP_SOURCES = (
    "tests/clips.py", "tests/clips_camera.py", "tests/clips_cards.py", "tests/demo/pictures.py",
    "tests/demo/phones.typ", "tests/demo/script.py", "tests/demo/cast.py",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Production:
    """One demonstration. `size` of the camera's picture in pixels (width, height)."""

    folder: Path
    residents: int = 100_000
    compounds: int = 60
    gates: int = 71
    committees: int = 20
    size: tuple[int, int] = (1280, 720)
    seed: int = SEED
    cast: tuple[Part, ...] = CAST

    @property
    def street(self) -> Path:
        """Where the prepared office lies."""
        given = (self.residents, self.compounds, self.gates, self.committees, self.seed, *self._parts())
        return self.folder / f"street-{_key(given, _STREET_SOURCES)}"

    def clip(self, pdf: Path) -> Path:
        """The clip of these cards."""
        printed = hashlib.sha256(pdf.read_bytes()).hexdigest()
        return self.folder / f"clip-{_key((printed, self.size, self.seed, *self._parts()), _CLIP_SOURCES)}.avi"

    @property
    def office(self) -> Path:
        """The office of this run."""
        return self.folder / "office"

    @property
    def gate(self) -> Path:
        """The gate's folder of this run."""
        return self.folder / "gate"

    @property
    def screens(self) -> Path:
        """Pictures of what the gate showed."""
        return self.folder / "screens"

    def _parts(self) -> tuple[object, ...]:
        return tuple((part.key, part.hold_s) for part in self.cast)


def _key(given: Iterable[object], sources: Iterable[str]) -> str:
    found = hashlib.sha256(repr(tuple(given)).encode())
    for name in sources:
        place = ROOT / name
        files = sorted(path for path in place.rglob("*") if path.suffix in {".py", ".toml", ".typ"})
        for file in files if place.is_dir() else [place]:
            found.update(file.read_bytes())
    return found.hexdigest()[:12]
