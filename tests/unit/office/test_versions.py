# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Old and new programs at the gates: N-1 and N-2 are read by upcasters, others kept raw, all of them delivered."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from kiosk.domain import events
from kiosk.domain.events import Tailgate
from kiosk.domain.log.canonical import canonical_bytes
from kiosk.domain.log.chain import next_hash
from sync.office.api.line import _proto_unsupported
from sync.office.compose import Office
from sync.office.service.rereading import Rereading
from sync.office.web import fleet
from sync.wire.limits import PROTO_MAX, PROTO_MIN
from sync.wire.messages import WireEvent
from tests.unit.office.offices import START_MS, Tablet, enrolled


def written(tablet: Tablet, kind: str, v: int, body: Mapping[str, Any]) -> None:
    """An event as a program of another age writes it."""
    data = msgspec.json.decode(tablet.write(Tailgate(2)).c.encode())
    canon = canonical_bytes({**data, "type": kind, "v": v, "body": dict(body)})
    prev = bytes.fromhex(tablet.base(len(tablet.events) - 1))
    tablet.events[-1] = WireEvent(c=canon.decode(), h=next_hash(prev, canon).hex())


def parsed(office: Office, tablet: Tablet) -> list[bool]:
    with office.database.reading() as tx:
        return [kept.parsed for kept in office.events.log(tx, tablet.device, 1, 1)]


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalogue whose tailgate has its third layout: `people`, then `n`, then `count`."""
    monkeypatch.delitem(events.type_registry, ("tailgate", 1))
    monkeypatch.setitem(events.type_registry, ("tailgate", 3), Tailgate)
    monkeypatch.setitem(events.UPCASTERS, ("tailgate", 1), lambda body: {"n": body["people"]})
    monkeypatch.setitem(events.UPCASTERS, ("tailgate", 2), lambda body: {"count": body["n"]})


@pytest.mark.usefixtures("third_version")
def test_the_two_layouts_before_this_one_are_read_and_others_kept_raw(office: Office) -> None:
    tablet = enrolled(office)
    written(tablet, "tailgate", 3, {"count": 1})
    written(tablet, "tailgate", 2, {"n": 2})
    written(tablet, "tailgate", 1, {"people": 3})
    written(tablet, "tailgate", 4, {"heads": 4})
    answer = tablet.send()
    assert answer.acked_seq == 5, "whatever its age, a fact is delivered"
    assert parsed(office, tablet) == [True, True, True, False]
    assert [(note.seq, note.code) for note in answer.notes] == [(5, "STORED_RAW")]


def test_what_was_kept_raw_is_read_after_an_upgrade(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tablet = enrolled(office)
    written(tablet, "drone", 1, {"count": 2})
    written(tablet, "balloon", 1, {"count": 2})
    tablet.send()
    assert parsed(office, tablet) == [False, False]
    monkeypatch.setitem(events.type_registry, ("drone", 1), Tailgate)
    Rereading(office.devices, office.events, office.projections).everything(office.database, START_MS)
    assert parsed(office, tablet) == [True, False]


@pytest.mark.parametrize(("schema", "update"), [(0, False), (1, True), (2, True), (3, False), (5, False)])
def test_a_tablet_older_than_two_catalogues_is_marked_for_an_update(
    schema: int, update: bool, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0: it was never heard. Catalogue 5 reads 5, 4, 3."""
    monkeypatch.setattr(fleet, "SCHEMA", 5)
    tablet = enrolled(office)
    with office.database.writing() as tx:
        office.devices.change(tx, tablet.device, {"schema": schema})
        device = office.devices.get(tx, tablet.device)
    assert device is not None
    assert fleet.row_of(device).update is update


def test_a_message_layout_that_is_not_spoken_is_answered_with_those_that_are() -> None:
    answer = msgspec.json.decode(_proto_unsupported().body)
    assert (answer["error"], answer["proto_min"], answer["proto_max"]) == ("proto_unsupported", PROTO_MIN, PROTO_MAX)
    assert PROTO_MAX - PROTO_MIN <= 2
