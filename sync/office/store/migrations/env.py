# SPDX-License-Identifier: LicenseRef-Gatehouse
"""Alembic's entry: runs the steps on the connection that `migrating.bring_up` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
