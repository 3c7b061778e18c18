# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The two shipped policies, and variants of them."""

from pathlib import Path

import assets
from kiosk.domain.admission import RULE_IDS
from kiosk.domain.policy import Policy, parse_policy, with_param

_FOLDER = Path(assets.__file__).parent / "policies"


def shipped(version: str) -> Policy:
    """A shipped policy by its version."""
    return parse_policy((_FOLDER / f"{version}.toml").read_text(encoding="utf-8"), RULE_IDS)


def shipped_text(version: str) -> str:
    """The file as it is."""
    return (_FOLDER / f"{version}.toml").read_text(encoding="utf-8")


A = shipped("2020-02-14")
B = shipped("2020-03-24")


def changed(policy: Policy, **params: object) -> Policy:
    """A policy with some parameters changed."""
    for name, value in params.items():
        policy = with_param(policy, name, value, f"{policy.version}+")
    return policy
