"""The policy: roles, permissions, grants and actors. Standard library only."""
