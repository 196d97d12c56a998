"""The Python originals, on the inputs that the numerics are measured on: a line of JSON for each.

usage: originals.py FOLDER customers|lifetimes|attribution|ope|thompson|readout
"""

import json
import sys
import time
import types
import warnings

warnings.filterwarnings("ignore")
folder, what = sys.argv[1], sys.argv[2]


def fastest(times, run):
    best, found = float("inf"), None
    for _ in range(times):
        began = time.perf_counter()
        found = run()
        best = min(best, time.perf_counter() - began)
    return best, found


def say(seconds, values, note=None):
    print(json.dumps({"seconds": seconds, "values": [float(v) for v in values], "note": note}))


def stub(*names):
    """Modules that a package imports and that what is measured does not use."""

    class Anything:
        def __init__(self, *_, **__):
            pass

        def __call__(self, *arguments, **__):
            return arguments[0] if arguments else self

        def __getattr__(self, _):
            return Anything()

    class Module(types.ModuleType):
        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return Anything

    for name in names:
        try:
            __import__(name)
        except ImportError:
            sys.modules[name] = Module(name)
            parent, _, child = name.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, sys.modules[name])


if what == "customers":
    from lifetimes.datasets import load_cdnow_summary

    data = load_cdnow_summary(index_col=[0])
    data[["frequency", "recency", "T"]].to_csv(folder + "/customers.csv", index=False)
    say(0.0, [len(data)])

elif what == "lifetimes":
    import pandas
    from lifetimes import BetaGeoFitter

    data = pandas.read_csv(folder + "/customers.csv")

    def fit():
        fitter = BetaGeoFitter(penalizer_coef=0.0)
        fitter.fit(data["frequency"], data["recency"], data["T"])
        return fitter

    seconds, fitter = fastest(5, fit)
    likelihood = -fitter._negative_log_likelihood_
    names = ["r", "alpha", "a", "b"]
    say(seconds, [len(data)] + [fitter.params_[n] for n in names] + [likelihood * len(data)])

elif what == "attribution":
    import pandas

    stub("matplotlib", "matplotlib.pyplot", "seaborn")
    from ChannelAttribution import markov_model

    data = pandas.read_csv(folder + "/paths.csv")

    def run():
        return markov_model(
            data, "path", "conversions", var_null="nulls", order=1, sep=">",
            out_more=True, verbose=False, ncore=1, seed=1,
        )

    seconds, found = fastest(1, run)
    found = found["result"] if isinstance(found, dict) else found
    credits = found.set_index("channel_name").iloc[:, 0]
    say(seconds, [len(data), len(credits), credits.sum()], "simulated, one core, its defaults")

elif what == "ope":
    import numpy
    import pandas

    stub("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils",
         "torch.utils.data", "matplotlib", "matplotlib.pyplot", "seaborn")
    from obp.ope import (
        DoublyRobust, InverseProbabilityWeighting, SelfNormalizedDoublyRobust,
        SelfNormalizedInverseProbabilityWeighting,
    )

    data = pandas.read_csv(folder + "/decisions.csv")
    segments, arms = numpy.arange(4)[:, None], numpy.arange(10)[None, :]
    policy = (1 + (segments * 3 + arms * 7) % 10).astype(float)
    policy /= policy.sum(axis=1, keepdims=True)
    model = 0.02 + 0.01 * ((segments + arms) % 10)
    segment = data["segment"].to_numpy()
    log = {
        "reward": data["reward"].to_numpy(),
        "action": data["action"].to_numpy(),
        "pscore": data["logging"].to_numpy(),
        "action_dist": policy[segment][:, :, None],
        "position": numpy.zeros(len(data), dtype=int),
    }
    modelled = dict(log, estimated_rewards_by_reg_model=model[segment][:, :, None])

    def run():
        values = []
        for estimator, given in [
            (InverseProbabilityWeighting(), log),
            (SelfNormalizedInverseProbabilityWeighting(), log),
            (DoublyRobust(), modelled),
            (SelfNormalizedDoublyRobust(), modelled),
        ]:
            values.append(estimator.estimate_policy_value(**given))
            found = estimator.estimate_interval(
                alpha=0.05, n_bootstrap_samples=1000, random_state=1, **given
            )
            values += [v for k, v in found.items() if "lower" in k or "upper" in k]
        return values

    seconds, values = fastest(1, run)
    say(seconds, [len(data)] + values, "four estimators with intervals, no gates")

elif what == "thompson":
    import numpy

    arms = numpy.arange(100)
    means, sd = 0.05 + 0.0001 * (arms % 13), 0.002

    def run():
        generator = numpy.random.default_rng(1)
        draws = generator.normal(means, sd, size=(10_000, 100))
        return numpy.bincount(draws.argmax(axis=1), minlength=100) / 10_000

    seconds, shares = fastest(5, run)
    say(seconds, [shares.sum(), shares[12]], "numpy, 10,000 draws, as gbstats does it")

elif what == "readout":
    import numpy
    from scipy import stats

    def one():
        (n, s, q), (m, t, u) = (21307, 30311.69, 6759024.4973), (21306, 13908.33, 2870050.3621)
        balance = stats.chisquare([n, m]).pvalue
        total = balance
        x, y = s / n, t / m
        v, w = (q - s * s / n) / (n - 1), (u - t * t / m) / (m - 1)
        dof = (v / n + w / m) ** 2 / (v * v / n / n / (n - 1) + w * w / m / m / (m - 1))
        for value, variance in [
            (x - y, v / n + w / m),
            ((x - y) / abs(y), v / n / y**2 + w * x**2 / m / y**4),
        ]:
            se = numpy.sqrt(variance)
            stats.t.ppf(0.975, dof)
            stats.norm.ppf(0.975)
            fixed = 2 * stats.t.sf(abs(value / se), dof)
            rho = numpy.sqrt((-2 * numpy.log(0.05) + numpy.log(1 - 2 * numpy.log(0.05))) / 5000)
            ratio = rho**2 * (n + m)
            watched = min(1.0, numpy.sqrt(1 + ratio) * numpy.exp(
                -ratio * value**2 / (2 * variance * (1 + ratio))))
            total += fixed + watched + stats.norm.cdf(value / se)
        return total

    seconds, total = fastest(3, lambda: [one() for _ in range(200)][-1])
    say(seconds / 200, [total], "numpy and scipy, the same numbers")
