# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Conflicts on the office's pages: what cannot be taken as told is judged by a person, and nothing is deleted."""

import re

import msgspec
import pytest
from sqlalchemy import select, update

from kiosk.domain.codes import Direction, Reason, Verdict
from kiosk.domain.events import Override, PassageStep
from kiosk.domain.identity import CommitteeId, PassageId
from kiosk.domain.register import Compound, Gate
from sync.office.backup import chains_hold
from sync.office.compose import Office
from sync.office.service.asides import ACCEPTED, Aside, Asides
from sync.office.service.rebuilding import Rebuilding
from sync.office.service.verifying import LogVerifier
from sync.office.store.tables import audit, event, passage, quarantine
from sync.wire.messages import WireEvent
from tests.unit.office.offices import C2, G1, G2, G3, START_MS, Tablet, enrolled, pass_id, resident
from tests.unit.office.pages import Visitor, peopled, signed_in

EDITED = ('"reason":"PASS_OK"', '"reason":"CAT_LOCAL"')


def damaged(tablet: Tablet, old: str = EDITED[0], new: str = EDITED[1]) -> WireEvent:
    """The newest event as somebody changed it on the way."""
    last = tablet.events[-1]
    tablet.events[-1] = msgspec.structs.replace(last, c=last.c.replace(old, new))
    return tablet.events[-1]


@pytest.fixture
def held(office: Office) -> Office:
    """One passage of a gate arrived changed; another one after it is sound."""
    peopled(office)
    tablet = enrolled(office)
    tablet.passage(1)
    damaged(tablet, '"verdict":"ADMIT"', '"verdict":"REFUSE"')
    tablet.passage(2)
    tablet.send()
    return office


def asides(office: Office) -> list[str]:
    with office.database.reading() as tx:
        return list(tx.execute(select(quarantine.c.id).where(quarantine.c.outcome.is_(None))).scalars())


def passages(office: Office) -> int:
    with office.database.reading() as tx:
        return len(tx.execute(select(passage.c.passage_id)).all())


def audited(office: Office) -> str:
    with office.database.reading() as tx:
        return b"\n".join(tx.execute(select(audit.c.canon).order_by(audit.c.seq)).scalars()).decode()


def service(office: Office) -> Asides:
    return Asides(office.devices, office.events, office.book, office.projections, office.vault, office.audit)


def clerk(office: Office) -> Visitor:
    return signed_in(office, "C")


def test_what_was_set_aside_stands_under_its_gate_with_its_reason(held: Office) -> None:
    page = clerk(held).get("/conflicts").text
    assert "甘泉一村 1号门" in page
    assert "校验不符" in page
    assert "存疑记录 1" in page


def test_accepting_needs_a_reason_and_makes_a_passage_of_it_beside_the_log(held: Office) -> None:
    (aside,) = asides(held)
    visitor = clerk(held)
    page = visitor.form(f"/conflicts/{aside}/accept", {"because": ""})
    assert page.status == 422
    assert "请填写" in page.text
    assert passages(held) == 1
    assert visitor.form(f"/conflicts/{aside}/accept", {"because": "与纸质登记核对一致"}).status == 303
    assert passages(held) == 2
    assert asides(held) == []
    assert "与纸质登记核对一致" in audited(held)
    with held.database.reading() as tx:
        kept = tx.execute(select(event.c.seq, event.c.gate_id).where(event.c.epoch == ACCEPTED)).all()
        assert [tuple(row) for row in kept] == [(1, G1)]
        assert chains_hold(tx)


def test_what_was_accepted_is_counted_once_and_outlives_its_raw_text_in_a_rebuild(held: Office) -> None:
    (aside,) = asides(held)
    visitor = clerk(held)
    visitor.form(f"/conflicts/{aside}/accept", {"because": "核对一致"})
    assert visitor.form(f"/conflicts/{aside}/accept", {"because": "核对一致"}).status in (409, 422)
    with held.database.writing() as tx:
        tx.execute(update(quarantine).values(raw=b""))
        Rebuilding(held.devices, held.events, held.passages).run(tx, START_MS)
    assert passages(held) == 2


def test_the_gates_own_log_is_found_as_it_was_sent_after_an_acceptance(held: Office) -> None:
    device = held_device(held)
    verifier = LogVerifier(held.devices, held.events)
    with held.database.reading() as tx:
        before = verifier.verify(tx, device)
    clerk(held).form(f"/conflicts/{asides(held)[0]}/accept", {"because": "核对一致"})
    with held.database.reading() as tx:
        assert verifier.verify(tx, device) == before


def held_device(office: Office) -> str:
    with office.database.reading() as tx:
        return office.devices.all(tx)[0].id


def test_rejecting_keeps_the_text_and_says_who_and_why(held: Office) -> None:
    (aside,) = asides(held)
    visitor = clerk(held)
    assert visitor.form(f"/conflicts/{aside}/reject", {"because": "平板曾被拆开"}).status == 303
    assert passages(held) == 1
    page = visitor.get(f"/conflicts/{aside}").text
    assert "驳回" in page
    assert "平板曾被拆开" in page
    assert "C员" in page
    assert "REFUSE" in visitor.form(f"/conflicts/{aside}/raw", {}).text


def test_trying_again_takes_nothing_while_the_check_value_differs(held: Office) -> None:
    (aside,) = asides(held)
    visitor = clerk(held)
    visitor.form(f"/conflicts/{aside}/retry")
    assert "接不上" in visitor.get(f"/conflicts/{aside}").text
    assert asides(held) == [aside]


def test_trying_again_takes_what_has_become_sound(held: Office) -> None:
    """As after an upgrade of the program: what could not be read can be read now, and fits its chain."""
    tablet = enrolled(held, G2)
    tablet.passage(7)
    good = tablet.events[-1]
    damaged(tablet, '"v":1', '"v": 1')
    tablet.send()
    aside = next(one for one in asides(held) if one_of(held, one).gate_id == G2)
    with held.database.writing() as tx:
        raw = held.vault.seal("quarantine", aside, msgspec.json.encode(good))
        tx.execute(update(quarantine).where(quarantine.c.id == aside).values(raw=raw))
    visitor = clerk(held)
    assert "可以重试" in visitor.get(f"/conflicts/{aside}").text
    visitor.form(f"/conflicts/{aside}/retry")
    assert aside not in asides(held)
    assert passages(held) == 2


def one_of(office: Office, aside: str) -> Aside:
    with office.database.reading() as tx:
        found = service(office).one(tx, aside)
    assert found is not None
    return found


def test_an_event_that_is_held_already_is_never_counted_twice(held: Office) -> None:
    tablet = enrolled(held, G3)
    tablet.passage(5)
    tablet.send()
    again = msgspec.structs.replace(tablet.events[-1], c=tablet.events[-1].c.replace('"seq":2', '"seq":3'))
    tablet.events.append(again)
    tablet.send(2)
    aside = next(one for one in asides(held) if one_of(held, one).gate_id == G3)
    page = clerk(held).form(f"/conflicts/{aside}/accept", {"because": "再记一次"})
    assert page.status == 422
    assert "不能再记一次" in page.text


def test_an_event_that_speaks_of_another_gate_says_so_and_counts_there_when_accepted(held: Office) -> None:
    tablet = enrolled(held, G2)
    tablet.passage(9)
    damaged(tablet, '"gate":"G02"', '"gate":"G01"')
    tablet.send()
    aside = next(one for one in asides(held) if one_of(held, one).gate_id == G2)
    visitor = clerk(held)
    assert "记录自称属于别的门岗" in visitor.get(f"/conflicts/{aside}").text
    assert visitor.form(f"/conflicts/{aside}/accept", {"because": "平板借到一号门用"}).status == 303
    with held.database.reading() as tx:
        gates = tx.execute(select(event.c.gate_id).where(event.c.epoch == ACCEPTED)).scalars().all()
    assert gates == [G1]


def test_what_cannot_be_read_can_only_be_rejected(held: Office) -> None:
    tablet = enrolled(held, G2)
    tablet.passage(9)
    tablet.events[-1] = msgspec.structs.replace(tablet.events[-1], c="not json")
    tablet.send()
    aside = next(one for one in asides(held) if one_of(held, one).gate_id == G2)
    visitor = clerk(held)
    assert "formaction" not in visitor.get(f"/conflicts/{aside}").text
    assert visitor.form(f"/conflicts/{aside}/accept", {"because": "x"}).status == 422
    assert visitor.form(f"/conflicts/{aside}/reject", {"because": "读不出"}).status == 303


def test_the_text_is_asked_for_and_the_part_with_names_never_shown(held: Office) -> None:
    tablet = enrolled(held, G2)
    tablet.write(
        Override(PassageId("p" * 32), Verdict.REFUSE, Reason.PASS_OK, Verdict.ADMIT, "w", "b"), None, {"name": "王小明"}
    )
    damaged(tablet, '"why":"w"', '"why":"v"')
    tablet.send()
    aside = next(one for one in asides(held) if one_of(held, one).gate_id == G2)
    visitor = signed_in(held, "S")
    assert '"event_id"' not in visitor.get(f"/conflicts/{aside}").text
    asked = visitor.form(f"/conflicts/{aside}/raw", {})
    assert 'name="why"' in asked.text, "the street gives its reason first"
    shown = visitor.form(f"/conflicts/{aside}/raw", {"why": "核查存疑"}).text
    assert "override" in shown
    assert "王小明" not in shown
    assert "核查存疑" in audited(held)


def test_a_gate_out_of_reach_is_not_there(held: Office) -> None:
    (aside,) = asides(held)
    with held.database.writing() as tx:
        held.book.put(tx, [Gate(G1, C2, "1号门")], START_MS)
        held.book.put(tx, [Compound(C2, "西泰苑", 2, CommitteeId("J99"))], START_MS)
    visitor = signed_in(held, "C")
    assert visitor.get(f"/conflicts/{aside}").status == 404
    assert "存疑记录 0" in visitor.get("/conflicts").text


# ---------------------------------------------------------------------------------------------- one pass at two gates


@pytest.fixture
def doubled(office: Office) -> Office:
    """One pass goes in at two gates within a minute."""
    peopled(office)
    with office.database.writing() as tx:
        office.book.put(tx, [*resident(1, name="周八")], START_MS)
    for gate, seconds in ((G1, 0), (G2, 40)):
        tablet = enrolled(office, gate)
        tablet.passage(1, at_ms=START_MS + seconds * 1000, pass_id=pass_id(1))
        tablet.send()
    return office


def test_one_pass_at_two_gates_is_one_line_with_both_and_settled_at_both(doubled: Office) -> None:
    visitor = clerk(doubled)
    page = visitor.get("/conflicts").text
    assert "一证两门 1" in page
    assert "两分钟内出现在两个门" in page
    assert "周八" in page
    pair = re.search(r'name="pair" value="([0-9a-f]+)"', page)
    assert pair is not None
    assert visitor.form("/conflicts/double", {"pair": pair[1], "because": ""}).status == 422
    assert visitor.form("/conflicts/double", {"pair": pair[1], "because": "家人拿错了证"}).status == 303
    with doubled.database.reading() as tx:
        assert [item for _, item in doubled.work.open(tx) if item.kind == "CLONE"] == []
    assert "家人拿错了证" in audited(doubled)
    assert visitor.form("/conflicts/double", {"pair": pair[1], "because": "again"}).status == 404


# -------------------------------------------------------------------------------------------------- overridden verdicts


@pytest.fixture
def overruled(office: Office) -> Office:
    """A refusal that the leader turned into an admission."""
    peopled(office)
    tablet = enrolled(office)
    tablet.passage(1, Direction.IN, verdict=Verdict.REFUSE, reason=Reason.PASS_OK, recorded=False, final=False)
    key = re.search(r'"passage":"([0-9a-f]{32})"', tablet.events[-1].c)
    assert key is not None
    passage = PassageId(key[1])
    tablet.write(Override(passage, Verdict.REFUSE, Reason.PASS_OK, Verdict.ADMIT, "居委会电话确认", "leader0001"))
    tablet.write(PassageStep(passage, 2, Direction.IN, verdict=Verdict.ADMIT, recorded=True, final=True))
    tablet.send()
    return office


def test_an_override_is_confirmed_by_another_than_the_leader_who_made_it(overruled: Office) -> None:
    visitor = clerk(overruled)
    page = visitor.get("/conflicts").text
    assert "待确认的改判 1" in page
    assert "居委会电话确认" in page
    assert "暂不能进入 → <strong>放行" in page
    key = re.search(r'name="passage" value="([^"]+)"', page)
    assert key is not None
    leader = signed_in(overruled, "L")
    assert leader.form("/conflicts/override", {"passage": key[1], "answer": "confirm"}).status == 403
    assert visitor.form("/conflicts/override", {"passage": key[1], "answer": "confirm"}).status == 303
    assert "待确认的改判 0" in visitor.get("/conflicts").text
    assert "街道已确认" in leader.get("/night").text


def test_doubting_an_override_says_what_is_doubted(overruled: Office) -> None:
    visitor = clerk(overruled)
    key = re.search(r'name="passage" value="([^"]+)"', visitor.get("/conflicts").text)
    assert key is not None
    assert visitor.form("/conflicts/override", {"passage": key[1], "answer": "doubt"}).status == 422
    assert (
        visitor.form("/conflicts/override", {"passage": key[1], "answer": "doubt", "because": "谁确认的?"}).status
        == 303
    )
    assert "谁确认的?" in signed_in(overruled, "L").get("/night").text


def test_the_work_list_leaves_as_a_sheet_without_what_was_sent(held: Office) -> None:
    visitor = clerk(held)
    file = visitor.form("/conflicts/export", {"format": "csv", "password": "long enough for us"})
    assert "甘泉一村 1号门" in file.text
    assert "PASS_OK" not in file.text
