"""The trainers: a config dataclass and the algorithm, one file per chapter."""
