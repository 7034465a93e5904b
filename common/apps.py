from django.apps import AppConfig
from django.db.models import CharField
from django.db.models.functions import Lower


class CommonConfig(AppConfig):
    name = "common"

    def ready(self) -> None:
        # So that lists can be sorted and paged by "name__lower".
        CharField.register_lookup(Lower)
