import time

from celery import shared_task

from common.background import wake
from reports.domain.rollups import count_changed_days

SHIFT = 30
"""Seconds after which a worker makes room for other tasks, and for a shutdown that waits for it."""


@shared_task(name="reports.count_changed_days")
def count_changed_days_until_none() -> None:
    end = time.monotonic() + SHIFT
    while count_changed_days():
        if time.monotonic() > end:
            wake("reports.count_changed_days")
            break
