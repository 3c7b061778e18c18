# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The signer: makes the texts of passes and policy versions, and nothing else may (trust.md section 5).

It signs only an approved application, only for compounds of the key's committee, at most 600 an hour per committee (a
setting), and logs each signature and refusal in a chain of its own. The office's web process reaches it by this one
class; a process of its own behind a socket is a later step.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from kiosk.domain.identity import CommitteeId
from kiosk.domain.passes.entry_pass import EntryPass
from kiosk.domain.passes.signing import BadClaimsError, sign_pass
from kiosk.domain.register import PolicyRow
from kiosk.domain.trust.bundle import KeyKind
from kiosk.domain.trust.policy_signature import sign_policy
from sync.office.keys import KeyFault, KeyFolder, Listed, SigningKey
from sync.office.signer_log import SignerLog

PER_HOUR = 600


class SignRefusal(StrEnum):
    """拒绝签名: why the signer did not sign."""

    NOT_APPROVED = "not_approved"
    NO_KEY = "no_key"
    OTHER_COMPOUND = "other_compound"
    TOO_MANY = "too_many"
    BAD_CLAIMS = "bad_claims"


@dataclass(frozen=True, slots=True)
class Application:
    """办证申请(已批准): what is to be signed and on whose word; `sites` numbers of the committee's compounds.

    `approved_by` is the account that approved it; empty: nobody did. `gates_of_site`: how many gates the compound has.
    """

    id: str
    committee: CommitteeId
    sites: frozenset[int]
    claims: EntryPass
    approved_by: str
    gates_of_site: int = 8


class Signer:
    """签名机: holds the issuing keys and the policy key; private halves are read at their first use."""

    def __init__(
        self, folder: KeyFolder, log: SignerLog, now_ms: Callable[[], int], *, per_hour: int = PER_HOUR
    ) -> None:
        """Take the key folder, the signer's log, office time, and the limit per committee and hour."""
        self._folder = folder
        self._log = log
        self._now_ms = now_ms
        self._per_hour = per_hour
        self._keys: dict[str, SigningKey] = {}

    def sign_pass(self, application: Application) -> str | SignRefusal:
        """The EP1 text of a pass, or why not; both are logged before the answer."""
        now_ms = self._now_ms()
        listed = self._issuer(application.committee, now_ms // 1000)
        answer: str | SignRefusal | None = self._judge(application, listed, now_ms)
        if answer is None and listed is not None:
            key = self._key(listed)
            try:
                answer = sign_pass(
                    application.claims,
                    key.kid,
                    key.sign,
                    issued_at=min(now_ms // 1000, application.claims.nbf),
                    gates_of_site=application.gates_of_site,
                )
            except BadClaimsError:
                answer = SignRefusal.BAD_CLAIMS
        refusal = SignRefusal.NO_KEY if answer is None else answer if isinstance(answer, SignRefusal) else None
        self._log.append(
            {
                "at_ms": now_ms,
                "what": "SIGNED" if refusal is None else "REFUSED",
                "why": "" if refusal is None else refusal.value,
                "committee": application.committee,
                "kid": "" if listed is None else listed.kid,
                "application": application.id,
                "by": application.approved_by,
                "pass": application.claims.pass_id,
            }
        )
        return SignRefusal.NO_KEY if answer is None else answer

    def sign_policy(self, row: PolicyRow, by: str) -> bytes:
        """The COSE signature over a policy version that two persons published; `by` names them."""
        now_ms = self._now_ms()
        key = self._key(self._folder.newest(KeyKind.POLICY))
        signed = sign_policy(row, now_ms // 1000, key.kid, key.sign)
        self._log.append({"at_ms": now_ms, "what": "POLICY", "version": row.version, "kid": key.kid.hex(), "by": by})
        return signed

    def _judge(self, application: Application, listed: Listed | None, now_ms: int) -> SignRefusal | None:
        if not application.approved_by:
            return SignRefusal.NOT_APPROVED
        if listed is None:
            return SignRefusal.NO_KEY
        if application.claims.site not in application.sites:
            return SignRefusal.OTHER_COMPOUND
        if self._log.signed_within_hour(application.committee, now_ms) >= self._per_hour:
            return SignRefusal.TOO_MANY
        return None

    def _issuer(self, committee: CommitteeId, now_s: int) -> Listed | None:
        """The newest key of the committee whose window holds now."""
        rows = [
            row
            for row in self._folder.register()
            if row.kind == KeyKind.ISSUER
            and committee in row.committees
            and not row.revoked
            and row.use_from <= now_s <= row.use_until
        ]
        return rows[-1] if rows else None

    def _key(self, listed: Listed) -> SigningKey:
        key = self._keys.get(listed.kid)
        if key is None:
            key = self._keys[listed.kid] = self._folder.private(listed)
        if key.public.hex() != listed.public:
            differs = f"key {listed.kid} is not the one in the register"
            raise KeyFault(differs)
        return key
