# SPDX-License-Identifier: LicenseRef-Gatehouse
"""交接单, set with typst from `handover_paper.typ`; a missing font is a failure, never empty boxes (ADR 0005)."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import typst

FONT = "Noto Sans CJK SC"


def set_handover(data: Mapping[str, object], file: Path) -> None:
    """Write the PDF of what `kiosk.app.handover_paper.printed` gives. Raises `OSError`."""
    template = files(__package__).joinpath("handover_paper.typ").read_bytes()
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
    try:
        pdf, warnings = typst.compile_with_warnings(
            template, format="pdf", font_paths=fonts, sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
        )
    except typst.TypstError as broken:
        raise OSError(5, f"not set: {broken}", str(file)) from broken
    if warnings or not isinstance(pdf, bytes):
        raise OSError(5, "; ".join(str(each) for each in warnings) or "no page", str(file))
    file.write_bytes(pdf)
