# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk run`: the gate's screen (interface.md; exit codes: sync-and-store.md 14).

First the window is painted, then the gate's folder is opened, then camera, thermometer, sound and sync start in threads
of their own. Exit: 0 closed, 2 wrong use, 3 the folder is of a newer program, 4 another program has the folder.
"""

import os
from pathlib import Path
from typing import Annotated

import typer


def command(
    *,
    folder: Annotated[Path | None, typer.Option("--folder", "--data", help="本机目录 · this gate's folder")] = None,
    camera: Annotated[
        str,
        typer.Option(
            metavar="INDEX|FILE|URL", help="摄像头编号、设备、录像或图片目录 · camera, device, video or folder"
        ),
    ] = "0",
    thermometer: Annotated[
        str,
        typer.Option(
            metavar="PORT|cjmcu:PORT|ble:ADDRESS|keys:DEVICE|none",
            help="测温仪:串口、蓝牙、键盘 · serial port, Bluetooth, or one that types",
        ),
    ] = "none",
    scanner: Annotated[
        str,
        typer.Option(
            metavar="PORT|keys:DEVICE|none",
            help="绑定的扫码枪,不绑定的像键盘一样用 · a bound hand scanner; others work as keyboards",
        ),
    ] = "none",
    simulated: Annotated[
        bool, typer.Option("--simulated", help="测温仪为模拟 · the thermometer is a stand-in, and says so")
    ] = False,
    theme: Annotated[str, typer.Option(help="indoor, sunlight, night")] = "indoor",
    lang: Annotated[str, typer.Option(help="zh_CN, en")] = "zh_CN",
    window: Annotated[
        str | None, typer.Option("--window", metavar="WxH", help="窗口而非全屏 · a window of this size, 1280x800 say")
    ] = None,
    kiosk: Annotated[
        bool, typer.Option("--kiosk", help="全屏,凭门长密码退出,死机自动重启 · left by the leader's PIN alone, watched")
    ] = False,
    fullscreen: Annotated[bool, typer.Option("--fullscreen", help="全屏 · the whole screen (the default)")] = False,
    public: Annotated[bool, typer.Option("--public", help="对外屏 · a second window for the queue")] = False,
    screenshots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="保存每个判定的截屏 · a picture and a line per verdict")
    ] = None,
    exit_after_video: Annotated[
        bool, typer.Option("--exit-after-video", help="录像放完后退出 · end with the video")
    ] = False,
) -> None:
    """Open the gate's screen."""
    import assets
    from ui.cli.enrol import data_folder
    from ui.cli.supervise import same_again, supervise, watched_by_somebody
    from ui.tokens import ThemeName

    if theme not in list(ThemeName):
        raise typer.BadParameter(", ".join(ThemeName), param_hint="--theme")
    if lang not in assets.LANGUAGES:
        raise typer.BadParameter(", ".join(assets.LANGUAGES), param_hint="--lang")
    size = _size(window) if window is not None and not fullscreen else None
    if kiosk and not watched_by_somebody(os.environ):
        raise typer.Exit(supervise(same_again()))

    from ui.cli.run_window import Options, run

    options = Options(
        folder=folder or data_folder(),
        camera=camera,
        thermometer=thermometer,
        scanner=scanner,
        simulated=simulated,
        theme=ThemeName(theme),
        language=lang,
        size=size,
        public=public,
        screenshots=screenshots,
        exit_after_video=exit_after_video,
        kiosk=kiosk,
    )
    raise typer.Exit(run(options))


def _size(text: str) -> tuple[int, int]:
    wide, _, high = text.partition("x")
    if not (wide.isdecimal() and high.isdecimal() and int(wide) and int(high)):
        raise typer.BadParameter("1280x800", param_hint="--window")
    return int(wide), int(high)
