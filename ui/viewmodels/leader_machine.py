# SPDX-License-Identifier: LicenseRef-Gatehouse
"""本机: end, begin anew, switch off, enrol anew; each with the PIN again, each says what it does first (5.14)."""

from kiosk.app.views import Line
from ui.viewmodels.leader_asks import ask_pin
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile

_ACTS = ("restart", "poweroff", "reenrol", "leave")


class MachinePage(Section):
    """本机."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._working = False

    def page(self) -> LeaderPage:
        """What each does, then the keys."""
        facts = tuple(Fact(Line(f"leader_machine.says_{name}")) for name in _ACTS)
        roles = {"reenrol": "STOP", "leave": "AMBER"}
        keys = tuple(
            LeaderTile(name, Line(f"leader_machine.{name}"), role=roles.get(name, "NORMAL"), enabled=not self._working)
            for name in _ACTS
        )
        return LeaderPage(
            "screen.leader.machine", Line("leader_settings.machine"), Line("leader_machine.asks"), self.notice, facts,
            keys=keys,
        )  # fmt: skip

    def chose(self, name: str) -> None:
        """The PIN first."""
        if name in _ACTS:
            ask_pin(self.desk, lambda: self._do(name))

    def _do(self, name: str) -> None:
        machine = self.desk.tools.machine
        self.desk.until(self)
        match name:
            case "restart":
                machine.restart()
            case "leave":
                machine.leave()
            case "poweroff":
                self._working = True
                self.notice = Line("leader_machine.going")
                self.desk.redraw()
                self.desk.read(machine.power_off, self._off, lambda: self._off("?"))
            case _:
                pending = machine.re_enrol()
                self.notice = Line("leader_machine.pending", {"n": pending}) if pending else None
                self.desk.redraw()

    def _off(self, fault: str) -> None:
        self._working = False
        if fault:
            self.notice = Line("leader_machine.refused", {"why": fault})
