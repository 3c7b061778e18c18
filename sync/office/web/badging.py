# SPDX-License-Identifier: LicenseRef-Gatehouse
"""值守证 for the pages: the two evidences of a batch, and the sheet as an export (domain.md 10, trust.md 10)."""

from collections.abc import Sequence

from kiosk.domain.codes import CodeColour
from kiosk.domain.instants import day_of
from kiosk.domain.passes.serials import printed, serial_of
from kiosk.domain.register import Compound, PassRow
from sync.office.print.badges import BadgeToPrint, BadgeWords, badge_sheet
from sync.office.print.card import CardSheetError
from sync.office.print.sheet import MEDIA, Format
from sync.office.service.applications import Evidence, PlatformRecord
from sync.office.service.exports import Exported, Purpose
from sync.office.store.register import Committee
from sync.office.web.answers import NOT_FOUND, Answer, Refused
from sync.office.web.fields import FormReader
from sync.office.web.visit import Visit


def evidence_of(read: FormReader, now_ms: int) -> Evidence:
    """The two evidences, which somebody looked at and says so (domain.md 10)."""
    for name in ("code", "platform"):
        if not read.ticked(name):
            read.faults[name] = "office.volunteers.fault.evidence"
    return Evidence(CodeColour.GREEN, now_ms, platform=PlatformRecord.NONE)


def printed_badges(visit: Visit, place: Compound, badges: Sequence[tuple[PassRow, str, str]], name: str) -> Answer:
    """The PDF of (pass, who, source), noted as an export."""
    committee = visit.office.book.register.get(visit.tx, Committee, place.committee)
    phone = place.committee_phone or ("" if committee is None else committee.phone)
    sheet_rows = []
    for row, who, source in badges:
        text = visit.office.issue.text_of(visit.tx, row.id, printed_ms=visit.now_ms)
        if text is None:
            return NOT_FOUND
        serial = printed(serial_of(bytes.fromhex(row.id)))
        until = day_of(row.valid_to_ms - 1)
        sheet_rows.append(BadgeToPrint(text, serial, who, source, place.name, until, phone))
    words = BadgeWords(*(visit.t(f"office.volunteers.paper.{key}") for key in ("title", "until", "found")))
    try:
        content = badge_sheet(sheet_rows, words)
    except CardSheetError:
        return Refused(500)
    file = Exported(f"{name}.pdf", MEDIA[Format.PDF], content)
    purpose = Purpose(visit.user.id, "pass.issue", why=visit.why)
    return visit.house.exports.note(
        visit.tx, file, purpose, visit.now_ms, scope=str(place.id), columns=("serial", "surname"), rows=len(badges)
    )
