"""The file that `lanyard apply` reads: checked with line numbers, turned into a plan, carried out as a whole or not."""
