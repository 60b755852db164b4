"""The commands: one for each question a user can ask, and those that feed and check the tool.

stdout is data, stderr is talk. Only typer is imported here; whatever reads, stores or draws is imported inside the
command that needs it, so that `--help` and tab completion answer at once.
"""

# Help lists the commands in the order in which they are imported.
# isort: off
from policytrack.cli.app import app
from policytrack.cli import articles, sources, questions, tool, rules, ledger, alerts, review
# isort: on

__all__ = ["alerts", "app", "articles", "ledger", "questions", "review", "rules", "sources", "tool"]
