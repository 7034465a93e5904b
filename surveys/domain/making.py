"""Storing what a form makes, once."""

from typing import TypeVar
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from surveys.models import MadeByForm

Made = TypeVar("Made", bound=MadeByForm)


def made_once(row: Made, form_key: UUID | None) -> tuple[Made, bool]:
    """Store a new row, unless the form of this key has made one already; that one then, and False. None: no form.

    Who sends the same form at the same moment waits here until the other one is through.
    """
    row.form_key = form_key or uuid4()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        earlier = type(row)._default_manager.filter(form_key=row.form_key).first()
        if earlier is None:
            raise
        return earlier, False
    return row, True
