from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from common.background import wake
from organisations.domain.invites import send_next_invite
from organisations.domain.jobs import run_next_job

LONGEST_JOB = 6 * 60 * 60
"""Seconds after which a job hangs, for all we know: its worker is stopped, and another begins it anew."""


@shared_task(name="organisations.forget_sessions")
def forget_sessions() -> None:
    """Those that have expired: they hold what people searched for."""
    SessionStore.clear_expired()


@shared_task(name="organisations.run_due_jobs", time_limit=LONGEST_JOB)
def run_due_jobs() -> None:
    """One at a time, so that each has the whole of the time."""
    if run_next_job():
        wake("organisations.run_due_jobs")


@shared_task(name="organisations.send_invites")
def send_invites() -> None:
    while send_next_invite():
        pass
