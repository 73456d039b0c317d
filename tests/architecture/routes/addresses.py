"""The addresses that the portal answers, with their methods and marks, as the access list prints them."""

from dataclasses import dataclass

from flask import Flask
from werkzeug.routing import Rule

from app.access.policy import Permission
from app.web.guard import PUBLIC, access_of

CLOSED = "closed: the view has no mark"


@dataclass(frozen=True)
class Endpoint:
    """One rule of the map."""

    name: str
    rule: str
    methods: tuple[str, ...]
    needs: Permission | str | None

    @property
    def is_public(self) -> bool:
        return self.needs == PUBLIC

    @property
    def room(self) -> str:
        return self.name.rpartition(".")[0]

    def listed(self) -> str:
        needs = self.needs.value if isinstance(self.needs, Permission) else self.needs or CLOSED
        return f"{','.join(self.methods):4} {self.rule}  [{self.name}]  {needs}"


def endpoints(app: Flask) -> list[Endpoint]:
    """All of them, by address. HEAD and OPTIONS go with GET and are not listed."""
    found = [_endpoint(app, rule) for rule in app.url_map.iter_rules()]
    return sorted(found, key=lambda one: (one.rule, one.methods))


def _endpoint(app: Flask, rule: Rule) -> Endpoint:
    methods = tuple(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    return Endpoint(rule.endpoint, rule.rule, methods, access_of(app.view_functions[rule.endpoint]))
