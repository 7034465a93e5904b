from typing import Self, TypeVar

from django.db import models
from django.db.models.functions import Lower

Named = TypeVar("Named", bound=models.Model)


class NamedQuerySet(models.QuerySet[Named]):
    def named(self, name: str) -> Self:
        """Those of this name in capital or small letters, as the unique constraints compare them."""
        return self.alias(lower_name=Lower("name")).filter(lower_name=Lower(models.Value(name)))
