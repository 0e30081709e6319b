"""People signing in: at an OpenID provider, or once by a link; what their sessions may do."""
