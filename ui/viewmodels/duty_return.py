# SPDX-License-Identifier: LicenseRef-Gatehouse
"""返沪后首次进小区 `screen.first_return`: one page, order free; 完成 names what is missing (5.8, domain.md section 11).

The form opens the passage; the papers ticked here are set as soon as the rules ask for them (key region, home fit,
signing), so that the fourth tick opens the isolation in the same step in which it is set.
"""

import datetime as dt

from kiosk.app.desk import ReturnForm
from kiosk.app.views import FoundPerson, Line, PassageView, Shown
from kiosk.domain.codes import CodeColour, PlatformRecord, Tick, Transport, Verdict
from kiosk.domain.identity import PassageId
from ui.duty_ports import DutyDoor
from ui.viewmodels.forms import FlowBase, Form, FormKey, FormState, Group, Text, choice
from ui.viewmodels.gate import GateModel
from ui.viewmodels.stage import Stage
from ui.viewmodels.tiles import CODE_TILES

OTHER = "OTHER"
"""其他: a region of no list; where exactly is written on the record."""
PAPERS = (Tick.RECORD, Tick.NOTICE, Tick.COMMITMENT)
_COMPANIONS = ("0", "1", "2", "3+")
"""Their places are how many: three stands for three or more."""
_EARLIER_DAYS = 28
_NUMBER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_LONGEST = 8
"""G1234, MU5101, a plate without its province."""


class FirstReturn(FlowBase):
    """One person's form."""

    def __init__(self, door: DutyDoor, stage: Stage, model: GateModel) -> None:
        super().__init__(model.home)
        self._door = door
        self._stage = stage
        self._model = model
        self._ticks: dict[PassageId, tuple[Tick, ...]] = {}
        self._forget(None)

    def _forget(self, person: FoundPerson | None) -> None:
        self._person = person
        self._answers: dict[str, str] = {}
        self._transit: tuple[str, ...] = ()
        self._papers: tuple[Tick, ...] = ()
        self._number = ""
        self._page = "form"

    def begin(self, person: FoundPerson) -> None:
        """Somebody whose card was scanned, or who was looked up, says that he comes back."""
        self._forget(person)
        self._show()

    # -- the page ------------------------------------------------------------------------------------------------

    def _show(self, notice: Line | None = None) -> None:
        pages = {"transit": self._transit_form, "days": self._days_form, "number": self._number_form}
        form = pages.get(self._page, self._main_form)()
        if notice is not None:
            form = Form(form.screen, form.title, form.groups, form.so_far, notice, head=form.head)
        self._stage.put(FormState(form, self))

    def _row(self, topic: str, answers: dict[str, Text], *, mm: float = 20.0) -> tuple[FormKey, ...]:
        chosen = self._answers.get(topic)
        return tuple(
            FormKey(f"{topic}.{name}", text, chosen=name == chosen, mm=mm) for name, text in answers.items()
        )  # fmt: skip

    def _main_form(self) -> Form:
        regions: dict[str, Text] = dict(self._door.regions()[:4])
        where = self._row("from", {**regions, OTHER: Line("first_return.other")})
        way = FormKey("transit", Line("first_return.transit"), chosen=bool(self._transit),
                      hint=self._via() or None)  # fmt: skip
        day = self._answers.get("day")
        today = self._door.today()
        earlier = day is not None and day not in (today.isoformat(), (today - dt.timedelta(1)).isoformat())
        days = (
            choice(f"day.{today.isoformat()}", Line("first_return.today"), chosen=day == today.isoformat()),
            choice(f"day.{(today - dt.timedelta(1)).isoformat()}", Line("first_return.yesterday"),
                   chosen=day == (today - dt.timedelta(1)).isoformat()),
            FormKey("days", Line("first_return.date"), chosen=earlier, hint=day[5:] if earlier and day else None),
        )  # fmt: skip
        codes = {colour.value: text for colour, text, _ in CODE_TILES}
        papers = tuple(
            FormKey(f"paper.{tick.value}", Line(f"tick.{tick.value}"), chosen=tick in self._papers) for tick in PAPERS
        )
        number = FormKey("number", self._number or Line("first_return.number"), chosen=bool(self._number), mm=30.0)
        refuses = choice("signs.no", Line("first_return.will_not"), chosen=self._answers.get("signs") == "no")
        missing = self._missing()
        done = FormKey("done", Line("key.done"), "MAIN", enabled=missing is None, mm=30.0)
        groups = (
            Group((*where, way), Line("first_return.from")),
            Group(days, Line("first_return.day")),
            Group(self._row("by", {by.value: Line(f"transport.{by.value}") for by in Transport}),
                  Line("first_return.by")),
            Group(self._row("with", {n: n for n in _COMPANIONS}), Line("fever.companions")),
            Group(self._row("contact", {"yes": Line("first_return.yes"), "no": Line("first_return.no")}),
                  Line("first_return.contact")),
            Group((number,), Line("first_return.by_number"), alone=True),
            Group(self._row("code", {name: Line(text) for name, text in codes.items()}), Line("first_return.code")),
            Group(self._row("platform", {said.value: Line(f"platform_record.{said.value}") for said in PlatformRecord},
                            mm=22.0), Line("first_return.platform")),
            Group(self._row("home", {"yes": Line("first_return.fit"), "no": Line("first_return.unfit")}),
                  Line("first_return.home"), alone=True),
            Group((*papers, refuses), Line("first_return.papers")),
            Group((done,), Line("first_return.then")),
        )  # fmt: skip
        label = self._person.label if self._person is not None else None
        so_far = label if missing is None else Line("first_return.missing", {"missing": missing})
        return Form("screen.first_return", Line("first_return.title"), groups, so_far)

    def _via(self) -> str:
        return " ".join(name for code, name in self._door.regions() if code in self._transit)

    def _missing(self) -> str | None:
        """The topic that is still to be answered before the verdict is determinate."""
        for topic in ("from", "day", "contact", "code", "platform", "home"):
            if topic not in self._answers:
                return topic
        return None

    def _transit_form(self) -> Form:
        keys = tuple(
            FormKey(f"via.{code}", name, chosen=code in self._transit, mm=34.0) for code, name in self._door.regions()
        )
        end = FormKey("back", Line("key.done"), "MAIN", mm=40.0)
        return Form(
            "screen.first_return",
            Line("first_return.transit_where"),
            (Group(keys), Group((end,), alone=True)),
            deep=True,
        )

    def _number_form(self) -> Form:
        """车次, 航班, 车牌."""
        full = len(self._number) >= _LONGEST
        keys = tuple(FormKey(f"no.{character}", character, enabled=not full) for character in _NUMBER)
        head = (
            FormKey("erase", Line("key.delete"), enabled=bool(self._number)),
            FormKey("back", Line("key.done"), "MAIN", mm=30.0),
        )
        return Form(
            "screen.first_return", Line("first_return.which"), (Group(keys),), self._number, head=head, deep=True
        )

    def _days_form(self) -> Form:
        today = self._door.today()
        days = [today - dt.timedelta(back) for back in range(2, _EARLIER_DAYS)]
        keys = tuple(FormKey(f"day.{day.isoformat()}", f"{day.month}-{day.day}") for day in days)
        return Form("screen.first_return", Line("first_return.day"), (Group(keys),), deep=True)

    # -- touches -------------------------------------------------------------------------------------------------

    def chose(self, name: str) -> None:
        """A key."""
        what, _, rest = name.partition(".")
        match what:
            case "transit" | "days" | "number":
                self._page = what
            case "no":
                self._number += rest
            case "erase":
                self._number = self._number[:-1]
            case "via":
                self._transit = tuple(each for each in self._transit if each != rest) if rest in self._transit else (
                    *self._transit, rest)  # fmt: skip
            case "back":
                self._page = "form"
            case "paper":
                self._toggle(Tick(rest))
            case "signs":
                self._answers["signs"] = "" if self._answers.get("signs") == "no" else "no"
                self._papers = tuple(each for each in self._papers if each is not Tick.COMMITMENT)
            case "done":
                self._done()
                return
            case _:
                self._answers[what] = rest
                self._page = "form"
        self._show()

    def _toggle(self, tick: Tick) -> None:
        if tick in self._papers:
            self._papers = tuple(each for each in self._papers if each is not tick)
            return
        self._papers = (*self._papers, tick)
        if tick is Tick.COMMITMENT:
            self._answers.pop("signs", None)

    def _done(self) -> None:
        """The form opens the passage; its answers decide with the reading."""
        person = self._person
        if person is None or self._missing() is not None:
            return
        answers = self._answers
        fit = answers["home"] == "yes"
        form = ReturnForm(
            person=person.person,
            from_region=answers["from"],
            transit=self._transit,
            arrived=answers["day"],
            home_fit=fit,
            signs=answers.get("signs") != "no",
            contact=answers["contact"] == "yes",
            code=CodeColour(answers["code"]),
            transport=Transport(answers["by"]) if "by" in answers else None,
            companions=_COMPANIONS.index(answers["with"]) if "with" in answers else None,
            platform=PlatformRecord(answers["platform"]),
            vehicle_no=self._number,
        )
        ticks = (*((Tick.HOME_FIT,) if fit else ()), *self._papers)
        shown = self._door.return_home(form, self._model.direction)
        self._forget(None)
        self._opened(shown, ticks)

    def _opened(self, shown: Shown, ticks: tuple[Tick, ...]) -> None:
        if isinstance(shown.view, PassageView) and ticks:
            self._ticks[shown.view.passage] = ticks
        self._model.show(shown)

    def ticked(self, view: PassageView) -> PassageView:
        """Papers that were ticked on the form are set as soon as the verdict wants them."""
        ticks = self._ticks.get(view.passage)
        if ticks is None or view.verdict not in (Verdict.ADMIT_ESCORT, Verdict.ADMIT_REGISTER):
            return view
        wanted = tuple(tick for tick in ticks if tick in view.ticks_wanted and tick not in view.ticked)
        del self._ticks[view.passage]
        if not wanted:
            return view
        after = self._model.door.tick(view.passage, wanted).view
        return after if isinstance(after, PassageView) else view

    def keeps(self) -> bool:
        """An answer."""
        return bool(self._answers or self._papers or self._transit or self._number)

    def back(self) -> None:
        """From a further page to the form, from the form home."""
        if self._page != "form":
            self._page = "form"
            self._show()
        else:
            self.left()

    def left(self) -> None:
        """Nothing is registered."""
        self._forget(None)
        super().left()
