# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A bench line says what it measured and ends in PASS or MISS; a MISS is the runner's exit code."""

import pytest

from tests.bench import run
from tests.bench.rows import Row, percentile


def test_a_row_ends_in_pass_or_miss() -> None:
    met = Row("commit", goal="p99 <= 5 ms", met=True, p50=0.0012, p99=0.0048, ratio=1.5, extra={"rows": 3})
    assert met.line() == "commit  p50=1.20ms p99=4.80ms ratio=1.50 rows=3  goal: p99 <= 5 ms  PASS"
    assert Row("commit", goal="g", met=False, rate=12345.0).line() == "commit  rate=12,345/s  goal: g  MISS"


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile(values, 0.99)) == (50.0, 95.0, 99.0)
    assert percentile([7.0], 0.99) == 7.0
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 0.5)


def test_a_bench_that_dies_is_a_miss_and_not_a_silence(capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = run._measure("no_such_bench", quick=True)
    assert record["met"] is False
    assert capsys.readouterr().out.endswith("MISS\n")


def test_an_unknown_bench_is_wrong_use() -> None:
    with pytest.raises(SystemExit) as left:
        run.main(["no-such"])
    assert left.value.code == 2
