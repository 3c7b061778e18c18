# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Key bundle and device list: only a whole, newer, rightly signed one takes the old one's place (pass-format.md 5)."""

from collections.abc import Callable
from typing import Any

import cbor2
import pytest

from kiosk.domain.identity import DeviceId, GateId
from kiosk.domain.trust import (
    CompoundSite,
    GateDevice,
    KeyBundle,
    KeyKind,
    OfficeKey,
    Purpose,
    Refusal,
    Stored,
    accept_bundle,
    accept_devices,
    is_practice,
    judge_version,
    next_version,
    read_bundle,
    read_devices,
    read_unpinned_bundle,
    root_kid,
    sign_bundle,
    sign_devices,
    sign_envelope,
)
from kiosk.domain.trust.envelope import to_be_signed
from tests.unit.trust.street import (
    DAY,
    DEVICES,
    HARD_EXPIRY,
    HOUR,
    ISSUER,
    KEYS,
    LIST,
    NOW,
    POLICY,
    ROOT,
    SINCE,
    SITES,
    SPARE,
    UNTIL,
    bundle,
    devices,
    office,
    private,
    public,
)

ROOTS = (ROOT, SPARE)
SIGNED = sign_bundle(bundle(), ROOT, private("root").sign)
SIGNED_DEVICES = sign_devices(devices(), LIST, private(LIST.hex()).sign)
Change = Callable[[dict[int, Any]], object]


def resigned(change: Change, data: bytes = SIGNED, purpose: Purpose = Purpose.KEY_BUNDLE) -> bytes:
    """The list with a changed payload, under a good signature."""
    payload = cbor2.loads(cbor2.loads(data)[2])
    change(payload)
    if purpose is Purpose.KEY_BUNDLE:
        return sign_envelope(cbor2.dumps(payload), root_kid(ROOT), purpose, private("root").sign)
    return sign_envelope(cbor2.dumps(payload), LIST, purpose, private(LIST.hex()).sign)


def test_a_signed_bundle_is_read_as_it_was_made() -> None:
    found = read_bundle(SIGNED, ROOTS)
    assert isinstance(found, KeyBundle)
    assert dict(found.keys) == {key.kid: key for key in KEYS}
    assert dict(found.sites) == {site.number: site for site in SITES}
    assert (found.version, found.issued, found.hard_expiry) == (SINCE, SINCE, HARD_EXPIRY)
    assert found.site_of(GateId("G05")) == SITES[2]
    assert found.site_of(GateId("G99")) is None
    assert sign_bundle(found, ROOT, private("root").sign) == SIGNED


def test_either_pinned_root_may_sign() -> None:
    spare = sign_bundle(bundle(), SPARE, private("spare").sign)
    assert isinstance(read_bundle(spare, ROOTS), KeyBundle)
    assert read_bundle(spare, (ROOT,)) is Refusal.WRONG_SIGNER


def test_a_bundle_without_pinned_root_can_be_looked_at_but_not_broken() -> None:
    assert isinstance(read_unpinned_bundle(SIGNED), KeyBundle)
    assert read_unpinned_bundle(SIGNED[:-1]) is Refusal.MALFORMED


def first_key(payload: dict[int, Any]) -> dict[int, Any]:
    key: dict[int, Any] = payload[5][0]
    return key


WEAK = [
    "01" + "00" * 31,  # the identity
    "01" + "00" * 30 + "80",
    "00" * 32,
    "ec" + "ff" * 30 + "7f",  # p - 1
    "ed" + "ff" * 30 + "7f",  # p
    "ff" * 32,
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]

BUNDLE_ATTACKS: list[tuple[str, Refusal, Change]] = [
    ("duplicate kid", Refusal.DUPLICATE_KID, lambda p: p[5].append(dict(p[5][0]))),
    ("office kid on an issuer", Refusal.KIND, lambda p: first_key(p).update({1: b"\xf5"})),
    ("issuer kid on a list key", Refusal.KIND, lambda p: first_key(p).update({3: 3})),
    ("kid 0", Refusal.KIND, lambda p: first_key(p).update({1: b"\x00"})),
    ("gate kind", Refusal.KIND, lambda p: first_key(p).update({3: 2})),
    ("kind 6", Refusal.MALFORMED, lambda p: first_key(p).update({3: 6})),
    ("private half attached", Refusal.PRIVATE_KEY, lambda p: first_key(p).update({2: bytes(64)})),
    ("COSE private parameter", Refusal.PRIVATE_KEY, lambda p: first_key(p).update({-4: bytes(32)})),
    ("unknown field of a key", Refusal.UNKNOWN_FIELD, lambda p: first_key(p).update({8: 1})),
    ("unknown field", Refusal.UNKNOWN_FIELD, lambda p: p.update({7: 1})),
    ("unknown field of a site", Refusal.UNKNOWN_FIELD, lambda p: p[6][0].update({5: 1})),
    ("missing field", Refusal.MALFORMED, lambda p: p.pop(4)),
    ("kid of two bytes", Refusal.MALFORMED, lambda p: first_key(p).update({1: b"\x00\x01"})),
    ("key of 31 bytes", Refusal.MALFORMED, lambda p: first_key(p).update({2: bytes(31)})),
    ("key as text", Refusal.MALFORMED, lambda p: first_key(p).update({2: "k" * 32})),
    ("status 2", Refusal.MALFORMED, lambda p: first_key(p).update({7: 2})),
    ("status true", Refusal.MALFORMED, lambda p: first_key(p).update({7: True})),
    ("keys as a map", Refusal.MALFORMED, lambda p: p.update({5: {}})),
    ("key as a list", Refusal.MALFORMED, lambda p: p.update({5: [[]]})),
    ("float", Refusal.MALFORMED, lambda p: p.update({1: 1.0})),
    ("milliseconds", Refusal.MALFORMED, lambda p: p.update({1: NOW * 1000})),
    ("site 0", Refusal.MALFORMED, lambda p: p[6][0].update({1: 0})),
    ("site twice", Refusal.MALFORMED, lambda p: p[6].append(dict(p[6][0]))),
    ("site without gate", Refusal.MALFORMED, lambda p: p[6][0].update({3: []})),
    ("nine gates", Refusal.MALFORMED, lambda p: p[6][0].update({3: [f"G{n}" for n in range(9)]})),
    ("gate twice", Refusal.MALFORMED, lambda p: p[6][0].update({3: ["G01", "G01"]})),
    ("empty gate id", Refusal.MALFORMED, lambda p: p[6][0].update({3: [""]})),
    ("name as bytes", Refusal.MALFORMED, lambda p: p[6][0].update({4: b"x"})),
    ("scope of a site too large", Refusal.MALFORMED, lambda p: first_key(p).update({6: [10_000]})),
    *(
        (f"weak key {n}", Refusal.WEAK_KEY, lambda p, k=k: first_key(p).update({2: bytes.fromhex(k)}))
        for n, k in enumerate(WEAK)
    ),
]


@pytest.mark.parametrize(("expected", "change"), [pytest.param(*row[1:], id=row[0]) for row in BUNDLE_ATTACKS])
def test_a_bundle_with_one_bad_entry_is_refused_as_a_whole(expected: Refusal, change: Change) -> None:
    assert read_bundle(resigned(change), ROOTS) is expected


def test_a_bundle_of_another_form_or_signer_is_refused() -> None:
    payload = cbor2.loads(SIGNED)[2]
    assert read_bundle(b"", ROOTS) is Refusal.MALFORMED
    assert read_bundle(SIGNED + b"\x00", ROOTS) is Refusal.MALFORMED
    assert read_bundle(b"\xd2" + SIGNED, ROOTS) is Refusal.MALFORMED
    assert read_bundle(SIGNED[:-1] + bytes([SIGNED[-1] ^ 1]), ROOTS) is Refusal.SIGNATURE
    assert read_bundle(sign_bundle(bundle(), ROOT, private("thief").sign), ROOTS) is Refusal.SIGNATURE
    assert read_bundle(SIGNED, ()) is Refusal.WRONG_SIGNER
    as_pass = sign_envelope(payload, root_kid(ROOT), Purpose.PASS, private("root").sign)
    assert read_bundle(as_pass, ROOTS) is Refusal.SIGNATURE
    protected = cbor2.dumps({1: -7, 4: root_kid(ROOT)})
    signature = private("root").sign(to_be_signed(protected, b"EPK1", payload))
    assert read_bundle(cbor2.dumps([protected, {}, payload, signature]), ROOTS) is Refusal.MALFORMED


def test_a_weak_root_signs_nothing() -> None:
    weak = bytes.fromhex(WEAK[0])
    forged = sign_bundle(bundle(), weak, lambda _: bytes(64))
    assert read_bundle(forged, (weak,)) is Refusal.WRONG_SIGNER


def test_a_bundle_whose_maps_are_out_of_order_is_refused() -> None:
    payload = cbor2.loads(cbor2.loads(SIGNED)[2])
    turned = dict(reversed(payload.items()))
    data = sign_envelope(cbor2.dumps(turned), root_kid(ROOT), Purpose.KEY_BUNDLE, private("root").sign)
    assert read_bundle(data, ROOTS) is Refusal.MALFORMED


def test_an_expired_bundle_is_refused_by_a_trusted_clock_only() -> None:
    assert accept_bundle(SIGNED, ROOTS, None, HARD_EXPIRY, clock_ok=True) is Refusal.EXPIRED
    assert isinstance(accept_bundle(SIGNED, ROOTS, None, HARD_EXPIRY, clock_ok=False), KeyBundle)
    assert isinstance(accept_bundle(SIGNED, ROOTS, None, HARD_EXPIRY - 1, clock_ok=True), KeyBundle)
    assert accept_bundle(b"", ROOTS, None, NOW, clock_ok=True) is Refusal.MALFORMED


def test_an_old_bundle_played_again_after_a_leak_is_refused() -> None:
    old = read_bundle(SIGNED, ROOTS)
    new = sign_bundle(bundle(*KEYS[1:], version=NOW), ROOT, private("root").sign)
    found = accept_bundle(new, ROOTS, old.stored if isinstance(old, KeyBundle) else None, NOW, clock_ok=True)
    assert isinstance(found, KeyBundle)
    assert accept_bundle(SIGNED, ROOTS, found.stored, NOW, clock_ok=True) is Refusal.OLDER
    assert accept_bundle(new, ROOTS, found.stored, NOW, clock_ok=True) is Refusal.SAME
    other = sign_bundle(bundle(*KEYS[2:], version=NOW), ROOT, private("root").sign)
    assert accept_bundle(other, ROOTS, found.stored, NOW, clock_ok=True) is Refusal.DIFFERENT


# ------------------------------------------------------------------------------------------------------- versions

V = Stored(NOW, b"a" * 32)


@pytest.mark.parametrize(
    ("new", "stored", "clock_ok", "expected"),
    [
        (V, None, True, None),
        (V, Stored(NOW - 1, b""), True, None),
        (V, V, True, Refusal.SAME),
        (V, Stored(NOW, b"b" * 32), True, Refusal.DIFFERENT),
        (V, Stored(NOW + 1, b""), True, Refusal.OLDER),
        (Stored(NOW + DAY, b""), V, True, None),
        (Stored(NOW + DAY + 1, b""), V, True, Refusal.AHEAD),
        (Stored(NOW + DAY + 1, b""), None, True, Refusal.AHEAD),
        (Stored(NOW + DAY + 1, b""), V, False, None),
    ],
)
def test_lists_never_go_backwards(new: Stored, stored: Stored | None, clock_ok: bool, expected: Refusal | None) -> None:
    assert judge_version(new, stored, NOW, clock_ok=clock_ok) is expected


def test_the_next_version_goes_forward_even_on_a_restored_server() -> None:
    assert next_version(NOW, None) == NOW
    assert next_version(NOW, NOW - 1) == NOW
    assert next_version(NOW, NOW) == NOW + 1
    assert next_version(NOW, NOW + 500) == NOW + 501


def test_only_a_repetition_is_silent_and_only_misfits_of_a_delta_fetch_the_whole() -> None:
    assert [refusal for refusal in Refusal if not refusal.alarm] == [Refusal.SAME]
    assert [refusal for refusal in Refusal if refusal.fetch_snapshot] == [Refusal.BASE, Refusal.MISSING, Refusal.RESULT]


# ------------------------------------------------------------------------------------------------------- device list


def test_a_signed_device_list_is_read_as_it_was_made() -> None:
    found = accept_devices(SIGNED_DEVICES, bundle(), None, NOW, clock_ok=True)
    assert not isinstance(found, Refusal)
    assert dict(found.devices) == {device.kid: device for device in DEVICES}
    assert accept_devices(SIGNED_DEVICES, bundle(), found.stored, NOW, clock_ok=True) is Refusal.SAME
    older = sign_devices(devices(version=NOW - 2 * HOUR), LIST, private(LIST.hex()).sign)
    assert accept_devices(older, bundle(), found.stored, NOW, clock_ok=True) is Refusal.OLDER


def first_device(payload: dict[int, Any]) -> dict[int, Any]:
    device: dict[int, Any] = payload[4][0]
    return device


DEVICE_ATTACKS: list[tuple[str, Refusal, Change]] = [
    ("duplicate kid", Refusal.DUPLICATE_KID, lambda p: p[4].append(dict(p[4][0]))),
    ("weak key", Refusal.WEAK_KEY, lambda p: first_device(p).update({2: bytes.fromhex(WEAK[0])})),
    ("private half attached", Refusal.PRIVATE_KEY, lambda p: first_device(p).update({2: bytes(64)})),
    ("kid of one byte", Refusal.MALFORMED, lambda p: first_device(p).update({1: b"\x01"})),
    ("short device id", Refusal.MALFORMED, lambda p: first_device(p).update({3: b"\x01"})),
    ("unknown field", Refusal.UNKNOWN_FIELD, lambda p: first_device(p).update({7: 1})),
    ("before 2020", Refusal.MALFORMED, lambda p: p.update({1: 1})),
    ("null", Refusal.MALFORMED, lambda p: p.update({4: None})),
    ("issued after the key's window", Refusal.WRONG_SIGNER, lambda p: p.update({2: UNTIL + 1})),
]


@pytest.mark.parametrize(("expected", "change"), [pytest.param(*row[1:], id=row[0]) for row in DEVICE_ATTACKS])
def test_a_device_list_with_one_bad_entry_is_refused_as_a_whole(expected: Refusal, change: Change) -> None:
    data = resigned(change, SIGNED_DEVICES, Purpose.DEVICE_LIST)
    assert accept_devices(data, bundle(), None, NOW, clock_ok=True) is expected


@pytest.mark.parametrize("kid", [ISSUER, POLICY, b"\xee"], ids=["issuer", "policy key", "nobody"])
def test_only_a_list_key_signs_lists(kid: bytes) -> None:
    assert read_devices(sign_devices(devices(), kid, private(kid.hex()).sign), bundle()) is Refusal.WRONG_SIGNER


def test_a_withdrawn_list_key_or_another_form_signs_nothing() -> None:
    withdrawn = bundle(office(LIST, KeyKind.LIST, revoked=True))
    assert read_devices(SIGNED_DEVICES, withdrawn) is Refusal.WRONG_SIGNER
    assert read_devices(SIGNED_DEVICES[:-1], bundle()) is Refusal.MALFORMED
    assert read_devices(sign_devices(devices(), LIST, private("thief").sign), bundle()) is Refusal.SIGNATURE


# ------------------------------------------------------------------------------------------------------- values


def test_signers_are_found_by_kid_kind_and_window() -> None:
    keys = bundle(office(LIST, KeyKind.LIST), office(POLICY, KeyKind.POLICY, revoked=True))
    assert keys.signer(LIST, KeyKind.LIST, NOW) is not None
    assert keys.signer(LIST, KeyKind.RECEIPT, NOW) is None
    assert keys.signer(LIST, KeyKind.LIST, UNTIL + 1) is None
    assert keys.signer(POLICY, KeyKind.POLICY, NOW) is None
    assert keys.signer(b"\xfe", KeyKind.LIST, NOW) is None


def test_practice_kids_are_a_range_of_their_own() -> None:
    assert [is_practice(bytes([kid])) for kid in (0xDF, 0xE0, 0xEF, 0xF0)] == [False, True, True, False]
    assert not is_practice(b"\xe0\xe0")


def test_a_weak_key_makes_no_value() -> None:
    weak = bytes.fromhex(WEAK[0])
    with pytest.raises(ValueError, match="weak"):
        OfficeKey(LIST, weak, KeyKind.LIST, SINCE, UNTIL)
    with pytest.raises(ValueError, match="weak"):
        GateDevice(b"\x00\x01", weak, DeviceId("00" * 16), 12, GateId("G01"))
    assert CompoundSite(1, SITES[0].compound, SITES[0].gates, "").full_mask == 0b111
    assert public("root") == ROOT
