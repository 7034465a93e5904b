"""Settings come from the environment; README.md, section 'Production', lists them."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from cxportal import environment

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = environment.required("CXPORTAL_SECRET_KEY")
# Suppressed addresses are kept as hashes under this key. Never change it: all of them would be forgotten.
ADDRESS_KEY = environment.required("CXPORTAL_ADDRESS_KEY")
DEBUG = environment.boolean("CXPORTAL_DEBUG")
BASE_URL = environment.required("CXPORTAL_BASE_URL").rstrip("/")
ALLOWED_HOSTS = environment.words("CXPORTAL_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [BASE_URL]

INSTALLED_APPS = [
    "common",
    "organisations",
    "customers",
    "journeys",
    "surveys",
    "actions",
    "reports",
    "demo",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "surveys.middleware.AnsweringMiddleware",
    # From here on for people who sign in; customers who answer are done.
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "organisations.middleware.OrganisationMiddleware",
]

ROOT_URLCONF = "cxportal.urls"
WSGI_APPLICATION = "cxportal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "organisations.navigation.navigation",
            ],
            "builtins": ["common.templatetags.portal", "django.templatetags.i18n", "django.templatetags.static"],
        },
    }
]

# Database

DATABASES = {
    "default": {
        **environment.database(environment.required("CXPORTAL_DATABASE_URL")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People and sign-in

AUTH_USER_MODEL = "organisations.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "organisations.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
# Every address is confirmed by the invitation that was sent to it; there is no open sign-up.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True
# Who finds a browser unattended must not take the account over by giving it another address.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PREVENT_ENUMERATION = True

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Files

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
# What the columns of a wide file mean: twelve fields for each of 200.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
FILE_UPLOAD_HANDLERS = ["common.uploads.LimitedUpload"]

# Mail

mail = environment.email(environment.required("CXPORTAL_EMAIL_URL"))
MAIL_PROVIDER: str = mail.pop("MAIL_PROVIDER")
provider_settings = mail.pop("ANYMAIL")
locals().update(mail)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = environment.required("CXPORTAL_FROM_EMAIL")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Domains that organisations may send from, by their address in the portal ("": all).
FROM_DOMAINS = environment.domains("CXPORTAL_FROM_DOMAINS")
# Where mails come back to, and the mailbox in which the portal reads them.
BOUNCE_EMAIL = environment.text("CXPORTAL_BOUNCE_EMAIL")
BOUNCE_MAILBOX = environment.text("CXPORTAL_BOUNCE_IMAP_URL")
# Of django-anymail. What a provider cannot do (some of the headers) must not keep the mail from going out.
ANYMAIL = {
    **provider_settings,
    "WEBHOOK_SECRET": environment.words("CXPORTAL_MAIL_WEBHOOK_SECRET"),
    "IGNORE_UNSUPPORTED_FEATURES": True,
    "REQUESTS_TIMEOUT": EMAIL_TIMEOUT,
}

# Counters of sign-in attempts; without a shared cache each process counts for itself.

if environment.text("CXPORTAL_CACHE_URL"):
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": environment.text("CXPORTAL_CACHE_URL"),
        }
    }

# Background work

CELERY_BROKER_URL = environment.required("CXPORTAL_BROKER_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# Tasks work in shifts of half a minute. One that hangs would keep its worker for ever; killed, it is begun anew.
CELERY_TASK_TIME_LIMIT = 60 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must not keep a page waiting: the sweeps find the saved row anyway.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_TIMEZONE = "UTC"
# Sweeps find what no message announced; one that waited longer than its interval is dropped, the next does its work.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": seconds, "options": {"expires": seconds}}
    for name, seconds in {
        "customers.discard_uploads": 600,
        "journeys.assign_personas": 5,
        "organisations.forget_sessions": 3600,
        "organisations.run_due_jobs": 5,
        "organisations.send_invites": 5,
        "reports.count_changed_days": 2,
        "surveys.discard_files": 600,
        "surveys.forget_arrivals": 60,
        **({"surveys.fetch_bounces": 300} if BOUNCE_MAILBOX else {}),
        "surveys.make_mail_checks": 5,
        "surveys.prepare_campaigns": 5,
        "surveys.prepare_reminders": 5,
        "surveys.pull_triggers": 5,
        "surveys.send_mails": 5,
    }.items()
}

# Security

SECURE_SSL = environment.boolean("CXPORTAL_HTTPS", default=True)
SECURE_SSL_REDIRECT = SECURE_SSL
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # load balancers ask without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE_SSL else None
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if SECURE_SSL else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_SSL
SECURE_HSTS_PRELOAD = SECURE_SSL
SECURE_REFERRER_POLICY = "same-origin"
# The proxy that ends TLS says whose request it is; else all people would share one limit of sign-in attempts.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if SECURE_SSL else 0
SESSION_COOKIE_SECURE = SECURE_SSL
CSRF_COOKIE_SECURE = SECURE_SSL
LANGUAGE_COOKIE_SECURE = SECURE_SSL
LANGUAGE_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"class": "common.logs.WithoutLinks", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}
