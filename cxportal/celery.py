import os

from celery import Celery
from celery.signals import beat_init, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

app = Celery("cxportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
@beat_init.connect
def refuse_powerful_database_role(**kwargs: object) -> None:
    # Imported here: apps are loaded only when a worker starts.
    from django.core.exceptions import ImproperlyConfigured

    from organisations.database_role import check_at_start

    try:
        check_at_start()
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from error  # Celery logs other exceptions of a receiver, and starts all the same
