"""Light and dark: colours, sizes and the style sheet, for a screen of any size.

A widget that paints itself asks `theme_of(self)`: the theme lives in the application's palette, and
nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtGui import QColor, QFont, QPalette
from PyQt6.QtWidgets import QApplication, QWidget

FONTS = ("Noto Sans", "Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "DejaVu Sans")
"""Tried in this order, letter by letter: the second to fourth have Hangul."""
DESIGNED_FOR = (1280, 720)
TOUCH_PX = 44
"""Least height of what a finger presses, at scale 1."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours, as #rrggbb. Text on its ground has a contrast of 4.5 or more (WCAG 2.2 AA)."""

    name: str
    ground: str
    """Of the window."""
    raised: str
    """Of panels, fields and buttons."""
    line: str
    """Borders: 3 to 1 against ground and raised."""
    text: str
    quiet: str
    """Less important text."""
    accent: str
    """What is chosen, and what has the keyboard."""
    accent_ink: str
    """Text on accent."""
    alarm: str
    alarm_ink: str
    bad: str
    """Text that says that something is not well."""
    good: str
    """Text that says that something is well."""

    def colour(self, name: str) -> QColor:
        """One of the colours, for painting."""
        return QColor(getattr(self, name))


DARK = Theme(
    name="dark", ground="#14171a", raised="#20252a", line="#76818b", text="#eceff1",
    quiet="#a9b3bc", accent="#58a6ff", accent_ink="#0b0d0f", alarm="#ffc43d", alarm_ink="#14171a",
    bad="#ff8f85", good="#6fd39a",
)  # fmt: skip
LIGHT = Theme(
    name="light", ground="#f2f4f6", raised="#ffffff", line="#7b858f", text="#15191d",
    quiet="#4b555f", accent="#0a5cc2", accent_ink="#ffffff", alarm="#ffc43d", alarm_ink="#14171a",
    bad="#a8160c", good="#0d6b37",
)  # fmt: skip
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}


def theme_of(widget: QWidget) -> Theme:
    """The theme that a widget is shown in."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply_theme(application: QApplication, theme: Theme, scale: float = 1.0) -> None:
    """Show every window in this theme; scale: 1.0 for a window of 1280 x 720."""
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in {
        roles.Window: theme.ground, roles.Base: theme.raised, roles.AlternateBase: theme.ground,
        roles.Button: theme.raised, roles.WindowText: theme.text, roles.Text: theme.text,
        roles.ButtonText: theme.text, roles.PlaceholderText: theme.quiet,
        roles.ToolTipBase: theme.raised, roles.ToolTipText: theme.text,
        roles.Highlight: theme.accent, roles.HighlightedText: theme.accent_ink,
        roles.Mid: theme.line, roles.Link: theme.accent,
    }.items():  # fmt: skip
        palette.setColor(role, QColor(colour))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.line))
    application.setPalette(palette)
    font = QFont()
    font.setFamilies(list(FONTS))
    font.setPixelSize(round(15 * scale))
    application.setFont(font)
    application.setStyleSheet(style_sheet(theme, scale))


def scale_for(width_px: int, height_px: int) -> float:
    """How much larger than at 1280 x 720 everything is drawn, in quarters; never smaller."""
    share = min(width_px / DESIGNED_FOR[0], height_px / DESIGNED_FOR[1])
    return max(1.0, int(share * 4) / 4)


def style_sheet(theme: Theme, scale: float = 1.0) -> str:
    """The sheet of the whole application. Object names that it knows: title, number, quiet, bad,
    good, primary (the button that Enter presses), plain (a button without a frame), panel."""

    def px(size: float) -> str:
        return f"{round(size * scale)}px"

    t, field = theme, "QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QDateTimeEdit"
    touch = f"min-height: {px(TOUCH_PX - 14)}; padding: {px(5)} {px(12)};"
    return f"""
QWidget {{ font-size: {px(15)}; color: {t.text}; }}
QMainWindow, QDialog, QStatusBar, QMenuBar {{ background: {t.ground}; }}
QStatusBar QLabel {{ font-size: {px(13)}; padding: 0 {px(6)}; }}
QLabel#title {{ font-size: {px(22)}; font-weight: bold; }}
QLabel#number {{ font-size: {px(24)}; font-weight: bold; }}
QLabel#quiet {{ color: {t.quiet}; }}
QLabel#bad {{ color: {t.bad}; font-weight: bold; }}
QLabel#good {{ color: {t.good}; font-weight: bold; }}
QFrame#panel {{ background: {t.raised}; border-radius: {px(6)}; }}
QPushButton, QToolButton {{ background: {t.raised}; border: 1px solid {t.line};
  border-radius: {px(5)}; {touch} }}
QPushButton:hover, QToolButton:hover {{ border-color: {t.text}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.accent}; }}
QPushButton:checked, QToolButton:checked, QPushButton#primary {{ background: {t.accent};
  color: {t.accent_ink}; border-color: {t.accent}; }}
QPushButton:disabled, QToolButton:disabled, QPushButton#primary:disabled {{ color: {t.line};
  background: {t.ground}; }}
QPushButton#plain, QToolButton#plain {{ border-color: transparent; background: transparent; }}
{field}, QPlainTextEdit, QTextEdit {{ background: {t.raised}; border: 1px solid {t.line};
  border-radius: {px(4)}; selection-background-color: {t.accent};
  selection-color: {t.accent_ink}; }}
{field} {{ {touch} }}
{", ".join(part.strip() + ":focus" for part in field.split(","))},
QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {t.accent}; }}
QComboBox QAbstractItemView {{ background: {t.raised}; selection-background-color: {t.accent};
  selection-color: {t.accent_ink}; }}
QTableView, QListView, QTreeView {{ background: {t.raised}; alternate-background-color: {t.ground};
  border: 1px solid {t.line}; gridline-color: {t.ground};
  selection-background-color: {t.accent}; selection-color: {t.accent_ink}; }}
QHeaderView::section {{ background: {t.ground}; color: {t.quiet}; border: 0;
  padding: {px(6)}; font-weight: bold; }}
QMenuBar::item:selected, QMenu::item:selected {{ background: {t.accent}; color: {t.accent_ink}; }}
QMenu {{ background: {t.raised}; border: 1px solid {t.line}; }}
QToolTip {{ background: {t.raised}; color: {t.text}; border: 1px solid {t.line}; }}
QProgressBar {{ background: {t.raised}; border: 1px solid {t.line}; border-radius: {px(4)};
  text-align: center; min-height: {px(22)}; }}
QProgressBar::chunk {{ background: {t.accent}; }}
QSlider::groove:horizontal {{ height: {px(6)}; background: {t.line}; border-radius: {px(3)}; }}
QSlider::handle:horizontal {{ width: {px(22)}; margin: {px(-9)} 0; background: {t.accent};
  border-radius: {px(11)}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: {px(22)}; height: {px(22)}; }}
QTabBar::tab {{ {touch} background: {t.ground}; border: 1px solid {t.line}; }}
QTabBar::tab:selected {{ background: {t.raised}; font-weight: bold;
  border-bottom: 3px solid {t.accent}; }}
QComboBox::drop-down {{ border: 0; width: {px(26)}; subcontrol-position: center right; }}
QComboBox::down-arrow {{ width: 0; height: 0; border-left: {px(6)} solid {t.raised};
  border-right: {px(6)} solid {t.raised}; border-top: {px(7)} solid {t.text}; }}
QScrollBar:vertical {{ background: {t.ground}; width: {px(14)}; margin: 0; }}
QScrollBar:horizontal {{ background: {t.ground}; height: {px(14)}; margin: 0; }}
QScrollBar::handle {{ background: {t.line}; border-radius: {px(5)}; margin: {px(2)}; }}
QScrollBar::handle:vertical {{ min-height: {px(40)}; }}
QScrollBar::handle:horizontal {{ min-width: {px(40)}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollArea {{ border: 0; background: transparent; }}
QGroupBox {{ border: 1px solid {t.line}; border-radius: {px(6)}; margin-top: {px(12)};
  padding-top: {px(10)}; font-weight: bold; }}
QGroupBox::title {{ subcontrol-origin: margin; left: {px(10)}; padding: 0 {px(4)}; }}
"""
