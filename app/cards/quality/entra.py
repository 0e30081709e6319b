"""What Entra calls the attributes, so that a remedy can name what to correct and which expression to paste.

The attributes are those of Entra's default mapping (and `companyName`); an expression goes into the mapping of the same
SCIM attribute, under *Mapping type: Expression*.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.attributes.definitions import ENTERPRISE_USER

ATTRIBUTES: Mapping[str, str] = {
    "userName": "userPrincipalName",
    "displayName": "displayName",
    "title": "jobTitle",
    "preferredLanguage": "preferredLanguage",
    "name.givenName": "givenName",
    "name.familyName": "surname",
    'emails[type eq "work"].value': "mail",
    'phoneNumbers[type eq "work"].value': "telephoneNumber",
    'phoneNumbers[type eq "mobile"].value': "mobile",
    'phoneNumbers[type eq "fax"].value': "facsimileTelephoneNumber",
    'addresses[type eq "work"].formatted': "physicalDeliveryOfficeName",
    'addresses[type eq "work"].streetAddress': "streetAddress",
    'addresses[type eq "work"].locality': "city",
    'addresses[type eq "work"].region': "state",
    'addresses[type eq "work"].postalCode': "postalCode",
    'addresses[type eq "work"].country': "country",
    f"{ENTERPRISE_USER}:employeeNumber": "employeeId",
    f"{ENTERPRISE_USER}:department": "department",
    f"{ENTERPRISE_USER}:organization": "companyName",
    f"{ENTERPRISE_USER}:manager": "manager",
    f"{ENTERPRISE_USER}:manager.value": "manager",
}
"""SCIM path → Entra attribute."""


def named(path: str) -> str:
    """How a sentence names what to correct in Entra."""
    attribute = ATTRIBUTES.get(path)
    return attribute if attribute is not None else f"the attribute that is mapped to {path}"


def pasting(path: str, expression: str) -> str:
    """The end of a remedy: map `expression`, in which ATTRIBUTE stands for the Entra attribute, to `path`."""
    attribute = ATTRIBUTES.get(path, "yourAttribute")
    return f"map the expression {expression.replace('ATTRIBUTE', attribute)} to {path}"
