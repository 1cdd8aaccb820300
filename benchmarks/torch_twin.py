"""The embedded network in PyTorch, with the same weights: what another library is tried on."""

from __future__ import annotations

from typing import Any

import numpy as np


def torch_twin(network: Any) -> Any:
    """Return a `torch.nn.Module` that computes the logit of a Keras crystalnet.

    Parameters
    ----------
    network : keras.Model
        As `crystalviz.models.crystalnet.build_crystalnet` makes it, with any weights.

    Returns
    -------
    torch.nn.Module
        (batch, 1, height, width) gray 0..255 -> (batch, 1) logit. The blocks are attributes by
        the names of their last layers, `conv2_block1_out` to `conv5_block2_out`.

    Notes
    -----
    Keras pads "same" on the far side first where a stride leaves an odd number, so the padding is
    written out.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    def weights(name: str) -> list[Any]:
        return [torch.from_numpy(np.array(x)) for x in network.get_layer(name).get_weights()]

    def same(x: Any, size: int, stride: int, value: float = 0.0) -> Any:
        edges = []
        for length in (x.shape[3], x.shape[2]):
            missing = max((-(-length // stride) - 1) * stride + size - length, 0)
            edges += [missing // 2, missing - missing // 2]
        return functional.pad(x, edges, value=value)

    class Convolution(nn.Module):
        """A convolution with "same" padding and the batch normalisation behind it."""

        def __init__(self, name: str, stride: int) -> None:
            super().__init__()
            (kernel,) = weights(f"{name}_conv")
            self.size, self.stride = kernel.shape[0], stride
            self.conv = nn.Conv2d(kernel.shape[2], kernel.shape[3], self.size, stride, bias=False)
            self.norm = nn.BatchNorm2d(kernel.shape[3], eps=network.get_layer(f"{name}_bn").epsilon)
            gamma, beta, mean, variance = weights(f"{name}_bn")
            with torch.no_grad():
                self.conv.weight.copy_(kernel.permute(3, 2, 0, 1))
                for own, given in (
                    (self.norm.weight, gamma),
                    (self.norm.bias, beta),
                    (self.norm.running_mean, mean),
                    (self.norm.running_var, variance),
                ):
                    own.copy_(given)

        def forward(self, x: Any) -> Any:
            return self.norm(self.conv(same(x, self.size, self.stride)))

    class Block(nn.Module):
        """Two convolutions and a shortcut."""

        def __init__(self, name: str, stride: int) -> None:
            super().__init__()
            self.first = Convolution(f"{name}_1", stride)
            self.second = Convolution(f"{name}_2", 1)
            changed = any(layer.name == f"{name}_0_conv" for layer in network.layers)
            self.shortcut = Convolution(f"{name}_0", stride) if changed else nn.Identity()

        def forward(self, x: Any) -> Any:
            inner = self.second(functional.relu(self.first(x)))
            return functional.relu(self.shortcut(x) + inner)

    class Twin(nn.Module):
        """crystalnet."""

        def __init__(self) -> None:
            super().__init__()
            self.epsilon = network.get_layer("contrast").epsilon
            self.stem = Convolution("conv1", 2)
            self.blocks = []
            for layer in network.layers:
                if layer.name.endswith("_out"):
                    name = layer.name.removesuffix("_out")
                    stride = network.get_layer(f"{name}_1_conv").strides[0]
                    self.blocks.append(layer.name)
                    setattr(self, layer.name, Block(name, stride))
            kernel, bias = weights("predictions")
            self.head = nn.Linear(kernel.shape[0], kernel.shape[1])
            with torch.no_grad():
                self.head.weight.copy_(kernel.T)
                self.head.bias.copy_(bias)

        def forward(self, x: Any) -> Any:
            mean = x.mean(dim=(1, 2, 3), keepdim=True)
            variance = x.var(dim=(1, 2, 3), keepdim=True, correction=0)
            x = (x - mean) / torch.sqrt(variance + self.epsilon)
            x = functional.relu(self.stem(x))
            x = functional.max_pool2d(same(x, 3, 2, float("-inf")), 3, 2)
            for name in self.blocks:
                x = getattr(self, name)(x)
            return self.head(x.mean(dim=(2, 3)))

    return Twin().eval()
