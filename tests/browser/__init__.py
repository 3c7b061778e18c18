# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The office's pages in a real browser: Debian's Chromium over TLS, against an office with a street's life in it."""
