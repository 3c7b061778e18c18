# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What came of it: the clip's truth, the gate's file and the office's database, each counted by itself and compared."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from kiosk.adapters.clock import SystemClock
from kiosk.adapters.device_folder import DeviceFile, read_device, read_receipt
from kiosk.adapters.ids import FreshIds
from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from kiosk.adapters.store_connection import reader
from kiosk.adapters.store_log import read_events
from kiosk.adapters.store_verify import Unreadable, verify_file
from kiosk.domain.events import Event
from kiosk.domain.passage import PassageRecord, fold
from sync.office.compose import open_office
from sync.office.service.verifying import LogVerifier
from tests.clips import Shown
from tests.demo.cast import Part, Truth, verdicts
from tests.demo.script import PREFIX

Said = tuple[str, str, str, str, str, bool]
"""scan result, verdict, reason, rule, outcome, gone through."""


@dataclass(frozen=True, slots=True)
class Tally:
    """The demonstration's result. `list_age_s`: of the list by which the newest passage was decided.

    `differences` in words; empty: all three agree.
    """

    shown: int
    recorded: int
    at_office: int
    duplicates: int
    chain: str
    list_age_s: int | None
    kinds: tuple[tuple[str, int], ...]
    paint_ms: tuple[float, ...]
    differences: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether everything that was shown stands once at the gate and once at the office, as the rules say."""
        return (
            self.shown == self.recorded == self.at_office
            and self.duplicates == 0
            and self.chain == "ok"
            and not self.differences
        )

    @property
    def median_ms(self) -> float:
        """Frame to painted answer."""
        return median(self.paint_ms) if self.paint_ms else 0.0

    @property
    def p95_ms(self) -> float:
        """The same, of the slowest twentieth."""
        return quantiles(self.paint_ms, n=20)[-1] if len(self.paint_ms) > 1 else self.median_ms

    def last_line(self) -> str:
        """The line that a script reads."""
        age = "-" if self.list_age_s is None else f"{self.list_age_s}s"
        return (
            f"demo: shown={self.shown} recorded={self.recorded} at_office={self.at_office} "
            f"duplicates={self.duplicates} chain={self.chain} list_age={age}"
        )


def tally(cast: Sequence[Part], truth: Sequence[Shown], gate: Path, office: Path, screens: Path) -> Tally:
    """Count and compare."""
    device = read_device(gate)
    if device is None:
        message = f"{gate}: not enrolled"
        raise ValueError(message)
    file = gate / "gate-1.db"
    with closing(reader(file)) as connection:
        at_gate = _folded(read_events(connection, 0, None))
    kept, same, twice = _office_side(office, device)
    readable = {show.tag for show in truth if show.payload is not None}
    expected = verdicts([part for part in cast if part.key in readable])
    wanted = Counter(_of_truth(one) for one in expected.values())
    differences = [
        *_compare("门岗 gate", wanted, at_gate),
        *_compare("街道办 office", wanted, kept),
    ]
    whole = _chain_holds(file, gate, device) and same
    return Tally(
        shown=sum(part.opens and part.key in readable and _is_pass(part, truth) for part in cast),
        recorded=len(at_gate),
        at_office=len(kept),
        duplicates=twice,
        chain="ok" if whole else "broken",
        list_age_s=at_gate[-1].list_age_s if at_gate else None,
        kinds=tuple(sorted(Counter(one.verdict.value for one in at_gate).items(), key=lambda kind: -kind[1])),
        paint_ms=_paint_ms(screens),
        differences=tuple(differences),
    )


def _is_pass(part: Part, truth: Sequence[Shown]) -> bool:
    return any(show.tag == part.key and (show.payload or b"").startswith(PREFIX.encode()) for show in truth)


def _folded(events: Iterable[Event]) -> list[PassageRecord]:
    records: dict[str, PassageRecord] = {}
    for event in events:
        passage = getattr(event.body, "passage", None)
        if passage is None:
            continue
        after = fold(records.get(passage), event)
        if after is not None:
            records[passage] = after
    return list(records.values())


def _office_side(folder: Path, device: DeviceFile) -> tuple[list[PassageRecord], bool, int]:
    """The office's passages of this device; whether its log hangs together; how much stands there twice or aside."""
    clock = SystemClock()
    office = open_office(folder, clock, FreshIds(clock))
    try:
        with office.database.reading() as tx:
            days = office.passages.days(tx)
            kept = [one for day in days for one in office.passages.of_day(tx, day) if one.device_id == device.device]
            log = office.events.log(tx, device.device, 1)
            reports = LogVerifier(office.devices, office.events).verify(tx, device.device)
            same = bool(reports) and all(report.whole for report in reports)
    finally:
        office.close()
    ids = [event.event_id for event in log]
    passages = [one.record.passage for one in kept]
    twice = len(ids) - len(set(ids)) + len(passages) - len(set(passages))
    return [one.record for one in kept], same, twice


def _chain_holds(file: Path, gate: Path, device: DeviceFile) -> bool:
    kek = GateKeys(DemoKeyStore(gate / "keys")).kek()
    receipt = read_receipt(gate)
    report = verify_file(file, () if receipt is None else (receipt,), device, kek if isinstance(kek, bytes) else None)
    return not isinstance(report, Unreadable) and report.whole


def _of_truth(one: Truth) -> Said:
    verdict = "" if one.verdict is None else one.verdict.value
    reason = "" if one.reason is None else one.reason.value
    return one.scan.value, verdict, reason, one.rule, one.outcome.value, one.gone_through


def _of_record(one: PassageRecord) -> Said:
    return (
        one.scan_result.value, one.verdict.value, one.reason.value, one.rule, one.outcome.value, one.recorded,
    )  # fmt: skip


def _compare(where: str, wanted: Counter[Said], records: Sequence[PassageRecord]) -> list[str]:
    found = Counter(_of_record(one) for one in records)
    missing, beyond = wanted - found, found - wanted
    return [f"{where} 缺 missing {n}x {' '.join(map(str, said))}" for said, n in missing.items()] + [
        f"{where} 多 beyond {n}x {' '.join(map(str, said))}" for said, n in beyond.items()
    ]


def _paint_ms(screens: Path) -> tuple[float, ...]:
    lines = (screens / "painted.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(line["ms"] for line in map(json.loads, lines) if line["ms"] is not None)
