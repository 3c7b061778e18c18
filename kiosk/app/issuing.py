# SPDX-License-Identifier: LicenseRef-Gatehouse
"""办证: what a gate leader applies for, and the temporary passes that he issues himself, offline too.

An ordinary pass is applied for here and signed at the office (domain.md section 10). A temporary one is signed by the
gate's own key: good for this compound, at most 24 hours; its event is committed before the code is shown
(pass-format.md section 8).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kiosk.app.ports import Ids
from kiosk.app.turn import Done, Turn
from kiosk.domain.codes import Category, CodeColour, CodeHow, PassKind, RefusedInput
from kiosk.domain.events import PassNotice, PassRequest, TempPassIssued
from kiosk.domain.identity import PassId, PersonId
from kiosk.domain.instants import day_of
from kiosk.domain.passes import TEMPORARY, EntryPass, printed, serial_of, sign_pass
from kiosk.domain.present import Tally

LONGEST_S = 86_400
Sign = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Evidence:
    """两项依据: the health code as seen, and what the returnee platform says of the last 14 days.

    `platform` is NONE, RELEASED, OTHER_REGION, KEY_REGION or UNREACHABLE (the office checks before it signs);
    `platform_ref` the record's number; `form_done`: the returnee's form is filled in.
    """

    code: CodeColour
    how: CodeHow
    platform: str
    platform_ref: str = ""
    form_done: bool = False

    def as_body(self, seen_at_ms: int) -> dict[str, str]:
        """As it stands in the event, in the words that the office reads."""
        out = {"colour": self.code.value, "how": self.how.value, "seen_at": str(seen_at_ms), "platform": self.platform}
        if self.how is CodeHow.PAPER:
            out["paper"] = "Y"
        if self.form_done:
            out["form"] = "Y"
        return out | ({"platform_no": self.platform_ref} if self.platform_ref else {})


@dataclass(frozen=True, slots=True)
class Issued:
    """临时证: the text to show or print, its printed serial, until when it is good (ms)."""

    pass_id: PassId
    text: str
    serial: str
    until_ms: int


class PassDesk:
    """办证台."""

    def __init__(self, new_turn: Callable[[], Turn], ids: Ids, sign: Sign | None) -> None:
        """`sign` is the device key's; None where the key store does not answer."""
        self._new_turn = new_turn
        self._ids = ids
        self._sign = sign

    def apply(self, person: PersonId, kind: PassKind, evidence: Evidence) -> Done:
        """办证申请: with both evidences, or not at all; RED is refused (case CODE_RED is the rules')."""
        if evidence.code is CodeColour.RED:
            return Done(RefusedInput.FACT_NEEDED)
        turn = self._new_turn()
        return turn.done(PassRequest(person, kind, evidence.as_body(turn.now.at_ms)))

    def notice(self, what: str, by: str, *, pass_id: PassId | None = None, person: PersonId | None = None) -> Done:
        """挂失/注销/换证: `what` LOST, REVOKE or REISSUE; the office ends the card for the whole street."""
        if pass_id is None and person is None:
            return Done(RefusedInput.FACT_NEEDED)
        turn = self._new_turn()
        return turn.done(PassNotice(what, by, person, pass_id))

    def issue_temporary(
        self,
        category: Category,
        *,
        leave_by_ms: int,
        by: str | None,
        consent: bool,
        host: PersonId | None = None,
        personal: Mapping[str, object] | None = None,
    ) -> Issued | Done:
        """签发临时证: PIN, host consent, a leave-by time within 24 hours, and not more than the day's cap."""
        if by is None:
            return Done(RefusedInput.PIN_NEEDED)
        turn = self._new_turn()
        now_s = turn.now.at_ms // 1000
        exp = leave_by_ms // 1000
        if category not in TEMPORARY or not consent or not 0 < exp - now_s <= LONGEST_S:
            return Done(RefusedInput.FACT_NEEDED)
        if self._sign is None or self._today(turn) >= turn.policy().params.temp_pass_daily_cap:
            return Done(RefusedInput.BUTTON_NOT_OFFERED)
        identity = turn.facts.identity
        claims = EntryPass(self._ids.random(8), identity.site, category, now_s, exp)
        text = sign_pass(claims, bytes.fromhex(identity.key_id), self._sign, issued_at=now_s)
        turn.add(TempPassIssued(claims.pass_id, category, exp, by, host), personal)
        done = turn.done()
        if done.fault is not None:
            return done
        return Issued(claims.pass_id, text, printed(serial_of(claims.cti)), exp * 1000)

    @staticmethod
    def _today(turn: Turn) -> int:
        tally: Tally | None = turn.facts.present.get("tally", f"day/{day_of(turn.now.at_ms)}")
        return 0 if tally is None else tally.columns.get("temp_issued", 0)
