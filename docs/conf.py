"""Settings of the documentation: ``make docs`` builds it, with warnings as errors."""

import os
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # autodoc imports TensorFlow, whose greeting is no warning of ours

version_file = {}
exec((ROOT / "stable_baselines" / "version.py").read_text(encoding="utf-8"), version_file)

project = "stable-baselines-gail"
author = "the authors of this library"
copyright = "2026, " + author
release = version_file["__version__"]
version = ".".join(release.split(".")[:2])

extensions = ["sphinx.ext.autodoc", "sphinx.ext.viewcode"]
exclude_patterns = ["_build"]
needs_sphinx = "5.0"
nitpicky = False

autodoc_member_order = "bysource"
# Signatures stay readable; the types stand in the parameter lists.
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"

html_theme = "sphinx_rtd_theme"
html_theme_options = {"navigation_depth": 3}
html_title = "{} {}".format(project, release)
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_show_sourcelink = False


def markdown_as_rst(text):
    """The Markdown of CHANGELOG.md (headings, lists, code, links) as reStructuredText."""
    lines = []
    for line in text.splitlines():
        line = re.sub(r"(?<!`)`([^`]+)`(?!`)", r"``\1``", line)
        line = re.sub(r"\[([^\]]+)\]\((https?://[^)]+)\)", r"`\1 <\2>`__", line)
        heading = re.match(r"(#+) (.*)", line)
        if heading:
            title = re.sub(r"\[([^\]]+)\]", r"\1", heading.group(2))
            lines += [title, "=-~^"[len(heading.group(1)) - 1] * len(title)]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"


def insert_changelog(app, docname, source):
    """The changelog's page is the file at the root of the repository, so that there is one to keep up."""
    if docname == "changelog":
        app.env.note_dependency(str(ROOT / "CHANGELOG.md"))
        source[0] = markdown_as_rst((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def keep_asterisks(app, what, name, obj, options, lines):
    """Docstrings write shapes such as [n, *shape]; reStructuredText would take the asterisk for emphasis."""
    for number, line in enumerate(lines):
        if "*" in line and not line.lstrip().startswith("* "):
            parts = line.split("``")
            parts[::2] = [part.replace("*", r"\*") for part in parts[::2]]
            lines[number] = "``".join(parts)


def setup(app):
    app.connect("source-read", insert_changelog)
    app.connect("autodoc-process-docstring", keep_asterisks)
