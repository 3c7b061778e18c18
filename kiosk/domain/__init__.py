# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The pure core of Gatehouse: values and rules, without clock, file, thread, SQL, HTTP, Qt, random or logging."""
