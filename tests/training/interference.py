"""Accelerators through which a test interferes with a training."""

import signal

import torch
from accelerate import Accelerator


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
