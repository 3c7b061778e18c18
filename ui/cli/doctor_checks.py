# SPDX-License-Identifier: LicenseRef-Gatehouse
"""What `gate-kiosk doctor` looks at, a function per row; nothing is changed, and a running gate is not disturbed."""

import os
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.adapters.device_folder import DeviceFile

CAMERA_S = 8.0
_FONTS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_OTHERS = 0o077
_YEAR_2020_MS = 1_577_836_800_000


class State(StrEnum):
    """正常, 注意, 故障."""

    GOOD = "正常"
    NOTE = "注意"
    FAULT = "故障"


@dataclass(frozen=True, slots=True)
class Row:
    """自检的一行: what was found and, unless it is good, what to do; both in two languages."""

    state: State
    zh: str
    en: str
    todo_zh: str = ""
    todo_en: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked at: the gate's folder, the camera's setting, the operating system's account."""

    folder: Path
    camera: str = "0"
    demo: bool = False
    uid: int = -1

    @property
    def device(self) -> "DeviceFile | None":
        """What enrolment left here."""
        from kiosk.adapters.device_folder import read_device

        return read_device(self.folder)


Check = Callable[[Place], Row]


def enrolment(place: Place) -> Row:
    """Whether this is a gate, and still one."""
    from kiosk.adapters.withdrawal import stage_of

    if stage_of(place.folder) is not None:
        return Row(
            State.FAULT, "本机已停用", "this device has been withdrawn", "用纸质登记,联系街道",
            "use paper, call the street",
        )  # fmt: skip
    device = place.device
    if device is None:
        return Row(
            State.NOTE, "本机还没有启用", "not enrolled yet", "扫描街道办发的启用码",
            "scan the office's enrolment code",
        )  # fmt: skip
    marks = " 演示 demo" if device.demo else ""
    return Row(State.GOOD, f"门岗 {device.gate}, 小区 {device.compound}{marks}", f"gate {device.gate}{marks}")


def camera(place: Place) -> Row:
    """One picture within eight seconds."""
    from kiosk.adapters.camera import WIDE, Missed
    from kiosk.adapters.camera_choice import source_maker

    os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")
    said: list[str] = []

    def look() -> None:
        try:
            source = source_maker(place.camera, time.perf_counter, time.sleep)()
            if not source.open(WIDE):
                said.append("no device")
                return
            picture = source.read()
            said.append("no picture" if isinstance(picture, Missed) else f"{picture.shape[1]}x{picture.shape[0]}")
            source.close()
        except Exception as error:  # noqa: BLE001 - told as the row's fault
            said.append(type(error).__name__)

    looking = threading.Thread(target=look, name="doctor-camera", daemon=True)
    looking.start()
    looking.join(CAMERA_S)
    found = said[0] if said else "no answer"
    if "x" in found and found[0].isdigit():
        return Row(State.GOOD, f"有画面 {found}", f"a picture of {found}")
    return Row(
        State.FAULT, f"摄像头没有画面 ({found})", f"no picture from the camera ({found})",
        "检查接线,换一个接口;扫码枪仍可用", "check cable and port; a hand scanner still works",
    )  # fmt: skip


def disk(place: Place) -> Row:
    """Room for the log, and a write that reaches the disk."""
    from kiosk.adapters.device_folder import free_bytes
    from kiosk.adapters.store import Room, room_of

    where = next(folder for folder in (place.folder, *place.folder.parents) if folder.exists())
    free = free_bytes(where)
    text = f"{free >> 20} MB"
    try:
        probe = where / f".doctor-{os.getpid()}"
        handle = os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        try:
            os.write(handle, b"x")
            os.fsync(handle)
        finally:
            os.close(handle)
            probe.unlink()
    except OSError as error:
        return Row(
            State.FAULT, f"写不进磁盘 (errno {error.errno})", f"the disk refuses a write (errno {error.errno})",
            "用纸质登记,联系街道", "use paper, call the street",
        )  # fmt: skip
    match room_of(free):
        case Room.ENOUGH:
            return Row(State.GOOD, f"剩余 {text}, 可写", f"{text} free, writable")
        case Room.STOP:
            return Row(
                State.FAULT, f"存储已满,剩余 {text}", f"full: {text} free", "导出记录,清理磁盘",
                "export the log, make room",
            )  # fmt: skip
        case _:
            return Row(
                State.NOTE, f"存储快满了,剩余 {text}", f"room is short: {text} free", "导出记录", "export the log"
            )


def key_store(place: Place) -> Row:
    """Whether the key store answers, and holds this device's keys."""
    from kiosk.adapters.keystore import GateKeys, KeyFault
    from kiosk.adapters.keystore_choice import key_store_for

    device = place.device
    demo = place.demo or (device is not None and device.demo)
    keys = GateKeys(key_store_for(place.folder, os.environ, demo=demo))
    found = [keys.kek(), keys.public_key()]
    fault = next((each for each in found if isinstance(each, KeyFault)), None)
    if fault is None:
        return Row(State.GOOD, "密钥在密钥库里", "the keys are in the key store")
    if fault is KeyFault.MISSING and device is None:
        return Row(State.GOOD, "密钥库有回应", "the key store answers")
    return Row(
        State.FAULT, f"密钥库不可用 ({fault.value})", f"the key store does not serve ({fault.value})",
        "解锁系统密钥库,或重新登记设备", "unlock the system's key store, or enrol again",
    )  # fmt: skip


def clock(place: Place) -> Row:
    """The machine's clock against the newest event and the office's time, as last heard (R02)."""
    from kiosk.adapters.clock import SystemClock
    from kiosk.adapters.store_connection import reader
    from kiosk.adapters.store_rescue import epochs_in
    from kiosk.adapters.store_sync import get
    from kiosk.app.recorder import BACK_MS

    now = SystemClock().wall_ms()
    todo = ("校准系统时间,或请门长确认", "set the system's time, or let the leader confirm it")
    if now < _YEAR_2020_MS:
        return Row(State.FAULT, "时间早于2020年", "the clock stands before 2020", *todo)
    files = epochs_in(place.folder)
    if not files:
        return Row(State.GOOD, "时间合理,尚无记录可比", "plausible; no record to compare with yet")
    with closing(reader(files[max(files)])) as connection:
        row = connection.execute("SELECT at_ms FROM event ORDER BY seq DESC LIMIT 1").fetchone()
        offset = get(connection, "offset_ms")
    if row is not None and now < row[0] - BACK_MS:
        late = (row[0] - now) // 1000
        return Row(State.FAULT, f"比最新记录早 {late} 秒", f"{late} s before the newest record", *todo)
    if offset is not None and abs(offset) > BACK_MS:
        return Row(State.NOTE, f"与街道办相差 {offset // 1000} 秒", f"{offset // 1000} s off the office's time", *todo)
    return Row(State.GOOD, "时间与记录相符", "agrees with the records")


def store(place: Place) -> Row:
    """The start's checks of the newest file, read-only: sound, chain whole, not behind the last receipt."""
    from kiosk.adapters.device_folder import read_receipt
    from kiosk.adapters.store_connection import reader
    from kiosk.adapters.store_epoch import head_of
    from kiosk.adapters.store_rescue import epochs_in
    from kiosk.adapters.store_source import receipt_anchor
    from kiosk.adapters.store_start import check_tail

    device, files = place.device, epochs_in(place.folder)
    if device is None or not files:
        return Row(State.GOOD, "尚无记录", "no records yet")
    epoch = max(files)
    todo = ("照常打开门岗,它会另开一份记录;通知街道", "start the gate, it opens a new epoch; tell the street")
    with closing(reader(files[epoch])) as connection:
        said = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finding = "quick_check" if said != "ok" else check_tail(connection, device.device, epoch)
        head = head_of(connection, device.device, epoch)[0]
    anchor = receipt_anchor(read_receipt(place.folder), epoch)
    if finding is None and anchor is not None and head < anchor.seq:
        finding = f"head {head}, receipt {anchor.seq}"
    if finding is not None or files[epoch].suffix == ".bad":
        return Row(State.FAULT, f"记录有问题: {finding}", f"the log has a fault: {finding}", *todo)
    return Row(State.GOOD, f"第{epoch}份记录完整, {head} 条", f"epoch {epoch} is whole, {head} events")


def fonts(_place: Place) -> Row:
    """The font of the screens' texts."""
    import assets

    own = Path(assets.__file__).parent / "fonts"
    places = [own, *(Path(name).expanduser() for name in _FONTS)]
    if any(next(folder.rglob("Noto*CJK*"), None) for folder in places if folder.is_dir()):
        return Row(State.GOOD, "中文字体已安装", "the Chinese font is there")
    return Row(
        State.FAULT, "缺少中文字体", "the Chinese font is missing", "安装 fonts-noto-cjk", "install fonts-noto-cjk"
    )


def office(place: Place) -> Row:
    """Whether the enrolled office answers; a gate works without it for days."""
    from kiosk.adapters.clock import SystemClock
    from sync.client.http import HttpTransport
    from sync.client.transport import Answer, Request, TransportFault
    from sync.wire.messages import Health
    from sync.wire.strict import decode

    device = place.device
    if device is None or not device.url:
        return Row(State.GOOD, "没有登记街道办", "no office to ask")
    transport = HttpTransport(place.folder / "ca.pem", SystemClock())
    try:
        answer = transport.send(Request("GET", device.url.rstrip("/") + "/v1/health"))
    finally:
        transport.close()
    if answer is TransportFault.TLS:
        return Row(
            State.FAULT, "服务器证书不符", "the server's certificate is not the enrolled one",
            "不要继续,通知街道", "do not go on, tell the street",
        )  # fmt: skip
    health = decode(Health, answer.body) if isinstance(answer, Answer) and answer.is_json else None
    if isinstance(health, Health) and health.server == device.server:
        return Row(State.GOOD, "街道办有回应", "the office answers")
    why = answer.value if isinstance(answer, TransportFault) else f"HTTP {answer.status}"
    return Row(
        State.NOTE, f"连不上街道办 ({why})", f"the office is not reached ({why})",
        "检查网络;记录照常保存,之后自动上传", "check the network; records are kept and sent later",
    )  # fmt: skip


def account(place: Place) -> Row:
    """Not root, and a folder that nobody else reads."""
    if place.uid == 0:
        return Row(
            State.NOTE, "以 root 身份运行", "running as root", "用专用账户 gatehouse 运行",
            "run as the account gatehouse",
        )  # fmt: skip
    if place.folder.exists():
        found = place.folder.stat()
        if found.st_uid != place.uid or found.st_mode & _OTHERS:
            return Row(
                State.FAULT, "本机目录别人也能读写", "the folder is open to others", "chown gatehouse, chmod 700",
                "chown gatehouse, chmod 700",
            )  # fmt: skip
    return Row(State.GOOD, "专用账户,目录不对外", "an account of its own, a closed folder")


CHECKS: tuple[tuple[str, str, Check], ...] = (
    ("启用", "enrolment", enrolment),
    ("摄像头", "camera", camera),
    ("磁盘", "disk", disk),
    ("密钥库", "key store", key_store),
    ("时钟", "clock", clock),
    ("记录", "store", store),
    ("字体", "fonts", fonts),
    ("街道办", "office", office),
    ("账户", "account", account),
)
"""自检项: name in two languages, and what looks."""


def examined(check: Check, place: Place) -> Row:
    """A check's row; a check that breaks is a fault of its own, never an exception."""
    try:
        return check(place)
    except Exception as error:  # noqa: BLE001 - a doctor who faints helps nobody
        name = type(error).__name__
        return Row(
            State.FAULT, f"检查没能完成 ({name})", f"the check itself failed ({name})", "联系街道", "call the street"
        )  # fmt: skip
