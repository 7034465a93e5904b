"""The choices of a question or the rows of a table, as a list that is edited in one language.

Works without scripts: each button sends the whole form, which comes back with one line more, less or elsewhere.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from common.keys import read_key
from journeys.models import Touchpoint
from surveys.domain.questions import MOST_OPTIONS, MOST_ROWS, OptionDraft, RowDraft
from surveys.models import Question

_FIELD = re.compile(r"item-([0-9]{1,3})-(id|text|touchpoint)")
_BUTTON = re.compile(r"(add|up|down|remove|restore)(?:-([0-9]{1,18}))?")
LONGEST = 200
MOST_SENT = 150


@dataclass
class Item:
    id: int | None
    text: str
    touchpoint: str = ""
    """Its key as sent."""
    other: str = ""
    """The wording in another language, where there is none in this one."""
    error: str = ""
    is_focused: bool = False


@dataclass
class ItemsForm:
    question: Question
    language: str
    touchpoints: list[Touchpoint]
    """Offered to rows."""
    items: list[Item] = field(default_factory=list)
    error: str = ""

    @classmethod
    def of(
        cls,
        question: Question,
        language: str,
        touchpoints: list[Touchpoint],
        data: Mapping[str, str] | None = None,
    ) -> "ItemsForm":
        form = cls(question, language, touchpoints)
        form.items = (
            [item for item, is_archived in form._stored if not is_archived] if data is None else form._sent(data)
        )
        return form

    @property
    def is_of_rows(self) -> bool:
        return self.question.kind == Question.Kind.MATRIX

    @property
    def removed(self) -> list[Item]:
        """Those that are not in the list any more and can be put back; ids are kept for good."""
        here = {item.id for item in self.items}
        return [item for item, _is_archived in self._stored if item.id not in here]

    def press(self, button: str) -> None:
        """What a button does to the list; an unknown one does nothing."""
        found = _BUTTON.fullmatch(button.removeprefix("item-"))
        if not found:
            return
        action, at = found[1], int(found[2] or 0)
        if action == "add" and len(self.items) < MOST_SENT:
            self.items.append(Item(None, "", is_focused=True))
        elif action == "restore":
            self.items += [item for item in self.removed if item.id == at]
        elif at < len(self.items):
            item = self.items.pop(at)
            if action != "remove":
                self.items.insert(max(at - 1, 0) if action == "up" else at + 1, item)
                item.is_focused = True

    def is_valid(self) -> bool:
        """Lines that are new and empty don't count."""
        self.items = [item for item in self.items if item.text or item.id]
        most = MOST_ROWS if self.is_of_rows else MOST_OPTIONS
        if len(self.items) > most:
            self.error = _("At most %(limit)d are possible.") % {"limit": most}
        known = {str(touchpoint.pk) for touchpoint in self.touchpoints} | {""}
        seen: set[str] = set()
        for item in self.items:
            if len(item.text) > LONGEST:
                item.error = _("Please shorten this to %(limit)d characters.") % {"limit": LONGEST}
            elif item.text and item.text.casefold() in seen:
                item.error = _("This is in the list already.")
            elif item.touchpoint not in known:
                item.error = _("Please choose a touchpoint from the list.")
            seen.add(item.text.casefold())
        return not self.error and not any(item.error for item in self.items)

    def options(self) -> list[OptionDraft]:
        return [OptionDraft(item.id, item.text) for item in self.items]

    def rows(self) -> list[RowDraft]:
        by_key = {str(touchpoint.pk): touchpoint for touchpoint in self.touchpoints}
        return [RowDraft(item.id, item.text, by_key.get(item.touchpoint)) for item in self.items]

    @property
    def _stored(self) -> list[tuple[Item, bool]]:
        """Each with whether it is archived."""
        if self.is_of_rows:
            rows = self.question.rows.order_by("position", "pk")
            return [(self._item(row.pk, row.text, row.touchpoint_id), row.archived_at is not None) for row in rows]
        options = self.question.options
        return [(self._item(each["id"], each["text"]), bool(each.get("archived"))) for each in options]

    def _item(self, pk: int, text: Mapping[str, str], touchpoint_id: int | None = None) -> Item:
        own = text.get(self.language, "")
        return Item(pk, own, str(touchpoint_id or ""), other="" if own else next(filter(None, text.values()), ""))

    def _sent(self, data: Mapping[str, str]) -> list[Item]:
        lines: dict[int, dict[str, str]] = {}
        for name in data:
            if found := _FIELD.fullmatch(name):
                lines.setdefault(int(found[1]), {})[found[2]] = " ".join(data[name].replace("\x00", "").split())
        others = {item.id: item.other for item, _is_archived in self._stored}
        items = []
        for _place, line in sorted(lines.items())[:MOST_SENT]:
            pk = read_key(line.get("id"))
            pk = pk if pk in others else None
            items.append(Item(pk, line.get("text", ""), line.get("touchpoint", ""), others.get(pk, "")))
        return items
