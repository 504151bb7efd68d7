"""Cases in Chatwoot, through its API channel, for teams that work there."""
