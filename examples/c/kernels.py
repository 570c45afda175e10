"""Where a robot arm's hand is, and how each joint moves it: what a controller asks a thousand times a second."""

import numpy as np

import gradgen as gg

LENGTHS = np.array([0.4, 0.3, 0.2])


@gg.export(transform="value_and_jacobian", angles=gg.f64[3])
def hand(angles):
    """Position of the hand of a planar arm with three joints."""
    along = np.cumsum(angles)
    return np.array([np.sum(LENGTHS * np.cos(along)), np.sum(LENGTHS * np.sin(along))])


@gg.export(transform="value_and_grad", argnums="rate", rate=gg.f64, times=gg.f64["n"], measured=gg.f64["n"])
def misfit(rate, times, measured):
    """How far a decay of this rate is from what was measured."""
    return np.mean((np.exp(-rate * times) - measured) ** 2)
