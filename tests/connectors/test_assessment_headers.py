"""Headers of vendors' files over a decade: recognized by one vendor's layout, or refused by name."""

import csv
import json
from pathlib import Path

from connectors.assessment_file import shipped
from connectors.assessment_file.header import has_needed, match, recognize
from connectors.assessment_file.layout import Layout
from connectors.assessment_file.names import plain
from connectors.errors import ConfigError

FIXTURES = Path(__file__).parents[2] / "connectors/assessment_file/fixtures"


def test_headers_of_other_years_are_recognized_or_refused_by_name(shared: Path) -> None:
    layouts = json.loads((shared / "data/assessments/vendor_file_columns.json").read_text("utf-8"))
    mclass = ("mclass", "MCLASS", "acadience", "dibels")
    families = {"map": ("nwea/map/",), "iready": ("iready/",), "star": ("ren_learning", "FAST_STAR", "bellevue_star")}
    families |= {"dibels": mclass, "idel": mclass, "lectura": mclass, "fastbridge": ("fastbridge",)}
    known: dict[str, list[str]] = {}
    for path, layout in layouts.items():
        if layout_name := known_as(path, layout["columns"]):
            known.setdefault(layout_name, []).append(path)
            assert any(part in path for part in families.get(layout_name.split("_")[0], ())) or names_it(
                path, layout_name
            ), path
    expected = {
        "map_growth": 11,
        "acadience": 49,
        "acadience_grades": 14,
        "acadience_online": 8,
        "aleks": 2,
        "dreambox": 1,
        "dreambox_standards": 1,
        "lexia_core5": 1,
        "peli": 1,
        "dibels_dds": 54,
        "gold": 3,
        "gold_objectives": 29,
        "iready_ela": 13,
        "iready_math": 17,
        "iready_wide": 15,
        "iready_instruction": 6,
        "iready_spanish": 4,
        "istation": 1,
        "istation_subtests": 7,
        "ixl_diagnostic": 2,
        "star_math_2018": 6,
        "star_reading_2018": 6,
        "star_early_literacy_2018": 4,
        "star_360": 5,
        "star_reading": 8,
        "star_math": 7,
        "star_early_literacy": 6,
        "dibels_8": 6,
        "dibels_next": 6,
        "idel": 1,
        "lectura": 3,
        "fastbridge_amath": 3,
        "fastbridge_areading": 6,
        "fastbridge_autoreading": 1,
        "fastbridge_cbm_reading": 5,
        "fastbridge_comp_efficiency": 1,
        "fastbridge_comprehension_question": 1,
        "fastbridge_comprehension_recall": 1,
        "fastbridge_early_math": 2,
        "fastbridge_early_reading": 7,
        "dibels_8_dds": 4,
        "fastbridge_progress": 2,
        "iready_lessons": 6,
        "iready_literacy_tasks": 3,
        "istation_skills": 1,
        "map_fluency": 1,
        "star_reading_short": 2,
    }
    assert sum(map(len, known.values())) == 349, "docs/layouts.md and the connector's README count them"
    assert {name: len(known.get(name, ())) for name in expected} == expected


def test_every_header_of_other_years_is_one_vendors_at_the_most(shared: Path) -> None:
    layouts = json.loads((shared / "data/assessments/vendor_file_columns.json").read_text("utf-8"))
    for path, file in layouts.items():
        shapes = frozenset(map(plain, file["columns"]))
        possible = [layout for layout in shipped().values() if not layout.positions and has_needed(layout, shapes)]
        vendors = {layout.vendor for layout in possible if not match(file["columns"], layout).missing}
        assert len(vendors) <= 1, (path, vendors)


def test_every_sample_is_one_vendors_alone() -> None:
    """Law: of all samples and all layouts, no header has what a layout of another vendor needs."""
    for sample in sorted(FIXTURES.glob("*/page.csv")):
        with sample.open(encoding="utf-8-sig", newline="") as opened:
            header = next(csv.reader(opened))
        if sample.parent.name in shipped():
            fitting = {layout.vendor for layout in shipped().values() if fits(header, layout)}
            assert fitting <= {shipped()[sample.parent.name].vendor}, sample.parent.name


def fits(header: list[str], layout: Layout) -> bool:
    """Whether a header has all that a layout cannot be without."""
    return not layout.positions and not match(header, layout).missing


def names_it(path: str, layout: str) -> bool:
    """Whether a path names a layout's test or its vendor."""
    words = f"{layout} {shipped()[layout].title} {shipped()[layout].vendor}".casefold().replace("_", " ").split()
    return any(word in path.casefold() for word in words if len(word) > 2)


def known_as(path: str, header: list[str]) -> str | None:
    """The layout of a header, or None where it is refused in words that name the file and what is missing."""
    try:
        return recognize(header, shipped().values(), path).layout.name
    except ConfigError as error:
        words = str(error)
        if path in words and "no layout knows this header" in words and ("misses" in words or "None is near" in words):
            return None
        raise
