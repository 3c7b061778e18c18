# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What operators get: metrics without names for who may read them, calm log lines, an office from three answers."""

import fcntl
import json
import logging
import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from fastapi import FastAPI

from sync.office.api.metrics import Measured, Requests, metrics_router
from sync.office.compose import Office
from sync.office.home import OfficeHome
from sync.office.serve import CalmFormatter
from sync.office.service.watching import street_gauges
from tests.unit.office.browser import Browser, Page
from tests.unit.office.offices import START_MS, enrolled, person_id
from tests.unit.office.pages import app_of, peopled, signed_in

CANARY = "诸葛亮亮"


def watched(office: Office, readers: frozenset[str]) -> tuple[FastAPI, Requests]:
    app, requests = app_of(office), Requests()

    def gauges() -> dict[str, float]:
        with office.database.reading() as tx:
            return dict(street_gauges(tx, office.clock.wall_ms()))

    app.include_router(metrics_router(requests, gauges, readers))
    app.add_middleware(Measured, requests=requests)
    return app, requests


def read(app: FastAPI) -> Page:
    return Browser(app).get("/metrics")


def test_metrics_name_routes_by_template_and_count_the_streets_gates(office: Office) -> None:
    peopled(office)
    enrolled(office).send()
    app, _ = watched(office, frozenset({"192.0.2.1"}))
    visitor = signed_in(office, "S", app)
    visitor.get("/report/2020-02-20", scope="STREET", q=CANARY)
    visitor.get(f"/{CANARY}")
    text = read(app).text
    assert 'gatehouse_requests_total{method="GET",route="/report/{date}",status="200"} 1' in text
    assert 'route="(none)",status="404"' in text
    assert 'gatehouse_gates{state="fine"} 1' in text
    assert 'gatehouse_request_seconds_bucket{route="/report/{date}",le="+Inf"} 1' in text
    assert CANARY not in text
    assert "2020-02-20" not in text


def test_metrics_are_not_there_for_others(office: Office) -> None:
    app, _ = watched(office, frozenset({"127.0.0.1"}))
    assert read(app).status == 404


def test_a_gate_that_is_silent_is_counted_as_lost(office: Office) -> None:
    enrolled(office).send()
    with office.database.reading() as tx:
        gauges = street_gauges(tx, START_MS + 3_600_001)
    assert (gauges['gates{state="lost"}'], gauges['gates{state="fine"}']) == (1, 0)


def test_a_log_line_holds_codes_and_numbers_alone(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    peopled(office)
    app, _ = watched(office, frozenset())
    with caplog.at_level(logging.INFO, "sync.office.api.metrics"):
        visitor = signed_in(office, "S", app)
        visitor.get("/audit", q=CANARY)
        visitor.form("/reveal", {"kind": "person", "id": person_id(1), "back": "/", "why": CANARY})
    lines = [CalmFormatter().format(record) for record in caplog.records]
    assert any(json.loads(line)["path"] == "/audit" for line in lines)
    fields = {"at", "level", "logger", "message", "event", "status", "path", "ms"}
    assert all(set(json.loads(line)) == fields for line in lines)
    assert not any(CANARY in line or person_id(1) in line or "S员" in line for line in lines)


def test_three_answers_found_an_office(tmp_path: Path) -> None:
    folder = tmp_path / "office"
    ours, theirs = os.openpty()
    command = [sys.executable, "-P", "-m", "sync.cli.main", "init", "--dir", str(folder)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GATEHOUSE_")}
    # A terminal of its own: a password is read from the terminal, whatever standard input is.
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no thread runs between
    ) as run:  # fmt: skip
        os.close(theirs)
        # The password is asked once more, so that nobody locks himself out.
        said, asked = answer(ours, "甘泉路街道", "127.0.0.1", SECRET, SECRET)
        os.close(ours)
        assert (run.wait(60), asked) == (0, 4), said
    assert OfficeHome(folder).settings().name == "甘泉路街道"


SECRET = "correct horse battery"


def answer(terminal: int, *answers: str) -> tuple[str, int]:
    """Answer each question when it is asked, and read to the end; what was said, and how many were asked."""
    said, asked = "", 0
    while True:
        try:
            part = os.read(terminal, 4096).decode(errors="replace")
        except OSError:
            return said, asked
        said += part
        # The blank behind a password's question comes once the terminal hides what is typed: what came before is lost.
        if part and said.endswith(": ") and asked < len(answers):
            os.write(terminal, f"{answers[asked]}\n".encode())
            asked += 1


def test_six_hundred_pages_a_minute_are_given_and_no_more(office: Office) -> None:
    visitor = Browser(app_of(office))
    statuses = [visitor.get("/wall").status for _ in range(601)]
    assert statuses == [303] * 600 + [429]
