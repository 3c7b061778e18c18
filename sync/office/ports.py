# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What the office's use cases need from outside: time, fresh ids, the signer of passes; each given by hand."""

from typing import Protocol

from kiosk.domain.register import PolicyRow
from sync.office.signer import Application, SignRefusal


class OfficeClock(Protocol):
    """办公室时钟: the one time that the whole street goes by."""

    def wall_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class OfficeIds(Protocol):
    """编号: fresh ids and random bytes."""

    def new_id(self) -> str:
        """A UUIDv7 as 32 hex digits."""
        ...

    def random(self, count: int) -> bytes:
        """Random bytes for nonces, tokens and card ids."""
        ...


class PassSigner(Protocol):
    """签发: signs approved applications and published policies alone (`sync.office.signer.Signer`)."""

    def sign_pass(self, application: Application) -> str | SignRefusal:
        """The EP1 text of a pass, or why not."""
        ...

    def sign_policy(self, row: PolicyRow, by: str) -> bytes:
        """The signature over a policy version that two persons published; `by` names them."""
        ...
