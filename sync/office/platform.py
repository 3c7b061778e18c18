# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The returnee platform over HTTPS, and where it is set up: `returnees.json` in the office's folder.

The contract is docs/returnee-platform.md. Plain HTTP is spoken to this machine alone; no proxy, no redirect, nothing of
the answer in any log or fault.
"""

import ipaddress
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.exceptions import ChunkedEncodingError, RequestException, SSLError, Timeout
from requests.exceptions import ConnectionError as RequestsConnectionError

from kiosk.domain.codec import BadShape, from_json
from sync.office.compose import Office
from sync.office.imports.returns import ReturnField
from sync.office.service.platform import NotNow, PlatformFault, PlatformLine, PlatformPage, PlatformState
from sync.office.service.returns import Returns

CONNECT_S, READ_S = 3.0, 15.0
TOTAL_MS = 30_000
ANSWER_BYTES = 4 << 20
RECORDS = 500
_LIMIT = 200
_PLACE, _TEXT = 200, 500
_CHUNK = 64 << 10
_FILE = "returnees.json"
_log = logging.getLogger(__name__)
_YES_NO = {True: "是", False: "否"}


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """平台设置: `token` a file (0600) with the token that the platform gave; `ca` a PEM to trust, "" the system's."""

    url: str
    token: str
    ca: str = ""


class BadPlatform(Exception):
    """平台设置不对: the text names the setting, never the token."""


class HttpPlatform:
    """返沪平台(HTTPS): one session in one thread."""

    def __init__(self, url: str, token: str, now_ms: Callable[[], int], ca: Path | None = None) -> None:
        """Take address, token and office time. Raises `BadPlatform` for an address that is not to be trusted."""
        parts = urlsplit(url)
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and _here(parts.hostname))):
            wrong = "url: https is wanted"
            raise BadPlatform(wrong)
        self._url = url.rstrip("/")
        self._name = parts.netloc
        self._now_ms = now_ms
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = True if ca is None else str(ca)
        self._session.headers.update({"Authorization": f"Bearer {token}", "Accept": "application/json"})

    @property
    def name(self) -> str:
        """The platform's host."""
        return self._name

    def page(self, after: str) -> PlatformPage | NotNow:
        """One page; whatever goes wrong is a value."""
        query = urlencode({"after": after, "limit": _LIMIT})
        try:
            with self._session.get(
                f"{self._url}/v1/returns?{query}", timeout=(CONNECT_S, READ_S), allow_redirects=False, stream=True
            ) as answer:
                fault = _fault_of(answer)
                data = b"" if fault is not None else self._body(answer)
        except SSLError:
            return NotNow(PlatformFault.NOT_TRUSTED)
        except Timeout:
            return NotNow(PlatformFault.TIMEOUT)
        except (RequestsConnectionError, ChunkedEncodingError) as error:
            # A read that times out within a stream comes as a connection's fault.
            late = "timed out" in str(error).lower()
            return NotNow(PlatformFault.TIMEOUT if late else PlatformFault.UNREACHABLE)
        except RequestException:
            return NotNow(PlatformFault.BROKEN)
        if fault is not None:
            return fault
        return NotNow(data) if isinstance(data, PlatformFault) else page_of(data)

    def _body(self, answer: requests.Response) -> bytes | PlatformFault:
        deadline_ms = self._now_ms() + TOTAL_MS
        parts: list[bytes] = []
        size = 0
        for chunk in answer.iter_content(_CHUNK):
            size += len(chunk)
            if size > ANSWER_BYTES:
                return PlatformFault.TOO_LARGE
            if self._now_ms() > deadline_ms:
                return PlatformFault.TIMEOUT
            parts.append(chunk)
        return b"".join(parts)


def page_of(data: bytes) -> PlatformPage | NotNow:
    """An answer's bytes as a page; a page of another form is none, a record of another form is one that is counted."""
    try:
        told = json.loads(data.decode())
    except (ValueError, RecursionError):
        return NotNow(PlatformFault.BAD_ANSWER)
    match told:
        case {"records": list(records), "next": str(place), "more": bool(more)} if len(place) <= _PLACE:
            if len(records) > RECORDS:
                return NotNow(PlatformFault.TOO_LARGE)
            return PlatformPage([_texts(one) for one in records], place, more)
        case _:
            return NotNow(PlatformFault.BAD_ANSWER)


def platform_in(folder: Path, now_ms: Callable[[], int]) -> HttpPlatform | None:
    """The platform that is set up in an office's folder; None: none is. Raises `BadPlatform`."""
    path = folder / _FILE
    if not path.exists():
        return None
    try:
        settings = from_json(PlatformSettings, json.loads(path.read_bytes()))
        token = (folder / settings.token).read_text().strip()
    except (OSError, ValueError, BadShape) as error:
        wrong = f"{_FILE}: {type(error).__name__}"
        raise BadPlatform(wrong) from None
    return HttpPlatform(settings.url, token, now_ms, folder / settings.ca if settings.ca else None)


def ask_platform(office: Office, folder: Path) -> PlatformState | None:
    """Ask the platform if one is set up and it is time; whatever breaks is one calm line in the log."""
    returns = Returns(office.book, office.vault, office.audit)
    line = PlatformLine(office.database, office.book, returns, office.ids, office.clock)
    try:
        source = platform_in(folder, office.clock.wall_ms)
        state = None if source is None else line.fetch(source)
    except BadPlatform as wrong:
        _log.error("returnee platform: %s", wrong)
        return None
    except Exception as fault:  # noqa: BLE001 - the server goes on; the kind of fault is enough
        _log.error("returnee platform: %s", type(fault).__name__)
        return None
    if state is not None:
        _log.info("returnee platform: %s", state.fault or "good", extra={"event": "platform", "count": state.taken})
    return state


# -- inside ----------------------------------------------------------------------------------------------------------


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fault_of(answer: requests.Response) -> NotNow | None:
    match answer.status_code:
        case 200:
            return None
        case 401 | 403:
            return NotNow(PlatformFault.REFUSED)
        case 429 | 503:
            told = answer.headers.get("Retry-After", "")
            return NotNow(PlatformFault.BUSY, int(told) * 1000 if told.isdecimal() and len(told) < 7 else None)  # noqa: PLR2004 - no wait is longer
        case status if status >= 500:  # noqa: PLR2004 - a server's own fault
            return NotNow(PlatformFault.BROKEN)
        case _:
            return NotNow(PlatformFault.BAD_ANSWER)


def _texts(told: Any) -> Mapping[ReturnField, str] | None:  # noqa: ANN401 - JSON
    """A record as texts; fields that we do not know are left out, and so are numbers of identity papers."""
    if not isinstance(told, dict):
        return None
    out: dict[ReturnField, str] = {}
    for one in ReturnField:
        value = told.get(one.value)
        if isinstance(value, list) and one is ReturnField.TRANSIT and all(isinstance(each, str) for each in value):
            value = "、".join(value)
        elif isinstance(value, bool) and one in (ReturnField.KEY, ReturnField.CONTACT):
            value = _YES_NO[value]
        if value is None:
            continue
        if not isinstance(value, str) or len(value) > _TEXT:
            return None
        out[one] = value
    return out
