"""Parquet files as a table, by pyarrow: what the extra `parquet` installs."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from math import isnan
from typing import Any, BinaryIO

import msgspec

from connectors.errors import Unavailable
from connectors.kit.table import Table, table_of_rows


def parquet_table(opened: Callable[[], BinaryIO], name: str) -> Table:
    """The one table of a Parquet file; its columns' names are the first row. Unavailable where it cannot be read."""
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise Unavailable(
            f"{name} is a Parquet file, which needs an extra library: pip install 'tessera[parquet]', or save it as CSV"
        ) from None

    def rows() -> Iterator[list[str]]:
        try:
            with ParquetFile(opened()) as file:
                yield list(file.schema_arrow.names)
                for batch in file.iter_batches(batch_size=5000):
                    columns = [column.to_pylist() for column in batch.columns]
                    yield from ([_text(value) for value in row] for row in zip(*columns, strict=True))
        except (ArrowException, OSError) as error:
            raise Unavailable(f"{name} cannot be read as a Parquet file ({error})") from None

    table = table_of_rows(name, rows)
    if table is None:
        raise Unavailable(f"{name} is a Parquet file without columns")
    return table


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a decimal point, days and times in ISO 8601, lists and structs as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float():
            if isnan(value):
                return ""
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case Decimal():
            return format(value, "f")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat()
        case date() | time():
            return value.isoformat()
        case bytes():
            return value.decode(errors="replace")
        case list() | dict():
            return msgspec.json.encode(value, enc_hook=str).decode()
        case _:
            return str(value)
