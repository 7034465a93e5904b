"""One respondent's way through a survey: what was answered, which page comes next, what an earlier answer changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from surveys.answers import Answers
from surveys.documents import Document, DocumentQuestion
from surveys.logic import Answer, Facts


@dataclass(frozen=True)
class Page:
    """What is asked at once of one respondent; never empty."""

    number: int
    """As the survey is written, from 1: it stays the same whatever is answered."""
    questions: list[DocumentQuestion]

    @property
    def is_to_be_read(self) -> bool:
        """It asks nothing."""
        return not any(question.takes_answers for question in self.questions)


@dataclass(frozen=True)
class Place:
    """Where in the survey a page stands."""

    number: int = 1
    """Of the page as written."""
    position: int = 1
    total: int = 1
    is_certain: bool = True
    """The total; else it is about that, since what is still to be asked depends on answers to come."""
    before: int = 0
    """Number of the page before; 0: this is the first."""

    @property
    def is_last(self) -> bool:
        return self.position == self.total


@dataclass(frozen=True)
class AnswerSheet:
    """As far as it is filled in; ``logic.pages`` alone says what is asked."""

    document: Document
    facts: Facts = field(default_factory=Facts)
    values: Mapping[int, Answer] = field(default_factory=dict)
    """By question id, of all pages sent so far, see ``surveys.answers``; None where left empty."""
    comments: Mapping[int, str] = field(default_factory=dict)
    """Own words by question id."""

    @cached_property
    def pages(self) -> tuple[Page, ...]:
        """As far as the answers tell by now. None at all where nothing is to be asked of this respondent."""
        numbers = self.document.block_numbers
        return tuple(
            Page(numbers[questions[0].id], questions) for questions in self.document.pages(self.facts, self.values)
        )

    @cached_property
    def current(self) -> Page:
        """Where to go on: the first page that was not sent, with what is to be read before it; else the last one."""
        at = next((at for at, page in enumerate(self.pages) if not self._was_sent(page)), len(self.pages))
        while at > 0 and self.pages[at - 1].is_to_be_read:
            at -= 1
        return self.pages[min(at, len(self.pages) - 1)]

    def page(self, number: int) -> Page:
        """The page of this number; the current one where it is not asked or there are others to send first."""
        for page in self.pages:
            if page.number == number:
                return page
            if not self._was_sent(page):
                break
        return self.current

    def before(self, page: Page) -> Page | None:
        """Where "back" leads to."""
        return next((each for each in reversed(self.pages) if each.number < page.number), None)

    def after(self, number: int) -> Page | None:
        """What follows the page of this number; None: the sheet is complete."""
        following = (page for page in self.pages if page.number > number)
        return next(following, None if self._is_sent else self.current)

    def place(self, page: Page) -> Place:
        asked = {each.number for each in self.pages}
        later = sum(
            number in asked or any(map(self._is_undecided, block))
            for number, block in enumerate(self.document.blocks[page.number :], page.number + 1)
        )
        position = 1 + sum(each.number < page.number for each in self.pages)
        before = self.before(page)
        return Place(
            number=page.number,
            position=position,
            total=position + later,
            is_certain=later == 0 or not self._depends_on_what_comes_from(page),
            before=before.number if before else 0,
        )

    def with_page(self, page: Page, answers: Answers) -> "AnswerSheet":
        """As it is once a page is sent; answers to what is no longer asked go."""
        known = {**self.values, **answers.values}
        asked = [question.id for block in self.document.pages(self.facts, known) for question in block]
        own = {question.id for question in page.questions}
        words = {pk: text for pk, text in self.comments.items() if pk not in own} | answers.comments
        return AnswerSheet(
            document=self.document,
            facts=self.facts,
            values={pk: known[pk] for pk in asked if pk in known},
            comments={pk: words[pk] for pk in asked if pk in words},
        )

    @property
    def is_empty(self) -> bool:
        """Nothing was answered at all."""
        return all(value is None for value in self.values.values())

    @property
    def scores(self) -> dict[int, int]:
        """What metrics are made of."""
        scored = {question.id for question in self.document.questions if question.is_scored}
        return {pk: value for pk, value in self.values.items() if pk in scored and isinstance(value, int)}

    @property
    def _is_sent(self) -> bool:
        return all(map(self._was_sent, self.pages))

    def _depends_on_what_comes_from(self, page: Page) -> bool:
        coming = [question for block in self.document.blocks[page.number - 1 :] for question in block]
        keys = {question.id for question in coming}
        return any(each.ends_if or (each.condition and each.condition.questions & keys) for each in coming)

    def _is_undecided(self, question: DocumentQuestion) -> bool:
        """Whether it is asked depends on answers that are still to come."""
        return question.condition is not None and not question.condition.questions <= self.values.keys()

    def _was_sent(self, page: Page) -> bool:
        """True also of a page that asks nothing."""
        return all(question.id in self.values for question in page.questions if question.takes_answers)
