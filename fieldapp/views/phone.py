"""The phone app's shell: one page at every address under /app, its worker, and the manifest that installs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, render_template, send_from_directory, url_for
from flask.typing import ResponseReturnValue

from fieldapp.views.request import unit

blueprint = Blueprint("phone", __name__)

NAME = "Kiểm tra cơ sở"
THEME = "#0b6b57"
GROUND = "#f4f6f5"


def _dist() -> Path:
    return Path(current_app.static_folder or "") / "dist"


@blueprint.get("/app")
@blueprint.get("/app/<path:screen>")
def shell(screen: str = "") -> ResponseReturnValue:
    """The same page for every screen: the client reads the address. Kept by the worker under /app."""
    assets = json.loads((_dist() / "assets.json").read_text(encoding="utf-8"))
    response = Response(render_template("app.html", assets=assets))
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/sw.js")
def worker() -> ResponseReturnValue:
    """The service worker. Never from a cache, or a phone would keep yesterday's app."""
    response = send_from_directory(_dist(), "sw.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@blueprint.get("/app/photos-<version>.js")
def photo_worker(version: str) -> ResponseReturnValue:
    """What makes photos small. Under /app, because a browser asks the service worker for a worker's script by that
    script's own address: from anywhere else it would come from the network, which a phone in a basement has not got."""
    response = send_from_directory(_dist(), f"photos-{version}.js", mimetype="text/javascript")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    """What a phone's home screen needs; it bears the commune's name, because one phone may serve two communes."""
    commune = unit()
    content: dict[str, Any] = {
        "id": "/app",
        "name": f"{NAME} – {commune.kind} {commune.name}",
        "short_name": NAME,
        "lang": "vi",
        "start_url": "/app",
        "scope": "/app",
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": THEME,
        "icons": [_icon(purpose, size) for purpose in ("any", "maskable") for size in (192, 512)],
    }
    response = Response(json.dumps(content, ensure_ascii=False), mimetype="application/manifest+json")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _icon(purpose: str, size: int) -> dict[str, str]:
    name = f"icons/{'maskable' if purpose == 'maskable' else 'icon'}-{size}.png"
    return {"src": url_for("static", filename=name), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
