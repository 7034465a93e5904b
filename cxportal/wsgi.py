import gc
import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cxportal.settings")

application = get_wsgi_application()

from organisations.database_role import check_at_start  # noqa: E402  # apps must be loaded first

check_at_start()

# What start-up made stays as long as the process; the search for garbage would walk through all of it every few pages.
# And a large page makes tens of thousands of objects that are gone at its end: every 700 of them is far too often.
import_module("cxportal.urls")
gc.collect()
gc.freeze()
gc.set_threshold(10_000)
