# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Spreadsheets that people really send, read into rows (interface.md 12.1).

A file becomes a `Book` of texts (`workbook`), its columns are found by their headers (`columns`), its cells are made
even (`cells`), and its rows are rows of residents or an error that names row, column and cure (`roster`). What differs
from the register is a `Plan` (`differences`). Nothing here writes.
"""
