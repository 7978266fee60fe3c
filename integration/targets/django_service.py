# SPDX-License-Identifier: MIT
"""A Django application in one file: models, templates, requests."""
import sys

import truth

try:
    import django
    from django.conf import settings
except ImportError:
    print("skip no django", flush=True)
    sys.exit(77)

settings.configure(
    DEBUG=False, SECRET_KEY="of no value", ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"], INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                           "NAME": ":memory:"}},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}])
django.setup()

from django.contrib.auth.models import User		# noqa: E402
from django.core.management import call_command		# noqa: E402
from django.http import HttpResponse			# noqa: E402
from django.template import engines			# noqa: E402
from django.test import Client				# noqa: E402
from django.urls import path				# noqa: E402

TEMPLATE = "{% for u in users %}{{ u.username }}, {{ u.email }}\n{% endfor %}"


def users(request, n):
    User.objects.create(username="user%d" % n, email="u%d@example.com" % n)
    page = engines["django"].from_string(TEMPLATE)
    return HttpResponse(page.render({"users": User.objects.all()[:n]}))


urlpatterns = [path("users/<int:n>", users)]
call_command("migrate", verbosity=0)
client = Client()
pages = [client.get("/users/%d" % i) for i in range(60)]
everyone = list(User.objects.all())
truth.wait()
