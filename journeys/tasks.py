import time

from celery import shared_task

from common.background import wake
from journeys.domain.assignment import settle_next

SHIFT = 30
"""Seconds after which a worker makes room for other tasks, and for a shutdown that waits for it."""


@shared_task(name="journeys.assign_personas")
def assign_personas() -> None:
    end = time.monotonic() + SHIFT
    while settle_next():
        if time.monotonic() > end:
            wake("journeys.assign_personas")
            break
