# Tests of gene sets in R: hypergeometric tails (phyper), cameraPR and interGeneCorrelation of limma.
# Writes enrichment_r.json. Run in this folder: Rscript make_enrichment.R

suppressMessages({
  library(jsonlite)
  library(limma)
})
RNGversion("4.0.0")
set.seed(43)

hypergeometric <- list()
for (case in list(
  c(20, 5, 4), c(200, 10, 20), c(200, 35, 20), c(2000, 15, 200), c(20000, 200, 2000), c(20000, 500, 100),
  c(57, 57, 8), c(57, 3, 57), c(300, 1, 30)
)) {
  n <- case[1]
  for (overlap in unique(round(seq(0, min(case[2], case[3]), length.out = 8)))) {
    hypergeometric[[length(hypergeometric) + 1]] <- list(
      genes = n, set = case[2], top = case[3], overlap = overlap,
      p = phyper(overlap - 1, case[2], n - case[2], case[3], lower.tail = FALSE)
    )
  }
}

# Scores of 120 genes, sets of different sizes, and residuals of 25 subjects with correlated genes.
genes <- 120
scores <- rnorm(genes) + c(rep(1.5, 10), rep(0, genes - 10))
sets <- list(1:12, sample(genes, 30), c(3, 50, 99), order(scores)[c(1:9, 14, 30)])
correlations <- c(0.15, 0, 0.4, 0.02)
competitive <- lapply(seq_along(sets), function(i) {
  result <- cameraPR(scores, sets[i], inter.gene.cor = rep(correlations[i], 1), sort = FALSE)
  list(set = sets[[i]] - 1, correlation = correlations[i], p = result$PValue)
})

# Two more lists of scores: Hotelling's test of three mean scores, in sets of independent genes.
lists <- cbind(scores, rnorm(genes), 0.5 * scores + rt(genes, 4))
joint <- lapply(sets, function(set) {
  inside <- seq_len(genes) %in% set
  result <- summary(manova(lists ~ inside), test = "Hotelling-Lawley")
  list(set = set - 1, p = result$stats[1, "Pr(>F)"])
})

subjects <- 25
common <- rnorm(subjects)
latents <- matrix(rnorm(subjects * 2), subjects)
values <- matrix(rnorm(8 * subjects), 8) + 0.7 * rep(1, 8) %o% common + outer(runif(8), latents[, 1])
design <- cbind(1, latents)
correlation <- interGeneCorrelation(values, design)

write(toJSON(list(
  hypergeometric = hypergeometric,
  scores = scores,
  competitive = competitive,
  lists = t(lists),
  joint = joint,
  correlated = list(values = values, latents = t(latents), correlation = correlation$correlation)
), digits = NA, auto_unbox = TRUE), "enrichment_r.json")
