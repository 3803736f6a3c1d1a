"""Widgets on a page of their own, served for a browser."""

from typing import Any


def launch(demo: Any) -> str:
    """Serve a page of single widgets with the scripts and styles they fetch, and give its address."""
    from mmviz.ui import modules, widgets

    told = {"prevent_thread_lock": True, "quiet": True, "ssr_mode": False, "run_history": False}
    _, url, _ = demo.launch(**told, head=widgets.HEAD, app_kwargs={"routes": modules.routes()})
    return url
