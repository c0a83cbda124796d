# Writes survey.json with the results of R's package survey (4.2) for src/interpretation/survey.
# Debian: r-base r-cran-survey r-cran-jsonlite. Run in test/golden: Rscript make_survey.R

library(survey)
library(survival)
library(jsonlite)
options(survey.lonely.psu = "adjust")

set.seed(43)
n <- 240
stratum <- rep(1:6, each = n / 6)
unit <- rep(rep(1:4, each = n / 24), 6)
# Stratum 6 has one sampled unit.
unit[stratum == 6] <- 1
effect <- rnorm(24)[(stratum - 1) * 4 + unit]
x <- rnorm(n) + 0.6 * effect
y <- 0.4 * x + rnorm(n) + 0.5 * effect
z <- as.numeric(runif(n) < plogis(0.7 * y - 0.3 * x))
group <- sample(c("a", "b", "c"), n, replace = TRUE)
weight <- round(exp(rnorm(n, 1, 0.7) + 0.3 * (group == "a")), 4)
x <- round(x, 6)
y <- round(y, 6)
missing <- seq(7, n, by = 23)
x[missing] <- NA
data <- data.frame(stratum, unit, x, y, z, group, weight)
# Survival with tied times. Its draws do not change the draws below.
state <- .Random.seed
time <- ceiling(10 * rexp(n) / exp(0.3 * y + 0.2 * effect))
data$time <- pmin(time, 15)
data$event <- as.numeric(time <= 15 & runif(n) < 0.8)
assign(".Random.seed", state, envir = globalenv())
data$domain <- as.numeric(data$group != "c" & !(data$stratum == 2 & data$unit == 3))

control <- glm.control(epsilon = 1e-14, maxit = 100)
matrixOf <- function(m) unname(as.matrix(m))

# The partial correlation of x and y given z from the variances xx, xy, yy, xz, yz, zz.
partial_of <- function(v) {
  xy <- v[2] - v[4] * v[5] / v[6]
  unname(xy / sqrt((v[1] - v[4]^2 / v[6]) * (v[3] - v[5]^2 / v[6])))
}

figures <- function(design) {
  complete <- subset(design, !is.na(x))
  n <- nrow(complete$variables)
  mean <- svymean(~ x + y, complete)
  variance <- svyvar(~ x + y, complete)
  # The entries xx, xy, yy of the covariance of the variances.
  full <- attr(variance, "var")
  keep <- c(1, 2, 4)
  r <- coef(variance)[2] / sqrt(coef(variance)[1] * coef(variance)[4])
  gradient <- c(
    -r / (2 * coef(variance)[1]), 1 / sqrt(coef(variance)[1] * coef(variance)[4]), -r / (2 * coef(variance)[4])
  )
  error <- sqrt(c(t(gradient) %*% full[keep, keep] %*% gradient))
  if (inherits(design, "svyrep.design")) {
    correlation <- function(w, d) cov.wt(cbind(d$x, d$y), w, cor = TRUE)$cor[1, 2]
    error <- sqrt(c(attr(withReplicates(complete, correlation), "var")))
  }
  three <- svyvar(~ x + y + z, complete)
  keep3 <- c(1, 2, 5, 3, 6, 9)
  v <- coef(three)[keep3]
  slope <- sapply(1:6, function(k) {
    step <- 1e-5 * replace(numeric(6), k, 1)
    (partial_of(v + step) - partial_of(v - step)) / 2e-5
  })
  partial_error <- sqrt(c(t(slope) %*% attr(three, "var")[keep3, keep3] %*% slope))
  if (inherits(design, "svyrep.design")) {
    partial <- function(w, d) {
      m <- cov.wt(cbind(d$x, d$y, d$z), w)$cov
      partial_of(c(m[1, 1], m[1, 2], m[2, 2], m[1, 3], m[2, 3], m[3, 3]))
    }
    partial_error <- sqrt(c(attr(withReplicates(complete, partial), "var")))
  }
  linear <- svyglm(y ~ x + group, complete)
  logistic <- svyglm(z ~ x + y, complete, family = quasibinomial(), control = control)
  wald <- regTermTest(linear, ~ group)
  cox <- svycoxph(Surv(time, event) ~ x + y + group, complete, control = coxph.control(eps = 1e-14, iter.max = 100))
  list(
    rows = n, degrees = degf(complete),
    mean = list(estimate = unname(coef(mean)), covariance = matrixOf(vcov(mean))),
    variance = list(estimate = unname(coef(variance)[keep]), covariance = matrixOf(full[keep, keep])),
    correlation = list(estimate = unname(r), error = error),
    partial = list(estimate = partial_of(v), error = partial_error),
    linear = list(
      estimate = unname(coef(linear)), covariance = matrixOf(vcov(linear)), degrees = linear$df.residual,
      p = unname(summary(linear)$coefficients[, 4]), wald = c(wald$Ftest), waldP = c(wald$p)
    ),
    logistic = list(
      estimate = unname(coef(logistic)), covariance = matrixOf(vcov(logistic)), degrees = logistic$df.residual,
      p = unname(summary(logistic)$coefficients[, 4])
    ),
    cox = list(estimate = unname(coef(cox)), covariance = matrixOf(vcov(cox)))
  )
}

whole <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, data = data, nest = TRUE)
within <- function(rule) {
  options(survey.lonely.psu = rule)
  result <- figures(whole)
  options(survey.lonely.psu = "adjust")
  result
}
others <- data[data$stratum != 6, ]
stratified <- svydesign(ids = ~unit, strata = ~stratum, weights = ~weight, data = others, nest = TRUE)
jkn <- as.svrepdesign(stratified, type = "JKn")
plain <- svydesign(ids = ~1, weights = ~weight, data = data)
bootstrap <- as.svrepdesign(stratified, type = "bootstrap", replicates = 40)

write_json(
  list(
    data = as.list(data),
    adjust = within("adjust"), certainty = within("certainty"),
    domain = figures(subset(whole, domain == 1)), plain = figures(plain),
    jackknife = figures(jkn), jackknifeDomain = figures(subset(jkn, domain == 1)),
    bootstrap = c(
      figures(bootstrap),
      list(weights = matrixOf(weights(bootstrap, "analysis")), scale = bootstrap$scale, factors = bootstrap$rscales)
    )
  ),
  "survey.json", digits = NA, na = "null", auto_unbox = TRUE
)
