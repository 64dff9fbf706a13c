"""Where the training set lies: a field, a way to choose, and the export."""

from __future__ import annotations

from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ui.language import say, tr


class FolderRow(QWidget):
    """The folder, typed or chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.folder, self.browse, self.export = QLineEdit(), QPushButton(), QPushButton()
        say(self.browse.setText, "Other folder")
        say(self.export.setText, "Export (E)")
        say(self.folder.setPlaceholderText, "Folder for the training set")
        say(
            self.folder.setToolTip,
            "A folder of its own, or the one that the present model was trained on: parts are "
            "added to it, and nothing in it is written over.",
        )
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self.folder, 1)
        across.addWidget(self.browse)
        across.addWidget(self.export)
        self.browse.clicked.connect(self._browse)

    def _browse(self) -> None:
        title, now = tr("Folder for the training set"), self.folder.text()
        folder = QFileDialog.getExistingDirectory(self, title, now)
        if folder:
            self.folder.setText(folder)
