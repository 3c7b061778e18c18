# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A leaked key: passes of a span withdrawn, the drill, new cards, and a campaign's renewal (pass-format.md 5, 6, 7).

On both engines.
"""

import datetime as dt

import pytest

from kiosk.domain.codes import CodeColour, IsolationState, PassKind, PassState
from kiosk.domain.identity import IsolationId, PassId
from kiosk.domain.passes.gate_trust import GatePlace, GateTrust
from kiosk.domain.passes.problems import PassProblem
from kiosk.domain.passes.verifying import verify
from kiosk.domain.register import Isolation, PassRow
from kiosk.domain.trust.bundle import CompoundSite
from sync.office.compose import Office
from sync.office.keys import KeyFolder
from sync.office.keys_bundle import current_bundle, make_bundle
from sync.office.service.applications import Evidence, PassApplication, PlatformRecord
from sync.office.service.card_text import claims_of, kid_of
from sync.office.service.first_issue import Batch, FirstIssue
from sync.office.service.issue import Issued
from sync.office.service.issuing_keys import FOR_EVER, IssuingKeys, KeyState
from sync.office.service.key_leak import KeyLeak, last_drill
from sync.office.service.lists import KEY_BUNDLE
from sync.office.service.renewal import FULL, Campaign, Renewal
from sync.office.service.returns import Returns
from tests.unit.office.offices import C1, C2, G1, G2, G3, JU, START_MS, Clock, enrolled, person_id, resident

NOW_S = START_MS // 1000
DAY_S = 86_400
SEEN = Evidence(CodeColour.GREEN, START_MS, platform=PlatformRecord.NONE)
LEAKED = "01"
FINE = PassProblem.LIST_STALE
"""All is well with the card: these tests hand the gate no list of its compound, which is the next thing asked."""


def keys_of(office: Office) -> IssuingKeys:
    return IssuingKeys(office.book, office.lists, office.issue, office.devices, office.changes)


def leak_of(office: Office) -> KeyLeak:
    return KeyLeak(office.book, keys_of(office), office.issue, office.revocations, office.audit)


def renewal_of(office: Office) -> Renewal:
    returns = Returns(office.book, office.vault, office.audit)
    return Renewal(office.book, office.issue, office.revocations, returns, office.ids)


def settled(office: Office) -> None:
    """Four residents of C01 and one of C02, with a card of the committee's key each."""
    with office.database.writing() as tx:
        for number, compound in ((1, C1), (2, C1), (3, C1), (4, C1), (5, C2)):
            home, person, _ = resident(number, compound)
            office.book.put(tx, [home, person], START_MS)
        first = FirstIssue(office.book, office.issue, office.ids, Returns(office.book, office.vault, office.audit))
        for compound in (C1, C2):
            first.run(tx, Batch(compound, None, SEEN, 20, "clerk"), START_MS)


def cards(office: Office) -> list[PassRow]:
    with office.database.reading() as tx:
        return office.book.register.all(tx, PassRow)


def text(office: Office, pass_id: PassId) -> str:
    with office.database.reading() as tx:
        return office.issue.text_of(tx, pass_id) or ""


def at_the_gate(office: Office, row: PassRow, now_s: int) -> PassProblem:
    """What a gate of the compound finds with what the office has published."""
    with office.database.reading() as tx:
        bundle = keys_of(office).bundle(tx)
        assert bundle is not None
        trust = GateTrust(bundle, None, None, office.revocations.current(tx), None, 96 * 3600)
        place = GatePlace(1, G1) if row.compound == C1 else GatePlace(2, G3)
        return verify(office.issue.text_of(tx, row.id) or "", trust, place, now_s, clock_ok=True).problem


def later(office: Office, days: float) -> int:
    """Move the office's clock; the new time (ms)."""
    clock = office.clock
    assert isinstance(clock, Clock)
    clock.advance(int(days * DAY_S * 1000))
    return clock.wall_ms()


def new_key(office: Office, folder: object) -> None:
    """What two persons do on the server's console."""
    keys = KeyFolder(folder / "keys")  # type: ignore[operator]
    now_s = office.clock.wall_ms() // 1000
    keys.make_issuer((JU,), now_s)
    sites = [CompoundSite(1, C1, (G1, G2), "甘泉一村"), CompoundSite(2, C2, (G3,), "西泰苑")]
    data = make_bundle(keys, keys.root("active", b"active"), sites, {JU: (1, 2)}, now_s)
    found = current_bundle(keys)
    assert found is not None
    with office.database.writing() as tx:
        office.lists.publish(tx, KEY_BUNDLE, found[1].version, data, now_s * 1000)


def block(office: Office, start_s: int) -> None:
    with office.database.writing() as tx:
        leak_of(office).block(tx, LEAKED, start_s, FOR_EVER, office.clock.wall_ms(), by="S+S2", why="泄露")


def test_the_keys_stand_as_they_were_published(office: Office) -> None:
    with office.database.reading() as tx:
        (key,) = keys_of(office).keys(tx, START_MS)
        assert (key.kid, key.committees, key.compounds, key.state) == (LEAKED, (JU,), (C1, C2), KeyState.IN_USE)
        assert keys_of(office).keys(tx, START_MS + 31 * DAY_S * 1000)[0].state is KeyState.OVER
        assert keys_of(office).successor(tx, key, START_MS) is None


def test_a_block_takes_the_cards_of_its_span_and_leaves_those_from_before(office: Office) -> None:
    settled(office)
    now_ms = later(office, 2)
    with office.database.writing() as tx:
        home, person, _ = resident(9, C1)
        office.book.put(tx, [home, person], now_ms)
        ask = PassApplication("a" * 32, person.id, C1, PassKind.RESIDENT, SEEN, "clerk", now_ms)
        office.issue.apply(tx, ask, now_ms)
        assert isinstance(office.issue.approve(tx, ask.id, now_ms, by="clerk"), Issued)
    block(office, NOW_S + DAY_S)
    found = {row.person: at_the_gate(office, row, now_ms // 1000) for row in cards(office)}
    assert found.pop(person_id(9)) is PassProblem.KEY_REVOKED
    assert PassProblem.KEY_REVOKED not in found.values()
    with office.database.reading() as tx:
        key = keys_of(office).one(tx, LEAKED, now_ms)
        assert key is not None
        assert key.state is KeyState.BLOCKED
        assert [row.person for row in keys_of(office).cards(tx, key, NOW_S + DAY_S)] == [person_id(9)]


def test_a_drill_shows_what_would_fall_and_changes_nothing_but_its_own_note(office: Office) -> None:
    settled(office)
    with office.database.writing() as tx:
        office.revocations.refresh(tx, START_MS)
        before = office.revocations.whole(tx)
        key = keys_of(office).one(tx, LEAKED, START_MS)
        assert key is not None
        assert last_drill(tx) is None
        now = leak_of(office).drill(tx, key, NOW_S, START_MS, by="S")
        then = leak_of(office).drill(tx, key, NOW_S + 60, START_MS, by="S")
        assert now is not None
        assert then is not None
        assert (now.leaked, now.leaked_refused, now.older, now.passed) == (5, 5, 0, True)
        assert (then.leaked, then.older, then.older_good, then.replay) == (0, 5, 5, True)
        assert office.revocations.whole(tx) == before
        assert last_drill(tx) == START_MS
        assert keys_of(office).one(tx, LEAKED, START_MS) == key
    assert {at_the_gate(office, row, NOW_S) for row in cards(office)} == {FINE}


def test_a_drill_without_a_single_card_shows_nothing_and_has_not_passed(office: Office) -> None:
    with office.database.writing() as tx:
        key = keys_of(office).one(tx, LEAKED, START_MS)
        assert key is not None
        held = leak_of(office).drill(tx, key, NOW_S, START_MS, by="S")
        assert held is not None
        assert not held.passed
        assert last_drill(tx) is None


def test_the_affected_get_new_cards_of_the_new_key_and_the_old_ones_enter_the_list_in_one_version(
    office: Office, folder: object
) -> None:
    settled(office)
    with office.database.writing() as tx:
        rows = office.book.register.all(tx, PassRow)
        stays = next(row for row in rows if row.person == person_id(4))
        isolated = Isolation(IsolationId("i1"), person_id(4), IsolationState.HOME, dt.date(2020, 2, 18), START_MS)
        office.book.put(tx, [isolated], START_MS)
    now_ms = later(office, 0.1)
    block(office, NOW_S)
    new_key(office, folder)
    with office.database.writing() as tx:
        key = keys_of(office).one(tx, LEAKED, now_ms)
        assert key is not None
        after = keys_of(office).successor(tx, key, now_ms)
        assert after is not None
        affected = keys_of(office).cards(tx, key, NOW_S)
        before = office.revocations.current(tx)
        assert before is not None
        done = renewal_of(office).replace(tx, affected, SEEN, 20, now_ms, by="S", why="泄露")
        assert (done.signed, done.left) == (4, {"OWN_EVIDENCE": 1})
        now = office.revocations.current(tx)
        assert now is not None
        assert (now.count - before.count, len(office.revocations.deltas(tx, 0))) == (4, 1)
        assert [row.id for row in keys_of(office).cards(tx, key, NOW_S)] == [stays.id]
    new = [row for row in cards(office) if row.replaces is not None]
    assert {kid_of(text(office, row.id)) for row in new} == {after.kid}
    assert {at_the_gate(office, row, now_ms // 1000) for row in new} == {FINE}


def test_the_office_sees_at_which_gates_list_and_bundle_have_arrived(office: Office, folder: object) -> None:
    settled(office)
    with office.database.writing() as tx:
        office.revocations.refresh(tx, START_MS)
    tablet, other = enrolled(office, G1), enrolled(office, G3)
    block(office, NOW_S)
    new_key(office, folder)

    def arrived() -> dict[str, tuple[bool, bool]]:
        with office.database.reading() as tx:
            return {one.device.gate_id: (one.revocations, one.bundle) for one in keys_of(office).arrived(tx)}

    assert set(arrived().values()) == {(False, False)}
    got = tablet.send(pull={f"config:{G1}": "", "revocations": ""})
    assert not got.more
    tablet.send(len(tablet.events), pull=got.cursors)
    assert arrived() == {G1: (True, True), other.gate: (False, False)}


# -- campaigns -------------------------------------------------------------------------------------------------------


def test_a_campaigns_cards_begin_ahead_follow_the_old_ones_and_nobody_is_renewed_twice(office: Office) -> None:
    settled(office)
    now_ms = later(office, 10)
    starts_ms = now_ms + 3 * DAY_S * 1000
    asked = Campaign(C1, None, SEEN, 30, "clerk", starts_ms)
    with office.database.writing() as tx:
        states = renewal_of(office).overview(tx, C1, now_ms)
        assert sum(one.cards for one in states) == 4
        assert sum(one.followed for one in states) == 0
        assert len({one.last_end_ms for one in states}) == len(states)
        assert renewal_of(office).run(tx, asked, now_ms).signed == 4
        again = renewal_of(office).run(tx, asked, now_ms)
        assert (again.signed, again.left) == (0, {"HAS_PASS": 4})
        states = renewal_of(office).overview(tx, C1, now_ms)
        assert [(one.cards, one.followed) for one in states] == [(1, 1)] * 4
    mine = [row for row in cards(office) if row.person == person_id(1)]
    old, new = sorted(mine, key=lambda row: row.valid_to_ms)
    assert (old.state, new.valid_from_ms, new.replaces) == (PassState.ACTIVE, starts_ms, None)
    first, second = claims_of(text(office, old.id)), claims_of(text(office, new.id))
    assert first is not None
    assert second is not None
    assert first.card == second.card
    assert first.hh != second.hh
    assert at_the_gate(office, old, now_ms // 1000) is FINE
    assert at_the_gate(office, new, now_ms // 1000) is PassProblem.NOT_YET
    assert at_the_gate(office, new, starts_ms // 1000) is FINE
    ends = {row.valid_to_ms for row in cards(office) if row.compound == C1 and row.valid_from_ms == starts_ms}
    assert len(ends) == 4


def test_when_the_hours_signatures_are_used_up_the_rest_is_asked_for_again_later(office: Office) -> None:
    settled(office)
    now_ms = later(office, 0.5)
    object.__setattr__(office.issue._signer, "_per_hour", 2)
    asked = Campaign(C1, None, SEEN, 30, "clerk", now_ms + DAY_S * 1000)
    with office.database.writing() as tx:
        done = renewal_of(office).run(tx, asked, now_ms)
        assert (done.signed, done.left) == (2, {FULL: 2})
        assert office.applications.waiting(tx) == []
    later(office, 0.1)
    with office.database.writing() as tx:
        again = renewal_of(office).run(tx, asked, now_ms)
    assert (again.signed, again.left) == (2, {"HAS_PASS": 2})


@pytest.mark.parametrize(("days", "signed"), [(7, 4), (8, 0)])
def test_a_card_begins_at_most_seven_days_ahead(office: Office, days: int, signed: int) -> None:
    settled(office)
    asked = Campaign(C1, None, SEEN, 30, "clerk", START_MS + days * DAY_S * 1000)
    with office.database.writing() as tx:
        done = renewal_of(office).run(tx, asked, START_MS)
    assert done.signed == signed
    assert done.left == ({} if signed else {"BAD_START": 4})
