from celery import shared_task

from organisations.domain.jobs import run_next_job


@shared_task(name="organisations.run_due_jobs")
def run_due_jobs() -> None:
    while run_next_job():
        pass
