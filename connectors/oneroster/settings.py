"""What a OneRoster source can be told: which product it is, where, how to sign in, which collections to read."""

from typing import Any, Literal, Self

from pydantic import Field, SecretStr, model_validator

from connectors import HttpSettings
from connectors.date_order import Order
from connectors.oneroster.products import PRESETS, Product

Version = Literal["1.1", "1.2"]
Auth = Literal["oauth2-basic", "oauth2-form", "bearer", "oauth1"]
Collection = Literal[
    "orgs",
    "academicSessions",
    "courses",
    "classes",
    "users",
    "enrollments",
    "demographics",
    "lineItems",
    "results",
    "assessmentLineItems",
    "assessmentResults",
]

GRADEBOOK: frozenset[Collection] = frozenset({"lineItems", "results", "assessmentLineItems", "assessmentResults"})
ASSESSMENTS: frozenset[Collection] = frozenset({"assessmentLineItems", "assessmentResults"})
"""The collections that came with 1.2."""

_CORE: tuple[Collection, ...] = ("orgs", "academicSessions", "courses", "classes", "users", "enrollments")
PATHS: dict[Version, tuple[str, str]] = {
    "1.1": ("/ims/oneroster/v1p1", "/ims/oneroster/v1p1"),
    "1.2": ("/ims/oneroster/rostering/v1p2", "/ims/oneroster/gradebook/v1p2"),
}
_SCOPE: dict[Version, str] = {
    "1.1": "https://purl.imsglobal.org/spec/or/v1p1/scope/",
    "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/",
}
_RIGHTS: dict[Collection, str] = {
    "demographics": "roster-demographics.readonly",
    "lineItems": "gradebook.readonly",
    "results": "gradebook.readonly",
    "assessmentLineItems": "assessment.readonly",
    "assessmentResults": "assessment.readonly",
}
_NEEDED: dict[Auth, tuple[str, ...]] = {
    "oauth2-basic": ("token_url", "client_id", "client_secret"),
    "oauth2-form": ("token_url", "client_id", "client_secret"),
    "bearer": ("token",),
    "oauth1": ("client_id", "client_secret"),
}


class OneRosterSettings(HttpSettings):
    """A OneRoster service, or CSV bundles alone when `base_url` is left out."""

    product: Product | None = Field(
        None, description="the product that serves it: what is known of it stands where a setting is left out"
    )
    base_url: str = Field(
        "",
        description="where the service is, e.g. https://sis.example.org; left out where only CSV files are handed over",
    )
    version: Version = Field("1.2", description="the OneRoster version the service speaks")
    rostering_path: str | None = Field(None, description="the path after base_url, where it is not the standard's")
    gradebook_path: str | None = Field(None, description="the same for the gradebook, on the same host")
    auth: Auth = Field("oauth2-basic", description="how to sign in")
    token_url: str = Field("", description="OAuth 2: the token endpoint")
    client_id: str = Field("", description="OAuth 2: the client id; OAuth 1: the consumer key")
    client_secret: SecretStr | None = Field(None, description="OAuth 2: the client secret; OAuth 1: the shared secret")
    token: SecretStr | None = Field(None, description="bearer: a token that does not expire")
    scope: str | None = Field(None, description="OAuth 2: the scope to ask for, where not the standard's; '' for none")
    page_size: int = Field(1000, ge=1, le=50_000, description="how many records to ask for at a time")
    sort: str = Field("sourcedId", description="the field to sort by, so that pages do not shift; '' to leave it out")
    list_name: str = Field(
        "", description="the member of an answer that holds the list, where not the collection's name"
    )
    date_order: Order | None = Field(
        None, description="how dates like 03/04/2026 are meant, where their file does not prove it itself"
    )
    collections: tuple[Collection, ...] = Field(_CORE, min_length=1, description="what to read")

    @model_validator(mode="before")
    @classmethod
    def _of_product(cls, settings: Any) -> Any:
        if not isinstance(settings, dict) or settings.get("product") not in PRESETS:
            return settings
        preset = dict(PRESETS[settings["product"]])
        base = str(settings.get("base_url") or "").rstrip("/")
        if base and "token_path" in preset and str(settings.get("auth", "oauth2-basic")).startswith("oauth2"):
            preset["token_url"] = base + preset["token_path"]
        preset.pop("token_path", None)
        return {**preset, **{name: value for name, value in settings.items() if value is not None}}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.base_url:
            missing = [name for name in _NEEDED[self.auth] if not getattr(self, name)]
            if missing:
                raise ValueError(f"auth '{self.auth}' needs {', '.join(missing)}")
        if self.version == "1.1" and (newer := ASSESSMENTS.intersection(self.collections)):
            raise ValueError(f"OneRoster 1.1 has no {', '.join(sorted(newer))}: take it out of 'collections'")
        return self

    def url(self, collection: Collection | None = None) -> str:
        """Where a collection is; without one, where the rostering service is."""
        gradebook = collection in GRADEBOOK
        own = self.gradebook_path if gradebook else self.rostering_path
        path = PATHS[self.version][gradebook] if own is None else own
        base, path = self.base_url.rstrip("/"), path.strip("/")
        root = base if not path or base.endswith(f"/{path}") else f"{base}/{path}"
        return root if collection is None else f"{root}/{collection}"

    def rights(self, collection: Collection) -> tuple[str, ...]:
        """The OAuth 2 scope that a collection needs. In 1.2, `roster.readonly` leaves demographics out on purpose."""
        name = _RIGHTS.get(collection, "roster.readonly")
        return (_SCOPE[self.version] + name,)

    def scopes(self) -> str:
        """The OAuth 2 scopes the collections need, each once."""
        if self.scope is not None:
            return self.scope
        order = ("roster.readonly", "roster-demographics.readonly", "gradebook.readonly", "assessment.readonly")
        needed = {_RIGHTS.get(collection, "roster.readonly") for collection in self.collections}
        return " ".join(_SCOPE[self.version] + name for name in order if name in needed)
