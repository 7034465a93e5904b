"""Lines of the log, without what opens a page to whoever reads them."""

import logging
import re

# Whoever has such a link can answer, read what was answered so far, unsubscribe, join or set a password in somebody's
# place.
LINK = re.compile(r"(/(?:r|u|a/[^\s/?\"']+|join|account/confirm-email|account/password/reset/key)/)[^\s/?\"']+")


class WithoutLinks(logging.Formatter):
    """Keeps signed tokens out, also those in the text of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        return LINK.sub(r"\1…", super().format(record))
