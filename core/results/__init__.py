"""What runs are for: running and recording, comparison, ratings, forms, scores."""
