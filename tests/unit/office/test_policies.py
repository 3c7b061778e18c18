# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Publishing a policy: what is refused, and what is said to the person who drafted it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.domain.instants import DAY_MS
from kiosk.domain.policy_text import renamed, with_parameter
from sync.office.service.policies import Draft, Policies, PolicyRefused
from sync.street.building import Street
from sync.street.given import build_street
from sync.street.scenario import Scenario
from tests.unit.domain.policies import shipped_text

TEXT = shipped_text("2020-02-14")


@pytest.fixture
def street(tmp_path: Path) -> Street:
    """A street of one gate, with the shipped policies in force."""
    return build_street(Scenario(tmp_path / "x.toml", "policies", "policies", {}), tmp_path)


def judged(street: Street, text: str) -> Draft | PolicyRefused:
    office = street.office
    policies = Policies(office.book, office.audit, street.signer.sign_policy)
    with office.database.reading() as tx:
        return policies.judge(tx, text, street.now_ms)


def test_a_draft_says_what_it_would_change(street: Street) -> None:
    text = renamed(with_parameter(TEXT, "fever_tenths", 371), "warmer", street.now_ms + DAY_MS)
    draft = judged(street, text)
    assert isinstance(draft, Draft)
    assert draft.against == "2020-02-14"
    assert [change.words for change in draft.changes] == ["居民,额温 37.1℃", "居民,额温 37.2℃"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda _: TEXT, "version"),
        (lambda street: renamed(TEXT, "late", street.now_ms - 1000), "effective_from"),
        (
            lambda street: renamed(with_parameter(TEXT, "low_tenths", 373), "low", street.now_ms + DAY_MS),
            "params.low_tenths",
        ),
        (
            lambda street: renamed(with_parameter(TEXT, "expired_grace_days", 60), "grace", street.now_ms + DAY_MS),
            None,
        ),
        (
            lambda street: renamed(TEXT, "off", street.now_ms + DAY_MS).replace(
                "[params]", 'rules_off = ["R12"]\n\n[params]', 1
            ),
            None,
        ),
    ],
    ids=["same name", "past hour", "nothing normal", "long grace", "rule off"],
)
def test_a_draft_that_contradicts_itself_or_the_others_is_refused(
    street: Street, change: Callable[[Street], str], key: str | None
) -> None:
    found = judged(street, change(street))
    if key is None:
        assert isinstance(found, Draft)
    else:
        assert isinstance(found, PolicyRefused)
        assert found.key == key


def test_a_published_version_reaches_the_gate_with_its_next_sync_and_counts_from_its_hour(street: Street) -> None:
    office = street.office
    policies = Policies(office.book, office.audit, street.signer.sign_policy)
    text = renamed(with_parameter(TEXT, "rest_s", 60), "演示", street.now_ms + DAY_MS)
    with office.database.writing() as tx:
        policies.publish(tx, text, street.now_ms, by="two persons")
    gate = street.gates["G01"].app
    assert gate.facts.policy_at(street.now_ms + DAY_MS).version == "2020-02-14"
    street.sync(None)
    assert gate.facts.policy_at(street.now_ms + DAY_MS - 1).version == "2020-02-14"
    assert gate.facts.policy_at(street.now_ms + DAY_MS).version == "演示"
    street.close()


def test_a_compounds_own_version_counts_from_its_hour_and_until_then_the_streets(street: Street) -> None:
    office = street.office
    policies = Policies(office.book, office.audit, street.signer.sign_policy)
    with office.database.writing() as tx:
        policies.publish(tx, renamed(TEXT, "全街道", street.now_ms + DAY_MS), street.now_ms, by="two persons")
        own = renamed(TEXT, "本小区", street.now_ms + 2 * DAY_MS)
        policies.publish(tx, own, street.now_ms, by="two persons", compound=street.gates["G01"].app.facts.gate.compound)
    street.sync(None)
    at = street.gates["G01"].app.facts.policy_at
    versions = [at(street.now_ms + days * DAY_MS + 1).version for days in range(3)]
    # the shipped version of 24 March does not go before a compound's own
    assert [*versions, at(street.now_ms + 60 * DAY_MS).version] == ["2020-02-14", "全街道", "本小区", "本小区"]
    street.close()
