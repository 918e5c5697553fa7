"""Advice on sections: typed changes, who proposes them, and what may be told to an adviser outside."""
