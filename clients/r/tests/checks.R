# Checks for the tests of the package, which need no other package.

library(interlatent)

expect <- function(condition, ...) {
  if (!isTRUE(condition)) stop("expected ", deparse(substitute(condition)), " ", ..., call. = FALSE)
}

expect_same <- function(value, expected) {
  result <- all.equal(value, expected)
  if (!isTRUE(result)) {
    stop(deparse(substitute(value)), " differs: ", paste(result, collapse = "; "), call. = FALSE)
  }
}

# Returns the condition that an expression signals.
caught <- function(expression) {
  result <- tryCatch({
    expression
    NULL
  }, interlatent_error = function(error) error)
  if (is.null(result)) stop(deparse(substitute(expression)), " signals no error", call. = FALSE)
  result
}

training <- list(encoderRestarts = 1, epochs = 2, componentRestarts = 4, componentSteps = 40, polish = 1, hidden = 16,
                 batch = 64)
