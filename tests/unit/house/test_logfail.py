# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Noise fails tests: an unexpected log, Python warning or Qt warning; so does an expected log that never comes."""

import pytest

pytest_plugins = ["pytester"]

_CASES = {
    "test_a_warning_is_logged": "import logging\n    logging.getLogger('kiosk.x').warning('odd')",
    "test_an_expected_log_does_not_come": "import logging\n    expected_log(logging.ERROR, 'kiosk', 'odd')",
    "test_python_warns": "import warnings\n    warnings.warn('odd')",
    "test_qt_warns": "from PySide6.QtCore import qWarning\n    qWarning(b'odd')",
}


def test_noise_fails_the_test_that_makes_it(pytester: pytest.Pytester) -> None:
    body = "\n".join(f"def {name}(expected_log):\n    {code}\n" for name, code in _CASES.items())
    good = "import logging\n    expected_log(logging.WARNING, 'kiosk', 'odd')\n"
    good += "    logging.getLogger('kiosk.x').warning('very odd')\n    logging.getLogger('kiosk.x').info('usual')"
    pytester.makepyfile(test_noise=f"{body}\ndef test_an_expected_log_comes(expected_log):\n    {good}\n")
    pytester.makeini("[pytest]\nfilterwarnings = error\nqt_api = pyside6\nqt_log_level_fail = WARNING\n")
    done = pytester.runpytest_subprocess("-p", "tests.logfail", "-p", "no:randomly")
    outcome = done.parseoutcomes()
    assert outcome["passed"] == len(_CASES) - 1  # the two that log pass their call and fail after it
    assert outcome["errors"] + outcome["failed"] == len(_CASES)
