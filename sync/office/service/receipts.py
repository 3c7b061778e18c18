# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office signs for gates with its RECEIPT key: receipts, orders, seals of snapshots (trust.md 5)."""

from dataclasses import dataclass

from kiosk.domain.trust.statements import Order, Receipt, SnapshotSeal
from sync.office.keys import SigningKey
from sync.wire.messages import OrderText, ReceiptText, SnapshotSignature, order_body


@dataclass(frozen=True, slots=True)
class OfficeSeal:
    """办公室签章: the server's id and its RECEIPT key."""

    server: str
    key: SigningKey

    @property
    def kid(self) -> str:
        """The key's id in hex."""
        return self.key.kid.hex()

    def receipt(self, device: str, epoch: int, seq: int, event_hash: str, at_ms: int) -> tuple[Receipt, str]:
        """A receipt and its signature."""
        given = Receipt(self.server, device, epoch, seq, event_hash, at_ms, self.kid)
        return given, given.signed(self.key.sign)

    def order(
        self,
        device: str,
        at_ms: int,
        *,
        new_epoch: int | None = None,
        why: str | None = None,
        resnapshot: tuple[str, ...] = (),
        revoked: bool = False,
    ) -> OrderText:
        """An order to one device, signed."""
        body = order_body(new_epoch=new_epoch, why=why, resnapshot=resnapshot, revoked=revoked)
        sig = Order(self.server, device, body, at_ms, self.kid).signed(self.key.sign)
        return OrderText(
            at_ms=at_ms, kid=self.kid, sig=sig, new_epoch=new_epoch, why=why, resnapshot=resnapshot, revoked=revoked
        )

    def snapshot(self, compound: str, scope: str, cursor: str, sha256: str, at_ms: int) -> SnapshotSignature:
        """The seal of a snapshot."""
        seal = SnapshotSeal(self.server, compound, scope, cursor, sha256, at_ms, self.kid)
        return SnapshotSignature(
            cursor=cursor, sha256=sha256, at_ms=at_ms, kid=self.kid, sig=seal.signed(self.key.sign)
        )


def receipt_text(given: Receipt, sig: str) -> ReceiptText:
    """A receipt as it stands in an answer."""
    return ReceiptText(
        server=given.server, device=given.device, epoch=given.epoch, seq=given.seq, hash=given.hash,
        at_ms=given.at_ms, kid=given.kid, sig=sig,
    )  # fmt: skip
