# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Policies are data; a bad file is refused whole, with line and key."""

import datetime as dt

import pytest

from kiosk.domain.admission import RULE_IDS
from kiosk.domain.instants import SHANGHAI, ms_of
from kiosk.domain.policy import BadPolicy, clash, in_force, parse_policy, with_param
from tests.unit.domain.policies import A, B, shipped_text

TEXT = shipped_text("2020-02-14")


def test_the_newest_version_that_has_begun_is_in_force() -> None:
    def at(when: str) -> str:
        policy = in_force((B, A), ms_of(dt.datetime.fromisoformat(when).replace(tzinfo=SHANGHAI)))
        assert policy is not None
        return policy.version

    assert at("2020-03-23T23:59:59") == "2020-02-14"
    assert at("2020-03-24") == "2020-03-24"
    assert in_force((A,), 0) is None


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("low_tenths = 350", "low_tenths = 370", None),
        ("low_tenths = 350", "low_tenths = 380", "params.low_tenths"),
        ("plausible_min = 320", "plausible_min = 350", "params.plausible_min"),
        ("fever_tenths = 373", "fever_tenths = 37.3", "params.fever_tenths"),
        ("fever_tenths = 373", "fever_tenths = 340", "params.fever_tenths"),
        ("rest_s = 300", "rest_s = 1800", "params.recheck_expires_s"),
        ("rest_s = 300", "", "params.rest_s"),
        ("rest_s = 300", "rest_s = 300\nrest = 1", "params.rest"),
        ('outsiders = "CLOSED"', 'outsiders = "OPEN"', "params.outsiders"),
        ('count_rule = "NEXT_DAY"', "count_rule = true", "params.count_rule"),
        ("list_hard_h = 96", "list_hard_h = 12", "params.list_hard_h"),
        ("list_hard_h = 96", "list_hard_h = 169", "params.list_hard_h"),
        ('code = "420000"', 'code = "42"', "region.code"),
        ("to = 2020-03-21", "to = 2020-03-01", "region.to"),
        ("effective_from = 2020-02-14T00:00:00+08:00", "effective_from = 2020-02-14T00:00:00", "effective_from"),
        ("effective_from = 2020-02-14T00:00:00+08:00", 'effective_from = "soon"', "effective_from"),
        ('version = "2020-02-14"', 'version = ""', "version"),
        ('version = "2020-02-14"', 'version = "x"\nrules_off = ["R98"]', "rules_off"),
        ('version = "2020-02-14"', 'version = "x"\nrules_off = ["R99"]', "rules_off"),
        ('version = "2020-02-14"', 'version = "x"\nrules_off = ["R07"]', "rules_off"),
        ("temp_texts = {}", 'temp_texts = { R25 = "a" }', "params.temp_texts.R25"),
        (
            "no_pass_alert = { times = 3, days = 7 }",
            "no_pass_alert = { times = 0, days = 7 }",
            "params.no_pass_alert.times",
        ),
        ('night_closure = "off"', 'night_closure = "late"', "params.night_closure"),
        ("[params]", "[params", "TOML"),
    ],
)
def test_a_bad_file_is_refused_whole_with_line_and_key(old: str, new: str, key: str | None) -> None:
    text = TEXT.replace(old, new, 1)
    assert text != TEXT
    if key is None:
        parse_policy(text, RULE_IDS)
        return
    with pytest.raises(BadPolicy) as refused:
        parse_policy(text, RULE_IDS)
    assert refused.value.key == key
    assert refused.value.line > 0


def test_texts_of_a_policy_come_in_both_languages() -> None:
    text = TEXT + '\n[texts.zh_CN]\n"measure.again" = "请再测"\n'
    with pytest.raises(BadPolicy, match="both languages"):
        parse_policy(text, RULE_IDS)


def test_one_changed_parameter_is_a_new_version() -> None:
    new = with_param(A, "rest_s", 20, "演示")
    assert (new.version, new.params.rest_s, A.params.rest_s) == ("演示", 20, 300)
    assert clash(new, (A, B)) == "2020-02-14"
    with pytest.raises(BadPolicy):
        with_param(A, "rest", 20, "x")


def test_origin_or_transit_counts_by_the_list_of_the_day_of_arrival() -> None:
    assert A.key_region("420100", dt.date(2020, 1, 27))
    assert not A.key_region("420100", dt.date(2020, 1, 26))
    assert not A.key_region("430100", dt.date(2020, 2, 20))
    assert A.key_region("JP", dt.date(2020, 3, 21))
    assert not A.key_region("JP", dt.date(2020, 3, 22))
    assert A.key_region("湖北", dt.date(2020, 2, 20))
