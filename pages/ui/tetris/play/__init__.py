"""The play page: a person against an agent on the same pieces."""
