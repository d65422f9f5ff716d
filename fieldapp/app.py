"""The web application of one data folder: office, phone shell and wire. `create_app` is the factory."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from fieldapp import database, exchange, sealing, units
from fieldapp.clock import Clock, system_clock
from fieldapp.config import Config
from fieldapp.errors import Refusal
from fieldapp.units import Unit
from fieldapp.views import failures, office, phone, sync
from fieldapp.views.limits import limiter
from fieldapp.views.request import give_back_database
from sync import receive

# the wire's own limits are smaller and answered by the app; uploads have a limit of their own
LARGEST_REQUEST = 6 * 2**20
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; worker-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
csrf = CSRFProtect()


class Sessions(SecureCookieSessionInterface):
    """Signed cookies. A call of the wire brings none, and no signature is prepared for it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def create_app(config: Config, clock: Clock = system_clock) -> Flask:
    """The application for one data folder.

    Raises Refusal not_initialised when the folder holds no commune yet.
    """
    if not database.exists(config.data):
        raise Refusal("not_initialised", folder=config.data)
    unit = _open_data(config.data, clock)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=config.secret_key,
        # two communes on one host must not overwrite each other's cookie
        SESSION_COOKIE_NAME=f"fieldapp_{unit.code}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.proxies > 0,
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=config.session_s),
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=2 * 2**20,
        SIGN_IN_LIMIT=config.sign_in_limit,
        UPLOAD_BYTES=config.upload_bytes,
        DATA_FOLDER=config.data,
        SETTINGS=config,
        CLOCK=clock,
        TESTING=config.testing,
    )
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies, x_host=config.proxies)  # type: ignore[method-assign]
    app.session_interface = Sessions()
    csrf.init_app(app)
    limiter.init_app(app)
    _register(app)
    app.extensions["fieldapp_open"] = database.Kept(config.data)
    app.teardown_appcontext(give_back_database)
    app.after_request(_security_headers)
    return app


def _open_data(folder: Path, clock: Clock) -> Unit:
    """The commune of a data folder, after what an upgrade of the program owes it: the key that phones seal to, and the
    ops of newer phones that waited for this version. Raises Refusal not_initialised."""
    db = database.create(folder)
    try:
        unit = units.read(db)
        if sealing.public_key(db) is None:
            with database.write(db, clock) as tx:
                sealing.make_key(tx)
                tx.touch("unit", unit.code)
        receive.release_understood(db, exchange.kinds(unit, clock()), clock())
    except LookupError:
        raise Refusal("not_initialised", folder=folder) from None
    finally:
        db.close()
    return unit


def _register(app: Flask) -> None:
    failures.install(app)
    csrf.exempt(sync.blueprint)  # bearer tokens, no cookies
    app.register_blueprint(sync.blueprint)
    app.register_blueprint(phone.blueprint)
    for blueprint in office.blueprints:
        app.register_blueprint(blueprint)


def _security_headers(response: Response) -> Response:
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    return response
