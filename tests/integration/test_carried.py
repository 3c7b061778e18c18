# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A stick instead of a line: logs go to the office, receipts and lists come back; each event once, nothing forged."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from kiosk.adapters.keystore import GateKeys
from kiosk.adapters.keystore_file import DemoKeyStore
from sync.client.carried import CarriedFault, CarriedIn, TakenIn
from sync.office.carried import Imported, ImportFault, import_log, pieces_of, write_carried_reply
from sync.office.store.devices import Device
from sync.wire.carried import FORMAT, LOG_KIND, CarriedEvent, LogHead, write_log
from tests.integration.street import Running, Tablet, enrolled, held, serving
from ui.cli import export_log


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("street") / "office") as found:
        yield found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "gate"


@pytest.fixture
def tablet(running: Running, folder: Path) -> Iterator[Tablet]:
    found = enrolled(running, folder)
    found.record(20)
    yield found
    found.close()


def device_key(folder: Path) -> Callable[[bytes], bytes]:
    sign = GateKeys(DemoKeyStore(folder / "keys")).signer()
    assert callable(sign)
    return sign


def log_file(tablet: Tablet, target: Path, sign: Callable[[bytes], bytes]) -> Path:
    """What `gate-kiosk export-log --unsent` writes."""
    events = tablet.store.outgoing(tablet.store.sync_state().acked_seq, 1_000, 1 << 20)
    head = LogHead(
        format=FORMAT, kind=LOG_KIND, device=tablet.identity.device, gate=tablet.identity.gate, epoch=1,
        first=events[0].seq, last=events[-1].seq, base=events[0].prev, made_at_ms=events[-1].at_ms, program="test",
    )  # fmt: skip
    body = (CarriedEvent(c=event.canon, h=event.hash) for event in events)
    target.write_bytes(b"".join(write_log(head, body, sign)))
    return target


def exported(folder: Path, to: Path, *, redacted: bool) -> Path:
    """What `gate-kiosk export-log --unsent [--redacted]` writes."""
    to.mkdir(exist_ok=True)
    export_log.command(to=to, unsent=True, redacted=redacted, data=folder)
    (file,) = to.glob("*.ghlog")
    return file


def remark_at_office(running: Running, tablet: Tablet, seq: int) -> bytes | None:
    """The personal part of an event as the office holds it."""
    with running.office.database.reading() as tx:
        (kept,) = running.office.events.log(tx, tablet.identity.device, 1, seq - 1, limit=1)
        return running.office.events.personal(tx, kept)


def taken(running: Running, file: Path) -> Imported | ImportFault:
    return import_log(running.office, running.home.keys.service().seal, file)


def device(running: Running, tablet: Tablet) -> Device:
    with running.office.database.reading() as tx:
        found = running.office.devices.get(tx, tablet.identity.device)
    assert found is not None
    return found


def carried_in(running: Running, tablet: Tablet) -> CarriedIn:
    return CarriedIn(tablet.store, tablet.identity, running.home.keys.roots())


def test_a_log_on_a_stick_is_taken_once_however_often_it_comes(
    running: Running, tablet: Tablet, folder: Path, tmp_path: Path
) -> None:
    file = log_file(tablet, tmp_path / "one.ghlog", device_key(folder))
    first, again = taken(running, file), taken(running, file)
    assert isinstance(first, Imported)
    assert isinstance(again, Imported)
    assert (first.new, first.known, first.quarantined) == (20, 0, 0)
    assert (again.new, again.known, again.quarantined) == (0, 20, 0)
    assert tablet.line.run_until_idle(), "and the network brings nothing twice"
    assert held(running, tablet) == list(range(1, 22))


def test_the_reply_acknowledges_and_brings_the_lists(
    running: Running, tablet: Tablet, folder: Path, tmp_path: Path
) -> None:
    taken(running, log_file(tablet, tmp_path / "one.ghlog", device_key(folder)))
    reply = tmp_path / "one.ghreply"
    write_carried_reply(running.office, device(running, tablet), reply)
    assert tablet.store.sync_state().pending == 20
    found = carried_in(running, tablet).reply(lambda: pieces_of(reply))
    assert isinstance(found, TakenIn)
    assert found.acknowledged == 20
    assert found.rows > 0
    assert tablet.store.sync_state().pending == 0
    older = carried_in(running, tablet).reply(lambda: pieces_of(reply))
    assert isinstance(older, TakenIn)
    assert older.older


def test_a_reply_for_another_tablet_is_not_taken(running: Running, tablet: Tablet, tmp_path: Path) -> None:
    other = enrolled(running, tmp_path / "other", "G02")
    reply = tmp_path / "other.ghreply"
    write_carried_reply(running.office, device(running, other), reply)
    other.close()
    assert carried_in(running, tablet).reply(lambda: pieces_of(reply)) is CarriedFault.OTHER_OFFICE


@pytest.mark.parametrize("cut", [10, 200, -9])
def test_a_stick_taken_out_half_way_brings_nothing(
    cut: int, running: Running, tablet: Tablet, folder: Path, tmp_path: Path
) -> None:
    file = log_file(tablet, tmp_path / "one.ghlog", device_key(folder))
    file.write_bytes(file.read_bytes()[:cut])
    assert taken(running, file) is ImportFault.UNREADABLE
    assert held(running, tablet) == [1]


def test_a_log_changed_on_the_way_brings_nothing(
    running: Running, tablet: Tablet, folder: Path, tmp_path: Path
) -> None:
    file = log_file(tablet, tmp_path / "one.ghlog", device_key(folder))
    file.write_bytes(gzip.compress(gzip.decompress(file.read_bytes()).replace(b"BATTERY", b"battery")))
    assert taken(running, file) is ImportFault.UNREADABLE


def test_a_log_that_its_device_did_not_sign_brings_nothing(running: Running, tablet: Tablet, tmp_path: Path) -> None:
    stranger = Ed25519PrivateKey.generate()
    assert taken(running, log_file(tablet, tmp_path / "one.ghlog", stranger.sign)) is ImportFault.SIGNATURE


def test_a_sister_gates_log_says_where_it_was_heard_and_no_more(
    running: Running, tablet: Tablet, folder: Path, tmp_path: Path
) -> None:
    file = log_file(tablet, tmp_path / "one.ghlog", device_key(folder))
    sister = enrolled(running, tmp_path / "sister", "G02")
    assert sister.line.run_until_idle()
    before = [row for row in sister.store.rows() if row.ENTITY not in {"sighting", "gate_heard"}]
    found = carried_in(running, sister).sister_log(lambda: pieces_of(file))
    after = [row for row in sister.store.rows() if row.ENTITY not in {"sighting", "gate_heard"}]
    heard = [row for row in sister.store.rows() if row.ENTITY == "gate_heard"]
    sister.close()
    assert isinstance(found, TakenIn)
    assert len(heard) == 1
    assert after == before


def test_a_list_as_a_file_passes_the_same_rules(running: Running, tablet: Tablet) -> None:
    into = carried_in(running, tablet)
    now_s = running.office.clock.wall_ms() // 1000
    with running.office.database.reading() as tx:
        whole = running.office.revocations.whole(tx)
    assert whole is not None
    assert into.signed_list(whole[1], now_s) == TakenIn(1)
    assert into.signed_list(b"\x00" + whole[1], now_s) is CarriedFault.REFUSED


REMARK = "王门长说柜子没锁"


@pytest.fixture
def remarked(tablet: Tablet) -> Tablet:
    """Events 2 to 21, a remark with a personal part at 22, and events 23 to 25."""
    tablet.record(1, remark=REMARK)
    tablet.record(3)
    return tablet


def test_a_redacted_log_is_never_a_receipt_for_what_it_leaves_out(
    running: Running, remarked: Tablet, folder: Path, tmp_path: Path
) -> None:
    found = taken(running, exported(folder, tmp_path / "usb", redacted=True))
    assert isinstance(found, Imported)
    assert (found.new, found.withheld, found.quarantined) == (23, 1, 0)
    reply = tmp_path / "one.ghreply"
    write_carried_reply(running.office, device(running, remarked), reply)
    carried_in(running, remarked).reply(lambda: pieces_of(reply))
    assert remarked.store.sync_state().acked_seq == 21, "the gate still keeps the remark for the office"
    assert remarked.line.run_until_idle(), "and the line brings it whole, with what comes after it"
    assert held(running, remarked) == list(range(1, 26))
    assert REMARK in (remark_at_office(running, remarked, 22) or b"").decode()
    assert remarked.store.sync_state().pending == 0


def test_a_sealed_log_fills_what_a_redacted_one_left_out(
    running: Running, remarked: Tablet, folder: Path, tmp_path: Path
) -> None:
    redacted = exported(folder, tmp_path / "redacted", redacted=True)
    taken(running, redacted)
    whole = taken(running, exported(folder, tmp_path / "sealed", redacted=False))
    again = taken(running, redacted)
    assert isinstance(whole, Imported)
    assert isinstance(again, Imported)
    assert (whole.new, whole.withheld) == (1, 0)
    assert (again.new, again.known, again.withheld) == (0, 24, 0), "what is held whole already is known"
    assert device(running, remarked).acked_seq == 25
    assert REMARK in (remark_at_office(running, remarked, 22) or b"").decode()


def test_a_part_sealed_to_a_key_that_is_not_here_is_not_received(
    running: Running, remarked: Tablet, folder: Path, tmp_path: Path
) -> None:
    found = import_log(running.office, X25519PrivateKey.generate(), exported(folder, tmp_path / "usb", redacted=False))
    assert isinstance(found, Imported)
    assert (found.new, found.withheld) == (23, 1)
    assert device(running, remarked).acked_seq == 21
