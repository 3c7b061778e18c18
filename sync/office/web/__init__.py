# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's pages: server-rendered, 中文 first, whole without JavaScript (interface.md 11, trust.md 4)."""

from sync.office.web.fleet import fleet_router
from sync.office.web.pages import pages_router

__all__ = ["fleet_router", "pages_router"]
