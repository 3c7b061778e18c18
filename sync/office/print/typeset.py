# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Setting a page with typst: data as JSON, our one font, and no warning (interface.md 12.2)."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import typst

FONT = "Noto Sans CJK SC"


class TypesetError(Exception):
    """排版失败: the font is missing, or the page could not be set without a warning."""


def typeset(template: bytes, data: Mapping[str, object], font_paths: Sequence[Path] = ()) -> bytes:
    """The PDF of a template; `data` is what it reads as `sys.inputs.data`. Raises `TypesetError`."""
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=list(font_paths))
    if FONT not in fonts.families():
        raise TypesetError(f"font {FONT} is missing (Debian: fonts-noto-cjk)")
    try:
        pdf, warnings = typst.compile_with_warnings(
            template, format="pdf", font_paths=fonts, sys_inputs={"data": json.dumps(data, ensure_ascii=False)}
        )
    except typst.TypstError as broken:
        raise TypesetError(f"the sheet could not be set: {broken}") from broken
    if warnings:
        # A font that is not found is only a warning to typst; here it is a sheet of empty boxes.
        raise TypesetError("the sheet was set with warnings: " + "; ".join(str(each) for each in warnings))
    if not isinstance(pdf, bytes):
        raise TypesetError("the sheet came without content")
    return pdf
