"""Storing what a form makes, once."""

from typing import TypeVar

from django.db import IntegrityError, transaction

from surveys.models import MadeByForm

Made = TypeVar("Made", bound=MadeByForm)


def made_once(row: Made) -> tuple[Made, bool]:
    """Store a new row, unless its form has made one already; that one then, and False.

    Who sends the same form at the same moment waits here until the other one is through.
    """
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        earlier = type(row)._default_manager.filter(form_key=row.form_key).first()
        if earlier is None:
            raise
        return earlier, False
    return row, True
