"""A page as text."""

from __future__ import annotations

from html.parser import HTMLParser


class Outline(HTMLParser):
    """The elements of a page, its ids, links, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._within = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._within = tag
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""
        self._part(tag)

    def _part(self, tag: str) -> None:
        if tag not in ("a", "bdi", "time", "strong", "code"):
            self.text.append(" ")

    def handle_data(self, data: str) -> None:
        if self._within not in ("script", "style"):
            self.text.append(data)

    @property
    def said(self) -> str:
        return " ".join("".join(self.text).split())

    def links(self) -> list[str]:
        return [attributes["href"] or "" for tag, attributes in self.elements if tag == "a"]
