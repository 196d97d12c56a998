"""Reference values for gyre_math::lifetime, written to lifetime.txt.

Versions: lifetimes 0.11.3, scipy 1.17.1, numpy 2.4.6, mpmath-free. Purchases of BG/NBD and MBG/NBD
come from scipy's hyp2f1 after Euler's transformation, since lifetimes' own form overflows far out;
Pareto/NBD from scipy's adaptive quadrature of the same likelihood.
Run: python lifetime.py > lifetime.txt
"""
import numpy as np
from scipy.integrate import quad
from scipy.special import gammaln, hyp2f1
from lifetimes.datasets import load_donations
from lifetimes import BetaGeoBetaBinomFitter, BetaGeoFitter, ModifiedBetaGeoFitter


def say(name, *values):
    print(name, *(repr(float(v)) for v in values))


people = [(2, 30.43, 38.86), (0, 0.0, 38.86), (1, 1.71, 38.86), (26, 30.86, 31.0), (7, 29.43, 38.86), (5, 4.0, 100.0)]
times = [0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0]
bg = (0.243, 4.414, 0.793, 2.426)
mbg = (0.525, 6.183, 0.891, 1.614)
pareto = (0.553, 10.578, 0.606, 11.669)


def expected(params, x, tx, T, t, extra):
    r, alpha, a, b = params
    b = b + extra
    z = t / (alpha + T + t)
    second = 1 - (1 - z) ** (a - 1) * hyp2f1(a + b - 1 - r, a - 1, a + b + x - 1, z)
    leave = 0.0 if (x == 0 and extra == 0) else a / (b + x - 1) * ((alpha + T) / (alpha + tx)) ** (r + x)
    return (a + b + x - 1) / (a - 1) * second / (1 + leave), 1 / (1 + leave)


for name, params, extra, fitter in (("bg", bg, 0, BetaGeoFitter), ("mbg", mbg, 1, ModifiedBetaGeoFitter)):
    out = []
    for x, tx, T in people:
        one = np.array([1.0])
        ll = -fitter._negative_log_likelihood(np.log(params), np.array([x]), np.array([tx]), np.array([T]), one, 0.0)
        e39, alive = expected(params, x, tx, T, 39.0, extra)
        out += [float(np.sum(ll)), alive, e39, expected(params, x, tx, T, 2000.0, extra)[0]]
    say(name, *out)
    say(name + "_new", *(expected(params, 0, 0.0, 0.0, t, extra)[0] for t in times))

# lifetimes' own forms agree where they do not overflow.
f = BetaGeoFitter(); f.params_ = dict(zip(("r", "alpha", "a", "b"), bg))
assert abs(f.conditional_expected_number_of_purchases_up_to_time(39, 2, 30.43, 38.86) - expected(bg, 2, 30.43, 38.86, 39, 0)[0]) < 1e-9
f = ModifiedBetaGeoFitter(); f.params_ = dict(zip(("r", "alpha", "a", "b"), mbg))
assert abs(f.conditional_expected_number_of_purchases_up_to_time(39, 2, 30.43, 38.86) - expected(mbg, 2, 30.43, 38.86, 39, 1)[0]) < 1e-9

r, alpha, s, beta = pareto
out = []
for x, tx, T in people:
    g = quad(lambda y: (alpha + y) ** -(r + x) * (alpha + tx) ** (r + x) * (beta + y) ** -(s + 1), tx, T, epsabs=0, epsrel=1e-13, limit=500)[0]
    gone = s * g * (alpha + tx) ** -(r + x)
    here = (alpha + T) ** -(r + x) * (beta + T) ** -s
    ll = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + np.log(here + gone)
    alive = here / (here + gone)
    e = lambda t: alive * (r + x) * (beta + T) / ((alpha + T) * (s - 1)) * (1 - ((beta + T) / (beta + T + t)) ** (s - 1))
    out += [ll, alive, e(39.0), e(2000.0)]
say("pareto", *out)
say("pareto_new", *(r * beta / (alpha * (s - 1)) * (1 - (beta / (beta + t)) ** (s - 1)) for t in times))

f = BetaGeoBetaBinomFitter(); f.params_ = dict(zip(("alpha", "beta", "gamma", "delta"), (1.204, 0.750, 0.657, 2.783)))
out = []
for x, tx in ((0, 0), (1, 1), (3, 6), (6, 6), (2, 4)):
    a = [np.array([v]) for v in (x, tx, 6)]
    ll = BetaGeoBetaBinomFitter._loglikelihood((1.204, 0.750, 0.657, 2.783), *a)[0]
    alive = f.conditional_probability_alive(1, *a)[0]
    e = f.conditional_expected_number_of_purchases_up_to_time(5, *a)[0]
    out += [ll, alive, e]
say("bgbb", *out)
d = load_donations()
say("donations", *d[["frequency", "recency", "periods", "weights"]].to_numpy().ravel())

a, b = 0.668, 3.806
say("sbg", *((b + n - 1) / (a + b + n - 1) * hyp2f1(1, b + n, a + b + n, 1 / 1.1) for n in (1, 4)))
