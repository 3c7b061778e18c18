# SPDX-License-Identifier: LicenseRef-Gatehouse
"""An application says its two evidences at the gate as the office reads them (domain.md 10)."""

import pytest

from kiosk.app.issuing import Evidence
from kiosk.domain.codes import CodeColour, CodeHow, PassColour, PassKind
from sync.office.service.applications import Unfit, colour_of, evidence_from_gate
from ui.viewmodels.leader_issuing import PLATFORMS

GREEN, SEEN, PAPER = CodeColour.GREEN, CodeHow.SEEN, CodeHow.PAPER


@pytest.mark.parametrize(
    ("told", "judged"),
    [
        (Evidence(GREEN, SEEN, "NONE"), PassColour.GREEN),
        (Evidence(GREEN, SEEN, "RELEASED", "0217"), PassColour.GREEN),
        (Evidence(GREEN, SEEN, "OTHER_REGION", "0217", form_done=True), PassColour.YELLOW),
        (Evidence(GREEN, SEEN, "KEY_REGION", "0217"), Unfit.FIRST_RETURN),
        (Evidence(GREEN, SEEN, "UNREACHABLE"), Unfit.UNCHECKED),
        (Evidence(CodeColour.YELLOW, SEEN, "NONE"), Unfit.FIRST_RETURN),
        (Evidence(CodeColour.NOT_SHOWN, PAPER, "NONE"), PassColour.GREEN),
    ],
    ids=str,
)
def test_the_office_judges_what_the_leader_saw(told: Evidence, judged: object) -> None:
    read = evidence_from_gate(told.as_body(1_582_000_000_000))
    assert colour_of(PassKind.RESIDENT, read) is judged
    assert (read.seen_at_ms, read.platform_no) == (1_582_000_000_000, told.platform_ref)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_answer_of_the_platform_is_one_that_the_office_knows(platform: str) -> None:
    assert evidence_from_gate(Evidence(GREEN, SEEN, platform).as_body(1)).platform is not None
