"""The traced forward pass that also hands out a layer's map, the vector and the logit."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from crystalviz.models._layers import last_average_pooling, last_map, output_layer
from crystalviz.models.errors import ModelFileError

# Tracing replaces methods of shared layer objects for a moment.
_TRACING = threading.Lock()


@contextlib.contextmanager
def tapped(layers: list[Any], watch: Callable[[Any, Any], Any]) -> Iterator[dict[int, Any]]:
    """Record (input, output) of each layer while the model is called.

    Works for layers at any depth, where building a new model from inner outputs
    fails with "graph disconnected". `watch(layer, output)` sees each output as it is
    made and returns what the following layers get.
    """
    seen: dict[int, Any] = {}

    def tap(layer: Any) -> Callable[..., Any]:
        original = layer.call

        def call(inputs: Any, *args: Any, **kwargs: Any) -> Any:
            output = watch(layer, original(inputs, *args, **kwargs))
            seen[id(layer)] = (inputs, output)
            return output

        return call

    with _TRACING:
        for layer in layers:
            # Past Keras' attribute tracking, which is for weights and sublayers.
            object.__setattr__(layer, "call", tap(layer))
        try:
            yield seen
        finally:
            for layer in layers:
                object.__delattr__(layer, "call")


class Head:
    """How to read one logit, positive against negative class, out of a model's output.

    Taken before the sigmoid or softmax: a saturated probability has no gradient.
    """

    def __init__(self, model: Any, path: str) -> None:
        shape = model.output_shape
        self.layer = output_layer(model)
        self.units = shape[-1] if len(shape) == 2 and shape[-1] in (1, 2) else None
        activation = getattr(getattr(self.layer, "activation", None), "__name__", None)
        kind = type(self.layer).__name__
        self.dense = kind == "Dense"
        if kind in ("Softmax",):
            activation = "softmax"
        wanted = {1: ("sigmoid", "linear", None), 2: ("softmax", "linear", None)}
        if self.units is not None and activation not in wanted[self.units]:
            raise ModelFileError(
                f"{path}: its {self.units}-unit output ends in {activation!r}; crystalviz reads "
                "one sigmoid or linear unit, or two softmax units"
            )
        self.squashed = activation in ("sigmoid", "softmax")

    @property
    def exists(self) -> bool:
        """Whether the model tells two classes apart."""
        return self.units is not None

    def logit(self, tf: Any, inputs: Any, output: Any) -> Any:
        """Return (batch,) log-odds of the positive class, from the output layer's tap."""
        if not self.squashed:
            values = output
        elif self.dense:
            values = tf.matmul(inputs, self.layer.kernel)
            if self.layer.use_bias:
                values = values + self.layer.bias
        else:
            values = inputs
        values = tf.cast(values, tf.float32)
        return values[:, 0] if self.units == 1 else values[:, 1] - values[:, 0]


def build_forward(
    tf: Any,
    model: Any,
    head: Head,
    cam_layer: Any,
    batch: int,
    shape: tuple[int, ...],
    gradients: bool,
) -> Callable[[Any], dict[str, Any]]:
    """Trace one pass of fixed batch size.

    Returns
    -------
    callable
        (batch, height, width, channels) float32 -> dict of tensors. Always `activation`
        (batch, h, w, c) of `cam_layer`. Without `gradients`: `vector` (batch, d), `logit`
        and `map`, the LayerCAM of the predicted class (of no class without a head: the
        mean activation). With `gradients`: `logit` and `gradient`, that of the logit to
        the activation.
    """
    pooling = last_average_pooling(model)
    source = pooling if pooling is not None else last_map(model)
    if source is None:
        raise ModelFileError(
            f"the model {model.name!r} has no convolutional map to take vectors of"
        )

    def run(images: Any) -> dict[str, Any]:
        taps = list({id(x): x for x in (cam_layer, source, head.layer)}.values())
        with tf.GradientTape(watch_accessed_variables=False) as tape:

            def watch(layer: Any, output: Any) -> Any:
                if layer is cam_layer:
                    tape.watch(output)
                return output

            with tapped(taps, watch) as seen:
                model(images, training=False)
            activation = seen[id(cam_layer)][1]
            logit = head.logit(tf, *seen[id(head.layer)]) if head.exists else None
        result = {"activation": tf.cast(activation, tf.float32)}
        if logit is None:
            logit = tf.fill([batch], float("nan"))
            gradient = None
        else:
            gradient = tape.gradient(logit, activation, unconnected_gradients="zero")
            gradient = tf.cast(gradient, tf.float32)
        result["logit"] = logit
        if gradients:
            if gradient is not None:
                result["gradient"] = gradient
            return result
        vector = seen[id(source)][1]
        if len(vector.shape) == 4:
            vector = tf.reduce_mean(vector, axis=(1, 2))
        result["vector"] = tf.cast(tf.reshape(vector, [batch, -1]), tf.float32)
        if gradient is None:
            raw = tf.reduce_mean(tf.nn.relu(result["activation"]), axis=-1)
        else:
            sign = tf.where(logit >= 0, 1.0, -1.0)[:, None, None, None]
            raw = tf.reduce_sum(tf.nn.relu(sign * gradient) * result["activation"], axis=-1)
        raw = tf.nn.relu(raw)
        peak = tf.reduce_max(raw, axis=(1, 2), keepdims=True)
        result["map"] = tf.math.divide_no_nan(raw, peak)
        del result["activation"]
        return result

    signature = tf.TensorSpec([batch, *shape], tf.float32)
    return tf.function(run, input_signature=[signature])
