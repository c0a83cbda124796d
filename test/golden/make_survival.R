# Writes survival.json with the results of R's package survival (3.8) for src/interpretation/survival.
# Debian: r-base r-cran-survival r-cran-jsonlite. Run in test/golden: Rscript make_survival.R

library(survival)
library(jsonlite)

control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)
named <- function(values) unname(as.list(values))

cox <- function(data, columns, cluster = NULL) {
  formula <- as.formula(paste("Surv(time, event) ~", paste(columns, collapse = " + ")))
  fit <- coxph(formula, data, ties = "efron", control = control)
  zph <- cox.zph(fit, transform = "km", terms = FALSE)$table
  harrell <- concordance(fit)
  summary <- summary(fit)$coefficients
  # Concordance in held-out subjects: the rows take turns with five folds, which are strata.
  fold <- (seq_len(nrow(data)) - 1) %% 5
  held <- numeric(nrow(data))
  for (k in 0:4) {
    out <- fold == k
    held[out] <- as.matrix(data[out, columns]) %*% coef(coxph(formula, data[!out, ], ties = "efron", control = control))
  }
  crossed <- concordance(Surv(time, event) ~ held + strata(fold), data, reverse = TRUE)
  result <- list(
    coefficients = unname(coef(fit)), se = unname(summary[, "se(coef)"]), p = unname(summary[, "Pr(>|z|)"]),
    covariance = unname(vcov(fit)), logLikelihood = fit$loglik, linear = unname(fit$linear.predictors),
    score = unname(as.matrix(residuals(fit, type = "score"))),
    zph = list(chiSquare = unname(zph[, "chisq"]), p = unname(zph[, "p"])),
    concordance = unname(harrell$concordance), concordanceSe = sqrt(harrell$var),
    crossFitted = unname(crossed$concordance), crossFittedSe = sqrt(crossed$var)
  )
  if (!is.null(cluster)) {
    robust <- coxph(formula, data, ties = "efron", control = control, cluster = data[[cluster]])
    result$robust <- list(
      covariance = unname(vcov(robust)), se = unname(summary(robust)$coefficients[, "robust se"]),
      p = unname(summary(robust)$coefficients[, "Pr(>|z|)"])
    )
  }
  result
}

curve <- function(data) {
  fit <- survfit(Surv(time, event) ~ 1, data, conf.type = "log-log", se.fit = TRUE)
  list(
    time = fit$time, atRisk = fit$n.risk, events = fit$n.event, censored = fit$n.censor, survival = fit$surv,
    lower = fit$lower, upper = fit$upper, median = unname(summary(fit)$table["median"])
  )
}

compare <- function(data, group) {
  fit <- survdiff(as.formula(paste("Surv(time, event) ~", group)), data)
  list(
    groups = data[[group]], observed = unname(fit$obs), expected = unname(fit$exp), chiSquare = fit$chisq,
    p = pchisq(fit$chisq, length(fit$n) - 1, lower.tail = FALSE)
  )
}

case <- function(data, columns, cluster = NULL, group) {
  list(
    times = data$time, events = data$event, columns = unname(as.list(data[columns])),
    clusters = if (is.null(cluster)) NULL else data[[cluster]],
    cox = cox(data, columns, cluster), curve = curve(data), logRank = compare(data, group)
  )
}

set.seed(43)
n <- 90
x <- round(rnorm(n), 3)
w <- round(0.5 * x + rnorm(n), 3)
few <- data.frame(
  x = x, w = w, sex = rep(0:1, length.out = n), person = rep(1:45, each = 2), third = as.integer(cut(x, 3)) - 1L
)
# Few different times, so that most are tied; events and last observations at the same times.
few$time <- pmin(12, ceiling(8 * rexp(n) / exp(0.6 * few$x)))
few$event <- as.integer(few$time < 12 & runif(n) < 0.8)

lungs <- na.omit(lung[c("time", "status", "age", "sex", "ph.karno", "wt.loss")])
lungs <- transform(lungs, event = status - 1, third = findInterval(age, quantile(age, 1:2 / 3)))

litters <- transform(rats, event = status, male = as.integer(sex == "m"), third = as.integer(sex == "m"))

write_json(
  list(
    ties = case(few, c("x", "w", "sex"), "person", "third"),
    lung = case(lungs, c("age", "sex", "ph.karno", "wt.loss"), NULL, "third"),
    rats = case(litters, c("rx", "male"), "litter", "third")
  ),
  "survival.json", digits = NA, auto_unbox = TRUE, na = "null"
)
