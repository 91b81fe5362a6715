"""A school in a small Moodle: learners in courses, with everything Moodle tells of them."""

from typing import Any

from connectors.moodle.rights import ACTIVITIES
from tests.support.moodle import SCALE, Moodle

Json = dict[str, Any]
TEACHER = 3
AT = 1_790_000_000  # 21 September 2026


def school(learners: int = 6, courses: int = 2) -> Moodle:
    """A Moodle with a teacher (3), learners from 11 in courses from 2 on (the last is hidden), grades of all kinds."""
    moodle = Moodle()
    for number, login in ((1, "guest"), (2, "tessera"), (TEACHER, "teacher1")):
        moodle.users[number] = person(number, login, email=f"{login}@example.org")
    moodle.frameworks = {n: framework(n, title) for n, title in ((1, "Math 6"), (2, "ELA 6"))}
    moodle.competencies = {
        1: competency(1, 1, "Ratios", "C.1"),
        2: competency(2, 1, "Equations", "C.2"),
        6: competency(6, 2, "Reading", "C.1"),
    }
    for course in range(2, courses + 2):
        add_course(moodle, course)
        moodle.courses[course]["visible"] = int(course <= courses)
    for n in range(learners):
        add_learner(moodle, 11 + n, 2 + n % courses if courses else 0)
    return moodle


def person(number: int, login: str, **fields: Any) -> Json:
    name = {"firstname": login.title(), "lastname": "Sample", "idnumber": "", "suspended": False, "email": ""}
    return {"id": number, "username": login, **name, **fields}


def framework(number: int, title: str) -> Json:
    return {"id": number, "shortname": title, "idnumber": f"F{number}", "timemodified": AT, "visible": True}


def competency(number: int, framework: int, name: str, code: str) -> Json:
    about = {"description": f"<p>{name} &amp; more</p>", "descriptionformat": 1, "timemodified": AT, "parentid": 0}
    return {"id": number, "shortname": name, "idnumber": code, "competencyframeworkid": framework, **about}


def add_course(moodle: Moodle, course: int) -> None:
    """A course with an assignment for points, one by a scale, a quiz, a column of the teacher's own, and a total."""
    name = {"fullname": f"Art {course} Ünïcode &amp; html", "shortname": f"ART{course}", "idnumber": f"SIS-{course}"}
    times = {"startdate": AT - 86_400 * 20, "enddate": AT + 86_400 * 200, "visible": 1, "format": "topics"}
    moodle.courses[course] = {"id": course, **name, **times}
    moodle.enrolled[course, TEACHER] = {"roles": ["editingteacher"], "groups": [], "active": True}
    moodle.groups[course] = {"id": course, "courseid": course, "name": "Period 1", "idnumber": "P1", "visibility": 0}
    points, scaled = course * 10, course * 10 + 1
    for number, grade, title in ((points, 100, "Essay"), (scaled, -3, "Portfolio")):
        own = {"id": number, "cmid": number, "course": course, "name": title, "grade": grade, "timemodified": AT}
        moodle.assignments[number] = own | {"duedate": AT, "allowsubmissionsfromdate": 0}
    for number, settings in (
        (points, {"itemname": "Essay", "itemmodule": "assign", "iteminstance": points, "grademin": 0, "grademax": 100}),
        (
            scaled,
            {"itemname": "Portfolio", "itemmodule": "assign", "iteminstance": scaled, "grademin": 1, "grademax": 4},
        ),
        (course * 10 + 2, {"itemname": "Quiz", "itemmodule": "quiz", "iteminstance": 1, "grademin": 0, "grademax": 10}),
        (course * 10 + 3, {"itemname": "Effort", "itemtype": "manual", "grademin": 0, "grademax": 5}),
        (course * 10 + 4, {"itemname": None, "itemtype": "course", "grademin": 0, "grademax": 115}),
    ):
        empty = {"itemtype": "mod", "itemmodule": None, "iteminstance": None, "itemnumber": 0, "scaleid": None}
        formats = {"rangeformatted": "0&ndash;100", "weightformatted": "20 %", "feedback": "", "feedbackformat": 0}
        moodle.items[number] = {"id": number, "courseid": course, **empty, **formats, **settings}


def add_learner(moodle: Moodle, user: int, course: int) -> None:
    """A learner in a course; every fifth has no e-mail address."""
    email = "" if user % 5 == 0 else f"l{user}@example.org"
    moodle.users[user] = person(user, f"l{user}", email=email, idnumber=f"S-{user}")
    if course:
        moodle.enrolled[course, user] = {"roles": ["student"], "groups": [course], "active": True}
        for n, (raw, words) in enumerate(((87.5, "87.50"), (4, SCALE[3]), (9, "9.00"), (5, "5.00"), (105.5, "105.50"))):
            grade_work(moodle, course * 10 + n, user, raw, words)
        moodle.in_course[course, 2, user] = rated(2)
        handed = {"id": user * 100, "userid": user, "assignment": course * 10, "status": "submitted"}
        moodle.submissions[user * 100] = handed | {
            "attemptnumber": 0,
            "timemodified": AT + 60,
            "gradingstatus": "graded",
        }
    plan = {"id": user, "name": "Plan", "userid": user, "status": 1, "competencies": [1, 6]}
    moodle.plans[user] = plan
    moodle.rated[user, 1], moodle.rated[user, 6] = rated(4), rated(1)
    proof = {"id": user, "userid": user, "name": "Camp &amp; fair", "description": "Built a robot", "url": ""}
    linked = [{"competency": moodle.competencies[1], "usercompetency": {}}]
    moodle.evidence[user] = proof | {"timecreated": AT, "timemodified": AT, "usercompetencies": linked}
    badge = {"id": 1, "name": "Robotics", "description": "Robots", "issuername": "Test District", "status": 3}
    issued = {"uniquehash": f"hash{user}", "dateissued": AT, "dateexpire": None, "recipientid": user, "visible": 1}
    target = {"targetName": "Ratios", "targetUrl": "https://example.org/r", "targetCode": "6.RP.A.1", "id": 1}
    moodle.badges[f"hash{user}"] = badge | issued | {"alignment": [target | {"targetFramework": "CCSS"}]}


def add_activities(moodle: Moodle, course: int) -> None:
    """A graded activity of each kind that takes a right to look at, one that is hidden, one that waits for a day."""
    modules = [right.partition("/")[2].partition(":")[0] for right in ACTIVITIES if right.startswith("mod/")]
    hidden = [("forum", right) for right in ACTIVITIES if right.startswith("moodle/")]
    for n, (module, *needs) in enumerate([*((module,) for module in modules), *hidden]):
        number = course * 1000 + n
        about = {"itemname": f"Activity {n}", "itemmodule": module, "iteminstance": number, "grademax": 10}
        moodle.items[number] = {"id": number, "courseid": course, "itemtype": "mod", "needs": needs, **about}


def grade_work(moodle: Moodle, item: int, user: int, raw: float | None, words: str, **fields: Any) -> None:
    """A grade in an item, as the gradebook shows it."""
    moodle.grades[item, user] = {"graderaw": raw, "gradeformatted": words, "gradedategraded": AT + 3600, **fields}


def rated(level: int, modified: int = AT) -> Json:
    """A rating by the scale: proficient from the third level on."""
    return {"grade": level, "proficiency": level > 2, "gradename": SCALE[level - 1], "timemodified": modified}


def complete(moodle: Moodle, plan: int, modified: int = AT + 86_400) -> None:
    """Complete a plan, as Moodle's task does on its due date: its ratings are kept as they are then."""
    own = moodle.plans[plan]
    own["status"] = 2
    for number in own["competencies"]:
        if rating := moodle.rated.get((own["userid"], number)):
            moodle.in_plan[plan, number] = {**rating, "timemodified": modified}
