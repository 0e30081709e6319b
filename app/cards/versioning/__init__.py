"""The life of a template: drafts of the next version, what it would change, publishing, kept versions, restoring."""
