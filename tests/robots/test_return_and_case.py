# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪登记 and 报告卡 by touch, on a real gate (interface.md 5.5, 5.8; domain.md 11, 15)."""

from kiosk.domain.codes import PlatformRecord, Tick, Told, Transport
from kiosk.domain.events import CaseStep, Checklist, IsolationChanged, PassageStep, Registration
from tests.robots.volunteer import Volunteer

SYMPTOMS_AND_MORE = ("symptom.cough", "away.yes", "companions")


def returning(volunteer: Volunteer) -> Volunteer:
    """张伟 of 3号楼 is looked up and says that he comes back."""
    volunteer.house.resident("张伟", "3-1-502")
    volunteer.tap("btn.forgotten").tap("btn.tile.3").tap("btn.tile.502").tap("btn.tile.person.0")
    return volunteer.tap("btn.tile.first_return").at("screen.first_return")


def fill(volunteer: Volunteer, *answers: str) -> Volunteer:
    for answer in answers:
        volunteer.tap(f"btn.form.{answer}")
    return volunteer


KEY_RETURN = ("from.420000", "day.2020-02-20", "contact.no", "code.GREEN", "platform.NOTHING", "home.yes")
PAPERS = ("paper.record", "paper.notice", "paper.commitment")


def test_a_key_return_with_all_papers_is_escorted_home_and_isolated(volunteer: Volunteer) -> None:
    returning(volunteer)
    assert not volunteer.key("btn.form.done").isEnabled()
    volunteer.sees("还没有:何地返沪")
    fill(volunteer, *KEY_RETURN, *PAPERS, "by.TRAIN", "with.1").tap("btn.form.done").at("screen.keypad")
    volunteer.measure("36.6").sees("请稍候", "有人陪您回家", "4/4")
    assert [body.items for body in volunteer.kept(Checklist)] == [tuple(sorted(
        (Tick.HOME_FIT, Tick.RECORD, Tick.NOTICE, Tick.COMMITMENT)))]  # fmt: skip
    opened = volunteer.kept(IsolationChanged)[-1]
    assert (opened.state, opened.d0) == ("HOME", "2020-02-20")
    volunteer.recorded(0).tap("btn.escorted").recorded(1)


def test_transport_companions_and_platform_are_kept(volunteer: Volunteer) -> None:
    fill(returning(volunteer), *KEY_RETURN, "by.TRAIN", "with.3+", "number", "no.G", "no.7", "no.8", "erase", "back")
    volunteer.sees("G7").tap("btn.form.done")
    form = volunteer.kept(Registration)[0]
    event = next(each for each in volunteer.house.store.events(0, 100) if each.body == form)
    assert volunteer.house.store.personal(event.id) == {"vehicle_no": "G7"}
    assert (form.transport, form.companions, form.platform) == (Transport.TRAIN, 3, PlatformRecord.NOTHING)


def test_a_returnee_who_shows_his_card_is_registered_from_the_staff_panel(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).at("screen.keypad").tap("btn.returning").at("screen.first_return")
    fill(volunteer, *KEY_RETURN, *PAPERS).tap("btn.form.done").at("screen.keypad").sees("张*")
    volunteer.measure("36.6").sees("有人陪您回家", "4/4").tap("btn.escorted").recorded(1)
    assert {step.passage for step in volunteer.kept(PassageStep)} == {volunteer.kept(Registration)[0].passage}
    assert volunteer.stand.model.chips == (), "the card's passage went on: nobody waits unmeasured"


def test_an_expired_card_is_registered_as_a_return_too(volunteer: Volunteer) -> None:
    card = volunteer.house.card(volunteer.house.resident("张伟", "3-1-502"), expired_days=3)
    volunteer.scan(card).measure("36.6").sees("登记后放行").tap("btn.returning")
    fill(volunteer, "from.OTHER", *KEY_RETURN[1:]).tap("btn.form.done").sees("外地返沪,请登记")


def test_nobody_gets_out_of_a_rest_by_the_form(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.6").at("screen.verdict")
    assert "btn.returning" not in volunteer.shown_keys()


def test_the_fourth_paper_may_come_later_on_the_verdict(volunteer: Volunteer) -> None:
    fill(returning(volunteer), *KEY_RETURN, *PAPERS[:2]).tap("btn.form.done").measure("36.6").sees("3/4")
    assert volunteer.kept(IsolationChanged) == []
    volunteer.tap("btn.tick.commitment").sees("4/4")
    assert len(volunteer.kept(IsolationChanged)) == 1


def test_who_will_not_sign_waits_for_the_transfer(volunteer: Volunteer) -> None:
    fill(returning(volunteer), *KEY_RETURN, "signs.no").tap("btn.form.done").measure("36.6")
    volunteer.sees("请稍候", "不具备居家隔离条件,等候转运").sees_not("放行").recorded(0)
    assert volunteer.stand.public.text() == "请稍候。请到旁边等候"


def test_another_region_is_registered_and_let_in(volunteer: Volunteer) -> None:
    fill(returning(volunteer), "from.OTHER", "days").sees("2-17")
    fill(volunteer, "day.2020-02-17", "contact.no", "code.GREEN", "platform.UNREACHABLE", "home.yes")
    volunteer.tap("btn.form.done").measure("36.6").sees("登记后放行", "外地返沪,请登记")
    registered = volunteer.kept(Registration)[0]
    assert (registered.region, registered.arrived, registered.cls) == ("OTHER", "2020-02-17", "OTHER")


def test_a_transit_makes_a_key_return(volunteer: Volunteer) -> None:
    fill(returning(volunteer), "from.OTHER", "transit").tap("btn.form.via.420000").tap("btn.form.back")
    volunteer.sees("湖北")
    fill(volunteer, *KEY_RETURN[1:], *PAPERS).tap("btn.form.done").measure("36.6").sees("有人陪您回家")


def test_a_form_left_alone_registers_nobody(volunteer: Volunteer) -> None:
    fill(returning(volunteer), *KEY_RETURN).wait(61).at("screen.scan")
    assert volunteer.kept(Registration) == []


def fever(volunteer: Volunteer) -> Volunteer:
    volunteer.scan(volunteer.resident()).measure("37.8").wait(301).tap("btn.chip.0").measure("37.6")
    return volunteer.at("screen.fever")


def test_a_high_reading_is_in_safety_after_two_taps(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.6").sees("请稍候", "请到旁边休息五分钟").recorded(0)
    assert volunteer.taps == 2


def test_a_recheck_is_at_most_three_taps(volunteer: Volunteer) -> None:
    volunteer.scan(volunteer.resident()).measure("37.6").wait(301)
    volunteer.taps = 0
    volunteer.tap("btn.chip.0").measure("36.9").sees("放行").recorded(1)
    assert volunteer.taps == 2
    assert volunteer.taps <= 3


def test_the_fever_card_names_whom_to_call_in_order_and_keeps_who_was_told(volunteer: Volunteer) -> None:
    fever(volunteer).sees("请稍候", "请到旁边等候", "留观 37.8 → 37.6", "2 门长", "13800001111", "021-5600 1234", "120")
    volunteer.sees("021-6605 0000")  # the health centre
    assert volunteer.stand.public.text() == "请稍候。请到旁边等候"
    volunteer.tap("btn.form.spot").tap("btn.form.told.LEADER").tap("btn.form.missed.COMMITTEE")
    for name in SYMPTOMS_AND_MORE:
        volunteer.tap(f"btn.form.{name}")
    case = volunteer.house.app.present.cases()[0]
    told = {step.who: step.answer for step in case.steps}
    assert (told[Told.LEADER], told[Told.COMMITTEE], told[Told.HEALTH]) == ("told", "no_answer", None)
    assert set(case.said) == {"at_spot", "symptom_cough", "away:yes", "companions:1"}
    assert all(step.told_at is not None for step in volunteer.kept(CaseStep))


def test_no_answer_from_the_leader_offers_the_deputy_and_reminds_in_three_minutes(volunteer: Volunteer) -> None:
    fever(volunteer).tap("btn.form.missed.LEADER").sees("13800002222").tap("btn.form.next").at("screen.scan")
    volunteer.wait(181)
    assert volunteer.notice() == "请再打一次电话:门长"


def test_no_symptom_takes_the_others_back(volunteer: Volunteer) -> None:
    fever(volunteer).tap("btn.form.symptom.cough").tap("btn.form.symptom.none")
    assert volunteer.house.app.present.cases()[0].said == ("symptom_none",)


def test_the_lane_goes_on_and_the_card_is_a_chip(volunteer: Volunteer) -> None:
    fever(volunteer).tap("btn.form.next").at("screen.scan").sees("案件")
    volunteer.scan(volunteer.resident("李娜", "5-1-101")).measure("36.5").sees("放行").wait(2)
    volunteer.tap("btn.chip.0").at("screen.fever").tap("btn.form.press.transfer").at("screen.verdict")
    assert volunteer.house.app.present.open_passages() == ()


def test_a_breach_is_a_card_too_and_tells_the_queue_nothing(volunteer: Volunteer) -> None:
    import datetime as dt

    from kiosk.domain.codes import IsolationState
    from kiosk.domain.identity import IsolationId
    from kiosk.domain.register import Isolation
    from tests.unit.desk.gatehouse import NOW_MS

    person = volunteer.house.resident("孙浩", "2-1-301")
    record = Isolation(IsolationId("i" * 32), person, IsolationState.HOME, dt.date(2020, 2, 14), NOW_MS)
    volunteer.house._put(record)
    volunteer.scan(volunteer.house.card(person)).measure("36.5").at("screen.fever").sees(
        "居家观察未结束,请联系居委会", "110"
    )
    assert volunteer.stand.public.text() == "请稍候。请到旁边等候"
