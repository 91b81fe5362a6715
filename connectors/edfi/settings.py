"""What an Ed-Fi source can be told: where the ODS/API is, how to sign in, what to read, and how."""

from typing import Literal, get_args

from pydantic import Field, SecretStr

from connectors import HttpSettings

Resource = Literal[
    "localEducationAgencies",
    "schools",
    "sessions",
    "courseOfferings",
    "sections",
    "students",
    "studentEducationOrganizationAssociations",
    "studentSchoolAssociations",
    "studentSectionAssociations",
    "staffs",
    "staffEducationOrganizationAssignmentAssociations",
    "staffSectionAssociations",
    "contacts",
    "studentContactAssociations",
    "assessments",
    "objectiveAssessments",
    "studentAssessments",
    "learningStandards",
    "gradebookEntries",
    "studentGradebookEntries",
    "grades",
    "competencyObjectives",
    "studentCompetencyObjectives",
]
OLDER: dict[Resource, str] = {"contacts": "parents", "studentContactAssociations": "studentParentAssociations"}
"""What Data Standard 4 calls a resource, where it differs."""
_BESIDE: tuple[Resource, ...] = (
    "contacts",
    "studentContactAssociations",
    "assessments",
    "objectiveAssessments",
    "studentAssessments",
    "learningStandards",
    "gradebookEntries",
    "studentGradebookEntries",
    "grades",
    "competencyObjectives",
    "studentCompetencyObjectives",
)
_ROSTER: tuple[Resource, ...] = tuple(name for name in get_args(Resource) if name not in _BESIDE)


class EdFiSettings(HttpSettings):
    """An Ed-Fi ODS/API, 5 to 7."""

    base_url: str = Field(
        description="the API's root, with tenant and year where it has them, e.g. https://ods.example.org/v7.3/api"
    )
    token_url: str = Field("", description="the token endpoint, where it is not base_url/oauth/token")
    client_id: str = Field(description="the key of the client credentials")
    client_secret: SecretStr = Field(description="their secret")
    data_path: str = Field(
        "data/v3", description="the path of resources after base_url; a year may follow: data/v3/2027"
    )
    changes_path: str = Field("changeQueries/v1", description="the path of change queries after base_url")
    data_standard: Literal["4", "5"] = Field(
        "5", description="which Data Standard it serves: 4 has parents, 5 contacts"
    )
    paging: Literal["auto", "cursor", "offset"] = Field(
        "auto", description="cursor: pages by token, from 7.3 on, several at a time; auto: where the service offers it"
    )
    partitions: int = Field(
        4, ge=1, le=10, description="into how many parts a resource is divided that are read at once"
    )
    page_size: int = Field(500, ge=1, le=500, description="how many records to ask for at a time")
    window: int = Field(50_000, ge=100, description="how many change versions to ask for at a time")
    snapshot: bool = Field(False, description="read from a snapshot (Use-Snapshot), where the service makes them")
    resources: tuple[Resource, ...] = Field(_ROSTER, min_length=1, description="what to read")

    def token_address(self) -> str:
        """Where tokens are got."""
        return self.token_url or f"{self.base_url.rstrip('/')}/oauth/token"

    def path(self, resource: Resource) -> str:
        """The path of a resource, as its Data Standard calls it."""
        name = OLDER.get(resource, resource) if self.data_standard == "4" else resource
        return f"{self.data_path.strip('/')}/ed-fi/{name}"
