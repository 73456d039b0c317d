"""An invented world: to look around in, and to play the whole story through the same services in under a minute."""
