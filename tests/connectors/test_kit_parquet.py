"""Parquet files of assessments: read as they are typed, like the CSV of the same rows."""

from datetime import date
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from connectors.errors import ConfigError, Unavailable
from connectors.kit.tables import tables


def test_a_parquet_file_is_read_as_it_is_typed(tmp_path: Path) -> None:
    path = tmp_path / "rc.parquet"
    days = [date(2025, 9, 8)] * 2
    columns = {"Student ID": ["0100001", "100002"], "First Name": ["Ada", "Bea"], "Date": days}
    parquet.write_table(pa.table(columns | {"Words per minute": [80.0, 95.5]}), path)
    [table] = tables(lambda: BytesIO(path.read_bytes()), path.name)
    assert [list(row) for row in table.first] == [
        ["Student ID", "First Name", "Date", "Words per minute"],
        ["0100001", "Ada", "2025-09-08", "80"],
        ["100002", "Bea", "2025-09-08", "95.5"],
    ]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises((ConfigError, Unavailable), match=r"rc\.parquet"):
        tables(lambda: BytesIO(path.read_bytes()), path.name)
