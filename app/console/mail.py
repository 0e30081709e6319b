"""The e-mails of an organization: what waits, went out or failed, and what one says, to be sent by hand."""

from __future__ import annotations

from flask import Response

from app.auth.sign_in import asking
from app.auth.sign_in.asking import role
from app.auth.sign_in.roles import CHANGE, DIRECTORY, SEE
from app.cards import announcing
from app.console import listing, shell
from app.console.listing import Choice, Column, Listing
from app.console.shell import GET, POST
from app.core.errors import NotFound
from app.core.mail import outbox
from app.core.mail.outbox import DROPPED, FAILED, SENT, WAITING, Mail
from app.core.mail.sending import Addressed
from app.core.unit_of_work import Transaction
from app.directory.announce import CARD_READY, INVITATION, SIGN_IN
from app.web import scope

PATH = "/console/mail"
COLUMNS = (Column("To"), Column("What"), Column("State"), Column("Made", "made"), Column(""))
KINDS = {INVITATION: "Invitation", SIGN_IN: "Sign-in link", CARD_READY: "Your card is ready"}
STATES = Choice(
    "state", "State", {WAITING: "Waiting", SENT: "Sent", FAILED: "Failed", DROPPED: "Nothing to tell any more"}
)


@role(DIRECTORY, SEE)
def mails() -> Response:
    """GET /console/mail"""
    asked = listing.asked(PATH, sorts=("-made",), choices=(STATES,))
    with shell.reading() as reader:
        page, rows = outbox.page(
            reader, state=asked.filters.get("state"), place=asked.place, descending=asked.descending
        )
    shown = Listing(
        asked=asked,
        columns=COLUMNS,
        rows=rows,
        page=page,
        choices=(STATES,),
        nothing="No e-mail was made yet. Invitations make them, and sign-in links of invited people.",
    )
    return shell.page(
        "mail/list.html",
        title="E-mails",
        section="mail",
        listing=shown,
        kinds=KINDS,
        states=STATES.options,
        has_server=scope.settings().smtp is not None,
        readable=(WAITING, FAILED),
    )


@role(DIRECTORY, CHANGE)
def read(mail_id: str) -> Response:
    """POST /console/mail/<id>: what an e-mail says that was not sent. It may hold a link: it is noted who read it."""

    def work(tx: Transaction) -> tuple[Mail, Addressed]:
        mail = outbox.get(tx, mail_id)
        found = announcing.read(tx, scope.settings(), asking.sealer(), mail)
        if found is None:
            raise NotFound("what this e-mail said is not kept: it was sent, given up, or there is nothing to tell now")
        tx.audit("mail.read", mail.id, {"kind": mail.kind, "to": found.recipient})
        return mail, found

    mail, addressed = asking.write(work)
    return shell.page(
        "mail/letter.html",
        title=addressed.letter.subject,
        section="mail",
        mail=mail,
        kind=KINDS.get(mail.kind, mail.kind),
        recipient=addressed.recipient,
        letter=addressed.letter,
    )


ROUTES: shell.Routes = (("/mail", mails, GET), ("/mail/<mail_id>", read, POST))
