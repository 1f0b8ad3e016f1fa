"""citygoals: goal-versus-indicator evaluation of cities and countries."""
