"""Photos, signatures and scans, to those who may see a record that names them."""

from __future__ import annotations

import re
from typing import cast

from flask import Blueprint, Response, current_app, request, send_file

from fieldapp import commitments, drafts, evidence, findings, inspections
from fieldapp.errors import Refusal
from fieldapp.views.request import CASE_ROLES, account, db, for_roles
from sync import signed

blueprint = Blueprint("files", __name__)
_NAME = re.compile(r"[0-9a-f]{64}")


@blueprint.get("/files/<sha256>")
@for_roles(*CASE_ROLES)
def show(sha256: str) -> Response:
    if not _NAME.fullmatch(sha256):
        raise Refusal("not_found")
    file = evidence.read(db(), current_app.config["DATA_FOLDER"], sha256)
    if file is None or not _may_see(sha256):
        raise Refusal("not_found")
    response = send_file(file.path.resolve(), mimetype=file.media_type, etag=False, conditional=False)
    response.set_etag(sha256)
    # the browser asks each time whether it still may: a computer of the office has several users
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = "inline"
    return cast(Response, response.make_conditional(request))


def _may_see(sha256: str) -> bool:
    """An inspector opens the files of the records he or she made; the office those of every record, but no draft's."""
    uses = [(kind, record_id) for kind, record_id in signed.uses(db(), sha256) if kind != drafts.NAME]
    if account().role != "inspector":
        return bool(uses)
    return any(_author(kind, record_id) == account().id for kind, record_id in uses)


def _author(kind: str, record_id: str) -> str:
    try:
        if kind == "inspection":
            return inspections.read(db(), record_id).author
        if kind == findings.KIND:
            return findings.read_event(db(), record_id).author
        return commitments.read(db(), record_id).author
    except Refusal:
        return ""
