# SPDX-License-Identifier: LicenseRef-Gatehouse
"""今日: a day by hour as pictures, and the same as a table (interface.md 5.13)."""

import datetime as dt

from kiosk.app.review import DayPicture
from kiosk.app.views import Line
from ui.viewmodels.leader_desk import LeaderDesk, Section
from ui.viewmodels.leader_page import Chart, Drawn, Fact, LeaderPage, LeaderTile

MOST_DAYS = 60
"""So far back the gate's own log is kept (trust.md section 2)."""


class TodayPage(Section):
    """一日之图."""

    def __init__(self, desk: LeaderDesk) -> None:
        super().__init__(desk)
        self._day = desk.door.today
        self._chart = Chart.PEOPLE
        self._picture: DayPicture | None = None

    def opened(self) -> None:
        """The day is counted beside the screen."""
        day = self._day
        self._picture = self.desk.door.seen(day)  # as counted a moment ago, until the newer one is there

        def read(picture: DayPicture) -> None:
            if day == self._day:
                self._picture = picture

        self.desk.read(lambda: self.desk.door.day(day), read)

    def page(self) -> LeaderPage:
        """Picture, keys for the other pictures; previous and next turn the days."""
        tally = self.desk.door.tally(self._day)
        keys = tuple(
            LeaderTile(chart.value, Line(f"leader_day.chart_{chart.value}"), role=self._role(chart)) for chart in Chart
        )
        today = self.desk.door.today
        when = (Line("leader_home.today") if self._day == today else "", self._day.strftime("%m-%d"))
        # figures that the gate keeps while it works: at once, and the same that the daily report counts
        names = ("measured", "first_high", "fever_passages", "low", "turned_back", "redirected", "overrides")
        figures = tuple(Line(f"leader_day.{name}", {"n": tally.get(name, 0)}) for name in names)
        drawn = None if self._picture is None else Drawn(self._picture, self._chart)
        return LeaderPage(
            "screen.leader.today", when,
            Line("leader_day.sum", {"entered": tally.get("entered", 0), "left": tally.get("left", 0)}),
            self.notice, facts=(Fact(figures),), keys=keys, drawn=drawn, busy=self._picture is None,
            back=(today - self._day).days < MOST_DAYS, forth=self._day < today,
        )  # fmt: skip

    def _role(self, chart: Chart) -> str:
        return "MAIN" if chart is self._chart else "NORMAL"

    def chose(self, name: str) -> None:
        """Another picture of the same day."""
        self._chart = Chart(name)
        self.desk.redraw()

    def turn(self, by: int) -> None:
        """The day before or after."""
        self._day += dt.timedelta(days=by)
        self.opened()
        self.desk.redraw()

    def second(self) -> None:
        """Today's picture grows while one looks at it, once a minute."""
        if self._day == self.desk.door.today and self.desk.door.now_ms // 1000 % 60 == 0 and self._picture is not None:
            self.desk.read(lambda: self.desk.door.day(self._day), self._newer)

    def _newer(self, picture: DayPicture) -> None:
        if picture.day == self._day:
            self._picture = picture
