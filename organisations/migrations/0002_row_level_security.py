from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("organisations", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("Department"),
        ForceRowLevelSecurity("Membership", readable_by_user="user_id"),
        ForceRowLevelSecurity("MembershipDepartment"),
        ForceRowLevelSecurity("ColleagueInvite"),
        ForceRowLevelSecurity("DataSource"),
        ForceRowLevelSecurity("AuditEntry"),
        ForceRowLevelSecurity("Job"),
        ForceRowLevelSecurity("JobError"),
        ForceRowLevelSecurity("OrganisationLogo"),
    ]
