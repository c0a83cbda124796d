// src/evidence/directions.ts
var UNDECIDED = { verdict: "undecided" };
function directionBetween([first, second], arrows, assumed) {
  const heads = arrows.filter(({ from, to }) => from === first && to === second || from === second && to === first);
  if (heads.length > 1) return UNDECIDED;
  if (heads.length === 1) {
    const [{ from, to, share }] = heads;
    const isContradicted = assumed !== void 0 && assumed.to !== to;
    return isContradicted ? UNDECIDED : { verdict: "supported", from, to, by: "collider", share };
  }
  return assumed ? { verdict: "assumed", ...assumed } : UNDECIDED;
}

// src/conclusions/directions.ts
var EQUAL_STANDARD_ERRORS = 2;
function directionOf([first, second], edge, { evidence, config, isWithin }) {
  const assumed = isOrderAssumed(config) && !isWithin ? { from: edge?.from ?? first, to: edge?.to ?? second, by: "order" } : void 0;
  const direction = directionBetween([first, second], evidence?.directions ?? [], assumed);
  const reversed = isWithin || direction.verdict === "supported" ? void 0 : reversedOrder(evidence);
  return { ...direction, ...reversed && { reversed } };
}
function reversedOrder(evidence) {
  if (!evidence?.order) return void 0;
  const { difference, standardError } = evidence.order;
  if (Math.abs(difference) < EQUAL_STANDARD_ERRORS * standardError) return "as-well";
  return difference > 0 ? "worse" : "better";
}
function withDirections(graph, summary) {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const edges = graph.edges.map((edge) => {
    const isWithin = modalityOf.get(edge.from) === modalityOf.get(edge.to);
    const { from: first, to: second } = edge;
    const link = graph.edges.find(({ from: from2, to }) => [from2, to].includes(first) && [from2, to].includes(second));
    const { verdict, from } = directionOf([first, second], link, { ...summary, isWithin });
    return { ...edge, direction: verdict === "undecided" || from === first ? verdict : "undecided" };
  });
  return { ...graph, edges };
}
function isOrderAssumed({ sparsity: { graph, order } }) {
  return graph === "ordered" && order === "assumed";
}

// src/format.ts
var grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
function count(value) {
  return grouped.format(value);
}
function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}
function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "\u2013";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return minus(value.toExponential(digits - 1));
  if (size >= 10 ** digits) return minus(grouped.format(value));
  return minus(String(Number(value.toPrecision(digits))));
}
function decimals(value, places = 2) {
  return Number.isFinite(value) ? minus((Math.round(value * 10 ** places) / 10 ** places + 0).toFixed(places)) : "\u2013";
}
function signed(value, write = number) {
  return value > 0 ? `+${write(value)}` : write(value);
}
function percent(share) {
  return Number.isFinite(share) ? `${minus(String(Math.round(100 * share)))} %` : "\u2013";
}
function percentWithin(share, interval) {
  return interval === void 0 ? percent(share) : `${percent(share)} (${interval.map(percent).join(" to ")})`;
}
function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
}
var MAX_EXPONENT = 10;
function pText(p) {
  if (p === void 0 || Number.isNaN(p)) return "\u2013";
  if (-Math.log10(p) > MAX_EXPONENT) return "< 10\u207B\xB9\u2070";
  if (p >= 1e-3) return number(p, 2);
  const [digit, exponent] = p.toExponential(0).split("e-");
  return `${digit} \xB7 ${powerOfTen(Number(exponent))}`;
}
function pPhrase(p, name = "p") {
  const text = pText(p);
  return text.startsWith("<") ? `${name} ${text}` : `${name} = ${text}`;
}
function powerOfTen(exponent) {
  return `10\u207B${String(exponent).replace(/\d/g, (digit) => "\u2070\xB9\xB2\xB3\u2074\u2075\u2076\u2077\u2078\u2079"[Number(digit)])}`;
}
function listed(items) {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items[items.length - 1]}`;
}
function minus(text) {
  return text.replaceAll("-", "\u2212");
}

// src/conclusions/subject-counts.ts
function subjectCounts({ subjects, evidence }) {
  const { train, validation, test } = subjects;
  return {
    study: train + validation + test,
    fitted: train,
    validated: validation,
    heldOut: test,
    tested: evidence?.tested ? evidence.subjects : 0,
    groups: evidence?.groups
  };
}
function subjectsText({
  subjects,
  groups
}) {
  return groups === void 0 ? counted(subjects, "subject") : `${counted(subjects, "row")} of ${counted(groups, "group")}`;
}
function countsText({ study, fitted, validated, heldOut, tested, groups }) {
  const heldOutText = heldOut === 0 ? "none was held out" : `${count(heldOut)} were held out`;
  const fit = `Of ${subjectsText({ subjects: study, groups })}, ${count(fitted)} trained the model, ${count(validated)} chose between its restarts, and ${heldOutText}.`;
  if (tested === 0) return `${fit} None was tested.`;
  const who = tested === study ? "All of them were" : `${count(tested)} were`;
  return `${fit} ${who} tested, each with latents from models that had not seen it.`;
}

// src/conclusions/conclusions.ts
var NOTABLE_CORRELATION = 0.3;
var NOTABLE_DEPTH = 0.2;
function conclusionsOf(graph, summary) {
  const { evidence, study } = summary;
  const counts = subjectCounts(summary);
  const reversed = reversedOrder(evidence);
  const copied = summary.quality.warnings.find(({ code }) => code === "copied-columns")?.items;
  return {
    study,
    status: evidence === void 0 ? "untested" : evidence.tested ? "tested" : evidence.untested ?? "too-few",
    subjects: evidence?.subjects ?? counts.study,
    groups: evidence?.groups,
    counts,
    alpha: evidence?.alpha ?? 0.05,
    pairs: pairsOf(graph, evidence),
    latents: graph.nodes.map(({ name, modality }) => ({
      ...latentOf(name, modality, evidence),
      ...depthOf(name, summary.quality)
    })),
    links: linksOf(graph, summary),
    ...copied && { copied },
    ...reversed && { order: { ...evidence.order, reversed } }
  };
}
function pairsOf({ nodes }, evidence) {
  if (evidence) {
    const { untested, pairs } = evidence;
    return pairs.map((pair) => pairOf(pair, untested)).sort((a, b) => (a.corrected ?? 2) - (b.corrected ?? 2));
  }
  const modalities = [...new Set(nodes.map(({ modality }) => modality))];
  return modalities.flatMap(
    (first, m) => modalities.slice(m + 1).map((second) => ({ first, second, verdict: "undecided", subjects: 0 }))
  );
}
function pairOf({ first, second, subjects, folds, p, corrected, associated, correlation, within }, untested) {
  const names = { first, second, subjects };
  if (folds.length === 0) return { ...names, verdict: "undecided", reason: untested ?? "too-few" };
  const figures = { ...names, p, corrected, correlation, ...within && { within } };
  if (associated) return { ...figures, verdict: "supported" };
  const isRuledOut = correlation !== void 0 && correlation.upper < NOTABLE_CORRELATION;
  return isRuledOut ? { ...figures, verdict: "not-supported" } : { ...figures, verdict: "undecided", reason: "low-power" };
}
function depthOf(name, quality) {
  const entry = quality.librarySizes?.find(({ latent }) => latent === name);
  if (!entry) return {};
  const [lower, upper] = entry.interval;
  return Math.max(lower, -upper) > NOTABLE_DEPTH ? { depth: entry.correlation } : {};
}
function latentOf(name, modality, evidence) {
  const latent = evidence?.latents.find((one) => one.name === name);
  if (!latent) return { name, modality, verdict: "untested" };
  const { agreement, chance, corrected, replicated, single } = latent;
  const verdict = single ? "replicated" : replicated ? "mixture" : "not-replicated";
  return { name, modality, verdict, agreement, chance, corrected };
}
function linksOf(graph, { evidence, config }) {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const fitted = [
    ...graph.edges.map((edge) => ({ ...edge, isFitted: true })),
    ...(evidence?.unsupported ?? []).map((edge) => ({ ...edge, isFitted: false }))
  ];
  const fittedOf = (first, second) => fitted.find(({ from, to }) => from === first && to === second || from === second && to === first);
  const isWithinOne = (first, second) => modalityOf.get(first) === modalityOf.get(second);
  const directed = (first, second) => directionOf([first, second], fittedOf(first, second), {
    evidence,
    config,
    isWithin: isWithinOne(first, second)
  });
  const tested = (evidence?.links ?? []).map(({ association, direct, ...link }) => {
    const edge = fittedOf(link.first, link.second);
    return {
      ...link,
      isWithin: false,
      isFitted: edge?.isFitted ?? false,
      sign: signOf(link.verdict === "supported" ? direct.estimate : association.estimate),
      association,
      direct,
      ...edge && { strength: edge.strength, agreement: edge.agreement },
      direction: directed(link.first, link.second)
    };
  });
  const known = new Set(tested.map(({ first, second }) => `${first} ${second}`));
  const isNew = ({ from, to }) => {
    const isKnown = known.has(`${from} ${to}`) || known.has(`${to} ${from}`);
    known.add(`${from} ${to}`);
    return !isKnown;
  };
  const untested = fitted.filter(isNew).map(({ from, to, strength, agreement, isFitted }) => ({
    first: from,
    second: to,
    ...untestedLink(evidence, [modalityOf.get(from), modalityOf.get(to)]),
    isWithin: isWithinOne(from, to),
    isFitted,
    conditioning: [],
    strength,
    agreement,
    direction: directed(from, to)
  }));
  const relevant = [...tested, ...untested].filter(
    (link) => link.verdict !== "not-supported" || link.strength !== void 0
  );
  return relevant.sort((a, b) => rankOf(a) - rankOf(b) || (a.q ?? 1) - (b.q ?? 1));
}
function untestedLink(evidence, [one, other]) {
  if (one === other) return { verdict: "undecided", reason: "within-modality" };
  const pair = evidence?.pairs.find(
    ({ first, second }) => first === one && second === other || first === other && second === one
  );
  const known = pair && pairOf(pair);
  if (known?.p === void 0 || known.verdict === "supported") return { verdict: "undecided", reason: "untested" };
  return { verdict: known.verdict, reason: "modalities-not-associated" };
}
var ORDER = { supported: 0, assumed: 1, undecided: 2, "not-supported": 3 };
function rankOf({ verdict, isWithin }) {
  return 2 * ORDER[verdict] + Number(isWithin);
}
function signOf(correlation) {
  return correlation === 0 ? void 0 : correlation > 0 ? "+" : "\u2212";
}

// src/conclusions/searched-links.ts
function linksNotConfirmed({ links }, { graph, edges, undrawn }) {
  if (undrawn === void 0) return { notSupported: [], undecided: [], excluded: [] };
  const keyOf = (first, second) => JSON.stringify([first, second].sort());
  const searchedNames = new Set(graph.variables.map(({ name }) => name));
  const drawn = new Set(edges.map(({ from, to }) => keyOf(from, to)));
  const verdicts = new Map(undrawn.map(({ first, second, verdict }) => [keyOf(first, second), verdict]));
  const lost = links.filter(({ verdict, first, second }) => {
    return verdict === "supported" && searchedNames.has(first) && searchedNames.has(second);
  }).filter(({ first, second }) => !drawn.has(keyOf(first, second))).map(({ first, second }) => ({ first, second }));
  const withVerdict = (wanted) => lost.filter(({ first, second }) => verdicts.get(keyOf(first, second)) === wanted);
  return {
    notSupported: withVerdict("not-supported"),
    undecided: withVerdict("undecided"),
    excluded: withVerdict(void 0)
  };
}
function notConfirmedText(conclusions, searched) {
  const { notSupported, undecided, excluded } = linksNotConfirmed(conclusions, searched);
  const named = (links) => links.map(({ first, second }) => `${first} and ${second}`).join(", ");
  const phrase = (links, singular, plural) => links.length === 0 ? [] : [`${counted(links.length, singular, plural)} (${named(links)})`];
  const phrases = [
    ...phrase(notSupported, "is not supported", "are not supported"),
    ...phrase(undecided, "is undecided", "are undecided"),
    ...phrase(excluded, "is excluded by background knowledge", "are excluded by background knowledge")
  ];
  if (phrases.length === 0) return [];
  const latents = new Set(conclusions.latents.map(({ name }) => name));
  const hasMeasured = searched.graph.variables.some(({ name }) => !latents.has(name));
  const beginning = hasMeasured ? "Given the measured variables" : "In the search";
  return [`${beginning}, of the fit's supported links ${phrases.join("; ")}.`];
}

// src/conclusions/sentences.ts
var MAX_NAMED = 4;
var MAX_FIGURES = 2;
var MAX_SENTENCES = 10;
var MIN_SUBJECTS = 40;
var MIN_GROUPS = 20;
var MAX_CONDITIONING = 3;
function correlationText({ estimate, lower, upper }) {
  return `${decimals(estimate)} (95 % interval ${decimals(lower)} to ${decimals(upper)})`;
}
function headline(conclusions) {
  const { status } = conclusions;
  const pairs = testedOf(conclusions);
  if (status === "untested") return "Not tested: it is not known whether the modalities are associated.";
  if (status === "copied-rows") return "Not tested: rows are copies of other rows, or repetitions of the same people.";
  if (status === "too-few") {
    if (hasEnoughSubjects(conclusions)) return "Not tested: too few subjects have two modalities.";
    return `Not tested: ${subjectsText(conclusions)} are too few to tell whether the modalities are associated.`;
  }
  const supported = pairs.filter(({ verdict }) => verdict === "supported");
  if (supported.length === 0) {
    return pairs.length === 1 ? `No association between ${pairs[0].first} and ${pairs[0].second} was found.` : `No association was found between any two of the modalities (${counted(pairs.length, "pair")}).`;
  }
  if (pairs.length === 1) return `${pairs[0].first} and ${pairs[0].second} are associated.`;
  const names = supported.slice(0, MAX_NAMED).map(({ first, second }) => `${first} and ${second}`);
  const more = supported.length > MAX_NAMED ? [`${supported.length - MAX_NAMED} more`] : [];
  const share = supported.length === pairs.length ? `All ${pairs.length}` : `${supported.length} of ${pairs.length}`;
  const verb = supported.length === 1 ? "is" : "are";
  return `${share} pairs of modalities ${verb} associated: ${[...names, ...more].join("; ")}.`;
}
function testedOf({ pairs }) {
  return pairs.filter(({ p }) => p !== void 0);
}
function pairText(pair, pairs) {
  const { first, second, verdict, reason, subjects, correlation } = pair;
  const names = `${first} and ${second}`;
  if (reason === "too-few") {
    return `${names} were not tested: only ${counted(subjects, "subject has", "subjects have")} both.`;
  }
  if (reason === "copied-rows" || correlation === void 0) return `${names} were not tested.`;
  const p = correctedPhrase(pair, pairs);
  if (verdict === "supported") {
    const isStraight = correlation.lower > 0 || correlation.upper < 0;
    const figures = isStraight ? `the latents of ${names} correlate by ${correlationText(correlation)}, ${p}` : `the latents of ${names} show no clear linear correlation: ${correlationText(correlation)}. The modalities are nevertheless associated (${p}): by a curve, by their spread, or in directions that these latents miss`;
    return `In held-out subjects, ${figures}.${withinText(pair, pairs)}`;
  }
  const rest = verdict === "not-supported" ? "A correlation of 0.3 is ruled out." : "The study is too small to rule out a correlation of 0.3.";
  return `No association between ${names} was found (${p}). In held-out subjects, their latents correlate by ${correlationText(correlation)}. ${rest}`;
}
function withinText({ within }, pairs) {
  if (!within || within.associated) return "";
  const p = correctedPhrase(within, pairs);
  return ` Within groups the latents show no association (${p}): differences between groups may explain it.`;
}
function correctedPhrase({ corrected }, pairs) {
  return pairs > 1 ? `corrected ${pPhrase(corrected)}` : pPhrase(corrected);
}
function latentText({ name, verdict, agreement, chance }) {
  const figures = agreement === void 0 ? "" : `: the latents of two folds correlate by ${decimals(agreement)}` + (chance ? `, and random axes by ${decimals(chance)}` : "");
  const words = {
    replicated: `${name} is replicated in models of disjoint subjects`,
    mixture: `${name} may be a mixture of the latents of its modality`,
    "not-replicated": `${name} is not replicated in models of disjoint subjects`,
    untested: `${name} was not tested for replication`
  };
  return `${words[verdict]}${figures}.`;
}
var REASONS = {
  explained: "no direct correlation is found, and one of 0.3 is ruled out",
  "low-power": "the study is too small to tell a direct link from none",
  inconsistent: "folds disagree on it, or tests with and without the correction for measurement errors do",
  interchangeable: "the variables that account for it are not known to lie between, and may be linked instead",
  "not-measured": "what could explain the association is measured too badly to be accounted for",
  leak: "it may belong to another latent of the same modality",
  corrected: "it is not significant once all links are counted",
  small: "it is no larger than what the correction for measurement errors may leave over",
  "not-replicated": "models of disjoint subjects do not find these latents",
  "modalities-not-associated": "no association between the modalities was found",
  "within-modality": "links within a modality are not tested",
  untested: "it was not tested"
};
function reasonText(reason) {
  return REASONS[reason];
}
function linkText(link) {
  const { first, second, verdict, reason, association } = link;
  if (verdict === "supported") return `${supportedLink(link)} ${directionText(link)}`;
  const figures = association ? ` (association ${correlationText(association)}, ${pPhrase(association.p)})` : "";
  const verb = verdict === "undecided" ? "is undecided" : "is not supported";
  const why = reason ? REASONS[reason] : "no reason is recorded";
  return [`A direct link of ${first} and ${second} ${verb}${figures}: ${why}.`, ...oneOfTexts([link])].join(" ");
}
function oneOfTexts(links) {
  const texts = links.flatMap(({ oneOf = [] }) => oneOf).map(
    ({ from, to, q }) => `${from} has a direct link with at least one of ${listed(to)} (${pPhrase(q, "q")}); the study cannot show with which.`
  );
  return [...new Set(texts)];
}
function oneOfSummary(links) {
  const texts = oneOfTexts(links);
  if (texts.length <= 1) return texts;
  const from = [...new Set(links.flatMap(({ oneOf = [] }) => oneOf.map((one) => one.from)))];
  const named = from.length > MAX_NAMED ? `${from.length} variables` : listed(from);
  const verb = from.length === 1 ? "has" : "have";
  return [`${named} ${verb} direct links with one of several other variables that the study cannot distinguish.`];
}
function supportedLink({ first, second, sign, direct, conditioning, q }) {
  const end = { "+": ": they rise together", "\u2212": ": one falls as the other rises", none: "" }[sign ?? "none"];
  const named = conditioning.length > MAX_CONDITIONING ? counted(conditioning.length, "other latent") : listed(conditioning);
  const conditioned = conditioning.length === 0 ? "" : ` given ${named}`;
  const figures = direct ? ` (correlation${conditioned} ${decimalsWithin(direct)}, ${pPhrase(q, "q")})` : "";
  return `${first} and ${second} are directly linked${end}${figures}.`;
}
function decimalsWithin({ estimate, lower, upper }) {
  return `${decimals(estimate)}, 95 % interval ${decimals(lower)} to ${decimals(upper)}`;
}
function directionText({ direction }) {
  const { verdict, from, to, by, share, reversed } = direction;
  if (verdict === "undecided") {
    const reason = reversed === "as-well" ? ": the reversed order explains held-out subjects as well" : "";
    return `Its direction is not known${reason}.`;
  }
  if (verdict === "assumed") {
    const other = reversed === void 0 ? "" : REVERSED[reversed];
    return `The direction, from ${from} to ${to}, is assumed: it is the order in the study file${other}.`;
  }
  const shares = share === void 0 ? "" : `, in ${Math.round(100 * share)} % of half-samples`;
  return `Its direction, from ${from} to ${to}, is supported${by === "collider" ? " by a collider" : ""}${shares}.`;
}
var REVERSED = {
  "as-well": "; the reversed order explains held-out subjects as well",
  better: "; the reversed order explains held-out subjects better",
  worse: ""
};
function orderText({ reversed, difference, standardError, subjects }) {
  const figures = `difference ${decimals(difference, 3)} nats per subject, standard error ${decimals(standardError, 3)}, ` + counted(subjects, "subject");
  if (reversed === "as-well") {
    return `With the modalities in reversed order the model explains held-out subjects as well (${figures}): the data give no direction.`;
  }
  const better = reversed === "worse" ? "The study's order of modalities" : "The reversed order of modalities";
  return `${better} explains held-out subjects better (${figures}). This depends on the mechanisms that the model can learn, and supports no direction.`;
}
function verdictCell(verdict) {
  return verdict === "not-supported" ? "not supported" : verdict;
}
function directionCell({ direction: { verdict, from, to } }) {
  return verdict === "undecided" ? "not known" : `${from} \u2192 ${to}, ${verdict}`;
}
function summarySentences(conclusions, searched) {
  const { status } = conclusions;
  if (status !== "tested") {
    return [
      headline(conclusions),
      untestedText(conclusions),
      "No link between modalities is supported, and none is drawn."
    ];
  }
  for (let figures = MAX_FIGURES; ; figures--) {
    const sentences = testedSummary(conclusions, searched, figures);
    if (sentences.length <= MAX_SENTENCES || figures === 0) return sentences;
  }
}
function testedSummary(conclusions, searched, figures) {
  const tested = testedOf(conclusions);
  const supported = tested.filter(({ verdict }) => verdict === "supported");
  return [
    headline(conclusions),
    `Each of ${subjectsText(conclusions)} was tested with latents from models that had not seen it.`,
    ...supported.length > 0 ? [...supported.slice(0, figures).map((pair) => pairText(pair, tested.length)), replicationText(conclusions)] : withoutAssociation(tested),
    ...supported.length > 0 ? linkSentences(conclusions, Math.max(1, figures)) : [],
    ...copiedText(conclusions),
    ...searched ? notConfirmedText(conclusions, searched) : [],
    ...supported.length > 0 ? oneOfSummary(searched?.undrawn ?? conclusions.links) : [],
    supported.length > 0 ? "These associations are not effects: causes that were not measured can produce them." : "This does not show that the modalities are unrelated: a larger study may find weak associations."
  ];
}
function copiedText({ copied = [] }) {
  if (copied.length === 0) return [];
  const more = copied.length > 1 ? `; ${counted(copied.length - 1, "other pair")}` : "";
  return [`Modalities have columns in common, which associate them by themselves (${copied[0]}${more}).`];
}
function withoutAssociation(tested) {
  if (tested.length === 0) return [];
  const clearest = tested.reduce((best, pair) => (pair.corrected ?? 1) < (best.corrected ?? 1) ? pair : best);
  const ruledOut = tested.filter(({ verdict }) => verdict === "not-supported").length;
  const which = ruledOut === tested.length && ruledOut > 1 ? "all" : `${ruledOut} of`;
  return [
    `The smallest ${tested.length > 1 ? "corrected " : ""}p is ${pText(clearest.corrected)}, of ${clearest.first} and ${clearest.second}.`,
    `A correlation of 0.3 or more is ruled out for ${which} ${counted(tested.length, "pair")}.`
  ];
}
function replicationText({ latents }) {
  const names = latents.filter(({ verdict }) => verdict === "replicated").map(({ name }) => name);
  if (names.length === 0) {
    return latents.every(({ verdict }) => verdict === "mixture") ? "Models of disjoint subjects find the same spaces, but they distinguish no latent from the other latents of its modality beyond chance: read links as those of modalities." : `None of the ${counted(latents.length, "latent")} is replicated individually in models of disjoint subjects.`;
  }
  const named = names.length > MAX_NAMED ? "" : `: ${listed(names)}`;
  const share = `${names.length} of ${counted(latents.length, "latent")} ${names.length === 1 ? "is" : "are"}`;
  return `${share} replicated in models of disjoint subjects${named}.`;
}
function depthText(links, latents) {
  const linked = latents.filter(
    ({ name, depth }) => depth !== void 0 && links.some(({ first, second }) => [first, second].includes(name))
  );
  if (linked.length === 0) return [];
  const named = listed(linked.slice(0, MAX_NAMED).map(({ name, depth }) => `${name} (${decimals(depth)})`));
  const verb = linked.length === 1 ? "follows" : "follow";
  return [`${named} ${verb} the library size: such links may be differences of sequencing depth.`];
}
function linkSentences({ links, latents, order }, figures) {
  const across = links.filter(({ isWithin }) => !isWithin);
  const supported = across.filter(({ verdict }) => verdict === "supported");
  const undecided = across.filter(({ verdict }) => verdict === "undecided").length;
  const open = undecided === 0 ? "" : `; ${undecided}${supported.length > 0 ? " more" : ""} cannot be decided`;
  if (supported.length === 0) {
    return [`No direct link between two latents of different modalities is supported${open}.`];
  }
  const known = supported.filter(({ direction }) => direction.verdict !== "undecided");
  const shown = supported.slice(0, order ? 1 : figures);
  return [
    `${counted(supported.length, "direct link")} between latents ${supported.length === 1 ? "is" : "are"} supported${open}.`,
    ...shown.map(supportedLink),
    known.length === 0 ? `The ${supported.length === 1 ? "direction is" : "directions are"} not known.` : directionsText(known, supported.length),
    ...order ? [orderText(order)] : [],
    ...depthText(supported, latents)
  ];
}
function directionsText(known, links) {
  const assumed = known.filter(({ direction }) => direction.verdict === "assumed").length;
  const tested = known.length - assumed;
  const parts = [
    ...tested > 0 ? [`${tested} ${tested === 1 ? "is" : "are"} supported`] : [],
    ...assumed > 0 ? [`${assumed} ${assumed === 1 ? "is" : "are"} assumed by the study file`] : [],
    ...links > known.length ? [`${links - known.length} ${links - known.length === 1 ? "is" : "are"} not known`] : []
  ];
  return `Of ${counted(links, "direction")}, ${listed(parts)}.`;
}
function hasEnoughSubjects({ subjects, groups }) {
  return groups === void 0 ? subjects >= MIN_SUBJECTS : groups >= MIN_GROUPS;
}
function untestedText(conclusions) {
  const { status, groups } = conclusions;
  if (status === "untested") {
    return "The fit made no tests, and its links may be chance: fit again without --evidence none.";
  }
  if (status === "copied-rows") {
    return "More rows than chance explains have another row that is nearly equal, and tests would count them as different people: name the column that identifies people (group), or remove the copies.";
  }
  const needed = groups === void 0 ? `${MIN_SUBJECTS} subjects` : `${MIN_GROUPS} groups`;
  return "A model must be fitted to one fold of the subjects and tested on the other fold: " + (hasEnoughSubjects(conclusions) ? `${needed} who have both modalities are needed.` : `${needed} are needed.`);
}

// src/conclusions/described.ts
function describeConclusions({ graph, summary }, searched) {
  const conclusions = conclusionsOf(graph, summary);
  return { conclusions, headline: headline(conclusions), sentences: summarySentences(conclusions, searched) };
}

export {
  directionBetween,
  EQUAL_STANDARD_ERRORS,
  directionOf,
  reversedOrder,
  withDirections,
  isOrderAssumed,
  count,
  counted,
  number,
  decimals,
  signed,
  percent,
  percentWithin,
  duration,
  MAX_EXPONENT,
  pText,
  listed,
  subjectCounts,
  subjectsText,
  countsText,
  NOTABLE_CORRELATION,
  conclusionsOf,
  linksNotConfirmed,
  notConfirmedText,
  correlationText,
  headline,
  pairText,
  latentText,
  reasonText,
  linkText,
  oneOfTexts,
  directionText,
  orderText,
  verdictCell,
  directionCell,
  summarySentences,
  describeConclusions
};
