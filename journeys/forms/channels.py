from journeys.forms.naming import NameOnce
from journeys.models import Channel


class ChannelForm(NameOnce):
    class Meta:
        model = Channel
        fields = ("name",)
