"""Classifiers that other programs wrote as ONNX: find head, vector and map in their graph.

`adapt` gives such a file the outputs of our own: vectors, scores, maps and activations.
"""
