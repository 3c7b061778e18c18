# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A gate's enrolment code: a symbol to scan, the same JSON as a file, the same symbol for a terminal (trust.md 7)."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import segno

from kiosk.domain.identity import GateId
from sync.office.compose import Office
from sync.office.home import OfficeHome
from sync.office.keys import write_private
from sync.wire.messages import EnrolCode
from sync.wire.strict import encode

_SCALE = 8
_BORDER = 4


@dataclass(frozen=True, slots=True)
class EnrolPaper:
    """启用码: one use, 15 minutes. `json_file` and `png_file` say the same."""

    gate: GateId
    code: EnrolCode
    json_file: Path
    png_file: Path

    def under(self, old: Path, new: Path) -> "EnrolPaper":
        """The same after its folder was renamed."""
        return EnrolPaper(
            self.gate, self.code, new / self.json_file.relative_to(old), new / self.png_file.relative_to(old)
        )

    def for_terminal(self) -> str:
        """The symbol in block characters."""
        out = StringIO()
        symbol(self.code).terminal(out, compact=True, border=2)
        return out.getvalue()


def symbol(code: EnrolCode) -> segno.QRCode:
    """The code as a QR symbol, level M."""
    return segno.make_qr(encode(code), error="m", mode="byte", boost_error=False)


def write_code(office: Office, home: OfficeHome, url: str, gate: GateId, *, by: str) -> EnrolPaper | None:
    """Make a fresh code for a gate, which ends the former one; None if there is no such gate.

    Only the token's hash stays in the database; the files are the code, so they are 0600.
    """
    with office.database.writing() as tx:
        token = office.enrolment.new_token(tx, gate, office.clock.wall_ms(), by=by)
    if token is None:
        return None
    code = EnrolCode(v=1, url=url, token=token, ca=home.ca_sha256(), gate=gate)
    home.enrol.mkdir(mode=0o700, parents=True, exist_ok=True)
    paper = EnrolPaper(gate, code, home.enrol / f"{gate}.json", home.enrol / f"{gate}.png")
    write_private(paper.json_file, encode(code) + b"\n")
    symbol(code).save(str(paper.png_file), scale=_SCALE, border=_BORDER)
    paper.png_file.chmod(0o600)
    return paper
