"""Which piece of a picture a widget shows, and how large: numbers alone."""

from __future__ import annotations

from dataclasses import dataclass, replace

MOST = 40.0
"""A picture's pixel is never shown larger than so many of the widget's."""
Place = tuple[float, float]
"""x and y."""


@dataclass(frozen=True, slots=True)
class Framing:
    """A picture in a widget; both have a width and a height of at least 1."""

    view: Place
    """Width and height of the widget, in its pixels."""
    picture: Place
    """Width and height of the picture, in its pixels."""
    chosen: float | None = None
    """The widget's pixels for one of the picture's; None: the picture fits whole."""
    centre: Place = (0.0, 0.0)
    """What of the picture lies in the widget's middle, in its pixels; of no account while it
    fits."""

    @property
    def fit(self) -> float:
        """The scale at which the picture fits whole."""
        return min(self.view[0] / self.picture[0], self.view[1] / self.picture[1])

    @property
    def scale(self) -> float:
        """The widget's pixels for one of the picture's."""
        return self.fit if self.chosen is None else self.chosen

    @property
    def corner(self) -> Place:
        """Where the picture's upper left corner lies, in the widget's pixels."""
        x, y = (0.5 * self.picture[0], 0.5 * self.picture[1])
        if self.chosen is not None:
            x, y = self.centre
        return 0.5 * self.view[0] - x * self.scale, 0.5 * self.view[1] - y * self.scale

    def on_picture(self, place: Place) -> Place:
        """From the widget's pixels to the picture's; may lie outside it."""
        left, top = self.corner
        return (place[0] - left) / self.scale, (place[1] - top) / self.scale

    def on_view(self, place: Place) -> Place:
        """From the picture's pixels to the widget's."""
        left, top = self.corner
        return left + place[0] * self.scale, top + place[1] * self.scale

    def zoomed(self, factor: float, about: Place) -> Framing:
        """Larger or smaller, what lies at `about` (the widget's pixels) staying there.

        Never smaller than the whole picture, or than pixel on pixel where that is smaller.
        """
        scale = min(max(self.scale * factor, min(self.fit, 1.0)), max(MOST, self.fit))
        if scale == self.fit or scale < self.fit < self.scale:  # it stops there on the way
            return self.fitted()
        x, y = self.on_picture(about)
        centre = (
            x + (0.5 * self.view[0] - about[0]) / scale,
            y + (0.5 * self.view[1] - about[1]) / scale,
        )
        return replace(self, chosen=scale, centre=centre)._kept_in()

    def moved(self, dx: float, dy: float) -> Framing:
        """The picture pulled by so many of the widget's pixels; its edge stops at the widget's."""
        if self.chosen is None:
            return self
        x, y = self.centre
        return replace(self, centre=(x - dx / self.scale, y - dy / self.scale))._kept_in()

    def fitted(self) -> Framing:
        """The whole picture."""
        return replace(self, chosen=None)

    def within(self, view: Place) -> Framing:
        """The same middle in a widget of another size."""
        return replace(self, view=view)._kept_in()

    def _kept_in(self) -> Framing:
        """No ground is shown beside a picture that is larger than the widget."""
        if self.chosen is None:
            return self

        def kept(middle: float, whole: float, room: float) -> float:
            half = 0.5 * room / self.scale
            return 0.5 * whole if 2 * half >= whole else min(max(middle, half), whole - half)

        (x, y), (width, height) = self.centre, self.picture
        return replace(self, centre=(kept(x, width, self.view[0]), kept(y, height, self.view[1])))
