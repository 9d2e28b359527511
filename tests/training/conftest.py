"""What the trainers' tests share: a few digits, and accelerators that interfere with a training."""

import signal
import warnings

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


class Interfering(Accelerator):
    """An accelerator that counts how often a gradient is asked for, and interferes at one of these times."""

    def __init__(self, at=0):
        super().__init__(cpu=True)
        self.at, self.times = at, 0

    def backward(self, loss, **kwargs):
        self.times += 1
        super().backward(self.interfere(loss) if self.times == self.at else loss, **kwargs)

    def interfere(self, loss):
        return loss


class CtrlC(Interfering):
    """Sends the signal of Ctrl-C."""

    def interfere(self, loss):
        signal.raise_signal(signal.SIGINT)
        return loss


class NotANumber(Interfering):
    """Turns the gradient of a finite loss into NaN."""

    def interfere(self, loss):
        return loss * torch.nan


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


@pytest.fixture(autouse=True)
def quiet():
    """torch warns that a fused optimiser was stepped after its schedule where a training has no step."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*lr_scheduler.step.*")
        yield
