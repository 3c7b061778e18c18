# SPDX-License-Identifier: LicenseRef-Gatehouse
"""办证: applications with both evidences, signed passes to print, temporary passes, lost cards (interface.md 5.13)."""

from kiosk.app.issuing import Evidence, Issued
from kiosk.app.views import Line
from kiosk.domain.codes import Category, CodeColour, CodeHow, PassKind
from kiosk.domain.identity import PersonId
from kiosk.domain.instants import DAY_MS, shanghai, start_of
from kiosk.domain.passes import TEMPORARY, printed, serial_of
from kiosk.domain.present import Applied, TempPass
from kiosk.domain.register import WorkItem
from ui.viewmodels.leader_asks import ChoiceAsk, NumberAsk, PersonAsk, ask_pin
from ui.viewmodels.leader_desk import LeaderDesk, Section, outcome
from ui.viewmodels.leader_log import clock
from ui.viewmodels.leader_page import Fact, LeaderPage, LeaderTile, Text
from ui.viewmodels.leader_tools import Slip

PLATFORMS = ("NONE", "RELEASED", "OTHER_REGION", "KEY_REGION", "UNREACHABLE")
KIND_TILES = (PassKind.RESIDENT, PassKind.TENANT, PassKind.WORK, PassKind.STAFF)
CODE_TILES = (("GREEN", "GREEN"), ("YELLOW", "YELLOW"), ("RED", "RED"), ("PAPER", "NORMAL"))
LEAVE = ("1h", "2h", "4h", "18", "today")
NOTICES = ("LOST", "REVOKE", "REISSUE")


class IssuingPage(Section):
    """办证."""

    def page(self) -> LeaderPage:
        """What waits for the printer, what waits for a signature, and the three flows."""
        door = self.desk.door
        jobs = [item for item in door.work() if item.kind == "PRINT" and item.text]
        applied: list[Applied] = list(door.app.present.all("applied"))
        waiting = [one for one in applied if not self._signed(one)]
        facts = [
            Fact((Line("leader_issue.waiting"), door.person_name(one.person), clock(one.at_ms))) for one in waiting[-5:]
        ]
        online = self.desk.tools.office_online()
        facts.append(Fact(Line("leader_issue.online" if online else "leader_issue.offline"), grave=not online))
        tiles = [
            LeaderTile(f"print.{item.id}", Line("leader_issue.printable"), self._whose(item), "AMBER") for item in jobs
        ]
        keys = (
            LeaderTile("apply", Line("leader_issue.apply"), role="MAIN"),
            LeaderTile("temporary", Line("leader_issue.temporary"), role="MAIN"),
            LeaderTile("issued", Line("leader_issue.issued")),
            LeaderTile("notice", Line("leader_issue.notice")),
        )
        sub = Line("leader_issue.sub", {"n": len(waiting), "print": len(jobs)})
        return LeaderPage(
            "screen.leader.issuing", Line("leader_home.issuing"), sub, self.notice, tuple(facts), tuple(tiles[:8]),
            keys, tile_mm=66.0,
        )  # fmt: skip

    def _signed(self, one: Applied) -> bool:
        cards = self.desk.door.app.facts.roster.passes()
        return any(card.person == one.person and card.issued_at_ms >= one.at_ms for card in cards)

    def _whose(self, item: WorkItem) -> Text:
        row = self.desk.door.app.facts.roster.pass_row(item.pass_id)
        return self.desk.door.person_name(row.person) if row is not None else (item.pass_id or "")[-4:]

    def chose(self, name: str) -> None:
        """One of the flows, or a pass to print."""
        desk = self.desk
        if name == "apply":
            desk.open(PersonAsk(desk, Line("leader_issue.for_whom"), self._kind))
        elif name == "temporary":
            tiles = [LeaderTile(each.value, Line(f"category.{each.value}")) for each in Category if each in TEMPORARY]
            desk.open(ChoiceAsk(desk, Line("leader_issue.temporary_who"), tiles, self._consent, tile_mm=60.0))
        elif name == "issued":
            desk.open(TemporaryList(desk))
        elif name == "notice":
            desk.open(PersonAsk(desk, Line("leader_issue.whose_card"), self._notice))
        elif name.startswith("print."):
            self._print(name.removeprefix("print."))

    # -- an application ------------------------------------------------------------------------------------------

    def _kind(self, person: PersonId) -> None:
        tiles = [LeaderTile(each.value, Line(f"pass_kind.{each.value}")) for each in KIND_TILES]
        title = (self.desk.door.person_name(person), Line("leader_issue.kind"))
        self.desk.open(ChoiceAsk(self.desk, title, tiles, lambda kind: self._code(person, PassKind(kind))))

    def _code(self, person: PersonId, kind: PassKind) -> None:
        tiles = [LeaderTile(name, Line(f"leader_issue.code_{name}"), role=role) for name, role in CODE_TILES]
        facts = (Fact(Line("leader_issue.code_why")),)
        title = Line("leader_issue.code")
        self.desk.open(ChoiceAsk(self.desk, title, tiles, lambda code: self._platform(person, kind, code), facts=facts))

    def _platform(self, person: PersonId, kind: PassKind, code: str) -> None:
        tiles = [LeaderTile(each, Line(f"leader_issue.platform_{each}")) for each in PLATFORMS]
        title = Line("leader_issue.platform")
        facts = (Fact(Line("leader_issue.platform_why")),)
        self.desk.open(
            ChoiceAsk(
                self.desk,
                title,
                tiles,
                lambda found: self._record(person, kind, code, found),
                facts=facts,
                tile_mm=60.0,
            )
        )

    def _record(self, person: PersonId, kind: PassKind, code: str, platform: str) -> None:
        if platform in ("NONE", "UNREACHABLE"):
            self._apply(person, kind, code, platform, "")
            return

        def number(typed: str) -> Text:
            if not typed:
                return Line("refused_input.NUMBER_NEEDED")
            self._apply(person, kind, code, platform, typed)
            return None

        self.desk.open(NumberAsk(self.desk, Line("leader_issue.record"), number))

    def _apply(self, person: PersonId, kind: PassKind, code: str, platform: str, ref: str) -> None:
        paper = code == "PAPER"
        colour = CodeColour.NOT_SHOWN if paper else CodeColour(code)
        how = CodeHow.PAPER if paper else CodeHow.SEEN
        evidence = Evidence(colour, how, platform, ref, form_done=platform == "OTHER_REGION")
        done = self.desk.door.apply(person, kind, evidence, self.desk.by)
        refused = Line("leader_issue.red") if colour is CodeColour.RED else outcome(done, None)
        if done.refused is not None:
            self.desk.until(self, refused)
            return
        online = self.desk.tools.office_online()
        self.desk.until(self, outcome(done, Line("leader_issue.applied" if online else "leader_issue.applied_offline")))

    # -- the office's passes -------------------------------------------------------------------------------------

    def _print(self, item_id: str) -> None:
        item = self.desk.door.app.facts.roster.work_item(item_id)
        if item is None or not item.text:
            return
        serial = printed(serial_of(bytes.fromhex(item.pass_id))) if item.pass_id is not None else ""
        row = self.desk.door.app.facts.roster.pass_row(item.pass_id)
        compound = self.desk.door.compound_name()
        until = shanghai(row.valid_to_ms).strftime("%Y-%m-%d") if row is not None else ""
        lines = [compound]
        if row is not None:
            lines += [
                self.desk.tools.word(f"category.{row.category.value}"),
                f"{self.desk.tools.word('slip.until')} {until}",
            ]
        print_it(self.desk, Slip("card", item.text, serial, tuple(lines)), self)

    # -- temporary passes ----------------------------------------------------------------------------------------

    def _consent(self, category: str) -> None:
        tiles = [LeaderTile(name, Line(f"key.{name}")) for name in ("consent_phone", "consent_present", "consent_none")]

        def said(name: str) -> None:
            if name == "consent_none":
                self.desk.until(self, Line("leader_issue.no_consent"))
            else:
                self._host(Category(category))

        self.desk.open(ChoiceAsk(self.desk, Line("category_ask.consent"), tiles, said))

    def _host(self, category: Category) -> None:
        self.desk.open(PersonAsk(self.desk, Line("leader_issue.host"), lambda host: self._until(category, host)))

    def _until(self, category: Category, host: PersonId) -> None:
        tiles = [LeaderTile(each, Line(f"leader_issue.leave_{each}")) for each in LEAVE]

        def chosen(name: str) -> None:
            until = self._leave_by(name)
            if until <= self.desk.door.now_ms:
                self.desk.until(self, Line("leader_issue.too_late"))
            else:
                ask_pin(self.desk, lambda: self._issue(category, host, until))

        self.desk.open(ChoiceAsk(self.desk, Line("category_ask.leave_by"), tiles, chosen))

    def _leave_by(self, name: str) -> int:
        now = self.desk.door.now_ms
        today = start_of(self.desk.door.today)
        if name.endswith("h"):
            return now + int(name[:-1]) * 3_600_000
        return today + 18 * 3_600_000 if name == "18" else today + DAY_MS - 60_000

    def _issue(self, category: Category, host: PersonId, until_ms: int) -> None:
        issued = self.desk.door.issue_temporary(category, until_ms, self.desk.by, host)
        if not isinstance(issued, Issued):
            self.desk.until(self, outcome(issued, None))
            return
        self.desk.until(self)
        self.desk.open(TemporaryPass(self.desk, issued, category))

    # -- lost cards ----------------------------------------------------------------------------------------------

    def _notice(self, person: PersonId) -> None:
        tiles = [LeaderTile(what, Line(f"leader_issue.notice_{what}")) for what in NOTICES]
        title = (self.desk.door.person_name(person), Line("leader_issue.what"))

        def chosen(what: str) -> None:
            done = self.desk.door.notice(what, person, self.desk.by)
            self.desk.until(self, outcome(done, Line("leader_issue.noticed")))

        self.desk.open(ChoiceAsk(self.desk, title, tiles, chosen, tile_mm=60.0))


class TemporaryPass(Section):
    """临时证: issued; printed, held before the camera, handed out."""

    def __init__(self, desk: LeaderDesk, issued: Issued, category: Category) -> None:
        super().__init__(desk)
        self._issued = issued
        self._category = category
        self._read_back = False

    def code(self, payload: bytes) -> bool:
        """The print is read back by the camera before it counts as handed out."""
        if payload.decode("utf-8", "replace") != self._issued.text:
            return False
        self._read_back = True
        self.notice = None
        self.desk.redraw()
        return True

    def page(self) -> LeaderPage:
        """Serial and time in large figures; print; the read-back."""
        when = shanghai(self._issued.until_ms).strftime("%m-%d %H:%M")
        facts = (
            Fact(
                (Line(f"category.{self._category.value}"), Line("leader_issue.good_until", {"time": when})), strong=True
            ),
            Fact((Line("leader_issue.serial"), self._issued.serial)),
            Fact(
                Line("leader_issue.read_back" if self._read_back else "leader_issue.hold_up"), grave=not self._read_back
            ),
        )
        keys = (LeaderTile("print", Line("leader_issue.print"), role="MAIN"),)
        return LeaderPage(
            "screen.leader.temporary", Line("leader_issue.temporary_done"), None, self.notice, facts, keys=keys
        )

    def chose(self, name: str) -> None:
        """Print it."""
        if name == "print":
            print_it(self.desk, temporary_slip(self.desk, self._issued, self._category), self)


def temporary_slip(desk: LeaderDesk, issued: Issued, category: Category) -> Slip:
    """What a temporary pass says on paper: compound, category, until when; no name."""
    when = shanghai(issued.until_ms).strftime("%Y-%m-%d %H:%M")
    word = desk.tools.word
    lines = (desk.door.compound_name(), word(f"category.{category.value}"), f"{word('slip.until')} {when}")
    return Slip("temporary", issued.text, issued.serial, lines)


def print_it(desk: LeaderDesk, slip: Slip, section: Section) -> None:
    """Print beside the screen; say where it went."""
    section.notice = Line("leader_issue.printing")
    desk.redraw()

    def done(where: str) -> None:
        section.notice = Line("leader_issue.printed", {"where": where})

    def failed() -> None:
        section.notice = Line("leader_issue.print_failed")

    desk.read(lambda: desk.tools.print_slip(slip), done, failed)


class TemporaryList(Section):
    """已发临时证: who is inside, who is past the time."""

    def page(self) -> LeaderPage:
        """Newest first."""
        door = self.desk.door
        overdue = set(door.app.overdue())
        every: list[TempPass] = sorted(door.app.present.all("temp_pass"), key=lambda temp: -temp.issued_at_ms)
        facts = tuple(
            Fact(
                (clock(temp.issued_at_ms), Line(f"category.{temp.category.value}"),
                 Line("leader_issue.good_until", {"time": clock(temp.exp_ms)}),
                 Line("leader_issue.overdue" if temp.id in overdue else
                      "leader_issue.inside" if temp.inside else
                      "leader_issue.gone" if temp.left_ms else "leader_issue.not_used")),
                grave=temp.id in overdue,
            )
            for temp in every[:14]
        )  # fmt: skip
        sub = Line("leader_home.n", {"n": len(every)})
        return LeaderPage("screen.leader.issued", Line("leader_issue.issued"), sub, self.notice, facts)
