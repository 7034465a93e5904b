"""Every number the portal shows is made here, from counts.

Pure functions: no database, no Django, no clock. Callers bring a scale (what a score means) and a tally (how many
answers were given), and get a figure with its 95 % interval, or a change with its verdict.
"""

from reports.statistics.changes import Change, Verdict, benjamini_hochberg, change, net_change
from reports.statistics.departures import Departure, departure
from reports.statistics.disclosure import ALL, Evidence, evidence, hidden, hidden_in_table, left_out
from reports.statistics.figures import Figure, Reliability, figure, mean, median
from reports.statistics.priorities import Priority, most_urgent, priority
from reports.statistics.scales import NET, SHARE, USUAL, Measure, Scale, Tally

__all__ = [
    "ALL",
    "NET",
    "SHARE",
    "USUAL",
    "Change",
    "Departure",
    "Evidence",
    "Figure",
    "Measure",
    "Priority",
    "Reliability",
    "Scale",
    "Tally",
    "Verdict",
    "benjamini_hochberg",
    "change",
    "departure",
    "evidence",
    "figure",
    "hidden",
    "hidden_in_table",
    "left_out",
    "mean",
    "median",
    "most_urgent",
    "net_change",
    "priority",
]
