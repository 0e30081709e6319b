"""Photos from Microsoft Graph: with the person's own token when they sign in, with the application's for everyone."""
