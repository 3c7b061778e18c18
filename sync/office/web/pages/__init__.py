# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The table of pages: each a module with `PAGE`; the order within a group is that of the navigation."""

from sync.office.web.page import Page
from sync.office.web.pages import (
    approvals,
    audit,
    cases,
    committees,
    compounds,
    conflicts,
    devices,
    gates,
    import_returns,
    import_roster,
    isolation,
    jobs,
    night,
    passes,
    people,
    report,
    report_template,
    retention,
    returnees,
    reveal,
    route,
    screening,
    silent,
    today,
    users,
    wall,
)

PAGES: tuple[Page, ...] = (
    # 总览
    today.PAGE,
    wall.PAGE,
    night.PAGE,
    # 案件
    cases.LIST,
    cases.ONE,
    conflicts.LIST,
    conflicts.ONE,
    # 人员
    people.LIST,
    people.ONE,
    import_roster.START,
    import_roster.ONE,
    # 返沪与隔离
    import_returns.START,
    import_returns.ONE,
    returnees.LIST,
    returnees.ONE,
    isolation.LIST,
    isolation.ONE,
    route.PAGE,
    screening.PAGE,
    # 证件
    passes.LIST,
    passes.NEW,
    passes.ONE,
    # 日报
    report.START,
    silent.PAGE,
    report_template.PAGE,
    report_template.ONE,
    report.PAGE,
    # 门岗
    gates.LIST,
    gates.ONE,
    compounds.LIST,
    compounds.ONE,
    committees.LIST,
    committees.ONE,
    devices.PAGE,
    devices.ONE,
    # 管理
    users.PAGE,
    users.CARD,
    users.ONE,
    approvals.PAGE,
    audit.PAGE,
    audit.EXPORTS,
    retention.PAGE,
    jobs.PAGE,
    jobs.FILE,
    reveal.PAGE,
)
"""所有页面: one line per page; give yours a line in its group."""
