# SPDX-License-Identifier: LicenseRef-Gatehouse
"""自检 of a running gate: the doctor's checks, and what only the running program knows: camera, thermometer, printer,
sending, full screen (interface.md 5.14).
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from ui.cli.doctor_checks import CHECKS, Place, Row, State, examined
from ui.device_trial import NONE
from ui.viewmodels.keypad import text_of
from ui.viewmodels.leader_tools import Device, SelfTest, TestRow
from ui.views.leader_printer import printer_name

if TYPE_CHECKING:
    from kiosk.app.temperature_source import SensedReading
    from ui.compose import Kiosk

_STATES = {State.GOOD: "GOOD", State.NOTE: "NOTE", State.FAULT: "FAULT"}


def self_tests(place: Place, kiosk: "Kiosk") -> tuple[SelfTest, ...]:
    """All of them, each of what stands when it is run. The camera is looked at as it runs, not opened twice."""
    status, door, used = kiosk.front.window.status, kiosk.door, kiosk.devices
    rows: dict[str, Callable[[], Row]] = {
        "camera": lambda: _camera(status.devices.camera),
        "thermometer": lambda: _thermometer(
            status.devices.thermometer, wanted=used.in_use(Device.THERMOMETER) != NONE, last=used.last
        ),
        "scanner": lambda: _scanner(status.devices.scanner, bound=used.in_use(Device.SCANNER) != NONE),
        "printer": lambda: _printer(printer_name()),
        "sync": lambda: _sync(door.line.pending, door.line.last_error, online=door.line.online),
        "screen": lambda: _screen(full=status.devices.full),
    }
    checks = {english.replace(" ", "_"): check for _, english, check in CHECKS if english not in rows}
    tests = [SelfTest(name, partial(_told, name, look)) for name, look in rows.items()]
    tests += [SelfTest(name, partial(_told, name, partial(examined, check, place))) for name, check in checks.items()]
    return tuple(tests)


def _told(name: str, look: Callable[[], Row]) -> TestRow:
    row = look()
    return TestRow(name, _STATES[row.state], row.zh, row.en, row.todo_zh, row.todo_en)


def _camera(fault: str | None) -> Row:
    if fault is None:
        return Row(State.GOOD, "有画面", "a picture comes")
    return Row(
        State.FAULT, "没有画面", "no picture", "检查接线,换一个接口;扫码枪仍可用",
        "check cable and port; a hand scanner still works",
    )  # fmt: skip


def _scanner(fault: str | None, *, bound: bool) -> Row:
    if not bound:
        return Row(State.GOOD, "未绑定,像键盘一样用", "not bound, works as a keyboard")
    if fault is None:
        return Row(State.GOOD, "已连接", "connected")
    return Row(State.FAULT, "扫码枪断开", "disconnected", "检查接线;先用摄像头", "check the cable; use the camera")


def _thermometer(fault: str | None, *, wanted: bool, last: "SensedReading | None") -> Row:
    if not wanted:
        return Row(State.NOTE, "没有接测温仪", "none connected", "体温用键盘输入", "type the readings")
    if fault is None and last is not None:
        value = text_of(last.tenths)
        return Row(State.GOOD, f"已连接,上一次 {value}℃", f"connected, last {value} ℃")
    if fault is None:
        return Row(State.GOOD, "已连接", "connected")
    return Row(
        State.FAULT, "测温仪断开", "disconnected", "检查接线;体温先用键盘输入", "check the cable; type the readings"
    )


def _printer(name: str | None) -> Row:
    if name is not None:
        return Row(State.GOOD, name, name)
    return Row(State.NOTE, "没有打印机", "no printer", "证件存成PDF", "passes are kept as PDF")


def _sync(pending: int, error: str | None, *, online: bool) -> Row:
    if online and pending == 0:
        return Row(State.GOOD, "全部上传", "everything is sent")
    if online:
        return Row(State.GOOD, f"正在上传,还有 {pending} 条", f"sending, {pending} to go")
    what = f"离线,未上传 {pending} 条", f"offline, {pending} not sent"
    told = "记录照常保存,联网后自动上传", "records are kept and sent later"
    return Row(State.NOTE if error in (None, "no_network") else State.FAULT, *what, *told)


def _screen(*, full: bool) -> Row:
    if full:
        return Row(State.GOOD, "占满屏幕", "covers the screen")
    return Row(State.NOTE, "未全屏", "does not cover the screen", "联系街道", "call the street")
