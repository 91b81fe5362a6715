"""A file while a layout is drafted for it: its columns by role, each used once, and what is doubted."""

from collections import defaultdict
from collections.abc import Sequence

from connectors.assessment_file.profile import Column, Role


class Sheet:
    """The columns and first rows of a file. `taken` are columns that are used, `doubts` what a person must look at."""

    def __init__(self, title: str, columns: list[Column], header: list[str], rows: Sequence[Sequence[str]]) -> None:
        self.title, self.columns, self.header, self.rows = title, columns, header, rows
        self.by: dict[Role, list[Column]] = defaultdict(list)
        for column in columns:
            self.by[column.role].append(column)
        self.doubts: list[str] = []
        self.taken: set[str] = set()

    def take(self, *roles: Role) -> Column | None:
        """The first column of one of the roles that is not used yet."""
        for role in roles:
            for column in self.by[role]:
                if column.name not in self.taken:
                    self.taken.add(column.name)
                    return column
        return None

    def cells(self, column: Column) -> list[str]:
        """What a column says, row by row."""
        index = self.header.index(column.name)
        return [row[index] if index < len(row) else "" for row in self.rows]
