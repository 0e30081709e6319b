"""People: the list, the page of each that says why they have what they have, and what an admin may do there."""

from __future__ import annotations

from app.console.people import acts, everybody, joining, person
from app.console.shell import BOTH, GET, POST, Routes

ROUTES: Routes = (
    ("/people", everybody.people, GET),
    ("/people.csv", everybody.people_csv, GET),
    ("/people/<who>", person.person, GET),
    ("/people/<who>/why", person.why, GET),
    ("/people/<who>/issue", acts.issue, BOTH),
    ("/people/<who>/block", acts.block, BOTH),
    ("/people/<who>/unblock", acts.unblock, BOTH),
    ("/people/<who>/sessions/end", acts.end_sessions, POST),
    ("/people/<who>/merge", joining.merge, BOTH),
)
