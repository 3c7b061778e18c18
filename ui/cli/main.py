# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-kiosk`: the table of its commands (design: sync-and-store.md 14)."""

import sys

from kiosk.launch import Command, Program, end, run

PROGRAM = Program(
    name="gate-kiosk",
    zh="门岗:验证、测温、放行、记录",
    en="The gate: checks passes, takes temperatures, decides and records",
    commands={
        "run": Command("ui.cli.run:command", "打开门岗", "open the gate's screen", plain="ui.cli.run_start:plain"),
        "enrol": Command("ui.cli.enrol:command", "不经屏幕登记本机", "enrol this device from a file"),
        "decode": Command("ui.cli.decode:command", "读出图片中的码", "read the codes in pictures"),
        "pass-check": Command("ui.cli.pass_check:command", "核验出入证文本", "verify the texts of passes"),
        "import": Command("ui.cli.import_:command", "导入U盘带来的文件", "take in carried files"),
        "export-log": Command("ui.cli.export_log:command", "导出本机记录到U盘", "write this gate's log to a stick"),
        "replay": Command("ui.cli.replay:command", "演练场景文件", "play scenario files, rehearse a policy"),
        "verify-log": Command("ui.cli.verify_log:command", "核对记录链", "check a log: chain, receipts, gaps"),
        "doctor": Command("ui.cli.doctor:command", "检查本机", "check camera, disk, keys, clock and account"),
    },
)


def main() -> None:
    """Console script `gate-kiosk`."""
    end(run(PROGRAM, sys.argv[1:]))


if __name__ == "__main__":
    main()
