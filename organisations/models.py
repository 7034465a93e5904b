import zoneinfo
from datetime import date, datetime, timedelta
from functools import cache, cached_property
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.colours import validate_colour
from organisations.permissions import PERMISSIONS, Permission, Role
from organisations.queues import QueueRow

LANGUAGES = [("de", _("German")), ("en", _("English"))]


@cache
def time_zones() -> frozenset[str]:
    """All there are; Python itself looks through its files anew each time."""
    return frozenset(zoneinfo.available_timezones())


def validate_time_zone(name: str) -> None:
    if name not in time_zones():
        raise ValidationError(_("“%(name)s” is not a time zone, such as Europe/Berlin."), params={"name": name})


class Organisation(models.Model):
    """The tenant: everything belongs to one."""

    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("address in the portal"), max_length=50, unique=True)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, default="de")
    time_zone = models.CharField(
        _("time zone"), max_length=50, default="Europe/Berlin", validators=[validate_time_zone]
    )
    minimum_n = models.PositiveSmallIntegerField(
        _("fewest answers shown"),
        default=5,
        validators=[MinValueValidator(3)],
        help_text=_("Figures from fewer answers are hidden everywhere. At least 3."),
    )
    comment_minimum_n = models.PositiveSmallIntegerField(
        _("fewest answers for comments"),
        default=8,
        validators=[MinValueValidator(3)],
        help_text=_("Comments are shown only where at least this many people answered. At least 3."),
    )
    sender_name = models.CharField(
        _("sender of survey mails"), max_length=100, blank=True, help_text=_("Empty: the organisation's name.")
    )
    from_address = models.EmailField(
        _("sender's address"), blank=True, help_text=_("Empty: the address of this installation.")
    )
    reply_to = models.EmailField(_("replies go to"), blank=True)
    brand_colour = models.CharField(
        _("colour"), max_length=7, blank=True, validators=[validate_colour], help_text=_("Of the button and the edge.")
    )
    logo_digest = models.CharField(max_length=16, blank=True, editable=False)
    """Begins the SHA-256 of the logo's file; "" without one. Here, so that pages and mails need no further row."""
    logo_width = models.PositiveSmallIntegerField(default=0, editable=False)
    """Pixels at which it is shown; the file has twice as many."""
    logo_height = models.PositiveSmallIntegerField(default=0, editable=False)
    privacy_url = models.URLField(
        _("privacy notice"), blank=True, help_text=_("Linked from every survey and every mail.")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    def today(self) -> date:
        return timezone.localdate(timezone=self.zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day on which something happened, for the people of this organisation."""
        return timezone.localdate(moment, timezone=self.zone)


class OrganisationOwned(models.Model):
    """Every row of an organisation, children too; its table is behind row-level security.

    No index of its own: each table has the composite ones that its queries use.
    """

    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_index=False, editable=False
    )

    class Meta:
        abstract = True


class OrganisationLogo(OrganisationOwned):
    """The logo's file, in the database so that every web machine has it; see ``common.pictures``."""

    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="logo_once")]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


class User(AbstractBaseUser):
    """A person who signs in; belongs to organisations through memberships. There is no superuser."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    language = models.CharField(_("language"), max_length=2, choices=LANGUAGES, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name or self.email


class DepartmentQuerySet(models.QuerySet["Department"]):
    def as_tree(self) -> list["Department"]:
        """All departments, parents before children, siblings by name; each with its ``depth`` (0 = top)."""
        children: dict[int | None, list[Department]] = {}
        for department in self.order_by(Lower("name"), "pk"):
            children.setdefault(department.parent_id, []).append(department)

        def walk(parent: int | None, depth: int) -> list[Department]:
            found = []
            for department in children.get(parent, []):
                department.depth = depth
                found += [department, *walk(department.pk, depth + 1)]
            return found

        return walk(None, 0)

    def ids_below(self, roots: set[int]) -> set[int]:
        """The given departments and all below them."""
        return _below(roots, dict(self.values_list("pk", "parent_id")))

    def ids_led_by(self, membership: "Membership") -> set[int]:
        """A department lead's own departments and all below them; one statement."""
        own = MembershipDepartment.objects.filter(membership=membership, department=models.OuterRef("pk"))
        rows = list(self.values_list("pk", "parent_id", models.Exists(own)))
        return _below({pk for pk, _parent, is_own in rows if is_own}, {pk: parent for pk, parent, _is_own in rows})


def _below(roots: set[int], parents: dict[int, int | None]) -> set[int]:
    def belongs(department: int | None) -> bool:
        while department is not None:
            if department in roots:
                return True
            department = parents.get(department)
        return False

    return {department for department in parents if belongs(department)}


class Department(OrganisationOwned):
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("part of"),
    )
    name = models.CharField(_("name"), max_length=100)

    objects = DepartmentQuerySet.as_manager()
    depth: int

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="department_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> Self:
        return self.filter(user=user, user__is_active=True).select_related("organisation", "user")

    def for_list(self) -> Self:
        return self.select_related("user").prefetch_related("departments").order_by(Lower("user__name"), "pk")

    def matching(self, words: str) -> Self:
        """Members whose name or address contains each of the words."""
        found = self
        for word in words.split():
            found = found.filter(models.Q(user__name__icontains=word) | models.Q(user__email__icontains=word))
        return found


class Membership(OrganisationOwned):
    """A user's role in an organisation, and the departments a department lead answers for."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    departments = models.ManyToManyField(
        Department, through="MembershipDepartment", blank=True, verbose_name=_("departments"), related_name="members"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_once"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    def may(self, permission: Permission) -> bool:
        return permission in PERMISSIONS[Role(self.role)]

    @cached_property
    def own_departments(self) -> frozenset[int] | None:
        """Departments this member reads in full, those below included; None: all of them."""
        if self.role != Role.DEPARTMENT_LEAD:
            return None
        return frozenset(Department.objects.ids_led_by(self))

    def reads_department(self, department_id: int) -> bool:
        return self.own_departments is None or department_id in self.own_departments


class MembershipDepartment(OrganisationOwned):
    membership = models.ForeignKey(Membership, on_delete=models.CASCADE)
    department = models.ForeignKey(Department, on_delete=models.CASCADE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["membership", "department"], name="membership_department_once"),
        ]


class ColleagueInvite(OrganisationOwned):
    """A colleague asked by mail to join; becomes a membership when they accept."""

    VALID_FOR = timedelta(days=14)

    email = models.EmailField(_("e-mail address"))
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    departments = models.JSONField(default=list)
    invited_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    """When it was sent last: sending it again renews it."""
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", Lower("email"), name="colleague_invited_once"),
        ]

    @property
    def expires_at(self) -> datetime:
        return self.created_at + self.VALID_FOR

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()


class ColleagueInviteQueue(QueueRow):
    """An invitation whose mail is to be sent."""

    LEASE = timedelta(minutes=5)

    invite = models.ForeignKey(ColleagueInvite, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invite"], name="colleague_invite_queued_once")]


class DataSourceQuerySet(models.QuerySet["DataSource"]):
    def for_board(self) -> Self:
        return self.select_related("department", "owner__user", "deputy__user").order_by(Lower("name"), "pk")


class DataSource(OrganisationOwned):
    """Where data comes from, which department keeps it, who answers for it, and how fresh it must be."""

    name = models.CharField(_("name"), max_length=100)
    description = models.TextField(_("description"), blank=True)
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="data_sources", verbose_name=_("department")
    )
    owner = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_sources",
        verbose_name=_("data owner"),
    )
    deputy = models.ForeignKey(
        Membership,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deputised_sources",
        verbose_name=_("deputy"),
    )
    freshness_days = models.PositiveSmallIntegerField(
        _("must be fresh within (days)"), default=30, validators=[MinValueValidator(1)]
    )
    refreshed_at = models.DateTimeField(_("last refreshed"), null=True, blank=True, editable=False)
    row_count = models.PositiveIntegerField(_("rows"), default=0, editable=False)

    objects = DataSourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organisation", Lower("name"), name="data_source_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def due_at(self) -> datetime | None:
        return self.refreshed_at and self.refreshed_at + timedelta(days=self.freshness_days)

    @property
    def days_overdue(self) -> int | None:
        """Whole days past due; None: in time. A source never refreshed counts from its creation as due."""
        if self.due_at is None:
            return 0
        late = timezone.now() - self.due_at
        return late.days if late > timedelta(0) else None

    @property
    def needs_attention(self) -> bool:
        return self.owner_id is None or self.days_overdue is not None


class AuditEntry(OrganisationOwned):
    """Who changed what: names of fields and things, never personal data of customers."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    action = models.CharField(max_length=50)
    subject_type = models.CharField(max_length=50)
    subject_id = models.BigIntegerField()
    details = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="audit_newest_first")]


class Job(OrganisationOwned):
    """Long work in the background, with a page to watch it (see ``organisations.domain.jobs``)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=50)
    parameters = models.JSONField(default=dict)
    file = models.BinaryField(null=True)
    """The uploaded file, so that any worker machine can do the work; dropped when the job ends."""
    file_name = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    rows_total = models.PositiveIntegerField(null=True)
    rows_done = models.PositiveIntegerField(default=0)
    error_count = models.PositiveIntegerField(default=0)
    message = models.TextField(blank=True)
    """A translatable English sentence for people, with ``message_values`` filled in when shown."""
    message_values = models.JSONField(default=dict)
    starts = models.PositiveSmallIntegerField(default=0)
    """How often a worker has begun it."""
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="job_newest_first")]


class JobError(OrganisationOwned):
    """One fault in an imported file, at its place."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="errors")
    row = models.PositiveIntegerField()
    """Line of the file as a spreadsheet counts: the header is row 1."""
    column = models.CharField(max_length=200, blank=True)
    message = models.TextField()


class JobQueue(QueueRow):
    """A job that is to be run. A worker at it puts off its row again and again; once it died, that falls due.

    Of a job that was given up it stays for a day, and with it the file, so that somebody can start it again.
    """

    LEASE = timedelta(minutes=2)
    KEPT_FOR = timedelta(days=1)

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job"], name="job_queued_once")]
