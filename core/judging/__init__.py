"""A forum and figures become assessments, and are explained."""
