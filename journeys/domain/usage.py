from django.db import models


def is_used(thing: models.Model) -> bool:
    """Whether rows of any app point at the thing and would not go with it.

    Asked before deleting, since Django's own refusal would first load every one of those rows; and since a row that
    loses what it points at may change its meaning, as a campaign for one persona would then ask everybody.
    """
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: thing}).exists()
        for relation in thing._meta.get_fields(include_hidden=True)
        if isinstance(relation, models.ManyToOneRel) and relation.on_delete is not models.CASCADE
    )
