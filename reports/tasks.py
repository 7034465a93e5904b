from celery import shared_task

from reports.domain.rollups import count_changed_days


@shared_task(name="reports.count_changed_days")
def count_changed_days_until_none() -> None:
    while count_changed_days():
        pass
