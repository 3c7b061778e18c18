# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Alembic's steps of the office's database, each explicit, never derived from the tables of today."""
