from typing import Any

import pytest
from django.utils import translation

from surveys.answers import check_answers
from surveys.documents import DocumentQuestion, Option

OPTIONS = tuple(Option(number, {"de": f"Wahl {number}"}) for number in (1, 2, 3))


def checked(form: dict[str, Any], **fields: Any) -> Any:
    """What becomes of a form: the value to store with the words beside it, or the sentence that says what is wrong."""
    question = DocumentQuestion(**{"id": 1, "text": {}, **fields})
    with translation.override("en"):
        answers = check_answers(
            [question], {name: value if isinstance(value, list) else [value] for name, value in form.items()}
        )
    if answers.errors:
        return answers.errors[1]
    return (answers.values[1], answers.comments[1]) if answers.comments else answers.values[1]


CHOOSE = "Please choose one of the answers."
RANK = "Please give each one a place of its own, from 1 to 3."
SHORTEN = "Please shorten your answer: 201 characters are too many, 200 is the most."


@pytest.mark.parametrize(
    ("fields", "form", "expected"),
    [
        ({"kind": "yes_no"}, {"q1": "no"}, "no"),
        ({"kind": "yes_no"}, {"q1": "maybe"}, CHOOSE),
        ({"kind": "yes_no", "allows_not_applicable": True}, {"q1": "n/a"}, "n/a"),
        ({"kind": "single", "options": OPTIONS}, {"q1": "2"}, 2),
        ({"kind": "single", "options": OPTIONS}, {"q1": "4"}, CHOOSE),
        ({"kind": "single", "options": OPTIONS}, {"q1": "0"}, CHOOSE),
        ({"kind": "single", "options": OPTIONS, "allows_other": True}, {"q1": "0", "q1.other": " Rad "}, (0, "Rad")),
        ({"kind": "single", "options": OPTIONS, "allows_other": True}, {"q1": "1", "q1.other": "Rad"}, 1),
        ({"kind": "multiple", "options": OPTIONS}, {"q1": ["3", "1"]}, [1, 3]),
        ({"kind": "multiple", "options": OPTIONS}, {"q1": ["3", "x"]}, CHOOSE),
        ({"kind": "multiple", "options": OPTIONS}, {"q1": []}, None),
        ({"kind": "ranking", "options": OPTIONS}, {"q1.1": "2", "q1.2": "1", "q1.3": "3"}, [2, 1, 3]),
        (
            {"kind": "ranking", "options": OPTIONS},
            {"q1.1": "2", "q1.2": "2", "q1.3": "3"},
            "Please give each one a place of its own, from 1 to 3.",
        ),
        ({"kind": "ranking", "options": OPTIONS}, {}, None),
        ({"kind": "number"}, {"q1": "12,5"}, 12.5),
        ({"kind": "number", "lo": 1, "hi": 9}, {"q1": "9"}, 9),
        ({"kind": "number", "lo": 1, "hi": 9}, {"q1": "10"}, "Please enter a number up to 9."),
        ({"kind": "number", "lo": 1, "hi": 9}, {"q1": "0"}, "Please enter a number from 1 on."),
        ({"kind": "number"}, {"q1": "1e9"}, "Please enter a number, such as 12.5."),
        ({"kind": "date"}, {"q1": "2024-02-29"}, "2024-02-29"),
        ({"kind": "date"}, {"q1": "2023-02-29"}, "Please enter a date, such as 12/31/2024."),
        ({"kind": "consent"}, {"q1": "yes"}, True),
        ({"kind": "consent"}, {}, None),
        ({"kind": "consent", "is_required": True}, {}, "Please answer this question."),
        ({"kind": "short_text"}, {"q1": "Auto"}, (True, "Auto")),
        (
            {"kind": "short_text"},
            {"q1": "x" * 201},
            "Please shorten your answer: 201 characters are too many, 200 is the most.",
        ),
    ],
)
def test_each_kind_takes_what_fits_and_says_what_does_not(fields: Any, form: Any, expected: Any) -> None:
    assert checked(form, **fields) == expected


def test_headings_take_no_answers() -> None:
    headings = [
        DocumentQuestion(id=1, kind="info"),
        DocumentQuestion(id=2, kind="matrix", lo=1, hi=5, is_required=True),
    ]
    row = DocumentQuestion(id=3, kind="rating", lo=1, hi=5, matrix_id=2)
    answers = check_answers([*headings, row], {"q1": ["1"], "q2": ["1"], "q3": ["4"]})
    assert (answers.values, answers.scores, answers.errors) == ({3: 4}, {3: 4}, {})
