"""An English sentence that still knows its template and its values: another language can say it.

The rooms write English, into the log, the database and the command line; they know no language.
What shows a sentence to people looks its template up in a catalogue and puts the same values in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from typing_extensions import override


class Sentence(str):
    """Equal to its English text. `str(...)` of it, or of an error that was raised with it, is the
    sentence itself; text made from it by `+` or an f-string is plain."""

    template: str
    """With {names} in their places, as `str.format` reads them; the text itself without values."""
    values: Mapping[str, object]
    headline: str
    """What kind of thing it tells, for people who cannot read the text; empty: nothing is said."""

    def __new__(
        cls, template: str, values: Mapping[str, object] | None = None, headline: str = ""
    ) -> Sentence:
        """Raises KeyError where a place of the template has no value."""
        kept = dict(values or {})
        made = super().__new__(cls, template.format(**kept) if kept else template)
        made.template, made.values = template, MappingProxyType(kept)
        made.headline = headline
        return made

    @override
    def __str__(self) -> str:
        return self

    @override
    def __reduce__(self) -> tuple[type[Sentence], tuple[str, dict[str, object], str]]:
        return Sentence, (self.template, dict(self.values), self.headline)

    def said(self, translate: Callable[[str], str]) -> str:
        """The sentence, and each sentence among its values, with every template translated."""
        template = translate(self.template)
        if not self.values:
            return template
        return template.format(
            **{
                name: value.said(translate) if isinstance(value, Sentence) else value
                for name, value in self.values.items()
            }
        )


def sentence(template: str, /, **values: object) -> Sentence:
    """`template` with `values` put in; an error among them speaks by its own sentence.

    template: a literal, so that catalogues can be held against the code.
    """
    return _told(template, values, "")


def told_by(error: Exception, template: str, values: Mapping[str, object]) -> Sentence:
    """What an error says, headed by the `headline` of its class. Called by its constructor."""
    return _told(template, values, getattr(error, "headline", ""))


def together(*parts: str) -> Sentence:
    """Several sentences in a row, each of them said in another language by itself."""
    names = {f"part{number}": part for number, part in enumerate(parts) if part}
    return Sentence(" ".join(f"{{{name}}}" for name in names), names)


def _told(template: str, values: Mapping[str, object], headline: str) -> Sentence:
    if isinstance(template, Sentence):
        return template if template.headline or not headline else _headed(template, headline)
    plain = {
        name: str(value) if isinstance(value, BaseException) else value
        for name, value in values.items()
    }
    return Sentence(template, plain, headline)


def _headed(said: Sentence, headline: str) -> Sentence:
    return Sentence(said.template, said.values, headline)
