"""Questions about a policy for every input at once, and what a revision of one changed."""
