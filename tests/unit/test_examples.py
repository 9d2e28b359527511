"""The examples in the docstrings run, and every public name has one."""

import doctest
import importlib
import pkgutil

import pytest

import vecnb

MODULES = [module.name for module in pkgutil.walk_packages(vecnb.__path__, "vecnb.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_module(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not doctest.testmod(importlib.import_module(name)).failed


@pytest.mark.parametrize("name", vecnb.__all__)
def test_public_name_has_an_example(name):
    assert ">>> " in (getattr(vecnb, name).__doc__ or "")
