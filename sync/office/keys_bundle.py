# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Putting the key bundle together and signing it with a root, kept offline but for this (pass-format.md section 5)."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kiosk.domain.identity import CommitteeId
from kiosk.domain.trust.bundle import CompoundSite, KeyBundle, key_bundle, read_bundle, sign_bundle
from kiosk.domain.trust.versions import Refusal, next_version
from sync.office.keys import DAY_S, KeyFault, KeyFolder, SigningKey, write_public

NEXT_UPDATE_S = 30 * DAY_S
HARD_EXPIRY_S = 90 * DAY_S
FILE = "bundle.cose"


def current_bundle(folder: KeyFolder) -> tuple[bytes, KeyBundle] | None:
    """The signed bundle in force and what it says, or None before the first. Raises `KeyFault` for a damaged one."""
    path = _path(folder)
    if not path.exists():
        return None
    data = path.read_bytes()
    bundle = read_bundle(data, folder.roots())
    if isinstance(bundle, Refusal):
        damaged = f"{FILE}: {bundle.value}"
        raise KeyFault(damaged)
    return data, bundle


def make_bundle(
    folder: KeyFolder,
    root: SigningKey,
    sites: Iterable[CompoundSite],
    of_committee: Mapping[CommitteeId, Iterable[int]],
    now_s: int,
) -> bytes:
    """A new bundle of all registered keys and compounds, signed, written, read back. The version only goes up.

    `of_committee`: numbers of the compounds of each committee. Raises `KeyFault` if what was signed does not verify.
    """
    before = current_bundle(folder)
    version = next_version(now_s, None if before is None else before[1].version)
    bundle = key_bundle(
        version, now_s, now_s + NEXT_UPDATE_S, now_s + HARD_EXPIRY_S, folder.office_keys(of_committee), sites
    )
    data = sign_bundle(bundle, root.public, root.sign)
    problem = read_bundle(data, folder.roots())
    if isinstance(problem, Refusal):
        refused = f"the bundle would be refused: {problem.value}"
        raise KeyFault(refused)
    write_public(_path(folder), data)
    return data


def _path(folder: KeyFolder) -> Path:
    return folder.folder / FILE
