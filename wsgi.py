"""The WSGI entry point: `gunicorn wsgi:application`."""

import os

from app import create_app
from app.core.logs import configure
from app.core.settings import Settings

settings = Settings.from_env(os.environ)
configure(settings.log_level)
application = create_app(settings)
