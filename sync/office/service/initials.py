# SPDX-License-Identifier: LicenseRef-Gatehouse
"""首字母: by which a person is looked up at a gate; made at the office alone."""

_READINGS = 16


def initials(name: str) -> tuple[str, ...]:
    """All readings of a name's initials ("曾" zeng and ceng)."""
    from pypinyin import Style, pinyin  # noqa: PLC0415 - half a second and 55 MB: only where a name is read

    readings = pinyin(name, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    out = [""]
    for letters in readings:
        out = [before + letter for before in out for letter in dict.fromkeys(letters)][:_READINGS]
    return tuple(dict.fromkeys(out))
