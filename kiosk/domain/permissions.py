# SPDX-License-Identifier: LicenseRef-Gatehouse
"""权限: role x action -> grant; one table for gate and office (trust.md section 3). A missing pair is denied."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """角色. Road leaders (路长) have no row: they are told by phone."""

    VOLUNTEER = "V"
    LEADER = "L"
    BUILDING = "B"
    COMMITTEE = "C"
    STREET = "S"
    HEALTH = "H"


class Scope(StrEnum):
    """范围: whose data a grant reaches."""

    OWN_SHIFT = "s"
    OWN_GATES = "g"
    OWN_BUILDING = "b"
    OWN_COMMITTEE = "c"
    REFERRED = "r"
    ALL = "a"


@dataclass(frozen=True, slots=True)
class Grant:
    """授权: its scope; `reason` asked and logged, PIN or password asked again, a second person approves."""

    scope: Scope
    reason: bool = False
    again: bool = False
    second: bool = False


# One line per action, V L B C S H: "-" none, "!" reason, "p" PIN or password again, "2" a second person.
_TABLE = """
gate.scan              s   g    -  -   -    -
name.masked            s   g    b  c   a    r
name.reveal            -   g!   b  c   a!   r
room.reveal            -   g!   b  c   a!   r
phone.read             -   -    -  c   a!   r
docno.read             -   -    -  c!  a!   r!
health.colour          s   g    -  c   a    r
health.category        -   g    -  c   a    r
person.search          -   g    -  c   a!   r
record.correct         s   g    -  c   a    -
record.edit            -   -    -  -   -    -
record.delete          -   -    -  -   -    -
verdict.override       -   g!p  -  -   -    -
clock.confirm          -   gp   -  -   -    -
stale.admit            -   g!p  -  -   -    -
pass.issue             -   g!   -  c!  a!   -
pass.revoke            -   g!   -  c!  a!   -
pass.temp_issue        -   gp   -  -   -    -
permit.grant           -   g!p  -  c!  a!   -
remote.approve         -   g!p  -  -   -    -
late.enter             s   g    -  -   -    -
tailgate.enter         s   g    -  -   -    -
training.start         -   gp   -  -   -    -
settings.open          -   gp   -  -   -    -
isolation.checklist    -   g    -  c   a    r
isolation.release      -   g    -  c   a    r
hometemp.enter         -   g    -  c   -    r
residence.confirm      -   -    b  c   -    -
notice.ack             -   -    b  c   -    -
case.report            s   g    -  c   a    r
case.close             -   g    -  c   a    r
shift.sign             s   g    -  -   -    -
shift.handover         s   g    -  -   -    -
shift.review           s   g    -  c   a    -
log.verify             -   g    -  -   a    -
report.daily           -   g    -  c   a    r
report.signoff         -   -    -  c   a    -
export.redacted        -   g    -  c   a    r
export.full            -   -    -  -   a!2  -
roster.import          -   -    -  c   a    -
roster.edit            -   -    -  c   a    -
device.enrol           -   -    -  -   ap   -
device.revoke          -   -    -  -   ap   -
device.replace         -   -    -  -   ap   -
operator.unlock        -   gp   -  -   ap   -
role.grant             -   -    -  -   ap2  -
policy.publish         -   -    -  -   ap2  -
key.publish            -   -    -  -   ap2  -
key.revoke             -   -    -  -   ap2  -
purge.hold             -   -    -  -   ap2  -
purge.early            -   -    -  -   ap2  -
retention.extend       -   -    -  -   ap2  -
backup.restore         -   -    -  -   ap2  -
audit.read             -   -    -  -   a    -
"""


def _read(table: str) -> dict[tuple[Role, str], Grant]:
    out: dict[tuple[Role, str], Grant] = {}
    for line in table.strip().splitlines():
        action, *cells = line.split()
        for role, cell in zip(Role, cells, strict=True):
            if cell != "-":
                out[role, action] = Grant(Scope(cell[0]), "!" in cell, "p" in cell, "2" in cell)
    return out


_GRANTS = _read(_TABLE)

ACTIONS: tuple[str, ...] = tuple(line.split()[0] for line in _TABLE.strip().splitlines())
"""所有动作."""


def grant(role: Role, action: str) -> Grant | None:
    """授权查询: what a role may do, or None: denied. An unknown action is denied too."""
    return _GRANTS.get((role, action))
