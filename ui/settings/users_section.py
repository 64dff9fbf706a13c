"""Section Users: who may sign in. Changes there hold at once; they are no settings of a file."""

from __future__ import annotations

from typing_extensions import override

from ui.people.users_page import UsersPage
from ui.settings.draft import Draft
from ui.settings.section import Section


class UsersSection(Section):
    """The people's own page, within this one."""

    def __init__(self, draft: Draft) -> None:
        super().__init__(draft)
        self.page = UsersPage(self.desk)
        self.column.addWidget(self.page, 1)

    @override
    def entered(self) -> None:
        self.page.entered()
