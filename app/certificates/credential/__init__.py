"""The certificate as data that machines trust: an Open Badges 3.0 credential, its keys, and the list of those revoked."""
