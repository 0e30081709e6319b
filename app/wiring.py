"""Which handlers answer which event, all of them in the transaction of the event; and which jobs there are."""

from __future__ import annotations

from functools import partial

from app.auth.sign_in import graph
from app.auth.sign_in import handlers as sign_in
from app.auth.sign_in.events import SignedIn
from app.cards import announcing, photo_sweep, repairing, uploading
from app.cards import handlers as cards
from app.cards.bulk import carrying, errands
from app.cards.from_graph import asking as from_graph
from app.cards.quality import kept
from app.core.events import Handlers
from app.core.jobs.running import Job
from app.core.mail import outbox, sending
from app.directory.announce import CARD_READY
from app.directory.events import DocumentMade, DocumentReplaced, GroupNamed, GroupRemoved, PeopleChanged
from app.photos import keeping, preparing, uploads
from app.photos.fetching import fetching_job, waiting
from app.photos.graph import everyone, rounds, signing_in
from app.scim import retention

HANDLERS: Handlers = {
    PeopleChanged: (cards.on_people_changed,),
    DocumentMade: (keeping.on_document_made,),
    DocumentReplaced: (cards.on_document_replaced, sign_in.on_document_replaced, keeping.on_document_replaced),
    GroupNamed: (cards.on_group_named,),
    GroupRemoved: (cards.on_group_removed,),
    SignedIn: (cards.on_signed_in, from_graph.on_signed_in),
}

WRITERS: sending.Writers = {CARD_READY: announcing.write}
"""Who writes the e-mails that are written when they are sent."""

JOBS = (
    Job(
        "repair",
        "makes cards what groups and bindings say, where they are not; normally finds nothing",
        repairing.repair,
    ),
    Job(kept.JOB, "looks for what is doubtful in the directory's data, once a day or when asked", kept.look),
    Job("retention", "forgets what is older than an organization keeps it", retention.retain),
    Job(errands.JOB, "does what admins asked for, where it is about many cards at once", carrying.carry_out),
    Job(keeping.JOB, "makes the files of photos that were pushed", preparing.prepare, preparing.pending),
    Job(
        signing_in.JOB,
        "fetches photos of people who have signed in from Microsoft Graph",
        partial(signing_in.ask, opened=graph.opened),
        signing_in.pending,
    ),
    Job(
        rounds.JOB,
        "asks Microsoft Graph by the hour for new photos of everyone",
        partial(everyone.ask, tokens=from_graph.application_token, to_ask=from_graph.to_ask),
        everyone.pending,
    ),
    Job(uploads.JOB, "makes photos that people sent their cards' own", uploading.draw, uploading.pending),
    Job(
        waiting.JOB,
        "fetches photos that the directory gives as web addresses, once a day anew",
        fetching_job.fetch,
        fetching_job.pending,
    ),
    Job(photo_sweep.JOB, "deletes photos that nothing shows any more", photo_sweep.sweep),
    Job(outbox.JOB, "sends the e-mails that wait", partial(sending.send_due, writers=WRITERS), sending.pending),
)
"""What is done in the background: a name, a sentence, a function, and what it waits for unless it is the hour."""
