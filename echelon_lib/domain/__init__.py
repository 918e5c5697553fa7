"""The problem and its answer as plain, immutable objects; imports only the standard library."""
