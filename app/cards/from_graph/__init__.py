"""Cards and Microsoft Graph: whose photo is asked for, with which token, and who has none."""
