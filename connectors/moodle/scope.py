"""What Moodle says and Tessera does not want: the documented scope of each stream, by field."""

# fmt: off
USER = frozenset({
    "address", "aim", "auth", "calendartype", "city", "confirmed", "country", "customfields", "department",
    "description", "descriptionformat", "firstaccess", "icq", "institution", "interests", "lang", "lastaccess",
    "mailformat", "msn", "phone1", "phone2", "preferences", "profileimageurl", "profileimageurlsmall", "skype", "theme",
    "timezone", "trackforums", "url", "yahoo",
})
COURSE = frozenset({
    "categoryid", "categorysortorder", "completionnotify", "courseformatoptions", "customfields", "defaultgroupingid",
    "displayname", "enablecompletion", "forcetheme", "format", "groupmode", "groupmodeforce", "hiddensections", "lang",
    "maxbytes", "newsitems", "numsections", "showactivitydates", "showcompletionconditions", "showgrades",
    "showreports", "summary", "summaryformat", "timecreated", "timemodified", "visible",
})
GROUP = frozenset({
    "customfields", "description", "descriptionformat", "enrolmentkey",  # [sic]
    "participation", "visibility",
})
ENROLLMENT = frozenset({"user.fullname"})
ASSIGNMENT = frozenset({
    "activity", "activityattachments", "activityformat", "attemptreopenmethod", "blindmarking", "cmid",
    "completionsubmit", "configs", "cutoffdate", "gradepenalty", "gradingduedate", "hidegrader", "intro",
    "introattachments", "introfiles", "introformat", "markercount", "markinganonymous", "markingallocation",
    "markingworkflow", "maxattempts", "nosubmissions", "preventsubmissionnotingroup", "requireallteammemberssubmit",
    "requiresubmissionstatement", "revealidentities", "sendlatenotifications", "sendnotifications",
    "sendstudentnotifications", "submissionattachments", "submissiondrafts", "submissionstatement",
    "submissionstatementformat", "teamsubmission", "teamsubmissiongroupingid", "timelimit", "timemodified",
})
FRAMEWORK = frozenset({
    "canmanage", "competenciescount", "contextid", "contextname", "contextnamenoprefix", "description",
    "descriptionformat", "idnumber", "scaleconfiguration", "scaleid", "taxonomies", "timecreated", "usermodified",
    "visible",
})
COMPETENCY = frozenset({
    "descriptionformat", "parentid", "path", "ruleconfig", "ruleoutcome", "ruletype", "scaleconfiguration", "scaleid",
    "sortorder", "timecreated", "usermodified",
})
EVIDENCE = frozenset({
    "canmanage", "competencycount", "descriptionformat", "filecount", "files", "hasurlorfiles", "urlshort",
    "userhasplan", "usermodified",
})
# fmt: on
