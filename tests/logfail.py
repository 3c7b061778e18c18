# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A log message at WARNING or above that no test expected fails the test; Qt's and Python's warnings do so by setting.

A test that expects one says so with the `expected_log` fixture:

    def test_full_disk_is_said(expected_log):
        expected_log(logging.ERROR, "kiosk.adapters.store", "disk full")
"""

import logging
from collections.abc import Callable, Iterator

import pytest

ExpectedLog = Callable[[int, str, str], None]

# libraries that warn about our deliberate faults (a server that dies while a client talks to it, say)
_NOT_OURS = ("hypothesis", "asyncio")


class _Noise(logging.Handler):
    """Collects what was logged at WARNING or above, and what the test said it expects."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.expected: list[tuple[int, str, str]] = []
        self.seen: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith(_NOT_OURS):
            self.seen.append(record)

    def surprises(self) -> list[str]:
        """The records that no expectation covers, as text."""
        return [
            f"{record.levelname} {record.name}: {record.getMessage()}"
            for record in self.seen
            if not any(self._fits(record, *expectation) for expectation in self.expected)
        ]

    def disappointed(self) -> list[str]:
        """The expectations that no record met, as text."""
        return [
            f"{logging.getLevelName(level)} {name}: {text}"
            for level, name, text in self.expected
            if not any(self._fits(record, level, name, text) for record in self.seen)
        ]

    @staticmethod
    def _fits(record: logging.LogRecord, level: int, name: str, text: str) -> bool:
        same_logger = record.name == name or record.name.startswith(name + ".")
        return record.levelno == level and same_logger and text in record.getMessage()


_NOISE = pytest.StashKey[_Noise]()


@pytest.fixture(autouse=True)
def _quiet(request: pytest.FixtureRequest) -> Iterator[None]:
    noise = _Noise()
    request.node.stash[_NOISE] = noise
    root = logging.getLogger()
    root.addHandler(noise)
    yield
    root.removeHandler(noise)
    surprises = noise.surprises()
    if surprises:
        pytest.fail("logged, but no test expected it:\n" + "\n".join(surprises), pytrace=False)
    disappointed = noise.disappointed()
    if disappointed:
        pytest.fail("expected, but not logged:\n" + "\n".join(disappointed), pytrace=False)


@pytest.fixture
def expected_log(request: pytest.FixtureRequest, _quiet: None) -> ExpectedLog:
    """Say which log message the test expects: level, logger (or its parent), a part of the text."""
    noise = request.node.stash[_NOISE]

    def expect(level: int, logger: str, text: str) -> None:
        noise.expected.append((level, logger, text))

    return expect
