# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk run`: the gate's screen (interface.md; exit codes: sync-and-store.md 14).

First the window is painted, then the gate's folder is opened, then camera, thermometer, sound and sync start in threads
of their own. Exit: 0 closed, 2 wrong use, 3 the folder is of a newer program, 4 another program has the folder.
"""

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
    from ui.cli.run_start import start, wrong

    amiss = wrong(theme, lang, window)
    if amiss is not None:
        raise typer.BadParameter(amiss[1], param_hint=amiss[0])
    code = start(
        folder=folder,
        camera=camera,
        thermometer=thermometer,
        scanner=scanner,
        simulated=simulated,
        theme=theme,
        lang=lang,
        window=window,
        kiosk=kiosk,
        fullscreen=fullscreen,
        public=public,
        screenshots=screenshots,
        exit_after_video=exit_after_video,
    )
    raise typer.Exit(code)
