"""The numbers of chapter 3: of a model's bound, of its rasters, of its drawings from the prior."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from vecnb import metrics
from vecnb.losses import binary_cross_entropy, kl_divergence, reparameterize
from vecnb.models.prior import ResampledPrior
from vecnb.models.vae import LineVAE, PixelVAE
from vecnb.pretrained import load_classifier
from vecnb.render import render_hard
from vecnb.training.common.evaluation import hits, means


def evaluate(model: LineVAE | PixelVAE, images: Tensor, labels: Tensor) -> dict[str, float]:
    """Every number that the book reports of one model of chapter 3.

    Args:
        images: [B, 1, 28, 28] in [0, 1]; labels: [B].
    Returns:
        Of the bound, by one sample of z an image: binary_cross_entropy, divergence, negative_elbo (nats). Of
        the model's own drawing of the mean of q(z|x): mse, accuracy, and approximation, the squared error
        between it and the raster of the same lines. Of the raster of `vectorise`: raster_mse,
        raster_accuracy. Of as many samples of N(0, 1): label_entropy (nats) and frechet_distance to `images`;
        learnt_…, the same of the learnt prior, and learnt_negative_elbo, the bound under it. A model has
        those defined for it.
    """
    return means(measure_images(model, images, labels)) | measure_set(model, images)


@torch.no_grad()
def measure_images(
    model: LineVAE | PixelVAE, images: Tensor, labels: Tensor | None = None
) -> dict[str, Tensor]:
    """What `evaluate` says of drawing and raster, of each image, [B] float64; accuracies with labels."""
    values, drawn = {}, {}
    drawn["accuracy"] = recon = torch.cat([redraw(model, x) for x in images.split(250)])
    values["mse"] = metrics.squared_errors(recon, images)
    if isinstance(model, LineVAE):
        drawn["raster_accuracy"] = raster = render_hard(model.vectorise(images))
        values["raster_mse"] = metrics.squared_errors(raster, images)
        values["approximation"] = metrics.squared_errors(recon, raster_of_means(model, images))
    return values | hits(drawn, labels)


@torch.no_grad()
def measure_set(model: LineVAE | PixelVAE, images: Tensor) -> dict[str, float]:
    """The rest of `evaluate`: the bound, whose noise belongs to all images, and the samples."""
    classifier = load_classifier()
    numbers = bound(model, images)
    real = metrics.features(classifier, images)
    for name, normal in (("", True), ("learnt_", False)):
        if normal or model.prior is not None:
            samples = sample_images(model, len(images), seed=0, normal=normal)
            numbers |= {
                f"{name}label_entropy": metrics.label_entropy(metrics.predict(classifier, samples)),
                f"{name}frechet_distance": metrics.frechet_distance(
                    metrics.features(classifier, samples), real
                ),
            }
    if model.prior is not None:
        gain = prior_gain(model, model.prior, images)
        numbers["learnt_negative_elbo"] = numbers["negative_elbo"] - gain
    return numbers


def sample_images(model: LineVAE | PixelVAE, n: int, seed: int, *, normal: bool) -> Tensor:
    """n samples of a model as pixels, [n, 1, 28, 28]: the raster of its lines, or the pixels themselves."""
    if isinstance(model, PixelVAE):
        return model.sample_images(n, seed, normal=normal)
    return render_hard(model.sample(n, seed, normal=normal))


@torch.no_grad()
def prior_gain(model: LineVAE | PixelVAE, prior: ResampledPrior, images: Tensor, seed: int = 0) -> float:
    """By how many nats a learnt prior improves the bound on images: mean of log p*(z) − log N(z; 0, 1)."""
    log_ratio = [
        prior(reparameterize(*model.encode(x), noise=noise))
        for x, noise in with_noise(images, model.latent_size, seed)
    ]
    return float(-torch.cat(log_ratio).double().mean()) - prior.log_normaliser()


def with_noise(images: Tensor, size: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Parts of images, and noise [B, size] for each, a function of the seed alone."""
    random = torch.Generator().manual_seed(seed)
    for part in images.split(250):
        yield part, torch.randn(len(part), size, generator=random).to(images.device)


@torch.no_grad()
def redraw(model: LineVAE | PixelVAE, images: Tensor) -> Tensor:
    """The model's own drawing X' of the mean of q(z|x), [B, 1, 28, 28]."""
    mu, _ = model.encode(images)
    return model.draw(model.decode(mu)) if isinstance(model, LineVAE) else model.decode(mu)


@torch.no_grad()
def raster_of_means(model: LineVAE, images: Tensor) -> Tensor:
    """The raster of the lines that `redraw` draws, [B, 1, 28, 28]."""
    codes = (model.decode(model.encode(x)[0]) for x in images.split(250))
    return torch.cat([render_hard(code.lines, stroke_width=code.width) for code in codes])


@torch.no_grad()
def bound(model: LineVAE | PixelVAE, images: Tensor, seed: int = 0) -> dict[str, float]:
    """The two terms of the bound (thesis (6)) and its negative, means over the images, in nats."""
    terms = []
    for x, noise in with_noise(images, model.latent_size, seed):
        x_recon, mu, logvar, _ = model(x, noise)
        terms.append(torch.stack([binary_cross_entropy(x_recon, x), kl_divergence(mu, logvar)], 1))
    reconstruction, divergence = torch.cat(terms).double().mean(0).tolist()
    return {
        "binary_cross_entropy": reconstruction,
        "divergence": divergence,
        "negative_elbo": reconstruction + divergence,
    }
