"""What a supervisor says of a golden part before it is taken up."""

from __future__ import annotations

from PyQt6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from station.errors import ConfigError
from station.shift.golden import NAME_MOST, GoldenPart
from ui.language import say, tr


class GoldenForm(QWidget):
    """Name, kind, note; on a simulated bench the picture; without users who does it."""

    def __init__(self) -> None:
        super().__init__()
        self.name, self.note, self.by = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind, self.picture = QComboBox(), QComboBox()
        self.name.setMaxLength(NAME_MOST)
        self.picture.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.kind.addItems(["", ""])
        say(self.name.setPlaceholderText, "as it stands on the part, such as GOOD-1")
        say(self.note.setPlaceholderText, "what it is, and where it lies")
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        self._labels = {
            "name": QLabel(), "kind": QLabel(), "note": QLabel(), "picture": QLabel(),
            "by": QLabel(),
        }  # fmt: skip
        say(self._labels["name"].setText, "Name")
        say(self._labels["kind"].setText, "Known to be")
        say(self._labels["note"].setText, "Note")
        say(self._labels["picture"].setText, "Picture")
        say(self._labels["by"].setText, "Supervisor")
        for key, label in self._labels.items():
            field: QWidget = getattr(self, key)
            label.setBuddy(field)
            form.addRow(label, field)
        self.show_pictures(())
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        self.kind.setItemText(0, tr("good: the line must not reject it"))
        self.kind.setItemText(1, tr("bad: the line must not pass it"))

    def show_pictures(self, names: tuple[str, ...]) -> None:
        """Of a simulated bench; none: the row goes away."""
        self.picture.clear()
        self.picture.addItems(list(names))
        for widget in (self.picture, self._labels["picture"]):
            widget.setVisible(bool(names))

    def show_person(self, name: str | None) -> None:
        """Who signed in, and need not give a name."""
        if name is not None:
            self.by.setText(name)
        self.by.setReadOnly(name is not None)

    def show_part(self, part: GoldenPart) -> None:
        """A part that is to be taken up again."""
        self.name.setText(part.name)
        self.note.setText(part.note)
        self.kind.setCurrentIndex(0 if part.good else 1)
        self.picture.setCurrentIndex(max(0, self.picture.findText(part.picture)))

    def part(self) -> GoldenPart:
        """What was said. Raises ConfigError where something is missing."""
        if not self.by.text().strip():
            raise ConfigError(tr("Say who takes the part up: give the supervisor's name."))
        if not self.name.text().strip():
            raise ConfigError(tr("Give the golden part a name, as it stands on the part."))
        return GoldenPart(
            self.name.text().strip(),
            self.kind.currentIndex() == 0,
            self.note.text().strip(),
            self.picture.currentText(),
        )
