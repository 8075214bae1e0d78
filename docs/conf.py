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


def presets_table(presets):
    """
    :param presets: name -> Preset, as in stable_baselines.gail.presets
    :return: reStructuredText: the settings that all have in common, then a table of what each adds
    """
    all_settings = [preset.settings for preset in presets.values()]
    common = {name: value for name, value in all_settings[0].items()
              if all(name in settings and settings[name] == value for settings in all_settings)}
    lines = ["All of them have in common: {}.".format(", ".join(
        "``{}={!r}``".format(name, value) for name, value in common.items())), "",
        ".. list-table::", "   :header-rows: 1", "   :widths: 15 28 34 13 10", ""]
    rows = [("name", "task", "further settings", "steps", "``subsample``")]
    for name, preset in presets.items():
        further = ", ".join("``{}={!r}``".format(key, value) for key, value in preset.settings.items()
                            if key not in common)
        steps = "{:,}".format(preset.timesteps).replace(",", "\u00a0")  # no line ends within a number
        rows.append(("``{}``".format(name), preset.description, further, steps, str(preset.subsample)))
    for row in rows:
        lines += ["   {} - {}".format("*" if number == 0 else " ", cell) for number, cell in enumerate(row)]
    return "\n".join(lines) + "\n"


PRESETS_MARK = ".. the table of presets stands here, see conf.py\n"


def insert_presets(app, docname, source):
    """The table of presets is made of the presets themselves, so that there is one source."""
    if docname == "presets":
        from stable_baselines.gail import presets

        app.env.note_dependency(presets.__file__)
        if source[0].count(PRESETS_MARK) != 1:
            raise ValueError("docs/presets.rst needs one line {!r}, where its table goes.".format(PRESETS_MARK))
        source[0] = source[0].replace(PRESETS_MARK, presets_table(presets.PRESETS))


def keep_asterisks(app, what, name, obj, options, lines):
    """Docstrings write [n, *shape] and |x|; reStructuredText would take these for emphasis and for substitution."""
    for number, line in enumerate(lines):
        if ("*" in line or "|" in line) and not line.lstrip().startswith(("* ", "| ")):
            parts = line.split("``")
            parts[::2] = [part.replace("*", r"\*").replace("|", r"\|") for part in parts[::2]]
            lines[number] = "``".join(parts)


def setup(app):
    app.connect("source-read", insert_changelog)
    app.connect("source-read", insert_presets)
    app.connect("autodoc-process-docstring", keep_asterisks)
