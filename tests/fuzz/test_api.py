# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's JSON side under made-up requests: a slice of `make fuzz`, and a planted fault that it must find."""

import logging
from collections.abc import Iterator

import pytest

from tests.fuzz.api import Served, serving, try_all

SEED = 20200214
EXAMPLES = 30
"""Of half as many, it happened that none was a request that the exchange takes."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """An office that is asked nonsense says so; here that is the purpose."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_made_up_requests_meet_documented_answers_and_no_server_error(served: Served) -> None:
    tried = try_all(served, EXAMPLES, SEED)
    assert tried.found == []
    assert tried.statuses["POST /v1/sync"][201] > 0, "some reach the exchange itself"
    assert tried.statuses["GET /v1/devices"][200] > 0


def test_control_a_planted_server_error_is_found(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_message: object) -> None:
        raise KeyError

    monkeypatch.setattr(served.office.exchange, "sync", fails)
    assert any(line.startswith("POST /v1/sync: ") for line in try_all(served, EXAMPLES, SEED + 1).found)
