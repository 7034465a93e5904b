"""What the guard tests enumerate: our own apps, in the order in which they may import each other."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db import models

APPS: list[AppConfig] = sorted(
    (config for config in apps.get_app_configs() if (settings.BASE_DIR / config.name).is_dir()),
    key=lambda config: [app.split(".")[0] for app in settings.INSTALLED_APPS].index(config.name),
)
MODELS: list[type[models.Model]] = [
    model for config in APPS for model in config.get_models(include_auto_created=True) if model._meta.managed
]
