"""What the trainers' tests share: a few digits, an accelerator, and how two models differ."""

import pytest
import torch
from accelerate import Accelerator

from vecnb.data import load_mnist


@pytest.fixture(scope="session")
def digits():
    """256 training digits and their labels."""
    images, labels = load_mnist("train", fallback="subset")
    return images[:256], labels[:256]


@pytest.fixture
def images(digits):
    return digits[0]


@pytest.fixture
def accelerator():
    return Accelerator(cpu=True)


@pytest.fixture
def moved():
    """Gives the names of what differs between two state dicts of the same names."""

    def names(before, after):
        assert before.keys() == after.keys()
        return {name for name in before if not torch.equal(before[name], after[name])}

    return names
