# Writes associations.json: associations of latents with outcomes by R's cor.test, lm, anova, manova, and coxph, for
# src/interpretation/outcomes. Debian: r-base r-cran-survival r-cran-jsonlite r-cran-car r-cran-sandwich. Run in
# test/golden: Rscript make_associations.R

library(survival)
library(splines)
library(jsonlite)

set.seed(44)
n <- 80
z <- cbind(rnorm(n), rnorm(n), rnorm(n))
z[, 2] <- z[, 2] + 0.5 * z[, 1]
z <- scale(round(z, 4))
age <- round(50 + 10 * rnorm(n) + 3 * z[, 1], 2)
site <- sample(c("a", "b", "c"), n, replace = TRUE)
score <- round(0.3 * z[, 1] + 0.02 * age + rnorm(n), 3)
grade <- findInterval(score + rnorm(n), c(0.3, 1.2, 2))
type <- sample(c("x", "y", "w"), n, replace = TRUE, prob = plogis(c(1, 0, -0.5)))
type[z[, 2] > 1] <- "y"
time <- ceiling(30 * rexp(n) / exp(0.4 * z[, 1] + 0.01 * age))
event <- as.integer(runif(n) < 0.7)
factors <- data.frame(age, site, type = factor(type), score, grade, time, event)
control <- coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 100)

# Partial correlation with its t test, from the t value of a coefficient.
partial <- function(y, x, covariates) {
  fit <- lm(as.formula(paste("y ~ x +", covariates)), cbind(factors, y = y, x = x))
  t <- summary(fit)$coefficients["x", "t value"]
  df <- fit$df.residual
  list(estimate = t / sqrt(t^2 + df), statistic = t, degrees = df, p = summary(fit)$coefficients["x", "Pr(>|t|)"])
}

plain <- function(y, x, method) {
  test <- suppressWarnings(cor.test(y, x, method = method, exact = FALSE))
  list(estimate = unname(test$estimate), p = test$p.value, interval = test$conf.int)
}

joint <- function(y, covariates) {
  data <- cbind(factors, y = y)
  with <- lm(as.formula(paste("y ~", covariates, "+ z")), data)
  without <- lm(as.formula(paste("y ~", covariates)), data)
  table <- anova(without, with)
  list(estimate = 1 - table$RSS[2] / table$RSS[1], statistic = table$F[2], p = table$"Pr(>F)"[2])
}

variance <- function(x, covariates) {
  table <- anova(lm(as.formula(paste("x ~", covariates)), cbind(factors, x = x)),
    lm(as.formula(paste("x ~", covariates, "+ type")), cbind(factors, x = x)))
  list(estimate = 1 - table$RSS[2] / table$RSS[1], statistic = table$F[2], p = table$"Pr(>F)"[2])
}

# Welch's test; with covariates, Wald's test with HC3.
unequal <- function(covariates) {
  data <- cbind(factors, x = z[, 2])
  if (covariates == "1") {
    test <- oneway.test(x ~ type, data)
    list(statistic = unname(test$statistic), degrees = unname(test$parameter), p = test$p.value)
  } else {
    fit <- lm(as.formula(paste("x ~", covariates, "+ type")), data)
    test <- car::Anova(fit, white.adjust = "hc3")
    list(statistic = test["type", "F"], degrees = c(test["type", "Df"], fit$df.residual), p = test["type", "Pr(>F)"])
  }
}

# Wald's test of the levels in all latents together, with HC3 and Hotelling's degrees of freedom.
unequal_block <- function(covariates) {
  fit <- lm(as.formula(paste("z ~", covariates, "+ type")), factors)
  covariance <- sandwich::vcovHC(fit, type = "HC3")
  b <- coef(fit)
  tested <- grepl("^type", rownames(b))
  at <- as.vector(matrix(seq_along(b), nrow(b))[tested, ])
  chi <- drop(as.vector(b)[at] %*% solve(covariance[at, at]) %*% as.vector(b)[at])
  m <- length(at)
  nu <- fit$df.residual
  f <- chi * (nu - m + 1) / (nu * m)
  list(statistic = f, degrees = c(m, nu - m + 1), p = pf(f, m, nu - m + 1, lower.tail = FALSE))
}

wilks <- function(covariates) {
  fit <- manova(as.formula(paste("z ~", covariates, "+ type")), factors)
  row <- summary(fit, test = "Wilks")$stats["type", ]
  list(estimate = unname(1 - row["Wilks"]), statistic = unname(row["approx F"]),
    degrees = unname(row[c("num Df", "den Df")]), p = unname(row["Pr(>F)"]))
}

hazard <- function(covariates) {
  data <- cbind(factors, x = z[, 1])
  fit <- coxph(as.formula(paste("Surv(time, event) ~ x", covariates)), data, control = control)
  row <- summary(fit)
  list(estimate = row$conf.int["x", "exp(coef)"], lower = row$conf.int["x", "lower .95"],
    upper = row$conf.int["x", "upper .95"], p = row$coefficients["x", "Pr(>|z|)"])
}

hazards <- function(covariates) {
  with <- coxph(as.formula(paste("Surv(time, event) ~ z", covariates)), factors, control = control)
  base <- if (covariates == "") 0 else {
    fit <- coxph(as.formula(paste("Surv(time, event) ~ 1", covariates)), factors, control = control)
    diff(fit$loglik)
  }
  statistic <- 2 * (diff(with$loglik) - base)
  list(statistic = statistic, p = pchisq(statistic, 3, lower.tail = FALSE))
}

results <- function(covariates, cox) {
  list(
    r = partial(score, z[, 1], covariates), rho = partial(rank(grade), rank(z[, 1]), covariates),
    eta2 = variance(z[, 2], covariates), r2 = joint(score, covariates), ranks = joint(rank(grade), covariates),
    wilks = wilks(covariates), unequal = unequal(covariates), unequalBlock = unequal_block(covariates), hazard = hazard(cox), hazards = hazards(cox)
  )
}

write_json(
  list(
    latents = list(z[, 1], z[, 2], z[, 3]), age = age, site = site, score = score, grade = grade, type = type,
    time = time, event = event,
    pearson = plain(score, z[, 1], "pearson"), spearman = plain(grade, z[, 1], "spearman"),
    plain = results("1", ""), adjusted = results("age + site", "+ age + site"),
    spline = results("ns(age, df = 3) + site", "+ ns(age, df = 3) + site"),
    bh = list(p = c(0.01, 0.04, 0.03, 0.8, 0.001), q = p.adjust(c(0.01, 0.04, 0.03, 0.8, 0.001), "BH"))
  ),
  "associations.json", digits = NA, auto_unbox = TRUE
)
