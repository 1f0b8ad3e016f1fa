"""Documents become profiles, profiles become a forum."""
