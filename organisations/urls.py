from django.urls import path

from organisations.views import account, data_sources, departments, health, home, jobs, join, logo, members, settings

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("language/", home.set_language, name="set_language"),
    path("account/", account.account, name="account"),
    path("join/<str:token>/", join.join, name="join"),
    path("logo/<str:token>/<slug:digest>.png", logo.logo, name="logo"),
    path("o/<slug:organisation>/data-sources/", data_sources.data_sources, name="data_sources"),
    path("o/<slug:organisation>/data-sources/add/", data_sources.add_data_source, name="add_data_source"),
    path("o/<slug:organisation>/data-sources/<int:pk>/", data_sources.data_source, name="data_source"),
    path("o/<slug:organisation>/data-sources/<int:pk>/refresh/", data_sources.refresh, name="refresh_data_source"),
    path("o/<slug:organisation>/jobs/", jobs.jobs, name="jobs"),
    path("o/<slug:organisation>/jobs/<int:pk>/", jobs.job, name="job"),
    path("o/<slug:organisation>/jobs/<int:pk>/again/", jobs.start_job_again, name="start_job_again"),
    path("o/<slug:organisation>/jobs/<int:pk>/faults.csv", jobs.job_faults, name="job_faults"),
    path("o/<slug:organisation>/settings/", settings.settings, name="settings"),
    path("o/<slug:organisation>/settings/audit/", settings.audit, name="audit"),
    path("o/<slug:organisation>/settings/departments/", departments.departments, name="departments"),
    path("o/<slug:organisation>/settings/departments/add/", departments.add_department, name="add_department"),
    path("o/<slug:organisation>/settings/departments/<int:pk>/", departments.department, name="department"),
    path(
        "o/<slug:organisation>/settings/departments/<int:pk>/delete/",
        departments.remove_department,
        name="delete_department",
    ),
    path("o/<slug:organisation>/settings/members/", members.members, name="members"),
    path("o/<slug:organisation>/settings/members/invite/", members.invite, name="invite_member"),
    path("o/<slug:organisation>/settings/members/<int:pk>/", members.member, name="member"),
    path("o/<slug:organisation>/settings/members/<int:pk>/remove/", members.remove, name="remove_member"),
    path("o/<slug:organisation>/settings/invites/<int:pk>/resend/", members.resend, name="resend_invite"),
    path("o/<slug:organisation>/settings/invites/<int:pk>/withdraw/", members.withdraw, name="withdraw_invite"),
]
