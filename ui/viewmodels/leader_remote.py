# SPDX-License-Identifier: LicenseRef-Gatehouse
"""请门长: whom to call, and a request that he answers from afar by its number (domain.md 7.3, interface.md 5.3).

This page needs no PIN: it asks and waits, and decides nothing. The lane runs on meanwhile; the answer comes with the
sync, ends the waiting line and shows the verdict.
"""

from kiosk.app.views import Line, Shown
from kiosk.domain.events import Event, RemoteApproval
from kiosk.domain.identity import PassageId
from kiosk.domain.present import Asked
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text


class CallLeader(Section):
    """请门长."""

    def __init__(self, desk: LeaderDesk, passage: PassageId) -> None:
        super().__init__(desk)
        self._passage = passage
        self._had = self._asked() is not None
        self._answer: str | None = None

    def _asked(self) -> Asked | None:
        found: Asked | None = self.desk.door.app.present.get("asked", self._passage)
        return found

    def page(self) -> LeaderPage:
        """Phones; the number and how long it waits; the keys."""
        door = self.desk.door
        leaders = door.leaders()
        facts = [
            Fact(
                Line(
                    "leader_remote.deputy" if one.deputy else "leader_remote.duty",
                    {"name": door.operator_name(one.id), "phone": one.phone},
                ),
                strong=True,
            )
            for one in leaders
        ]
        committee = door.committee_phone()
        if committee:
            facts.append(Fact((Line("told.COMMITTEE"), committee), strong=True))
        if not leaders:
            facts.append(Fact(Line("leader_remote.nobody"), grave=True))
        asked = self._asked()
        if asked is not None:
            waited = max(0, door.now_ms - asked.at_ms) // 1000
            time = f"{waited // 60}:{waited % 60:02d}"
            facts.append(Fact(Line("leader_remote.asked", {"n": asked.request, "time": time}), strong=True, grave=True))
        elif self._answer == "TIMEOUT":
            facts.append(Fact(Line("leader_remote.to_deputy"), strong=True, grave=True))
        elif self._answer is not None:
            facts.append(Fact(Line(f"leader_remote.answered_{self._answer}"), strong=True, grave=True))
        online = self.desk.tools.office_online()
        keys = (
            LeaderTile("here", Line("leader_remote.here"), role="MAIN"),
            LeaderTile("ask", Line("leader_remote.ask"), enabled=online and asked is None),
        )
        sub: Text = None if online else Line("leader_remote.offline")
        return LeaderPage(
            "screen.leader.call", Line("leader_remote.title"), sub, self.notice, tuple(facts), keys=keys, locked=True
        )

    def chose(self, name: str) -> None:
        """He is here and types his PIN, or he is asked from afar."""
        if name == "here":
            self.desk.here()
            return
        done = self.desk.door.ask_remote(self._passage)
        self._had = self._asked() is not None
        self._answer = None
        refused = Line("leader_remote.not_offered") if done.refused is not None else outcome(done, None)
        self.notice = refused
        self.desk.redraw()

    def second(self) -> None:
        """The waiting ends with an answer, or with five minutes of none."""
        if not self._had or self._asked() is not None:
            return
        self._had = False
        record = self.desk.door.app.record(self._passage)
        if record is not None and record.overridden is not None:
            self.desk.model.show(Shown(self.desk.model.door.view(self._passage)))
            return

        def read(steps: tuple[Event, ...]) -> None:
            answers = [event.body.answer for event in steps if isinstance(event.body, RemoteApproval)]
            self._answer = answers[-1] if answers else None

        self.desk.read(lambda: self.desk.door.review.steps(self._passage), read)
