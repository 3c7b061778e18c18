# SPDX-License-Identifier: LicenseRef-Gatehouse
"""`/jobs/{id}` 后台任务: how far it is, what came of it, its file; for the account that asked alone."""

from sync.office.service.exports import Exported
from sync.office.service.jobs import JobState
from sync.office.web.answers import NOT_FOUND, Answer, Shown
from sync.office.web.page import Group, Page
from sync.office.web.visit import Visit

_RUNS = (JobState.WAITING, JobState.RUNNING)


def show(visit: Visit) -> Answer:
    """Its progress."""
    job = visit.house.jobs.get(visit.path["id"], visit.user.id)
    if job is None:
        return NOT_FOUND
    return Shown("job.html", {"job": job, "runs": job.state in _RUNS})


def file(visit: Visit) -> Answer:
    """Its file; the making of it was noted when it was made."""
    found = visit.house.jobs.file(visit.path["id"], visit.user.id)
    return NOT_FOUND if found is None else Exported(found.name, found.media, found.content)


def live(visit: Visit) -> str:
    """How far it is."""
    job = visit.house.jobs.get(visit.path["id"], visit.user.id)
    return "" if job is None else f"{job.state} {job.done}/{job.total}"


PAGE = Page("/jobs/{id}", "office.jobs.title", Group.ADMIN, None, show, live=live)
FILE = Page("/jobs/{id}/file", "office.jobs.title", Group.ADMIN, None, file)
