# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A tablet that takes another's place: the gate's present is folded from what the office holds (sync-and-store.md 4).

`GET /v1/gates/{gate}/events` gives the last 48 h of the gate's events, whatever tablet wrote them. They are folded as
the desk folds its own: open shift, cases, wait spot, permits, who is in. The new tablet's own log begins at 1 all the
same.
"""

import json
from collections.abc import Iterator

from kiosk.app.ports import LiveChange
from kiosk.domain.codec import BadShape
from kiosk.domain.events import Event, event_from_json
from kiosk.domain.folding import Folding
from kiosk.domain.log.canonical import EventTooLarge, NotCanonical, read_canonical
from kiosk.domain.present import KINDS, Change, Present, to_doc
from sync.client.line import Link
from sync.client.requests_out import RequestWriter
from sync.client.transport import Answer
from sync.wire import base64url
from sync.wire.limits import ANSWER, EVENT_BYTES, PAGE_ROWS
from sync.wire.messages import EventsPage
from sync.wire.strict import decode

_OWN = frozenset({"until", "number"})
"""What is bound to one tablet's own clock and boot: not taken over."""
_PAGES = 400


def take_over(link: Link) -> bool:
    """Fold the gate's last two days into a store whose log has just begun; False if the office did not give them all.

    Nothing is written then, and it may be asked again.
    """
    present = Present(lambda _passage: None)
    whole = False
    for page in _pages(link):
        if page is None:
            whole = True
            break
        folding = Folding(present)
        for event in page:
            folding.fold(event)
        present.merge(folding.changes())
    if whole:
        link.store.put_present(
            [_live(kind, *item) for kind in KINDS if kind not in _OWN for item in present.items(kind)]
        )
    return whole


def _live(kind: str, key: str, value: object) -> LiveChange:
    doc = to_doc(Change(kind, key, value))
    return LiveChange(kind, key, json.dumps(doc, ensure_ascii=False, separators=(",", ":"), sort_keys=True))


def _pages(link: Link) -> Iterator[list[Event] | None]:
    """The gate's events in order, page by page; None last if there were no more."""
    writer = RequestWriter(link.identity, link.sign, link.clock)
    after = ""
    for _ in range(_PAGES):
        nonce = base64url.text(link.ids.random(16))
        path = f"/v1/gates/{link.identity.gate}/events?after={after}&limit={PAGE_ROWS}"
        answer = link.transport.send(writer.get(path, link.store.sync_state(), nonce))
        if not isinstance(answer, Answer) or answer.status != 200 or not answer.is_json:  # noqa: PLR2004 - its name
            return
        page = decode(EventsPage, answer.body, ANSWER)
        if not isinstance(page, EventsPage):
            return
        yield list(_read(page))
        if not page.more:
            yield None
            return
        after = page.cursor


def _read(page: EventsPage) -> Iterator[Event]:
    for held in page.events:
        try:
            yield event_from_json(read_canonical(held.c.encode(), EVENT_BYTES))
        except (BadShape, NotCanonical, EventTooLarge):
            continue  # a later program's: it changes nothing that this one knows of
