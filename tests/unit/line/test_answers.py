# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The answer table of sync-and-store.md section 4, row by row: only one kind of answer delivers, whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.client.answers import TABLE, LineError, Reaction, Seen, meaning
from sync.client.transport import TransportFault

OURS = Seen(201, json=True, server_ours=True, echo_ours=True)

OTHERS = (
    202, 204, 206, 404, 405, 406, 408, 410, 415, 416, 418, 422, 426, 431, 451, 500, 501, 502, 504, 511,
)  # fmt: skip
"""Statuses without a row of their own: wrong server, proxy or office trouble."""

CASES = {
    "delivered": (OURS, Reaction.ACCEPT, None),
    "201 of another server": (Seen(201, json=True, echo_ours=True), Reaction.GARBAGE, LineError.OTHER_SERVER),
    "201 with another echo": (Seen(201, json=True, server_ours=True), Reaction.GARBAGE, LineError.GARBAGE),
    "201 that is no JSON": (Seen(201), Reaction.GARBAGE, LineError.GARBAGE),
    "200 with a page": (Seen(200), Reaction.PORTAL, LineError.PORTAL),
    "200 with JSON": (Seen(200, json=True, server_ours=True, echo_ours=True), Reaction.PORTAL, LineError.PORTAL),
    "301": (Seen(301), Reaction.PORTAL, LineError.REDIRECT),
    "302": (Seen(302), Reaction.PORTAL, LineError.REDIRECT),
    "307": (Seen(307), Reaction.PORTAL, LineError.REDIRECT),
    "400 proto": (Seen(400, json=True, code="proto_unsupported"), Reaction.UPDATE, LineError.UPDATE_NEEDED),
    "400 ours": (Seen(400, json=True, code="json_limit"), Reaction.HALVE, LineError.REFUSED_BATCH),
    "400 of a stranger": (Seen(400), Reaction.BACK_OFF, LineError.OFFICE_TROUBLE),
    "401 stale": (Seen(401, json=True, code="stale"), Reaction.CORRECT_CLOCK, LineError.CLOCK),
    "401 bad signature": (Seen(401, json=True, code="bad_signature"), Reaction.STOP_PUSH, LineError.ENROL_AGAIN),
    "401 replayed": (Seen(401, json=True, code="replayed"), Reaction.STOP_PUSH, LineError.ENROL_AGAIN),
    "401 of a stranger": (Seen(401), Reaction.STOP_PUSH, LineError.ENROL_AGAIN),
    "403 bare": (Seen(403, json=True, code="revoked"), Reaction.STOP_PUSH, LineError.ENROL_AGAIN),
    "403 with an order": (
        Seen(403, json=True, code="revoked", order=True), Reaction.WITHDRAW, LineError.WITHDRAWN
    ),
    "409 epoch": (Seen(409, json=True, code="epoch", order=True), Reaction.OPEN_EPOCH, LineError.EPOCH),
    "409 of a stranger": (Seen(409), Reaction.BACK_OFF, LineError.OFFICE_TROUBLE),
    "413": (Seen(413), Reaction.HALVE, LineError.TOO_LARGE),
    "429": (Seen(429), Reaction.LATER, LineError.BUSY),
    "503": (Seen(503), Reaction.LATER, LineError.BUSY),
    **{
        str(status): (Seen(status), Reaction.BACK_OFF, LineError.OFFICE_TROUBLE)
        for status in OTHERS
    },
    "timeout": (Seen(fault=TransportFault.TIMEOUT), Reaction.BACK_OFF, LineError.NO_ANSWER),
    "reset": (Seen(fault=TransportFault.RESET), Reaction.BACK_OFF, LineError.NO_ANSWER),
    "TLS": (Seen(fault=TransportFault.TLS), Reaction.BACK_OFF, LineError.TLS),
    "DNS": (Seen(fault=TransportFault.NAME), Reaction.BACK_OFF, LineError.NO_OFFICE),
    "unreachable": (Seen(fault=TransportFault.UNREACHABLE), Reaction.BACK_OFF, LineError.NO_OFFICE),
    "half a body": (Seen(fault=TransportFault.HALF_BODY), Reaction.GARBAGE, LineError.GARBAGE),
    "bad gzip": (Seen(fault=TransportFault.BAD_GZIP), Reaction.GARBAGE, LineError.GARBAGE),
    "over 8 MiB": (Seen(fault=TransportFault.TOO_LARGE), Reaction.GARBAGE, LineError.GARBAGE),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_answer_has_its_meaning(name: str) -> None:
    seen, reaction, error = CASES[name]
    row = meaning(seen)
    assert (row.reaction, row.error) == (reaction, error)


def test_every_row_of_the_table_is_met_by_a_case() -> None:
    assert {meaning(seen).id for seen, _, _ in CASES.values()} == {row.id for row in TABLE}


ANY = st.builds(
    Seen,
    status=st.integers(0, 999),
    json=st.booleans(),
    code=st.sampled_from(["", "stale", "epoch", "revoked", "proto_unsupported", "x"]),
    server_ours=st.booleans(),
    echo_ours=st.booleans(),
    order=st.booleans(),
    fault=st.none() | st.sampled_from(TransportFault),
    with_events=st.integers(0, 200),
)


@given(ANY)
def test_nothing_but_201_with_our_server_and_echo_delivers(seen: Seen) -> None:
    delivered = meaning(seen).reaction is Reaction.ACCEPT
    assert delivered == (seen.status == 201 and seen.server_ours and seen.echo_ours and seen.fault is None)


@given(ANY)
def test_every_other_answer_says_why(seen: Seen) -> None:
    row = meaning(seen)
    assert (row.error is None) == (row.reaction is Reaction.ACCEPT)
