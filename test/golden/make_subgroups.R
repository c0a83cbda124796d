# Writes subgroups.json: comparisons of groups by R's oneway.test, t.test, aov, and lm, for
# src/interpretation/subgroups. The sandwich HC3 and the jackknife are written out with base R. Debian: r-base
# r-cran-jsonlite. Run in test/golden: Rscript make_subgroups.R

library(jsonlite)

set.seed(43)
n <- 140
group <- sample(0:2, n, replace = TRUE, prob = c(0.5, 0.3, 0.2))
age <- round(50 + 10 * rnorm(n) + 3 * group, 2)
site <- sample(c("a", "b", "c"), n, replace = TRUE)
x <- round(rnorm(n) + 0.3 * group, 4)
other <- round(rnorm(n) + 0.4 * x, 4)
y <- round((0.5 + 0.3 * (group == 1)) * x + 0.2 * other + 0.02 * age + (1 + 0.5 * abs(x)) * rnorm(n), 4)
data <- data.frame(x, y, other, age, site = factor(site), group = factor(group))

hc3 <- function(fit) {
  X <- model.matrix(fit)
  bread <- solve(crossprod(X))
  rest <- residuals(fit) / (1 - hatvalues(fit))
  bread %*% crossprod(X * rest) %*% bread
}

wald <- function(fit, names) {
  b <- coef(fit)[names]
  V <- hc3(fit)[names, names, drop = FALSE]
  f <- drop(t(b) %*% solve(V) %*% b) / length(names)
  list(statistic = f, degrees = c(length(names), fit$df.residual),
    p = pf(f, length(names), fit$df.residual, lower.tail = FALSE))
}

test_of <- function(test) {
  list(statistic = unname(test$statistic), degrees = unname(test$parameter), p = test$p.value)
}

# Means.
two <- subset(data, group != "2")
pair <- t.test(two$y[two$group == "1"], two$y[two$group == "0"])
ancova <- lm(y ~ I(age - mean(age)) + I((site == "b") - mean(site == "b")) + I((site == "c") - mean(site == "c")) + group,
  data)
names <- c("group1", "group2")
se <- sqrt(diag(hc3(ancova))[names])
width <- qt(0.975, ancova$df.residual) * se
V <- hc3(ancova)
at <- c("(Intercept)", names)
mean_se <- sapply(0:2, function(g) {
  one <- c(1, as.numeric(1:2 == g))
  sqrt(drop(t(one) %*% V[at, at] %*% one))
})
means <- list(
  plain = c(test_of(oneway.test(y ~ group, data)), list(means = unname(tapply(data$y, data$group, mean)))),
  pair = list(difference = unname(pair$estimate[1] - pair$estimate[2]), interval = as.numeric(pair$conf.int),
    p = pair$p.value),
  adjusted = c(wald(ancova, names), list(
    means = unname(coef(ancova)["(Intercept)"] + c(0, coef(ancova)[names])),
    half = qt(0.975, ancova$df.residual) * mean_se,
    lower = unname(coef(ancova)[names] - width), upper = unname(coef(ancova)[names] + width)))
)

# Spreads: the analysis of variance of distances from the medians.
distance <- abs(data$y - ave(data$y, data$group, FUN = median))
table <- summary(aov(distance ~ group, data))[[1]]
spreads <- list(statistic = table[1, "F value"], degrees = table[, "Df"], p = table[1, "Pr(>F)"],
  sd = unname(tapply(data$y, data$group, sd)))

# Slopes: one regression per group; Welch's test of the slopes.
welch <- function(estimate, variance, degrees) {
  k <- length(estimate)
  w <- 1 / variance
  centre <- sum(w * estimate) / sum(w)
  scale <- sum((1 - w / sum(w))^2 / degrees) / (k^2 - 1)
  f <- sum(w * (estimate - centre)^2) / (k - 1) / (1 + 2 * (k - 2) * scale)
  df <- c(k - 1, 1 / (3 * scale))
  list(statistic = f, degrees = df, p = pf(f, df[1], df[2], lower.tail = FALSE))
}
fits <- lapply(0:2, function(g) lm(y ~ x + other + age + site, subset(data, group == g)))
slope <- sapply(fits, function(fit) unname(coef(fit)["x"]))
variance <- sapply(fits, function(fit) hc3(fit)["x", "x"])
degrees <- sapply(fits, function(fit) fit$df.residual)
slopes <- c(welch(slope, variance, degrees), list(estimate = slope, variance = variance, df = degrees))
# The interaction in one regression with a separate slope for every column is the same difference, with the same errors.
inter <- lm(y ~ group / (x + other + age + site) - 1, two, contrasts = NULL)
V <- hc3(inter)
both <- c("group0:x", "group1:x")
slopes$interaction <- list(difference = unname(diff(coef(inter)[both])), variance = sum(diag(V[both, both])))

# Correlations: Fisher's z with its jackknife variance.
jackknife <- function(a, b, taken = 0) {
  m <- length(a)
  z <- atanh(cor(a, b))
  left <- sapply(seq_len(m), function(i) atanh(cor(a[-i], b[-i])))
  list(estimate = z, variance = (m - 1) / m * sum((left - mean(left))^2) * (m - 1) / (m - 1 - taken),
    degrees = m - 2 - taken)
}
plain <- lapply(0:2, function(g) with(subset(data, group == g), jackknife(x, y)))
partial <- lapply(0:2, function(g) {
  part <- subset(data, group == g)
  jackknife(residuals(lm(x ~ other + age, part)), residuals(lm(y ~ other + age, part)), 2)
})
of <- function(figures) {
  at <- function(name) sapply(figures, function(one) one[[name]])
  c(welch(at("estimate"), at("variance"), at("degrees")),
    list(estimate = at("estimate"), variance = at("variance"), df = at("degrees")))
}

write_json(list(group = group, age = age, site = site, x = x, other = other, y = y, means = means, spreads = spreads,
  slopes = slopes, correlations = list(plain = of(plain), partial = of(partial)),
  holm = list(p = c(0.01, 0.2, 0.03, 0.5), q = p.adjust(c(0.01, 0.2, 0.03, 0.5), "holm"))),
  "subgroups.json", digits = NA, auto_unbox = TRUE)
