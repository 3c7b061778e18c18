# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The wire's messages as JSON schemas for the OpenAPI page: made from the structs themselves, so they cannot differ."""

from typing import Any

import msgspec

from sync.wire.messages import Message


def schema_of(kind: type[Message]) -> dict[str, Any]:
    """The schema of a message, without references: each message stands by itself."""
    whole = msgspec.json.schema(kind)
    parts = whole.get("$defs", {})
    return dict(_inlined(whole, parts))


def _inlined(node: Any, parts: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_inlined(part, parts) for part in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if isinstance(reference, str):
        return _inlined(parts[reference.rpartition("/")[2]], parts)
    return {name: _inlined(part, parts) for name, part in node.items() if name != "$defs"}
