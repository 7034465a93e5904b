from surveys.models.authoring import MadeByForm, Question, Survey, SurveyQuerySet, SurveyVersion, Texts, localised
from surveys.models.checking import MailCheck, MailCheckQueue
from surveys.models.entrances import Arrival, Entrance, EntranceQuerySet
from surveys.models.evidence import MailEvidence, MailNotice
from surveys.models.history import HistoryImport, HistoryImportQuerySet, HistoryQueue
from surveys.models.policy import ContactPolicy
from surveys.models.reminders import Reminder, ReminderMail, ReminderQueue
from surveys.models.responses import (
    AnswerRow,
    ChangedDay,
    Comment,
    CommentQuerySet,
    PickedQuote,
    Response,
    Score,
)
from surveys.models.sending import (
    Campaign,
    CampaignCustomer,
    CampaignQuerySet,
    CampaignQueue,
    Invitation,
    InvitationQuerySet,
    MailBatch,
    MailQueue,
)
from surveys.models.triggers import Trigger, TriggerChannel, TriggerQuerySet, TriggerQueue

__all__ = [
    "AnswerRow",
    "Arrival",
    "Campaign",
    "CampaignCustomer",
    "CampaignQuerySet",
    "CampaignQueue",
    "ChangedDay",
    "Comment",
    "CommentQuerySet",
    "ContactPolicy",
    "Entrance",
    "EntranceQuerySet",
    "HistoryImport",
    "HistoryImportQuerySet",
    "HistoryQueue",
    "Invitation",
    "InvitationQuerySet",
    "MadeByForm",
    "MailBatch",
    "MailCheck",
    "MailCheckQueue",
    "MailEvidence",
    "MailNotice",
    "MailQueue",
    "PickedQuote",
    "Question",
    "Reminder",
    "ReminderMail",
    "ReminderQueue",
    "Response",
    "Score",
    "Survey",
    "SurveyQuerySet",
    "SurveyVersion",
    "Texts",
    "Trigger",
    "TriggerChannel",
    "TriggerQuerySet",
    "TriggerQueue",
    "localised",
]
