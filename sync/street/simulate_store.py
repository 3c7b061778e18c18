# SPDX-License-Identifier: LicenseRef-Gatehouse
"""The database that a simulation may use: one that nobody else does."""

from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError


def not_empty(url: str) -> str | None:
    """Why a simulation must not be put into this database: its tables, or that it does not answer; None if it may."""
    try:
        engine = create_engine(url)
        try:
            tables = inspect(engine).get_table_names()
        finally:
            engine.dispose()
    except SQLAlchemyError as error:
        return type(error).__name__
    return f"{len(tables)} tables: {', '.join(sorted(tables)[:3])} ..." if tables else None
