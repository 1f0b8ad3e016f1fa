"""How the documentation is built: Sphinx, MyST Markdown, the Furo theme."""

from importlib.metadata import version as installed_version

project = "citygoals"
author = project_copyright = "the citygoals authors"
version = release = installed_version("citygoals")

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = "citygoals"
