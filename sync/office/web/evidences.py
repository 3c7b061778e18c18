# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The form of the two evidences (`evidence.html`): its choices, and what was filled in (domain.md 10)."""

from kiosk.domain.codes import CodeColour, PassKind
from sync.office.service.applications import Evidence, PlatformRecord, Unfit, colour_of
from sync.office.web.fields import FormReader
from sync.office.web.visit import Visit

_COLOURS = tuple(code for code in CodeColour if code is not CodeColour.NOT_SHOWN)


def evidence_of(read: FormReader, now_ms: int) -> Evidence:
    """The two evidences as the form gives them: what was seen, and what the platform says."""
    seen = read.choice("code", [*(code.value for code in _COLOURS), "PAPER"])
    platform = read.choice("platform", [record.value for record in PlatformRecord])
    number = read.text("platform_no", 40, needed=False)
    return Evidence(
        CodeColour(seen) if seen not in ("", "PAPER") else None, now_ms, seen == "PAPER",
        PlatformRecord(platform) if platform else None, number, read.ticked("form_done"),
    )  # fmt: skip


def unfit_of(read: FormReader, evidence: Evidence) -> None:
    """A fault of the form where a whole batch could not be signed on it."""
    fit = colour_of(PassKind.RESIDENT, evidence)
    if isinstance(fit, Unfit) and not read.faults:
        read.faults["platform"] = f"office.passes.fit.{fit.value}"


def colours(visit: Visit) -> list[tuple[str, str]]:
    """What may be seen."""
    seen = [(code.value, visit.t(f"code_colour.{code.value}")) for code in _COLOURS]
    return [*seen, ("PAPER", visit.t("office.passes.paper"))]


def platforms(visit: Visit) -> list[tuple[str, str]]:
    """What the platform may say."""
    return [(record.value, visit.t(f"office.passes.platform.{record.value}")) for record in PlatformRecord]
