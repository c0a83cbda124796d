"""Classes of the results.

npm run docs writes this file from the schemas of the program: do not edit it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Literal, Optional, Union

from ._record import DescribedRecord, Record


@dataclass(frozen=True)
class Counts(Record):
    study: int
    fitted: int
    validated: int
    held_out: int
    tested: int
    groups: Optional[int]

    _KEYS = {
        "study": ("study", None),
        "fitted": ("fitted", None),
        "validated": ("validated", None),
        "heldOut": ("held_out", None),
        "tested": ("tested", None),
        "groups": ("groups", None),
    }


@dataclass(frozen=True)
class Interval(Record):
    """Correlation in held-out subjects, with its 95 % interval."""

    estimate: float
    lower: float
    upper: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
    }


@dataclass(frozen=True)
class Within(Record):
    """The same test within groups: differences between groups cannot cause an association here."""

    rows: int
    p: float
    corrected: float
    associated: bool

    _KEYS = {
        "rows": ("rows", None),
        "p": ("p", None),
        "corrected": ("corrected", None),
        "associated": ("associated", None),
    }


@dataclass(frozen=True)
class Pair(Record):
    first: str
    second: str
    verdict: Literal["supported", "not-supported", "undecided"]
    #: Why it is undecided.
    reason: Optional[Literal["too-few", "copied-rows", "low-power"]]
    #: Held-out subjects, or groups, that have both.
    subjects: int
    p: Optional[float]
    #: p corrected for the number of pairs (Holm).
    corrected: Optional[float]
    #: Correlation in held-out subjects, with its 95 % interval.
    correlation: Optional[Interval]
    #: The same test within groups: differences between groups cannot cause an association here.
    within: Optional[Within]

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "subjects": ("subjects", None),
        "p": ("p", None),
        "corrected": ("corrected", None),
        "correlation": ("correlation", Interval),
        "within": ("within", Within),
    }


@dataclass(frozen=True)
class Reason(Record):
    code: Literal["single-latent", "folds-mix", "restarts-mix", "models-mix", "one-restart", "rotatable-links", "cycles-mix", "no-links", "settled-by-cause"]
    agreement: Optional[float]
    chance: Optional[float]
    equals: Optional[int]
    restarts: Optional[int]
    mixing: Optional[int]
    models: Optional[int]
    latents: Optional[List[str]]
    moved: Optional[bool]
    presumed: Optional[bool]

    _KEYS = {
        "code": ("code", None),
        "agreement": ("agreement", None),
        "chance": ("chance", None),
        "equals": ("equals", None),
        "restarts": ("restarts", None),
        "mixing": ("mixing", None),
        "models": ("models", None),
        "latents": ("latents", None),
        "moved": ("moved", None),
        "presumed": ("presumed", None),
    }


@dataclass(frozen=True)
class Latent(Record):
    name: str
    modality: str
    verdict: Literal["component", "block", "not-replicated", "untested"]
    #: Other latents of its modality that a block may be mixed with.
    block_with: Optional[List[str]]
    #: Latents of other modalities that are the same variable.
    same_as: Optional[List[str]]
    #: Reasons for the verdict, and what it does not know.
    reasons: List[Reason]
    #: |Correlation| of the latents of the models of two folds.
    agreement: Optional[float]
    #: The agreement that random axes reach.
    chance: Optional[float]
    corrected: Optional[float]
    #: Correlation with the library size, if notable.
    depth: Optional[float]

    _KEYS = {
        "name": ("name", None),
        "modality": ("modality", None),
        "verdict": ("verdict", None),
        "blockWith": ("block_with", None),
        "sameAs": ("same_as", None),
        "reasons": ("reasons", [Reason]),
        "agreement": ("agreement", None),
        "chance": ("chance", None),
        "corrected": ("corrected", None),
        "depth": ("depth", None),
    }


@dataclass(frozen=True)
class TestedInterval(Record):
    """Correlation of the out-of-fold latents, without conditioning."""

    estimate: float
    lower: float
    upper: float
    p: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "p": ("p", None),
    }


@dataclass(frozen=True)
class Robustness(Record):
    """Share of the remaining variance of both ends that an unmeasured common cause must explain to explain the
    result away; `lower` is that for the limit of the interval that is nearest to 0.
    """

    estimate: float
    lower: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
    }


@dataclass(frozen=True)
class OneOf(Record):
    from_: str
    to: List[str]
    q: float

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
        "q": ("q", None),
    }


@dataclass(frozen=True)
class Cause(Record):
    """The level of an assigned cause that acts on `from`, and on `to` only through it."""

    name: str
    level: Optional[str]

    _KEYS = {
        "name": ("name", None),
        "level": ("level", None),
    }


@dataclass(frozen=True)
class Direction(Record):
    verdict: Literal["supported", "assumed", "undecided"]
    from_: Optional[str]
    to: Optional[str]
    by: Optional[Literal["order", "collider", "cause", "knowledge"]]
    #: Share of half-samples that have this arrowhead.
    share: Optional[float]
    #: The level of an assigned cause that acts on `from`, and on `to` only through it.
    cause: Optional[Cause]
    reversed: Optional[Literal["worse", "as-well", "better"]]
    #: A cause that divides the subjects as the batches of one of the modalities do: no direction is known.
    same_as_batch: Optional[str]

    _KEYS = {
        "verdict": ("verdict", None),
        "from": ("from_", None),
        "to": ("to", None),
        "by": ("by", None),
        "share": ("share", None),
        "cause": ("cause", Cause),
        "reversed": ("reversed", None),
        "sameAsBatch": ("same_as_batch", None),
    }


@dataclass(frozen=True)
class Link(Record):
    first: str
    second: str
    verdict: Literal["supported", "not-supported", "undecided"]
    #: Why it is not supported.
    reason: Optional[Literal["explained", "low-power", "inconsistent", "interchangeable", "not-measured", "leak", "corrected", "small", "not-replicated", "modalities-not-associated", "within-modality", "untested"]]
    #: True for two latents of one modality.
    is_within: bool
    #: True if the fitted model has it.
    is_fitted: bool
    sign: Optional[Literal["+", "−"]]
    #: Correlation of the out-of-fold latents, without conditioning.
    association: Optional[TestedInterval]
    #: Partial correlation given the conditioning latents that explain the association best.
    direct: Optional[TestedInterval]
    #: Share of the remaining variance of both ends that an unmeasured common cause must explain to explain the result
    #: away; `lower` is that for the limit of the interval that is nearest to 0.
    robustness: Optional[Robustness]
    conditioning: List[str]
    #: p of the direct link, corrected for the number of links.
    q: Optional[float]
    #: Supported links of `from` with at least one of `to`, of which this pair may be one.
    one_of: Optional[List[OneOf]]
    strength: Optional[float]
    #: Share of restarts that have the link. It is not a confidence level.
    agreement: Optional[float]
    direction: Direction
    #: Their correlation without errors of measurement, if the two are the same variable: there is no link.
    same: Optional[Interval]

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "isWithin": ("is_within", None),
        "isFitted": ("is_fitted", None),
        "sign": ("sign", None),
        "association": ("association", TestedInterval),
        "direct": ("direct", TestedInterval),
        "robustness": ("robustness", Robustness),
        "conditioning": ("conditioning", None),
        "q": ("q", None),
        "oneOf": ("one_of", [OneOf]),
        "strength": ("strength", None),
        "agreement": ("agreement", None),
        "direction": ("direction", Direction),
        "same": ("same", Interval),
    }


@dataclass(frozen=True)
class Correlation(Record):
    estimate: float
    lower: float
    upper: float
    verdict: Literal["shared", "undecided", "different"]

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "verdict": ("verdict", None),
    }


@dataclass(frozen=True)
class Subset(Record):
    modalities: List[str]
    #: Canonical correlations without errors of measurement, with 99.9 % intervals.
    correlations: List[Correlation]
    #: Variables that these modalities have in common, and no other modality has.
    latents: int
    #: True if there may be more, or if other modalities may have some of them.
    is_undecided: bool

    _KEYS = {
        "modalities": ("modalities", None),
        "correlations": ("correlations", [Correlation]),
        "latents": ("latents", None),
        "isUndecided": ("is_undecided", None),
    }


@dataclass(frozen=True)
class Same(Record):
    latents: List[str]
    #: −1 for a latent that falls with the first.
    signs: List[Literal[1, -1]]
    correlation: Interval

    _KEYS = {
        "latents": ("latents", None),
        "signs": ("signs", None),
        "correlation": ("correlation", Interval),
    }


@dataclass(frozen=True)
class Shared(Record):
    """Latents that modalities have in common."""

    subsets: List[Subset]
    #: Single variables.
    same: List[Same]

    _KEYS = {
        "subsets": ("subsets", [Subset]),
        "same": ("same", [Same]),
    }


@dataclass(frozen=True)
class EffectEffect(Record):
    """Difference from the reference in its standard deviations, or per standard deviation of a number."""

    estimate: float
    lower: float
    upper: float
    lower90: float
    upper90: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
    }


@dataclass(frozen=True)
class Spread(Record):
    """Ratio of the mean deviation to that of the reference."""

    estimate: float
    lower: float
    upper: float
    lower90: float
    upper90: float
    p: float
    q: float
    verdict: Literal["supported", "not-supported", "undecided"]

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
        "p": ("p", None),
        "q": ("q", None),
        "verdict": ("verdict", None),
    }


@dataclass(frozen=True)
class Curve(Record):
    estimate: float
    lower: float
    upper: float
    lower90: float
    upper90: float
    value: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
        "value": ("value", None),
    }


@dataclass(frozen=True)
class Direct(Record):
    """What remains of a supported effect given the parents of the latent."""

    verdict: Literal["direct", "through", "undecided"]
    reason: Optional[Literal["no-graph", "not-measured", "inconsistent", "order", "low-power", "parents-differ"]]
    #: The latents that leave least of the effect.
    through: List[str]
    #: Parents of the latent in the models of all folds.
    parents: List[str]
    #: The latents of `through` without which some of the effect remains.
    needed: Optional[List[str]]
    estimate: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    p: Optional[float]
    q: Optional[float]

    _KEYS = {
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "through": ("through", None),
        "parents": ("parents", None),
        "needed": ("needed", None),
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "p": ("p", None),
        "q": ("q", None),
    }


@dataclass(frozen=True)
class Effect(Record):
    cause: str
    #: Left out for a number.
    level: Optional[str]
    reference: Optional[str]
    latent: str
    modality: str
    #: `effect` if the cause was assigned; otherwise something unmeasured can produce the difference.
    meaning: Literal["effect", "association"]
    #: True if the fitted model has a direct effect.
    is_fitted: bool
    #: True if the latent may be a mixture of those of its modality. The effect is one on this mixture.
    is_mixture: bool
    #: Held-out subjects, groups or batches with the level.
    units: int
    verdict: Literal["supported", "not-supported", "undecided"]
    #: Why it is undecided.
    reason: Optional[Literal["too-few", "confounded", "batch", "not-replicated", "gaps", "leak", "inconsistent", "low-power", "corrected"]]
    #: Difference from the reference in its standard deviations, or per standard deviation of a number.
    effect: Optional[EffectEffect]
    p: Optional[float]
    #: p corrected for the number of tests (Holm).
    q: Optional[float]
    #: Ratio of the mean deviation to that of the reference.
    spread: Optional[Spread]
    #: Probability to support an effect of 0.3 standard deviations.
    power: Optional[float]
    #: Share of the remaining variance that a cause explains if it was not assigned.
    partial_r2: Optional[float]
    #: How strong a common cause must be, for a supported association.
    robustness: Optional[Robustness]
    curve: Optional[List[Curve]]
    #: What remains of a supported effect given the parents of the latent.
    direct: Optional[Direct]

    _KEYS = {
        "cause": ("cause", None),
        "level": ("level", None),
        "reference": ("reference", None),
        "latent": ("latent", None),
        "modality": ("modality", None),
        "meaning": ("meaning", None),
        "isFitted": ("is_fitted", None),
        "isMixture": ("is_mixture", None),
        "units": ("units", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "effect": ("effect", EffectEffect),
        "p": ("p", None),
        "q": ("q", None),
        "spread": ("spread", Spread),
        "power": ("power", None),
        "partialR2": ("partial_r2", None),
        "robustness": ("robustness", Robustness),
        "curve": ("curve", [Curve]),
        "direct": ("direct", Direct),
    }


@dataclass(frozen=True)
class Block(Record):
    cause: str
    level: Optional[str]
    modality: str
    #: `effect` if the cause was assigned; otherwise something unmeasured can produce the difference.
    meaning: Literal["effect", "association"]
    p: float
    q: float
    verdict: Literal["supported", "not-supported", "undecided"]

    _KEYS = {
        "cause": ("cause", None),
        "level": ("level", None),
        "modality": ("modality", None),
        "meaning": ("meaning", None),
        "p": ("p", None),
        "q": ("q", None),
        "verdict": ("verdict", None),
    }


@dataclass(frozen=True)
class Causes(Record):
    effects: List[Effect]
    #: Effects on the latents of a modality together, if these are mixed.
    blocks: List[Block]

    _KEYS = {
        "effects": ("effects", [Effect]),
        "blocks": ("blocks", [Block]),
    }


@dataclass(frozen=True)
class Batch(Record):
    modality: str
    #: Column of the batches.
    column: str
    other_modalities: List[str]
    #: `batch`: the observation of this modality is shifted; `cause`: latents that other modalities share.
    verdict: Literal["batch", "cause", "undecided"]
    reason: Optional[Literal["no-shift", "not-shared", "both"]]
    #: p of no shift in the other modalities.
    shared: Optional[float]
    #: p of the same shift in all.
    local: Optional[float]
    #: Share of the shift that the other modalities show.
    share: Optional[float]

    _KEYS = {
        "modality": ("modality", None),
        "column": ("column", None),
        "otherModalities": ("other_modalities", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "shared": ("shared", None),
        "local": ("local", None),
        "share": ("share", None),
    }


@dataclass(frozen=True)
class ConclusionsEffectEffect(Record):
    members: int
    estimate: float
    lower: float
    upper: float

    _KEYS = {
        "members": ("members", None),
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
    }


@dataclass(frozen=True)
class ConclusionsEffect(Record):
    #: Number of equally good graphs.
    members: int
    #: Distinct effects in sd of the latent: number of graphs, and 90 % interval. Without a path it is 0.
    effects: List[ConclusionsEffectEffect]
    #: Bounds of the union of the intervals.
    lower: Optional[float]
    upper: Optional[float]
    #: `imprecise`: an interval contains 0. `not-identified`: signs differ, or some graphs have no path.
    verdict: Literal["identified", "imprecise", "not-identified"]
    reason: Optional[Literal["mixture", "no-path", "signs"]]
    #: Links on the paths that not all graphs have in the same direction.
    open: List[str]
    from_: str
    to: str

    _KEYS = {
        "members": ("members", None),
        "effects": ("effects", [ConclusionsEffectEffect]),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "open": ("open", None),
        "from": ("from_", None),
        "to": ("to", None),
    }


@dataclass(frozen=True)
class Chosen(Record):
    """The fitted model: nats per subject behind the best one, and whether its graph is one of these."""

    difference: float
    standard_error: float
    is_member: bool

    _KEYS = {
        "difference": ("difference", None),
        "standardError": ("standard_error", None),
        "isMember": ("is_member", None),
    }


@dataclass(frozen=True)
class EquivalenceLinkDirection(Record):
    """The direction in most of these graphs, and their number."""

    presence: Literal["certain", "possible"]
    from_: str
    to: str
    members: int

    _KEYS = {
        "presence": ("presence", None),
        "from": ("from_", None),
        "to": ("to", None),
        "members": ("members", None),
    }


@dataclass(frozen=True)
class EquivalenceLink(Record):
    first: str
    second: str
    verdict: Optional[Literal["supported", "not-supported", "undecided"]]
    presence: Literal["certain", "possible", "absent"]
    #: Number of graphs with the link.
    members: int
    #: Number of those in which it belongs to a block of mixed latents.
    blocks: int
    #: The direction in most of these graphs, and their number.
    direction: Optional[EquivalenceLinkDirection]

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "verdict": ("verdict", None),
        "presence": ("presence", None),
        "members": ("members", None),
        "blocks": ("blocks", None),
        "direction": ("direction", EquivalenceLinkDirection),
    }


@dataclass(frozen=True)
class Equivalence(Record):
    """Graphs of equally good models. What they share is not thereby supported."""

    #: Number of distinct graphs that explain held-out subjects equally well.
    graphs: int
    #: Number of compared models.
    compared: int
    subjects: int
    #: Number of orders of the modalities that were fitted.
    orders: Optional[int]
    #: The fitted model: nats per subject behind the best one, and whether its graph is one of these.
    chosen: Chosen
    links: List[EquivalenceLink]

    _KEYS = {
        "graphs": ("graphs", None),
        "compared": ("compared", None),
        "subjects": ("subjects", None),
        "orders": ("orders", None),
        "chosen": ("chosen", Chosen),
        "links": ("links", [EquivalenceLink]),
    }


@dataclass(frozen=True)
class Order(Record):
    """Likelihood gain of the order of the study over the reversed order, in nats per held-out subject."""

    reversed: Literal["worse", "as-well", "better"]
    difference: float
    standard_error: float
    subjects: int

    _KEYS = {
        "reversed": ("reversed", None),
        "difference": ("difference", None),
        "standardError": ("standard_error", None),
        "subjects": ("subjects", None),
    }


@dataclass(frozen=True)
class Conclusions(Record):
    study: str
    status: Literal["tested", "too-few", "copied-rows", "one-modality", "untested"]
    subjects: int
    groups: Optional[int]
    counts: Counts
    alpha: float
    pairs: List[Pair]
    latents: List[Latent]
    links: List[Link]
    #: Latents that modalities have in common.
    shared: Optional[Shared]
    causes: Optional[Causes]
    batches: Optional[List[Batch]]
    #: Effects of raising a latent by one standard deviation, over all equally good graphs.
    effects: Optional[List[ConclusionsEffect]]
    #: Columns that two modalities have in common. They alone make the modalities associated.
    copied: Optional[List[str]]
    #: Graphs of equally good models. What they share is not thereby supported.
    equivalence: Optional[Equivalence]
    #: Likelihood gain of the order of the study over the reversed order, in nats per held-out subject.
    order: Optional[Order]

    _KEYS = {
        "study": ("study", None),
        "status": ("status", None),
        "subjects": ("subjects", None),
        "groups": ("groups", None),
        "counts": ("counts", Counts),
        "alpha": ("alpha", None),
        "pairs": ("pairs", [Pair]),
        "latents": ("latents", [Latent]),
        "links": ("links", [Link]),
        "shared": ("shared", Shared),
        "causes": ("causes", Causes),
        "batches": ("batches", [Batch]),
        "effects": ("effects", [ConclusionsEffect]),
        "copied": ("copied", None),
        "equivalence": ("equivalence", Equivalence),
        "order": ("order", Order),
    }


@dataclass(frozen=True)
class DescribedConclusions(DescribedRecord):
    """Conclusions of a fit with sentences."""

    conclusions: Conclusions
    #: The answer in one sentence.
    headline: str
    #: Three to ten sentences; the last one is the caveat.
    sentences: List[str]

    _KEYS = {
        "conclusions": ("conclusions", Conclusions),
        "headline": ("headline", None),
        "sentences": ("sentences", None),
    }


@dataclass(frozen=True)
class SetValue(Record):
    name: str
    value: float
    sd: float

    _KEYS = {
        "name": ("name", None),
        "value": ("value", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class InterventionCause(Record):
    name: str
    value: Union[str, float]
    #: Value without the intervention.
    against: Union[str, float]
    #: False if the answer assumes that the cause acts as if assigned.
    assigned: bool
    #: True if no training subject had such values.
    extrapolation: bool

    _KEYS = {
        "name": ("name", None),
        "value": ("value", None),
        "against": ("against", None),
        "assigned": ("assigned", None),
        "extrapolation": ("extrapolation", None),
    }


@dataclass(frozen=True)
class Distribution(Record):
    mean: float
    sd: float
    median: float
    low: float
    high: float

    _KEYS = {
        "mean": ("mean", None),
        "sd": ("sd", None),
        "median": ("median", None),
        "low": ("low", None),
        "high": ("high", None),
    }


@dataclass(frozen=True)
class ConsequenceEffect(Record):
    mean: float
    #: How much another seed may differ. It does not include the uncertainty of the fit.
    simulation_error: float

    _KEYS = {
        "mean": ("mean", None),
        "simulationError": ("simulation_error", None),
    }


@dataclass(frozen=True)
class Consequence(Record):
    name: str
    kind: Literal["latent", "column"]
    modality: str
    unit: str
    #: True if the effect follows an assumed direction.
    assumed: bool
    before: Distribution
    after: Distribution
    effect: ConsequenceEffect
    #: Total effect of the cause in held-out subjects, in sd at the reference, with its 95 % interval.
    held_out: Optional[Interval]

    _KEYS = {
        "name": ("name", None),
        "kind": ("kind", None),
        "modality": ("modality", None),
        "unit": ("unit", None),
        "assumed": ("assumed", None),
        "before": ("before", Distribution),
        "after": ("after", Distribution),
        "effect": ("effect", ConsequenceEffect),
        "heldOut": ("held_out", Interval),
    }


@dataclass(frozen=True)
class OverClassOverClassEffect(Record):
    members: int
    estimate: float
    lower: float
    upper: float

    _KEYS = {
        "members": ("members", None),
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
    }


@dataclass(frozen=True)
class OverClassOverClass(Record):
    #: Number of equally good graphs.
    members: int
    #: Distinct effects in sd of the latent: number of graphs, and 90 % interval. Without a path it is 0.
    effects: List[OverClassOverClassEffect]
    #: Bounds of the union of the intervals.
    lower: Optional[float]
    upper: Optional[float]
    #: `imprecise`: an interval contains 0. `not-identified`: signs differ, or some graphs have no path.
    verdict: Literal["identified", "imprecise", "not-identified"]
    reason: Optional[Literal["mixture", "no-path", "signs"]]
    #: Links on the paths that not all graphs have in the same direction.
    open: List[str]

    _KEYS = {
        "members": ("members", None),
        "effects": ("effects", [OverClassOverClassEffect]),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "open": ("open", None),
    }


@dataclass(frozen=True)
class OverClass(Record):
    name: str
    modality: str
    over_class: OverClassOverClass

    _KEYS = {
        "name": ("name", None),
        "modality": ("modality", None),
        "overClass": ("over_class", OverClassOverClass),
    }


@dataclass(frozen=True)
class Arrow(Record):
    from_: str
    to: str

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
    }


@dataclass(frozen=True)
class Notice(Record):
    code: str
    text: str

    _KEYS = {
        "code": ("code", None),
        "text": ("text", None),
    }


@dataclass(frozen=True)
class Intervention(Record):
    """Effects of an intervention in the population."""

    set: List[SetValue]
    #: Observed causes that are set.
    causes: Optional[List[InterventionCause]]
    draws: int
    lost: int
    seed: int
    level: float
    consequences: List[Consequence]
    #: If one latent is set: effects on latents in held-out subjects, over all equally good graphs. With the warning
    #: `direction-unknown`, only these are known.
    over_class: Optional[List[OverClass]]
    #: Edges with an assumed direction that effects follow.
    assumed: List[Arrow]
    warnings: List[Notice]

    _KEYS = {
        "set": ("set", [SetValue]),
        "causes": ("causes", [InterventionCause]),
        "draws": ("draws", None),
        "lost": ("lost", None),
        "seed": ("seed", None),
        "level": ("level", None),
        "consequences": ("consequences", [Consequence]),
        "overClass": ("over_class", [OverClass]),
        "assumed": ("assumed", [Arrow]),
        "warnings": ("warnings", [Notice]),
    }


@dataclass(frozen=True)
class Subjects(Record):
    train: int
    validation: int
    test: int

    _KEYS = {
        "train": ("train", None),
        "validation": ("validation", None),
        "test": ("test", None),
    }


@dataclass(frozen=True)
class Scale(Record):
    mean: float
    sd: float

    _KEYS = {
        "mean": ("mean", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class Part(Record):
    likelihood: Literal["gaussian", "learned-noise", "robust", "binary", "categorical", "ordinal", "count", "poisson", "beta", "size"]
    from_: int
    to: int
    positions: Optional[int]
    levels: Optional[int]
    size: Optional[int]
    scales: Optional[List[Scale]]

    _KEYS = {
        "likelihood": ("likelihood", None),
        "from": ("from_", None),
        "to": ("to", None),
        "positions": ("positions", None),
        "levels": ("levels", None),
        "size": ("size", None),
        "scales": ("scales", [Scale]),
    }


@dataclass(frozen=True)
class Weights(Record):
    sha256: str
    gain: List[float]
    bias: List[float]

    _KEYS = {
        "sha256": ("sha256", None),
        "gain": ("gain", None),
        "bias": ("bias", None),
    }


@dataclass(frozen=True)
class Network(Record):
    kind: Literal["mlp", "conv", "resnet18", "conv1d", "lstm", "gru"]
    #: Number of channels of each layer or stage, or number of units of each recurrent layer. Default: by the size of
    #: the images or series.
    widths: Optional[List[int]]
    #: Number of units of the last hidden layer. Default: 128.
    dense: Optional[int]
    #: First layers of resnet18. `small`: 3 × 3 taps, for images of at least 8 pixels. `large`: 7 × 7 taps at every
    #: second pixel and a maximum pool, for images of at least 32 pixels. Default: that of the weights; without
    #: weights, `large` for images of at least 128 pixels.
    stem: Optional[Literal["small", "large"]]
    #: `frozen`: the weights of the file do not change; only the last layers are trained. `tuned`: all weights are
    #: trained. Default: `frozen`.
    train: Optional[Literal["frozen", "tuned"]]
    weights: Optional[Weights]

    _KEYS = {
        "kind": ("kind", None),
        "widths": ("widths", None),
        "dense": ("dense", None),
        "stem": ("stem", None),
        "train": ("train", None),
        "weights": ("weights", Weights),
    }


@dataclass(frozen=True)
class Augment(Record):
    #: `true`: mirrors half of the images left to right. Default: false.
    flip: Optional[bool]
    #: Maximum shift in every direction, in pixels or steps. Default: none.
    shift: Optional[int]
    #: Maximum value that is added, in standard deviations of a channel. Default: none.
    brightness: Optional[float]
    #: Values are multiplied by a factor between 1 − contrast and 1 + contrast. Default: none.
    contrast: Optional[float]

    _KEYS = {
        "flip": ("flip", None),
        "shift": ("shift", None),
        "brightness": ("brightness", None),
        "contrast": ("contrast", None),
    }


@dataclass(frozen=True)
class Observation(Record):
    kind: Literal["table", "image", "series"]
    shape: List[int]
    parts: List[Part]
    network: Optional[Network]
    shift_invariant: Optional[int]
    augment: Optional[Augment]
    masked: bool
    absent: Optional[Literal[True]]

    _KEYS = {
        "kind": ("kind", None),
        "shape": ("shape", None),
        "parts": ("parts", [Part]),
        "network": ("network", Network),
        "shiftInvariant": ("shift_invariant", None),
        "augment": ("augment", Augment),
        "masked": ("masked", None),
        "absent": ("absent", None),
    }


@dataclass(frozen=True)
class Modality(Record):
    name: str
    observation: Observation
    latents: int
    exogenous: int

    _KEYS = {
        "name": ("name", None),
        "observation": ("observation", Observation),
        "latents": ("latents", None),
        "exogenous": ("exogenous", None),
    }


@dataclass(frozen=True)
class ModelShared(Record):
    latents: int
    modalities: List[int]

    _KEYS = {
        "latents": ("latents", None),
        "modalities": ("modalities", None),
    }


@dataclass(frozen=True)
class Spline(Record):
    knots: List[float]
    term: int

    _KEYS = {
        "knots": ("knots", None),
        "term": ("term", None),
    }


@dataclass(frozen=True)
class Term(Record):
    level: Optional[str]
    spline: Optional[Spline]
    zero: Optional[float]
    sd: Optional[float]

    _KEYS = {
        "level": ("level", None),
        "spline": ("spline", Spline),
        "zero": ("zero", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class ModelCause(Record):
    name: str
    kind: Literal["categorical", "ordered", "continuous"]
    levels: Optional[List[str]]
    reference: Optional[float]
    assigned: bool
    effect: Literal["soft", "shift", "perfect"]
    targets: Optional[Dict[str, List[str]]]
    terms: List[Term]

    _KEYS = {
        "name": ("name", None),
        "kind": ("kind", None),
        "levels": ("levels", None),
        "reference": ("reference", None),
        "assigned": ("assigned", None),
        "effect": ("effect", None),
        "targets": ("targets", None),
        "terms": ("terms", [Term]),
    }


@dataclass(frozen=True)
class Model(Record):
    modalities: List[Modality]
    hidden: int
    flow: Literal["mixture", "affine"]
    components: int
    flow_hidden: int
    within: bool
    graph: Literal["ordered", "acyclic", "cyclic"]
    gates: bool
    absent: Optional[Literal[True]]
    latent_encoders: Optional[Literal[True]]
    filling: Optional[int]
    component_map: int
    shared: Optional[ModelShared]
    #: Observed causes that the prior reads, equal to those of the run; left out if there are none.
    causes: Optional[List[ModelCause]]

    _KEYS = {
        "modalities": ("modalities", [Modality]),
        "hidden": ("hidden", None),
        "flow": ("flow", None),
        "components": ("components", None),
        "flowHidden": ("flow_hidden", None),
        "within": ("within", None),
        "graph": ("graph", None),
        "gates": ("gates", None),
        "absent": ("absent", None),
        "latentEncoders": ("latent_encoders", None),
        "filling": ("filling", None),
        "componentMap": ("component_map", None),
        "shared": ("shared", ModelShared),
        "causes": ("causes", [ModelCause]),
    }


@dataclass(frozen=True)
class Ranks(Record):
    of: int
    quantiles: List[float]

    _KEYS = {
        "of": ("of", None),
        "quantiles": ("quantiles", None),
    }


@dataclass(frozen=True)
class Batches(Record):
    offsets: List[float]
    factors: Optional[List[float]]

    _KEYS = {
        "offsets": ("offsets", None),
        "factors": ("factors", None),
    }


@dataclass(frozen=True)
class Limits(Record):
    lower: float
    upper: float

    _KEYS = {
        "lower": ("lower", None),
        "upper": ("upper", None),
    }


@dataclass(frozen=True)
class ColumnColumn(Record):
    name: str
    log: bool
    offset: float
    mean: float
    sd: float
    ranks: Optional[Ranks]
    batches: Optional[Batches]
    slopes: Optional[List[float]]
    limits: Optional[Limits]
    kind: Optional[Literal["gaussian", "learned-noise", "robust", "binary", "categorical", "ordinal", "count", "poisson", "beta", "size"]]
    of: Optional[str]
    level: Optional[int]
    total: Optional[Literal[True]]

    _KEYS = {
        "name": ("name", None),
        "log": ("log", None),
        "offset": ("offset", None),
        "mean": ("mean", None),
        "sd": ("sd", None),
        "ranks": ("ranks", Ranks),
        "batches": ("batches", Batches),
        "slopes": ("slopes", None),
        "limits": ("limits", Limits),
        "kind": ("kind", None),
        "of": ("of", None),
        "level": ("level", None),
        "total": ("total", None),
    }


@dataclass(frozen=True)
class Transform(Record):
    kind: Literal["log1p", "rank", "arcsinh", "cpm", "clr"]
    cofactor: Optional[float]
    over: Optional[List[str]]
    mean_total: Optional[float]
    zero: Optional[float]

    _KEYS = {
        "kind": ("kind", None),
        "cofactor": ("cofactor", None),
        "over": ("over", None),
        "meanTotal": ("mean_total", None),
        "zero": ("zero", None),
    }


@dataclass(frozen=True)
class ColumnBatches(Record):
    column: str
    levels: List[str]
    causes: Optional[List[str]]

    _KEYS = {
        "column": ("column", None),
        "levels": ("levels", None),
        "causes": ("causes", None),
    }


@dataclass(frozen=True)
class Covariate(Record):
    column: str
    level: Optional[str]
    spline: Optional[Spline]
    mean: float
    sd: float

    _KEYS = {
        "column": ("column", None),
        "level": ("level", None),
        "spline": ("spline", Spline),
        "mean": ("mean", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class Column(Record):
    name: str
    columns: List[ColumnColumn]
    regular_array: Any
    transform: Optional[Transform]
    batches: Optional[ColumnBatches]
    covariates: Optional[List[Covariate]]
    levels: Optional[Dict[str, List[str]]]

    _KEYS = {
        "name": ("name", None),
        "columns": ("columns", [ColumnColumn]),
        "regularArray": ("regular_array", None),
        "transform": ("transform", Transform),
        "batches": ("batches", ColumnBatches),
        "covariates": ("covariates", [Covariate]),
        "levels": ("levels", None),
    }


@dataclass(frozen=True)
class RunSummaryCause(Record):
    name: str
    kind: Literal["categorical", "ordered", "continuous"]
    levels: Optional[List[str]]
    reference: Optional[float]
    assigned: bool
    effect: Literal["soft", "shift", "perfect"]
    targets: Optional[Dict[str, List[str]]]
    terms: List[Term]

    _KEYS = {
        "name": ("name", None),
        "kind": ("kind", None),
        "levels": ("levels", None),
        "reference": ("reference", None),
        "assigned": ("assigned", None),
        "effect": ("effect", None),
        "targets": ("targets", None),
        "terms": ("terms", [Term]),
    }


@dataclass(frozen=True)
class Failure(Record):
    restart: int
    step: int
    tensor: str

    _KEYS = {
        "restart": ("restart", None),
        "step": ("step", None),
        "tensor": ("tensor", None),
    }


@dataclass(frozen=True)
class Stage(Record):
    name: Literal["joint", "encoders", "subspaces", "residual", "subspace-decoders", "imputation", "exploration", "components", "pruning", "determined", "polish", "decoders", "missing"]
    #: The best restart by `rule`: the one that the fit keeps, or the first of those that the next stage starts from.
    chosen_restart: int
    #: What the restarts are ranked by (`RestartRule`).
    rule: Literal["validation-objective", "all-subjects"]
    #: The value that each restart is ranked by, lower is better; left out if it is `objectives`.
    scores: Optional[List[Optional[float]]]
    #: Validation objective of each restart at its best epoch; null for one that diverged.
    objectives: List[Optional[float]]
    #: −1: the initial parameters.
    best_epochs: List[int]
    epochs: int
    failures: List[Failure]
    seconds: float

    _KEYS = {
        "name": ("name", None),
        "chosenRestart": ("chosen_restart", None),
        "rule": ("rule", None),
        "scores": ("scores", None),
        "objectives": ("objectives", None),
        "bestEpochs": ("best_epochs", None),
        "epochs": ("epochs", None),
        "failures": ("failures", [Failure]),
        "seconds": ("seconds", None),
    }


@dataclass(frozen=True)
class Orientation(Record):
    latent: str
    modality: str
    column: str
    correlation: float

    _KEYS = {
        "latent": ("latent", None),
        "modality": ("modality", None),
        "column": ("column", None),
        "correlation": ("correlation", None),
    }


@dataclass(frozen=True)
class ComparedNetwork(Record):
    #: Explained variance of the columns of the modality, by its decoder.
    reconstruction: Optional[float]
    #: Explained variance of all other columns, from its latents by kernel ridge regression on training subjects.
    prediction: Optional[float]
    #: Explained variance of all other columns by least squares.
    straight: Optional[float]

    _KEYS = {
        "reconstruction": ("reconstruction", None),
        "prediction": ("prediction", None),
        "straight": ("straight", None),
    }


@dataclass(frozen=True)
class Linear(Record):
    #: Explained variance of the columns of the modality, by its decoder.
    reconstruction: Optional[float]
    #: Explained variance of all other columns, from its latents by kernel ridge regression on training subjects.
    prediction: Optional[float]
    #: Explained variance of all other columns by least squares.
    straight: Optional[float]

    _KEYS = {
        "reconstruction": ("reconstruction", None),
        "prediction": ("prediction", None),
        "straight": ("straight", None),
    }


@dataclass(frozen=True)
class Residual(Record):
    #: Explained variance of the columns of the modality, by its decoder.
    reconstruction: Optional[float]
    #: Explained variance of all other columns, from its latents by kernel ridge regression on training subjects.
    prediction: Optional[float]
    #: Explained variance of all other columns by least squares.
    straight: Optional[float]

    _KEYS = {
        "reconstruction": ("reconstruction", None),
        "prediction": ("prediction", None),
        "straight": ("straight", None),
    }


@dataclass(frozen=True)
class Compared(Record):
    """Left out if there was no choice."""

    network: List[ComparedNetwork]
    linear: List[Linear]
    #: Left out if there was no network in addition to the linear map.
    residual: Optional[List[Residual]]

    _KEYS = {
        "network": ("network", [ComparedNetwork]),
        "linear": ("linear", [Linear]),
        "residual": ("residual", [Residual]),
    }


@dataclass(frozen=True)
class Subspaces(Record):
    """The subspaces in which the components were found; a joint fit has none."""

    chosen: Literal["network", "linear", "residual", "correlation"]
    #: Number of evenly spread training subjects in the linear maps, if smaller than all.
    linear_train: Optional[int]
    #: Left out if there was no choice.
    compared: Optional[Compared]

    _KEYS = {
        "chosen": ("chosen", None),
        "linearTrain": ("linear_train", None),
        "compared": ("compared", Compared),
    }


@dataclass(frozen=True)
class Determination(Record):
    restarts: int
    equals: int
    #: Left out if no other restart is equally good.
    agreement: Optional[List[float]]
    determined: Optional[List[bool]]

    _KEYS = {
        "restarts": ("restarts", None),
        "equals": ("equals", None),
        "agreement": ("agreement", None),
        "determined": ("determined", None),
    }


@dataclass(frozen=True)
class HeldOut(Record):
    """Held-out subjects. `measured`: number of them in the figures, if smaller."""

    split: Literal["test", "validation"]
    subjects: int
    measured: Optional[int]

    _KEYS = {
        "split": ("split", None),
        "subjects": ("subjects", None),
        "measured": ("measured", None),
    }


@dataclass(frozen=True)
class Both(Record):
    """Number of subjects with this modality and another one; left out if all have both."""

    train: int
    held_out: int

    _KEYS = {
        "train": ("train", None),
        "heldOut": ("held_out", None),
    }


@dataclass(frozen=True)
class Reconstruction(Record):
    """Explained variance of its columns, by its decoder from its latents and exogenous variables."""

    train: Optional[float]
    held_out: Optional[float]

    _KEYS = {
        "train": ("train", None),
        "heldOut": ("held_out", None),
    }


@dataclass(frozen=True)
class Prediction(Record):
    """Explained variance of all other columns, from its latents by least squares on training subjects."""

    train: Optional[float]
    held_out: Optional[float]
    #: Share of shuffles of the held-out subjects (or groups of repetitions) that are predicted as well.
    p: float

    _KEYS = {
        "train": ("train", None),
        "heldOut": ("held_out", None),
        "p": ("p", None),
    }


@dataclass(frozen=True)
class QualityModalityLinear(Record):
    method: Literal["PCA", "PLS", "CCA", "reduced-rank regression"]
    setting: Dict[str, float]
    train: Optional[float]
    held_out: Optional[float]

    _KEYS = {
        "method": ("method", None),
        "setting": ("setting", None),
        "train": ("train", None),
        "heldOut": ("held_out", None),
    }


@dataclass(frozen=True)
class QualityModality(Record):
    name: str
    #: Number of subjects with this modality and another one; left out if all have both.
    both: Optional[Both]
    #: Explained variance of its columns, by its decoder from its latents and exogenous variables.
    reconstruction: Reconstruction
    #: Explained variance of all other columns, from its latents by least squares on training subjects.
    prediction: Prediction
    #: The same for linear methods with the same number of dimensions, the best held-out one first; may be empty.
    linear: List[QualityModalityLinear]

    _KEYS = {
        "name": ("name", None),
        "both": ("both", Both),
        "reconstruction": ("reconstruction", Reconstruction),
        "prediction": ("prediction", Prediction),
        "linear": ("linear", [QualityModalityLinear]),
    }


@dataclass(frozen=True)
class Outlier(Record):
    modality: str
    column: str
    split: Literal["test", "validation"]
    #: Distance from the training mean, in training standard deviations.
    sd: float

    _KEYS = {
        "modality": ("modality", None),
        "column": ("column", None),
        "split": ("split", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class LibrarySize(Record):
    modality: str
    latent: str
    #: Spearman's ρ with the logarithm of the total, and its 95 % interval.
    correlation: float
    interval: List[Any]
    #: True if the latents of each subject come from a model that was not trained on it.
    is_out_of_fold: bool
    #: Number of subjects, or groups of repetitions, with both.
    subjects: int

    _KEYS = {
        "modality": ("modality", None),
        "latent": ("latent", None),
        "correlation": ("correlation", None),
        "interval": ("interval", None),
        "isOutOfFold": ("is_out_of_fold", None),
        "subjects": ("subjects", None),
    }


@dataclass(frozen=True)
class QualityWarning(Record):
    code: str
    text: str
    #: The cases that the text applies to; left out if the text names them.
    items: Optional[List[str]]

    _KEYS = {
        "code": ("code", None),
        "text": ("text", None),
        "items": ("items", None),
    }


@dataclass(frozen=True)
class Quality(Record):
    """How good the fit is, on training and held-out subjects."""

    #: Number of training subjects in the figures, evenly spread over all.
    train: int
    #: Number of training subjects in linear methods, if smaller.
    linear_train: Optional[int]
    #: Held-out subjects. `measured`: number of them in the figures, if smaller.
    held_out: HeldOut
    modalities: List[QualityModality]
    #: Columns with a held-out value far outside the training data, the furthest first.
    outliers: List[Outlier]
    #: Left out if no modality has counts.
    library_sizes: Optional[List[LibrarySize]]
    warnings: List[QualityWarning]

    _KEYS = {
        "train": ("train", None),
        "linearTrain": ("linear_train", None),
        "heldOut": ("held_out", HeldOut),
        "modalities": ("modalities", [QualityModality]),
        "outliers": ("outliers", [Outlier]),
        "librarySizes": ("library_sizes", [LibrarySize]),
        "warnings": ("warnings", [QualityWarning]),
    }


@dataclass(frozen=True)
class Sample(Record):
    """Numbers of subjects of each split that were used, evenly spread; left out if all were used."""

    train: int
    validation: int

    _KEYS = {
        "train": ("train", None),
        "validation": ("validation", None),
    }


@dataclass(frozen=True)
class ValueRange(Record):
    mean: float
    sd: float
    low: float
    high: float

    _KEYS = {
        "mean": ("mean", None),
        "sd": ("sd", None),
        "low": ("low", None),
        "high": ("high", None),
    }


@dataclass(frozen=True)
class Epsilon(Record):
    mean: float
    sd: float

    _KEYS = {
        "mean": ("mean", None),
        "sd": ("sd", None),
    }


@dataclass(frozen=True)
class Eta(Record):
    mean: float
    sd: float
    slopes: List[float]

    _KEYS = {
        "mean": ("mean", None),
        "sd": ("sd", None),
        "slopes": ("slopes", None),
    }


@dataclass(frozen=True)
class Combination(Record):
    #: Level or number by cause.
    values: Dict[str, Union[str, float]]
    #: Number of training subjects.
    subjects: int
    #: As above, of these subjects' continuous causes. Left out if there are fewer than ten subjects.
    numbers: Optional[Dict[str, ValueRange]]

    _KEYS = {
        "values": ("values", None),
        "subjects": ("subjects", None),
        "numbers": ("numbers", {"": ValueRange}),
    }


@dataclass(frozen=True)
class RangesCauses(Record):
    """Values of the observed causes among all training subjects; left out without causes."""

    #: By name, ranges of causes that are numbers; `low` and `high` are the 1 and 99 % quantiles.
    numbers: Dict[str, ValueRange]
    #: Combinations of the levels of categorical and ordered causes, the most frequent first; left out if there are
    #: more than 1,000.
    combinations: Optional[List[Combination]]

    _KEYS = {
        "numbers": ("numbers", {"": ValueRange}),
        "combinations": ("combinations", [Combination]),
    }


@dataclass(frozen=True)
class Ranges(Record):
    """Ranges of latents and noises, which answers to questions need."""

    #: Numbers of subjects of each split that were used, evenly spread; left out if all were used.
    sample: Optional[Sample]
    #: Ranges over the training subjects who have the latent's modality; `low` and `high` are the 1 and 99 % quantiles.
    latents: List[ValueRange]
    #: Moments of the noise ε of each latent; a prior that fits exactly has mean 0 and sd 1.
    epsilon: List[Epsilon]
    #: Regression of every private noise η on the latents of its modality: `mean` + Σ `slopes` · latents, with
    #: residuals of deviation `sd`. The slopes of a completely private noise are 0.
    eta: List[Eta]
    #: By modality and column, the root mean square difference between standardised values of validation subjects and
    #: their reconstructions.
    noise: List[List[float]]
    #: Values of the observed causes among all training subjects; left out without causes.
    causes: Optional[RangesCauses]

    _KEYS = {
        "sample": ("sample", Sample),
        "latents": ("latents", [ValueRange]),
        "epsilon": ("epsilon", [Epsilon]),
        "eta": ("eta", [Eta]),
        "noise": ("noise", None),
        "causes": ("causes", RangesCauses),
    }


@dataclass(frozen=True)
class Device(Record):
    """The requested device, the device that made the fit and, for `auto`, why; the precision of matrix
    products.
    """

    requested: str
    name: str
    description: str
    reason: str
    matmul_precision: Literal["float32", "tf32-convolutions", "tf32", "bfloat16"]

    _KEYS = {
        "requested": ("requested", None),
        "name": ("name", None),
        "description": ("description", None),
        "reason": ("reason", None),
        "matmulPrecision": ("matmul_precision", None),
    }


@dataclass(frozen=True)
class R2(Record):
    """R² of hidden cells of validation subjects, relative to the Gaussian's means."""

    decoder: float
    gaussian: float
    both: float

    _KEYS = {
        "decoder": ("decoder", None),
        "gaussian": ("gaussian", None),
        "both": ("both", None),
    }


@dataclass(frozen=True)
class Cells(Record):
    """Weights for single missing cells."""

    #: Weight of the Gaussian's answer; the decoder has the remaining weight.
    weight: float
    #: R² of hidden cells of validation subjects, relative to the Gaussian's means.
    r2: R2
    #: By measured column of the modality: root mean square error of these cells, in the Gaussian's conditional sds.
    spread: List[float]

    _KEYS = {
        "weight": ("weight", None),
        "r2": ("r2", R2),
        "spread": ("spread", None),
    }


@dataclass(frozen=True)
class Whole(Record):
    """Weights for a missing modality."""

    #: Weight of the Gaussian's answer; the decoder has the remaining weight.
    weight: float
    #: R² of hidden cells of validation subjects, relative to the Gaussian's means.
    r2: R2
    #: By measured column of the modality: root mean square error of these cells, in the Gaussian's conditional sds.
    spread: List[float]

    _KEYS = {
        "weight": ("weight", None),
        "r2": ("r2", R2),
        "spread": ("spread", None),
    }


@dataclass(frozen=True)
class ImputationModality(Record):
    #: Weights for single missing cells.
    cells: Optional[Cells]
    #: Weights for a missing modality.
    whole: Optional[Whole]

    _KEYS = {
        "cells": ("cells", Cells),
        "whole": ("whole", Whole),
    }


@dataclass(frozen=True)
class Imputation(Record):
    """Weights of the Gaussian that helps the decoder to impute; absent if the decoder answers alone."""

    #: Shrinkage of the Gaussian's covariance towards its diagonal.
    shrinkage: float
    #: An entry is left out if validation subjects are too few to choose it: then the decoder answers alone.
    modalities: List[ImputationModality]

    _KEYS = {
        "shrinkage": ("shrinkage", None),
        "modalities": ("modalities", [ImputationModality]),
    }


@dataclass(frozen=True)
class EvidencePairWithin(Record):
    rows: int
    p: float
    corrected: float
    associated: bool

    _KEYS = {
        "rows": ("rows", None),
        "p": ("p", None),
        "corrected": ("corrected", None),
        "associated": ("associated", None),
    }


@dataclass(frozen=True)
class EvidencePair(Record):
    first: str
    second: str
    subjects: int
    folds: List[float]
    components: Optional[List[float]]
    p: float
    corrected: float
    associated: bool
    correlation: Optional[Interval]
    within: Optional[EvidencePairWithin]

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "subjects": ("subjects", None),
        "folds": ("folds", None),
        "components": ("components", None),
        "p": ("p", None),
        "corrected": ("corrected", None),
        "associated": ("associated", None),
        "correlation": ("correlation", Interval),
        "within": ("within", EvidencePairWithin),
    }


@dataclass(frozen=True)
class EvidenceLatent(Record):
    name: str
    agreement: float
    chance: float
    corrected: float
    p: float
    subspace: float
    fitted: float
    replicated: bool
    single: bool
    leak: float

    _KEYS = {
        "name": ("name", None),
        "agreement": ("agreement", None),
        "chance": ("chance", None),
        "corrected": ("corrected", None),
        "p": ("p", None),
        "subspace": ("subspace", None),
        "fitted": ("fitted", None),
        "replicated": ("replicated", None),
        "single": ("single", None),
        "leak": ("leak", None),
    }


@dataclass(frozen=True)
class Association(Record):
    estimate: float
    lower: float
    upper: float
    p: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "p": ("p", None),
    }


@dataclass(frozen=True)
class EvidenceLinkDirect(Record):
    estimate: float
    lower: float
    upper: float
    p: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "p": ("p", None),
    }


@dataclass(frozen=True)
class EvidenceLink(Record):
    first: str
    second: str
    verdict: Literal["supported", "not-supported", "undecided"]
    reason: Optional[Literal["explained", "low-power", "inconsistent", "interchangeable", "not-measured", "leak", "corrected", "small", "not-replicated"]]
    association: Association
    direct: EvidenceLinkDirect
    conditioning: List[str]
    q: float

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "association": ("association", Association),
        "direct": ("direct", EvidenceLinkDirect),
        "conditioning": ("conditioning", None),
        "q": ("q", None),
    }


@dataclass(frozen=True)
class EvidenceSharedSubset(Record):
    modalities: List[str]
    correlations: List[Correlation]
    latents: int
    is_undecided: bool

    _KEYS = {
        "modalities": ("modalities", None),
        "correlations": ("correlations", [Correlation]),
        "latents": ("latents", None),
        "isUndecided": ("is_undecided", None),
    }


@dataclass(frozen=True)
class EvidenceSharedSame(Record):
    latents: List[str]
    signs: List[Literal[1, -1]]
    correlation: Interval

    _KEYS = {
        "latents": ("latents", None),
        "signs": ("signs", None),
        "correlation": ("correlation", Interval),
    }


@dataclass(frozen=True)
class EvidenceShared(Record):
    """Latents that modalities share (`SharedEvidence`). Left out for one modality and with observed causes."""

    subsets: List[EvidenceSharedSubset]
    same: List[EvidenceSharedSame]

    _KEYS = {
        "subsets": ("subsets", [EvidenceSharedSubset]),
        "same": ("same", [EvidenceSharedSame]),
    }


@dataclass(frozen=True)
class EvidenceDirection(Record):
    from_: str
    to: str
    share: Optional[float]
    cause: Optional[Cause]

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
        "share": ("share", None),
        "cause": ("cause", Cause),
    }


@dataclass(frozen=True)
class EvidenceCausesEffectEffect(Record):
    estimate: float
    lower: float
    upper: float
    lower90: float
    upper90: float

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
    }


@dataclass(frozen=True)
class EvidenceCausesEffectSpread(Record):
    estimate: float
    lower: float
    upper: float
    lower90: float
    upper90: float
    p: float
    q: float
    verdict: Literal["supported", "not-supported", "undecided"]

    _KEYS = {
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
        "p": ("p", None),
        "q": ("q", None),
        "verdict": ("verdict", None),
    }


@dataclass(frozen=True)
class EvidenceCausesEffectDirect(Record):
    verdict: Literal["direct", "through", "undecided"]
    reason: Optional[Literal["no-graph", "not-measured", "inconsistent", "order", "low-power", "parents-differ"]]
    through: List[str]
    parents: List[str]
    needed: Optional[List[str]]
    estimate: Optional[float]
    lower: Optional[float]
    upper: Optional[float]
    p: Optional[float]
    q: Optional[float]

    _KEYS = {
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "through": ("through", None),
        "parents": ("parents", None),
        "needed": ("needed", None),
        "estimate": ("estimate", None),
        "lower": ("lower", None),
        "upper": ("upper", None),
        "p": ("p", None),
        "q": ("q", None),
    }


@dataclass(frozen=True)
class EvidenceCausesEffect(Record):
    cause: str
    level: Optional[str]
    latent: str
    units: int
    verdict: Literal["supported", "not-supported", "undecided"]
    reason: Optional[Literal["too-few", "confounded", "batch", "not-replicated", "gaps", "leak", "inconsistent", "low-power", "corrected"]]
    effect: Optional[EvidenceCausesEffectEffect]
    p: Optional[float]
    q: Optional[float]
    spread: Optional[EvidenceCausesEffectSpread]
    power: Optional[float]
    partial_r2: Optional[float]
    curve: Optional[List[Curve]]
    direct: Optional[EvidenceCausesEffectDirect]

    _KEYS = {
        "cause": ("cause", None),
        "level": ("level", None),
        "latent": ("latent", None),
        "units": ("units", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "effect": ("effect", EvidenceCausesEffectEffect),
        "p": ("p", None),
        "q": ("q", None),
        "spread": ("spread", EvidenceCausesEffectSpread),
        "power": ("power", None),
        "partialR2": ("partial_r2", None),
        "curve": ("curve", [Curve]),
        "direct": ("direct", EvidenceCausesEffectDirect),
    }


@dataclass(frozen=True)
class EvidenceCausesBlock(Record):
    cause: str
    level: Optional[str]
    modality: str
    p: float
    q: float
    verdict: Literal["supported", "not-supported", "undecided"]

    _KEYS = {
        "cause": ("cause", None),
        "level": ("level", None),
        "modality": ("modality", None),
        "p": ("p", None),
        "q": ("q", None),
        "verdict": ("verdict", None),
    }


@dataclass(frozen=True)
class EvidenceCauses(Record):
    """Effects of observed causes (`CauseEvidence`). Absent without causes."""

    effects: List[EvidenceCausesEffect]
    blocks: List[EvidenceCausesBlock]

    _KEYS = {
        "effects": ("effects", [EvidenceCausesEffect]),
        "blocks": ("blocks", [EvidenceCausesBlock]),
    }


@dataclass(frozen=True)
class EvidenceBatch(Record):
    modality: str
    column: str
    other_modalities: List[str]
    verdict: Literal["batch", "cause", "undecided"]
    reason: Optional[Literal["no-shift", "not-shared", "both"]]
    shared: Optional[float]
    local: Optional[float]
    share: Optional[float]

    _KEYS = {
        "modality": ("modality", None),
        "column": ("column", None),
        "otherModalities": ("other_modalities", None),
        "verdict": ("verdict", None),
        "reason": ("reason", None),
        "shared": ("shared", None),
        "local": ("local", None),
        "share": ("share", None),
    }


@dataclass(frozen=True)
class EvidenceOrder(Record):
    """Left out if orders of the modalities were not compared (`Evidence`)."""

    difference: float
    standard_error: float
    subjects: int

    _KEYS = {
        "difference": ("difference", None),
        "standardError": ("standard_error", None),
        "subjects": ("subjects", None),
    }


@dataclass(frozen=True)
class Mechanism(Record):
    from_: str
    to: str
    linear: float
    curvature: float
    spread: float
    non_normal: float

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
        "linear": ("linear", None),
        "curvature": ("curvature", None),
        "spread": ("spread", None),
        "nonNormal": ("non_normal", None),
    }


@dataclass(frozen=True)
class Member(Record):
    has_study_order: bool

    _KEYS = {
        "hasStudyOrder": ("has_study_order", None),
    }


@dataclass(frozen=True)
class LatentEffectsPairEffectCurve(Record):
    estimate: List[float]
    lower90: List[float]
    upper90: List[float]

    _KEYS = {
        "estimate": ("estimate", None),
        "lower90": ("lower90", None),
        "upper90": ("upper90", None),
    }


@dataclass(frozen=True)
class LatentEffectsPairEffect(Record):
    members: List[int]
    curve: Optional[LatentEffectsPairEffectCurve]
    is_mixed: Optional[Literal[True]]

    _KEYS = {
        "members": ("members", None),
        "curve": ("curve", LatentEffectsPairEffectCurve),
        "isMixed": ("is_mixed", None),
    }


@dataclass(frozen=True)
class LatentEffectsPair(Record):
    from_: str
    to: str
    effects: List[LatentEffectsPairEffect]
    open: List[Arrow]

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
        "effects": ("effects", [LatentEffectsPairEffect]),
        "open": ("open", [Arrow]),
    }


@dataclass(frozen=True)
class LatentEffects(Record):
    steps: List[float]
    members: List[Member]
    pairs: List[LatentEffectsPair]

    _KEYS = {
        "steps": ("steps", None),
        "members": ("members", [Member]),
        "pairs": ("pairs", [LatentEffectsPair]),
    }


@dataclass(frozen=True)
class Unsupported(Record):
    from_: str
    to: str
    strength: float
    effect: Optional[float]
    agreement: float

    _KEYS = {
        "from": ("from_", None),
        "to": ("to", None),
        "strength": ("strength", None),
        "effect": ("effect", None),
        "agreement": ("agreement", None),
    }


@dataclass(frozen=True)
class Evidence(Record):
    """Absent in fits with `evidence: none`."""

    alpha: float
    link_alpha: float
    folds: int
    splits: int
    subjects: int
    #: Left out if the study has no groups.
    groups: Optional[int]
    tested: bool
    #: The reason for no test, other than too few subjects.
    untested: Optional[Literal["copied-rows", "one-modality"]]
    pairs: List[EvidencePair]
    latents: List[EvidenceLatent]
    links: List[EvidenceLink]
    #: Latents that modalities share (`SharedEvidence`). Left out for one modality and with observed causes.
    shared: Optional[EvidenceShared]
    directions: List[EvidenceDirection]
    #: Effects of observed causes (`CauseEvidence`). Absent without causes.
    causes: Optional[EvidenceCauses]
    #: What batches shift (`BatchEvidence`). Absent without batches.
    batches: Optional[List[EvidenceBatch]]
    #: Left out if orders of the modalities were not compared (`Evidence`).
    order: Optional[EvidenceOrder]
    compared_subjects: Optional[int]
    #: Properties of the links between modalities (`Mechanism`).
    mechanisms: Optional[List[Mechanism]]
    opened: Optional[List[Arrow]]
    latent_effects: Optional[LatentEffects]
    unsupported: List[Unsupported]
    seconds: float

    _KEYS = {
        "alpha": ("alpha", None),
        "linkAlpha": ("link_alpha", None),
        "folds": ("folds", None),
        "splits": ("splits", None),
        "subjects": ("subjects", None),
        "groups": ("groups", None),
        "tested": ("tested", None),
        "untested": ("untested", None),
        "pairs": ("pairs", [EvidencePair]),
        "latents": ("latents", [EvidenceLatent]),
        "links": ("links", [EvidenceLink]),
        "shared": ("shared", EvidenceShared),
        "directions": ("directions", [EvidenceDirection]),
        "causes": ("causes", EvidenceCauses),
        "batches": ("batches", [EvidenceBatch]),
        "order": ("order", EvidenceOrder),
        "comparedSubjects": ("compared_subjects", None),
        "mechanisms": ("mechanisms", [Mechanism]),
        "opened": ("opened", [Arrow]),
        "latentEffects": ("latent_effects", LatentEffects),
        "unsupported": ("unsupported", [Unsupported]),
        "seconds": ("seconds", None),
    }


@dataclass(frozen=True)
class RunSummaryEquivalenceMember(Record):
    #: A restart of the fit, or of another fit of the components in one of the orders.
    source: Literal["restart", "order"]
    order: Optional[List[str]]
    #: Number of models with this graph.
    fits: int
    difference: float
    standard_error: float
    #: In terms of the latents of the chosen model.
    edges: List[Arrow]
    #: Latents that are a mixture in this model: their edges belong to the block of these of one modality.
    mixed: Optional[List[str]]

    _KEYS = {
        "source": ("source", None),
        "order": ("order", None),
        "fits": ("fits", None),
        "difference": ("difference", None),
        "standardError": ("standard_error", None),
        "edges": ("edges", [Arrow]),
        "mixed": ("mixed", None),
    }


@dataclass(frozen=True)
class RunSummaryEquivalenceLink(Record):
    first: str
    second: str
    presence: Literal["certain", "possible"]
    #: Number of graphs with the link, and of those in which a block has it.
    members: int
    blocks: int
    from_: str
    to: str
    along: int
    direction: Optional[Literal["certain", "possible"]]

    _KEYS = {
        "first": ("first", None),
        "second": ("second", None),
        "presence": ("presence", None),
        "members": ("members", None),
        "blocks": ("blocks", None),
        "from": ("from_", None),
        "to": ("to", None),
        "along": ("along", None),
        "direction": ("direction", None),
    }


@dataclass(frozen=True)
class RunSummaryEquivalence(Record):
    """Absent in joint fits and with fewer than 10 held-out subjects."""

    #: Number of held-out subjects or rows on which models were compared.
    subjects: int
    #: Number of compared models.
    compared: int
    #: Number of orders of the modalities; left out if the fit finds the order itself.
    orders: Optional[int]
    #: The chosen model: nats per subject behind the best one, and true if its graph is the first of the members.
    chosen: Chosen
    #: The distinct graphs of equally good models.
    members: List[RunSummaryEquivalenceMember]
    #: Links of at least one of the graphs.
    links: List[RunSummaryEquivalenceLink]

    _KEYS = {
        "subjects": ("subjects", None),
        "compared": ("compared", None),
        "orders": ("orders", None),
        "chosen": ("chosen", Chosen),
        "members": ("members", [RunSummaryEquivalenceMember]),
        "links": ("links", [RunSummaryEquivalenceLink]),
    }


@dataclass(frozen=True)
class RunSummary(Record):
    """Content of run.json."""

    format: Literal["interlatent-run-6"]
    #: Version of interlatent that made the fit.
    version: str
    node: str
    study: str
    #: Absolute path of the study file; absent for a data set that a program built.
    study_file: Optional[str]
    #: Name of the id column.
    id: str
    #: Fingerprint of the data set.
    fingerprint: str
    subjects: Subjects
    config: Dict[str, Any]
    model: Model
    #: Scales of the columns of each modality, in the study's order.
    columns: List[Column]
    #: The observed causes; left out if the study has none.
    causes: Optional[List[RunSummaryCause]]
    #: The stages of the fit in order, each with the rule that ranked its restarts.
    stages: List[Stage]
    #: Per latent: mean |Spearman| between the latent of the chosen restart and its match in every other restart of the
    #: stage that finds components.
    agreement: List[float]
    #: The column that each latent rises with (`LatentOrientation`). A latent that correlates with none has no entry.
    orientation: List[Orientation]
    #: The subspaces in which the components were found; a joint fit has none.
    subspaces: Optional[Subspaces]
    determination: Optional[Determination]
    #: How good the fit is, on training and held-out subjects.
    quality: Quality
    #: Ranges of latents and noises, which answers to questions need.
    ranges: Ranges
    seconds: float
    #: The requested device, the device that made the fit and, for `auto`, why; the precision of matrix products.
    device: Device
    #: Weights of the Gaussian that helps the decoder to impute; absent if the decoder answers alone.
    imputation: Optional[Imputation]
    #: Absent in fits with `evidence: none`.
    evidence: Optional[Evidence]
    #: Absent in joint fits and with fewer than 10 held-out subjects.
    equivalence: Optional[RunSummaryEquivalence]
    #: SHA-256 of each other file of the folder, by name.
    files: Dict[str, str]

    _KEYS = {
        "format": ("format", None),
        "version": ("version", None),
        "node": ("node", None),
        "study": ("study", None),
        "studyFile": ("study_file", None),
        "id": ("id", None),
        "fingerprint": ("fingerprint", None),
        "subjects": ("subjects", Subjects),
        "config": ("config", None),
        "model": ("model", Model),
        "columns": ("columns", [Column]),
        "causes": ("causes", [RunSummaryCause]),
        "stages": ("stages", [Stage]),
        "agreement": ("agreement", None),
        "orientation": ("orientation", [Orientation]),
        "subspaces": ("subspaces", Subspaces),
        "determination": ("determination", Determination),
        "quality": ("quality", Quality),
        "ranges": ("ranges", Ranges),
        "seconds": ("seconds", None),
        "device": ("device", Device),
        "imputation": ("imputation", Imputation),
        "evidence": ("evidence", Evidence),
        "equivalence": ("equivalence", RunSummaryEquivalence),
        "files": ("files", None),
    }


@dataclass(frozen=True)
class HeldOutSubjects(Record):
    """Content of subjects.json."""

    format: Literal["interlatent-subjects-1"]
    #: Fingerprint of the fit's data set.
    fingerprint: str
    held_out: List[str]

    _KEYS = {
        "format": ("format", None),
        "fingerprint": ("fingerprint", None),
        "heldOut": ("held_out", None),
    }


@dataclass(frozen=True)
class Metrics(Record):
    """A line of metrics.jsonl."""

    stage: Literal["joint", "encoders", "subspaces", "residual", "subspace-decoders", "imputation", "exploration", "components", "pruning", "determined", "polish", "decoders", "missing"]
    #: Number of the epoch within the stage, from 0.
    epoch: int
    phase: str
    learning_rate: float
    sparsity_weight: float
    seconds: float
    training: Dict[str, List[Optional[float]]]
    validation: Dict[str, List[Optional[float]]]

    _KEYS = {
        "stage": ("stage", None),
        "epoch": ("epoch", None),
        "phase": ("phase", None),
        "learningRate": ("learning_rate", None),
        "sparsityWeight": ("sparsity_weight", None),
        "seconds": ("seconds", None),
        "training": ("training", None),
        "validation": ("validation", None),
    }
