"""`python -m support_metrics.cli` is `support-metrics`."""

from support_metrics.cli import main

main(prog_name="support-metrics")
