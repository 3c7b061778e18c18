# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`gate-office`: the table of its commands (design: sync-and-store.md 14, pass-format.md 12)."""

import sys

from kiosk.launch import Command, Program, run

PROGRAM = Program(
    name="gate-office",
    zh="街道办:发证、同步、名单、日报",
    en="The street office: issues passes, collects the gates' logs, keeps registers and reports",
    commands={
        "init": Command("sync.cli.init:command", "建立一个街道", "found an office: keys, street, first user"),
        "serve": Command("sync.cli.serve:command", "启动服务", "run the server"),
        "user": Command("sync.cli.user:command", "账户", "accounts of the office's pages"),
        "street": Command("sync.cli.street:command", "小区与门岗", "compounds and gates"),
        "roster": Command("sync.cli.roster:command", "居民名册", "the residents' register"),
        "pass": Command("sync.cli.pass_:command", "签发、注销、挂失、换发", "issue, revoke, report lost, reissue"),
        "cards": Command("sync.cli.cards:command", "打印出入证", "pass cards as PDF"),
        "keys": Command("sync.cli.keys:command", "签名密钥", "signing keys and the bundle"),
        "enrol": Command("sync.cli.enrol:command", "门岗登记码", "a gate's enrolment QR"),
        "report": Command("sync.cli.report:command", "日报", "the daily report"),
        "verify-log": Command("sync.cli.verify_log:command", "核对记录链", "check the logs: chain, receipts, gaps"),
        "import-log": Command("sync.cli.import_log:command", "导入门岗带来的记录", "take in carried logs"),
        "export-list": Command("sync.cli.export_list:command", "导出名单给门岗", "write a gate's lists to a file"),
        "rebuild": Command("sync.cli.rebuild:command", "重建汇总", "rebuild the projections from the events"),
        "backup": Command("sync.cli.backup:command", "备份", "make a verified copy"),
        "restore": Command("sync.cli.restore:command", "恢复备份", "restore a copy under a new server epoch"),
        "purge": Command("sync.cli.purge:command", "清除到期个人信息", "destroy personal data that is due"),
        "simulate": Command("sync.cli.simulate:command", "模拟许多门岗", "drive many gates by number"),
    },
)


def main() -> None:
    """Console script `gate-office`."""
    sys.exit(run(PROGRAM, sys.argv[1:]))


if __name__ == "__main__":
    main()
