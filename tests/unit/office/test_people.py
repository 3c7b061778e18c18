# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Passes, the register and what gates say about people: issue, withdraw, isolate, release, import."""

import pytest
from sqlalchemy import select, update

from kiosk.domain.codes import (
    Category,
    CodeColour,
    IsolationState,
    PassColour,
    PassKind,
    PassState,
    Slot,
)
from kiosk.domain.events import (
    HomeTemp,
    IsolationChanged,
    IsolationRelease,
    PassNotice,
    PassRequest,
    PermitGrant,
    PermitUse,
    Registration,
    TempPassIssued,
)
from kiosk.domain.identity import GateId, IsolationId, OperatorId, PassId, PermitId
from kiosk.domain.passes.serials import printed, serial_of
from kiosk.domain.register import Isolation, PassRow, Permit, Person
from kiosk.domain.trust.revocations import RevocationKind
from sync.office.compose import Office
from sync.office.print.card import CardToPrint
from sync.office.service.applications import Evidence, PassApplication, PlatformRecord, Unfit, colour_of
from sync.office.service.card_text import claims_of
from sync.office.service.initials import initials
from sync.office.service.issue import Issued, IssueFault
from sync.office.service.printing import CardsToPrint
from sync.office.service.rebuilding import Rebuilding
from sync.office.service.verifying import LogVerifier
from sync.office.store.tables import audit, change_log, event, passage, quarantine
from tests.unit.office.offices import C1, G1, G2, START_MS, Tablet, enrolled, pass_id, person_id, resident

GOOD = Evidence(CodeColour.GREEN, START_MS, platform=PlatformRecord.NONE)
OPERATOR = OperatorId("e" * 32)


@pytest.fixture
def people(office: Office) -> Office:
    """An office with ten residents of C01, each in a flat of their own, with a pass each."""
    with office.database.writing() as tx:
        office.book.put(tx, [row for number in range(10) for row in resident(number)], START_MS)
    return office


def application(office: Office, number: int, evidence: Evidence = GOOD, **facts: object) -> PassApplication:
    values: dict[str, object] = {"kind": PassKind.RESIDENT, **facts}
    return PassApplication(
        office.ids.new_id(),
        person_id(number),
        C1,
        evidence=evidence,
        by="ju1",
        asked_at_ms=START_MS,
        **values,  # type: ignore[arg-type]
    )


def issued(office: Office, asked: PassApplication) -> object:
    with office.database.writing() as tx:
        office.issue.apply(tx, asked, START_MS)
        return office.issue.approve(tx, asked.id, START_MS, by="ju1")


def row_of(office: Office, card: PassId) -> PassRow:
    with office.database.reading() as tx:
        row = office.book.register.get(tx, PassRow, card)
    assert row is not None
    return row


def revoked(office: Office, card: PassId) -> RevocationKind | None:
    with office.database.reading() as tx:
        current = office.revocations.current(tx)
    return None if current is None else current.problem_of(bytes.fromhex(card))


# issue --------------------------------------------------------------------------------------------------------------


GREEN, YELLOW, RED, UNSEEN = CodeColour.GREEN, CodeColour.YELLOW, CodeColour.RED, CodeColour.NOT_SHOWN
NONE, OTHER, KEY = PlatformRecord.NONE, PlatformRecord.OTHER_REGION, PlatformRecord.KEY_REGION
EVIDENCE: dict[str, tuple[Evidence, PassColour | Unfit]] = {
    "green, none": (GOOD, PassColour.GREEN),
    "paper, released": (Evidence(paper=True, platform=PlatformRecord.RELEASED), PassColour.GREEN),
    "other region with form": (Evidence(GREEN, platform=OTHER, form_done=True), PassColour.YELLOW),
    "other region without": (Evidence(GREEN, platform=OTHER), Unfit.FIRST_RETURN),
    "yellow": (Evidence(YELLOW, platform=NONE), Unfit.FIRST_RETURN),
    "key region": (Evidence(GREEN, platform=KEY), Unfit.FIRST_RETURN),
    "red": (Evidence(RED, platform=NONE), Unfit.CODE_RED),
    "not reachable": (Evidence(GREEN, platform=PlatformRecord.UNREACHABLE), Unfit.UNCHECKED),
    "no code": (Evidence(platform=NONE), Unfit.NO_CODE),
    "not shown": (Evidence(UNSEEN, platform=NONE), Unfit.NO_CODE),
    "no platform": (Evidence(GREEN), Unfit.NO_PLATFORM),
}


@pytest.mark.parametrize("name", EVIDENCE)
def test_two_evidences_decide(people: Office, name: str) -> None:
    evidence, result = EVIDENCE[name]
    told = issued(people, application(people, 1, evidence))
    assert colour_of(PassKind.RESIDENT, evidence) is result
    assert (told.row.colour if isinstance(told, Issued) else told) is result


def test_a_pass_carries_household_and_card_and_no_name(people: Office) -> None:
    told = issued(people, application(people, 1, days=14))
    assert isinstance(told, Issued)
    claims = claims_of(told.text)
    assert claims is not None
    assert (claims.site, claims.category, claims.card, claims.life_s) == (1, Category.LOCAL, 2, 14 * 86_400)
    assert (told.row.serial, told.row.person) == (serial_of(claims.cti), person_id(1))
    with people.database.reading() as tx:
        assert people.issue.text_of(tx, told.row.id) == told.text


def test_a_pass_for_one_gate_has_its_bit(people: Office) -> None:
    told = issued(people, application(people, 1, gates=(G2,)))
    assert isinstance(told, Issued)
    claims = claims_of(told.text)
    assert claims is not None
    assert (claims.gates, told.row.gates) == (2, (G2,))
    assert issued(people, application(people, 2, gates=(GateId("G03"),))) is IssueFault.BAD_GATES
    every = issued(people, application(people, 3, gates=(G1, G2)))
    assert isinstance(every, Issued)
    every_claims = claims_of(every.text)
    assert every_claims is not None
    assert every_claims.gates is None


def test_a_household_has_nine_cards_and_no_tenth(people: Office) -> None:
    told = [issued(people, application(people, 1)) for _ in range(9)]
    assert [type(one) for one in told] == [Issued] * 8 + [IssueFault]
    assert told[-1] is IssueFault.NO_CARD_LEFT


@pytest.mark.parametrize(("days", "taken"), [(0, False), (1, True), (45, True), (46, False)])
def test_a_pass_lives_one_to_forty_five_days(people: Office, days: int, taken: bool) -> None:
    assert isinstance(issued(people, application(people, 1, days=days)), Issued) is taken


def test_an_application_is_decided_once(people: Office) -> None:
    asked = application(people, 1)
    assert isinstance(issued(people, asked), Issued)
    with people.database.writing() as tx:
        assert people.issue.approve(tx, asked.id, START_MS, by="ju1") is IssueFault.DECIDED
        assert people.issue.approve(tx, "0" * 32, START_MS, by="ju1") is IssueFault.NO_APPLICATION


def test_a_replacement_takes_the_old_card_out(people: Office) -> None:
    told = issued(people, application(people, 1, replaces=pass_id(1)))
    assert isinstance(told, Issued)
    assert row_of(people, pass_id(1)).state is PassState.REVOKED
    assert revoked(people, pass_id(1)) is RevocationKind.REPLACED


def test_a_lost_card_stays_lost_when_it_is_replaced(people: Office) -> None:
    with people.database.writing() as tx:
        people.issue.lost(tx, pass_id(1), START_MS, by="ju1", why="bus")
    issued(people, application(people, 1, replaces=pass_id(1)))
    assert row_of(people, pass_id(1)).state is PassState.LOST
    assert revoked(people, pass_id(1)) is RevocationKind.LOST


def test_withdrawing_is_row_and_list_in_one(people: Office) -> None:
    with people.database.writing() as tx:
        assert isinstance(people.issue.revoke(tx, pass_id(3), START_MS, by="s", why="moved"), PassRow)
        assert people.issue.revoke(tx, PassId("f" * 16), START_MS, by="s", why="x") is IssueFault.NO_PASS
    assert (row_of(people, pass_id(3)).state, revoked(people, pass_id(3))) == (
        PassState.REVOKED,
        RevocationKind.REVOKED,
    )


def test_every_act_is_in_the_audit_and_its_chain_holds(people: Office) -> None:
    issued(people, application(people, 1))
    issued(people, application(people, 1, Evidence()))
    with people.database.reading() as tx:
        acts = [(entry["what"], entry.get("refused", False)) for entry in people.audit.entries(tx)]
        assert acts == [("pass.apply", False), ("pass.issue", False), ("pass.apply", False), ("pass.issue", True)]
        assert people.audit.first_bad(tx) is None
    with people.database.writing() as tx:
        canon = tx.execute(select(audit.c.canon).where(audit.c.seq == 2)).scalar_one()
        tx.execute(update(audit).where(audit.c.seq == 2).values(canon=canon.replace(b"ju1", b"ju2")))
    with people.database.reading() as tx:
        assert people.audit.first_bad(tx) == 2


def test_cards_to_print_name_nobody(people: Office) -> None:
    told = issued(people, application(people, 1))
    assert isinstance(told, Issued)
    with people.database.reading() as tx:
        (card,) = CardsToPrint(people.book, people.issue).find(tx, C1)
    assert isinstance(card, CardToPrint)
    assert (card.fault(), card.text, card.serial) == (None, told.text, printed(serial_of(bytes.fromhex(told.row.id))))
    assert "张" not in repr(card)


# what gates say -----------------------------------------------------------------------------------------------------


def isolation(office: Office) -> Isolation:
    with office.database.reading() as tx:
        row = office.book.register.get(tx, Isolation, "a" * 32)
    assert row is not None
    return row


ISOLATION = IsolationId("a" * 32)


def isolated(office: Office) -> Tablet:
    tablet = enrolled(office)
    tablet.write(IsolationChanged(ISOLATION, person_id(1), "HOME", "2020-02-14"))
    tablet.send()
    return tablet


def test_an_isolation_rests_the_card_and_its_release_opens_it(people: Office) -> None:
    tablet = isolated(people)
    assert (isolation(people).state, isolation(people).commitment) == (IsolationState.HOME, True)
    assert row_of(people, pass_id(1)).state is PassState.SUSPENDED
    tablet.write(HomeTemp(ISOLATION, "2020-02-20", Slot.AM, "G01", 366))
    tablet.write(IsolationRelease(ISOLATION, "2020-17", "G01", person_id(1)))
    tablet.send(2)
    row = isolation(people)
    assert (row.state, row.release_notice, row.slots_taken) == (IsolationState.RELEASED, "2020-17", ("2020-02-20/AM",))
    assert row_of(people, pass_id(1)).state is PassState.ACTIVE


def test_an_older_fact_that_comes_late_changes_nothing(people: Office) -> None:
    isolated(people)
    late = enrolled(people, G2)
    late.write(IsolationChanged(ISOLATION, person_id(1), "BREACH"), START_MS - 1)
    late.send()
    assert isolation(people).state is IsolationState.HOME


def test_a_permit_is_granted_used_and_returned_from(people: Office) -> None:
    tablet = isolated(people)
    permit = PermitId("b" * 32)
    tablet.write(PermitGrant(permit, person_id(1), "120", START_MS, START_MS + 9, "dialysis", "L"))
    tablet.write(PermitUse(permit, out_at=START_MS + 1))
    tablet.write(PermitUse(permit, in_at=START_MS + 5))
    tablet.send(2)
    with people.database.reading() as tx:
        row = people.book.register.get(tx, Permit, permit)
    assert row is not None
    assert (row.reason, row.out_at_ms, row.in_at_ms) == ("dialysis", START_MS + 1, START_MS + 5)


def test_a_loss_told_at_the_gate_is_on_the_list_at_once(people: Office) -> None:
    tablet = enrolled(people)
    tablet.write(PassNotice("LOST", "G01", pass_id=pass_id(4)))
    tablet.write(PassNotice("REVOKE", "G01", person=person_id(5)))
    tablet.send()
    assert [revoked(people, pass_id(n)) for n in (4, 5, 6)] == [RevocationKind.LOST, RevocationKind.REVOKED, None]
    assert [row_of(people, pass_id(n)).state for n in (4, 5)] == [PassState.LOST, PassState.REVOKED]


def test_an_application_from_a_gate_is_signed_and_comes_down_to_be_printed(people: Office) -> None:
    tablet = enrolled(people)
    told = {"colour": "GREEN", "seen_at": str(START_MS), "platform": "NONE", "platform_no": "7"}
    tablet.write(PassRequest(person_id(2), PassKind.RESIDENT, told))
    tablet.send()
    with people.database.writing() as tx:
        (asked,) = people.applications.waiting(tx, C1)
        signed = people.issue.approve(tx, asked.id, START_MS, by="ju1")
        assert isinstance(signed, Issued)
    answer = tablet.send(0, 0, pull={"work:G01": ""})
    assert [(change.row or {})["text"] for change in answer.changes] == [signed.text]
    with people.database.writing() as tx:
        assert people.work.finish(tx, asked.id, START_MS)
        assert not people.work.finish(tx, asked.id, START_MS)
        assert signed.text not in str(tx.execute(change_log.select()).all())
    assert [change.op for change in tablet.send(0, 0, pull=answer.cursors).changes] == ["del"]


def test_a_temporary_pass_made_at_a_gate_is_known_to_its_compound(people: Office) -> None:
    tablet = enrolled(people)
    card = PassId("9" * 16)
    tablet.write(TempPassIssued(card, Category.VISITOR, START_MS // 1000 + 3600, "G01"))
    tablet.send()
    row = row_of(people, card)
    assert (row.kind, row.state, row.valid_to_ms) == (PassKind.TEMP, PassState.ACTIVE, START_MS + 3_600_000)


def test_a_return_sets_the_category_and_a_new_tenant_becomes_a_row(people: Office) -> None:
    tablet = enrolled(people)
    tablet.write(Registration(person_id(3), "RETURN", cls="KEY"))
    tablet.write(Registration(person_id(99), "NEW_TENANT"), personal={"name": "新来的", "phone": "123"})
    tablet.send()
    with people.database.reading() as tx:
        known, new = (people.book.register.get(tx, Person, person_id(n)) for n in (3, 99))
    assert known is not None
    assert new is not None
    assert (known.category, known.name) == (Category.RET_KEY, "张三")
    assert (new.category, new.name, new.compound) == (Category.NEW_TENANT, "新来的", C1)


# the projections and the logs ---------------------------------------------------------------------------------------


def test_a_rebuild_gives_the_same_projections(people: Office) -> None:
    tablet = isolated(people)
    for number in range(5):
        tablet.passage(number, pass_id=pass_id(number))
    tablet.send()
    with people.database.reading() as tx:
        before = tx.execute(passage.select().order_by(passage.c.passage_id)).all()
    with people.database.writing() as tx:
        done = Rebuilding(people.devices, people.events, people.passages).run(tx, START_MS)
    with people.database.reading() as tx:
        assert tx.execute(passage.select().order_by(passage.c.passage_id)).all() == before
    assert (done.passages, done.events, done.unread) == (5, 7, 0)


def test_verification_passes_a_whole_log_and_names_the_first_bad_seq(people: Office) -> None:
    tablet = enrolled(people)
    for number in range(5):
        tablet.passage(number, pass_id=pass_id(number))
    tablet.send()
    verifier = LogVerifier(people.devices, people.events)
    with people.database.reading() as tx:
        (report,) = verifier.verify(tx, tablet.device)
    assert report.line() == f"OK 6 events, head {tablet.events[-1].h[:8]}, receipt at 6"
    with people.database.writing() as tx:
        tx.execute(event.update().where(event.c.seq == 4).values(canon=b"{}"))
    with people.database.reading() as tx:
        (report,) = verifier.verify(tx, tablet.device)
    assert (report.findings[0].seq, report.findings[0].fault.value) == (4, "EDITED")


def test_nothing_in_quarantine_is_readable_in_the_file(people: Office) -> None:
    import msgspec

    tablet = enrolled(people)
    event_ = tablet.write(Registration(person_id(99), "NEW_TENANT"), personal={"name": "秘密人"})
    tablet.events[1] = msgspec.structs.replace(event_, h="0" * 64)
    tablet.send()
    with people.database.reading() as tx:
        (row,) = tx.execute(quarantine.select()).all()
        assert "秘密人".encode() not in row.raw
        (aside,) = people.events.aside(tx)
    assert "秘密人" in aside.raw


# initials ------------------------------------------------------------------------------------------------------


def test_all_readings_of_a_name_give_initials() -> None:
    assert set(initials("单伟")) == {"sw", "dw", "cw"}
    assert initials("") == ("",)
