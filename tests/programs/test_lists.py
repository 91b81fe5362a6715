"""Lists as programs keep them: joined cells, two lines of headings, totals, days in every form, broken cells."""

import io
from datetime import date
from functools import partial
from pathlib import Path
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from app.errors import Invalid
from app.programs import files, lists, reviewing, submission, submitting, uploads
from app.programs.days import day_of, order_of
from app.programs.lists import Read, Terms
from app.programs.submission import Guardian, Learner, Number, Submission
from connectors.kit.tables import tables
from tests.support.api import Api
from tests.support.programs import COORDINATOR, REVIEWER, Club, club, now

TODAY = date(2026, 11, 30)
BADGE = UUID(int=1)
JOINED = Path(__file__).parent / "joined_cells.xlsx"


def read(content: str | bytes, name: str = "list.csv", **terms: object) -> Read:
    terms = {"consent": "the parents", **terms}
    binary = content.encode() if isinstance(content, str) else content
    readings = [
        reading
        for table in tables(partial(io.BytesIO, binary), name)
        if (reading := lists.read(table, Terms({"robot builder": BADGE}, **{"usual": None, **terms, "today": TODAY})))  # type: ignore[arg-type]
    ]
    assert readings, "no list"
    return readings[0]


def wrongs(reading: Read) -> list[str]:
    """What is wrong with the rows that cannot be handed in."""
    return [row.wrong for row in reading.rows if row.wrong]


def readable_rows(reading: Read) -> list[tuple[str | None, str, str]]:
    """(name, birth date, day) of each row that can be handed in."""
    return [
        (row.submission.learner.name, str(row.submission.learner.birth_date or ""), str(row.submission.on or ""))
        for row in reading.rows
        if row.submission
    ]


ADA = ("Ada Sample", "2014-05-06", "2026-10-03")
BO = ("Bo Bee", "2014-05-16", "2026-10-13")
AS_KEPT = {
    "German": "Vorname;Nachname;Geburtsdatum;Datum;Aktivität\nAda;Sample;06.05.2014;03.10.2026;Robot\n"
    "Bo;Bee;16.05.2014;13.10.2026;Robot\n",
    "Spanish, name and surnames apart": "Nombre,Apellidos,Fecha de nacimiento,Actividad,Fecha\n"
    "Ada,Sample,06/05/2014,Robot,03/10/2026\nBo,Bee,16/05/2014,Robot,13/10/2026\n",
    "Spanish, in words": "Nombre del estudiante;Fecha de nacimiento;Fecha de la actividad;Actividad\n"
    "Ada Sample;6 de mayo de 2014;sábado 3 de octubre de 2026;Robot\nBo Bee;16-may-2014;13 de octubre de 2026;Robot\n",
    "the answers of a form": "Timestamp,Student's full name,Date of Birth (MM/DD/YYYY),What did you do?\n"
    "10/3/2026 14:22:01,Ada Sample,5/6/2014,A robot\n10/13/2026 9:01 AM,Bo Bee,5/16/2014,A robot\n",
    "serial numbers": "Name,DOB,Activity,Date\nAda Sample,41765,Robot,46298\nBo Bee,41775,Robot,46308.5\n",
    "two lines of headings": "Name,DOB,Session,\n,,Date,Activity\nAda Sample,5/6/2014,10/3/2026,Robot\n"
    "Bo Bee,5/16/2014,10/13/2026,Robot\n",
    "titles, headings again, totals, frames": "Robotics Club 2026,,,\n,,,\nName,DOB,Date,Activity\n---,---,---,---\n"
    "Ada Sample,5/6/2014,10/3/2026,Robot\nName,DOB,Date,Activity\nBo Bee,5/16/2014,10/13/2026,Robot\n,,Total:,2\n"
    "Total,2,,2\nGrand total: 2 students,,,\n",
    "boxes of rows that are empty": "Name,DOB,Date,Activity,Present\nAda Sample,5/6/2014,10/3/2026,Robot,TRUE\n"
    "Bo Bee,5/16/2014,10/13/2026,Robot,TRUE\n,,,,FALSE\n,,,,FALSE\n",
}


@pytest.mark.parametrize("how", AS_KEPT)
def test_a_list_is_read_as_whoever_keeps_it_means_it(how: str) -> None:
    reading = read(AS_KEPT[how])
    assert readable_rows(reading) == [ADA, BO]
    assert [row.wrong for row in reading.rows if row.wrong] == []


def test_joined_cells_of_a_workbook_are_each_rows_own() -> None:
    reading = read(JOINED.read_bytes(), JOINED.name)
    assert readable_rows(reading) == [("Ada Sample", "2014-05-06", "2026-10-03")]
    assert [row.cells[:4] for row in reading.rows[1:]] == [
        ("Bo", "Bee", "41765", "2026-10-03"),
        ("Cy", "Dee", "2014-05-06", "46298"),
    ]
    complaints = [f"'{cell}' is an error or a formula of the spreadsheet: mend it there" for cell in ("#N/A", "=1/0")]
    assert [row.wrong for row in reading.rows[1:]] == complaints


def test_what_may_be_two_days_is_asked_and_not_guessed() -> None:
    both = "Name;Geburtsdatum;Projekt\nAda Sample;06.05.2014;Robot\nBo Bee;04.05.2014;Robot\n"
    assert [row.wrong is not None and "month first or day first" in row.wrong for row in read(both).rows] == [True] * 2
    assert readable_rows(read(both, order="day-first"))[0] == ("Ada Sample", "2014-05-06", "")
    assert readable_rows(read(both, order="month-first"))[0] == ("Ada Sample", "2014-06-05", "")
    mixed = "Name,DOB,Activity\nAda Sample,16/05/2014,Robot\nBo Bee,5/16/2014,Robot\nCy Dee,5/6/2014,Robot\n"
    assert [bool(row.wrong) for row in read(mixed).rows] == [False, False, True]


@given(st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.sampled_from(["/", ".", "-"]), st.booleans(), st.booleans())
def test_a_day_is_read_back_or_asked_about(day: date, sign: str, day_first: bool, padded: bool) -> None:
    width = "02" if padded else ""
    numbers = (day.day, day.month) if day_first else (day.month, day.day)
    cell = sign.join(f"{number:{width}}" for number in numbers) + f"{sign}{day.year}"
    assert day_of(cell, "day-first" if day_first else "month-first") == day
    order = order_of([cell])
    if order == "unknown" and day.day != day.month:
        with pytest.raises(ValueError, match="month first or day first"):
            day_of(cell, order)
    else:
        assert day_of(cell, order) == day


@pytest.mark.parametrize("cell", ["#N/A", "#REF!", "=VLOOKUP(A2,Roster!A:B,2)"])
def test_an_error_of_a_spreadsheet_is_no_learner_and_no_number(cell: str) -> None:
    reading = read(f'Name,Grade,Activity,Student ID\nAda Sample,7,Robot,"{cell}"\n')
    assert [row.submission for row in reading.rows] == [None]
    assert "error or a formula" in (reading.rows[0].wrong or "")


def test_badges_are_known_with_other_blanks() -> None:
    reading = read("Name,Grade,Badge\nAda Sample,7,Robot  builder \n")
    assert [row.submission and row.submission.achievement for row in reading.rows] == [BADGE]


async def keep_upload(api: Api, robotics: Club, rows: str) -> UUID:
    async with api.db.transaction(api.tenant) as tx:
        upload = await uploads.keep(
            tx, robotics.program, "x.csv", rows.encode(), None, COORDINATOR, now(), consent="the parents"
        )
        await uploads.take(tx, robotics.program, upload, COORDINATOR, now())
    return upload


def _book(*sheets: str) -> bytes:
    """A workbook in XML of one row below its headings in each sheet."""
    rows = (
        "".join(
            f"<Row><Cell><Data>{a}</Data></Cell><Cell><Data>{b}</Data></Cell></Row>"
            for a, b in (line, ("Ada", "Robot"))
        )
        for line in (("Name", "Activity"),) * len(sheets)
    )
    made = (
        f'<Worksheet Name="{name}"><Table>{row}</Table></Worksheet>' for name, row in zip(sheets, rows, strict=True)
    )
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><Workbook xmlns="{space}">{"".join(made)}</Workbook>'.replace(" Name=", " ss:Name=")
        .replace("<Workbook ", f'<Workbook xmlns:ss="{space}" ')
        .encode()
    )


async def test_of_a_workbook_with_two_lists_none_is_lost_unsaid(api: Api) -> None:
    robotics = await club(api)

    async def keep(content: bytes) -> UUID:
        async with api.db.transaction(api.tenant) as tx:
            return await uploads.keep(
                tx, robotics.program, "sign-ups.xls", content, None, COORDINATOR, now(), consent="the parents"
            )

    assert await keep(_book("Fall"))
    with pytest.raises(Invalid, match=r"has 2 lists: sign-ups.xls \[Fall\], sign-ups.xls \[Spring\]. Nothing was read"):
        await keep(_book("Fall", "Spring"))


async def test_a_list_taken_back_leaves_what_somebody_has_looked_at(api: Api) -> None:
    """Also what was sent back and mended since, and waits again."""
    robotics = await club(api)
    upload = await keep_upload(api, robotics, "Name,Grade,Activity\nAda Sample,7,Robot\nBo Bee,7,Robot\n")
    service = api.app.state.service
    async with api.db.transaction(api.tenant) as tx:
        looked, other = await submitting.owned(tx, robotics.program, ("pending",), 10)
        await reviewing.claim(tx, looked.id, REVIEWER, now())
        await reviewing.review(tx, service, looked.id, "needs work", (), "When was it?", REVIEWER, now())
        content = submission.decode(looked.body)
        await submitting.resubmit(tx, robotics.program, looked.id, content, None, COORDINATOR, now(), consent=None)
        photo = await files.clean(b"a note", "note.txt")
        await files.keep(tx, service.vault, service.settings, other.id, [photo], now())
        assert await uploads.undo(tx, service.settings, robotics.program, upload, now()) == (1, 1)
        assert [row.id for row in await submitting.owned(tx, robotics.program, ("pending",), 10)] == [looked.id]
    folder = service.settings.data / files.FOLDER
    assert [path for path in folder.rglob("*") if path.is_file()] == []


FORM = (
    "Timestamp,Email Address,What is your first name?,What is your last name?,What grade are you in?,What school do "
    "you go to?,Which activity did you do?,Parent/guardian permission on file?\n"
    "11/3/2026 16:22,leader@club.org,Ada,Sample,5th,Northside,Robotics,Yes\n"
    "11/13/2026 16:25,leader@club.org,Bo,Bee,Grade 5,Northside,Robotics,No\n"
)


def learners(reading: Read) -> list[Learner]:
    return [row.submission.learner for row in reading.rows if row.submission]


def test_questions_are_headings_and_who_fills_a_form_in_is_not_the_learner() -> None:
    form_list = read(FORM)
    assert learners(form_list) == [Learner("Ada Sample", grade="5", school="Northside")]
    assert [row.consent for row in form_list.rows] == ["a parent or guardian", None]
    microsoft = (
        "Id,Start time,Completion time,Email,Name,Student name,Grade,Activity\n1,x,y,anonymous,,Ada Sample,7th,Robot\n"
    )
    assert learners(read(microsoft)) == [Learner("Ada Sample", grade="7")]
    parted_name = "Full Name - First Name,Full Name - Last Name,Grade,Describe your project\nAda,Sample,7,A robot\n"
    assert learners(read(parted_name)) == [Learner("Ada Sample", grade="7")]


@pytest.mark.parametrize(
    ("heading", "done", "not_done"),
    [
        ("Completed?", ("yes", "X", "✅", "Completed"), ("no", "", "N/A", "In progress")),
        ("Completed", ("Y", "done"), ("N", "incomplete")),
        ("Status", ("Completed",), ("In Progress", "Not started")),
        ("Badge Earned?", ("Y",), ("N", "")),
        ("Attendance", ("Present",), ("Absent",)),
    ],
)
def test_what_is_not_done_is_not_handed_in(heading: str, done: tuple[str, ...], not_done: tuple[str, ...]) -> None:
    cells = [*done, *not_done]
    rows = "".join(f"Learner {chr(65 + n)},7,Robot,{cell}\n" for n, cell in enumerate(cells))
    reading = read(f"Name,Grade,Activity,{heading}\n{rows}")
    assert [row.submission is not None for row in reading.rows] == [True] * len(done) + [False] * len(not_done)
    assert {*wrongs(reading)} == {"the list says that this is not done: it is not handed in"}


def test_a_column_completed_may_tell_the_day_and_a_status_something_else() -> None:
    assert readable_rows(read("Name,DOB,Activity,Completed\nAda Sample,5/6/2014,Robot,10/3/2026\n")) == [ADA]
    members = read("Name,Grade,Activity,Status\nAda Sample,7,Robot,Active\nBo Bee,7,Robot,New\n")
    assert len(learners(members)) == 2
    assert wrongs(read("Name,Grade,Activity,Done\nAda Sample,7,Robot,perhaps\n")) == [
        "'perhaps' does not say whether it is done"
    ]


def test_lists_below_one_another_are_each_read_by_their_own_headings() -> None:
    reading = read(
        "Robotics Club,,,\nName,Birth date,Activity,Date\nAda Sample,2014-05-06,Robot,2026-10-03\n,,,\nChess Club,,,\n"
        "Date,Name,Activity,Birth date\n2026-10-13,Bo Bee,Opening,2014-05-16\n"
    )
    assert readable_rows(reading) == [ADA, BO]
    assert [row.submission.title for row in reading.rows if row.submission] == ["Robot", "Opening"]
    assert reading.aside[-2:] == (5, 6)


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ('"Sample, Ada M."', "Ada M. Sample"),
        ('"Smith, Jr., John"', "John Smith Jr."),
        ('"Smith, John, III"', "John Smith III"),
        ("Ada Sample 🤖", "Ada Sample"),
        ("👩‍🚀 Ada Sample ⭐️", "Ada Sample"),
        ("José O'Neil-Díaz", "José O'Neil-Díaz"),
    ],
)
def test_names_are_read_as_they_are_said(cell: str, name: str) -> None:
    assert [learner.name for learner in learners(read(f"Name,Grade,Activity\n{cell},7,Chess\n"))] == [name]


def test_names_alone_will_do_where_it_is_said_for_which_badge() -> None:
    reading = read("Name,Grade\nAda Sample,7\n", usual=BADGE, named="Robot builder")
    assert [(row.submission.title, row.submission.achievement) for row in reading.rows if row.submission] == [
        ("Robot builder", BADGE)
    ]


def test_a_number_beside_two_names_is_told() -> None:
    reading = read("Student ID,Name,Activity\n1000007,Ada Sample,Robot\n1000007,Bo Bee,Chess\n")
    assert wrongs(reading) == ["line 2 has the same number for another name: one of the two is a slip"]


@given(
    st.integers(1, 12),
    st.sampled_from(["{}th", "{}TH grade", "Grade {}", "gr. {}", "{} grade", "grade 0{}", "{}º grado"]),
)
def test_a_grade_is_one_however_it_is_written(grade: int, written: str) -> None:
    learner = submission.canonical(Submission(Learner("A", grade=written.format(grade)), "X")).learner
    assert learner.grade == str(grade)


@given(st.lists(st.sampled_from(["Ada Sample", "Bo Bee", "Cy Dee"]), min_size=1, max_size=5), st.booleans())
def test_no_address_that_two_learners_share_says_who_they_are(names: list[str], same: bool) -> None:
    rows = "".join(f"{name},7,Robot {n},{'one' if same else n}@club.org\n" for n, name in enumerate(names))
    numbers = [learner.numbers for learner in learners(read(f"Name,Grade,Activity,Email\n{rows}"))]
    assert len(numbers) == len(names)
    assert all(numbers) if not same or len({*names}) == 1 else not any(numbers)


@pytest.mark.parametrize(
    "heading",
    [
        "I give medical consent for my child as listed above.",
        "I give photography and video consent for my child as listed above.",
        "Emergency Treatment Permission",
        "Field Trip Permission Slip",
        "Permission to walk home",
        "Swim permission",
        "Autorización de fotos",
        "Consent to publish on our website",
    ],
)
def test_who_agreed_to_something_else_has_not_agreed_that_anything_is_kept(heading: str) -> None:
    """Of a child under 13, whose list says yes to a doctor, a photo or a trip, nothing is kept."""
    reading = read(f"Name,Date of Birth,Activity,{heading}\nBo Bee,2018-01-01,A lamp,Yes\n", consent=None)
    assert "Consent" not in reading.columns.values()
    assert [(row.submission, row.cells) for row in reading.rows] == [(None, ())]


FORMS = {
    "a youth group": (
        (
            "Date,Full Name,Given Name,Last Name,Date of Birth,I give medical consent for my child as listed above.,"
            "Parent/Guardian Name,Relation to Child,Parent/Guardian Phone Number,Activity"
        ),
        '21/06/2026,"Sample, Bo",Bo,Sample,30/09/2009,Yes,Kim Sample,Mother,555 0100,Camp',
        Learner("Bo Sample", date(2009, 9, 30), guardian=Guardian("Kim Sample", "555 0100")),
    ),
    "an inquiry": (
        "Date,Parent/Guardian Name,Student Name,Grade Level,Activity,Phone,Email,Location,Message",
        "2026-10-03,Kim Sample,Bo Sample,7,Camp,555-0100,kim@example.org,Northside,Bo loves it",
        Learner("Bo Sample", grade="7", guardian=Guardian("Kim Sample", "kim@example.org")),
    ),
    "a class's form": (
        "Timestamp,What is your name?,What is your email?,What is your student ID number?,What did you make?",
        "10/3/2026 16:05:11,Bo Sample,bo@example.org,100482,Camp",
        Learner("Bo Sample", numbers=(Number("district", "100482"), Number("email", "bo@example.org"))),
    ),
    "a grant's days": (
        "OrganizationName,MatricNumber,FirstName,LastName,Grade,TotalDays,TotalHours,Activity",
        "Boys Club,100482,Bo,Sample,7,31,62.5,Camp",
        Learner("Bo Sample", grade="7", numbers=(Number("district", "100482"),)),
    ),
    "an intervention": (
        'Student last,Student first,"Last, First",Grade,Signup,Teacher Request,Activity',
        'Sample,Bo,"Sample, Bo",7,1,0,Camp',
        Learner("Bo Sample", grade="7"),
    ),
    "ideas": (
        "timestamp,name,grade,track,idea,verdict",
        "2026-10-03T16:05:11,Bo Sample,7,Hardware,Camp,Unique",
        Learner("Bo Sample", grade="7"),
    ),
    "performers": (
        "Timestamp,What is your name?,What is your email (for contact)?,What grade are you in?,What did you perform?",
        "10/3/2026 14:54,Bo Sample,bo@example.org,9,Camp",
        Learner("Bo Sample", grade="9"),
    ),
}
"""Headings of other people's forms (public repositories), with rows of our own, and whose each row is."""


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_other_people_are_read_as_they_mean_them(form: str) -> None:
    headings, row, learner = FORMS[form]
    reading = read(f"{headings}\n{row}\n")
    assert wrongs(reading) == []
    assert [(line.submission.title, line.submission.learner) for line in reading.rows if line.submission] == [
        ("Camp", learner)
    ]
