import time
from contextlib import closing

from celery import shared_task
from django.core.mail import get_connection

from common.background import wake
from surveys.domain import reminders
from surveys.domain.bounces import fetch_bounces
from surveys.domain.campaigns import prepare_next_batch
from surveys.domain.claiming import BATCH
from surveys.domain.flooding import forget_arrivals as forget
from surveys.domain.history import discard_next_file
from surveys.domain.mail_checks import make_next_check
from surveys.domain.sending import send_next_batch, settle_next_batch
from surveys.domain.triggers import decide_next_batch, take_up_next_contacts

SHIFT = 30
"""Seconds after which a worker makes room for other tasks, and for a shutdown that waits for it."""


@shared_task(name="surveys.discard_files")
def discard_files() -> None:
    while discard_next_file():
        pass


@shared_task(name="surveys.forget_arrivals")
def forget_arrivals() -> None:
    forget()


@shared_task(name="surveys.prepare_campaigns")
def prepare_campaigns() -> None:
    end = time.monotonic() + SHIFT
    while prepare_next_batch():
        if time.monotonic() > end:
            wake("surveys.prepare_campaigns")
            break


@shared_task(name="surveys.pull_triggers")
def pull_triggers() -> None:
    end = time.monotonic() + SHIFT
    while take_up_next_contacts() or decide_next_batch():
        if time.monotonic() > end:
            wake("surveys.pull_triggers")
            break


@shared_task(name="surveys.prepare_reminders")
def prepare_reminders() -> None:
    end = time.monotonic() + SHIFT
    while reminders.prepare_next_batch():
        if time.monotonic() > end:
            wake("surveys.prepare_reminders")
            break


@shared_task(name="surveys.send_mails")
def send_mails() -> None:
    end = time.monotonic() + SHIFT
    while settle_next_batch():
        pass
    with closing(get_connection()) as connection:
        size = BATCH
        while size := send_next_batch(connection, size):
            if time.monotonic() > end:
                wake("surveys.send_mails")
                break


@shared_task(name="surveys.fetch_bounces")
def fetch_bounce_mails() -> None:
    fetch_bounces()


@shared_task(name="surveys.make_mail_checks")
def make_mail_checks() -> None:
    while make_next_check():
        pass
