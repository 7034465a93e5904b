from celery import shared_task

from customers.domain.importing import discard_next_upload


@shared_task(name="customers.discard_uploads")
def discard_uploads() -> None:
    while discard_next_upload():
        pass
