"""A Keras network as a flat list of operations, whatever models are nested in it.

`flatten` makes the list. Any layer's output can be read or watched by its name, which a new
Keras model made from inner outputs cannot do ("graph disconnected"), and every operation may
bring a rule for the gradient in forward operators, which alone converts to other engines.
"""
