# SPDX-License-Identifier: LicenseRef-Gatehouse
"""报文: every message between gate and office, read strictly and in bounds (sync-and-store.md 4, trust.md 13).

`messages`: the structs. `strict`: bytes to structs and back. `packing`: bounded gzip. `scopes`: names of what is
pulled.
`carried`: the files that go by hand. `faults`: what is wrong with an input, as a value.
"""
