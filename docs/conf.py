"""Settings of the documentation: ``make docs`` builds it, with warnings as errors."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

version_file = {}
exec((ROOT / "stable_baselines" / "version.py").read_text(encoding="utf-8"), version_file)

project = "stable-baselines-gail"
author = "the authors of this library"
copyright = "2026, " + author
release = version_file["__version__"]
version = ".".join(release.split(".")[:2])

extensions = ["sphinx.ext.autodoc", "sphinx.ext.mathjax", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
needs_sphinx = "5.0"
nitpicky = False

autodoc_member_order = "bysource"
# Signatures stay readable; the types stand in the parameter lists.
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"

html_theme = "sphinx_rtd_theme"
html_title = "{} {}".format(project, release)
html_show_sourcelink = False
