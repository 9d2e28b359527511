"""The training loss of chapter 2: by hand, and what it sees that the plain squared error does not."""

import pytest
import torch
from torch.nn import functional as F

from vecnb.losses import multiscale_mse


def test_one_scale_is_the_mean_squared_error():
    x_recon, x = torch.rand(2, 3, 1, 28, 28)
    assert torch.equal(multiscale_mse(x_recon, x), F.mse_loss(x_recon, x))


def test_two_scales_by_hand():
    x = torch.zeros(1, 1, 2, 2)
    x_recon = torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]]])
    # Full size: 1/4. Halved: one pixel of ink 1/4, squared 1/16, times 2.
    assert multiscale_mse(x_recon, x, scales=2).item() == pytest.approx(1 / 4 + 2 / 16)


def test_independent_errors_weigh_half_as_much_on_each_coarser_scale():
    torch.manual_seed(0)
    noise, blank = torch.randn(200, 1, 28, 28), torch.zeros(200, 1, 28, 28)
    one, two, three = (multiscale_mse(noise, blank, scales).item() for scales in (1, 2, 3))
    assert two / one == pytest.approx(1 + 1 / 2, rel=0.02)
    assert three / one == pytest.approx(1 + 1 / 2 + 1 / 4, rel=0.02)


def test_missing_ink_costs_more_than_shifted_ink_of_equal_squared_error():
    x = torch.zeros(1, 1, 28, 28)
    x[..., 10:12, 8:20] = 1
    gap, shifted = x.clone(), x.clone()
    gap[..., 10:12, 8:14] = 0  # half of the stroke is missing
    shifted[..., 10, 8:14], shifted[..., 12, 8:14] = 0, 1  # half of it lies a pixel lower
    assert F.mse_loss(gap, x) == F.mse_loss(shifted, x)
    assert multiscale_mse(gap, x, 3) > 1.3 * multiscale_mse(shifted, x, 3)


def test_no_scale_is_refused():
    with pytest.raises(ValueError, match="at least 1, not 0"):
        multiscale_mse(torch.rand(1, 1, 4, 4), torch.rand(1, 1, 4, 4), scales=0)
