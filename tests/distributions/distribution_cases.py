"""The distributions that are recorded, and what of each, for the recorder and for the test."""

from typing import Any

SEED = 5
QUESTIONS = ("mean", "variance", "mode", "entropy", "repr", "support", "shapes", "sample", "next")
QUESTIONS_OF_DRAWS = ("log_prob", "cdf", "icdf", "wider")


def cases(torch: Any) -> dict[str, Any]:
    """One of each family, by the library `torch`."""
    D = torch.distributions

    def t(*values: Any) -> Any:
        return torch.tensor(values, dtype=torch.float64)

    loc, scale = t(0.3, -1.2, 2.0), t(0.7, 1.5, 3.0)
    low, matrix = t(0.5, 1.5, 3.0), t([2.0, 0.5], [0.5, 1.0])
    odds = t([0.2, 0.5, 0.9], [1.0, 2.0, 3.0])
    half = t(0.2, 0.5, 0.9)
    sigmoid, affine = D.SigmoidTransform(), D.AffineTransform(1.0, 2.0)
    given = {
        "Bernoulli": D.Bernoulli(half),
        "Bernoulli by logits": D.Bernoulli(logits=loc),
        "Beta": D.Beta(scale, low),
        "Binomial": D.Binomial(7, half),
        "Categorical": D.Categorical(odds),
        "Cauchy": D.Cauchy(loc, scale),
        "Chi2": D.Chi2(scale),
        "ContinuousBernoulli": D.ContinuousBernoulli(half),
        "Dirichlet": D.Dirichlet(odds),
        "Exponential": D.Exponential(scale),
        "FisherSnedecor": D.FisherSnedecor(scale, 3 * scale),
        "Gamma": D.Gamma(scale, low),
        "Geometric": D.Geometric(half),
        "Gumbel": D.Gumbel(loc, scale),
        "HalfCauchy": D.HalfCauchy(scale),
        "HalfNormal": D.HalfNormal(scale),
        "Independent": D.Independent(D.Normal(loc, scale), 1),
        "InverseGamma": D.InverseGamma(scale, low),
        "Kumaraswamy": D.Kumaraswamy(half, half),
        "LKJCholesky": D.LKJCholesky(3, t(1.5, 0.5)),
        "Laplace": D.Laplace(loc, scale),
        "LogNormal": D.LogNormal(loc, half),
        "LogisticNormal": D.LogisticNormal(loc, scale),
        "LowRankMultivariateNormal": D.LowRankMultivariateNormal(loc, t(loc.tolist()).mT, scale),
        "MixtureSameFamily": D.MixtureSameFamily(D.Categorical(half), D.Normal(loc, scale)),
        "Multinomial": D.Multinomial(5, odds),
        "MultivariateNormal": D.MultivariateNormal(loc[:2], matrix),
        "MultivariateNormal by precision": D.MultivariateNormal(loc[:2], precision_matrix=matrix),
        "NegativeBinomial": D.NegativeBinomial(scale, half),
        "Normal": D.Normal(loc, scale),
        "Normal of numbers": D.Normal(0.5, 2.0),
        "OneHotCategorical": D.OneHotCategorical(odds),
        "Pareto": D.Pareto(scale, low),
        "Poisson": D.Poisson(4 * scale),
        "RelaxedBernoulli": D.RelaxedBernoulli(t(0.7), half),
        "RelaxedOneHotCategorical": D.RelaxedOneHotCategorical(t(0.7), odds),
        "StudentT": D.StudentT(scale, loc, scale),
        "TransformedDistribution": D.TransformedDistribution(
            D.Normal(loc, scale), [sigmoid, affine]
        ),
        "Uniform": D.Uniform(0.1 * half, half),
        "VonMises": D.VonMises(loc, scale),
        "Weibull": D.Weibull(scale, low),
        "Wishart": D.Wishart(t(3.0, 4.0), matrix),
    }
    return given


def numbers(value: Any) -> Any:
    """Seven digits of a tensor's numbers, in order."""
    return [float(f"{x:.7g}") for x in value.detach().double().reshape(-1).tolist()]


def _answer(torch: Any, d: Any, question: str) -> Any:
    if question == "repr":
        return repr(d)
    if question == "support":
        return repr(d.support).split("(")[0]
    if question == "shapes":
        return [list(d.batch_shape), list(d.event_shape), d.has_rsample]
    if question == "entropy":
        return numbers(d.entropy())
    if question in ("sample", "next"):  # the numbers, and the one that the stream goes on with
        torch.manual_seed(SEED)
        drawn = d.sample((2,))
        return numbers(drawn) if question == "sample" else numbers(torch.rand(1))
    return numbers(getattr(d, question))


def _answer_of_draws(torch: Any, d: Any, question: str, drawn: Any) -> Any:
    if question == "icdf":
        return numbers(d.icdf(torch.tensor(0.3, dtype=torch.float64)))
    if question == "wider":
        return numbers(d.expand((2, *d.batch_shape)).log_prob(drawn.unsqueeze(1)))
    return numbers(getattr(d, question)(drawn))


def answers(torch: Any, d: Any) -> dict[str, Any]:
    """What a distribution says; a question that it refuses is left out."""
    found = {}
    torch.manual_seed(SEED)
    drawn = d.sample((2,))
    for question in (*QUESTIONS, *QUESTIONS_OF_DRAWS):
        try:
            if question in QUESTIONS:
                found[question] = _answer(torch, d, question)
            else:
                found[question] = _answer_of_draws(torch, d, question, drawn)
        except NotImplementedError:
            continue
    return found


def divergences(torch: Any) -> dict[str, Any]:
    """KL of all pairs that have a formula."""
    given, found = cases(torch), {}
    for left, p in given.items():
        for right, q in given.items():
            try:
                found[f"{left}, {right}"] = numbers(torch.distributions.kl_divergence(p, q))
            except (NotImplementedError, ValueError):
                continue
    return found
