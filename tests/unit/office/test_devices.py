# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Tablets as the office sees them: the fleet as rows, a withdrawal under way, a tablet replaced before it was empty."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from sync.office.api.service import KnownDevice, Withdrawn
from sync.office.compose import Office
from sync.office.service.accounts import Role, User
from sync.office.service.replaced import LOG_GAP
from sync.office.web import fleet_router, pages_router
from tests.unit.office.browser import Browser
from tests.unit.office.offices import G1, G3, START_MS, enrolled

PASSWORD = "correct horse battery"


@pytest.fixture
def client(office: Office) -> Browser:
    with office.database.writing() as tx:
        for login, role, committee in (
            ("street", Role.STREET, None), ("ju1", Role.COMMITTEE, "J01"), ("ju2", Role.COMMITTEE, "J02"),
            ("h", Role.HEALTH, None),
        ):  # fmt: skip
            made = office.accounts.add(tx, login, login, role, PASSWORD, START_MS, by="test", committee=committee)
            assert isinstance(made, User)
    app = FastAPI()
    app.include_router(pages_router(office))
    app.include_router(fleet_router(office))
    return Browser(app)


def rows(client: Browser, login: str) -> list[dict[str, Any]]:
    assert client.post("/login", {"login": login, "password": PASSWORD}).status == 303
    answer = client.get("/v1/devices")
    assert answer.status == 200
    return list(json.loads(answer.text)["devices"])


def test_the_fleet_says_how_much_each_tablet_still_has(office: Office, client: Browser) -> None:
    tablet = enrolled(office)
    tablet.passage(1)
    tablet.passage(2)
    tablet.send(0, 1)
    (row,) = rows(client, "street")
    assert (row["gate_id"], row["state"], row["epoch"]) == (G1, "ACTIVE", 1)
    assert (row["head_seq"], row["acked_seq"], row["pending"], row["update"]) == (3, 1, 2, False)
    assert row["pubkey"] == tablet.key.public_key().public_bytes_raw().hex()
    tablet.send(1)
    assert client.get("/v1/devices").text.count('"pending":0') == 1


def test_a_committee_sees_its_own_gates_alone_and_other_roles_none(office: Office, client: Browser) -> None:
    enrolled(office)
    enrolled(office, G3)
    assert len(rows(client, "ju1")) == 2
    assert rows(client, "ju2") == []
    assert client.post("/login", {"login": "h", "password": PASSWORD}).status == 303
    assert client.get("/v1/devices").status == 403


def test_nobody_sees_the_fleet_without_an_account(client: Browser) -> None:
    answer = client.get("/v1/devices")
    assert (answer.status, json.loads(answer.text)) == (401, {"error": "sign_in"})


def test_a_device_withdrawn_while_its_request_was_under_way_gets_the_order_at_once(office: Office) -> None:
    """The signature was checked before the withdrawal; a bare 403 would leave the gate to its probe in 300 s."""
    tablet = enrolled(office)
    before = office.line.known_device(tablet.device)
    assert isinstance(before, KnownDevice)
    assert not before.revoked
    with office.database.writing() as tx:
        assert office.enrolment.revoke(tx, tablet.device, START_MS, by="test", why="stolen")
    told = office.line.sync(before, tablet.request(pull={"revocations": ""}))
    assert isinstance(told, Withdrawn)
    assert told.order.revoked


def test_a_tablet_replaced_before_it_was_empty_leaves_its_gap_as_work(office: Office) -> None:
    old = enrolled(office)
    old.passage(1)
    old.passage(2)
    old.send(0, 1)
    enrolled(office, seed=2)
    (item,) = work(office)
    assert (item.kind, item.detail) == (LOG_GAP, {"device": old.device, "epoch": "1", "from": "2", "to": "3"})
    old.send(1)
    assert work(office) == [], "it came after all"


def test_a_tablet_replaced_with_nothing_left_leaves_no_work(office: Office) -> None:
    old = enrolled(office)
    old.send()
    enrolled(office, seed=2)
    assert work(office) == []


def work(office: Office) -> list[Any]:
    with office.database.reading() as tx:
        return [item for _, item in office.work.open(tx, G1)]
