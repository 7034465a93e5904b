from surveys.models import Texts

THANKS: Texts = {
    "de": "Danke, dass Sie sich die Zeit genommen haben. Wir lesen jede Antwort und arbeiten damit.",
    "en": "Thank you for taking the time. We read every answer and work with it.",
}
