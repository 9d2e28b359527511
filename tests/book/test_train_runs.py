"""Several runs are trained seed by seed, each with the config of its name."""

from dataclasses import replace

import train_runs

from vecnb.training import RUNS


def test_every_run_is_trained_with_every_seed(monkeypatch, tmp_path):
    trained = []
    monkeypatch.setattr(train_runs, "mnist", lambda validation: f"digits {validation}")
    monkeypatch.setattr(train_runs.torch, "set_num_threads", lambda threads: None)
    monkeypatch.setattr(train_runs, "train_run", lambda *args, data: trained.append((*args, data)))
    train_runs.main(("autoencoder/thesis", "autoencoder/proposed"), (0, 3), tmp_path, validation=True)
    assert trained == [
        (run, replace(RUNS[run], seed=seed), tmp_path, "digits True")
        for seed in (0, 3)
        for run in ("autoencoder/thesis", "autoencoder/proposed")
    ]
