"""The JSON Schema of layout files, for editors: the layout's typed form, and the shorthands written instead."""

from typing import Any

from connectors.assessment_file.layout import Layout

_TEXTS = {"type": "array", "items": {"type": "string"}}
_BY_NAME = {"type": "object", "additionalProperties": {"type": "string"}}
_TEMPLATE = {"type": "string", "pattern": r"\{\w+\}"}
_WORDS = {
    "base": "the shipped layout that this one is joined with: its tables, its results, and what it ignores",
    "ranges": 'columns that repeat: values, `{ value = "title" }`, or two ends like "1..8"; {name} stands for each',
    "codes": "tables that translate codes; a list keeps its words as they are",
    "name": "lower case, unlike any other layout",
    "title": "what the file is called",
    "vendor": "who makes the test",
    "years": "of which years files are known",
    "key": "the columns that tell a row from every other; the learner always does, too",
    "tries": "columns that tell two tries of one day apart, or `(school year)`; they may be blank",
    "signature": "the columns that tell this layout from every other",
    "header": "the line the header is on, where nothing else tells it",
    "positions": "fixed width: from which character to which each column stands, the first being 1",
    "width": "fixed width: how long a line is",
    "says": "fixed width: what lines of this layout say, so that no other vendor's file is taken for one",
    "dates": "how dates are written: 'iso' or forms like '%m/%d/%Y'; month first or day first, never both",
    "blank": "words that mean: nothing here",
    "blanks": "the same for single columns; `*` in a column's name stands for anything",
    "words": "words that are kept with their meaning: `suppressed = ['*']`",
    "skip": "rows that are no rows, such as totals",
    "aliases": "what a column was called in other years",
    "person": "who was tested",
    "school": "the school, by its name and number",
    "district": "the district, by its name and number",
    "session": "the term or year of the test",
    "item": "the test; rows alike in its `key` are of the same one",
    "common": "what all results of a row share",
    "results": "the results of a row: the whole test, its domains, its standards",
    "keep": "columns kept with the row's first result; `*` stands for anything",
    "ignore": "columns that are not wanted, by the reason why",
}


def layout_schema() -> dict[str, Any]:
    """The schema of a layout file as people write it, JSON Schema 2020-12."""
    schema = Layout.model_json_schema()
    entries: dict[str, Any] = schema["properties"]
    entries["base"] = {"type": "string"}
    entries["ranges"] = {"type": "object", "additionalProperties": {"anyOf": [_TEXTS, _BY_NAME, {"type": "string"}]}}
    codes = entries["codes"]["additionalProperties"]
    entries["codes"] = {"type": "object", "additionalProperties": {"anyOf": [_TEXTS, codes]}}
    condition = entries["skip"]["items"]
    for conditions in (entries["skip"], schema["$defs"]["ResultColumns"]["properties"]["when"]):
        conditions["anyOf"] = [condition, {"type": "array", "items": condition}]
        conditions.pop("type", None)
        conditions.pop("items", None)
    take = schema["$defs"]["Cell"]["properties"]["take"]
    take["anyOf"] = [{"type": take.pop("type")}, _TEMPLATE]
    for name, words in _WORDS.items():
        entries[name]["description"] = words
        entries[name].pop("title", None)
    needed = schema.pop("required")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Layout of an assessment file",
        **{name: value for name, value in schema.items() if name != "title"},
        "anyOf": [{"required": needed}, {"required": ["base"]}],
    }
