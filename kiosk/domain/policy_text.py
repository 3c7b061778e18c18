# SPDX-License-Identifier: LicenseRef-Gatehouse
"""政策文件的改动: a policy's TOML text with one parameter, its version or its hour changed; all else stays."""

import datetime as dt
import json
import re

from kiosk.domain.instants import shanghai


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
