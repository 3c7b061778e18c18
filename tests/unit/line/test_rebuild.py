# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A tablet that takes another's place knows what that one knew: open shift, cases, open passages, who is in."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from kiosk.app.ports import LiveChange
from kiosk.domain.codes import CaseKind, Direction, How, Priority, Reason, ScanResult, Verdict
from kiosk.domain.events import Body, CaseOpened, CaseStep, PassageStep, ShiftEvent
from kiosk.domain.folding import Folding
from kiosk.domain.identity import CaseId, PassageId, PassId, PersonId, ShiftId
from kiosk.domain.present import Present, to_doc
from sync.client.line import Link
from sync.client.rebuild import take_over
from sync.client.transport import Answer, Request, TransportFault
from tests.faults.history import History
from tests.faults.town import GateBox, OfficeBox

OPEN = PassageStep(
    PassageId("01" * 16), 1, Direction.IN, How.SCAN, PassId("02" * 8), PersonId("03" * 16), scan_result=ScanResult.OK,
    verdict=Verdict.WAIT, reason=Reason.NEED_TEMP, rule="R30", policy="2020-02-14",
)  # fmt: skip
GONE_IN = replace(
    OPEN, passage=PassageId("04" * 16), person=PersonId("05" * 16), verdict=Verdict.ADMIT, reason=Reason.PASS_OK,
    recorded=True, final=True,
)  # fmt: skip
CASE, CLOSED = CaseId("06" * 16), CaseId("07" * 16)
WRITTEN: tuple[Body, ...] = (
    ShiftEvent(ShiftId("08" * 16), "OPEN"), OPEN, GONE_IN, CaseOpened(CASE, CaseKind.FEVER, Priority.P1),
    CaseOpened(CLOSED, CaseKind.FEVER, Priority.P1), CaseStep(CLOSED, closed=True),
)  # fmt: skip


class OldTablet:
    """A gate that has worked, and keeps its present as the desk does."""

    def __init__(self, gate: GateBox) -> None:
        self.gate = gate
        self.present = Present(lambda _passage: None)

    def record(self, body: Body) -> None:
        folding = Folding(self.present)

        def fold(event: object) -> list[LiveChange]:
            found = folding.fold(event)  # type: ignore[arg-type]
            return [LiveChange(c.kind, c.key, None if (doc := to_doc(c)) is None else json.dumps(doc)) for c in found]

        self.gate.clock.advance(5_000)
        self.gate.store.commit([self.gate._of(body)], fold)
        self.present.merge(folding.changes())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[OfficeBox]:
    box = OfficeBox(tmp_path / "office", Random(1))
    yield box
    box.close()


@pytest.fixture
def old(office: OfficeBox, tmp_path: Path) -> Iterator[OldTablet]:
    gate = GateBox(tmp_path / "old", office, "G01", Random(2), History())
    tablet = OldTablet(gate)
    for body in WRITTEN:
        tablet.record(body)
    assert gate.settle()
    yield tablet
    gate.end()


@pytest.fixture
def new(office: OfficeBox, old: OldTablet, tmp_path: Path) -> Iterator[GateBox]:
    gate = GateBox(tmp_path / "new", office, old.gate.identity.gate, Random(3), History())
    yield gate
    gate.end()


def link(gate: GateBox) -> Link:
    sign = gate.keys.signer()
    assert callable(sign)
    return Link(gate.store, gate, gate.clock, gate.ids, gate.identity, gate.roots, sign)


def present(gate: GateBox) -> dict[tuple[str, str], object]:
    """What the gate knows, but for what is bound to a tablet's own clock."""
    return {
        (change.kind, change.key): json.loads(change.doc)
        for change in gate.store.live()
        if change.doc is not None and change.kind not in {"until", "number"}
    }


def test_the_new_tablet_knows_what_the_old_one_knew(old: OldTablet, new: GateBox) -> None:
    assert present(new) == {}
    assert take_over(link(new))
    known = present(new)
    assert known == present(old.gate)
    kinds = {kind for kind, _ in known}
    assert {"shift", "passage", "case", "seen"} <= kinds
    assert [key for kind, key in known if kind == "case"] == [CASE]
    assert new.store.head()[0] == 1, "its own log begins all the same"


def test_half_an_answer_leaves_the_present_as_it_was(old: OldTablet, new: GateBox) -> None:
    class Broken:
        """The line breaks at the events."""

        def send(self, request: Request) -> Answer | TransportFault:
            return TransportFault.HALF_BODY if "/v1/gates/" in request.url else new.send(request)

        def close(self) -> None:
            """Nothing to close."""

    assert not take_over(replace(link(new), transport=Broken()))
    assert present(new) == {}
    assert take_over(link(new)), "and may be asked again"


def test_a_tablet_that_has_recorded_something_knows_better(old: OldTablet, new: GateBox) -> None:
    new.record(1)
    assert take_over(link(new))
    assert present(new) == {}
