# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The street office: service, store, API, pages, signer and print."""
