# SPDX-License-Identifier: LicenseRef-Gatehouse
