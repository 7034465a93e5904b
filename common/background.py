"""Waking a worker. The saved row is the message; this only saves the seconds until the next sweep."""

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(task_name: str, *args: int) -> None:
    """Ask a worker to run the task once the current transaction is committed; harmless if the broker is away.

    The task is named, not imported: tasks call the domain functions that wake them.
    """

    def send() -> None:
        try:
            current_app.send_task(task_name, args, retry=False)
        except OperationalError:
            logger.warning("The broker is away; the next sweep will find the work of %s.", task_name)

    transaction.on_commit(send)
