# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策文件的改动: a policy's TOML text with a parameter, its regions, version or hour changed; all else stays."""

import datetime as dt
import json
import re
from collections.abc import Iterable

from kiosk.domain.instants import shanghai
from kiosk.domain.policy import Region


def with_parameter(text: str, name: str, value: object) -> str:
    """The text with one parameter's line replaced. Raises `KeyError` where there is no such line."""
    return _line(text, name, toml_value(value))


def renamed(text: str, version: str, effective_from_ms: int) -> str:
    """The text under another version name and hour."""
    return _line(
        _line(text, "version", json.dumps(version, ensure_ascii=False)), "effective_from", _at(effective_from_ms)
    )


def toml_value(value: object) -> str:
    """A value as TOML writes it, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dt.date():
            return value.isoformat()
        case list() | tuple():
            return f"[{', '.join(toml_value(item) for item in value)}]"
        case dict():
            return (
                "{ " + ", ".join(f"{key} = {toml_value(item)}" for key, item in value.items()) + " }" if value else "{}"
            )
        case _:
            msg = f"no TOML for {type(value).__name__}"
            raise TypeError(msg)


def _line(text: str, name: str, value: str) -> str:
    pattern = re.compile(rf"^{re.escape(name)} = .*$", re.MULTILINE)
    if not pattern.search(text):
        raise KeyError(name)
    return pattern.sub(lambda _: f"{name} = {value}", text, count=1)


def _at(ms: int) -> str:
    return shanghai(ms).isoformat(timespec="seconds")


def with_regions(text: str, regions: Iterable[Region]) -> str:
    """The text with its region rows replaced; comments before them stay, what stands after them too."""
    kept: list[str] = []
    place, inside = None, False
    for line in text.splitlines():
        if line.strip() == _REGION:
            place = len(kept) if place is None else place
            inside = True
        elif inside and line.lstrip().startswith("["):
            inside = False
        if not inside:
            kept.append(line)
    rows = [line for region in regions for line in _region_lines(region)]
    at = len(kept) if place is None else place
    return "\n".join([*kept[:at], *rows, *kept[at:]]).rstrip() + "\n"


_REGION = "[[region]]"


def _region_lines(region: Region) -> list[str]:
    values = {"code": region.code, "name": region.name, "from": region.since, "to": region.until, "key": region.key}
    lines = [f"{name} = {toml_value(value)}" for name, value in values.items() if value is not None]
    return [_REGION, *lines, ""]
