# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Bytes as text on the wire: base64url without padding, exactly one text for the same bytes."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode


def text(data: bytes) -> str:
    """The text of bytes."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def octets(value: str) -> bytes | None:
    """The bytes of a text, or None for a text that `text` would not have made."""
    try:
        data = urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return None
    return data if text(data) == value else None
