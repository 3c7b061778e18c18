# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Answers that are not the office's word of delivery, ready made: one per row of the answer table but the first."""

from sync.client.transport import Answer

_JSON = {"content-type": "application/json"}
_HTML = {"content-type": "text/html"}


def _error(status: int, code: str, **headers: str) -> Answer:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {**_JSON, **more}, f'{{"error":"{code}"}}'.encode())


STRANGERS: dict[str, Answer] = {
    "portal": Answer(200, _HTML, b"<html>log in</html>"),
    "200 json": Answer(200, _JSON, b"{}"),
    "no content": Answer(204, {}, b""),
    "accepted": Answer(202, _JSON, b"{}"),
    "redirect": Answer(302, {"location": "https://portal.example"}, b""),
    "not modified": Answer(304, {}, b""),
    "garbage": Answer(201, _JSON, b"\xff{"),
    "created page": Answer(201, _HTML, b"<html>"),
    "400": _error(400, "shape"),
    "400 of a proxy": Answer(400, _HTML, b"<html>Bad Request"),
    "proto": _error(400, "proto_unsupported"),
    "401": _error(401, "bad_signature"),
    "stale": _error(401, "stale"),
    "403": _error(403, "revoked"),
    "404": _error(404, "not_found"),
    "405": _error(405, "method"),
    "408": Answer(408, _HTML, b""),
    "409": _error(409, "epoch"),
    "410": Answer(410, {}, b""),
    "413": _error(413, "too_large"),
    "415": _error(415, "encoding"),
    "422": Answer(422, _JSON, b'{"detail":[]}'),
    "426": Answer(426, {"upgrade": "h2c"}, b""),
    "429": _error(429, "too_many", retry_after="30"),
    "431": _error(431, "headers_too_large"),
    "500": _error(500, "fault"),
    "502": Answer(502, _HTML, b"<html>"),
    "503": _error(503, "ready", retry_after="30"),
    "504": Answer(504, {}, b""),
    "511": Answer(511, _HTML, b"<html>"),
}
