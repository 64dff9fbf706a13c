"""The training that runs: how far it is, how good it is, what it says."""

from __future__ import annotations

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
)

from station.learning.fit_run import Progress, Training
from ui.language import say, tr
from ui.wording import number, percent

EVERY_MS = 700


class TrainingPanel(QFrame):
    """Shows a training and asks for its progress while one is watched."""

    start_wanted = pyqtSignal()
    stop_wanted = pyqtSignal()
    look_wanted = pyqtSignal()
    """Ask for the progress now."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.training: Training | None = None
        self.progress: Progress | None = None
        self.installed = True
        self.options = QLineEdit()
        say(self.options.setPlaceholderText, "Options of trainer fit, such as --epochs 20")
        self.start, self.stop, self.show_log = QPushButton(), QPushButton(), QPushButton()
        say(self.start.setText, "Train on the folder (T)")
        say(self.stop.setText, "Stop (X)")
        say(self.show_log.setText, "Log (L)")
        self.show_log.setCheckable(True)
        self.bar, self.state, self.result = QProgressBar(), QLabel(), QLabel()
        self.bar.setRange(0, 1000)
        self.bar.setFormat("")
        self.result.setWordWrap(True)
        self.state.setWordWrap(True)
        self.log = QPlainTextEdit()
        self.log.setReadOnly(True)
        self.log.setMaximumHeight(12 * self.log.fontMetrics().height())
        self.log.hide()
        grid = QGridLayout(self)
        grid.addWidget(self.options, 0, 0)
        for column, button in enumerate((self.start, self.stop, self.show_log), start=1):
            grid.addWidget(button, 0, column)
        grid.addWidget(self.bar, 1, 0, 1, 4)
        grid.addWidget(self.state, 2, 0, 1, 4)
        grid.addWidget(self.result, 3, 0, 1, 4)
        grid.addWidget(self.log, 4, 0, 1, 4)
        grid.setColumnStretch(0, 1)
        self.start.clicked.connect(lambda: self.start_wanted.emit())
        self.stop.clicked.connect(lambda: self.stop_wanted.emit())
        self.show_log.toggled.connect(self._log_toggled)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.look_wanted.emit)
        self.refresh()

    @property
    def running(self) -> bool:
        """Whether a training runs, as far as is known."""
        return self.progress is not None and self.progress.running

    def watch(self, on: bool) -> None:
        """Ask for progress again and again, or no longer."""
        if on:
            self._timer.start()
        else:
            self._timer.stop()

    def show_progress(self, training: Training | None, progress: Progress | None) -> None:
        """Show how far it is."""
        self.training, self.progress = training, progress
        self.refresh()

    def refresh(self) -> None:
        """Say it in the language of the window."""
        progress, training = self.progress, self.training
        self.start.setEnabled(self.installed and not self.running)
        self.options.setEnabled(self.installed and not self.running)
        self.stop.setVisible(self.running)
        for widget in (self.bar, self.show_log):
            widget.setVisible(training is not None)
        self.log.setVisible(training is not None and self.show_log.isChecked())
        if not self.installed and training is None:
            self.state.setText(
                tr(
                    "The trainer is not installed on this machine. Export the folder and train "
                    "where it is."
                )
            )
            self.result.hide()
            return
        if training is None or progress is None:
            self.state.setText(tr("No training was started here yet."))
            self.result.hide()
            return
        self.bar.setValue(round(1000 * progress.share))
        self.state.setText(self._state(progress))
        self.result.setText(self._result(progress, training))
        self.result.setVisible(bool(self.result.text()))
        if progress.log != self.log.toPlainText():
            self.log.setPlainText(progress.log)
            bar = self.log.verticalScrollBar()
            if bar is not None:
                bar.setValue(bar.maximum())

    def _state(self, progress: Progress) -> str:
        if progress.running:
            step = progress.step
            if step is None:
                return progress.text or tr("The training starts; reading pictures takes a while.")
            text = tr(
                "Epoch {epoch} of {epochs}, step {step} of {steps}, loss {loss}",
                epoch=step["epoch"],
                epochs=step["epochs"],
                step=step["step"],
                steps=step["steps"],
                loss=number(step["loss"], 4),
            )
            return f"{text}. {progress.text}" if progress.text else text
        if progress.done is None:
            lines = [line for line in progress.log.splitlines() if line.strip()]
            why = lines[-1] if lines else ""
            return tr("The training ended without a result: {why}", why=why)
        if not progress.done.get("complete", False):
            return tr("Stopped; the best weights so far were measured.")
        return tr("The training is done.")

    def _result(self, progress: Progress, training: Training) -> str:
        done = progress.done
        if done is None:
            if not progress.epochs:
                return ""
            last = progress.epochs[-1]
            return tr(
                "After {count} epochs: balanced accuracy {accuracy}, escapes {escapes}, "
                "overkill {overkill} on validation pictures",
                count=len(progress.epochs),
                accuracy=percent(last["val_balanced_accuracy"]),
                escapes=percent(last["escapes"]),
                overkill=percent(last["overkill"]),
            )
        escapes, overkill = done["escapes"], done["overkill"]
        return tr(
            "{pictures} test pictures: balanced accuracy {accuracy}; {missed} of {defects} defects "
            "passed, {rejected} of {good} good parts rejected. Run folder: {run}. Make a bundle of "
            "it with trainer export, then look at it on the Model page.",
            pictures=done["pictures"],
            accuracy=percent(done["balanced_accuracy"]),
            missed=escapes["count"],
            defects=escapes["of"],
            rejected=overkill["count"],
            good=overkill["of"],
            run=training.run,
        )

    def _log_toggled(self) -> None:
        self.log.setVisible(self.training is not None and self.show_log.isChecked())
