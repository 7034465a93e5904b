from django.db import migrations

from organisations.row_security import ForceRowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("journeys", "0001_initial")]

    operations = [
        ForceRowLevelSecurity("Channel"),
        ForceRowLevelSecurity("Persona"),
        ForceRowLevelSecurity("Journey"),
        ForceRowLevelSecurity("Stage"),
        ForceRowLevelSecurity("Touchpoint"),
        ForceRowLevelSecurity("TouchpointChannel"),
        ForceRowLevelSecurity("Placement"),
        ForceRowLevelSecurity("Lane"),
        ForceRowLevelSecurity("LaneText"),
        ForceRowLevelSecurity("TouchpointSource"),
        ForceRowLevelSecurity("PersonaExpectation"),
        ForceRowLevelSecurity("MapChange"),
        ForceRowLevelSecurity("PersonaAssignment"),
        ForceRowLevelSecurity("PersonaCount"),
        ForceRowLevelSecurity("PersonaChannel"),
        ForceRowLevelSecurity("PersonaPicture"),
        ForceRowLevelSecurity("Interaction"),
    ]
