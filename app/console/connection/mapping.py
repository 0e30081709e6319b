"""Which attribute of Entra goes where: the table of the connection page, and what its file is made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from app.attributes.definitions import USER

ENTERPRISE, LANYARD = (extension.urn for extension in USER.extensions)
DEFAULT, CHANGE, ADD = "default", "change", "add"


@dataclass(frozen=True, slots=True)
class Mapping:
    """One attribute: what Entra has, or the expression that makes it, and where it is sent."""

    source: str
    target: str
    act: str = DEFAULT
    """DEFAULT: Entra maps it so by itself · CHANGE: its default is another · ADD: it maps nothing by default."""
    note: str = ""

    @property
    def is_expression(self) -> bool:
        """Whether `source` is an expression, not an attribute."""
        return "(" in self.source


USERS = (
    Mapping(
        "objectId",
        "externalId",
        CHANGE,
        "The default is mailNickname, which can be renamed and reused. With objectId, somebody who leaves and comes"
        " back gets the same card, and sign-in knows who is who.",
    ),
    Mapping("userPrincipalName", "userName", note="Keep “Match objects using this attribute”."),
    Mapping(
        'Switch([IsSoftDeleted], , "False", "True", "True", "False")',
        "active",
        note="Do not map accountEnabled instead: people who are only unassigned would keep their cards.",
    ),
    Mapping("displayName", "displayName"),
    Mapping("givenName", "name.givenName"),
    Mapping("surname", "name.familyName"),
    Mapping('Join(" ", [givenName], [surname])', "name.formatted"),
    Mapping("jobTitle", "title"),
    Mapping("mail", 'emails[type eq "work"].value'),
    Mapping("telephoneNumber", 'phoneNumbers[type eq "work"].value'),
    Mapping("mobile", 'phoneNumbers[type eq "mobile"].value'),
    Mapping("facsimileTelephoneNumber", 'phoneNumbers[type eq "fax"].value'),
    Mapping("streetAddress", 'addresses[type eq "work"].streetAddress'),
    Mapping("city", 'addresses[type eq "work"].locality'),
    Mapping("state", 'addresses[type eq "work"].region'),
    Mapping("postalCode", 'addresses[type eq "work"].postalCode'),
    Mapping("country", 'addresses[type eq "work"].country'),
    Mapping(
        "physicalDeliveryOfficeName",
        'addresses[type eq "work"].formatted',
        note="An office or a room. Cards show it only where there are no address parts, or a template asks for it.",
    ),
    Mapping("preferredLanguage", "preferredLanguage", note="Decides whether the family name comes first."),
    Mapping("department", f"{ENTERPRISE}:department"),
    Mapping("companyName", f"{ENTERPRISE}:organization", ADD, "The company on the card."),
    Mapping("manager", f"{ENTERPRISE}:manager", note="For the page of somebody who has left."),
    Mapping("employeeId", f"{ENTERPRISE}:employeeNumber"),
)
"""Users, in the order of the documentation."""

GROUPS = (
    Mapping("displayName", "displayName", note="Keep “Match objects using this attribute”."),
    Mapping("objectId", "externalId"),
    Mapping("members", "members"),
)

EXTRA = tuple(f"{LANYARD}:{attribute.name}" for attribute in USER.extensions[1].attributes)
"""What Lanyard's own schema has, for attributes that Entra's default mapping does not know."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something worth having, and the expression that gets it."""

    key: str
    wish: str
    expression: str
    target: str
    note: str


def wishes(clear_marker: str) -> tuple[Wish, ...]:
    """Expressions to paste into Entra; `clear_marker` is the organization's."""
    return (
        Wish(
            "clear",
            "Take a value off the cards when it is emptied in Entra",
            f'IIF(IsNullOrEmpty([mobile]), "{clear_marker}", [mobile])',
            'phoneNumbers[type eq "mobile"].value',
            "Entra does not send empty values, so without this an old number stays. The marker shows on no card and"
            " reads back as it was sent. Use the same for any other attribute.",
        ),
        Wish(
            "address",
            "The whole address on one line",
            'Join(", ", [streetAddress], Join(" ", [postalCode], [city]), [country])',
            'addresses[type eq "work"].formatted',
            "Only if you want one line: from the parts, cards set the address in the order of its country.",
        ),
        Wish(
            "preferred",
            "The name somebody goes by, from an attribute of your own",
            "Coalesce([extensionAttribute2], [givenName])",
            f"{LANYARD}:preferredName",
            "Add the target first, under Show advanced options → Edit attribute list.",
        ),
    )
