from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore

from organisations.domain.invites import send_next_invite
from organisations.domain.jobs import run_next_job


@shared_task(name="organisations.forget_sessions")
def forget_sessions() -> None:
    """Those that have expired: they hold what people searched for."""
    SessionStore.clear_expired()


@shared_task(name="organisations.run_due_jobs")
def run_due_jobs() -> None:
    while run_next_job():
        pass


@shared_task(name="organisations.send_invites")
def send_invites() -> None:
    while send_next_invite():
        pass
