from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.rehearsal import DirectoryFileError, read_directory

EXPORT = (
    "userPrincipalName,displayName,surname,mail,givenName,id,userType,jobTitle,department,accountEnabled,usageLocation,"
    "streetAddress,state,country,officeLocation,city,postalCode,telephoneNumber,mobilePhone,alternateEmailAddress,"
    "ageGroup,consentProvidedForMinor,legalAgeGroupClassification,companyName,creationType,directorySynced,"
    "invitationState,identityIssuer,createdDateTime\n"
    "ines@nordwind.example,Ines JONES,JONES,ines@nordwind.example,Ines,8a52,Member,CFO,Finance,True,CH,"
    '"Quaistrasse 4\n8001 Zürich",ZH,CH,B7 / 2.11,Zürich,8001,+41 44 555 01 00,+41 79 555 01 00,,,,,Nordwind AG,,True,,'
    "nordwind.onmicrosoft.com,2024-01-05T09:00:00Z\n"
    "\n"
    "beat@nordwind.example,Beat Zürcher,Zürcher,,Beat,77e1,Member,,,False,,,,,,,,,,,,,,,,,,,\n"
)


def folder(at: Path, users: str | bytes, **groups: str) -> Path:
    content = users if isinstance(users, bytes) else users.encode()
    (at / "users.csv").write_bytes(content)
    (at / "groups").mkdir()
    for name, text in groups.items():
        (at / "groups" / f"{name}.csv").write_text(text, encoding="utf-8-sig")
    return at


def test_entras_own_exports_are_read(tmp_path: Path) -> None:
    members = "id,userPrincipalName,displayName,objectType\n8a52,ines@nordwind.example,Ines JONES,User\n"

    [state] = read_directory(folder(tmp_path, EXPORT, Board=members)).states

    assert state.people["8a52"].values == {
        "userPrincipalName": "ines@nordwind.example",
        "displayName": "Ines JONES",
        "surname": "JONES",
        "mail": "ines@nordwind.example",
        "givenName": "Ines",
        "objectId": "8a52",
        "jobTitle": "CFO",
        "department": "Finance",
        "accountEnabled": "true",
        "streetAddress": "Quaistrasse 4\n8001 Zürich",
        "state": "ZH",
        "country": "CH",
        "physicalDeliveryOfficeName": "B7 / 2.11",
        "city": "Zürich",
        "postalCode": "8001",
        "telephoneNumber": "+41 44 555 01 00",
        "mobile": "+41 79 555 01 00",
        "companyName": "Nordwind AG",
    }
    assert not state.people["77e1"].active
    assert (state.groups["board"].name, state.groups["board"].members) == ("Board", ("8a52",))


@pytest.mark.parametrize(
    "users",
    [
        pytest.param("objectId,userPrincipalName,mobile\n8a52,a@b,1\n", id="the names of earlier years"),
        pytest.param("OBJECTID,UserPrincipalName,MOBILE\n8a52,a@b,1\n", id="any case"),
        pytest.param("Object ID,User principal name,Mobile phone\n8a52,a@b,1\n", id="names with spaces"),
        pytest.param("objectId;userPrincipalName;mobile\r\n8a52;a@b;1\r\n", id="semicolons"),
        pytest.param("\ufeffobjectId,userPrincipalName,mobile\n8a52,a@b,1\n", id="a byte order mark"),
        pytest.param('"objectId","userPrincipalName","mobile"\n"8a52","a@b","1"', id="quotes, no end of line"),
    ],
)
def test_columns_are_known_by_any_of_their_names(tmp_path: Path, users: str) -> None:
    [state] = read_directory(folder(tmp_path, users)).states

    assert state.people["8a52"].values == {"objectId": "8a52", "userPrincipalName": "a@b", "mobile": "1"}


def test_a_column_of_an_extension_keeps_its_name(tmp_path: Path) -> None:
    [state] = read_directory(folder(tmp_path, "userPrincipalName,extension.preferredName\na@b,Annie\n")).states

    assert state.people["a@b"].values["extension.preferredName"] == "Annie"


@pytest.mark.parametrize(
    "members",
    [
        pytest.param("id\n8A52\n", id="by id, in another case"),
        pytest.param("userPrincipalName\nInes@nordwind.example\n", id="by user principal name"),
        pytest.param(
            "Object ID,User principal name\nffff,ines@nordwind.example\n", id="by name when the id is unknown"
        ),
    ],
)
def test_members_are_matched(tmp_path: Path, members: str) -> None:
    [state] = read_directory(folder(tmp_path, EXPORT, Board=members)).states

    assert state.groups["board"].members == ("8a52",)


def test_members_that_are_no_users_of_the_export_are_told(tmp_path: Path) -> None:
    [state] = read_directory(folder(tmp_path, EXPORT, Board="id,displayName\nffff,A device\n")).states

    assert state.out_of_scope == ("ffff, a member of Board, is not in the file",)


@pytest.mark.parametrize(
    ("users", "board", "place", "reason"),
    [
        pytest.param("", "", "users.csv", "the file is empty", id="empty"),
        pytest.param("name,mail\na,b\n", "", "users.csv, line 1", "names neither an id", id="no id"),
        pytest.param("id,objectId\na,b\n", "", "users.csv, line 1", "two columns stand for objectId", id="id twice"),
        pytest.param("id,mail\na,b,c\n", "", "users.csv, line 2", "more cells", id="a cell too many"),
        pytest.param('id,mail\na,"b\nc"\nd,"e', "", "users.csv, line 4", "not CSV", id="an open quote"),
        pytest.param("id,mail\na,b\n", "", "users.csv, line 2", "needs a userPrincipalName", id="no name"),
        pytest.param(
            "id,userPrincipalName\n1,a@b\n\n1,c@d\n",
            "",
            "users.csv, line 4",
            "already in users.csv, line 2",
            id="an id twice",
        ),
        pytest.param(
            "userPrincipalName,accountEnabled\na@b,si\n", "", "users.csv, line 2", "'si'; it can be true", id="a word"
        ),
        pytest.param("id,mail\n1,Zürcher\n".encode("latin-1"), "", "users.csv", "save it as CSV UTF-8", id="encoding"),
        pytest.param(EXPORT, "name\na\n", "groups/Board.csv, line 1", "names neither", id="a group without ids"),
        pytest.param(
            EXPORT, "id,mail\n,a\n", "groups/Board.csv, line 2", "a member needs an id", id="a member without id"
        ),
    ],
)
def test_a_bad_export_is_refused_with_the_line(
    tmp_path: Path, users: str | bytes, board: str, place: str, reason: str
) -> None:
    groups = {"Board": board} if board else {}

    with pytest.raises(DirectoryFileError, match=f"^{re.escape(place)}: .*{re.escape(reason)}"):
        read_directory(folder(tmp_path, users, **groups))


def test_a_folder_without_users_says_which_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DirectoryFileError, match=r"no users\.csv"):
        read_directory(tmp_path)
