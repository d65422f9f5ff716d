"""A browser of one bare window around WebKitGTK, driven by WebDriver; what it stores is there when it is reopened.

Run by the system's Python, because Debian packages the bindings for that one:
window.py FOLDER WIDTH HEIGHT light|dark
FOLDER holds everything: the pages' storage, downloads, `pid`, and perhaps `before.js`, which runs before every page.
WIDTH and HEIGHT are CSS pixels of the page.
"""

import os
import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402  the versions must be said first


def main(folder: Path, width: int, height: int, scheme: str) -> None:
    (folder / "pid").write_text(str(os.getpid()), encoding="utf-8")
    Gtk.init()
    Gtk.Settings.get_default().set_property("gtk-application-prefer-dark-theme", scheme == "dark")
    storage = WebKit2.WebsiteDataManager(
        base_data_directory=str(folder / "data"), base_cache_directory=str(folder / "cache")
    )
    context = WebKit2.WebContext(website_data_manager=storage)
    context.set_automation_allowed(True)

    def open_window(_session: WebKit2.AutomationSession) -> WebKit2.WebView:
        view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
        if (folder / "before.js").exists():
            view.get_user_content_manager().add_script(_before((folder / "before.js").read_text(encoding="utf-8")))
        window = Gtk.Window(decorated=False, default_width=width, default_height=height)
        window.add(view)
        window.show_all()
        return view

    def introduce(_context: WebKit2.WebContext, session: WebKit2.AutomationSession) -> None:
        phone = WebKit2.ApplicationInfo()
        phone.set_name("phone")
        session.set_application_info(phone)
        session.connect("create-web-view", open_window)

    def save(_context: WebKit2.WebContext, download: WebKit2.Download) -> None:
        download.connect("decide-destination", choose_place)

    def choose_place(download: WebKit2.Download, name: str) -> bool:
        # the browser writes into the name it is given from the first byte on: the real name is for the whole file
        growing = folder / f"{name}.part"
        download.set_destination(growing.as_uri())
        download.connect("finished", lambda _download: growing.rename(folder / name))
        return True

    context.connect("automation-started", introduce)
    context.connect("download-started", save)
    Gtk.main()


def _before(source: str) -> WebKit2.UserScript:
    top, start = WebKit2.UserContentInjectedFrames.TOP_FRAME, WebKit2.UserScriptInjectionTime.START
    return WebKit2.UserScript(source, top, start, None, None)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
