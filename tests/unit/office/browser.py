# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A browser that speaks ASGI to the application itself: one host, one cookie jar, no sockets, no redirects followed."""

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

HOST = "office.test"
ORIGIN = {"origin": f"https://{HOST}"}


@dataclass(frozen=True)
class Page:
    """What came back; a header that stands twice shows its last value, `set_cookies` all."""

    status: int
    headers: dict[str, str]
    text: str
    set_cookies: tuple[str, ...]
    content: bytes = b""


@dataclass
class Browser:
    app: Any
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **query: str) -> Page:
        return self._send("GET", f"{url}?{urlencode(query)}" if query else url, b"", {})

    def post(self, url: str, data: dict[str, str], headers: dict[str, str] | None = None) -> Page:
        return self.send_body(url, urlencode(data).encode(), ORIGIN if headers is None else headers)

    def send_body(self, url: str, body: bytes, headers: dict[str, str]) -> Page:
        return self._send("POST", url, body, {"content-type": "application/x-www-form-urlencoded", **headers})

    def _send(self, method: str, url: str, body: bytes, headers: dict[str, str]) -> Page:
        parts = urlsplit(url)
        sent = {"host": HOST, **headers}
        if self.cookies:
            sent["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": parts.path, "raw_path": parts.path.encode(), "query_string": parts.query.encode(), "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.1", 40000), "server": (HOST, 443),
        }  # fmt: skip
        page = asyncio.run(self._run(scope, body))
        for cookie in page.set_cookies:
            for name, morsel in SimpleCookie(cookie).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return page

    async def _run(self, scope: dict[str, Any], body: bytes) -> Page:
        sent: list[dict[str, Any]] = []
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            return waiting.pop(0) if waiting else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        raw = [(name.decode(), value.decode()) for name, value in sent[0]["headers"]]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        text = content.decode(errors="replace")
        cookies = tuple(value for name, value in raw if name == "set-cookie")
        return Page(sent[0]["status"], dict(raw), text, cookies, content)
