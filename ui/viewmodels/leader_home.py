# SPDX-License-Identifier: LicenseRef-Gatehouse
"""门长首页: what stands open, in figures, and where to go (interface.md 5.13)."""

from collections.abc import Callable

from kiosk.app.pin import PAD
from kiosk.app.views import Line
from kiosk.domain.events import HomeTemp
from kiosk.domain.identity import OperatorId
from kiosk.domain.instants import DAY_MS
from ui.viewmodels.leader_asks import ChoiceAsk, PinAsk, ask_pin, ask_why
from ui.viewmodels.leader_cases import CaseList, GatesList, WorkList
from ui.viewmodels.leader_desk import First, LeaderDesk, Section, outcome
from ui.viewmodels.leader_export import ExportPage, VerifyPage
from ui.viewmodels.leader_handover import HandoverPage
from ui.viewmodels.leader_isolation import IsolationList, PermitList
from ui.viewmodels.leader_issuing import IssuingPage
from ui.viewmodels.leader_log import LogList
from ui.viewmodels.leader_note import NotesPage
from ui.viewmodels.leader_page import LeaderPage, LeaderTile, Text
from ui.viewmodels.leader_settings import SelfTestPage, SettingsPage
from ui.viewmodels.leader_today import TodayPage


class HomePage(Section):
    """首页."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._temps: tuple[HomeTemp, ...] = ()

    def opened(self) -> None:
        """What was entered of home temperatures stands in the log."""
        door = self.desk.door
        since, today = door.now_ms - 2 * DAY_MS, door.today
        self.desk.read(lambda: door.review.home_temps(since), self._read)
        if door.seen(today) is None:
            self.desk.read(lambda: door.day(today), lambda _picture: None)  # counted while one looks at this page

    def _read(self, temps: tuple[HomeTemp, ...]) -> None:
        self._temps = temps

    def page(self) -> LeaderPage:
        """Tiles with figures; what is pressing stands out."""
        door = self.desk.door
        cases, work = door.cases(), door.work()
        isolated = door.isolated(self._temps)
        missing = sum(bool(row.missing) for row in isolated)
        waiting = len(door.resting())
        tally = door.tally(door.today)
        print_jobs = sum(item.kind == "PRINT" for item in work)
        late = any(door.overdue(case) for case in cases)
        tiles = [
            LeaderTile("today", Line("leader_home.today"), _n("leader_home.people", tally.get("entered", 0))),
            LeaderTile("log", Line("leader_home.log")),
            LeaderTile("exceptions", Line("leader_home.exceptions")),
            LeaderTile("overrides", Line("leader_home.overrides"), _n("leader_home.n", tally.get("overrides", 0))),
            LeaderTile("cases", Line("leader_home.cases"), _n("leader_home.n", len(cases)), _role(late or bool(cases))),
            LeaderTile("work", Line("leader_home.work"), _n("leader_home.n", len(work)), _role(bool(work))),
            LeaderTile("gates", Line("leader_home.gates"), _n("leader_home.waiting", waiting), _role(bool(waiting))),
            LeaderTile(
                "isolation", Line("leader_home.isolation"),
                Line("leader_home.isolated", {"n": len(isolated), "missing": missing}), _role(bool(missing)),
            ),
            LeaderTile("permits", Line("leader_home.permits"), _n("leader_home.n", len(door.permits()))),
            LeaderTile(
                "issuing", Line("leader_home.issuing"), _n("leader_home.print", print_jobs), _role(print_jobs > 0)
            ),
            LeaderTile("notes", Line("leader_note.title")),
            LeaderTile("handover", Line("handover_paper.title")),
            LeaderTile("export", Line("leader_home.export")),
            LeaderTile("verify", Line("leader_home.verify")),
            LeaderTile("selftest", Line("leader_home.selftest")),
            LeaderTile("settings", Line("leader_home.settings")),
            *self._pressing(),
        ]  # fmt: skip
        name = door.operator_name(self.desk.operator)
        title = (Line("leader_home.title"), name)
        sub = Line("leader_home.sub", {"entered": tally.get("entered", 0), "left": tally.get("left", 0)})
        return LeaderPage("screen.leader.home", title, sub, self.notice, tiles=tuple(tiles), tile_mm=40.0)

    def _pressing(self) -> list[LeaderTile]:
        app = self.desk.door.app
        tiles = []
        locked = [one for one in self.desk.pins.locked() if one != PAD]
        if locked:
            names = " ".join(self.desk.door.operator_name(one) for one in locked[:2])
            tiles.append(LeaderTile("unlock", Line("leader_lock.tile"), names, "AMBER"))
        if app.time.bad:
            tiles.append(LeaderTile("clock", Line("leader_home.clock"), role="STOP"))
        if app.facts.list_stale(self.desk.door.now_ms, self.desk.door.params):
            tiles.append(LeaderTile("stale", Line("leader_home.stale"), role="STOP"))
        return tiles

    def chose(self, name: str) -> None:
        """Go there."""
        desk = self.desk
        places: dict[str, Callable[[], Section]] = {
            "today": lambda: TodayPage(desk),
            "log": lambda: LogList(desk),
            "exceptions": lambda: LogList(desk, "EXCEPTIONS"),
            "overrides": lambda: LogList(desk, "OVERRIDES"),
            "cases": lambda: CaseList(desk),
            "work": lambda: WorkList(desk),
            "gates": lambda: GatesList(desk),
            "isolation": lambda: IsolationList(desk),
            "permits": lambda: PermitList(desk),
            "issuing": lambda: IssuingPage(desk),
            "notes": lambda: NotesPage(desk),
            "handover": lambda: HandoverPage(desk),
            "export": lambda: ExportPage(desk),
            "verify": lambda: VerifyPage(desk),
            "selftest": lambda: SelfTestPage(desk),
            "settings": lambda: SettingsPage(desk),
        }
        if name in places:
            desk.open(places[name]())
        elif name == "clock":
            ask_pin(desk, self._confirm_clock)
        elif name == "unlock":
            tiles = [LeaderTile(one, desk.door.operator_name(one)) for one in desk.pins.locked() if one != PAD]
            desk.open(ChoiceAsk(desk, Line("leader_lock.who"), tiles, self._unlock))
        elif name == "stale":
            ask_why(desk, lambda why: ask_pin(desk, lambda: self._extend(why)))

    def _unlock(self, name: str) -> None:
        ask_pin(self.desk, lambda: self.desk.until(self, self.desk.unlock(OperatorId(name), self.desk.by)))

    def _confirm_clock(self) -> None:
        done = self.desk.door.confirm_clock(self.desk.by)
        self.desk.until(self, outcome(done, Line("leader_home.clock_done")))

    def _extend(self, why: str) -> None:
        done = self.desk.door.extend_list(why, self.desk.by)
        self.desk.until(self, outcome(done, Line("leader_home.stale_done")))


FIRST = First(lambda desk, entered: PinAsk(desk, Line("leader.pin"), entered), HomePage)
"""门长台从密码和首页开始."""


def _n(key: str, count: int) -> Text:
    return Line(key, {"n": count})


def _role(pressing: object) -> str:
    return "AMBER" if pressing else "NORMAL"
