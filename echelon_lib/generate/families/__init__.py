"""Made-up schools of individual requests, in families that are hard in different ways."""
