"""Pages for people, from the templates of this room."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def page(template: str, filters: dict[str, Callable[..., str]] | None = None, **values: Any) -> str:
    """trainer/templates/TEMPLATE.html.j2 filled in: HTML, every value escaped."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("trainer"), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(filters or {})
    return environment.get_template(f"{template}.html.j2").render(**values)
