# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Trust (信任): signatures, key bundle, device list, revocation lists, signed statements, sealing of personal fields.

Pure functions of bytes: times, nonces, salts and keys are arguments (design: pass-format.md 5-6, trust.md 5-6).
"""

from kiosk.domain.trust.bundle import (
    CompoundSite,
    KeyBundle,
    KeyKind,
    OfficeKey,
    accept_bundle,
    is_practice,
    key_bundle,
    read_bundle,
    read_unpinned_bundle,
    root_kid,
    sign_bundle,
)
from kiosk.domain.trust.carrying import open_sealed, seal_to
from kiosk.domain.trust.deltas import RevocationDelta, accept_delta, apply_delta, delta_between, read_delta, sign_delta
from kiosk.domain.trust.devices import DeviceList, GateDevice, accept_devices, device_list, read_devices, sign_devices
from kiosk.domain.trust.envelope import Purpose, Sign, sign_envelope
from kiosk.domain.trust.revocations import (
    Block,
    RevocationKind,
    RevocationList,
    accept_snapshot,
    pack_entries,
    read_snapshot,
    sign_snapshot,
)
from kiosk.domain.trust.sealing import (
    DataKey,
    Sealed,
    personal_commitment,
    row_aad,
    seal,
    unpacked,
    unseal,
    unwrap_data_key,
    wrap_data_key,
)
from kiosk.domain.trust.sign1 import Sign1Error, Sign1Reason, verify_sign1
from kiosk.domain.trust.statements import (
    EnrolProof,
    Head,
    LogSeal,
    Order,
    Receipt,
    ReplySeal,
    SnapshotSeal,
    Statement,
    canonical_json,
    signed_bytes,
)
from kiosk.domain.trust.versions import Refusal, Stored, judge_version, next_version
from kiosk.domain.trust.weak import is_weak, strong_key

__all__ = [
    "Block",
    "CompoundSite",
    "DataKey",
    "DeviceList",
    "EnrolProof",
    "GateDevice",
    "Head",
    "KeyBundle",
    "KeyKind",
    "LogSeal",
    "OfficeKey",
    "Order",
    "Purpose",
    "Receipt",
    "Refusal",
    "ReplySeal",
    "RevocationDelta",
    "RevocationKind",
    "RevocationList",
    "Sealed",
    "Sign",
    "Sign1Error",
    "Sign1Reason",
    "SnapshotSeal",
    "Statement",
    "Stored",
    "accept_bundle",
    "accept_delta",
    "accept_devices",
    "accept_snapshot",
    "apply_delta",
    "canonical_json",
    "delta_between",
    "device_list",
    "is_practice",
    "is_weak",
    "judge_version",
    "key_bundle",
    "next_version",
    "open_sealed",
    "pack_entries",
    "personal_commitment",
    "read_bundle",
    "read_delta",
    "read_devices",
    "read_snapshot",
    "read_unpinned_bundle",
    "root_kid",
    "row_aad",
    "seal",
    "seal_to",
    "sign_bundle",
    "sign_delta",
    "sign_devices",
    "sign_envelope",
    "sign_snapshot",
    "signed_bytes",
    "strong_key",
    "unpacked",
    "unseal",
    "unwrap_data_key",
    "verify_sign1",
    "wrap_data_key",
]
