"""Arguments and flags that several commands take: one name, one meaning, one help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from policytrack.errors import PolicytrackError

LEDGER = "policytrack.db"


def policy_ids(incomplete: str) -> list[str]:
    """The ids of tracked policies, for tab completion: none where the rules cannot be read."""
    from policytrack.packs import load_rules

    try:
        return [policy.id for policy in load_rules().policies if policy.id.startswith(incomplete)]
    except PolicytrackError:
        return []


Format = Literal["text", "json", "jsonl"]
PolicyKind = Literal["permission", "restriction", "programme", "membership", "rate"]
ChangeKind = Literal["claim", "decision", "state", "shift", "correction", "removal"]
ListFormat = Literal["text", "json", "jsonl", "csv"]
TableFormat = Literal["text", "json", "jsonl", "csv", "parquet"]
DiffFormat = Literal["text", "json", "jsonl", "markdown", "html", "csv", "parquet"]
ComparedFormat = Literal["text", "json", "jsonl", "markdown"]

Paths = Annotated[
    list[str],
    typer.Argument(
        metavar="PATH...",
        help="Files of articles, folders of such files, addresses of feeds and pages, or - for standard input.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Which column of CSV and Parquet files a field is in, as text=body. Repeatable.",
    ),
]
PublishedAt = Annotated[
    str | None,
    typer.Option("--published-at", metavar="DATE", help="The date of articles that do not say their own."),
]
FullText = Annotated[
    bool, typer.Option("--full-text", help="Of a feed, read the pages that its entries lead to, not its summaries.")
]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="Also fetch addresses of this machine and the own network.")
]
PolicyId = Annotated[str, typer.Argument(metavar="ID", help="The id of a policy.", autocompletion=policy_ids)]
Pattern = Annotated[
    str | None,
    typer.Argument(
        metavar="POLICY",
        help="The id of a policy, or a pattern of ids as 'us.*'; all, if left out.",
        autocompletion=policy_ids,
    ),
]
On = Annotated[
    str | None, typer.Option("--on", metavar="DATE", help="What held in the world on this day. [default: today]")
]
Known = Annotated[
    str | None,
    typer.Option(
        "--known",
        metavar="MOMENT",
        help="What had been recorded by then: 2024-11-17T12:00Z, or a date for its end. [default: now]",
    ),
]
KnownPair = Annotated[
    str | None,
    typer.Option(
        "--known",
        metavar="MOMENT",
        help="What had been recorded by then; M1..M2 for A as known at M1 and B as known at M2. [default: now]",
    ),
]
Db = Annotated[str, typer.Option("--db", metavar="PATH", help="The ledger.")]
RulesDir = Annotated[
    Path | None, typer.Option("--rules", metavar="DIR", help="A rules folder to use instead of the shipped one.")
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--pack", metavar="PATH", help="A pack, or a folder of packs, to read beside the rules; repeatable."),
]
Execute = Annotated[
    list[str] | None,
    typer.Option(
        "--exec",
        metavar="COMMAND",
        help="Run this for each new shift, with the shift as JSON on its standard input; no shell. Repeatable.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Read with so many processes of this machine, about 500 MB each. [default: 1, this one]",
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="ADDRESS", help="Read on the Dask cluster of this scheduler: tcp://HOST:8786."),
]
FormatFlag = Annotated[Format, typer.Option("--format", help="How stdout is written.")]
ListFormatFlag = Annotated[ListFormat, typer.Option("--format", help="How stdout is written.")]
TableFormatFlag = Annotated[TableFormat, typer.Option("--format", help="How stdout is written.")]
DiffFormatFlag = Annotated[DiffFormat, typer.Option("--format", help="How stdout is written.")]
ComparedFormatFlag = Annotated[ComparedFormat, typer.Option("--format", help="How stdout is written.")]
