# SPDX-License-Identifier: LicenseRef-Gatehouse
"""A command with much to say, for a reader that stops listening."""


def command() -> None:
    """Print more lines than a pipe holds."""
    for number in range(100_000):
        print(f"line {number}")
