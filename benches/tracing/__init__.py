"""Benchmark of tracers on drawings whose strokes are known; `python -m benches.tracing --help`."""
