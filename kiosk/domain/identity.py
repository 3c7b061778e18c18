# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Ids as types: never a bare `str` for a gate, a pass or a person.

All ids are text: names given by the street (`GateId` "G01", `CompoundId` "C01", `CommitteeId` "J01") or lower-case hex
(`PassId` 16 digits = the pass's `cti`; `PersonId`, `DwellingId`, `EventId`, `PassageId`, `CaseId`, `ShiftId`,
`OperatorId`, `DeviceId` ... 32 digits), so that they stand in canonical JSON as they are.
"""

from typing import NewType

GateId = NewType("GateId", str)
CompoundId = NewType("CompoundId", str)
CommitteeId = NewType("CommitteeId", str)
PassId = NewType("PassId", str)
PersonId = NewType("PersonId", str)
DwellingId = NewType("DwellingId", str)
OperatorId = NewType("OperatorId", str)
RoadLeaderId = NewType("RoadLeaderId", str)
DeviceId = NewType("DeviceId", str)
EventId = NewType("EventId", str)
PassageId = NewType("PassageId", str)
PartyId = NewType("PartyId", str)
CaseId = NewType("CaseId", str)
ShiftId = NewType("ShiftId", str)
IsolationId = NewType("IsolationId", str)
PermitId = NewType("PermitId", str)
