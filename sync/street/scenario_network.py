# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The way from a scenario's gate to its office: open or not, with one fault that strikes once."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sync.client.transport import Answer, Request, TransportFault
from sync.street.founding import StreetOffice
from sync.street.gate_rig import GateRig


@dataclass(frozen=True, slots=True)
class ScenarioNetwork:
    """网络: a gate's `online` and `fault` say what becomes of a request."""

    street: StreetOffice
    rig: GateRig

    def send(self, request: Request) -> Answer | TransportFault:
        """One request, as the network of the scenario lets it through."""
        if not self.rig.online:
            return TransportFault.UNREACHABLE
        struck = self.rig.fault if urlsplit(request.url).path.endswith("/v1/sync") else None
        if struck is not None:
            self.rig.fault = None
        match struck:
            case "lost_request":
                return TransportFault.TIMEOUT
            case "server_error":
                return Answer(500, {"content-type": "text/plain"}, b"oops")
            case "captive_portal":
                return Answer(200, {"content-type": "text/html"}, b"<html>please log in</html>")
            case _:
                told = self.street.answer(request)
        if struck == "lost_answer":
            return TransportFault.TIMEOUT
        return TransportFault.HALF_BODY if struck == "half_body" else told

    def close(self) -> None:
        """Nothing to let go of."""
