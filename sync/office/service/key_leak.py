# SPDX-License-Identifier: LicenseRef-Gatehouse
"""密钥泄露处置: block the key's passes of a span, and the drill that shows what a block would do (pass-format.md 5).

The drill reads the cards that the office holds as a gate would, with a revocation list that exists in this function
alone. Nothing is written but the note that it was held.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from kiosk.domain.identity import CompoundId
from kiosk.domain.passes.gate_trust import GatePlace, GateTrust
from kiosk.domain.passes.problems import PassProblem
from kiosk.domain.passes.verifying import verify
from kiosk.domain.register import Compound, PassRow
from kiosk.domain.trust.bundle import KeyBundle
from kiosk.domain.trust.revocations import Block, RevocationList
from kiosk.domain.trust.versions import judge_version
from sync.office.service.audit import Audit, Entry
from sync.office.service.book import RegisterBook
from sync.office.service.card_text import kid_of
from sync.office.service.issue import Issue
from sync.office.service.issuing_keys import FOR_EVER, GOOD, IssuingKey, IssuingKeys
from sync.office.service.revocations import Revocations
from sync.office.store.tables import office_meta
from sync.office.store.upsert import put

DRILL = "key.drill"
_LOOKED_AT = 200
_AGE_S = 96 * 3600
_FINE = {PassProblem.NONE, PassProblem.NOT_LISTED, PassProblem.LIST_STALE, PassProblem.WRONG_GATE, PassProblem.NOT_YET}


@dataclass(frozen=True, slots=True)
class Drilled:
    """演练结果: cards of each sort that were read as a gate reads them, and how many of them fell as they should.

    `leaked` begin inside the span, `older` are the same key's from before it, `others` another committee's.
    `replay`: the list from before the block is refused by a gate that has the new one.
    """

    leaked: int
    leaked_refused: int
    older: int
    older_good: int
    others: int
    others_good: int
    replay: bool

    @property
    def passed(self) -> bool:
        """Whether there was something to read, and everything fell as it should."""
        counts = (self.leaked, self.older, self.others)
        return any(counts) and counts == (self.leaked_refused, self.older_good, self.others_good) and self.replay


class KeyLeak:
    """密钥泄露处置用例."""

    def __init__(
        self, book: RegisterBook, keys: IssuingKeys, issue: Issue, revocations: Revocations, audit: Audit
    ) -> None:
        """Take the register, the keys, the texts of cards, the list and the audit."""
        self._book = book
        self._keys = keys
        self._issue = issue
        self._revocations = revocations
        self._audit = audit

    def block(self, tx: Connection, kid: str, start: int, end: int, now_ms: int, *, by: str, why: str) -> int:
        """Passes of this key whose validity begins in `start`..`end` (seconds) no longer count; the list's version.

        Who may, and that a second person agreed, was checked before (trust.md 3).
        """
        version = self._revocations.block(tx, Block(bytes.fromhex(kid), start, end), now_ms)
        self._audit.note(tx, Entry(by, "key.revoke", f"{kid} {start}-{end}", why=why), now_ms)
        return version

    def drill(self, tx: Connection, key: IssuingKey, start: int, now_ms: int, *, by: str) -> Drilled | None:
        """What a block of `start` to for ever would do at the gates; None without a bundle."""
        bundle, before = self._keys.bundle(tx), self._revocations.current(tx)
        if bundle is None:
            return None
        now = now_ms // 1000
        version, entries, blocks = (0, b"", ()) if before is None else (before.version, before.entries, before.blocks)
        block = Block(bytes.fromhex(key.kid), start, FOR_EVER)
        after = RevocationList(max(now, version + 1), now, now + 86_400, entries, (*blocks, block))
        compounds = {one.id: one for one in self._book.register.all(tx, Compound)}
        mine: list[PassRow] = []
        others: list[PassRow] = []
        for one in compounds.values():
            rows = self._book.register.all(tx, PassRow, compound_id=one.id)
            (mine if one.id in key.compounds else others).extend(row for row in rows if _judged(row, now_ms))
        of_key = [row for row in mine if kid_of(self._issue.text_of(tx, row.id)) == key.kid]
        leaked = [row for row in of_key if row.valid_from_ms // 1000 >= start][:_LOOKED_AT]
        older = [row for row in of_key if row.valid_from_ms // 1000 < start][:_LOOKED_AT]
        others = others[:_LOOKED_AT]

        def fall(rows: Sequence[PassRow]) -> list[PassProblem]:
            return [self._problem(tx, row, compounds, bundle, after, now) for row in rows]

        refused, good, untouched = fall(leaked), fall(older), fall(others)
        replay = before is None or judge_version(before.stored, after.stored, now, clock_ok=True) is not None
        done = Drilled(
            len(leaked), refused.count(PassProblem.KEY_REVOKED), len(older), _not_blocked(good), len(others),
            _not_blocked(untouched), replay,
        )  # fmt: skip
        why = f"{done.leaked_refused}/{done.leaked} {done.older_good}/{done.older} {done.others_good}/{done.others}"
        self._audit.note(tx, Entry(by, DRILL, key.kid, why=f"{why} {'passed' if done.passed else 'failed'}"), now_ms)
        if done.passed:
            put(tx, office_meta, [{"k": DRILL, "v": str(now_ms).encode()}])
        return done

    def _problem(
        self,
        tx: Connection,
        row: PassRow,
        compounds: dict[CompoundId, Compound],
        bundle: KeyBundle,
        list_: RevocationList,
        now: int,
    ) -> PassProblem:
        """What a gate of the card's own compound would find, had it this list."""
        site = bundle.sites.get(compounds[row.compound].site)
        text = self._issue.text_of(tx, row.id)
        if site is None or text is None:
            return PassProblem.NOT_A_PASS
        trust = GateTrust(bundle, None, None, list_, None, _AGE_S, practice=True)
        return verify(text, trust, GatePlace(site.number, site.gates[0]), now, clock_ok=True).problem


def last_drill(tx: Connection) -> int | None:
    """When a drill was last held and everything fell as it should (ms), or None."""
    found = tx.execute(select(office_meta.c.v).where(office_meta.c.k == DRILL)).scalar()
    return None if found is None else int(found)


def _judged(row: PassRow, now_ms: int) -> bool:
    return row.state in GOOD and now_ms < row.valid_to_ms


def _not_blocked(problems: Sequence[PassProblem]) -> int:
    """A block must not touch these; that this function has no gate list to show them is no problem of theirs."""
    return sum(problem in _FINE for problem in problems)
