# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Personal fields as a role sees them: masked, in full, or not at all (trust.md 3, 10).

A grant without a reason shows the field; a grant that asks a reason shows it once the reason was given and logged; no
grant hides it.
"""

from dataclasses import dataclass

from kiosk.domain.register import Dwelling
from sync.office.service.accounts import User
from sync.office.service.reach import grant_of

_PHONE = 11
_TAIL = 4
REVEALS = ("name.reveal", "room.reveal", "phone.read", "docno.read")
"""Actions that open a masked field."""


def masked_name(name: str) -> str:
    """张*: the surname alone; of two-character surnames the first character, which says less."""
    return f"{name[:1]}*" if name else ""


def masked_phone(phone: str) -> str:
    """138****1234; of a number of another length the last four digits at most."""
    if len(phone) < _PHONE:
        return f"****{phone[-2:]}" if phone else ""
    return f"{phone[:3]}****{phone[-_TAIL:]}"


def room_text(home: Dwelling) -> str:
    """3-1-502: building, unit, room."""
    return "-".join(part for part in (home.building, home.unit, home.room) if part)


@dataclass(frozen=True, slots=True)
class Fields:
    """字段可见性: what one account sees of a person; `opened` are actions for which a reason was given just now."""

    who: User
    opened: frozenset[str] = frozenset()

    def sees(self, action: str) -> bool:
        """Whether a field stands open: granted without a reason, or with the reason given."""
        grant = grant_of(self.who, action)
        return grant is not None and (not grant.reason or action in self.opened)

    def may_open(self, action: str) -> bool:
        """Whether a masked field could be opened by giving a reason."""
        grant = grant_of(self.who, action)
        return grant is not None and grant.reason and action not in self.opened

    def name(self, name: str) -> str:
        """The name in full, its surname, or nothing."""
        if self.sees("name.reveal"):
            return name
        return masked_name(name) if self.sees("name.masked") else ""

    def phone(self, phone: str) -> str:
        """The phone in full, masked for whoever may ask for it, or nothing."""
        if self.sees("phone.read"):
            return phone
        return masked_phone(phone) if self.may_open("phone.read") else ""

    def room(self, home: Dwelling | None) -> str:
        """The room; the building alone where only the masked name is granted; or nothing."""
        if home is None:
            return ""
        if self.sees("room.reveal"):
            return room_text(home)
        return home.building if self.sees("name.masked") else ""

    def health(self, text: str) -> str:
        """Category, isolation state and day: shown or not."""
        return text if self.sees("health.category") else ""
