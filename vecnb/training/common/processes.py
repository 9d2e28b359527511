"""One training in one process or in several: who writes, whose share of a batch is whose, what they add up.

Several processes work as one: all start from the same seed and draw the random numbers of the whole batch,
of which each takes its share, so that the result is that of one process but for the order of sums. Shares may
differ in size; losses are weighed by it, and batch normalisation takes its statistics over all of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from accelerate import Accelerator

Rows = TypeVar("Rows", Tensor, range)


def get_accelerator(accelerator: Accelerator | None = None) -> Accelerator:
    """The caller's accelerator, or one for this process and those that `torchrun` started beside it.

    Raises:
        ModuleNotFoundError: accelerate is not installed.
        RuntimeError: there are more processes than the accelerator knows of.
    """
    try:
        from accelerate import Accelerator
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "training needs accelerate: pip install 'vecnb[train]'", name="accelerate"
        ) from error
    started = int(os.environ.get("WORLD_SIZE", 1))
    if accelerator is None:
        # Without a GPU for each, accelerate overlooks torchrun's processes unless it is told to use the CPU.
        here = int(os.environ.get("LOCAL_WORLD_SIZE", started))
        accelerator = Accelerator(cpu=here > max(1, torch.accelerator.device_count()))
    if accelerator.num_processes < started:
        raise RuntimeError(
            f"there are {started} processes, of which this accelerator knows {accelerator.num_processes}: "
            "make none before the training, or the first with Accelerator(cpu=True)"
        )
    return accelerator


def require_one_process(accelerator: Accelerator, trainer: str) -> None:
    """Refuse several processes, for a trainer that does not share its gradients among them.

    Args:
        trainer: its name, for the message.
    Raises:
        RuntimeError: there are several; the message says what to do instead.
    """
    if accelerator.num_processes > 1:
        raise RuntimeError(
            f"{trainer} trains in one process, not in {accelerator.num_processes}: start it without torchrun "
            "and accelerate launch, and other seeds beside it as commands of their own"
        )


class Shares:
    """A batch of `size`, of which every process has the share that is every so manieth row.

    Raises:
        ValueError: a process is left without a share.
    """

    def __init__(self, accelerator: Accelerator, size: int):
        self.accelerator, self.count = accelerator, accelerator.num_processes
        if size < self.count:
            raise ValueError(f"a batch of {size} cannot be shared among {self.count} processes")
        # Of the mean over a share, so that the processes' mean is the batch's.
        self.weight = len(self.of(range(size))) * self.count / size

    def of(self, batch: Rows) -> Rows:
        """This process's share of a batch [B, ...]."""
        return batch[self.accelerator.process_index :: self.count]

    def backward(self, loss: Tensor) -> None:
        """Add up the gradients of a loss that is a mean over the share."""
        self.accelerator.backward(self.weight * loss)

    def mean(self, terms: dict[str, Tensor]) -> dict[str, Tensor]:
        """Means over the batch, from each process's means over its share, scalars."""
        if self.count == 1:
            return terms
        totals = all_reduce_sum(self.weight / self.count * torch.stack(list(terms.values())))
        return dict(zip(terms, totals, strict=True))


def share_batch_norm(model: nn.Module, accelerator: Accelerator) -> None:
    """Let the batch normalisations of a model take their statistics over the shares of all processes."""
    if accelerator.num_processes == 1:
        return
    for parent in list(model.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.BatchNorm2d):
                shared = SharedBatchNorm2d(child.num_features, child.eps, child.momentum)
                shared.load_state_dict(child.state_dict())
                setattr(parent, name, shared)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over the shares of all processes, on any device; torch's own needs a GPU."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalised x [B, C, H, W] of this process's share."""
        if not self.training:
            return super().forward(x)
        count = all_reduce_sum(torch.tensor(float(x.numel() // x.shape[1]), device=x.device))
        mean = all_reduce_sum(x.sum((0, 2, 3))) / count
        centred = x - mean[:, None, None]
        variance = all_reduce_sum(centred.square().sum((0, 2, 3))) / count
        self._update(mean.detach(), variance.detach() * count / (count - 1))
        scale = self.weight * (variance + self.eps).rsqrt()
        return centred * scale[:, None, None] + self.bias[:, None, None]

    @torch.no_grad()
    def _update(self, mean: Tensor, unbiased: Tensor) -> None:
        assert self.running_mean is not None and self.running_var is not None
        assert self.num_batches_tracked is not None and self.momentum is not None
        self.num_batches_tracked.add_(1)
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(unbiased, self.momentum)


def all_reduce_sum(x: Tensor) -> Tensor:
    """The sum of x over all processes, differentiable in every process's x."""
    return _AllReduceSum.apply(x)


class _AllReduceSum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        torch.distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:  # every process's loss depends on the sum
        total = gradient.clone(memory_format=torch.contiguous_format)
        torch.distributed.all_reduce(total)
        return total
