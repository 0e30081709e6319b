"""E-mail: written to an outbox in the transaction of what it tells, sent by a job. Knows no subject."""
