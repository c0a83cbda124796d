# Questions to a fitted model: a RUN folder, or a model of a server.

il_encode <- function(model, subjects, ...) UseMethod("il_encode")
il_intervene <- function(model, set, ...) UseMethod("il_intervene")
il_counterfactual <- function(model, subjects, set, ...) UseMethod("il_counterfactual")
il_impute <- function(model, subjects, ...) UseMethod("il_impute")
il_predict <- function(model, subjects, from, to, ...) UseMethod("il_predict")
il_typicality <- function(model, subjects, reference, ...) UseMethod("il_typicality")

il_encode.interlatent_run <- function(model, subjects, ...) {
  written_table("encode", model, subjects_path(model, subjects), flags(list(...)))
}

il_intervene.interlatent_run <- function(model, set, against = NULL, show = "latents", ...) {
  if (is.list(against)) against <- paste0(names(against), "=", vapply(against, plain_text, ""), collapse = ",")
  il_call("intervene", model$folder, setting_flags("set", set), "--show", show, flags(list(against = against, ...)))
}

il_counterfactual.interlatent_run <- function(model, subjects, set, subject = NULL, ...) {
  words <- c(subjects_path(model, subjects), setting_flags("set", set))
  written_table("counterfactual", model, words, flags(list(subject = subject, ...)))
}

il_impute.interlatent_run <- function(model, subjects, causes = NULL, ...) {
  words <- c(subjects_path(model, subjects), setting_flags("causes", causes))
  written_table("impute", model, words, flags(list(...)))
}

il_predict.interlatent_run <- function(model, subjects, from, to, causes = NULL, ...) {
  words <- c(subjects_path(model, subjects), setting_flags("causes", causes))
  written_table("predict", model, words, flags(list(from = from, to = to, ...)))
}

il_typicality.interlatent_run <- function(model, subjects, reference = NULL, ...) {
  if (is.null(reference)) reference <- if (is.null(model$study)) il_summary(model)$studyFile else model$study
  words <- c(subjects_path(model, subjects), "--reference", subjects_path(model, reference))
  written_table("typicality", model, words, flags(list(...)))
}

# Returns the table that a command writes, with the warnings of the command as an attribute.
written_table <- function(command, run, words, flags) {
  out <- tempfile("interlatent-", fileext = ".csv")
  on.exit(unlink(out))
  printed <- il_call(command, run$folder, words, "--out", out, flags)
  frame <- read_rows(out)
  attr(frame, "warnings") <- if (is.list(printed) && is.data.frame(printed$warnings)) printed$warnings$text
  frame
}
