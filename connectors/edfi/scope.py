"""The fields of each resource that are known and not wanted (Data Standard 4.0 and 5.0)."""

_ALWAYS = ("_etag", "_lastModifiedDate", "_ext")
SCHOOL = frozenset(
    {
        *_ALWAYS,
        "addresses",
        "administrativeFundingControlDescriptor",
        "charterApprovalAgencyTypeDescriptor",
        "charterApprovalSchoolYearTypeReference",
        "charterStatusDescriptor",
        "educationOrganizationCategories",
        "gradeLevels",
        "identificationCodes",
        "indicators",
        "institutionTelephones",
        "internationalAddresses",
        "internetAccessDescriptor",
        "magnetSpecialProgramEmphasisSchoolDescriptor",
        "operationalStatusDescriptor",
        "schoolCategories",
        "schoolTypeDescriptor",
        "shortNameOfInstitution",
        "titleIPartASchoolDesignationDescriptor",
        "webSite",
    }
)
LOCAL_EDUCATION_AGENCY = frozenset(
    {
        *_ALWAYS,
        "accountabilities",
        "addresses",
        "categories",
        "charterStatusDescriptor",
        "educationServiceCenterReference",
        "federalFunds",
        "identificationCodes",
        "indicators",
        "institutionTelephones",
        "internationalAddresses",
        "localEducationAgencyCategoryDescriptor",
        "operationalStatusDescriptor",
        "shortNameOfInstitution",
        "webSite",
    }
)
SESSION = frozenset({*_ALWAYS, "academicWeeks", "gradingPeriods", "totalInstructionalDays"})
COURSE_OFFERING = frozenset(
    {*_ALWAYS, "courseLevelCharacteristics", "courseReference", "curriculumUseds", "instructionalTimePlanned"}
)
SECTION = frozenset(
    {
        *_ALWAYS,
        "availableCreditConversion",
        "availableCreditTypeDescriptor",
        "availableCredits",
        "characteristics",
        "courseLevelCharacteristics",
        "educationalEnvironmentDescriptor",
        "instructionLanguageDescriptor",
        "locationSchoolReference",
        "mediumOfInstructionDescriptor",
        "officialAttendancePeriod",
        "populationServedDescriptor",
        "programs",
        "sectionTypeDescriptor",
        "sequenceOfCourse",
    }
)
STUDENT = frozenset(
    {
        *_ALWAYS,
        "birthCity",
        "birthCountryDescriptor",
        "birthInternationalProvince",
        "birthStateAbbreviationDescriptor",
        "citizenshipStatusDescriptor",
        "dateEnteredUS",
        "generationCodeSuffix",
        "identificationDocuments",
        "maidenName",
        "multipleBirthStatus",
        "personReference",
        "personalIdentificationDocuments",
        "personalTitlePrefix",
        "visas",
    }
)
STUDENT_EDUCATION_ORGANIZATION_ASSOCIATION = frozenset(
    {
        *_ALWAYS,
        "addresses",
        "ancestryEthnicOrigins",
        "barrierToInternetAccessInResidenceDescriptor",
        "cohortYears",
        "disabilities",
        "educationOrganizationReference",
        "genderIdentity",
        "internationalAddresses",
        "internetAccessInResidence",
        "internetAccessTypeInResidenceDescriptor",
        "internetPerformanceInResidenceDescriptor",
        "languages",
        "limitedEnglishProficiencyDescriptor",
        "oldEthnicityDescriptor",
        "primaryLearningDeviceAccessDescriptor",
        "primaryLearningDeviceAwayFromSchoolDescriptor",
        "primaryLearningDeviceProviderDescriptor",
        "profileThumbnail",
        "programParticipations",
        "studentCharacteristics",
        "studentIndicators",
        "supporterMilitaryConnectionDescriptor",
        "telephones",
        "tribalAffiliations",
    }
)
STUDENT_SCHOOL_ASSOCIATION = frozenset(
    {
        *_ALWAYS,
        "alternativeGraduationPlans",
        "calendarReference",
        "classOfSchoolYearTypeReference",
        "educationPlans",
        "employedWhileEnrolled",
        "enrollmentTypeDescriptor",
        "entryGradeLevelReasonDescriptor",
        "entryTypeDescriptor",
        "exitWithdrawTypeDescriptor",
        "fullTimeEquivalency",
        "graduationPlanReference",
        "nextYearGradeLevelDescriptor",
        "nextYearSchoolReference",
        "repeatGradeIndicator",
        "residencyStatusDescriptor",
        "schoolChoice",
        "schoolChoiceBasisDescriptor",
        "schoolChoiceTransfer",
        "schoolYearTypeReference",
        "termCompletionIndicator",
    }
)
STUDENT_SECTION_ASSOCIATION = frozenset(
    {
        *_ALWAYS,
        "attemptStatusDescriptor",
        "homeroomIndicator",
        "programs",
        "repeatIdentifierDescriptor",
        "teacherStudentDataLinkExclusion",
    }
)
STAFF = frozenset(
    {
        *_ALWAYS,
        "addresses",
        "ancestryEthnicOrigins",
        "birthDate",
        "citizenshipStatusDescriptor",
        "credentials",
        "genderIdentity",
        "generationCodeSuffix",
        "highestCompletedLevelOfEducationDescriptor",
        "highlyQualifiedTeacher",
        "hispanicLatinoEthnicity",
        "identificationDocuments",
        "internationalAddresses",
        "languages",
        "maidenName",
        "oldEthnicityDescriptor",
        "personReference",
        "personalIdentificationDocuments",
        "personalTitlePrefix",
        "races",
        "recognitions",
        "sexDescriptor",
        "telephones",
        "tribalAffiliations",
        "visas",
        "yearsOfPriorProfessionalExperience",
        "yearsOfPriorTeachingExperience",
    }
)
STAFF_EDUCATION_ORGANIZATION_ASSIGNMENT_ASSOCIATION = frozenset(
    {
        *_ALWAYS,
        "credentialReference",
        "employmentStaffEducationOrganizationEmploymentAssociationReference",
        "fullTimeEquivalency",
        "orderOfAssignment",
        "positionTitle",
    }
)
STAFF_SECTION_ASSOCIATION = frozenset(
    {*_ALWAYS, "highlyQualifiedTeacher", "percentageContribution", "teacherStudentDataLinkExclusion"}
)
CONTACT = frozenset(
    {
        *_ALWAYS,
        "addresses",
        "genderIdentity",
        "generationCodeSuffix",
        "highestCompletedLevelOfEducationDescriptor",
        "internationalAddresses",
        "languages",
        "maidenName",
        "personReference",
        "personalIdentificationDocuments",
        "personalTitlePrefix",
        "sexDescriptor",
    }
)
STUDENT_CONTACT_ASSOCIATION = frozenset(
    {
        *_ALWAYS,
        "contactPriority",
        "contactRestrictions",
        "emergencyContactStatus",
        "legalGuardian",
        "livesWith",
        "primaryContactStatus",
    }
)
STUDENT_ASSESSMENT = frozenset(
    {
        *_ALWAYS,
        "accommodations",
        "administrationEndDate",
        "administrationEnvironmentDescriptor",
        "administrationLanguageDescriptor",
        "assessedMinutes",
        "eventCircumstanceDescriptor",
        "eventDescription",
        "items",
        "period",
        "platformTypeDescriptor",
        "reasonNotTestedDescriptor",
        "reportedSchoolIdentifier",
        "reportedSchoolReference",
        "retestIndicatorDescriptor",
        "schoolYearTypeReference",
        "serialNumber",
    }
)
GRADEBOOK_ENTRY = frozenset({*_ALWAYS, "gradingPeriodReference"})
STUDENT_GRADEBOOK_ENTRY = frozenset({*_ALWAYS})
LEARNING_STANDARD = frozenset(
    {
        *_ALWAYS,
        "academicSubjects",
        "courseTitle",
        "gradeLevels",
        "identificationCodes",
        "learningStandardScopeDescriptor",
        "namespace",
        "parentLearningStandardReference",
        "prerequisiteLearningStandards",
        "successCriteria",
    }
)
COMPETENCY_OBJECTIVE = frozenset({*_ALWAYS})
STUDENT_COMPETENCY_OBJECTIVE = frozenset({*_ALWAYS})
GRADE = frozenset(_ALWAYS)
