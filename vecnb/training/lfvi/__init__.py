"""Chapter 4's training: config, algorithm, evaluation; `python -m vecnb.training.lfvi --run split`."""
